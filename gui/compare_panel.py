"""Holds two to eight branches against each other: surprise per token, belief under the probe."""

import math
from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
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
from gui.look import Look
from gui.marks import mark_icon
from gui.observing import observe
from gui.selection import Selection
from gui.surprise_plot import Curve, SurprisePlot

MOST = 8
FRAME_MS = 16
EMPTY = "Two or more branches are compared here. Tell a fork, or branch at a token of the tree."
NO_BELIEF = "A fork with a probe shows here what each branch makes the model believe."


class ComparePanel(Card):
    """Follows the tree and the selection."""

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
        self.head.insertWidget(1, legend, 1)
        self.head.addWidget(self._choose)
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
        title = QLabel("Surprise per token (bits)")
        for label in (title, self._belief_title):
            label.setObjectName("figure")
        title.setToolTip(
            "How unexpected each token was: \N{MINUS SIGN}log₂ p(token | all text before it)"
        )
        left.addWidget(title)
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
        self.setMinimumHeight(216)

    def chosen(self) -> list[NodeId]:
        """Return the first nodes of the branches that are compared."""
        return [first for first in self._candidates() if first not in self._unwanted][:MOST]

    def refresh(self) -> None:
        """Draw everything as it is now."""
        chosen = self.chosen()
        candidates = self._candidates()
        self._empty.setVisible(not candidates)
        self._charts.setVisible(bool(candidates))
        self._choose.setVisible(len(candidates) > 1)
        self._show_legend()
        theme = self._look.theme
        readings = self._workbench.readings
        curves: dict[NodeId, Curve] = {}
        for first in chosen:
            nodes = self._workbench.nodes_of(first)
            bits = tuple(readings.surprise(node) for node in nodes)
            curves[first] = Curve(self._marks.mark(first, theme), nodes, bits)
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
        self.plot.light(self._selection.pointed or self._selection.selected)

    def _on_look(self) -> None:
        self.refresh()
