"""What a curve of the lab's figures looks like: line, points, thread, area, columns, cells."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyqtgraph
from PySide6.QtGui import QColor

from core.lab.experiment import Shape, width_of
from gui.marks import branch_pen, shape_path
from gui.theme import Mark

_pg: Any = pyqtgraph  # it ships no types that hold

FEW = 8
"""Up to so many points have bars instead of a band."""

CELL = 0.9
"""How much of its place a cell of a raster fills."""


@dataclass(frozen=True, slots=True)
class Points:
    """A curve in the plot's own units; `bounds` are the ends of its intervals, or ().

    With bars of intervals it stands `aside` by so much, so that several curves do not hide each
    other.
    """

    x: Sequence[float]
    y: Sequence[float]
    bounds: Sequence[tuple[float, float]]
    aside: float = 0.0

    def set_aside(self) -> "Points":
        """Return the curve where it is drawn: each bar has its dot on it."""
        return replace(self, x=[x + self.aside for x in self.x] if self.bounds else self.x)


def items_of(points: Points, mark: Mark, shape: Shape, *, hollow: bool) -> list[Any]:
    """Return what a plot adds for a curve."""
    colour = QColor(mark.colour)
    found: list[Any] = []
    match shape:
        case Shape.FRAME:
            pass
        case Shape.THREAD:
            found = [_line(points, mark, 1.0, 90)]
        case Shape.AREA:
            found = [_area(points, colour, 120), _line(points, mark, 1.2, 255)]
        case Shape.COLUMNS:
            found = [_boxes(points, colour, from_zero=True)]
        case Shape.CELLS:
            found = [_boxes(points, colour, from_zero=False)]
        case Shape.POINTS:
            own = points.set_aside()
            found = [*_bars(own, colour), _dots(own, mark, hollow=hollow)]
        case Shape.LINE:
            found = _curve(points, mark, hollow=hollow)
    return found


def _curve(points: Points, mark: Mark, *, hollow: bool) -> list[Any]:
    """Return a line with a band where it has many points; with bars and dots where it has few."""
    colour = QColor(mark.colour)
    found: list[Any] = []
    if points.bounds and len(points.x) > FEW:
        found.append(_area(points, colour, 40))
    elif points.bounds:
        points = points.set_aside()
        found += _bars(points, colour)
    found.append(_line(points, mark, 2.0, 255))
    if len(points.x) <= 2 * FEW:
        found.append(_dots(points, mark, hollow=hollow))
    return found


def _line(points: Points, mark: Mark, width: float, alpha: int) -> Any:
    pen = branch_pen(mark, width)
    colour = QColor(mark.colour)
    colour.setAlpha(alpha)
    pen.setColor(colour)
    return _pg.PlotCurveItem(list(points.x), list(points.y), pen=pen)


def _dots(points: Points, mark: Mark, *, hollow: bool) -> Any:
    colour = QColor(mark.colour)
    return _pg.ScatterPlotItem(
        list(points.x),
        list(points.y),
        symbol=shape_path(mark.shape, 1.0),
        size=8,
        pen=_pg.mkPen(colour, width=1.4) if hollow else _pg.mkPen(None),
        brush=_pg.mkBrush(None) if hollow else _pg.mkBrush(colour),
    )


def _bars(points: Points, colour: QColor) -> list[Any]:
    if not points.bounds:
        return []
    import numpy as np  # noqa: PLC0415 - pyqtgraph's bars want arrays

    return [
        _pg.ErrorBarItem(
            x=np.array(points.x),
            y=np.array(points.y),
            top=np.array([h - y for (_, h), y in zip(points.bounds, points.y, strict=True)]),
            bottom=np.array([y - low for (low, _), y in zip(points.bounds, points.y, strict=True)]),
            beam=0.0,
            pen=_pg.mkPen(colour, width=1.2),
        )
    ]


def _area(points: Points, colour: QColor, alpha: int) -> Any:
    faint = QColor(colour)
    faint.setAlpha(alpha)
    edges = [
        _pg.PlotCurveItem(list(points.x), [bound[side] for bound in points.bounds])
        for side in (0, 1)
    ]
    area: Any = _pg.FillBetweenItem(*edges, brush=_pg.mkBrush(faint))
    area.setZValue(-5)
    return area


def _boxes(points: Points, colour: QColor, *, from_zero: bool) -> Any:
    wide = CELL * width_of(points.x)
    heights = list(points.y) if from_zero else [CELL] * len(points.y)
    bottoms = [0.0] * len(points.y) if from_zero else [y - CELL / 2 for y in points.y]
    faint = QColor(colour)
    faint.setAlpha(150 if from_zero else 255)
    return _pg.BarGraphItem(
        x=list(points.x), y0=bottoms, height=heights, width=wide, brush=faint, pen=_pg.mkPen(None)
    )
