"""The page that a branch is read on, and the field in which its text is edited there."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit, QTextEdit, QWidget

from gui.ask_line import LINE_BREAK
from gui.escape import claim_escape


class Page(QTextEdit):
    """Text that cannot be typed into but copied; it tells where it was clicked.

    Enter asks for other text in the place of what is chosen.
    """

    edit_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setAccessibleName("Text of the branch")
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.place_clicked: Callable[[int], None] = _nothing
        self.place_edited: Callable[[int], None] = _nothing

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a selection of text, or choose the token that was clicked."""
        super().mouseReleaseEvent(event)
        if not self.textCursor().hasSelection():
            self.place_clicked(self._place_under(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Edit the token that was clicked twice."""
        self.place_edited(self._place_under(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a key."""
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and plain:
            self.edit_requested.emit()
        else:
            super().keyPressEvent(event)

    def _place_under(self, event: QMouseEvent) -> int:
        at = event.position().toPoint()
        cursor = self.cursorForPosition(at)
        # the nearest gap between letters may lie after the letter under the mouse
        before = self.cursorRect(cursor).left() > at.x() and not cursor.atBlockStart()
        return cursor.position() - int(before)


class InPlace(QLineEdit):
    """A field over some text. `done` with the text on Enter; Escape, or going away, drops it."""

    done = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._area = parent
        self.setAccessibleName("Text in its place")
        self.returnPressed.connect(self._on_return)
        self.editingFinished.connect(self.hide)
        self.hide()

    def open_at(self, corner: QPoint, width: int, height: int, text: str) -> None:
        """Stand at a place with this text, all of it chosen."""
        left = max(0, min(corner.x() - 6, self._area.width() - width))
        self.setGeometry(left, corner.y() - 3, width, height)
        self.setText(text.replace("\n", LINE_BREAK))
        self.show()
        self.setFocus()
        self.selectAll()

    def event(self, event: QEvent) -> bool:
        """Be closed by Escape, before it stops any work."""
        return claim_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a key."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self._area.setFocus()
        else:
            super().keyPressEvent(event)

    def _on_return(self) -> None:
        self.hide()
        self.done.emit(self.text().replace(LINE_BREAK, "\n"))


def _nothing(_place: int) -> None:
    return
