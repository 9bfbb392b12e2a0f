"""Paints the part of the tree that is in view: lanes, connectors, chips, labels, ghosts."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from core.tree import Origin
from gui import figures
from gui.branch_marks import BranchMarks
from gui.chip_painter import GHOST_HEIGHT, GHOST_PITCH, Chip, ChipPainter
from gui.ghosts import Ghosts
from gui.look import Look, Size
from gui.marks import paint_mark
from gui.theme import readable
from gui.tree_mirror import TreeMirror
from gui.tree_places import CHIP_HEIGHT, FORK_GAP, LANE_PITCH, Placed

LABEL_LIFT, LABEL_GAP, LEAST_LABEL = 7.0, 8.0, 24.0
"""How far names stand above chips, how far from each other, and what room one needs at least."""

ELBOW = 7.0
STEM = 5.0
CORNER = 9.0
NEAR = 1.0
"""The width of lines among chips: they grow with these."""

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
        self._scale = look.colouring
        self.chips = ChipPainter(look)
        self._label_font = look.font(Size.SMALL, weight=QFont.Weight.DemiBold)
        self._label_metrics = QFontMetricsF(self._label_font)

    def paint(self, painter: QPainter, view: QRectF, *, stalled: bool) -> None:
        """Paint every chip that `view` touches, and the lines between them.

        `stalled` says that the disk lags behind, so that unsaved nodes are dimmed.
        """
        placed = self._mirror.placed
        if not len(placed.lanes):
            return
        lanes = self._seen(view)
        self._connectors(painter, placed, lanes, view)
        nodes = placed.nodes_in(lanes, (view.left(), view.right()))
        places = self._mirror.places(nodes, self._scale).tolist()
        for node, place in zip(nodes.tolist(), places, strict=True):
            self._chip(painter, placed, node, place, stalled=stalled)

    def paint_over(self, painter: QPainter, view: QRectF, lit: Lit) -> None:
        """Paint what changes without the tree: the way to the selected node, rings, labels."""
        placed = self._mirror.placed
        if not len(placed.lanes):
            return
        self._light(painter, view, lit, NEAR)
        self._labels(painter, placed, self._seen(view), view)

    @staticmethod
    def _seen(view: QRectF) -> tuple[int, int]:
        return int(view.top() // LANE_PITCH), int(view.bottom() // LANE_PITCH) + 1

    def _chip(
        self, painter: QPainter, placed: Placed, node: int, place: int, *, stalled: bool
    ) -> None:
        mirror = self._mirror
        left, top, width = placed.box(node, mirror.column(node))
        owner = int(mirror.owner[node])
        origin = mirror.origin(node)
        chip = Chip(
            text=mirror.text(node),
            probability=mirror.probability(node),
            place=place,
            origin=origin,
            mark=self._marks.mark(owner, self._theme),
            corner=self._marks.starts(node) or origin is Origin.INSERTED,
            special=bool(mirror["special"][node]),
            exact=bool(mirror["exact"][node]),
            joins=bool(mirror["joins"][node]),
            saved=not stalled or mirror.is_settled(node),
            odd=any(bool(mirror["odd"][part]) for part in mirror.parts(node)),
        )
        self.chips.paint(painter, QRectF(left, top, width, CHIP_HEIGHT), chip)
        if node in mirror.wish.folded:
            self.chips.paint_fold(painter, self.fold_box(placed, node), self.fold_words(node))

    def fold_words(self, node: int) -> str:
        """Return what stands for all that is folded away after a node."""
        tokens, ends = self._mirror.folded_away(node)
        return f"+{figures.counted(tokens, 'token')}, {figures.counted(ends, 'branch', 'branches')}"

    def fold_box(self, placed: Placed, node: int) -> QRectF:
        """Return where the sign of a fold stands: right of its chip."""
        left, top, width = placed.box(node, self._mirror.column(node))
        wide = self.chips.note_width(self.fold_words(node)) + 20
        return QRectF(left + width + 6, top + (CHIP_HEIGHT - GHOST_HEIGHT) / 2, wide, GHOST_HEIGHT)

    def _connectors(
        self, painter: QPainter, placed: Placed, lanes: tuple[int, int], view: QRectF
    ) -> None:
        """Paint a grey stem from each forking token, with an elbow in each branch's colour."""
        heads = placed.lanes.heads()
        above = self._mirror.up[heads]
        forks = np.flatnonzero(above != 0)
        parent_lane = placed.lanes.lane[above[forks]]
        begin = placed.spans()[0][forks]
        seen = (forks >= lanes[0]) & (parent_lane < lanes[1])
        seen &= (begin >= view.left() - FORK_GAP) & (begin <= view.right() + FORK_GAP)
        stems: dict[int, tuple[float, float, float]] = {}
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for place in np.flatnonzero(seen).tolist():
            lane, top_lane = int(forks[place]), int(parent_lane[place])
            left = float(begin[place])
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

    def _light(self, painter: QPainter, view: QRectF, lit: Lit, pixel: float) -> None:
        """Underline the selected path, and ring the selected node and the one pointed at."""
        self._route(painter, self._mirror.path(lit.selected), view, pixel)
        chips = (self._mirror.chip_of(lit.selected), self._mirror.chip_of(lit.pointed))
        for node in dict.fromkeys(chips):
            if node:
                self._ring(painter, node, lit, pixel)

    def _route(self, painter: QPainter, path: list[int], view: QRectF, pixel: float) -> None:
        """Underline the selected path from the first token to the selected one, lane by lane."""
        pen = QPen(QColor(self._theme.accent), 2.0 * pixel)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        placed = self._mirror.placed
        nodes = np.array(path, np.int32)
        leaves = np.flatnonzero(np.diff(placed.lanes.lane[nodes])) + 1
        for stretch in np.split(nodes, leaves) if path else ():
            begin, end = int(stretch[0]), int(stretch[-1])
            left, top, _ = placed.box(begin, self._mirror.column(begin))
            right, _, width = placed.box(end, self._mirror.column(end))
            line = top + CHIP_HEIGHT + 3.5 * pixel
            if view.top() <= line <= view.bottom():
                painter.drawLine(QPointF(left + 1, line), QPointF(right + width - 1, line))

    def _ring(self, painter: QPainter, node: int, lit: Lit, pixel: float) -> None:
        left, top, width = self._mirror.placed.box(node, self._mirror.column(node))
        colour = QColor(self._theme.accent)
        is_selected = node == self._mirror.chip_of(lit.selected)
        if not is_selected:
            colour.setAlphaF(0.55)
        painter.setPen(QPen(colour, (2.0 if lit.focused or not is_selected else 1.5) * pixel))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        grow = 3 * pixel
        box = QRectF(left, top, width, CHIP_HEIGHT).adjusted(-grow, -grow, grow, grow)
        painter.drawRoundedRect(box, 4.5 + grow, 4.5 + grow)

    def _labels(
        self, painter: QPainter, placed: Placed, lanes: tuple[int, int], view: QRectF
    ) -> None:
        """Write each branch's name above its first chip; it stays in view while its lane does.

        Where another branch goes on in the same lane, the name ends before that one's begins.
        """
        painter.setFont(self._label_font)
        ends = placed.spans()[1]
        named: dict[int, list[tuple[float, int]]] = {}
        for lane, first in self._branches_in(placed, lanes):
            if self._marks.starts(first) and placed.shown[first]:
                begin = placed.box(first, self._mirror.column(first))[0]
                named.setdefault(lane, []).append((begin, first))
        for lane, begun in named.items():
            begun.sort()
            borders = [begin for begin, _ in begun[1:]] + [math.inf]
            for (begin, first), border in zip(begun, borders, strict=True):
                end = min(float(ends[lane]), border)
                left = max(begin + 1, min(view.left() + 8, end - 40))
                self._label(painter, first, QPointF(left, lane * LANE_PITCH), border - left)

    def _label(self, painter: QPainter, first: int, place: QPointF, room: float) -> None:
        """Write one name, cut where it has less room than it takes, or not at all."""
        name = self._marks.label(first)
        if room < self._label_metrics.horizontalAdvance(name) + LABEL_GAP:
            if room < LEAST_LABEL:
                return
            name = self._label_metrics.elidedText(
                name, Qt.TextElideMode.ElideRight, room - LABEL_GAP
            )
        mark = self._marks.mark(first, self._theme)
        painter.setPen(QColor(readable(mark.colour, self._theme.panel, self._theme.ink)))
        painter.drawText(place - QPointF(0, LABEL_LIFT), name)

    def _branches_in(self, placed: Placed, lanes: tuple[int, int]) -> Iterable[tuple[int, int]]:
        """Return each lane with each branch that has nodes on it, by first node, once."""
        first, last = max(lanes[0], 0), min(lanes[1] + 1, len(placed.lanes))
        if last <= first:
            return ()
        inside = placed.lanes.order[placed.lanes.start[first] : placed.lanes.start[last]]
        owner, lane = self._mirror.owner[inside], placed.lanes.lane[inside]
        begins = np.ones(len(inside), np.bool_)
        begins[1:] = (owner[1:] != owner[:-1]) | (lane[1:] != lane[:-1])
        begins &= owner > 0
        pairs = zip(lane[begins].tolist(), owner[begins].tolist(), strict=True)
        return dict.fromkeys(pairs)

    def paint_noted(self, painter: QPainter, view: QRectF, nodes: Iterable[int]) -> None:
        """Mark the chips at which the user wrote something down, each with a folded corner."""
        placed = self._mirror.placed
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self._theme.accent))
        for chip in {self._mirror.chip_of(node) for node in nodes} - {0}:
            left, top, _ = placed.box(chip, self._mirror.column(chip))
            if view.adjusted(-CORNER, -CORNER, 0, 0).contains(QPointF(left, top)):
                corner = QPointF(left + 1, top + 1)
                along, down = QPointF(CORNER, 0), QPointF(0, CORNER)
                painter.drawPolygon(QPolygonF([corner, corner + along, corner + down]))

    def paint_ghosts(self, painter: QPainter, ghosts: Ghosts, lit: int | None) -> None:
        """Paint the tokens that could follow the selected one."""
        for place, box in enumerate(self.ghost_boxes(ghosts)):
            ghost = ghosts.ghosts[place]
            self.chips.paint_ghost(
                painter, box, text=ghost.text, probability=ghost.probability, lit=place == lit
            )
        if ghosts.heading:
            above = QPointF(ghosts.left + 10, ghosts.top - LABEL_LIFT)
            self.chips.paint_note(painter, above, ghosts.heading)
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
        """Light what is selected, and mark each branch where there is room, over the strips."""
        placed = self._mirror.placed
        self._light(painter, view, lit, 1 / zoom)
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
