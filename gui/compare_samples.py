"""Samples from every chosen branch, drawn with the same noise, grouped by how they end."""

from collections.abc import Sequence
from functools import partial
from statistics import fmean, median

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
from core.outcomes import (
    Sampled,
    SamplingPlan,
    Share,
    draw_samples,
    outcome_of,
    parting_of,
    wilson,
)
from core.sampling import Sampler
from core.tree import NodeId
from core.workbench import Change
from gui.card import ShrinkingLabel
from gui.compare_view import CompareFrame, Parts, split_strings
from gui.fields import decimal, muted, spin
from gui.marks import mark_icon
from gui.observing import observe

SAME_NOISE = (
    "How many samples part from the reference's with the same noise, after how many tokens\n"
    "(the median of those that part), and how many tokens are equal after that (the mean)"
)
OUTCOMES = ("truth", "error", "neither")
ASK = (
    "Draws samples after every chosen branch, sample k of each with the same noise, and counts"
    " which watched string comes first. They do not enter the tree."
)


class SamplesView(CompareFrame):
    """A row for each branch with its shares, and below it each of its samples."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._job: JobId | None = None
        self._branches: list[NodeId] = []
        self._groups: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
        self._plan: SamplingPlan | None = None
        self.samples: dict[tuple[int, int], Sampled] = {}
        self._overruled: dict[tuple[int, int], int] = {}
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
        observe(parts.workbench, self, self._on_change)
        self._fill_from_fork()

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
        self.list.setHeaderLabels(["branch", *OUTCOMES, "same noise"])
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setUniformRowHeights(True)
        self.list.setAccessibleName("Outcomes of the samples")
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.list.header().setStretchLastSection(False)
        for column, width in ((1, 130), (2, 130), (3, 136), (4, 160)):
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
        self._show()

    def ask(self) -> None:
        """Draw samples after the tip of what was inserted on every chosen branch."""
        if not self.chosen:
            return
        bench, tree = self.workbench, self.workbench.tree
        self._branches = self.reference_first()
        self.samples, self._overruled = {}, {}
        after = self.after_heads()
        heads = tuple(after[first][0] for first in self._branches)
        self._plan = SamplingPlan(
            tuple(tree.ids_to(head) for head in heads),
            self.number.value(),
            self.length.value(),
            Sampler(temperature=self.temperature.value()),
            self.seed.value(),
        )
        work = partial(draw_samples, plan=self._plan)
        self._job = bench.look_aside("draw samples", work, heads, self._take)
        self._show()

    def outcome(self, key: tuple[int, int]) -> int:
        """Return a sample's outcome: the user's own, or that of the string that comes first."""
        if key in self._overruled:
            return self._overruled[key]
        found = outcome_of(self.samples[key].text, self._groups)
        return len(OUTCOMES) - 1 if found is None else found

    def light(self, node: NodeId) -> None:
        """Mark the row of the branch that a node is on."""
        branch = self.workbench.branch_of(node) if node else None
        for item in self._items():
            own = branch is not None and item.data(0, Qt.ItemDataRole.UserRole) == branch.first
            font = item.font(0)
            font.setBold(own)
            item.setFont(0, font)

    def rows(self) -> list[list[str]]:
        """Return every sample with its outcome."""
        if not self.samples or self._plan is None:
            return []
        rows = [["branch", "sample", "seed", "temperature", "outcome", "parts at", "text"]]
        for key in sorted(self.samples):
            sample = self.samples[key]
            other = self.samples.get((0, key[1]))
            parts = parting_of(other.tokens, sample.tokens).at if other is not None else None
            name = self.marks.label(self._branches[key[0]])
            drawn = [str(self._plan.seed), repr(self._plan.sampler.temperature)]
            found = OUTCOMES[self.outcome(key)]
            at = "" if parts is None else str(parts)
            rows.append([name, str(key[1]), *drawn, found, at, sample.text])
        return rows

    def _take(self, found: object) -> None:
        if isinstance(found, Sampled):
            self.samples[found.branch, found.sample] = found
            if self._plan is not None and self._is_whole(self._plan):
                self._show()

    def _is_whole(self, plan: SamplingPlan) -> bool:
        return len(self.samples) == len(plan.tips) * plan.samples

    def _show(self) -> None:
        busy = self._job in self.workbench.jobs
        self.draw.setText("Drawing…" if busy else "Draw")
        self.draw.setEnabled(
            not busy and bool(self.chosen) and self.workbench.vocabulary is not None
        )
        self._groups = (split_strings(self.truth.text()), split_strings(self.error.text()))
        opened = {
            item.data(0, Qt.ItemDataRole.UserRole) for item in self._items() if item.isExpanded()
        }
        self.list.clear()
        for number, first in enumerate(self._branches):
            if first in self.chosen and any(branch == number for branch, _ in self.samples):
                item = self._branch_item(number, first)
                self.list.addTopLevelItem(item)
                item.setExpanded(first in opened)
        self._note.setText(self._words() if self.samples else ASK)

    def _items(self) -> list[QTreeWidgetItem]:
        found = (self.list.topLevelItem(n) for n in range(self.list.topLevelItemCount()))
        return [item for item in found if item is not None]

    def _branch_item(self, number: int, first: NodeId) -> QTreeWidgetItem:
        keys = [key for key in sorted(self.samples) if key[0] == number]
        found = [self.outcome(key) for key in keys]
        shares = [share_words(wilson(found.count(n), len(found))) for n in range(len(OUTCOMES))]
        item = QTreeWidgetItem([self.marks.label(first), *shares, self._same_noise(number, keys)])
        item.setIcon(0, mark_icon(self.marks.mark(first, self.look.theme), 12, 2.0))
        item.setData(0, Qt.ItemDataRole.UserRole, first)
        for column in range(1, 4):
            item.setToolTip(column, "hits of all samples, with the 95 % Wilson interval")
        for key in keys:
            row = [" ".join(self.samples[key].text.split()), "", "", ""]
            row[1 + self.outcome(key)] = "chosen" if key in self._overruled else "●"
            child = QTreeWidgetItem([*row, self._parting(key)])
            child.setData(0, Qt.ItemDataRole.UserRole, key)
            child.setToolTip(4, self._parting(key))
            child.setToolTip(0, f"{self.samples[key].text}\nDouble-click an outcome to overrule it")
            item.addChild(child)
        return item

    def _same_noise(self, number: int, keys: Sequence[tuple[int, int]]) -> str:
        if number == 0:
            return "the reference"
        pairs = [(self.samples.get((0, k)), self.samples[n, k]) for n, k in keys]
        both = [parting_of(one.tokens, two.tokens) for one, two in pairs if one is not None]
        places = [parting.at for parting in both if parting.at is not None]
        if not places:
            return f"none of {len(both)} parts"
        shares = [parting.shared for parting in both if parting.shared is not None]
        again = f", then {fmean(shares):.0%} equal" if shares else ""
        many = "parts" if len(places) == 1 else "part"
        return f"{len(places)} of {len(both)} {many}, at {median(places):g}{again}"

    def _parting(self, key: tuple[int, int]) -> str:
        other = self.samples.get((0, key[1]))
        if key[0] == 0 or other is None:
            return ""
        parting = parting_of(other.tokens, self.samples[key].tokens)
        if parting.at is None:
            return "the same"
        shared = "" if parting.shared is None else f", then {parting.shared:.0%} equal"
        return f"parts at {parting.at}{shared}"

    def _words(self) -> str:
        assert self._plan is not None
        plan = self._plan
        return (
            f"{plan.samples} samples of {plan.tokens} tokens, seed {plan.seed},"
            f" T = {plan.sampler.temperature:g}, after the inserted text · 95 % Wilson intervals"
            " · a double-click overrules an outcome"
        )

    def _fill_from_fork(self) -> None:
        fork = self.workbench.fork
        if fork is not None and not self.truth.text() and not self.error.text():
            self.truth.setText(fork.spec.right.strip())
            self.error.setText(fork.spec.wrong.strip())
            for field in (self.truth, self.error):
                field.setCursorPosition(0)

    def _on_strings(self, *_text: object) -> None:
        self._show()

    def _on_clicked(self, item: QTreeWidgetItem, _column: int) -> None:
        data = item.data(0, Qt.ItemDataRole.UserRole)
        if isinstance(data, int):
            self.selection.select(NodeId(data))

    def _on_double_clicked(self, item: QTreeWidgetItem, column: int) -> None:
        data = item.data(0, Qt.ItemDataRole.UserRole)
        if isinstance(data, tuple) and 1 <= column <= len(OUTCOMES):
            self._overruled[data] = column - 1
            self._show()

    def _on_change(self, change: Change) -> None:
        if change.reset:
            self.samples, self._branches, self._overruled = {}, [], {}
        if change.fork or change.reset:
            self._fill_from_fork()
        if change.jobs or change.reset:
            self._show()


def share_words(share: Share) -> str:
    """Return a share with its interval: hits of n (low to high %)."""
    low, high = round(100 * share.low), round(100 * share.high)
    return f"{share.hits} of {share.n} ({low}\N{EN DASH}{high} %)"


def _spin(low: int, high: int, value: int, meaning: str) -> QSpinBox:
    field = spin(low, high, value, meaning)
    field.setMaximumWidth(56)
    return field
