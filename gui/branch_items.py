"""Shows the branches to Qt's list view, and paints a row."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.branches import Branch, Role
from core.tokens import text_of
from core.tree import NodeId, Origin
from core.workbench import Change, Workbench
from gui import figures
from gui.branch_facts import BranchFacts
from gui.branch_marks import BranchMarks
from gui.branch_order import Order, found, ordered, preparing
from gui.look import Look, Size
from gui.marks import paint_mark
from gui.observing import observe
from gui.paced import Paced
from gui.sliced import Sliced
from gui.token_text import quoted

Index = QModelIndex | QPersistentModelIndex
FIRST = int(Qt.ItemDataRole.UserRole)
SECOND_LINE = FIRST + 1
NOWHERE = QModelIndex()
PREVIEW_TOKENS = 16
ROW_HEIGHT = 46


class BranchItems(QAbstractListModel):
    """One row for each visible branch, in order of creation."""

    rename_requested = Signal(int, str)

    def __init__(
        self, workbench: Workbench, marks: BranchMarks, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self.marks = marks
        self._order = Order.OLDEST
        self._sought = ""
        self._firsts: list[NodeId] = list(marks.branches)
        self._rows = {first: row for row, first in enumerate(self._firsts)}
        self._facts = BranchFacts(workbench)
        self._sliced = Sliced(self)
        self._paced = Paced(self._follow, self)
        self._reset_later = QTimer(self, singleShot=True, interval=0)
        self._reset_later.timeout.connect(self._paced.now)
        observe(workbench, self, self._on_change)

    def arrange(self, order: Order, sought: str) -> None:
        """List the branches in this order, those that a search leaves."""
        self._order, self._sought = order, sought
        self._relist()

    def _relist(self) -> None:
        """List the branches: at once, or in a moment where much has to be looked at first."""
        shown = list(self.marks.branches.values())
        steps = preparing(self._facts, shown, self._order, self._sought)
        self._sliced.start(steps, lambda: self._list(shown))

    def _list(self, shown: Sequence[Branch]) -> None:
        if self._sought.strip():
            shown = [one for one in shown if found(self._facts.words(one), self._sought)]
        firsts = ordered(self._facts, [branch.first for branch in shown], self._order)
        if firsts != self._firsts:
            self.beginResetModel()
            self._firsts = firsts
            self._rows = {first: row for row, first in enumerate(firsts)}
            self.endResetModel()

    @property
    def is_busy(self) -> bool:
        """Whether the list that was asked for is still in the making."""
        return self._sliced.is_busy

    def first_at(self, row: int) -> NodeId:
        """Return the first node of the branch in a row."""
        return self._firsts[row]

    def row_of(self, first: NodeId) -> int | None:
        """Return the row of a branch, or None."""
        return self._rows.get(first)

    def rowCount(self, parent: Index = NOWHERE) -> int:
        """Count the branches."""
        return 0 if parent.isValid() else len(self._firsts)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Say what can be done with a row."""
        found = super().flags(index)
        return found | Qt.ItemFlag.ItemIsEditable if index.isValid() else found

    def data(  # noqa: PLR0911 - one return for each of Qt's roles
        self, index: Index, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return what a row shows."""
        if not index.isValid():
            return None
        first = self._firsts[index.row()]
        branch = self.marks.branches.get(first)
        if branch is None:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.EditRole:
                return branch.name
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{branch.name}, {branch.role.value}, {self._second_line(branch)}"
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(branch)
            case _ if role == FIRST:
                return int(first)
            case _ if role == SECOND_LINE:
                return self._second_line(branch)
            case _:
                return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Ask for another name."""
        if role != Qt.ItemDataRole.EditRole or not str(value).strip():
            return False
        self.rename_requested.emit(self._firsts[index.row()], str(value).strip())
        return True

    def _tip(self, branch: Branch) -> str:
        nodes = islice(self._workbench.walk(branch.first), PREVIEW_TOKENS)
        text = quoted(text_of([self._workbench.tree.token(node) for node in nodes]))
        figure = self._figure(branch)
        meaning = f"{figure}: surprise of what begins it, \N{MINUS SIGN}log₂ p\n" if figure else ""
        source = self._workbench.replanted_from(branch.first)
        told = None if source is None else self.marks.branches.get(source)
        again = "" if told is None else f"planted again from {quoted(told.name)}\n"
        return f"{branch.role.value}: {text}\n{again}{meaning}F2: rename"

    def _second_line(self, branch: Branch) -> str:
        if self.marks.is_prompt(branch.first):
            nodes = self._workbench.nodes_of(branch.first)
            return f"prompt · {figures.counted(len(nodes), 'token')}"
        error = self._workbench.error_of(branch.first)
        how = error.title if error is not None and branch.role is Role.ERROR else ""
        parts = (branch.role.value, how, self._figure(branch))
        return " · ".join(part for part in parts if part)

    def _figure(self, branch: Branch) -> str:
        """Return the surprise of what was put in, or of the first token where nothing was."""
        readings = self._workbench.readings
        read = [readings.surprise(node) for node in self._workbench.head_nodes(branch.first)]
        known = [one for one in read if one is not None]
        return figures.bits(sum(known)) if known and len(known) == len(read) else ""

    def _on_change(self, change: Change) -> None:
        moved = change.reset or change.hidden or change.shown
        self._facts.take(change)
        if change.reset:
            self._reset_later.start()  # the tree has just been read, and is drawn first
        elif moved:
            self._paced.now()
        elif change.branches or change.notes:
            self._paced.ask()
        elif self._firsts and self._touches_openings(change):
            self.dataChanged.emit(self.index(0), self.index(len(self._firsts) - 1))

    def _follow(self) -> None:
        """List the branches that there are now."""
        self.marks.recount()
        self._relist()
        if self._firsts:
            self.dataChanged.emit(self.index(0), self.index(len(self._firsts) - 1))

    def _touches_openings(self, change: Change) -> bool:
        """Return whether a row tells of a changed node; what the model went on with is in none."""
        tree = self._workbench.tree
        grown = {Origin.SAMPLED, Origin.GREEDY}
        return any(
            tree.origin(node) not in grown or node in self.marks.branches
            for node in (*change.added, *change.read)
        )


class BranchDelegate(QStyledItemDelegate):
    """Paints mark, name and surprise, and below them role and text."""

    def __init__(self, marks: BranchMarks, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks = marks
        self._look = look

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return the size of a row."""
        return QSize(120, round(ROW_HEIGHT * self._look.scale))

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, _index: Index
    ) -> None:
        """Put the editor where the name stands."""
        box: QRect = option.rect
        editor.setGeometry(box.adjusted(22, 2, -2, -box.height() // 2 + 6))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a row."""
        theme = self._look.theme
        box = QRectF(option.rect)
        state = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            has_focus = bool(state & QStyle.StateFlag.State_HasFocus)
            painter.setPen(QColor(theme.accent) if has_focus else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.selection))
            painter.drawRoundedRect(box.adjusted(0.5, 1.5, -0.5, -1.5), 5, 5)
        mark = self._marks.mark(index.data(FIRST), theme)
        half = box.height() / 2
        paint_mark(painter, QPointF(box.left() + 13, box.top() + half * 0.62), mark, 10)
        small = self._look.font(Size.SMALL)
        room = box.adjusted(28, 4, -8, -4)
        painter.setFont(small)
        painter.setPen(QColor(theme.muted))
        upper = QRectF(room.left(), room.top(), room.width(), room.height() / 2)
        lower = QRectF(room.left(), room.center().y(), room.width(), room.height() / 2)
        left = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        painter.drawText(lower, left, _cut(painter, index.data(SECOND_LINE), lower.width()))
        painter.setFont(self._look.font(Size.BODY, weight=QFont.Weight.Medium))
        painter.setPen(QColor(theme.ink))
        painter.drawText(upper, left, _cut(painter, index.data(), upper.width()))
        painter.restore()


def _cut(painter: QPainter, text: str, room: float) -> str:
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room))
