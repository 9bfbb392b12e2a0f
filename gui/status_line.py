"""The bottom line: what was read and how fast on the left, how safe it is on the right."""

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from core.workbench import Change, SavedState, Workbench
from gui import figures
from gui.card import ShrinkingLabel
from gui.observing import observe

FRAME_MS = 60
PREVIEW = "preview"
"""The label of a job that only follows the user's typing."""


class StatusLine(QWidget):
    """Follows the workbench."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._left = ShrinkingLabel()
        self._right = QLabel()
        for words in (self._left, self._right):
            words.setObjectName("muted")
        self._left.set_meaning(
            "Tokens the model has read, tokens it found already computed, and its speed."
        )
        self._right.setToolTip("Everything stays on this machine; Swerve opens no connection.")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 2, 16, 6)
        row.setSpacing(16)
        row.addWidget(self._left, 1)
        row.addWidget(self._right)
        self._later = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._later.timeout.connect(self.refresh)
        observe(workbench, self, self._on_change)
        self.refresh()

    def words(self) -> tuple[str, str]:
        """Return what stands on the left and on the right."""
        return self._left.whole(), self._right.text()

    def refresh(self) -> None:
        """Say how things are now."""
        self._left.setText(" · ".join((*self._work(), *self._cost())))
        self._right.setText(f"{self._exactness()}{self._saving()} · no network")

    def _work(self) -> list[str]:
        found: list[str] = []
        for job in self._workbench.jobs.values():
            label, done, total = job
            if label != PREVIEW:
                found.append(f"{label} {done}/{total}" if total else label)
        return found[:2]

    def _cost(self) -> list[str]:
        meter = self._workbench.meter
        parts = [
            f"{figures.counted(meter.tokens_read, 'token')} read",
            f"{figures.count(meter.tokens_reused)} reused",
        ]
        if meter.seconds > 0 and meter.tokens_read:
            parts.append(f"{meter.tokens_read / meter.seconds:,.0f} tokens/s")
        return parts

    def _exactness(self) -> str:
        card = self._workbench.card
        if card is None:
            return ""
        return "exact readings · " if card.arithmetic.repeats else "readings may move · "

    def _saving(self) -> str:
        if self._workbench.file is None:
            return "not saved to a file yet"
        moment = self._workbench.saved_at
        match self._workbench.saved_state:
            case SavedState.SAVED:
                return f"saved {moment.astimezone():%H:%M:%S}" if moment is not None else "saved"
            case SavedState.SAVING:
                return "saving…"
            case SavedState.NOT_SAVED:
                return "not saved"

    def _on_change(self, _change: Change) -> None:
        if not self._later.isActive():
            self._later.start()


def is_working(workbench: Workbench) -> bool:
    """Return whether anything runs that the user started and may want to stop."""
    return any(label != PREVIEW for label, _, _ in workbench.jobs.values())
