"""A line over the tree that asks how wide and how deep a tree of the likeliest tokens shall be."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSpinBox,
    QWidget,
)

MOST = 20_000
"""Distributions in one tree at most: more take minutes, and cannot be looked at."""


def most_distributions(width: int, depth: int, least_probability: float) -> int:
    """Return how many distributions such a tree has at most.

    Level i holds width^i nodes; no level holds more than 1 / `least_probability` paths that are at
    least as likely, because their probabilities add up to 1 at most.
    """
    bound = float("inf") if least_probability <= 0 else 1 / least_probability
    return sum(int(min(width**level, bound)) for level in range(depth))


class GrowLine(QWidget):
    """Says `grow_requested` with width, depth and the least probability of a path."""

    grow_requested = Signal(int, int, float)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.width_field = _spin(1, 20, 3, "Tokens after each token, the likeliest.")
        self.depth_field = _spin(2, 64, 4, "Distributions along a path, the selected token's too.")
        self.least = QDoubleSpinBox()
        self.least.setRange(0.0, 1.0)
        self.least.setDecimals(4)
        self.least.setSingleStep(0.001)
        self.least.setToolTip("Paths less likely than this are not followed; 0 follows all.")
        self.least.setAccessibleName("Least probability of a path")
        self.total = QLabel()
        self.total.setObjectName("muted")
        self.go = QPushButton("Grow")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for words, field in (
            ("width", self.width_field),
            ("depth", self.depth_field),
            ("least path probability", self.least),
        ):
            label = QLabel(words)
            label.setObjectName("muted")
            row.addWidget(label)
            row.addWidget(field)
        row.addWidget(self.go)
        row.addWidget(self.total, 1)
        for field in (self.width_field, self.depth_field, self.least):
            field.valueChanged.connect(self._count)
        self.go.clicked.connect(self._on_go)
        self._count()
        self.hide()

    def ask(self) -> None:
        """Let the user choose."""
        self.show()
        self.width_field.setFocus()
        self.width_field.selectAll()

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
        words = f"at most {most:,} distributions"
        self.total.setText(words if most <= MOST else f"{words}: more than {MOST:,} are too many")

    def _on_go(self) -> None:
        if self.go.isEnabled():
            self.grow_requested.emit(
                self.width_field.value(), self.depth_field.value(), self.least.value()
            )
            self.close_line()


def _spin(least: int, most: int, value: int, words: str) -> QSpinBox:
    spin = QSpinBox()
    spin.setRange(least, most)
    spin.setValue(value)
    spin.setToolTip(words)
    spin.setAccessibleName(words)
    return spin
