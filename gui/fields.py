"""Fields for numbers, with room between the frame and the figures."""

from typing import TypeVar

from PySide6.QtWidgets import QAbstractSpinBox, QDoubleSpinBox, QSpinBox

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


def _dressed(field: Field, tip: str) -> Field:
    field.setToolTip(tip)
    field.lineEdit().setTextMargins(INSET, 0, INSET, 0)
    return field
