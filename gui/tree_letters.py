"""Letters that do verbs while the tree has the focus, as digits there pick a candidate."""

from collections.abc import Mapping

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QWidget

LETTERS: Mapping[str, str] = {
    "B": "tree.bookmark",
    "C": "tree.continue",
    "E": "tree.errors",
    "F": "edit.find",
    "G": "tree.grow",
    "H": "edit.hide",
    "I": "tree.insert",
    "N": "tree.note",
    "P": "tree.prompt",
    "R": "edit.rename",
    "T": "tree.tags",
    "U": "edit.undo",
    "W": "tree.watch",
    "?": "help.keys",
}


class TreeLetters(QObject):
    """Listens to a widget's keys and triggers the action of a letter."""

    def __init__(self, widget: QWidget, actions: Mapping[str, QAction]) -> None:
        super().__init__(widget)
        self._actions = actions
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take a letter that was pressed alone."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            shift = Qt.KeyboardModifier.ShiftModifier
            alone = not event.modifiers() & ~shift
            action = self._actions.get(LETTERS.get(event.text().upper(), ""))
            if alone and action is not None and action.isEnabled():
                action.trigger()
                return True
        return super().eventFilter(watched, event)
