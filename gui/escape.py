"""Escape belongs to what lies over the tree, as long as something does; then to Stop."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent


def claim_escape(event: QEvent) -> bool:
    """Keep Escape from the window's shortcuts; return whether that is what the event asks about.

    A line or a field that is open calls this with every event it gets: Qt asks the widget with the
    focus, and those it lies in, before it lets a shortcut have a key.
    """
    if (
        event.type() is QEvent.Type.ShortcutOverride
        and isinstance(event, QKeyEvent)
        and event.key() == Qt.Key.Key_Escape
    ):
        event.accept()
        return True
    return False
