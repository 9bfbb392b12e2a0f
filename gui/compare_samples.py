"""Samples from every chosen branch, drawn with the same noise, grouped by how they end."""

from dataclasses import replace
from functools import partial
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.jobs import JobId
from core.outcomes import Sampled, SamplingPlan, Share, draw_samples
from core.sampling import Sampler
from core.tree import NodeId
from core.workbench import Change
from gui.card import ShrinkingLabel
from gui.compare_outcomes import OUTCOMES, Drawn, Key
from gui.compare_view import CompareFrame, Parts, split_strings
from gui.fields import decimal, muted, spin
from gui.kept_fields import KeptChoices
from gui.marks import mark_icon
from gui.observing import observe
from gui.steady_focus import enable
from gui.token_text import quoted

SAME_NOISE = (
    "How many samples part from the reference's with the same noise, after how many tokens\n"
    "(the median of those that part), and how many tokens are equal after that (the mean)"
)
ASK = (
    "Draws samples after every chosen branch, sample k of each with the same noise, and counts"
    " which watched string comes first. They do not enter the tree."
)


class SamplesView(CompareFrame):
    """A row for each branch with its shares, and below it each of its samples."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._job: JobId | None = None
        self._drawn: Drawn | None = None
        self.by_hand = KeptChoices(self)
        self.truth, self.error = QLineEdit(), QLineEdit()
        self.number = _spin(1, 100, 20, "How many samples of each branch")
        self.length = _spin(1, 256, 24, "How many tokens each sample may have")
        self.seed = _spin(0, 999_999, 0, "The seed of the noise; the same one gives the same draws")
        self.temperature = decimal(
            0.0, 5.0, 1.0, "At 1 the model's own probabilities; no filters are used"
        )
        self.draw = QPushButton("Draw")
        self.draw.setToolTip(ASK)
        self.list = QTreeWidget()
        self._note = ShrinkingLabel(ASK)
        self._note.setObjectName("muted")
        self._lay_out()
        self.draw.clicked.connect(self.ask)
        self.list.itemClicked.connect(self._on_clicked)
        self.list.itemDoubleClicked.connect(self._on_double_clicked)
        for field in (self.truth, self.error):
            field.textChanged.connect(self._on_strings)
        self.by_hand.changed.connect(self._show)
        observe(parts.workbench, self, self._on_change)
        self.take_words(self.truth, self.error, bare=True)

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(6)
        named: tuple[tuple[str, QWidget, int], ...] = (
            ("truth", self.truth, 2),
            ("error", self.error, 2),
            ("samples", self.number, 0),
            ("tokens", self.length, 0),
            ("T", self.temperature, 0),
            ("seed", self.seed, 0),
        )
        for words, widget, share in named:
            widget.setAccessibleName(words)
            top.addWidget(muted(words, widget))
            top.addWidget(widget, share)
        for field in (self.truth, self.error):
            field.setMinimumWidth(60)
            field.setToolTip("Found as whole words; several spellings are parted by |")
        top.addWidget(self.draw)
        self.list.setColumnCount(5)
        self.list.setHeaderLabels(["branch", *OUTCOMES, "same noise (median)"])
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setUniformRowHeights(True)
        self.list.setAccessibleName("Outcomes of the samples")
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setStretchLastSection(False)
        for column, width in ((1, 130), (2, 130), (3, 136), (4, 250)):
            self.list.setColumnWidth(column, width)
        self.list.headerItem().setToolTip(4, SAME_NOISE)
        self.list.setMinimumHeight(80)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addLayout(top)
        box.addWidget(self.list, 1)
        box.addWidget(self._note)

    def show_branches(self, chosen: list[NodeId]) -> None:
        """Offer these branches; samples of others are no longer shown."""
        self.chosen = chosen
        if self._drawn is None:
            self.take_words(self.truth, self.error, bare=True)
        self._show()

    def ask(self) -> None:
        """Draw samples after the tip of what was inserted on every chosen branch."""
        if not self.chosen:
            return
        bench, tree = self.workbench, self.workbench.tree
        branches = tuple(self.reference_first())
        after = self.after_heads()
        heads = tuple(after[first][0] for first in branches)
        plan = SamplingPlan(
            tuple(tree.ids_to(head) for head in heads),
            self.number.value(),
            self.length.value(),
            Sampler(temperature=self.temperature.value()),
            self.seed.value(),
        )
        drawn = self._drawn = Drawn(branches, plan, self._strings(), self.by_hand.chosen)
        work = partial(draw_samples, plan=plan)
        take = partial(self._take, drawn.samples)
        self._job = bench.look_aside("draw samples", work, heads, take)
        self._show()

    @property
    def drawn(self) -> Drawn | None:
        """The samples, once they are asked for."""
        return self._drawn

    def outcome(self, key: Key) -> int:
        """Return a sample's outcome: the user's own, or that of the string that comes first."""
        assert self._drawn is not None, "there are no samples yet"
        return self._drawn.outcome(key)

    def caption(self) -> str:
        """Say what was drawn, and what was looked for in it."""
        truth, error = (" | ".join(map(quoted, strings)) for strings in self._strings())
        return f"truth {truth}, error {error} · {self._note.whole()}"

    def pictured(self) -> tuple[QWidget, ...]:
        """Return the table."""
        return (self.list,)

    def light(self, node: NodeId) -> None:
        """Mark the row of the branch that a node is on."""
        branch = self.workbench.branch_of(node) if node else None
        for item in self._items():
            own = branch is not None and item.data(0, Qt.ItemDataRole.UserRole) == branch.first
            font = item.font(0)
            font.setBold(own)
            item.setFont(0, font)

    def rows(self) -> list[list[str]]:
        """Return every sample with its outcome, and the shares of its branch."""
        drawn = self._drawn
        if drawn is None or not drawn.samples:
            return []
        return drawn.rows(self.marks.whole_label, self.chosen)

    def _take(self, samples: dict[Key, Sampled], found: object) -> None:
        if isinstance(found, Sampled):
            samples[found.branch, found.sample] = found
            if self._drawn is not None and self._drawn.is_whole:
                self._show()

    def _strings(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return split_strings(self.truth.text()), split_strings(self.error.text())

    def _show(self) -> None:
        busy = self._job in self.workbench.jobs
        self.draw.setText("Drawing…" if busy else "Draw")
        loaded = self.workbench.vocabulary is not None
        enable(self.draw, not busy and bool(self.chosen) and loaded)
        drawn = self._drawn
        if drawn is not None:
            drawn = self._drawn = replace(drawn, groups=self._strings())
        opened = {
            item.data(0, Qt.ItemDataRole.UserRole) for item in self._items() if item.isExpanded()
        }
        self.list.clear()
        for number, first in enumerate(() if drawn is None else drawn.branches):
            if drawn is not None and first in self.chosen and drawn.of(number):
                item = self._branch_item(drawn, number, first)
                self.list.addTopLevelItem(item)
                item.setExpanded(first in opened)
        has_some = drawn is not None and bool(drawn.samples)
        self._note.setText(_words(drawn.plan) if drawn is not None and has_some else ASK)

    def _items(self) -> list[QTreeWidgetItem]:
        found = (self.list.topLevelItem(n) for n in range(self.list.topLevelItemCount()))
        return [item for item in found if item is not None]

    def _branch_item(self, drawn: Drawn, number: int, first: NodeId) -> QTreeWidgetItem:
        shares = [share_words(share) for share in drawn.shares(number)]
        parting = drawn.partings_words(number)
        item = QTreeWidgetItem([self.marks.label(first), *shares, parting])
        item.setIcon(0, mark_icon(self.marks.mark(first, self.look.theme), 12, 2.0))
        item.setData(0, Qt.ItemDataRole.UserRole, first)
        item.setToolTip(4, f"{parting}\n{SAME_NOISE}")
        for column in range(1, 4):
            item.setToolTip(column, "hits of all samples, with the 95 % Wilson interval")
        for key in drawn.of(number):
            text = drawn.samples[key].text
            row = [" ".join(text.split()), "", "", ""]
            row[1 + drawn.outcome(key)] = "chosen" if drawn.is_overruled(key) else "●"
            child = QTreeWidgetItem([*row, drawn.parting_words(key)])
            child.setData(0, Qt.ItemDataRole.UserRole, key)
            child.setToolTip(4, drawn.parting_words(key))
            child.setToolTip(0, f"{text}\nDouble-click an outcome to overrule it")
            item.addChild(child)
        return item

    def _on_strings(self, *_text: object) -> None:
        self._show()

    def _on_clicked(self, item: QTreeWidgetItem, _column: int) -> None:
        data = item.data(0, Qt.ItemDataRole.UserRole)
        if isinstance(data, int):
            self.selection.select(NodeId(data))

    def _on_double_clicked(self, item: QTreeWidgetItem, column: int) -> None:
        data = item.data(0, Qt.ItemDataRole.UserRole)
        drawn = self._drawn
        if drawn is not None and isinstance(data, tuple) and 1 <= column <= len(OUTCOMES):
            number, sample = cast("Key", data)
            self.by_hand.choose(drawn.name_of((number, sample)), OUTCOMES[column - 1])

    def _on_change(self, change: Change) -> None:
        if change.reset:
            self._drawn = None
        if (change.fork or change.reset) and self._drawn is None:
            self.take_words(self.truth, self.error, bare=True)
        if change.jobs or change.reset:
            self._show()


def _words(plan: SamplingPlan) -> str:
    return (
        f"{plan.samples} samples of {plan.tokens} tokens, seed {plan.seed},"
        f" T = {plan.sampler.temperature:g}, after the inserted text · the watched string that"
        " comes first is the outcome, a double-click overrules it · 95 % Wilson intervals"
    )


def share_words(share: Share) -> str:
    """Return a share with its interval: hits of n (low to high %)."""
    low, high = round(100 * share.low), round(100 * share.high)
    return f"{share.hits} of {share.n} ({low}\N{EN DASH}{high} %)"


def _spin(low: int, high: int, value: int, meaning: str) -> QSpinBox:
    field = spin(low, high, value, meaning)
    field.setMaximumWidth(56)
    return field
