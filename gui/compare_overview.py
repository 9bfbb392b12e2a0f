"""Surprise per token of the chosen branches, and what the probe makes the model believe."""

import itertools
import math
from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from core.tree import NodeId
from gui.belief_bars import BeliefBars, BeliefGroup
from gui.card import ShrinkingLabel
from gui.compare_view import CompareFrame, Parts, choice_menu
from gui.surprise_plot import Curve, SurprisePlot

NO_BELIEF = "A fork with a probe shows here what each branch makes the model believe."
UNASKED = "This model was not asked this fork's probe yet. Tell the fork again to ask it."
QUANTITIES = {
    "Surprise per token (bits)": "How unexpected each token was:"
    " \N{MINUS SIGN}log₂ p(token | all text before it)",
    "Surprise so far (bits)": "The surprise of the branch up to each token:"
    " \N{MINUS SIGN}Σ log₂ p since its first",
    "Entropy before each token (nats)": "How undecided the model was:"
    " H = \N{MINUS SIGN}Σ p ln p over the whole vocabulary",
}
"""What the overview plots, and what it means."""


class OverviewView(CompareFrame):
    """A plot of one quantity along every branch, and bars for what is believed after each."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._quantity = next(iter(QUANTITIES))
        self.quantity_button = QPushButton()
        self.quantity_button.setObjectName("quiet")
        choice_menu(self.quantity_button, QUANTITIES, self._choose_quantity)
        self.quantity_button.setToolTip(QUANTITIES[self._quantity])
        self.plot = SurprisePlot(parts.look, self)
        self.bars = BeliefBars(parts.look, self)
        self._reading = ShrinkingLabel()
        self._reading.setObjectName("muted")
        self._belief_title = ShrinkingLabel()
        self._no_belief = QLabel(NO_BELIEF)
        self._lay_out()
        self.plot.pointed.connect(self.point_at)
        self.plot.crossed.connect(self._on_crossed)

    def _lay_out(self) -> None:
        self._no_belief.setObjectName("muted")
        self._no_belief.setWordWrap(True)
        self._no_belief.setAlignment(Qt.AlignmentFlag.AlignCenter)
        left, right = QVBoxLayout(), QVBoxLayout()
        for column in (left, right):
            column.setSpacing(2)
        self._belief_title.setObjectName("figure")
        self.quantity_button.setStyleSheet("padding: 0; text-align: left;")
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self.quantity_button)
        head.addWidget(self._reading, 1)
        left.addLayout(head)
        left.addWidget(self.plot, 1)
        right.addWidget(self._belief_title)
        right.addWidget(self.bars, 1)
        right.addWidget(self._no_belief, 1)
        charts = QHBoxLayout(self)
        charts.setContentsMargins(0, 0, 0, 0)
        charts.setSpacing(24)
        charts.addLayout(left, 1)
        charts.addLayout(right, 1)

    def show_branches(self, chosen: list[NodeId]) -> None:
        """Show these branches."""
        self.chosen = chosen
        curves: dict[NodeId, Curve] = {}
        for first, nodes in self.runs().items():
            mark = self.marks.mark(first, self.look.theme)
            curves[first] = Curve(mark, nodes, self.values(nodes))
        self.plot.show_curves(curves)
        self._show_beliefs()
        self.light(self.selection.pointed or self.selection.selected)

    def caption(self) -> str:
        """Say what the axes are."""
        return f"{self._quantity} (up) by tokens after the fork (across)"

    def light(self, node: NodeId) -> None:
        """Ring a node's point."""
        self.plot.light(node)

    def rows(self) -> list[list[str]]:
        """Return the plotted quantity of every token, and what the probe makes believed."""
        rows = [["branch", "tokens after the fork", "token", self._quantity, "of"]]
        for first, nodes in self.runs().items():
            for place, (node, value) in enumerate(zip(nodes, self.values(nodes), strict=True)):
                piece = self.workbench.tree.token(node).piece.decode(errors="replace")
                figure = "" if value is None else repr(value)
                rows.append([self.marks.whole_label(first), str(place), piece, figure, ""])
        return [*rows, *self._belief_rows()]

    def _belief_rows(self) -> list[list[str]]:
        fork = self.workbench.fork_among(self.chosen)
        return [
            [self.marks.whole_label(belief.branch), "", word, repr(math.exp(logprob)), of]
            for belief in (() if fork is None else fork.beliefs)
            if fork is not None and belief.branch in self.chosen
            for word, logprob, of in (
                (fork.spec.right, belief.logprob_truth, "P(truth) under the probe"),
                (fork.spec.wrong, belief.logprob_error, "P(error) under the probe"),
            )
        ]

    def _choose_quantity(self, name: str) -> None:
        self._quantity = name
        self.quantity_button.setText(f"{name} ▾")
        self.quantity_button.setToolTip(QUANTITIES[name])
        self.show_branches(self.chosen)

    def values(self, nodes: Sequence[NodeId]) -> tuple[float | None, ...]:
        """Return the chosen quantity at nodes of a branch, None where it is not exact yet."""
        readings, tree = self.workbench.readings, self.workbench.tree
        if self._quantity.startswith("Entropy"):
            before = tuple(tree.parent(node) for node in nodes)
            return tuple(readings.entropy(at) if readings.is_exact(at) else None for at in before)
        bits = tuple(readings.surprise(node) if readings.is_exact(node) else None for node in nodes)
        if self._quantity.startswith("Surprise per"):
            return bits
        known = tuple(itertools.takewhile(lambda one: one is not None, bits))
        sums = tuple(itertools.accumulate(one for one in known if one is not None))
        return (*sums, *(None,) * (len(nodes) - len(sums)))

    def _on_crossed(self, distance: int) -> None:
        """Tell what every branch has at the crosshair."""
        parts: list[str] = []
        for first, nodes in self.runs().items() if distance >= 0 else ():
            values = self.values(nodes)
            value = values[distance] if distance < len(values) else None
            if value is not None:
                parts.append(f"{self.marks.label(first)} {value:.2f}")
        self._reading.setText(f"{distance}: {' · '.join(parts)}" if parts else "")

    def _show_beliefs(self) -> None:
        fork = self.workbench.fork_among(self.chosen)
        groups: list[BeliefGroup] = []
        if fork is not None:
            for belief in fork.beliefs:
                if belief.branch in self.chosen:
                    name = self.marks.branches[belief.branch].role.value
                    mark = self.marks.mark(belief.branch, self.look.theme)
                    truth, error = math.exp(belief.logprob_truth), math.exp(belief.logprob_error)
                    groups.append(BeliefGroup(name, mark, truth, error))
            probe = " ".join((fork.spec.probe or "").lstrip(".!?,;").split())
            some = len(self.chosen) - len(groups)
            of = f" ({len(groups)} of {len(self.chosen)} branches)" if some else ""
            self._belief_title.setText(f"Belief{of}: p after “{probe} …”")
            self.bars.show_groups(tuple(groups), (fork.spec.right.strip(), fork.spec.wrong.strip()))
        self.bars.setVisible(bool(groups))
        self._belief_title.setVisible(bool(groups))
        is_unasked = fork is not None and fork.spec.probe and not self.workbench.jobs
        self._no_belief.setText(UNASKED if is_unasked else NO_BELIEF)
        self._no_belief.setVisible(not groups)
