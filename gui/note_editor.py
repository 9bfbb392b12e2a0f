"""A line over the tree in which a note about a token is written."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from core.tree import NodeId
from gui.escape import claim_escape


class NoteEditor(QWidget):
    """Enter keeps the note, Escape drops it."""

    note_requested = Signal(int, str)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._node = NodeId(0)
        self._label = QLabel()
        self._label.setObjectName("muted")
        self.field = QLineEdit()
        self.field.setAccessibleName("Note")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._label)
        row.addWidget(self.field, 1)
        self.field.returnPressed.connect(self._on_return)
        self.hide()

    def edit(self, node: NodeId, *, title: str, text: str) -> None:
        """Let the user write about `node`."""
        self._node = node
        self._label.setText(title)
        self.field.setText(text)
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def event(self, event: QEvent) -> bool:
        """Be closed by Escape, before it stops any work."""
        return claim_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a key."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_editor()
        else:
            super().keyPressEvent(event)

    def close_editor(self) -> None:
        """Hide, and give the keys back to the tree."""
        self.hide()
        self.finished.emit()

    def _on_return(self) -> None:
        self.note_requested.emit(self._node, self.field.text())
        self.close_editor()
