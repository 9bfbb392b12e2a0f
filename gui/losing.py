"""Asks before a session that no file holds is closed."""

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMessageBox, QWidget

from core.workbench import Workbench

PATIENCE = 2.0
"""Seconds that closing waits for the file to answer before it asks."""

IN_MEMORY = "This session is in memory only: its file cannot be written."
SILENT = "This session is not in its file yet: its disk or its network does not answer."


def what_is_lost(workbench: Workbench) -> str | None:
    """Write what is pending; return what to say where something would be lost all the same."""
    if workbench.would_lose:
        return IN_MEMORY
    return None if workbench.flush(PATIENCE) else SILENT


def ask_before_losing(
    window: QWidget, words: str, save_as: QAction | None, lose: Callable[[], None]
) -> QMessageBox:
    """Say what would be lost, and offer another place; does not block."""
    box = QMessageBox(window)
    box.setObjectName("losing")
    box.setWindowTitle("Not saved")
    box.setText(words)
    box.setInformativeText("Save it elsewhere, or lose what is not in the file.")
    box.addButton("Close without saving", QMessageBox.ButtonRole.DestructiveRole).clicked.connect(
        lose
    )
    cancel = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(cancel)
    if save_as is not None:
        save = box.addButton("Save as…", QMessageBox.ButtonRole.AcceptRole)
        save.clicked.connect(save_as.trigger)
        box.setDefaultButton(save)
    box.finished.connect(box.deleteLater)
    box.open()
    return box
