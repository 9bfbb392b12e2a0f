"""Paints the tree as plain colour strips, for when it is too far away to read."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from core.tree import Origin
from gui.theme import RAMP_DECADES, RAMP_STEPS, Theme
from gui.tree_mirror import CHIP_HEIGHT, LANE_PITCH, ORIGINS, TreeMirror

Pixels = NDArray[np.uint32]


def colour_table(theme: Theme) -> Pixels:
    """Return the colours of a strip as 0xAARRGGBB: all fills, then that of prompt tokens."""
    fills = theme.fill_table().astype(np.uint32)
    shades = 0xFF000000 | fills[:, 0] << 16 | fills[:, 1] << 8 | fills[:, 2]
    return np.append(shades, np.uint32(QColor(theme.hairline).rgb())).astype(np.uint32)


def shades(mirror: TreeMirror, nodes: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return the place of each node's colour in the colour table."""
    with np.errstate(divide="ignore"):
        decades = -np.log10(mirror["probability"][nodes])
    steps = np.clip(np.nan_to_num(decades, nan=0.0, posinf=9.0) / RAMP_DECADES, 0, 1)
    place: NDArray[np.intp] = (steps * (RAMP_STEPS - 1)).astype(np.intp)
    is_prompt = mirror["origin"][nodes] == ORIGINS.index(Origin.PROMPT)
    place[is_prompt | np.isnan(mirror["probability"][nodes])] = RAMP_STEPS
    return place


def paint_strips(
    painter: QPainter, mirror: TreeMirror, theme: Theme, *, view: QRectF, zoom: float
) -> None:
    """Paint what `view` (in tree coordinates) shows; the painter is in window coordinates."""
    placed = mirror.placed
    wide, high = int(np.ceil(view.width() * zoom)), int(np.ceil(view.height() * zoom))
    if not len(placed.lanes) or wide <= 0 or high <= 0:
        return
    x = view.left() + (np.arange(wide) + 0.5) / zoom
    column = np.searchsorted(placed.left, x, side="right") - 1
    on_chip = (column >= 0) & (x < placed.left[column] + placed.widths[column])
    y = view.top() + (np.arange(high) + 0.5) / zoom
    lane = np.floor(y / LANE_PITCH).astype(np.int64)
    on_lane = (lane >= 0) & (lane < len(placed.lanes))
    if LANE_PITCH * zoom > 4:
        on_lane &= y - lane * LANE_PITCH < CHIP_HEIGHT
    rows = np.unique(lane[on_lane])
    if not len(rows):
        return
    place = placed.lanes.start[rows, None] + column[None, :] - placed.lanes.first_column[rows, None]
    inside = on_chip & (place >= placed.lanes.start[rows, None])
    inside &= place < placed.lanes.start[rows + 1, None]
    nodes = placed.lanes.order[np.where(inside, place, 0)]
    # colours are looked up once per visible node, not once per pixel
    all_shades = colour_table(theme)[shades(mirror, placed.lanes.order)]
    ranks = np.empty(len(mirror), np.int32)
    ranks[placed.lanes.order] = np.arange(len(placed.lanes.order), dtype=np.int32)
    colours = np.where(inside, all_shades[ranks[nodes]], np.uint32(0))
    picture = np.zeros((high, wide), np.uint32)
    picture[on_lane] = colours[np.searchsorted(rows, lane[on_lane])]
    image = QImage(picture.data, wide, high, 4 * wide, QImage.Format.Format_ARGB32)
    painter.drawImage(0, 0, image)
