"""Asks whether the session's numbers are what the model says: computes them again."""

import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.jobs import JobId
from core.verdict import Verdict
from core.verifying import SAMPLE, Checked
from core.workbench import Change, Workbench
from gui import figures
from gui.observing import observe

MEANING = (
    "Exact readings of this session are computed again with the model that is loaded, and held"
    " against what the session keeps: the log-probability of every token, of every candidate, and"
    " every entropy."
)
HASHING = "The model's file is still being hashed, which tells whose numbers are whose: try again."
NO_MODEL = "No model is loaded: load the one whose numbers shall be verified."


class VerifyDialog(QDialog):
    """A window beside the work; it can go on meanwhile. Nothing in the session changes."""

    def __init__(self, workbench: Workbench, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Verify numbers")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._workbench = workbench
        self._job: JobId | None = None
        self._began = 0.0
        self._checked: Checked | None = None
        self.verdict: Verdict | None = None
        self.all = QCheckBox(f"all exact readings, not only a sample of {SAMPLE}")
        self.start = QPushButton("Verify")
        self.start.setObjectName("primary")
        self.stop = QPushButton("Stop")
        self.copy = QPushButton("Copy the result")
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setFixedHeight(6)
        self.progress.setAccessibleName("Readings computed again")
        self.left = QLabel()
        self.left.setObjectName("muted")
        self.answer = QLabel()
        self.answer.setWordWrap(True)
        self.answer.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._lay_out()
        self.start.clicked.connect(self.begin)
        self.stop.clicked.connect(self.end)
        self.copy.clicked.connect(self._copy)
        observe(workbench, self, self._on_change)
        self._refresh()

    def open_here(self) -> None:
        """Show the window."""
        self.show()
        self.activateWindow()
        self.start.setFocus()

    def begin(self) -> None:
        """Compute the readings again."""
        self._workbench.recognise()
        card = self._workbench.card
        self.verdict, self._checked = None, None
        self.answer.clear()
        if card is not None and card.path and not card.sha256:
            self.answer.setText(HASHING)
        else:
            self._began = time.monotonic()
            self._job = self._workbench.verify(
                sample=None if self.all.isChecked() else SAMPLE, deliver=self._take
            )
        self._refresh()

    def end(self) -> None:
        """Stop; what was computed so far is told."""
        if self._job is not None:
            self._workbench.stop(self._job)

    def words(self) -> str:
        """Return what came of it."""
        return self.answer.text()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Escape stop before it closes."""
        if event.key() == Qt.Key.Key_Escape and self._is_busy():
            self.end()
        else:
            super().keyPressEvent(event)

    def done(self, result: int) -> None:
        """Close; nobody would hear the answer."""
        self.end()
        super().done(result)

    def _lay_out(self) -> None:
        meaning = QLabel(MEANING)
        meaning.setWordWrap(True)
        running = QHBoxLayout()
        running.setSpacing(12)
        running.addWidget(self.progress, 1)
        running.addWidget(self.left)
        buttons = QHBoxLayout()
        buttons.addWidget(self.copy)
        buttons.addStretch(1)
        buttons.addWidget(self.stop)
        buttons.addWidget(self.start)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(12)
        box.addWidget(meaning)
        box.addWidget(self.all)
        box.addLayout(running)
        box.addWidget(self.answer, 1)
        box.addLayout(buttons)
        self.resize(560, 320)

    def _is_busy(self) -> bool:
        return self._job is not None and self._job in self._workbench.jobs

    def _refresh(self) -> None:
        busy = self._is_busy()
        loaded = self._workbench.vocabulary is not None
        self.start.setEnabled(loaded and not busy)
        self.stop.setEnabled(busy)
        self.all.setEnabled(not busy)
        checked = self._checked
        self.progress.setRange(0, checked.of if checked is not None else 0 if busy else 1)
        self.progress.setValue(0 if checked is None else checked.done)
        self.left.setText("" if checked is None else self._progress_words(checked, busy=busy))
        if not loaded and not self.answer.text():
            self.answer.setText(NO_MODEL)
        self.copy.setEnabled(bool(self.answer.text()) and not busy)

    def _progress_words(self, checked: Checked, *, busy: bool) -> str:
        done = f"{figures.count(checked.done)} of {figures.count(checked.of)}"
        if not busy or not checked.done or checked.done == checked.of:
            return done
        spent = time.monotonic() - self._began
        return f"{done} · {_time_words(spent / checked.done * (checked.of - checked.done))} left"

    def _take(self, found: object) -> None:
        match found:
            case Checked():
                self._checked = found
            case Verdict():
                self.verdict = found
                self.answer.setText(result_words(found))
            case _:
                pass
        self._refresh()

    def _on_change(self, change: Change) -> None:
        if self._job is not None and not self._is_busy():
            self._job = None
            if self.verdict is None:
                checked = self._checked
                many = "nothing" if checked is None else f"{checked.done} of {checked.of} readings"
                self.answer.setText(f"Stopped after {many}: no verdict.")
            self._refresh()
        elif change.reset:
            self._refresh()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.words())


def result_words(verdict: Verdict) -> str:
    """Return a verdict as sentences: what was checked, how far off, beside what, what it means."""
    if not verdict.checked:
        return verdict.words
    floor = (
        "not measurable, no checked path has 64 tokens"
        if verdict.rounding_floor is None
        else f"{verdict.rounding_floor:.3g} nats"
    )
    said = "All is as it was" if verdict.ok else "The numbers do not hold"
    return (
        f"{said}: {figures.count(verdict.checked)} of {figures.count(verdict.of)} exact readings"
        f" computed again, largest deviation {verdict.max_abs_delta_logprob:.3g} nats (entropies"
        f" {verdict.max_abs_delta_entropy:.3g}); rounding floor {floor}. {verdict.words}"
    )


def _time_words(seconds: float) -> str:
    if seconds < 60:
        return f"about {max(1, round(seconds))} s"
    return f"about {round(seconds / 60)} min"
