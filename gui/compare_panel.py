"""Holds two to eight branches against each other, in the view that the user chooses."""

import itertools
import math
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QActionGroup, QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.branches import Role
from core.tree import ROOT, NodeId
from core.workbench import Change, Workbench
from gui.belief_bars import BeliefBars, BeliefGroup
from gui.branch_marks import BranchMarks
from gui.card import Card, ShrinkingLabel
from gui.compare_distance import DistanceView
from gui.compare_samples import SamplesView
from gui.compare_table import TableView
from gui.compare_view import CompareView, as_csv, as_tabs
from gui.compare_watched import WatchedView
from gui.floor_book import FloorBook
from gui.look import Look
from gui.marks import mark_icon
from gui.observing import observe
from gui.selection import Selection
from gui.surprise_plot import Curve, SurprisePlot

MOST = 8
FRAME_MS = 16
LEAST_HEIGHT, TALLER = 216, 272
"""Pixels that the overview needs, and the views that have controls of their own."""

EMPTY = "Two or more branches are compared here. Tell a fork, or branch at a token of the tree."
NO_BELIEF = "A fork with a probe shows here what each branch makes the model believe."
OVERVIEW = "Overview"
VIEWS = {
    OVERVIEW: "Surprise per token, and what the probe makes the model believe",
    "Table": "Token by token: p, differences, ranks, entropy, totals",
    "Distance": "The same tokens forced after every branch: √JS and KL, with floors",
    "Watched": "How likely truth and error are along every branch",
    "Samples": "Samples with the same noise, grouped by how they end",
}
QUANTITIES = {
    "Surprise per token (bits)": "How unexpected each token was:"
    " \N{MINUS SIGN}log₂ p(token | all text before it)",
    "Surprise so far (bits)": "The surprise of the branch up to each token:"
    " \N{MINUS SIGN}Σ log₂ p since its first",
    "Entropy before each token (nats)": "How undecided the model was:"
    " H = \N{MINUS SIGN}Σ p ln p over the whole vocabulary",
}
"""What the overview plots, and what it means."""


class ComparePanel(Card):
    """Follows the tree and the selection. Says `problem_met` with a sentence."""

    problem_met = Signal(str)

    def __init__(
        self, workbench: Workbench, selection: Selection, look: Look, parent: QWidget | None = None
    ) -> None:
        super().__init__("Compare", parent)
        self._workbench = workbench
        self._selection = selection
        self._look = look
        self._marks = BranchMarks(workbench)
        self._unwanted: set[NodeId] = set()
        self._boxes: dict[NodeId, QCheckBox] = {}
        legend = QWidget()
        legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._legend = QHBoxLayout(legend)
        self._legend.setContentsMargins(4, 0, 0, 0)
        self._legend.setSpacing(12)
        self._legend.setAlignment(Qt.AlignmentFlag.AlignLeft)
        self._choose = QPushButton("choose ▾")
        self._choose.setObjectName("quiet")
        self._choose.setToolTip("Choose up to eight branches to compare")
        self._choose.setMenu(QMenu(self._choose))
        self._choose.menu().aboutToShow.connect(self._fill_menu)
        self._book = FloorBook(workbench, self)
        self._views: dict[str, CompareView] = {}
        self.view = OVERVIEW
        self.view_button = QPushButton()
        self.export_button = QPushButton("export ▾")
        self._quantity = next(iter(QUANTITIES))
        self.quantity_button = QPushButton()
        self._set_up_menus()
        self.head.insertWidget(1, self.view_button)
        self.head.insertWidget(2, legend, 1)
        self.head.addWidget(self._choose)
        self.head.addWidget(self.export_button)
        self.plot = SurprisePlot(look)
        self.bars = BeliefBars(look)
        self._belief_title = ShrinkingLabel()
        self._no_belief = QLabel(NO_BELIEF)
        self._empty = QLabel(EMPTY)
        self._charts = QWidget()
        self._lay_out()
        self._later = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._later.timeout.connect(self.refresh)
        self.plot.pointed.connect(self._on_plot_pointed)
        selection.pointed_changed.connect(self._on_pointed)
        selection.selected_changed.connect(self._on_pointed)
        look.changed.connect(self._on_look)
        observe(workbench, self, self._on_change)
        self.refresh()

    def _lay_out(self) -> None:
        for words in (self._no_belief, self._empty):
            words.setObjectName("muted")
            words.setWordWrap(True)
            words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(2)
        self._belief_title.setObjectName("figure")
        self.quantity_button.setStyleSheet("padding: 0; text-align: left;")
        left.addWidget(self.quantity_button, 0, Qt.AlignmentFlag.AlignLeft)
        left.addWidget(self.plot, 1)
        right.addWidget(self._belief_title)
        right.addWidget(self.bars, 1)
        right.addWidget(self._no_belief, 1)
        charts = QHBoxLayout(self._charts)
        charts.setContentsMargins(0, 0, 0, 0)
        charts.setSpacing(24)
        charts.addLayout(left, 1)
        charts.addLayout(right, 1)
        self.body.addWidget(self._empty, 1)
        self.body.addWidget(self._charts, 1)
        self._charts.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(LEAST_HEIGHT)

    def _set_up_menus(self) -> None:
        for button, names, choose in (
            (self.view_button, tuple(VIEWS), self.show_view),
            (self.quantity_button, tuple(QUANTITIES), self._choose_quantity),
        ):
            menu = QMenu(button)
            group = QActionGroup(menu)
            for name in names:
                action = menu.addAction(name, partial(choose, name))
                action.setCheckable(True)
                action.setToolTip(VIEWS.get(name, QUANTITIES.get(name, "")))
                group.addAction(action)
            menu.setToolTipsVisible(True)
            menu.actions()[0].setChecked(True)
            button.setMenu(menu)
            button.setText(f"{names[0]} ▾")
        self.view_button.setToolTip("What is compared")
        self.quantity_button.setToolTip(QUANTITIES[self._quantity])
        export = QMenu(self.export_button)
        export.addAction("Copy as table", self.copy_table)
        export.addAction("Save as CSV…", partial(self._save, "csv", "Tables (*.csv)"))
        export.addAction("Save as picture…", partial(self._save, "png", "Pictures (*.png)"))
        self.export_button.setMenu(export)
        self.export_button.setToolTip("The figures of this view as a table, or its picture")
        for button in (self.view_button, self.quantity_button, self.export_button):
            button.setObjectName("quiet")

    def show_view(self, name: str) -> None:
        """Show another view of the chosen branches."""
        if name != OVERVIEW and name not in self._views:
            view = self._make_view(name)
            self._views[name] = view
            self.body.addWidget(view, 1)
        self.view = name
        self.setMinimumHeight(LEAST_HEIGHT if name == OVERVIEW else TALLER)
        self.view_button.setText(f"{name} ▾")
        self.view_button.menu().actions()[list(VIEWS).index(name)].setChecked(True)
        self.refresh()

    def current(self) -> CompareView | None:
        """Return the view that is shown, None for the overview."""
        return self._views.get(self.view)

    def _make_view(self, name: str) -> CompareView:
        parts = (self._workbench, self._selection, self._look, self._marks)
        match name:
            case "Table":
                return TableView(*parts, self._book)
            case "Distance":
                return DistanceView(*parts, self._book)
            case "Watched":
                return WatchedView(*parts, self._book)
            case _:
                return SamplesView(*parts)

    def rows(self) -> list[list[str]]:
        """Return what is shown as a table, its head first."""
        view = self.current()
        if view is not None:
            return view.rows()
        rows = [["branch", "tokens after the fork", "token", self._quantity]]
        for first in self.chosen():
            nodes = self._workbench.nodes_of(first)
            for place, (node, value) in enumerate(zip(nodes, self._values(first), strict=True)):
                piece = self._workbench.tree.token(node).piece.decode(errors="replace")
                figure = "" if value is None else repr(value)
                rows.append([self._marks.label(first), str(place), piece, figure])
        return rows

    def copy_table(self) -> None:
        """Copy what is shown as a table."""
        QGuiApplication.clipboard().setText(as_tabs(self.rows()))

    def save_to(self, name: str) -> bool:
        """Write what is shown as a picture where `name` ends in .png, as CSV otherwise."""
        if name.endswith(".png"):
            return (self.current() or self._charts).grab().save(name)
        try:
            Path(name).write_text(as_csv(self.rows()), encoding="utf-8")
        except OSError:
            return False
        return True

    def _save(self, ending: str, kinds: str) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Save what is compared", "", kinds)
        if name and not self.save_to(name if name.endswith(f".{ending}") else f"{name}.{ending}"):
            self.problem_met.emit(f"{name} cannot be written: choose a writable folder.")

    def _choose_quantity(self, name: str) -> None:
        self._quantity = name
        self.quantity_button.setText(f"{name} ▾")
        self.quantity_button.setToolTip(QUANTITIES[name])
        self.refresh()

    def _values(self, first: NodeId) -> tuple[float | None, ...]:
        """Return the chosen quantity at every node of a branch, None where it is unread."""
        readings, tree = self._workbench.readings, self._workbench.tree
        nodes = self._workbench.nodes_of(first)
        if self._quantity.startswith("Entropy"):
            return tuple(readings.entropy(tree.parent(node)) for node in nodes)
        bits = tuple(readings.surprise(node) for node in nodes)
        if self._quantity.startswith("Surprise per"):
            return bits
        known = tuple(itertools.takewhile(lambda one: one is not None, bits))
        sums = tuple(itertools.accumulate(one for one in known if one is not None))
        return (*sums, *(None,) * (len(nodes) - len(sums)))

    def chosen(self) -> list[NodeId]:
        """Return the first nodes of the branches that are compared."""
        return [first for first in self._candidates() if first not in self._unwanted][:MOST]

    def refresh(self) -> None:
        """Draw everything as it is now."""
        chosen = self.chosen()
        candidates = self._candidates()
        self._empty.setVisible(not candidates)
        view = self.current()
        self._charts.setVisible(bool(candidates) and view is None)
        for one in self._views.values():
            one.setVisible(bool(candidates) and one is view)
        self.view_button.setVisible(bool(candidates))
        self.export_button.setVisible(bool(candidates))
        if view is not None:
            self._show_legend()
            view.show_branches(chosen)
            return
        self._choose.setVisible(len(candidates) > 1)
        self._show_legend()
        theme = self._look.theme
        curves: dict[NodeId, Curve] = {}
        for first in chosen:
            nodes = self._workbench.nodes_of(first)
            curves[first] = Curve(self._marks.mark(first, theme), nodes, self._values(first))
        self.plot.show_curves(curves)
        self._show_beliefs()
        self._on_pointed(ROOT)

    def _candidates(self) -> list[NodeId]:
        return [
            first for first, branch in self._marks.branches.items() if branch.role is not Role.BASE
        ]

    def _show_beliefs(self) -> None:
        fork = self._workbench.fork
        groups: list[BeliefGroup] = []
        if fork is not None:
            for belief in fork.beliefs:
                if belief.branch in self._marks.branches:
                    name = self._marks.branches[belief.branch].role.value
                    mark = self._marks.mark(belief.branch, self._look.theme)
                    truth, error = math.exp(belief.logprob_truth), math.exp(belief.logprob_error)
                    groups.append(BeliefGroup(name, mark, truth, error))
            probe = " ".join((fork.spec.probe or "").lstrip(".!?,;").split())
            self._belief_title.setText(f"Probability under “{probe} …”")
            self.bars.show_groups(tuple(groups), (fork.spec.right.strip(), fork.spec.wrong.strip()))
        self.bars.setVisible(bool(groups))
        self._belief_title.setVisible(bool(groups))
        self._no_belief.setVisible(not groups)

    def _show_legend(self) -> None:
        shown = self._candidates()[:MOST]
        for first in [first for first in self._boxes if first not in shown]:
            self._boxes.pop(first).deleteLater()
        chosen = self.chosen()
        for first in shown:
            box = self._boxes.get(first)
            if box is None:
                box = self._boxes[first] = QCheckBox()
                box.toggled.connect(partial(self._on_toggled, first))
                self._legend.addWidget(box)
            branch = self._marks.branches[first]
            box.blockSignals(True)
            box.setChecked(first in chosen)
            box.blockSignals(False)
            box.setText(self._marks.label(first))
            box.setToolTip(f"Compare {branch.role.value} “{branch.name}”")
            mark = self._marks.mark(first, self._look.theme)
            box.setIcon(mark_icon(mark, 12, self.devicePixelRatioF()))

    def _fill_menu(self) -> None:
        menu = self._choose.menu()
        menu.clear()
        chosen = set(self.chosen())
        for first in self._candidates():
            branch = self._marks.branches[first]
            action = menu.addAction(f"{branch.role.value} · {branch.name}")
            mark = self._marks.mark(first, self._look.theme)
            action.setIcon(mark_icon(mark, 12, self.devicePixelRatioF()))
            action.setCheckable(True)
            action.setChecked(first in chosen)
            action.toggled.connect(partial(self._on_toggled, first))

    def _on_toggled(self, first: NodeId, on: bool) -> None:  # noqa: FBT001 - Qt's signal
        chosen = set(self.chosen())
        if on:
            if len(chosen) == MOST:
                chosen.discard(next(iter(self.chosen())))
            chosen.add(first)
        else:
            chosen.discard(first)
        self._unwanted = {one for one in self._candidates() if one not in chosen}
        self.refresh()

    def _on_change(self, change: Change) -> None:
        if change.reset or change.branches or change.hidden or change.shown:
            self._marks.recount()
            if change.reset:
                self._unwanted.clear()
        if not self._later.isActive():
            self._later.start()

    def _on_plot_pointed(self, node: int) -> None:
        self._selection.point(NodeId(node))

    def _on_pointed(self, _node: int) -> None:
        lit = self._selection.pointed or self._selection.selected
        self.plot.light(lit)
        view = self.current()
        if view is not None:
            view.light(lit)

    def _on_look(self) -> None:
        self.refresh()
