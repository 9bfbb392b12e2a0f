"""A line over the tree that asks how wide and how deep a tree of the likeliest tokens shall be."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.continuing import most_distributions
from gui import figures
from gui.escape import claim_escape
from gui.fields import decimal, spin

MEANING = """What the model must read: one token for each distribution of the tree,
width⁰ + width¹ + … + width^(depth − 1) of them. Seconds = tokens ÷ the speed at which
this model last grew a tree on this machine, or a small one that is grown just now to find out."""

MOST = 20_000
"""Distributions in one tree at most: more take minutes, and cannot be looked at."""


class GrowLine(QWidget):
    """Says `grow_requested` with width, depth, the least probability of a path, and top-p."""

    grow_requested = Signal(int, int, float, float)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.width_field = _spin(1, 20, 3, "Tokens after each token, the likeliest.")
        self.depth_field = _spin(
            2, 64, 4, "How deep, the selected token counted: 4 grows three tokens after it."
        )
        self.least = decimal(0.0, 1.0, 0.0, "Paths less likely than this are not followed; 0: all.")
        self.least.setDecimals(4)
        self.least.setSingleStep(0.001)
        self.least.setAccessibleName("Least probability of a path")
        self.top_p = decimal(
            0.01,
            1.0,
            1.0,
            "Only the fewest likeliest tokens that reach this probability together; 1: all.",
        )
        self.top_p.setSingleStep(0.05)
        self.top_p.setAccessibleName("Probability that the followed tokens reach together")
        self._pace: float | None = None
        self.total = QLabel()
        self.total.setObjectName("muted")
        self.go = QPushButton("Grow")
        self.total.setToolTip(MEANING)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 4)
        box.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        box.addLayout(row)
        box.addWidget(self.total)
        for words, field in (
            ("width", self.width_field),
            ("depth", self.depth_field),
            ("top-p", self.top_p),
            ("least path p", self.least),
        ):
            label = QLabel(words)
            label.setObjectName("muted")
            row.addWidget(label)
            row.addWidget(field)
        row.addWidget(self.go)
        row.addStretch(1)
        for field in (self.width_field, self.depth_field, self.least, self.top_p):
            field.valueChanged.connect(self._count)
        self.go.clicked.connect(self._on_go)
        self._count()
        self.hide()

    def ask(self) -> None:
        """Let the user choose."""
        self._count()
        self.show()
        self.width_field.setFocus()
        self.width_field.selectAll()

    def show_pace(self, tokens_a_second: float | None) -> None:
        """Tell the cost in seconds too, from a measured pace."""
        self._pace = tokens_a_second
        self._count()

    def event(self, event: QEvent) -> bool:
        """Be closed by Escape, before it stops any work."""
        return claim_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a key."""
        if event.key() == Qt.Key.Key_Escape:
            self.close_line()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._on_go()
        else:
            super().keyPressEvent(event)

    def close_line(self) -> None:
        """Hide, and give the keys back to the tree."""
        self.hide()
        self.finished.emit()

    def _count(self, *_value: float) -> None:
        most = most_distributions(
            self.width_field.value(), self.depth_field.value(), self.least.value()
        )
        self.go.setEnabled(most <= MOST)
        if most > MOST:
            self.total.setText(
                f"More than {figures.count(MOST)} tokens to read are too many: choose less width or"
                " depth"
            )
            return
        bound = self.least.value() > 0 or self.top_p.value() < 1
        words = f"{'at most ' if bound else ''}{figures.count(most)} tokens to read"
        if self._pace is None:
            self.total.setText(f"{words}; measuring the speed…")
            return
        seconds = figures.seconds(most / self._pace)
        self.total.setText(f"{words}, about {seconds} at {self._pace:,.0f} tokens/s, as measured")

    def _on_go(self) -> None:
        if self.go.isEnabled():
            self.grow_requested.emit(
                self.width_field.value(),
                self.depth_field.value(),
                self.least.value(),
                self.top_p.value(),
            )
            self.close_line()


def _spin(least: int, most: int, value: int, words: str) -> QSpinBox:
    field = spin(least, most, value, words)
    field.setAccessibleName(words)
    return field
