"""A table of texts for Qt's table view: sorted by value, copied as tabs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

Index = QModelIndex | QPersistentModelIndex
VALUE = int(Qt.ItemDataRole.UserRole)
NOWHERE = QModelIndex()
ROW_HEIGHT = 24
NARROWEST, WIDEST, MARGIN = 56, 520, 24
LOOKED_AT = 40
"""Rows whose texts decide how wide a column is: Qt's own measure takes a tenth of a second."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a table, what it is sorted by (None: its text), and a remark."""

    text: str
    value: float | None = None
    tip: str = ""


class TextItems(QAbstractTableModel):
    """Rows of cells under named columns."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.heads: tuple[str, ...] = ()
        self.rows: tuple[tuple[Cell, ...], ...] = ()

    def show_rows(self, heads: Sequence[str], rows: Sequence[tuple[Cell, ...]]) -> None:
        """Show these rows instead of those that were here."""
        if (tuple(heads), tuple(rows)) == (self.heads, self.rows):
            return
        self.beginResetModel()
        self.heads, self.rows = tuple(heads), tuple(rows)
        self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """Count the rows."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """Count the columns."""
        return 0 if parent.isValid() else len(self.heads)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's name."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.heads[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a cell's text, what it is sorted by, or its remark."""
        cell = self.rows[index.row()][index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cell.text
            case Qt.ItemDataRole.ToolTipRole:
                return cell.tip or None
            case int() if role == VALUE:
                return cell.text if cell.value is None else cell.value
            case _:
                return None


class TextTable(QTableView):
    """Shows rows; a click on a head sorts, Ctrl+C copies the chosen rows with their heads."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.items = TextItems(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self.items)
        self._fitted: list[int] = []  # how wide each column was made; others were dragged
        self._sorted.setSortRole(VALUE)
        self.setModel(self._sorted)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setSortingEnabled(True)
        self._sorted.sort(-1)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self.copy_rows)

    def show_rows(self, heads: Sequence[str], rows: Sequence[tuple[Cell, ...]]) -> None:
        """Show these rows, their columns as wide as they need, within reason.

        Rows of the same heads only widen a column, and none that was dragged.
        """
        if tuple(heads) != self.items.heads:
            self._fitted = []
        self.items.show_rows(heads, rows)
        if rows:
            self._fit(heads, rows[:LOOKED_AT])

    def _fit(self, heads: Sequence[str], rows: Sequence[tuple[Cell, ...]]) -> None:
        metrics, before = self.fontMetrics(), self._fitted
        self._fitted = []
        for column, head in enumerate(heads):
            longest = max((head, *(row[column].text for row in rows)), key=len)
            width = min(WIDEST, max(NARROWEST, metrics.horizontalAdvance(longest) + MARGIN))
            if not before or self.columnWidth(column) == before[column] < width:
                self.setColumnWidth(column, width)
            else:
                width = before[column]
            self._fitted.append(width)

    def row_of(self, index: Index) -> int:
        """Return the place of a row as it was handed in."""
        return self._sorted.mapToSource(self._sorted.index(index.row(), 0)).row()

    def copy_rows(self) -> None:
        """Copy the chosen rows, all when none is chosen."""
        chosen = sorted({index.row() for index in self.selectedIndexes()})
        lines = ["\t".join(self.items.heads)]
        for row in chosen or range(self._sorted.rowCount()):
            cells = self.items.rows[self.row_of(self._sorted.index(row, 0))]
            lines.append("\t".join(cell.text for cell in cells))
        QGuiApplication.clipboard().setText("\n".join(lines))
