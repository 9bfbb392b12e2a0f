"""The turns of a conversation as fields: who speaks, and what is said."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.engine import Turn

LINES = {"system": 2, "user": 3, "assistant": 2}
HINTS = {
    "system": "what the model shall be; may stay empty",
    "user": "what the user says",
    "assistant": "what the model said",
}
OPEN = "how the answer begins, without its end: the model goes on from here; may stay empty"


class TurnFields(QScrollArea):
    """System, then user and assistant in turn; the last turn is the assistant's and stays open."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setObjectName("bare")
        self.setAccessibleName("Turns")
        self.fields: list[tuple[str, QPlainTextEdit]] = []
        inside = QWidget()
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(12)
        self._grid.setVerticalSpacing(6)
        self._grid.setColumnStretch(1, 1)
        self.more = QPushButton("Add an exchange")
        self.more.setToolTip("Answer the user here, and let the user speak again")
        self.fewer = QPushButton("Remove the last")
        self.fewer.setToolTip("Remove the last answer and what the user said to it")
        buttons = QHBoxLayout()
        buttons.addWidget(self.more)
        buttons.addWidget(self.fewer)
        buttons.addStretch(1)
        box = QVBoxLayout(inside)
        box.setContentsMargins(0, 0, 8, 0)
        box.addLayout(self._grid)
        box.addLayout(buttons)
        box.addStretch(1)
        self.setWidget(inside)
        self.more.clicked.connect(self._add)
        self.fewer.clicked.connect(self._remove)
        self.show_turns(())

    def turns(self) -> tuple[Turn, ...]:
        """Return the conversation; an empty system turn and an empty open one are left out."""
        every = [Turn(role, field.toPlainText()) for role, field in self.fields]
        ends = {0, len(every) - 1}
        return tuple(turn for place, turn in enumerate(every) if turn.text or place not in ends)

    def show_turns(self, turns: Sequence[Turn]) -> None:
        """Fill the fields."""
        left = list(turns)
        system = left.pop(0).text if left and left[0].role == "system" else ""
        opened = left.pop().text if left and left[-1].role == "assistant" else ""
        said = [turn.text for turn in left] or [""]
        roles = ["user" if place % 2 == 0 else "assistant" for place in range(len(said))]
        self._fill([("system", system), *zip(roles, said, strict=True), ("assistant", opened)])

    def _fill(self, rows: Sequence[tuple[str, str]]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self.fields = []
        for row, (role, text) in enumerate(rows):
            field = QPlainTextEdit()
            is_open = row == len(rows) - 1
            field.setPlaceholderText(OPEN if is_open else HINTS[role])
            field.setTabChangesFocus(True)
            field.setPlainText(text)
            field.setAccessibleName(f"{role}, turn {row + 1}")
            height = LINES[role] * field.fontMetrics().lineSpacing() + 18
            field.setFixedHeight(height)
            field.textChanged.connect(self.changed)
            label = QLabel(role)
            label.setObjectName("caption")
            label.setBuddy(field)
            self._grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            self._grid.addWidget(field, row, 1)
            self.fields.append((role, field))
        self.fewer.setEnabled(len(self.fields) > 3)
        self.changed.emit()

    def _rows(self) -> list[tuple[str, str]]:
        return [(role, field.toPlainText()) for role, field in self.fields]

    def _add(self) -> None:
        self._fill([*self._rows(), ("user", ""), ("assistant", "")])
        self.fields[-2][1].setFocus()

    def _remove(self) -> None:
        *first, _, _ = self._rows()
        self._fill(first)
