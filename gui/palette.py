"""A field that finds every action by name: type a part of it, press Enter."""

from collections.abc import Mapping

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.actions import placed
from gui.escape import claim_escape

WIDTH, ROWS, ROW_HEIGHT = 440, 10, 28
ACTION = int(Qt.ItemDataRole.UserRole)
NONE = "No action is called that."
STEPS = {
    Qt.Key.Key_Down: 1,
    Qt.Key.Key_Up: -1,
    Qt.Key.Key_PageDown: ROWS,
    Qt.Key.Key_PageUp: -ROWS,
}


class Palette(QFrame):
    """Lists the actions that contain every typed word; what cannot be done now is greyed.

    It lies over the window and goes when it is done with or the focus moves elsewhere.
    """

    def __init__(self, parent: QWidget, actions: Mapping[str, QAction]) -> None:
        super().__init__(parent)
        self.setObjectName("overlay")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("Actions")
        self._before = QApplication.focusWidget()
        self._actions = dict(actions)
        self.field = QLineEdit()
        self.field.setPlaceholderText("find an action…")
        self.field.setAccessibleName("Find an action")
        self.list = QListWidget()
        self.list.setAccessibleName("Actions found")
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._none = QLabel(NONE)
        self._none.setObjectName("muted")
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 12, 12, 12)
        box.setSpacing(8)
        for widget in (self.field, self.list, self._none):
            box.addWidget(widget)
        self.setFixedWidth(WIDTH)
        self.list.setFixedHeight(ROWS * ROW_HEIGHT)
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(self._run)
        self._fill("")

    def open_here(self) -> None:
        """Show it in the upper middle of the window."""
        self.adjustSize()
        self.move(QPoint((self.window().width() - WIDTH) // 2, 72))
        self.show()
        self.raise_()
        self.field.setFocus()

    def found(self) -> list[str]:
        """Return the names that are listed."""
        return [self.list.item(row).data(ACTION) for row in range(self.list.count())]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the field's arrows move through the list, and Enter choose."""
        if event.type() is QEvent.Type.FocusOut and self.isVisible():
            self.close()
        elif claim_escape(event):
            return True
        elif isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self._leave()
                return True
            step = STEPS.get(Qt.Key(event.key()))
            if step is not None:
                row = self.list.currentRow() + step
                self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                if self.list.count():
                    self._run(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _fill(self, text: str) -> None:
        words = text.lower().split()
        self.list.clear()
        for name, action in self._actions.items():
            label = placed(name, action.text())
            if not all(word in label.lower() for word in words):
                continue
            keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
            item = QListWidgetItem(f"{label}    {keys}" if keys else label)
            item.setData(ACTION, name)
            if not action.isEnabled():
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.list.setVisible(self.list.count() > 0)
        self._none.setVisible(self.list.count() == 0)

    def _run(self, item: QListWidgetItem) -> None:
        action = self._actions[item.data(ACTION)]
        if action.isEnabled():
            self._leave()
            action.trigger()

    def _leave(self) -> None:
        """Close, and give the focus back to where it was."""
        self.hide()
        if self._before is not None and shiboken6.isValid(self._before):
            self._before.activateWindow()  # a panel's own, perhaps
            self._before.setFocus()
        self.close()
