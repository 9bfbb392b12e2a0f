"""The bottom line: what was read and how fast on the left, how safe it is on the right."""

import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QWidget

from core.jobs import JobId
from core.workbench import Change, SavedState, Workbench
from gui import figures
from gui.card import ShrinkingLabel
from gui.key_words import tell_keys
from gui.observing import observe

FRAME_MS = 60
TICK_MS = 500
LONG = 1.0
"""Seconds after which work tells how far it has come, and how long it will go on."""
PROGRESS = "How far the work has come; {tree.stop} stops it"
OFFLINE = "Everything stays on this machine; Swerve opens no connection."
PREVIEW = "preview"
"""The label of a job that only follows the user's typing."""


class StatusLine(QWidget):
    """Follows the workbench."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._left = ShrinkingLabel()
        self._since: dict[JobId, tuple[float, int]] = {}  # when it was first seen, how far
        self.clock = time.monotonic
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedSize(120, 6)
        self.progress.setAccessibleName("Progress")
        tell_keys(self.progress, self.progress.setToolTip, PROGRESS)
        self.progress.hide()
        self._right = QLabel()
        for words in (self._left, self._right):
            words.setObjectName("muted")
        self._left.set_meaning(
            "Tokens the model has read, tokens it found already computed, and its speed.\n"
            "Time saved = tokens reused ÷ the speed at which tokens were read."
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 2, 16, 6)
        row.setSpacing(16)
        row.addWidget(self.progress)
        row.addWidget(self._left, 1)
        row.addWidget(self._right)
        self._tick = QTimer(self, singleShot=True, interval=TICK_MS)
        self._tick.timeout.connect(self.refresh)
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
        problem = self._workbench.saving_problem
        self._right.setToolTip(problem or OFFLINE)
        name = "muted" if problem is None else "problem"
        if self._right.objectName() != name:
            self._right.setObjectName(name)
            self._right.style().unpolish(self._right)
            self._right.style().polish(self._right)

    def _work(self) -> list[str]:
        found: list[str] = []
        now = self.clock()
        jobs = {job: told for job, told in self._workbench.jobs.items() if told[0] != PREVIEW}
        self._since = {job: self._since.get(job, (now, told[1])) for job, told in jobs.items()}
        longest: tuple[int, int] | None = None
        for job, (label, done, total) in jobs.items():
            passed = now - self._since[job][0]
            words = f"{label} {figures.count(done)}/{figures.count(total)}" if total else label
            if not total and done:
                words += f" {figures.counted(done, 'token')}"
            if passed > LONG and total:
                longest = longest or (done, total)
                left = self._seconds_left(job, (done, total), now)
                if left is not None:
                    words += f", about {figures.seconds(left)} left"
            found.append(words)
        if jobs and not self._tick.isActive():
            self._tick.start()  # time passes also while nothing comes
        self.progress.setVisible(longest is not None)
        if longest is not None:
            done, total = longest
            self.progress.setRange(0, total)
            self.progress.setValue(min(done, total))
        return found[:2]

    def _seconds_left(self, job: JobId, far: tuple[int, int], now: float) -> float | None:
        """Return the seconds that work goes on: what it says itself, else by what came so far."""
        done, total = far
        if not 0 < done < total:
            return None
        began, before = self._since[job]
        said = self._workbench.seconds_left(job)
        if said is not None or done == before:
            return said
        return (now - began) / (done - before) * (total - done)

    def _cost(self) -> list[str]:
        meter = self._workbench.meter
        reused = f"{figures.count(meter.tokens_reused)} reused"
        rate = meter.tokens_read / meter.seconds if meter.seconds > 0 else 0.0
        card = self._workbench.card
        # What is reused would have been read in full batches, not as slowly as a branch grows.
        speed = card.speed.prompt if card is not None and card.speed is not None else rate
        if meter.tokens_reused and speed > 0:
            reused += f", {figures.seconds(meter.tokens_reused / max(speed, rate))} saved"
        parts = [f"{figures.counted(meter.tokens_read, 'token')} read", reused]
        if rate > 0:
            parts.append(f"{rate:,.0f} tokens/s")
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
