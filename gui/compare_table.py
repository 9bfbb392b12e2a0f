"""The chosen branches token by token, side by side, with their totals."""

import math
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QTableView,
    QVBoxLayout,
)

from core.aligning import Alignment
from core.branch_table import BranchTable, Cell, Totals, tabulate
from core.tree import ROOT, NodeId
from core.workbench import Workbench
from gui import figures
from gui.branch_marks import BranchMarks
from gui.card import ShrinkingLabel
from gui.compare_view import CompareView
from gui.floor_book import FloorBook
from gui.look import Look
from gui.marks import mark_icon
from gui.selection import Selection
from gui.theme import blend
from gui.token_text import show_token

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
TOKEN, CHANCE, CHANGE, RANK, ENTROPY = range(5)
HEADS = ("token", "p", "Δ ln p", "Δ rank", "H")
MEANINGS = (
    "The token; a coloured field marks where the branch first parts from the reference.",
    "p(token | all text before it) in its own branch, raw softmax at T = 1",
    "ln p here less ln p in the reference's row; grey below the rounding floor",
    "rank here less rank in the reference's row; rank 1 is the likeliest",
    "Entropy (nats) of what was expected at this place",
)
WIDTHS = (92, 60, 62, 52, 48)
ROW_HEIGHT = 22
FEW = 4
"""So many branches have room for all their totals; of more, only the bits are told."""


class TableItems(QAbstractTableModel):
    """A branch table as Qt's table view wants it: the reference has no changes to show."""

    def __init__(self, marks: BranchMarks, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._marks = marks
        self._look = look
        self._table: BranchTable | None = None
        self._columns: list[tuple[int, int]] = []
        self.floor: float | None = None

    def show_table(self, table: BranchTable | None, floor: float | None) -> None:
        """Show another table; changes up to `floor` nats are greyed."""
        self.beginResetModel()
        self._table, self.floor = table, floor
        branches = range(len(table.branches)) if table is not None else ()
        self._columns = [
            (branch, what)
            for branch in branches
            for what in range(len(HEADS))
            if branch or what not in {CHANGE, RANK}
        ]
        self.endResetModel()

    def column(self, section: int) -> tuple[int, int]:
        """Return the branch's number and the quantity of a column."""
        return self._columns[section]

    def node_at(self, index: Index) -> NodeId:
        """Return the node of a cell, ROOT for a gap."""
        cell = self._cell(index) if index.isValid() else None
        return ROOT if cell is None else cell.node

    def row_of(self, node: NodeId) -> int | None:
        """Return the row that holds a node."""
        if self._table is None:
            return None
        for number, row in enumerate(self._table.rows):
            if any(cell is not None and cell.node == node for cell in row):
                return number
        return None

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """Count the rows."""
        return 0 if parent.isValid() or self._table is None else len(self._table.rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """Count the columns."""
        return 0 if parent.isValid() else len(self._columns)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's name, or a row's number."""
        if orientation is Qt.Orientation.Vertical:
            return section + 1 if role == Qt.ItemDataRole.DisplayRole else None
        branch, what = self._columns[section]
        assert self._table is not None
        first = self._table.branches[branch]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return (
                    f"{self._marks.label(first)}\n{HEADS[what]}" if what == TOKEN else HEADS[what]
                )
            case Qt.ItemDataRole.ToolTipRole:
                return f"{self._marks.label(first)}: {MEANINGS[what]}"
            case Qt.ItemDataRole.DecorationRole if what == TOKEN:
                return mark_icon(self._marks.mark(first, self._look.theme), 10, 2.0)
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignLeft if what == TOKEN else Qt.AlignmentFlag.AlignRight
                return int(side | Qt.AlignmentFlag.AlignBottom)
            case _:
                return None

    def data(  # noqa: PLR0911 - one return for each of Qt's roles
        self, index: Index, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return what a cell shows."""
        if not index.isValid() or self._table is None:
            return None
        branch, what = self._columns[index.column()]
        cell = self._cell(index)
        theme = self._look.theme
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _words(cell, what)
            case Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignLeft if what == TOKEN else Qt.AlignmentFlag.AlignRight
                return int(side | Qt.AlignmentFlag.AlignVCenter)
            case Qt.ItemDataRole.BackgroundRole if (
                what == TOKEN and self._table.parted[branch] == index.row()
            ):
                mark = self._marks.mark(self._table.branches[branch], theme)
                return QColor(blend(mark.colour, theme.panel, 0.75))
            case Qt.ItemDataRole.ForegroundRole if what == CHANGE and self._is_nothing(cell):
                return QColor(blend(theme.muted, theme.panel, 0.35))
            case Qt.ItemDataRole.ForegroundRole if what != TOKEN:
                return QColor(theme.ink if what == CHANGE else theme.muted)
            case _:
                return None

    def _is_nothing(self, cell: Cell | None) -> bool:
        """Return whether a change lies below the floor, or the floor is not known yet."""
        if cell is None or cell.change is None:
            return True
        return self.floor is None or abs(cell.change) <= self.floor

    def _cell(self, index: Index) -> Cell | None:
        assert self._table is not None
        return self._table.rows[index.row()][self._columns[index.column()][0]]


class TableView(CompareView):
    """A table of the chosen branches, aligned as the user wants; a click selects the token."""

    def __init__(
        self,
        workbench: Workbench,
        selection: Selection,
        look: Look,
        marks: BranchMarks,
        book: FloorBook,
    ) -> None:
        super().__init__(workbench, selection, look, marks)
        self._book = book
        self._table: BranchTable | None = None
        self.alignment = QComboBox()
        for how in Alignment:
            self.alignment.addItem(f"aligned {how.value}", how)
        self.alignment.setAccessibleName("Alignment")
        self.alignment.setToolTip("What stands in one row; gaps are left where tokens do not match")
        self.items = TableItems(marks, look, self)
        self.table = QTableView()
        self._note = ShrinkingLabel()
        self._note.setObjectName("muted")
        self._totals = QLabel()
        self._totals.setObjectName("figure")
        self._totals.setWordWrap(True)
        self._totals.setToolTip(
            "Over all exactly read tokens of the branch, from its first: Σ ln p in nats,\n"
            "surprise \N{MINUS SIGN}Σ log₂ p in bits, perplexity exp(\N{MINUS SIGN}Σ ln p / n)"
        )
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
        book.changed.connect(self._on_aligned)

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
        reference = self.reference
        order = [first for first in chosen if first == reference]
        order += [first for first in chosen if first != reference]
        bench = self.workbench
        how = Alignment(self.alignment.currentData())
        self._table = tabulate(
            bench.tree, bench.readings, [(first, bench.nodes_of(first)) for first in order], how
        )
        floors = self._book.floors
        widths = self.items.columnCount()
        self.items.show_table(self._table, None if floors is None else floors.rounding_logprob)
        if self.items.columnCount() != widths:
            for section in range(self.items.columnCount()):
                self.table.setColumnWidth(section, WIDTHS[self.items.column(section)[1]])
        if order and self.isVisible():
            self._book.ask(bench.tip_of(order[0]))
        self._say(order)

    def _say(self, order: list[NodeId]) -> None:
        assert self._table is not None
        parts: list[str] = []
        for first, totals in zip(order, self._table.totals, strict=True):
            words = totals_words(totals) if len(order) <= FEW else f"{totals.bits:.1f} bits"
            parts.append(f"<b>{self.marks.label(first)}</b> {words}")
        self._totals.setText(" &nbsp;·&nbsp; ".join(parts))
        floors = self._book.floors
        floor = "being measured"
        if floors is not None:
            floor = f"{floors.rounding_logprob:.2g} nats, repeat floor {floors.repeat_logprob:.2g}"
        against = self.marks.label(order[0]) if order else "the first branch"
        self._note.setText(f"Δ against {against} · rounding floor {floor}")

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
        names = [self.marks.label(first) for first in self._table.branches]
        rows = [["row", *(f"{name} {head}" for name in names for head in HEADS)]]
        for number, row in enumerate(self._table.rows, start=1):
            cells = [text for cell in row for text in _plain(cell)]
            rows.append([str(number), *cells])
        for name, totals in zip(names, self._table.totals, strict=True):
            rows.append([f"total {name}", f"{totals.logprob!r} nats", f"{totals.read} tokens"])
        return rows

    def _on_aligned(self, *_index: int) -> None:
        self.show_branches(self.chosen)

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
        f"{read}, {_signed(totals.logprob, 1)} nats, {totals.bits:.1f} bits,"
        f" perplexity {totals.perplexity:.3g}"
    )


def _words(cell: Cell | None, what: int) -> str:
    if cell is None:
        return ""
    match what:
        case 0:
            return show_token(cell.token).text
        case 1:
            return figures.probability(None if cell.logprob is None else math.exp(cell.logprob))
        case 2:
            return "" if cell.change is None else _signed(cell.change, 3)
        case 3:
            return "" if cell.rank_change is None else _signed(cell.rank_change, 0)
        case _:
            return "" if cell.entropy is None else f"{cell.entropy:.2f}"


def _plain(cell: Cell | None) -> list[str]:
    if cell is None:
        return [""] * len(HEADS)
    values = (
        None if cell.logprob is None else math.exp(cell.logprob),
        cell.change,
        cell.rank_change,
        cell.entropy,
    )
    return [show_token(cell.token).text, *("" if one is None else repr(one) for one in values)]


def _signed(value: float, digits: int) -> str:
    sign = "+" if value > 0 else figures.MINUS if value < 0 else ""
    return f"{sign}{abs(value):.{digits}f}"
