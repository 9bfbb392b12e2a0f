"""A line over the tree in which a verb asks for the words it needs."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from gui.escape import claim_escape

LINE_BREAK = "⏎"

Take = Callable[[str], str | None]
"""Takes what was typed; returns what stands in the way, or None when the line may go."""


class AskLine(QWidget):
    """Enter hands the words over, Escape drops them."""

    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._take: Take | None = None
        self._label = QLabel()
        self._label.setObjectName("muted")
        self.field = QLineEdit()
        self.answer = QLabel()
        self.answer.setObjectName("muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._label)
        row.addWidget(self.field, 1)
        row.addWidget(self.answer)
        self.field.returnPressed.connect(self._on_return)
        self.hide()

    def ask(self, title: str, text: str, take: Take, *, hint: str = "") -> None:
        """Let the user change `text`, and hand over what stands there on Enter.

        `hint` says what can be typed.
        """
        self.field.setPlaceholderText(hint)
        self.field.setToolTip(hint)
        self._take = take
        self._label.setText(title)
        self.field.setAccessibleName(title)
        self.field.setText(text.replace("\n", LINE_BREAK))
        self.answer.clear()
        self.show()
        self.field.setFocus()
        self.field.selectAll()

    def event(self, event: QEvent) -> bool:
        """Be closed by Escape, before it stops any work."""
        return claim_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a key."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_line()
        else:
            super().keyPressEvent(event)

    def close_line(self) -> None:
        """Hide, and give the keys back to the tree."""
        self.hide()
        self.finished.emit()

    def _on_return(self) -> None:
        assert self._take is not None, "the line is shown by `ask`"
        problem = self._take(self.field.text().replace(LINE_BREAK, "\n"))
        self.answer.setText(problem or "")
        if problem is None:
            self.close_line()
