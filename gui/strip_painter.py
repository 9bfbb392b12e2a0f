"""Paints the tree as plain colour strips, for when it is too far away to read."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter

from gui.look import Look
from gui.scales import UNKNOWN, Scale, table
from gui.theme import RAMP_STEPS, Theme
from gui.tree_layout import Lanes
from gui.tree_mirror import TreeMirror
from gui.tree_places import CHIP_HEIGHT, LANE_PITCH, Packed, Placed

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
    """Keeps the last picture, and the colours of all nodes as long as the tree stays the same."""

    def __init__(self, mirror: TreeMirror, look: Look) -> None:
        self._mirror = mirror
        self._scale = look.colouring
        self._table = colour_table(look.theme, self._scale)
        self._version = -1
        self._colours: Pixels = np.empty(0, np.uint32)
        self._drawn: tuple[object, ...] = ()
        self._pixels: Pixels = np.empty((0, 0), np.uint32)

    def paint(self, painter: QPainter, *, view: QRectF, zoom: float) -> None:
        """Paint what `view` (in tree coordinates) shows; the painter is in window coordinates."""
        wide, high = int(np.ceil(view.width() * zoom)), int(np.ceil(view.height() * zoom))
        if not len(self._mirror.placed.lanes) or wide <= 0 or high <= 0:
            return
        wanted = (view.getRect(), zoom, self._mirror.version, id(self._mirror.placed))
        if wanted != self._drawn:
            self._pixels = self._draw(view, (zoom, zoom), wide, high)
            self._drawn = wanted
        image = QImage(self._pixels.data, wide, high, 4 * wide, QImage.Format.Format_RGB32)
        painter.drawImage(0, 0, image)

    def paint_whole(self, painter: QPainter, size: QSize) -> None:
        """Paint the whole tree into this size, each way in its own proportion."""
        width, height = self._mirror.placed.size
        wide, high = size.width(), size.height()
        whole = QRectF(0, 0, width, height + LANE_PITCH - CHIP_HEIGHT)
        zooms = wide / whole.width(), high / whole.height()
        pixels = self._draw(whole, zooms, wide, high)
        image = QImage(pixels.data, wide, high, 4 * wide, QImage.Format.Format_RGB32)
        painter.drawImage(0, 0, image)

    def _colours_in_order(self) -> Pixels:
        """Return the colour of every node in the order of lanes, and one more for no node."""
        if self._version != self._mirror.version:
            self._version = self._mirror.version
            order = self._mirror.placed.lanes.order
            self._colours = self._table[
                np.append(shades(self._mirror, order, self._scale), np.int16(NOTHING))
            ]
        return self._colours

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
        colours = self._colours_in_order()
        nothing = len(colours) - 1
        begin = lanes.start[rows][:, None]
        place = (columns - lanes.first_column[rows][:, None]).astype(np.int32) + begin
        inside = (place >= begin) & (place < lanes.start[rows + 1][:, None])
        inside &= (columns >= 0)[None, :] & (rows >= 0)[:, None]
        cells = colours[np.where(inside, place, nothing)]
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
        lanes, colours = placed.lanes, self._colours_in_order()
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
        shade[1::2] = colours[spots[inside]]
        return np.ascontiguousarray(shade[events[:, :wide]][row_of])


def _lanes_of_rows(
    lanes: Lanes, view: QRectF, zoom: float, high: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the lane under each row of pixels, and whether the row is on a lane's chips."""
    y = view.top() + (np.arange(high) + 0.5) / zoom
    lane = np.floor(y / LANE_PITCH).astype(np.int32)
    on_lane = (lane >= 0) & (lane < len(lanes))
    if LANE_PITCH * zoom > 4:
        on_lane &= y - lane * LANE_PITCH < CHIP_HEIGHT
    return lane, on_lane
