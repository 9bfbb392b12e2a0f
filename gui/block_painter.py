"""Paints blocks: colour as on the chips, text where there is room, unexplored tokens dashed."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from core.tree import Origin
from core.workbench import Workbench
from gui.block_layout import Block
from gui.branch_marks import BranchMarks
from gui.figures import short_probability
from gui.look import Look, Size
from gui.marks import paint_mark
from gui.scales import UNKNOWN, table
from gui.token_text import show_token
from gui.tree_mirror import TreeMirror

EMPTY = "The tree grows here: tell a fork, or open a session."
EDGE = 3.0
"""Pixels of a block's height that its border takes, which text does not touch."""


class BlockPainter:
    """Holds what a look needs."""

    def __init__(self, mirror: TreeMirror, workbench: Workbench, look: Look) -> None:
        self._mirror = mirror
        self._workbench = workbench
        self._theme = look.theme
        self._scale = look.colouring
        self._fills = [QColor(*row) for row in table(look.theme, look.colouring).tolist()]
        self._font = look.font(Size.BODY)
        self._small = look.font(Size.SMALL)
        self._metrics = QFontMetricsF(self._font)
        self._small_metrics = QFontMetricsF(self._small)
        # heights from which a block has its text, its p below it, and an unexplored one its text
        self._text_from = self._metrics.height() + EDGE
        self._figure_from = self._text_from + self._small_metrics.height()
        self._ghost_from = self._small_metrics.height() + EDGE

    def paint(  # noqa: PLR0913 - what is lit
        self,
        painter: QPainter,
        area: QRectF,
        boxes: Sequence[tuple[Block, QRectF]],
        *,
        selected: int,
        pointed: int,
        focused: bool,
    ) -> None:
        """Paint blocks, outer ones first."""
        theme = self._theme
        painter.fillRect(area, QColor(theme.panel))
        if not boxes:
            painter.setPen(QColor(theme.muted))
            painter.setFont(self._font)
            painter.drawText(area, int(Qt.AlignmentFlag.AlignCenter), EMPTY)
            return
        nodes = np.array([block.part.node for block, _ in boxes], np.int32)
        places = self._mirror.places(nodes, self._scale).tolist()
        marks = BranchMarks(self._workbench)
        for (block, box), place in zip(boxes, places, strict=True):
            seen = box & area
            if seen.isEmpty():
                continue
            if block.part.node:
                self._block(painter, block, (box, seen), place, marks)
            else:
                self._ghost(painter, block, seen)
        for block, box in boxes:
            if block.part.node and block.part.node in {selected, pointed}:
                self._ring(painter, box & area, block.part.node == selected, focused)

    def _block(
        self,
        painter: QPainter,
        block: Block,
        boxes: tuple[QRectF, QRectF],
        place: int,
        marks: BranchMarks,
    ) -> None:
        box, seen = boxes
        theme, node = self._theme, block.part.node
        inner = seen.adjusted(0, 0, -1, -1 if box.height() > 6 else -0.5)
        is_given = place == UNKNOWN
        painter.fillRect(inner, QColor(theme.prompt_fill) if is_given else self._fills[place])
        is_inserted = self._mirror.origin(node) is Origin.INSERTED
        if is_inserted:
            mark = marks.mark(int(self._mirror.owner[node]), theme)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(mark.colour), 2.0))
            painter.drawRect(inner.adjusted(1, 1, -1, -1))
        if seen.height() >= self._text_from:
            self._words(painter, block, seen, given=is_given)
        if (marks.starts(node) or is_inserted) and seen.height() >= self._text_from:
            mark = marks.mark(int(self._mirror.owner[node]), theme)
            paint_mark(painter, inner.topRight() + QPointF(-7, 7), mark, 8.0)

    def _words(self, painter: QPainter, block: Block, seen: QRectF, *, given: bool) -> None:
        """Write the token in the middle of what is seen of its block."""
        theme = self._theme
        painter.setFont(self._font)
        painter.setPen(QColor(theme.muted if given else theme.chip_ink))
        node = block.part.node
        text = show_token(block.part.token).text
        if node in self._mirror.wish.folded:
            text = f"{text} +{self._mirror.folded_away(node)[0]}"
        room = seen.width() - 16
        shown = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        middle = seen.center().y()
        has_figure = seen.height() >= self._figure_from and not given
        lift = 7.0 if has_figure else 0.0
        base = middle - lift + (self._metrics.ascent() - self._metrics.descent()) / 2
        painter.drawText(QPointF(seen.left() + 8, base), shown)
        if has_figure:
            painter.setFont(self._small)
            base = middle + 8 + (self._small_metrics.ascent() - self._small_metrics.descent()) / 2
            chance = self._mirror.probability(node)
            words = short_probability(chance) if chance is not None else ""
            painter.drawText(QPointF(seen.left() + 8, base), words)

    def _ghost(self, painter: QPainter, block: Block, seen: QRectF) -> None:
        pen = QPen(QColor(self._theme.strong_line), 1.0)
        if seen.height() < self._ghost_from:
            pen = QPen(QColor(self._theme.hairline), 1.0)
        else:
            pen.setDashPattern([3.0, 2.5])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(seen.adjusted(1.5, 0.5, -2.5, -1.5))
        if seen.height() < self._ghost_from:
            return
        painter.setFont(self._small)
        painter.setPen(QColor(self._theme.muted))
        figures = short_probability(block.part.share)
        wide = self._small_metrics.horizontalAdvance(figures)
        text = show_token(block.part.token).text
        room = seen.width() - wide - 22
        shown = self._small_metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        middle = seen.center().y()
        base = middle + (self._small_metrics.ascent() - self._small_metrics.descent()) / 2
        painter.drawText(QPointF(seen.left() + 8, base), shown)
        painter.drawText(QPointF(seen.right() - wide - 8, base), figures)

    def _ring(self, painter: QPainter, seen: QRectF, is_selected: bool, focused: bool) -> None:  # noqa: FBT001 - two states
        if seen.isEmpty():
            return
        colour = QColor(self._theme.accent)
        if not is_selected:
            colour.setAlphaF(0.55)
        painter.setPen(QPen(colour, 3.0 if is_selected and focused else 2.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(seen.adjusted(1, 1, -2, -2))
