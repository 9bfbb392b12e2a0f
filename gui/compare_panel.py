"""Holds two to eight branches against each other, in the view that the user chooses."""

from collections.abc import Iterable
from functools import partial
from time import perf_counter

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QMenu,
    QPushButton,
    QWidget,
    QWidgetAction,
)

from core.tree import NodeId, Origin
from core.workbench import Change, Workbench
from gui.belief_bars import BeliefBars
from gui.branch_marks import BranchMarks
from gui.card import Card
from gui.compare_distance import DistanceView
from gui.compare_export import ExportButton
from gui.compare_findings import FindingsView
from gui.compare_legend import GAP, CompareLegend
from gui.compare_overview import OverviewView
from gui.compare_picture import Legend, picture_of
from gui.compare_samples import SamplesView
from gui.compare_table import TableView
from gui.compare_view import Parts, choice_menu
from gui.compare_watched import WatchedView
from gui.floor_book import FloorBook
from gui.look import Look
from gui.marks import mark_icon
from gui.observing import observe
from gui.selection import Selection
from gui.surprise_plot import SurprisePlot

MOST = 8
ONE_MORE = f"{MOST} branches are compared already: the new one is under “choose ▾”."
NEW_ONES = "Compared are the {count} new branches; “choose ▾” brings the others back."
FULL = f"{MOST} branches are compared at most. Take one out first."
FRAME_MS, BUSY_MS = 50, 200
"""A change is shown after so long: while tokens stream, plots are for looking up from the tree."""

PACE = 4
"""A refresh that took long is done again after so many times as long, at the earliest."""

LEAST_HEIGHT, TALLER = 216, 272
"""Pixels that the overview needs, and the views that have controls of their own."""

MARGIN = 16
"""Pixels beside all that is in the panel."""

EMPTY = "Two or more branches are compared here. Tell a fork, or branch at a token of the tree."
OVERVIEW, FINDINGS = "Overview", "Findings"
VIEWS = {
    OVERVIEW: "Surprise per token, and what the probe makes the model believe",
    "Table": "Token by token: p, differences, ranks, entropy, totals",
    "Distance": "The same tokens forced after every branch: √JS and KL, with floors",
    "Watched": "How likely truth and error are along every branch",
    "Samples": "Samples with the same noise, grouped by how they end",
    FINDINGS: "Comparisons that were kept in this session, with their numbers",
}

MEASURED = frozenset({"Table", "Distance", "Watched"})
"""These tell differences, so that what is kept of them has its floors."""

CompareView = OverviewView | TableView | DistanceView | WatchedView | SamplesView | FindingsView


class ComparePanel(Card):
    """Follows the tree and the selection.

    Says with a sentence what went wrong (`problem_met`), and what cannot be done now (`told`).
    """

    problem_met = Signal(str)
    told = Signal(str)
    moved = Signal()  # other branches were chosen, or another view

    def __init__(
        self, workbench: Workbench, selection: Selection, look: Look, parent: QWidget | None = None
    ) -> None:
        super().__init__("Compare", parent)
        self._workbench = workbench
        self._selection = selection
        self._look = look
        self._marks = BranchMarks(workbench)
        self._unwanted: set[NodeId] = set()
        self._aside: set[NodeId] = set()  # branches of other forks: in the menu alone
        self._told: set[NodeId] = set()
        self._tree = workbench.tree
        self._known: set[NodeId] = set(self._candidates())
        self.legend = CompareLegend(self._marks, look, self)
        self.legend.toggled.connect(self._on_toggled)
        self._choose = QPushButton("choose ▾")
        self._choose.setObjectName("quiet")
        self._choose.setToolTip("Choose up to eight branches to compare")
        self._choose.setMenu(QMenu(self._choose))
        self._choose.menu().aboutToShow.connect(self._fill_menu)
        self.view = OVERVIEW
        self.view_button = QPushButton()
        self.export_button = ExportButton(self.rows, self.picture, self)
        self.export_button.keep_requested.connect(self.keep_finding)
        self.export_button.problem_met.connect(self.problem_met)
        self.export_button.told.connect(self.told)
        self._set_up_menus()
        self.head.insertWidget(1, self.view_button)
        self.head.insertWidget(2, self.legend, 1)
        self.head.addWidget(self._choose)
        self.head.addWidget(self.export_button)
        self._parts = Parts(workbench, selection, look, self._marks, FloorBook(workbench, self))
        self.overview = OverviewView(self._parts)
        self._views: dict[str, CompareView] = {OVERVIEW: self.overview}
        self._empty = QLabel(EMPTY)
        self._empty.setObjectName("muted")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body.addWidget(self._empty, 1)
        self.body.addWidget(self.overview, 1)
        self.setMinimumHeight(LEAST_HEIGHT)
        self._later = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._later.timeout.connect(self.refresh)
        selection.pointed_changed.connect(self._on_pointed)
        selection.selected_changed.connect(self._on_pointed)
        look.changed.connect(self._on_look)
        observe(workbench, self, self._on_change)
        self.refresh()

    def _set_up_menus(self) -> None:
        choice_menu(self.view_button, VIEWS, self.show_view)
        self.view_button.setToolTip("What is compared")
        self.view_button.setObjectName("quiet")

    def show_view(self, name: str) -> None:
        """Show another view of the chosen branches."""
        if name not in self._views:
            view = self._make_view(name)
            self._views[name] = view
            self.body.addWidget(view, 1)
        self.view = name
        self.setMinimumHeight(LEAST_HEIGHT if name == OVERVIEW else TALLER)
        self.view_button.setText(f"{name} ▾")
        self.view_button.menu().actions()[list(VIEWS).index(name)].setChecked(True)
        self.refresh()
        self.moved.emit()

    @property
    def plot(self) -> SurprisePlot:
        """The overview's plot."""
        return self.overview.plot

    @property
    def bars(self) -> BeliefBars:
        """The overview's bars."""
        return self.overview.bars

    def current(self) -> CompareView:
        """Return the view that is shown."""
        return self._views[self.view]

    def _make_view(self, name: str) -> CompareView:
        match name:
            case "Table":
                return TableView(self._parts)
            case "Distance":
                return DistanceView(self._parts)
            case "Watched":
                return WatchedView(self._parts)
            case "Samples":
                return SamplesView(self._parts)
            case _:
                found = FindingsView(self._parts)
                found.again_requested.connect(self._compare_again)
                return found

    def rows(self) -> list[list[str]]:
        """Return what is shown as a table, its head first."""
        return self.current().rows()

    def picture(self) -> QPixmap:
        """Return what is shown as a picture, with the names of the branches and of the axes."""
        view, card = self.current(), self._workbench.card
        theme = self._look.theme
        names = [(self._marks.label(one), self._marks.mark(one, theme)) for one in self.chosen()]
        model = "" if card is None else f"{card.name} {card.quantization}, {card.device}"
        caption = " · ".join(filter(None, (self.view, view.caption(), model)))
        return picture_of(view.pictured(), Legend(names, caption), self._look)

    def keep_finding(self) -> None:
        """Keep the numbers of this view in the session, and show what is kept."""
        view, rows = self.view, self.rows()
        if view == FINDINGS or len(rows) < 2:
            self.told.emit("There are no numbers to keep: measure, read or draw them first.")
            return
        if view in MEASURED and self._parts.book.is_measuring:
            self.told.emit("The floors are being measured: keep it when they are known.")
            return
        self.show_view(FINDINGS)
        shown = self.current()
        assert isinstance(shown, FindingsView)
        shown.keep(view, rows)

    def _compare_again(self, branches: list[NodeId], view: str) -> None:
        self.choose([first for first in branches if first in self._marks.branches])
        if view in VIEWS:
            self.show_view(view)

    def chosen(self) -> list[NodeId]:
        """Return the first nodes of the branches that are compared."""
        return self._chosen_of(self._candidates())

    def _chosen_of(self, candidates: list[NodeId]) -> list[NodeId]:
        return [first for first in candidates if first not in self._unwanted][:MOST]

    def refresh(self) -> None:
        """Draw everything as it is now; costs nothing while the panel is hidden."""
        if self._is_away():
            return
        began = perf_counter()
        candidates = self._candidates()
        chosen = self._chosen_of(candidates)
        self._empty.setVisible(not candidates)
        view = self.current()
        for one in self._views.values():
            one.setVisible(bool(candidates) and one is view)
        self.view_button.setVisible(bool(candidates))
        self.export_button.setVisible(bool(candidates))
        self._choose.setVisible(len(candidates) > 1)
        self._show_legend(candidates, chosen)
        view.show_branches(chosen)
        least = BUSY_MS if self._workbench.busy else FRAME_MS
        self._later.setInterval(max(least, round(PACE * 1e3 * (perf_counter() - began))))

    def showEvent(self, _event: object) -> None:
        """Catch up."""
        self.refresh()

    def _is_away(self) -> bool:
        """Return whether the user put the panel away, in a window that is shown."""
        return self.isHidden() and self.window().isVisible()

    def _candidates(self) -> list[NodeId]:
        return list(self._marks.forked)

    def _show_legend(self, known: list[NodeId], chosen: list[NodeId]) -> None:
        others = [one for one in known if one not in self._aside and one not in chosen]
        kept = {*chosen, *others[: MOST - len(chosen)]}
        shown = [one for one in known if one in kept]
        self.legend.show_branches(shown, chosen)
        self._place_legend()

    def _place_legend(self) -> None:
        """Give the names a line of their own where they do not fit beside the title."""
        beside, wanted = self.head.indexOf(self.legend) >= 0, self.legend.wanted_width()
        if beside and wanted > self._beside():
            self.head.removeWidget(self.legend)
            self.head.insertStretch(2, 1)
            self.body.insertWidget(1, self.legend)
        elif not beside and wanted <= self._beside():
            self.body.removeWidget(self.legend)
            self.head.takeAt(2)
            self.head.insertWidget(2, self.legend, 1)
        self.body.activate()  # at once: who points at a plot must find it where it stays
        self.legend.cut_to(max(self._beside(), self.width() - 2 * MARGIN))

    def _beside(self) -> int:
        """Return how many pixels the head leaves beside its title and buttons."""
        buttons = (self.view_button, self._choose, self.export_button)
        taken = sum(one.sizeHint().width() + GAP for one in buttons)
        return self.width() - 2 * MARGIN - taken - self._title.sizeHint().width() - GAP

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adapt to another size."""
        super().resizeEvent(event)
        self._later.start()

    def _fill_menu(self) -> None:
        menu = self._choose.menu()
        menu.clear()
        chosen = set(self.chosen())
        for first in self._candidates():
            branch = self._marks.branches[first]
            box = QCheckBox(f"{branch.role.value} · {branch.name}".replace("&", "&&"))
            mark = self._marks.mark(first, self._look.theme)
            box.setIcon(mark_icon(mark, 12, self.devicePixelRatioF()))
            box.setChecked(first in chosen)
            box.toggled.connect(partial(self._on_ticked, box, int(first)))
            action = QWidgetAction(menu)  # it stays open, so that several are chosen at once
            action.setDefaultWidget(box)
            menu.addAction(action)

    def _on_ticked(self, box: QCheckBox, node: int, on: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._on_toggled(node, on)
        with QSignalBlocker(box):
            box.setChecked(NodeId(node) in self.chosen())  # a ninth is refused

    def _on_toggled(self, node: int, on: bool) -> None:  # noqa: FBT001 - Qt's signal
        first = NodeId(node)
        chosen = set(self.chosen())
        if on and len(chosen) == MOST:
            self.told.emit(FULL)
            return
        if on:
            chosen.add(first)
        else:
            chosen.discard(first)
        self._unwanted = {one for one in self._candidates() if one not in chosen}
        self.refresh()
        self.moved.emit()

    def choose(self, firsts: Iterable[NodeId]) -> None:
        """Compare these branches, by first node; the others are in the menu."""
        self._marks.recount()
        self._unwanted = set(self._candidates()).difference(firsts)
        self._aside = set(self._unwanted)
        fork = self._workbench.fork
        self._told = set() if fork is None else set(fork.branches.values())
        self.refresh()

    def _put_others_aside(self) -> None:
        """Compare the branches of the fork that was told last; the menu brings others back."""
        fork = self._workbench.fork
        told: set[NodeId] = set() if fork is None else set(fork.branches.values())
        if told == self._told:
            return
        self._told = told
        self._marks.recount()
        self._aside = {one for one in self._candidates() if one not in told} if told else set()
        self._unwanted = set(self._aside)

    def _on_change(self, change: Change) -> None:
        if change.reset or change.branches or change.hidden or change.shown:
            self._marks.recount()
            if change.reset and self._workbench.tree is not self._tree:
                self._tree = self._workbench.tree  # with another model the choice stays
                self._unwanted.clear()
                self._aside.clear()
        if change.fork:
            self._put_others_aside()
        elif change.branches and not change.reset:
            self._look_for_insertions()
        self._known = set(self._candidates())
        if not self._later.isActive():
            self._later.start()

    def _look_for_insertions(self) -> None:
        """Compare errors that were just inserted with their controls, where there is no room."""
        tree, candidates = self._workbench.tree, self._candidates()
        new = [one for one in candidates if one not in self._known]
        inserted = [one for one in new if tree.origin(one) in (Origin.INSERTED, Origin.PROMPT)]
        if not inserted or len(candidates) <= MOST or len(self.chosen()) < MOST:
            return
        if set(self.chosen()) >= set(inserted):
            return
        if len(new) == 1:
            self.told.emit(ONE_MORE)
        else:
            self.choose(new[:MOST])
            self.told.emit(NEW_ONES.format(count=len(new[:MOST])))

    def _on_pointed(self, _node: int) -> None:
        self.current().light(self._selection.pointed or self._selection.selected)

    def _on_look(self) -> None:
        self.refresh()
