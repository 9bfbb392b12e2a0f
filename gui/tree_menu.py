"""The menu under the right mouse button: what can be done with the token that it points at."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from gui.tree_canvas import TreeCanvas

ENTRIES = (
    ("tree.continue", "tree.insert", "tree.errors", "tree.preambles", "tree.grow"),
    ("edit.text", "edit.copy", "edit.rename"),
    ("tree.note", "tree.tags", "tree.bookmark"),
    ("tree.fold", "tree.hoist", "tree.whole"),
    ("edit.hide", "edit.show"),
)


class TreeMenu(QObject):
    """Shows actions of the menu bar beside the token; what cannot be done just now is grey."""

    def __init__(self, canvas: TreeCanvas, actions: Mapping[str, QAction]) -> None:
        super().__init__(canvas)
        self.menu = QMenu(canvas)
        for number, group in enumerate(ENTRIES):
            if number:
                self.menu.addSeparator()
            self.menu.addActions([actions[name] for name in group])
        canvas.menu_requested.connect(self._show)

    def _show(self, at: QPoint) -> None:
        self.menu.popup(at)
