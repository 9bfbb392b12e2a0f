"""A branch table as Qt's table view wants it."""

import math
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from core.branch_table import BranchTable, Cell
from core.tree import ROOT, NodeId
from gui import figures
from gui.branch_marks import BranchMarks
from gui.look import Look
from gui.marks import mark_icon
from gui.theme import blend
from gui.token_text import said, show_token

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


class TableItems(QAbstractTableModel):
    """Rows of tokens; the reference has no changes to show."""

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


APART = 2 * "\N{NO-BREAK SPACE}"
"""Keeps the last figure of a branch away from the next one's token."""


def _words(cell: Cell | None, what: int) -> str:
    if cell is None:
        return ""
    match what:
        case 0:
            return show_token(cell.token).text
        case 1:
            return figures.probability(None if cell.logprob is None else math.exp(cell.logprob))
        case 2:
            return "" if cell.change is None else figures.signed(cell.change, 3)
        case 3:
            return "" if cell.rank_change is None else figures.signed(cell.rank_change, 0)
        case _:
            return "" if cell.entropy is None else f"{cell.entropy:.2f}{APART}"


def plain_cells(cell: Cell | None) -> list[str]:
    """Return a cell's columns with full digits, its token with the spaces that belong to it."""
    if cell is None:
        return [""] * len(HEADS)
    values = (
        None if cell.logprob is None else math.exp(cell.logprob),
        cell.change,
        cell.rank_change,
        cell.entropy,
    )
    return [said(cell.token), *("" if one is None else repr(one) for one in values)]
