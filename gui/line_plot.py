"""Plots lines of branches against distance, with floors as grey bands and a crosshair."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyqtgraph
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.tree import ROOT, NodeId
from gui import figures
from gui.look import Look, Size
from gui.marks import branch_pen, shape_path
from gui.plot_places import nearest, take_no_keys
from gui.theme import Mark, blend

_pg: Any = pyqtgraph  # it ships no types that hold

POINT = 7
NEAR = 14.0
"""Pixels within which the mouse is on a point."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name and mark, and at each distance a value and a node, ROOT for none."""

    name: str
    mark: Mark
    x: tuple[float, ...]
    y: tuple[float, ...]
    nodes: tuple[NodeId, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """A floor: values no further from 0 than `level` mean nothing."""

    name: str
    level: float


@dataclass(frozen=True, slots=True)
class Scales:
    """What the axes say, and whether both are logarithmic. `zero` draws a line at 0.

    A logarithmic axis begins at `least`: what is smaller is drawn at its edge.
    """

    across: str
    up: str
    logarithmic: bool = False
    zero: bool = False
    least: float = 1e-4


class LinePlot(QWidget):
    """Says `pointed` with the node under the mouse and `read` with the figures at the crosshair."""

    pointed = Signal(int)
    read = Signal(str)

    def __init__(self, look: Look, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._name = name
        self._lines: tuple[Line, ...] = ()
        self._bands: tuple[Band, ...] = ()
        self._scales = Scales("", "")
        self._places: dict[NodeId, tuple[float, float]] = {}
        self._plot: Any = _pg.PlotWidget()
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setFrameStyle(0)
        take_no_keys(self._plot)
        self._plot.viewport().installEventFilter(self)
        self._plot.viewport().setMouseTracking(True)
        self._ring: Any = _pg.ScatterPlotItem(size=14, symbol="o", pxMode=True)
        self._ring.setZValue(10)
        self._cross: Any = _pg.InfiniteLine(angle=90, movable=False)
        self._cross.setZValue(-5)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._plot)
        self.setMinimumSize(160, 90)
        look.changed.connect(self._draw)
        self._draw()

    def show_lines(
        self, lines: Sequence[Line], bands: Sequence[Band] = (), *, scales: Scales
    ) -> None:
        """Show these lines; values within the widest band are greyed."""
        self._lines, self._bands, self._scales = tuple(lines), tuple(bands), scales
        self.setAccessibleName(f"{self._name}: {scales.up} by {scales.across}")
        self._draw()

    def light(self, node: NodeId) -> None:
        """Ring a node's point."""
        place = self._places.get(node)
        self._ring.setData([] if place is None else [{"pos": place}])

    def figures_at(self, x: float) -> str:
        """Return every line's value at a distance, in words."""
        parts = [
            f"{line.name} {figures.plain(line.y[line.x.index(x)])}"
            for line in self._lines
            if x in line.x
        ]
        return f"{x:g} {self._scales.across}: " + " · ".join(parts) if parts else ""

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """Move the crosshair with the mouse, and find the point under it."""
        match event.type():
            case QEvent.Type.MouseMove:
                self._on_mouse(event.position())  # type: ignore[attr-defined]
            case QEvent.Type.Leave:
                self._cross.setVisible(False)
                self.pointed.emit(ROOT)
                self.read.emit("")
            case _:
                pass
        return super().eventFilter(watched, event)

    def _on_mouse(self, at: QPointF) -> None:
        box = self._plot.getViewBox()
        x = float(box.mapSceneToView(self._plot.mapToScene(at.toPoint())).x())
        known = sorted({value for line in self._lines for value in line.x})
        if not known:
            return
        here = min(known, key=lambda value: abs(self._place(value, across=True) - x))
        self._cross.setPos(self._place(here, across=True))
        self._cross.setVisible(True)
        self.read.emit(self.figures_at(here))
        self.pointed.emit(nearest(self._plot, self._places, at, NEAR) or ROOT)

    def _place(self, value: float, *, across: bool) -> float:
        if not self._scales.logarithmic:
            return value
        return math.log10(max(value, 1.0 if across else self._scales.least))

    def _draw(self) -> None:
        theme = self._look.theme
        plot = self._plot
        plot.clear()
        plot.setBackground(QColor(theme.panel))
        self._dress_axes()
        self._draw_bands()
        floor = max((band.level for band in self._bands), default=-math.inf)
        faint = QColor(blend(theme.muted, theme.panel, 0.45))
        self._places = {}
        for line in self._lines:
            x = [self._place(value, across=True) for value in line.x]
            y = [self._place(value, across=False) for value in line.y]
            self._places.update(
                (node, place)
                for node, place in zip(line.nodes, zip(x, y, strict=True), strict=True)
                if node != ROOT
            )
            colours = [
                faint if abs(value) <= floor else QColor(line.mark.colour) for value in line.y
            ]
            plot.plot(
                x,
                y,
                pen=branch_pen(line.mark, 1.6),
                symbol=shape_path(line.mark.shape, 1.0),
                symbolSize=POINT if len(x) <= 80 else 4,
                symbolPen=None,
                symbolBrush=[_pg.mkBrush(colour) for colour in colours],
            )
        self._cross.setPen(_pg.mkPen(QColor(theme.strong_line), width=1))
        self._cross.setVisible(False)
        self._ring.setPen(_pg.mkPen(QColor(theme.accent), width=2))
        self._ring.setBrush(_pg.mkBrush(None))
        self._ring.setData([])
        plot.addItem(self._cross)
        plot.addItem(self._ring)
        self._fit()

    def _draw_bands(self) -> None:
        theme = self._look.theme
        grey = QColor(theme.muted)
        grey.setAlpha(48)
        for band in self._bands:
            low = -band.level if self._scales.zero else 0.0
            if self._scales.logarithmic:
                low = math.log10(self._scales.least) - 1
            high = self._place(band.level, across=False)
            region: Any = _pg.LinearRegionItem(
                (low, high),
                orientation="horizontal",
                movable=False,
                brush=grey,
                pen=_pg.mkPen(None),
            )
            region.setZValue(-10)
            self._plot.addItem(region)
        if self._scales.zero:
            pen = _pg.mkPen(QColor(theme.strong_line), width=1, style=Qt.PenStyle.DashLine)
            self._plot.addItem(_pg.InfiniteLine(0, angle=0, pen=pen))

    def _fit(self) -> None:
        across = [self._place(x, across=True) for line in self._lines for x in line.x]
        up = [self._place(y, across=False) for line in self._lines for y in line.y]
        up += [self._place(band.level, across=False) for band in self._bands]
        if not self._scales.logarithmic:
            up.append(0.0)
        finite = [value for value in up if math.isfinite(value)]
        low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
        self._plot.setXRange(min(across, default=0.0), max(across, default=1.0), padding=0.03)
        self._plot.setYRange(low, high if high > low else low + 1, padding=0.06)

    def _dress_axes(self) -> None:
        theme = self._look.theme
        style = {"color": theme.muted, "font-size": f"{self._look.pixels(Size.SMALL)}px"}
        for side, words in (("left", ""), ("bottom", self._scales.across)):
            axis = self._plot.getAxis(side)
            axis.setLogMode(
                x=self._scales.logarithmic and side == "bottom",
                y=self._scales.logarithmic and side == "left",
            )
            axis.logTickStrings = _plain_powers
            axis.setPen(_pg.mkPen(QColor(theme.hairline), width=1))
            axis.setTextPen(QColor(theme.muted))
            axis.setTickFont(self._look.font(Size.SMALL))
            axis.setStyle(
                tickLength=0,
                tickTextOffset=6,
                maxTickLevel=0,
                showValues=bool(self._lines),  # of nothing: figures that nobody measured
            )
            if words:
                axis.setLabel(words, **style)
        self._plot.getAxis("left").setGrid(160)


def _plain_powers(values: Sequence[float], _scale: float, _spacing: float) -> list[str]:
    """Return the words of ticks at logarithms: 0.01, 2, 50; others would run together."""
    numbers = [10**value for value in values]
    return [f"{n:.6g}" if f"{n:e}"[0] in "125" else "" for n in numbers]
