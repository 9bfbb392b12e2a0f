"""The chosen branches token by token, side by side, with their totals."""

import html

from PySide6.QtCore import QModelIndex
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.aligning import Alignment
from core.branch_table import BranchTable, Totals, tabulate
from core.tree import ROOT, NodeId
from gui import figures
from gui.card import ShrinkingLabel
from gui.compare_table_items import HEADS, TOKEN, TableItems, plain_cells
from gui.compare_view import NOT_MEASURED, CompareFrame, Parts

FLOOR = (
    "The rounding floor is the largest difference that another legitimate arithmetic makes anywhere"
    "\nin the reference's text: what is smaller is no property of the model. Each text has its own."
)
BESIDE_NAME, WIDEST_NAME = 34, 190
"""Pixels that a branch's mark and the margins take beside its name, and the most for both."""

WIDTHS = (92, 60, 62, 52, 48)
ROW_HEIGHT = 22
FEW = 4
"""So many branches have room for all their totals; those of more are in the tool tip."""

TOTALS = (
    "Over all exactly read tokens of the branch from where these part: Σ ln p in nats,\n"
    "surprise \N{MINUS SIGN}Σ log₂ p in bits, perplexity exp(\N{MINUS SIGN}Σ ln p / n)"
)


class TableView(CompareFrame):
    """A table of the chosen branches, aligned as the user wants; a click selects the token."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._table: BranchTable | None = None
        self.alignment = QComboBox()
        for how in Alignment:
            self.alignment.addItem(f"aligned {how.value}", how)
        self.alignment.setAccessibleName("Alignment")
        self.alignment.setToolTip("What stands in one row; gaps are left where tokens do not match")
        self.items = TableItems(parts.marks, parts.look, self)
        self.table = QTableView()
        self._headed: list[str] = []  # the names over the columns
        self._note = ShrinkingLabel()
        self._note.setObjectName("muted")
        self._note.set_meaning(FLOOR)
        self._totals = QLabel()
        self._totals.setObjectName("figure")
        self._totals.setWordWrap(True)
        self._set_up_table()
        top = QHBoxLayout()
        top.addWidget(self.alignment)
        top.addWidget(self._note, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(4)
        box.addLayout(top)
        box.addWidget(self.table, 1)
        box.addWidget(self._totals)
        self.alignment.currentIndexChanged.connect(self._on_aligned)
        self.table.clicked.connect(self._on_clicked)
        self.table.entered.connect(self._on_entered)
        parts.book.changed.connect(lambda: self.show_branches(self.chosen))

    def _set_up_table(self) -> None:
        table = self.table
        table.setModel(self.items)
        table.setShowGrid(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setMouseTracking(True)
        table.setWordWrap(False)
        table.setAccessibleName("Branches token by token")
        table.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        table.verticalHeader().setMinimumWidth(28)
        table.horizontalHeader().setHighlightSections(False)
        table.setMinimumHeight(80)

    def show_branches(self, chosen: list[NodeId]) -> None:
        """Show these branches, the clean one as the reference."""
        self.chosen = chosen
        order = self.reference_first()
        bench, runs = self.workbench, self.runs()
        how = Alignment(self.alignment.currentData())
        self._table = tabulate(
            bench.tree, bench.readings, [(first, runs[first]) for first in order], how
        )
        floors = self.book.floors
        before = self.items.columnCount(), self._headed
        self._headed = [self.marks.label(first) for first in order]
        self.items.show_table(self._table, None if floors is None else floors.rounding_logprob)
        if (self.items.columnCount(), self._headed) != before:
            self._set_widths()
        if order and self.isVisible():
            self.book.offer(bench.tip_of(order[0]))
        self._say(order)

    def _set_widths(self) -> None:
        """Give each column its usual width, and a token's as much as its branch's name takes."""
        metrics = self.table.horizontalHeader().fontMetrics()
        for section in range(self.items.columnCount()):
            branch, what = self.items.column(section)
            width = WIDTHS[what]
            if what == TOKEN:
                name = metrics.horizontalAdvance(self._headed[branch]) + BESIDE_NAME
                width = max(width, min(name, WIDEST_NAME))
            self.table.setColumnWidth(section, width)

    def showEvent(self, event: QShowEvent) -> None:
        """Measure the floors, also where that was stopped while another view was shown."""
        super().showEvent(event)
        order = self.reference_first()
        if order:
            self.book.ask(self.workbench.tip_of(order[0]))

    def _say(self, order: list[NodeId]) -> None:
        assert self._table is not None
        pairs = list(zip(map(self.marks.label, order), self._table.totals, strict=True))
        told = totals_words if len(order) <= FEW else short_totals
        parts = [f"<b>{html.escape(name)}</b> {told(totals)}" for name, totals in pairs]
        self._totals.setText(" &nbsp;·&nbsp; ".join(parts))
        whole = (f"{name}: {totals_words(totals)}" for name, totals in pairs)
        self._totals.setToolTip("\n".join((TOTALS, "", *whole)))
        floors = self.book.floors
        floor = self.book.missing
        if floors is not None:
            floor = f"{floors.rounding_logprob:.2g} nats, repeat floor {floors.repeat_logprob:.2g}"
        against = self.marks.label(order[0]) if order else "the first branch"
        self._note.setText(f"Δ against {against} · rounding floor {floor}")

    def caption(self) -> str:
        """Say what stands in one row, against what differences are, and their floor."""
        return f"{self.alignment.currentText()} · {self._note.whole()}"

    def pictured(self) -> tuple[QWidget, ...]:
        """Return the table and the totals."""
        return self.table, self._totals

    def light(self, node: NodeId) -> None:
        """Select the row of a node."""
        row = self.items.row_of(node)
        if row is not None:
            self.table.selectRow(row)
            self.table.scrollTo(self.items.index(row, 0))

    def rows(self) -> list[list[str]]:
        """Return the table with full digits, totals last."""
        if self._table is None or not self._table.branches:
            return []
        names = [self.marks.whole_label(first) for first in self._table.branches]
        rows = [["row", *(f"{name} {head}" for name in names for head in HEADS)]]
        for number, row in enumerate(self._table.rows, start=1):
            cells = [text for cell in row for text in plain_cells(cell)]
            rows.append([str(number), *cells])
        for name, totals in zip(names, self._table.totals, strict=True):
            perplexity = "" if totals.perplexity is None else f"perplexity {totals.perplexity!r}"
            read = f"{totals.read} of {totals.tokens} tokens"
            figures_of = [f"{totals.logprob!r} nats", read, f"{totals.bits!r} bits", perplexity]
            rows.append([f"total {name}", *figures_of])
        floors = self.book.floors
        told = (NOT_MEASURED, NOT_MEASURED)
        if floors is not None:
            told = f"{floors.rounding_logprob!r} nats", f"{floors.repeat_logprob!r} nats"
        rows.append(["rounding floor of Δ ln p", told[0]])
        rows.append(["repeat floor of Δ ln p", told[1]])
        return rows

    def _on_aligned(self, *_index: int) -> None:
        self.show_branches(self.chosen)
        if Alignment(self.alignment.currentData()) is Alignment.END:
            self.table.scrollToBottom()  # where the branches stand side by side
        else:
            self.table.scrollToTop()

    def _on_clicked(self, index: QModelIndex) -> None:
        node = self.items.node_at(index)
        if node != ROOT:
            self.selection.select(node)

    def _on_entered(self, index: QModelIndex) -> None:
        self.selection.point(self.items.node_at(index))


def totals_words(totals: Totals) -> str:
    """Return totals as one short line."""
    if totals.perplexity is None:
        return "not yet read"
    read = figures.counted(totals.read, "token")
    if totals.read < totals.tokens:
        read = f"{totals.read} of {figures.counted(totals.tokens, 'token')}"
    return (
        f"{read}, {figures.signed(totals.logprob, 1)} nats, {totals.bits:.1f} bits,"
        f" perplexity {_perplexity(totals.perplexity)}"
    )


def short_totals(totals: Totals) -> str:
    """Return what of totals has room beside seven others: bits, perplexity, what is unread."""
    if totals.perplexity is None:
        return "not yet read"
    unread = f", {totals.read} of {totals.tokens} read" if totals.read < totals.tokens else ""
    return f"{totals.bits:.1f} bits, perplexity {_perplexity(totals.perplexity)}{unread}"


def _perplexity(value: float) -> str:
    return f"{value:.3g}" if value < 999.5 else figures.count(round(value))
