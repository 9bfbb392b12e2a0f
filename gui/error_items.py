"""Proposed errors and controls as rows of a table."""

import math
from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from core.branches import Role
from core.error_records import ErrorRecord
from core.errors import Weighed
from gui import figures
from gui.token_text import quoted, show_token

Index = QModelIndex | QPersistentModelIndex
NOWHERE = QModelIndex()
HEADS = ("error", "text", "tokens", "p", "rank", "bits", "instead of", "split")
MEANINGS = (
    "How the error was made",
    "What would be inserted",
    "How it splits into tokens",
    "p of the whole text, by forcing: Π p(token | text before)",
    "Rank of its first token; 1 is the likeliest",
    "Its surprise: \N{MINUS SIGN}log₂ p",
    "What it stands for",
    "Whether the whole path is the model's own split of its text",
)
KIND, TEXT, TOKENS, CHANCE, RANK, BITS, INSTEAD, SPLIT = range(len(HEADS))
SPLITS = {True: "canonical", False: "not canonical", None: "not checked"}
RIGHT = frozenset({CHANCE, RANK, BITS})
ROW_HEIGHT = 24
WIDTHS = {KIND: 176, TEXT: 104, CHANCE: 60, RANK: 60, BITS: 48, INSTEAD: 104, SPLIT: 92}


class ErrorItems(QAbstractTableModel):
    """One row for each proposal."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[Weighed] = []

    def clear(self) -> None:
        """Forget all proposals."""
        self.show_all(())

    def show_all(self, proposals: Iterable[Weighed]) -> None:
        """Show these proposals instead of those that were here."""
        self.beginResetModel()
        self._rows = list(proposals)
        self.endResetModel()

    def add(self, proposal: Weighed) -> None:
        """Show one more proposal."""
        self.beginInsertRows(NOWHERE, len(self._rows), len(self._rows))
        self._rows.append(proposal)
        self.endInsertRows()

    def at(self, row: int) -> Weighed | None:
        """Return the proposal of a row, if there is one."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """Count the proposals."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """Count the columns."""
        return 0 if parent.isValid() else len(HEADS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's name and meaning."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return HEADS[section]
            case Qt.ItemDataRole.ToolTipRole:
                return MEANINGS[section]
            case Qt.ItemDataRole.TextAlignmentRole:
                return _aligned(section)
            case _:
                return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a cell shows."""
        proposal = self.at(index.row()) if index.isValid() else None
        if proposal is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _words(proposal, index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return details(proposal.record)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _aligned(index.column())
            case _:
                return None


class ErrorTable(QTableView):
    """A table of proposals."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.items = ErrorItems()
        self.setModel(self.items)
        self.setShowGrid(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setAccessibleName(name)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(TOKENS, QHeaderView.ResizeMode.Stretch)
        for column in range(len(HEADS)):
            self.setColumnWidth(column, WIDTHS.get(column, 78))
        self.setMinimumHeight(6 * ROW_HEIGHT)


def details(record: ErrorRecord) -> str:
    """Return everything a record holds, a line each."""
    seed = "" if record.seed is None else f"\ndrawn with seed {record.seed}"
    tokens = figures.counted(len(record.ids), "token")
    return (
        f"{record.title} · {figures.bits(record.bits)} · {tokens}\n"
        f"entropy at the place {figures.nats(record.entropy)}\n"
        f"instead of {quoted(record.displaced) if record.displaced else 'nothing'}{seed}"
    )


def _words(proposal: Weighed, column: int) -> str:
    record = proposal.record
    cells = {
        KIND: _kind(record),
        TEXT: quoted(record.text),
        TOKENS: " · ".join(show_token(token).text for token in proposal.tokens),
        CHANCE: figures.probability(math.exp(record.logprob)),
        RANK: figures.count(record.rank),
        BITS: f"{record.bits:.1f}",
        INSTEAD: quoted(record.displaced) if record.displaced else "nothing",
        SPLIT: SPLITS[record.canonical],
    }
    return cells[column]


def _kind(record: ErrorRecord) -> str:
    """Return what a row is: an error by its kind, anything else by its part first."""
    match record.role:
        case Role.ERROR:
            return record.title
        case Role.CLEAN:
            return f"right, {record.title}"
        case _:
            return f"{record.role.value}, {record.title}"


def _aligned(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in RIGHT else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)
