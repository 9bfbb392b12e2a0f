"""How small an effect a run would show, and how many items the effect sought takes."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from core.lab_plans import MOST_ITEMS, RANGE, Effect, Plan, effect_words, items_needed
from gui import figures
from gui.fields import decimal

SOUGHT = {Effect.DEVIATIONS: 0.5, Effect.SHARE: 0.2, Effect.ODDS: 2.0}
NAMES = {
    Effect.DEVIATIONS: "effect sought",
    Effect.SHARE: "share sought",
    Effect.ODDS: "odds ratio sought",
}
TIPS = {
    Effect.DEVIATIONS: "In standard deviations between items; paired",
    Effect.SHARE: "Recoveries beyond false corrections, as a share of the continuations",
    Effect.ODDS: "Of an error after an error",
}


class LabEffect(QObject):
    """A field for the effect, a button that takes its items, and what the items chosen show.

    Says `items_wanted` with a number of items, and `changed`.
    """

    items_wanted = Signal(int)
    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.label = QLabel()
        self.field = decimal(0.05, 5.0, 0.5, "")
        self.needs = QPushButton()
        self.needs.setObjectName("quiet")
        self.shows = QLabel()
        self.shows.setObjectName("muted")
        self.shows.setWordWrap(True)
        self._at: tuple[Plan, int, int] | None = None
        self.field.valueChanged.connect(self._on_value)
        self.needs.clicked.connect(self._take)

    def show_plan(self, plan: Plan) -> None:
        """Ask for an effect in the unit of an experiment."""
        self.field.blockSignals(True)
        self.field.setRange(*RANGE[plan.effect])
        self.field.setValue(SOUGHT[plan.effect])
        self.field.setToolTip(TIPS[plan.effect])
        self.field.blockSignals(False)
        self.label.setText(NAMES[plan.effect])
        self.field.setAccessibleName(NAMES[plan.effect])

    def tell(self, plan: Plan, items: int, length: int) -> None:
        """Say what so many items of this length show."""
        self._at = plan, items, length
        self.shows.setText(effect_words(plan, items, length))
        needed = items_needed(plan, self.field.value(), length)
        self.needs.setText(f"needs {figures.count(needed)} {plan.unit}: use that")
        self.needs.setEnabled(needed <= MOST_ITEMS and needed != items)

    def _on_value(self) -> None:
        if self._at is not None:
            self.tell(*self._at)
        self.changed.emit()

    def _take(self) -> None:
        if self._at is not None:
            plan, _, length = self._at
            self.items_wanted.emit(items_needed(plan, self.field.value(), length))
