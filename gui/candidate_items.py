"""Shows a distribution to Qt's table view: the candidates, then the rest of the vocabulary."""

import math
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    Qt,
)
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from core.distribution import Candidate, Distribution
from core.generation import Drawn
from core.presets import told
from core.tokens import Pieces, Token
from gui import figures
from gui.look import Look, Size
from gui.token_text import quoted, show_token

Index = QModelIndex | QPersistentModelIndex
TOKEN, BAR, CHANCE, AFTER, RANK = range(5)
HEADS = ("token", "", "p", "drawn", "rank")
MEANINGS = (
    """Tokens the model holds likeliest after the selected one. Bold ones have a branch already;
a double click or Enter branches with any of them.""",
    "p as a bar, from 0 to 1.",
    """How likely the model holds this token to come next.
p = softmax(logits) at temperature 1, over the whole vocabulary""",
    """How likely the sampler draws this token: p after its penalties, cuts and temperature.
“cut”: it cannot be drawn.""",
    "Its place among all tokens of the vocabulary; 1 is the likeliest.",
)
PROBABILITY = int(Qt.ItemDataRole.UserRole)
TAKEN = PROBABILITY + 1
CUT = TAKEN + 1
NOWHERE = QModelIndex()
LEAST_REST = 1e-6
"""Below this, what is left of 1 is the rounding of 32-bit sums."""


class CandidateItems(QAbstractTableModel):
    """One row for each kept candidate and one for all the others."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._candidates: tuple[Candidate, ...] = ()
        self._tokens: tuple[Token, ...] = ()
        self._taken: frozenset[int] = frozenset()
        self._rest: float | None = None
        self._drawn: Drawn | None = None

    def show_distribution(
        self, expects: Distribution | None, vocabulary: Pieces | None, taken: frozenset[int]
    ) -> None:
        """Show a distribution; `taken` are the ids that already have a branch here."""
        self.beginResetModel()
        self._candidates, self._tokens, self._rest, self._taken = (), (), None, taken
        self._drawn = None
        if expects is not None and vocabulary is not None:
            self._candidates = expects.candidates
            self._tokens = tuple(vocabulary[one.id] for one in self._candidates)
            self._rest = expects.rest
        self.endResetModel()

    def show_drawn(self, drawn: Drawn | None) -> None:
        """Show beside p what a sampler makes of it, or nothing."""
        self._drawn = drawn
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, RANK))

    def token_at(self, row: int) -> Token | None:
        """Return the token of a row, None for the row of the rest."""
        return self._tokens[row] if 0 <= row < len(self._tokens) else None

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """Count the rows."""
        return 0 if parent.isValid() or self._rest is None else len(self._candidates) + 1

    def columnCount(self, parent: Index = NOWHERE) -> int:
        """Count the columns."""
        return 0 if parent.isValid() else len(HEADS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return a column's name."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return MEANINGS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section >= CHANCE else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(  # noqa: PLR0911 - one return for each of Qt's roles
        self, index: Index, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return what a cell shows."""
        if not index.isValid() or self._rest is None:
            return None
        row, column = index.row(), index.column()
        is_rest = row == len(self._candidates)
        chance = self._rest if is_rest else math.exp(self._candidates[row].logprob)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._rest_cell(column) if is_rest else self._cell(row, column, chance)
            case Qt.ItemDataRole.TextAlignmentRole:
                right = column >= CHANCE
                side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
                return int(side | Qt.AlignmentFlag.AlignVCenter)
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(row, chance)
            case Qt.ItemDataRole.AccessibleTextRole if column == TOKEN:
                word = "rest of vocabulary" if is_rest else quoted(self._text(row))
                return f"{word}, probability {figures.probability(chance)}"
            case _ if role == PROBABILITY:
                return None if is_rest else chance
            case _ if role == CUT:
                return not is_rest and self._drawn is not None and not self._chance_drawn(row)
            case _ if role == TAKEN:
                return not is_rest and self._candidates[row].id in self._taken
            case _:
                return None

    def _text(self, row: int) -> str:
        return show_token(self._tokens[row]).text

    def _chance_drawn(self, row: int) -> float:
        assert self._drawn is not None
        return self._drawn.chances.get(self._candidates[row].id, 0.0)

    def _drawn_cell(self, row: int) -> str:
        if self._drawn is None:
            return ""
        chance = self._chance_drawn(row)
        return figures.probability(chance) if chance else "cut"

    def _cell(self, row: int, column: int, chance: float) -> str:
        match column:
            case 0:
                return self._text(row)
            case 2:
                return figures.probability(chance)
            case 3:
                return self._drawn_cell(row)
            case 4:
                return figures.count(self._candidates[row].rank)
            case _:
                return ""

    def _rest_cell(self, column: int) -> str:
        assert self._rest is not None
        match column:
            case 0:
                return "rest of vocabulary"
            case 2:
                return figures.probability(self._rest)
            case 3 if self._drawn is not None:
                left = 1 - sum(map(self._chance_drawn, range(len(self._candidates))))
                return figures.probability(left) if left > LEAST_REST else "cut"
            case _:
                return ""

    def _tip(self, row: int, chance: float) -> str:
        if row == len(self._candidates):
            return "All tokens that are not in this list: 1 \N{MINUS SIGN} Σ p of the list."
        logprob = self._candidates[row].logprob
        surprise = figures.bits(figures.surprise_of(logprob))
        token = self._tokens[row]
        drawn = "" if self._drawn is None else self._drawn_tip(row)
        return (
            f"p = softmax(logits) at temperature 1 = {chance:.6g}\n{drawn}"
            f"surprise = \N{MINUS SIGN}log₂ p = {surprise}\n"
            f"token {token.id}, bytes {token.piece.hex(' ').upper()}\n"
            "Double-click, or Enter: branch here with this token"
        )

    def _drawn_tip(self, row: int) -> str:
        assert self._drawn is not None
        chance = self._chance_drawn(row)
        how = f"{chance:.6g}" if chance else "0, it is cut"
        return f"p after {told(self._drawn.sampler)} = {how}\n"


class CandidateDelegate(QStyledItemDelegate):
    """Paints the bar; in a quiet colour what is cut, and the rest, across two columns."""

    def __init__(self, look: Look, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._look = look

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a cell."""
        theme = self._look.theme
        box = QRectF(option.rect)
        chance = index.data(PROBABILITY)
        state = option.state
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(box, QColor(theme.selection))
        view = option.widget
        if (
            isinstance(view, QAbstractItemView)
            and view.hasFocus()
            and view.currentIndex().row() == index.row()
        ):
            painter.fillRect(box.adjusted(0, box.height() - 1, 0, 0), QColor(theme.accent))
        if index.column() == BAR:
            if chance is not None:
                self._bar(painter, box, chance)
            return
        quiet = chance is None or index.column() == RANK or index.data(CUT)
        painter.setPen(QColor(theme.muted if quiet else theme.ink))
        font = self._look.font(Size.LABEL if index.column() else Size.BODY)
        if index.data(TAKEN) and index.column() == TOKEN:
            font.setBold(True)
        painter.setFont(font)
        if chance is None and index.column() == TOKEN:
            box.setWidth(box.width() + 60)
        text = str(index.data() or "")
        room = box.adjusted(4, 0, -4, 0)
        side = (
            Qt.AlignmentFlag.AlignRight if index.column() >= CHANCE else Qt.AlignmentFlag.AlignLeft
        )
        cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, int(side | Qt.AlignmentFlag.AlignVCenter), cut)

    def _bar(self, painter: QPainter, box: QRectF, chance: float) -> None:
        theme = self._look.theme
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(box.left() + 4, box.center().y() - 4, box.width() - 8, 8)
        painter.setBrush(QColor(theme.trough))
        painter.drawRoundedRect(whole, 2, 2)
        whole.setWidth(max(1.5, whole.width() * min(chance, 1.0)))
        painter.setBrush(QColor(theme.bar))
        painter.drawRoundedRect(whole, min(2.0, whole.width() / 2), 2)
        painter.restore()
