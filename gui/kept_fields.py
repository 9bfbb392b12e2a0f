"""What stands in a view's fields, as something that is kept with the session."""

from collections.abc import Iterable, Mapping
from typing import cast

from PySide6.QtCore import QObject, Signal, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLineEdit,
    QMenu,
    QPushButton,
    QSpinBox,
    QWidget,
)

from core.view_state import ViewState


class KeptChoices(QObject):
    """What the user chose, by name, where no field stands for it. Says `changed`."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.chosen: dict[str, str] = {}

    def choose(self, name: str, choice: str) -> None:
        """Take note of a choice. Names have no spaces."""
        self.chosen[name] = choice
        self.changed.emit()

    def lines(self) -> list[str]:
        """Return all choices as lines."""
        return [f"{name} {choice}" for name, choice in sorted(self.chosen.items())]

    def take_lines(self, lines: Iterable[str]) -> None:
        """Put these choices in the place of what was chosen."""
        chosen = {line.partition(" ")[0]: line.partition(" ")[2] for line in lines}
        if chosen != self.chosen:
            self.chosen.clear()
            self.chosen.update(chosen)
            self.changed.emit()


Field = QCheckBox | QComboBox | QDoubleSpinBox | QLineEdit | QPushButton | QSpinBox | KeptChoices
"""A button is a field when its menu ticks one of several choices."""


class KeptFields:
    """Fields by the names under which they are kept. `moved` is emitted when one changes."""

    def __init__(self, fields: Mapping[str, Field], moved: SignalInstance) -> None:
        self._fields = dict(fields)
        for field in self._fields.values():
            _news_of(field).connect(moved)

    def view_state(self) -> ViewState:
        """Return what stands in the fields."""
        return ViewState(1, {name: _value(field) for name, field in self._fields.items()})

    def restore_view(self, state: ViewState) -> None:
        """Put into the fields what stood there; what does not fit stays as it is."""
        for name, field in self._fields.items():
            match field:
                case QCheckBox():
                    field.setChecked(state.value(name, field.isChecked()))
                case QSpinBox():
                    field.setValue(state.value(name, field.value()))
                case QDoubleSpinBox():
                    field.setValue(state.value(name, field.value()))
                case QLineEdit():
                    field.setText(state.value(name, field.text()))
                case QComboBox():
                    place = field.findText(state.value(name, field.currentText()))
                    field.setCurrentIndex(field.currentIndex() if place < 0 else place)
                case KeptChoices():
                    field.take_lines(state.several(name, str))
                case QPushButton():
                    _tick(field, state.value(name, ""))


def public_fields(view: QWidget) -> dict[str, Field]:
    """Return the fields that a view has by a public name, by that name."""
    found = {name: part for name, part in vars(view).items() if not name.startswith("_")}
    return {name: part for name, part in found.items() if _is_field(part)}


def _is_field(part: object) -> bool:
    if isinstance(part, QPushButton):
        return bool(_choices(part))
    return isinstance(
        part, QCheckBox | QComboBox | QDoubleSpinBox | QLineEdit | QSpinBox | KeptChoices
    )


def _choices(button: QPushButton) -> list[QAction]:
    menu = cast("QMenu | None", button.menu())  # the stubs know of no button without one
    return [] if menu is None else [each for each in menu.actions() if each.isCheckable()]


def _tick(button: QPushButton, wanted: str) -> None:
    for choice in _choices(button):
        if choice.text() == wanted and not choice.isChecked():
            choice.trigger()


def _value(field: Field) -> bool | int | float | str | list[str]:
    match field:
        case KeptChoices():
            return field.lines()
        case QCheckBox():
            return field.isChecked()
        case QComboBox():
            return field.currentText()
        case QLineEdit():
            return field.text()
        case QSpinBox() | QDoubleSpinBox():
            return field.value()
        case QPushButton():
            return next((each.text() for each in _choices(field) if each.isChecked()), "")


def _news_of(field: Field) -> SignalInstance:
    match field:
        case QCheckBox():
            return field.toggled
        case QComboBox():
            return field.currentIndexChanged
        case QLineEdit():
            return field.textChanged
        case QSpinBox() | QDoubleSpinBox():
            return field.valueChanged
        case QPushButton():
            return field.menu().triggered
        case KeptChoices():
            return field.changed
