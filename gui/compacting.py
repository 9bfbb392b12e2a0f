"""Deletes for good what is hidden, after saying what that is; prepares it off the thread."""

import threading
from collections.abc import Callable
from contextlib import suppress

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from core.compacting import Compacted, Losses
from core.tree import ROOT
from core.workbench import Workbench
from gui.selection import Selection

STAYS = "Everything that is visible stays as it is. What is deleted cannot be brought back."
NOTHING = "There is nothing to delete: nothing is hidden, and nothing was undone."


class Compacting(QObject):
    """Prepares on a thread of its own, asks, and then takes what was prepared.

    Says `told` with a sentence when that is done.
    """

    told = Signal(str)
    _prepared = Signal(object)

    def __init__(self, workbench: Workbench, selection: Selection, window: QWidget) -> None:
        super().__init__(window)
        self._workbench = workbench
        self._selection = selection
        self._window = window
        self._thread: threading.Thread | None = None
        self._next: Callable[[Compacted], None] = self._say
        self._prepared.connect(self._on_prepared)

    def ask(self) -> None:
        """Find out what compacting would delete for good, then ask; does not block."""
        self._prepare(self._say)

    def _prepare(self, then: Callable[[Compacted], None]) -> None:
        if self._thread is not None:
            return  # asked twice: the first answer is on its way
        self._next = then
        work = self._workbench.prepare_compacting()

        def run() -> None:
            made = work()
            with suppress(RuntimeError):  # the window was closed meanwhile
                self._prepared.emit(made)

        self._thread = threading.Thread(target=run, name="compacting", daemon=True)
        self._thread.start()

    def _on_prepared(self, made: Compacted) -> None:
        self._thread = None
        self._next(made)

    def _say(self, made: Compacted) -> None:
        box = _question(made.losses, self._window)
        if made.losses:
            yes = box.addButton("Delete for good", QMessageBox.ButtonRole.DestructiveRole)
            yes.clicked.connect(lambda: self._take(made))
            box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        else:
            box.addButton(QMessageBox.StandardButton.Ok)
        box.finished.connect(box.deleteLater)
        box.open()

    def _take(self, made: Compacted) -> None:
        self._workbench.stop_all()
        if not self._workbench.is_current(made):  # a token came, a view was moved
            self._prepare(self._take)
            return
        self._selection.select(ROOT)  # nodes get other numbers
        losses = self._workbench.compact(made)
        if losses is not None:
            self.told.emit(f"Deleted for good: {losses.words()}.")


def _question(losses: Losses, window: QWidget) -> QMessageBox:
    box = QMessageBox(window)
    box.setObjectName("compact")
    box.setWindowTitle("Compact session")
    if losses:
        box.setText(f"Delete for good: {losses.words()}?")
        box.setInformativeText(STAYS)
    else:
        box.setText(NOTHING)
    return box
