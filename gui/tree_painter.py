"""Paints the part of the tree that is in view: lanes, connectors, chips, labels, ghosts."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPen

from core.tree import Origin
from gui.branch_marks import BranchMarks
from gui.chip_painter import GHOST_HEIGHT, GHOST_PITCH, Chip, ChipPainter
from gui.ghosts import Ghosts
from gui.look import Look, Size
from gui.marks import paint_mark
from gui.theme import readable
from gui.tree_mirror import TreeMirror
from gui.tree_places import CHIP_HEIGHT, LANE_PITCH, Placed

LABEL_LIFT = 7.0
ELBOW = 7.0
STEM = 5.0
MARK_ROOM = 11.0
"""Window pixels between lanes that leave room for marks."""


@dataclass(frozen=True, slots=True)
class Lit:
    """What stands out: the selected node, the one pointed at, a ghost, whether keys arrive here."""

    selected: int
    pointed: int
    ghost: int | None
    focused: bool


class TreePainter:
    """Holds what a look needs; paints in coordinates where a chip is 32 high."""

    def __init__(self, mirror: TreeMirror, marks: BranchMarks, look: Look) -> None:
        self._mirror = mirror
        self._marks = marks
        self._theme = look.theme
        self.chips = ChipPainter(look)
        self._label_font = look.font(Size.SMALL, weight=QFont.Weight.DemiBold)

    def paint(self, painter: QPainter, view: QRectF, *, stalled: bool) -> None:
        """Paint every chip that `view` touches, and the lines between them.

        `stalled` says that the disk lags behind, so that unsaved nodes are dimmed.
        """
        placed = self._mirror.placed
        if not len(placed.lanes):
            return
        lanes, columns = self._seen(placed, view)
        self._connectors(painter, placed, lanes, columns)
        for node in placed.lanes.between(lanes, columns).tolist():
            self._chip(painter, placed, node, stalled=stalled)

    def paint_over(self, painter: QPainter, view: QRectF, lit: Lit) -> None:
        """Paint what changes without the tree: the way to the selected node, rings, labels."""
        placed = self._mirror.placed
        if not len(placed.lanes):
            return
        self._route(painter, placed, self._mirror.path(lit.selected), view)
        for node in dict.fromkeys((lit.selected, lit.pointed)):
            if node and placed.shown[node]:
                self._ring(painter, placed, node, lit)
        self._labels(painter, placed, self._seen(placed, view)[0], view)

    @staticmethod
    def _seen(placed: Placed, view: QRectF) -> tuple[tuple[int, int], tuple[int, int]]:
        lanes = (int(view.top() // LANE_PITCH), int(view.bottom() // LANE_PITCH) + 1)
        columns = (max(0, placed.column_at(view.left())), placed.column_at(view.right()) + 1)
        return lanes, columns

    def _chip(self, painter: QPainter, placed: Placed, node: int, *, stalled: bool) -> None:
        mirror = self._mirror
        left, top, width = placed.box(node, mirror.column(node))
        owner = int(mirror.owner[node])
        origin = mirror.origin(node)
        chip = Chip(
            text=mirror.text(node),
            probability=mirror.probability(node),
            origin=origin,
            mark=self._marks.mark(owner, self._theme),
            corner=self._marks.starts(node) or origin is Origin.INSERTED,
            special=bool(mirror["special"][node]),
            exact=bool(mirror["exact"][node]),
            joins=bool(mirror["joins"][node]),
            saved=not stalled or mirror.is_settled(node),
        )
        self.chips.paint(painter, QRectF(left, top, width, CHIP_HEIGHT), chip)

    def _connectors(
        self, painter: QPainter, placed: Placed, lanes: tuple[int, int], columns: tuple[int, int]
    ) -> None:
        """Paint a grey stem from each forking token, with an elbow in each branch's colour."""
        heads = placed.lanes.heads()
        above = self._mirror["parent"][heads]
        forks = np.flatnonzero(above != 0)
        parent_lane = placed.lanes.lane[above[forks]]
        column = placed.lanes.first_column[forks]
        seen = (forks >= lanes[0]) & (parent_lane < lanes[1])
        seen &= (column >= columns[0]) & (column <= columns[1])
        stems: dict[int, tuple[float, float, float]] = {}
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for place in np.flatnonzero(seen).tolist():
            lane, top_lane = int(forks[place]), int(parent_lane[place])
            left = float(placed.left[column[place]])
            top = top_lane * LANE_PITCH + CHIP_HEIGHT / 2
            bottom = lane * LANE_PITCH + CHIP_HEIGHT / 2
            parent = int(above[lane])
            stems[parent] = (left, top, max(bottom, stems.get(parent, (0, 0, bottom))[2]))
            elbow = QPainterPath(QPointF(left - ELBOW - STEM + 2, bottom - ELBOW))
            elbow.quadTo(left - ELBOW - STEM + 2, bottom, left - STEM + 2, bottom)
            elbow.lineTo(left, bottom)
            mark = self._marks.mark(int(self._mirror.owner[heads[lane]]), self._theme)
            painter.setPen(QPen(QColor(mark.colour), 2.0))
            painter.drawPath(elbow)
        painter.setPen(QPen(QColor(self._theme.strong_line), 1.5))
        for left, top, bottom in stems.values():
            x = left - ELBOW - STEM + 2
            painter.drawLine(QPointF(x, top), QPointF(x, bottom - ELBOW))
            painter.drawLine(QPointF(x - 4, top), QPointF(left, top))

    def _route(self, painter: QPainter, placed: Placed, path: list[int], view: QRectF) -> None:
        """Underline the selected path from the first token to the selected one."""
        pen = QPen(QColor(self._theme.accent), 2.0)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        start: tuple[float, float] | None = None
        for place, node in enumerate(path):
            if not placed.shown[node]:
                return
            column = self._mirror.column(node)
            left, top, width = placed.box(node, column)
            line = top + CHIP_HEIGHT + 3.5
            start = start or (left + 1, line)
            is_last = place + 1 == len(path)
            if is_last or placed.lanes.lane[path[place + 1]] != placed.lanes.lane[node]:
                if view.top() <= line <= view.bottom():
                    painter.drawLine(QPointF(*start), QPointF(left + width - 1, line))
                start = None

    def _ring(self, painter: QPainter, placed: Placed, node: int, lit: Lit) -> None:
        left, top, width = placed.box(node, self._mirror.column(node))
        colour = QColor(self._theme.accent)
        if node != lit.selected:
            colour.setAlphaF(0.55)
        painter.setPen(QPen(colour, 2.0 if lit.focused or node != lit.selected else 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(left - 3, top - 3, width + 6, CHIP_HEIGHT + 6), 7.5, 7.5)

    def _labels(
        self, painter: QPainter, placed: Placed, lanes: tuple[int, int], view: QRectF
    ) -> None:
        """Write each branch's name above its first chip; it stays in view while its lane does."""
        painter.setFont(self._label_font)
        ends = placed.lanes.first_column + np.diff(placed.lanes.start) - 1
        for lane in range(max(lanes[0], 0), min(lanes[1] + 1, len(placed.lanes))):
            inside = placed.lanes.order[placed.lanes.start[lane] : placed.lanes.start[lane + 1]]
            owners = self._mirror.owner[inside]
            for first in np.unique(owners[owners > 0]).tolist():
                if not self._marks.starts(first):
                    continue
                column = self._mirror.column(first)
                last = float(placed.left[ends[lane]] + placed.widths[ends[lane]])
                left = max(float(placed.left[column]) + 1, min(view.left() + 8, last - 40))
                mark = self._marks.mark(first, self._theme)
                painter.setPen(QColor(readable(mark.colour, self._theme.panel, self._theme.ink)))
                painter.drawText(
                    QPointF(left, lane * LANE_PITCH - LABEL_LIFT), self._marks.label(first)
                )

    def paint_ghosts(self, painter: QPainter, ghosts: Ghosts, lit: int | None) -> None:
        """Paint the tokens that could follow the selected one."""
        for place, box in enumerate(self.ghost_boxes(ghosts)):
            ghost = ghosts.ghosts[place]
            self.chips.paint_ghost(
                painter, box, text=ghost.text, probability=ghost.probability, lit=place == lit
            )
        below = ghosts.top + len(ghosts.ghosts) * GHOST_PITCH + 13
        self.chips.paint_note(painter, QPointF(ghosts.left + 10, below), ghosts.note)

    def ghost_boxes(self, ghosts: Ghosts) -> list[QRectF]:
        """Return where each ghost stands."""
        width = self.chips.ghost_width([ghost.text for ghost in ghosts.ghosts])
        return [
            QRectF(ghosts.left, ghosts.top + place * GHOST_PITCH, width, GHOST_HEIGHT)
            for place in range(len(ghosts.ghosts))
        ]

    def paint_from_afar(self, painter: QPainter, view: QRectF, lit: Lit, zoom: float) -> None:
        """Mark the selected node, and each branch where there is room, over the strips."""
        placed = self._mirror.placed
        node = lit.selected
        if node and placed.shown[node]:
            left, top, width = placed.box(node, self._mirror.column(node))
            painter.setPen(QPen(QColor(self._theme.accent), 2.0 / zoom))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            grow = 2.5 / zoom
            box = QRectF(left, top, width, CHIP_HEIGHT).adjusted(-grow, -grow, grow, grow)
            painter.drawRoundedRect(box, 3 / zoom, 3 / zoom)
        if LANE_PITCH * zoom < MARK_ROOM:
            return
        firsts = np.fromiter(self._marks.branches, np.int32)
        lanes = placed.lanes.lane[firsts]
        seen = (lanes >= max(0, view.top() // LANE_PITCH)) & (lanes <= view.bottom() // LANE_PITCH)
        for first in firsts[seen].tolist():
            if self._marks.starts(first):
                left, top, _ = placed.box(first, self._mirror.column(first))
                centre = QPointF(left, top + CHIP_HEIGHT / 2)
                paint_mark(painter, centre, self._marks.mark(first, self._theme), 9 / zoom)
