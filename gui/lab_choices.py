"""What is chosen of a run beside its size: how far items go, which tasks, what stands before."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QLineEdit, QMenu, QPushButton, QWidget

from core.lab_plans import MOST_PREAMBLE, Extent, Plan
from core.lab_products import Choices

PREAMBLE_TIP = "A text before every item; two runs under different ones can be laid over each other"
TASKS_TIP = "The tasks that are run; each stands behind its own gate"


class LabChoices(QObject):
    """Fields by name in `fields`; those that a plan does not use are hidden by whoever shows them.

    Says `changed` when the user chose something else.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.extent = QComboBox()
        self.extent.setToolTip("How far every item goes")
        self.extent.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.tasks = QPushButton()
        self._menu = QMenu(self.tasks)
        self.tasks.setMenu(self._menu)
        self.preamble = QLineEdit()
        self.preamble.setMaxLength(MOST_PREAMBLE)
        self.preamble.setPlaceholderText("none")
        self.preamble.setToolTip(PREAMBLE_TIP)
        self._plan: Plan | None = None
        self.extent.currentIndexChanged.connect(self.changed)
        self.preamble.textChanged.connect(self.changed)

    @property
    def fields(self) -> dict[str, QWidget]:
        """The fields by the words of their labels."""
        return {"length": self.extent, "tasks": self.tasks, "preamble": self.preamble}

    def used(self, plan: Plan) -> dict[str, bool]:
        """Return which of the fields an experiment uses."""
        return {"length": bool(plan.extents), "tasks": bool(plan.tasks), "preamble": True}

    def show_plan(self, plan: Plan) -> None:
        """Offer what an experiment lets be chosen."""
        self._plan = plan
        self.extent.blockSignals(True)
        self.extent.clear()
        for extent in plan.extents:
            self.extent.addItem(extent_words(plan, extent), extent)
        self.extent.blockSignals(False)
        self._menu.clear()
        for task in plan.tasks:
            action = QAction(task, self._menu, checkable=True, checked=task in plan.chosen)
            action.toggled.connect(self._on_task)
            self._menu.addAction(action)
        self._tell_tasks()

    def choose_extent(self, extent: Extent | None) -> None:
        """Choose how far items go."""
        for place in range(self.extent.count()):
            if self.extent.itemData(place) == extent:
                self.extent.setCurrentIndex(place)

    def chosen_extent(self) -> Extent | None:
        """Return how far items go, None where an experiment always goes to its end."""
        found: Extent | None = self.extent.currentData()
        return found

    def choices(self) -> Choices:
        """Return what is chosen; the tasks that an experiment chooses by itself are not named."""
        tasks = self._chosen_tasks()
        own = () if self._plan is None else self._plan.chosen
        named = () if tasks == own else tasks
        return Choices(self.chosen_extent(), named, self.preamble.text().strip())

    def choose_tasks(self, tasks: tuple[str, ...]) -> None:
        """Choose tasks by name, as far as the experiment has them."""
        wanted = [action for action in self._menu.actions() if action.text() in tasks]
        if wanted:
            for action in self._menu.actions():
                action.blockSignals(True)
                action.setChecked(action in wanted)
                action.blockSignals(False)
            self._tell_tasks()

    def _chosen_tasks(self) -> tuple[str, ...]:
        return tuple(action.text() for action in self._menu.actions() if action.isChecked())

    def _on_task(self, is_chosen: bool) -> None:  # noqa: FBT001 - Qt's signature
        action = self.sender()
        if not is_chosen and not self._chosen_tasks() and isinstance(action, QAction):
            action.setChecked(True)  # a run has at least one task
            return
        self._tell_tasks()
        self.changed.emit()

    def _tell_tasks(self) -> None:
        chosen = self._chosen_tasks()
        self.tasks.setText(f"{len(chosen)} of {len(self._menu.actions())} tasks ▾")
        self.tasks.setToolTip(f"{TASKS_TIP}\nChosen: {', '.join(chosen)}")


def extent_words(plan: Plan, extent: Extent) -> str:
    """Say how far an item goes."""
    samples = f", {extent.samples} samples" if extent.samples else ""
    return f"{extent.length} {plan.reach}{samples}"
