"""The way between the tree and the lab: which of the two is shown, and what the Lab menu does."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from core.tree import NodeId
from core.workbench import Workbench
from gui.look import Look
from gui.panes import Panes
from gui.selection import Selection
from gui.tree_canvas import TreeCanvas

if TYPE_CHECKING:
    from gui.lab_page import LabPage


class LabDoor(QObject):
    """Builds the lab when it is first looked at, shows it instead of the tree, and leads back.

    Says `moved` when something else can be done than before, `problem_met` with a sentence, and
    `built` when there is a page.
    """

    moved = Signal()
    problem_met = Signal(str)
    built = Signal()

    def __init__(  # noqa: PLR0913, PLR0917 - both sides of the door
        self,
        workbench: Workbench,
        selection: Selection,
        look: Look,
        canvas: TreeCanvas,
        panes: Panes,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._selection = selection
        self._look = look
        self._canvas = canvas
        self._panes = panes
        self._page: LabPage | None = None

    @property
    def page(self) -> "LabPage":
        """The experiments."""
        if self._page is None:
            from gui.lab_page import LabPage  # noqa: PLC0415 - after the first paint

            self._page = LabPage(self._workbench, self._look)
            self._page.problem_met.connect(self.problem_met)
            self._page.fork_requested.connect(self._show_fork)
            self._page.state_changed.connect(self.moved)
            self.built.emit()
        return self._page

    @property
    def is_open(self) -> bool:
        """Whether the lab is shown instead of the tree."""
        return self._page is not None and self._panes.pages.currentWidget() is self._page

    def open(self) -> None:
        """Show the experiments instead of the tree."""
        self._panes.show_page(self.page)
        self.page.form.name.setFocus()
        self.moved.emit()

    def leave(self) -> None:
        """Show the tree and its panels."""
        self._panes.show_page(None)
        self._canvas.setFocus()
        self.moved.emit()

    def slots(self) -> dict[str, Callable[[], object]]:
        """Return what the menu entries do, by action id."""
        return {
            "lab.show": self._toggle,
            "lab.run": lambda: self._inside(self.page.form.run.click),
            "lab.cost": lambda: self._inside(self.page.form.measure.click),
            "lab.pause": lambda: self._inside(self.page.pause_or_resume),
            "lab.stop": lambda: self._inside(self._workbench.stop_experiment),
            "lab.report": lambda: self._inside(self.page.files.open_report),
            "lab.save_report": lambda: self._inside(self.page.files.save_report),
            "lab.save_csv": lambda: self._inside(self.page.files.save_csv),
            "lab.save_json": lambda: self._inside(self.page.files.save_json),
            "lab.overlay": lambda: self._inside(self.page.lay_over),
            "lab.self_test": lambda: self._inside(self.page.open_self_test),
        }

    def refresh(self, actions: Mapping[str, QAction]) -> None:
        """Offer what can be done just now."""
        bench = self._workbench
        runs, going = bench.lab_runs, bench.lab_going is not None
        has_rows = any(run.rows for run in runs.values())
        actions["lab.show"].setChecked(self.is_open)
        for name, is_possible in (
            ("lab.run", bench.vocabulary is not None and not going),
            ("lab.cost", bench.vocabulary is not None and not going),
            ("lab.pause", going or any(not run.is_whole for run in runs.values())),
            ("lab.stop", going),
            *((f"lab.{name}", has_rows) for name in ("report", "save_report", "save_csv")),
            ("lab.save_json", has_rows),
        ):
            actions[name].setEnabled(is_possible)

    def close_down(self) -> None:
        """End what the lab has running beside the window."""
        if self._page is not None:
            self._page.close_down()

    def _toggle(self) -> None:
        if self.is_open:
            self.leave()
        else:
            self.open()

    def _inside(self, verb: Callable[[], object]) -> None:
        self.open()
        verb()

    def _show_fork(self, node: int) -> None:
        self.leave()
        self._selection.select(NodeId(node))
        self._canvas.reveal(NodeId(node))
