"""Fields for numbers and texts, and their names."""

from collections.abc import Sequence
from typing import TypeVar

from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QWidget,
)

Field = TypeVar("Field", bound=QAbstractSpinBox)
INSET = 7
"""Pixels; Fusion's spin boxes ignore the padding of a style sheet."""


def spin(low: int, high: int, value: int, tip: str) -> QSpinBox:
    """Return a field for a whole number within bounds."""
    field = QSpinBox()
    field.setRange(low, high)
    field.setValue(value)
    return _dressed(field, tip)


def decimal(low: float, high: float, value: float, tip: str) -> QDoubleSpinBox:
    """Return a field for a number within bounds, in steps of a tenth."""
    field = QDoubleSpinBox()
    field.setRange(low, high)
    field.setSingleStep(0.1)
    field.setValue(value)
    return _dressed(field, tip)


def text_field(name: str, meaning: str) -> QLineEdit:
    """Return a field with its name for screen readers and what it takes."""
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setToolTip(meaning)
    field.setMinimumWidth(60)
    return field


def muted(words: str, buddy: QWidget) -> QLabel:
    """Return the label of a field."""
    label = QLabel(words)
    label.setObjectName("muted")
    label.setBuddy(buddy)
    return label


def named_row(fields: Sequence[tuple[QWidget, int]]) -> QGridLayout:
    """Return fields in a row, each under its accessible name, with its share of the room."""
    grid = QGridLayout()
    grid.setSpacing(6)
    for column, (field, share) in enumerate(fields):
        label = QLabel(field.accessibleName())
        label.setObjectName("small")
        label.setBuddy(field)
        grid.addWidget(label, 0, column)
        grid.addWidget(field, 1, column)
        grid.setColumnStretch(column, share)
    return grid


def _dressed(field: Field, tip: str) -> Field:
    field.setToolTip(tip)
    field.lineEdit().setTextMargins(INSET, 0, INSET, 0)
    return field
