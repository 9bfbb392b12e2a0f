"""What all plots share: axes in the look in force, floors, a ring and a crosshair."""

import math
from collections.abc import Sequence
from typing import Any

import pyqtgraph
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor

from gui.look import Look, Size

_pg: Any = pyqtgraph  # it ships no types that hold

RING = 15
BEHIND = -1000
"""Axes and their grid lie behind all that is plotted."""

NO_PREFIX = ((math.inf, math.inf),)
"""Axes never write 600 for 0.6: their labels have no room for thousandths."""


def ring() -> Any:
    """Return what is put around one point."""
    found: Any = _pg.ScatterPlotItem(size=RING, symbol="o", pxMode=True)
    found.setZValue(10)
    return found


def crosshair() -> Any:
    """Return an upright line that follows the mouse, not yet in sight."""
    found: Any = _pg.InfiniteLine(angle=90, movable=False)
    found.setZValue(-5)
    found.setVisible(False)
    return found


def dress_ring(ring: Any, look: Look) -> None:
    """Give the ring the colour of the look in force."""
    ring.setPen(_pg.mkPen(QColor(look.theme.accent), width=2))
    ring.setBrush(_pg.mkBrush(None))


def dress_crosshair(cross: Any, look: Look) -> None:
    """Give the crosshair the colour of the look in force."""
    cross.setPen(_pg.mkPen(QColor(look.theme.strong_line), width=1))


def place_ring(ring: Any, place: tuple[float, float] | None) -> None:
    """Put the ring around a place, in the plot's own coordinates, or away."""
    place_rings(ring, [] if place is None else [place])


def place_rings(ring: Any, places: Sequence[tuple[float, float]]) -> None:
    """Put rings around places, in the plot's own coordinates."""
    ring.setData([{"pos": place} for place in places])


def dress_axis(plot: Any, side: str, words: str, look: Look, *, ticks: int = 0) -> Any:
    """Dress one axis, `ticks` levels of smaller ones with it; write words where there are any."""
    theme = look.theme
    axis = plot.axis(side)
    axis.setZValue(BEHIND)
    axis.setPen(_pg.mkPen(QColor(theme.hairline), width=1))
    axis.setTextPen(QColor(theme.muted))
    axis.setTickFont(look.font(Size.SMALL))
    axis.setStyle(tickLength=0, tickTextOffset=6, maxTickLevel=ticks)
    if words:
        style = {"color": theme.muted, "font-size": f"{look.pixels(Size.SMALL)}px"}
        axis.setLabel(words, siPrefixEnableRanges=NO_PREFIX, **style)
    return axis


def set_logarithmic(axis: Any, side: str, *, is_log: bool) -> None:
    """Let an axis write the numbers whose logarithms it shows, or plain ones again."""
    axis.setLogMode(x=is_log and side == "bottom", y=is_log and side == "left")
    axis.logTickStrings = _plain_powers


def floor_band(low: float, high: float, look: Look) -> Any:
    """Return a grey band: what lies in it means nothing."""
    grey = QColor(look.theme.muted)
    grey.setAlpha(48)
    band: Any = _pg.LinearRegionItem(
        (low, high), orientation="horizontal", movable=False, brush=grey, pen=_pg.mkPen(None)
    )
    band.setZValue(-10)
    return band


def zero_line(look: Look) -> Any:
    """Return a dashed line at 0."""
    pen = _pg.mkPen(QColor(look.theme.strong_line), width=1, style=Qt.PenStyle.DashLine)
    found: Any = _pg.InfiniteLine(0, angle=0, pen=pen)
    return found


def value_at(plot: Any, at: QPointF) -> float:
    """Return the value on the lower axis under a point of the viewport."""
    scene = plot.mapToScene(at.toPoint())
    return float(plot.view.mapSceneToView(scene).x())


def point_of(plot: Any, place: tuple[float, float]) -> QPointF:
    """Return where a place, in the plot's own coordinates, is on the viewport."""
    scene = plot.view.mapViewToScene(QPointF(*place))
    return QPointF(plot.mapFromScene(scene))


def _plain_powers(values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
    """Return the words of ticks at logarithms: 0.01, 2, 50; others would run together."""
    numbers = [10**value for value in values]
    return [f"{n:.6g}" if f"{n:e}"[0] in "125" else "" for n in numbers]
