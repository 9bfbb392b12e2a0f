"""Paints the tree as plain colour strips, for when it is too far away to read."""

from math import ceil

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter

from gui.look import Look
from gui.scales import UNKNOWN, Scale, table
from gui.theme import RAMP_STEPS, Theme
from gui.tree_layout import Lanes
from gui.tree_mirror import TreeMirror
from gui.tree_places import CHIP_HEIGHT, LANE_PITCH, Packed, Placed, stays

FAR = 4.0
"""Pixels between lanes from which on there is a gap between them."""

Pixels = NDArray[np.uint32]
PROMPT = RAMP_STEPS
NOTHING = RAMP_STEPS + 1
"""Places in the colour table of prompt tokens, and of where there is no token."""


def colour_table(theme: Theme, scale: Scale) -> Pixels:
    """Return the colours of strips as 0xFFRRGGBB: all fills, then prompt tokens, then nothing."""
    fills = table(theme, scale).astype(np.uint32)
    shades = 0xFF000000 | fills[:, 0] << 16 | fills[:, 1] << 8 | fills[:, 2]
    others = [QColor(theme.hairline).rgb(), QColor(theme.panel).rgb()]
    return np.append(shades, np.array(others, np.uint32)).astype(np.uint32)


def shades(mirror: TreeMirror, nodes: NDArray[np.int32], scale: Scale) -> NDArray[np.int16]:
    """Return the place of each node's colour in the colour table."""
    place = mirror.places(nodes, scale)
    place[place == UNKNOWN] = PROMPT
    return place


class StripPainter:
    """Keeps the last picture and the colours of all nodes; what is new is painted into both."""

    def __init__(self, mirror: TreeMirror, look: Look) -> None:
        self._mirror = mirror
        self._scale = look.colouring
        self._table = colour_table(look.theme, self._scale)
        self._version = -1
        self._colours: Pixels = np.empty(0, np.uint32)
        self._drawn: tuple[object, ...] = ()
        self._drawn_version = -1
        self._drawn_of: Placed | None = None
        self._pixels: Pixels = np.empty((0, 0), np.uint32)

    def paint(self, painter: QPainter, *, view: QRectF, zoom: float) -> None:
        """Paint what `view` (in tree coordinates) shows; the painter is in window coordinates."""
        wide, high = int(np.ceil(view.width() * zoom)), int(np.ceil(view.height() * zoom))
        mirror = self._mirror
        if not len(mirror.placed.lanes) or wide <= 0 or high <= 0:
            return
        wanted = (view.getRect(), zoom)
        if wanted != self._drawn or not self._patch(view, zoom):
            self._pixels = self._draw(view, (zoom, zoom), wide, high)
        self._drawn, self._drawn_version, self._drawn_of = wanted, mirror.version, mirror.placed
        image = QImage(self._pixels.data, wide, high, 4 * wide, QImage.Format.Format_RGB32)
        painter.drawImage(0, 0, image)

    def _patch(self, view: QRectF, zoom: float) -> bool:
        """Paint what is new since the last picture into it; return whether that is all it needs."""
        mirror, before = self._mirror, self._drawn_of
        now = mirror.placed
        if before is None or (before is not now and not stays(before, now)):
            return False
        if mirror.version == self._drawn_version:
            return before is now
        news = mirror.news_since(self._drawn_version)
        if news is None or now.packed is not None:  # packed chips may share a pixel
            return False
        chips = sorted({mirror.chip_of(node) for node in news} - {0})
        shade = self._table[shades(mirror, np.array(chips, np.int32), self._scale)]
        room = CHIP_HEIGHT if LANE_PITCH * zoom > FAR else LANE_PITCH
        for chip, colour in zip(chips, shade, strict=True):
            left, top, width = now.box(chip, mirror.column(chip))
            across = _pixels_in(left - view.left(), width, zoom, self._pixels.shape[1])
            down = _pixels_in(top - view.top(), room, zoom, self._pixels.shape[0])
            self._pixels[down, across] = colour
        return True

    def paint_whole(self, painter: QPainter, size: QSize) -> None:
        """Paint the whole tree into this size, each way in its own proportion."""
        width, height = self._mirror.placed.size
        wide, high = size.width(), size.height()
        whole = QRectF(0, 0, width, height + LANE_PITCH - CHIP_HEIGHT)
        zooms = wide / whole.width(), high / whole.height()
        pixels = self._draw(whole, zooms, wide, high)
        image = QImage(pixels.data, wide, high, 4 * wide, QImage.Format.Format_RGB32)
        painter.drawImage(0, 0, image)

    def _colours_of_nodes(self) -> Pixels:
        """Return the colour of every node by its id, and last the one of no node."""
        mirror = self._mirror
        if self._version != mirror.version:
            count = len(mirror)
            news = mirror.news_since(self._version)
            if news is None or len(self._colours) > count + 1:
                nodes = np.arange(count, dtype=np.int32)
                self._colours = np.append(self._of(nodes), self._table[NOTHING])
            else:
                missing = count + 1 - len(self._colours)
                self._colours = np.append(self._colours, np.repeat(self._colours[-1:], missing))
                chips = {mirror.chip_of(node) for node in news} - {0}
                fresh = np.array(sorted(chips.union(range(count - missing, count))), np.int32)
                self._colours[fresh] = self._of(fresh)
            self._version = mirror.version
        return self._colours

    def _of(self, nodes: NDArray[np.int32]) -> Pixels:
        found: Pixels = self._table[shades(self._mirror, nodes, self._scale)]
        return found

    def _draw(self, view: QRectF, zooms: tuple[float, float], wide: int, high: int) -> Pixels:
        placed = self._mirror.placed
        if placed.packed is not None:
            return self._draw_packed(placed, placed.packed, view, zooms, (wide, high))
        lanes = placed.lanes
        x = view.left() + (np.arange(wide) + 0.5) / zooms[0]
        column = np.searchsorted(placed.left, x, side="right") - 1
        on_chip = (column >= 0) & (x < placed.left[column] + placed.widths[column])
        lane, on_lane = _lanes_of_rows(lanes, view, zooms[1], high)
        # each cell is looked up once, then spread over the pixels that it takes
        rows, row_of = np.unique(np.where(on_lane, lane, -1), return_inverse=True)
        columns, column_of = np.unique(np.where(on_chip, column, -1), return_inverse=True)
        colours = self._colours_of_nodes()
        begin = lanes.start[rows][:, None]
        place = (columns - lanes.first_column[rows][:, None]).astype(np.int32) + begin
        inside = (place >= begin) & (place < lanes.start[rows + 1][:, None])
        inside &= (columns >= 0)[None, :] & (rows >= 0)[:, None]
        place[~inside] = 0
        cells = colours[lanes.order[place]]
        cells[~inside] = colours[-1]
        return np.ascontiguousarray(cells[:, column_of][row_of])

    def _draw_packed(
        self,
        placed: Placed,
        packed: Packed,
        view: QRectF,
        zooms: tuple[float, float],
        size: tuple[int, int],
    ) -> Pixels:
        """Spread each chip over the pixels from its left edge on, where no column tells them."""
        wide, high = size
        lanes, colours = placed.lanes, self._colours_of_nodes()
        lane, on_lane = _lanes_of_rows(lanes, view, zooms[1], high)
        rows, row_of = np.unique(np.where(on_lane, lane, -1), return_inverse=True)
        seen = rows[rows >= 0]
        begin, end = lanes.start[seen], lanes.start[seen + 1]
        spots = np.repeat(begin - np.cumsum(end - begin) + (end - begin), end - begin)
        spots += np.arange(len(spots))
        nodes = lanes.order[spots]
        line = np.repeat(np.searchsorted(rows, seen), end - begin)
        first = np.floor((packed.left[nodes] - view.left()) * zooms[0]).astype(np.int64)
        last = np.ceil((packed.left[nodes] + packed.width[nodes] - view.left()) * zooms[0])
        inside = (last > 0) & (first < wide)
        first, last = np.clip(first[inside], 0, wide), np.clip(last[inside], 0, wide)
        # odd numbers begin a chip, even ones the gap after it; each reaches to the next
        events = np.zeros((len(rows), wide + 1), np.int32)
        number = 2 * np.arange(len(first), dtype=np.int32)
        events[line[inside], last.astype(np.int64)] = number + 2
        events[line[inside], first] = number + 1
        np.maximum.accumulate(events, axis=1, out=events)
        shade = np.full(2 * len(first) + 1, colours[-1])
        shade[1::2] = colours[nodes[inside]]
        return np.ascontiguousarray(shade[events[:, :wide]][row_of])


def _lanes_of_rows(
    lanes: Lanes, view: QRectF, zoom: float, high: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the lane under each row of pixels, and whether the row is on a lane's chips."""
    y = view.top() + (np.arange(high) + 0.5) / zoom
    lane = np.floor(y / LANE_PITCH).astype(np.int32)
    on_lane = (lane >= 0) & (lane < len(lanes))
    if LANE_PITCH * zoom > FAR:
        on_lane &= y - lane * LANE_PITCH < CHIP_HEIGHT
    return lane, on_lane


def _pixels_in(begin: float, length: float, zoom: float, count: int) -> slice:
    """Return the pixels, of so many, whose middles lie within a stretch of the tree."""
    first, last = (ceil(edge * zoom - 0.5) for edge in (begin, begin + length))
    return slice(min(max(first, 0), count), min(max(last, 0), count))
