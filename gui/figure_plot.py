"""Plots a figure of the lab: curves with their intervals, floors as grey bands, points of items."""

import html
import math
from typing import Any

import pyqtgraph
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from core.branches import Role
from core.lab.experiment import Shape as Drawn
from core.lab.experiment import reach_of
from gui import figures
from gui.bare_plot import BarePlot
from gui.figure_picture import Curve, Picture
from gui.figure_shapes import Points, items_of
from gui.look import Look
from gui.plot_frame import (
    dress_axis,
    dress_ring,
    floor_band,
    place_ring,
    point_of,
    ring,
    set_logarithmic,
    zero_line,
)
from gui.plot_places import nearest
from gui.theme import Mark, Shape, Theme, readable

_pg: Any = pyqtgraph  # it ships no types that hold

NEAR = 16.0
"""Pixels within which the mouse is on a point."""

LEAST = 1e-4
"""Log axes begin here: what is smaller is drawn at the edge."""

GLYPHS = {
    Shape.RING: "○",
    Shape.CIRCLE: "●",
    Shape.TRIANGLE: "▲",
    Shape.DIAMOND: "◆",
    Shape.SQUARE: "■",
    Shape.STAR: "★",
    Shape.PENTAGON: "⬟",
    Shape.CROSS: "✚",
    Shape.DROP: "▼",
}
HOLLOW = dict(zip("●▲◆■★⬟▼", "○△◇□☆⬠▽", strict=True))
DECADE = 1.0
"""How far beyond the curves, as a power of ten, a logarithmic axis follows an interval."""

MANY_TICKS = 12
"""Up to so many whole numbers all stand at the lower axis."""

ASIDE = 0.007
"""How far the bars of two curves stand from each other, as a share of the lower axis."""

SECOND_DASH = (1.5, 2.5)


class FigurePlot(QWidget):
    """Says `chosen` with the name of the item whose point was clicked."""

    chosen = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._picture: Picture | None = None
        self._plot = BarePlot(self)
        self._ring = ring()
        self.legend = QLabel()
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        self.pointed = QLabel()
        self.pointed.setObjectName("small")
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 4, 0, 0)
        box.setSpacing(4)
        box.addWidget(self.legend)
        box.addWidget(self._plot, 1)
        box.addWidget(self.pointed)
        self._plot.setMinimumHeight(140)
        self._plot.setVisible(False)
        look.changed.connect(self._draw)

    @property
    def picture(self) -> Picture | None:
        """What is plotted."""
        return self._picture

    def show_picture(self, picture: Picture | None) -> None:
        """Plot this, or nothing."""
        if picture == self._picture:
            return
        self._picture = picture
        self.pointed.clear()
        self._plot.setVisible(picture is not None)
        if picture is not None:
            self.setAccessibleName(f"{picture.title}: {picture.up} by {picture.across}")
        self._draw()

    def place_of(self, item: str) -> QPointF | None:
        """Return where an item's point is, in the plot's viewport, or None."""
        picture = self._picture
        if picture is None or item not in picture.items:
            return None
        number = picture.items.index(item)
        curve = picture.curves[0]
        return point_of(self._plot, (self._across(curve.x[number]), self._up(curve.y[number])))

    @property
    def viewport(self) -> QWidget:
        """What the mouse clicks."""
        found: QWidget = self._plot.viewport()
        return found

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """Name the point under the mouse, and choose it with a click."""
        if isinstance(event, QMouseEvent) and self._picture is not None and self._picture.items:
            item = self._item_near(event.position())
            if event.type() is QEvent.Type.MouseMove:
                self._point_at(item)
            elif event.type() is QEvent.Type.MouseButtonRelease and item:
                self.chosen.emit(item)
        return super().eventFilter(watched, event)

    def _item_near(self, at: QPointF) -> str:
        picture = self._picture
        if picture is None or not picture.items:
            return ""
        curve = picture.curves[0]
        points = zip(map(self._across, curve.x), map(self._up, curve.y), strict=True)
        return nearest(self._plot, dict(zip(picture.items, points, strict=True)), at, NEAR) or ""

    def _point_at(self, item: str) -> None:
        picture = self._picture
        shape = Qt.CursorShape.PointingHandCursor if item else Qt.CursorShape.ArrowCursor
        self._plot.viewport().setCursor(shape)
        if not item or picture is None:
            place_ring(self._ring, None)
            self.pointed.setText(CLICK)
            return
        number = picture.items.index(item)
        curve = picture.curves[0]
        x, y = curve.x[number], curve.y[number]
        place_ring(self._ring, (self._across(x), self._up(y)))
        self.pointed.setText(f"{item}: {figures.plain(y)} · a click shows its fork in the tree")

    def _across(self, value: float) -> float:
        assert self._picture is not None
        return math.log10(max(value, LEAST)) if self._picture.log_x else value

    def _up(self, value: float) -> float:
        assert self._picture is not None
        return math.log10(max(value, LEAST)) if self._picture.log_y else value

    def _draw(self) -> None:
        theme = self._look.theme
        self._plot.clear()
        self._plot.setBackground(QColor(theme.panel))
        self.legend.clear()
        picture = self._picture
        if picture is None:
            return
        self._dress_axes(picture)
        for band in picture.bands:
            low = math.log10(LEAST) - 1 if picture.log_y else 0.0
            self._plot.addItem(floor_band(low, self._up(band.level), self._look))
        if picture.zero:
            self._plot.addItem(zero_line(self._look))
        for curve, aside in zip(picture.curves, self._asides(picture), strict=True):
            self._draw_curve(curve, aside)
        dress_ring(self._ring, self._look)
        place_ring(self._ring, None)
        self._plot.addItem(self._ring)
        self._fit(picture)
        self._name(picture)
        self.pointed.setText(CLICK if picture.items else picture.told)
        self.pointed.setVisible(bool(self.pointed.text()))

    def _asides(self, picture: Picture) -> list[float]:
        """Return how far to the side each curve's bars stand, in the plot's own units."""
        across = [self._across(x) for curve in picture.curves for x in curve.x]
        step = ASIDE * (max(across, default=0.0) - min(across, default=0.0))
        barred = [number for number, curve in enumerate(picture.curves) if curve.low]
        places = {number: place - (len(barred) - 1) / 2 for place, number in enumerate(barred)}
        return [step * places.get(number, 0.0) for number in range(len(picture.curves))]

    def _draw_curve(self, curve: Curve, aside: float) -> None:
        kept = [n for n, y in enumerate(curve.y) if math.isfinite(y)]
        bounds = [
            (self._up(_or(curve.low[n], curve.y[n])), self._up(_or(curve.high[n], curve.y[n])))
            for n in (kept if curve.low and curve.high else ())
        ]
        points = Points(
            [self._across(curve.x[n]) for n in kept],
            [self._up(curve.y[n]) for n in kept],
            bounds,
            aside,
        )
        mark = mark_of(curve, self._look.theme)
        for item in items_of(points, mark, curve.shape, hollow=curve.is_second):
            self._plot.addItem(item)

    def _fit(self, picture: Picture) -> None:
        across = [
            self._across(x) for curve in picture.curves for x in reach_of(curve.x, curve.shape)
        ]
        middle = [self._up(y) for curve in picture.curves for y in curve.y if math.isfinite(y)]
        least, most = min(middle, default=0.0) - DECADE, max(middle, default=1.0) + DECADE
        bounds = [
            self._up(value)
            for curve in picture.curves
            for value in (*curve.low, *curve.high)
            if math.isfinite(value)
        ]
        # An interval over many decades would leave no room for what it is about.
        up = middle + [min(most, max(least, b)) if picture.log_y else b for b in bounds]
        up += [self._up(band.level) for band in picture.bands]
        if picture.zero or any(curve.shape is Drawn.COLUMNS for curve in picture.curves):
            up.append(0.0)
        low, high = (min(up), max(up)) if up else (0.0, 1.0)
        left, right = min(across, default=0.0), max(across, default=1.0)
        if left == right:
            left, right = left - 0.5, right + 0.5
        if low == high:
            low, high = low - 0.5, high + 0.5
        self._plot.show_across(left, right, padding=0.04)
        self._plot.show_up(low, high, padding=0.08)

    def _name(self, picture: Picture) -> None:
        theme = self._look.theme
        parts = [f"<b>{html.escape(picture.title)}</b>"]
        named = {curve.name: curve for curve in picture.curves if curve.shape is not Drawn.FRAME}
        for curve in named.values():
            if picture.items and len(picture.curves) == 1:
                break
            mark = mark_of(curve, theme)
            ink = readable(mark.colour, theme.panel, theme.ink)
            name = html.escape(curve.name).replace(" ", "&nbsp;")
            glyph = GLYPHS[mark.shape]
            glyph = HOLLOW.get(glyph, glyph) if curve.is_second else glyph
            parts.append(f'<span style="color:{ink}">{glyph}&nbsp;{name}</span>')
        for band in picture.bands:
            name = f"{html.escape(band.name)} {band.level:.2g}".replace(" ", "&nbsp;")
            parts.append(f'<span style="color:{theme.muted}">▒&nbsp;{name}</span>')
        self.legend.setText(" &nbsp; ".join(parts))

    def _dress_axes(self, picture: Picture) -> None:
        for side, words, is_log in (
            ("left", picture.up, picture.log_y),
            ("bottom", picture.across, picture.log_x),
        ):
            ticks = 2 if is_log else 0
            axis = dress_axis(self._plot, side, words, self._look, ticks=ticks)
            set_logarithmic(axis, side, is_log=is_log)
        self._plot.axis("left").setGrid(160)
        across = [x for curve in picture.curves for x in curve.x]
        counts = all(x == round(x) for x in across) and not picture.log_x
        few = bool(across) and max(across) - min(across) <= MANY_TICKS
        one = 1.0 if counts and few else None  # there is no half sentence
        self._plot.axis("bottom").setTickSpacing(one, one)
        # Without a label the places along x mean nothing: the legend names what stands there.
        self._plot.axis("bottom").setStyle(showValues=bool(picture.across))


CLICK = "Each point is one item: a click shows its fork in the tree."


def mark_of(curve: Curve, theme: Theme) -> Mark:
    """Return how a curve is told apart; what has no part in a fork is muted."""
    if curve.role in set(Role):
        mark = theme.mark(Role(curve.role))
    else:
        mark = Mark(theme.muted, Shape.RING, (1.0, 2.5))
    return Mark(mark.colour, mark.shape, SECOND_DASH) if curve.is_second else mark


def _or(value: float, other: float) -> float:
    return value if math.isfinite(value) else other
