"""Asks before a session that no file holds is closed."""

from collections.abc import Callable

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMessageBox, QWidget


def ask_before_losing(
    window: QWidget, save_as: QAction | None, lose: Callable[[], None]
) -> QMessageBox:
    """Say that the session is in memory only, and offer another place; does not block."""
    box = QMessageBox(window)
    box.setObjectName("losing")
    box.setWindowTitle("Not saved")
    box.setText("This session is in memory only: its file cannot be written.")
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
