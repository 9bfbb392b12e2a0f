"""Plots lines of branches against distance, with floors as grey bands and a crosshair."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QEvent, QPointF, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.tree import ROOT, NodeId
from gui import figures
from gui.bare_plot import BarePlot
from gui.look import Look
from gui.marked_line import add_line
from gui.plot_frame import (
    crosshair,
    dress_axis,
    dress_crosshair,
    dress_ring,
    floor_band,
    place_rings,
    ring,
    set_logarithmic,
    value_at,
    zero_line,
)
from gui.plot_places import nearest
from gui.theme import Mark, blend

POINT, SMALL_POINT, MANY = 7, 4, 80
"""Pixels of a mark, of one among many, and of how many."""

UNSURE = 0.6
"""How far the lines themselves fade while no floor is known."""

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
        self._bands: tuple[Band, ...] | None = ()
        self._scales = Scales("", "")
        self._places: dict[tuple[NodeId, int], tuple[float, float]] = {}
        self._plot = BarePlot(self)
        self._ring, self._cross = ring(), crosshair()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._plot)
        self.setMinimumSize(160, 90)
        look.changed.connect(self._draw)
        self._draw()

    def show_lines(
        self, lines: Sequence[Line], bands: Sequence[Band] | None, *, scales: Scales
    ) -> None:
        """Show these lines; values within the widest band are greyed.

        `bands` are None while floors are needed and not known: then nothing is told from them.
        Without a line there is nothing to hold against them, and none is drawn.
        """
        self._lines, self._scales = tuple(lines), scales
        self._bands = None if bands is None else tuple(bands)
        self.setAccessibleName(f"{self._name}: {scales.up} by {scales.across}")
        self._draw()

    @property
    def axes(self) -> str:
        """What the axes are, in words."""
        return f"{self._scales.up} (up) by {self._scales.across} (across)"

    def light(self, node: NodeId) -> None:
        """Ring a node's point on every line."""
        keys = ((node, number) for number in range(len(self._lines)))
        place_rings(self._ring, [self._places[key] for key in keys if key in self._places])

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
        x = value_at(self._plot, at)
        known = sorted({value for line in self._lines for value in line.x})
        if not known:
            return
        here = min(known, key=lambda value: abs(self._place(value, across=True) - x))
        self._cross.setPos(self._place(here, across=True))
        self._cross.setVisible(True)
        self.read.emit(self.figures_at(here))
        found = nearest(self._plot, self._places, at, NEAR)
        self.pointed.emit(ROOT if found is None else found[0])

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
        floor = math.inf
        if self._bands is not None:
            floor = max((band.level for band in self._bands), default=-math.inf)
        faint = QColor(blend(theme.muted, theme.panel, 0.45))
        self._places = {}
        for number, line in enumerate(self._lines):
            x = [self._place(value, across=True) for value in line.x]
            y = [self._place(value, across=False) for value in line.y]
            self._places.update(
                ((node, number), place)
                for node, place in zip(line.nodes, zip(x, y, strict=True), strict=True)
                if node != ROOT
            )
            colours = [
                QColor(line.mark.colour) if abs(value) > floor else faint for value in line.y
            ]
            mark = line.mark
            if self._bands is None:
                mark = replace(mark, colour=blend(mark.colour, theme.panel, UNSURE))
            size = POINT if len(x) <= MANY else SMALL_POINT
            add_line(plot).show_line(
                list(zip(x, y, strict=True)), mark, width=1.6, size=size, colours=colours
            )
        dress_crosshair(self._cross, self._look)
        self._cross.setVisible(False)
        dress_ring(self._ring, self._look)
        place_rings(self._ring, [])
        plot.addItem(self._cross)
        plot.addItem(self._ring)
        self._fit()

    @property
    def _drawn_bands(self) -> tuple[Band, ...]:
        if not self._lines:
            return ()
        # a floor of 0 lies below all of a logarithmic axis
        least = self._scales.least if self._scales.logarithmic else -1.0
        return tuple(band for band in self._bands or () if band.level > least)

    def _draw_bands(self) -> None:
        for band in self._drawn_bands:
            low = -band.level if self._scales.zero else 0.0
            if self._scales.logarithmic:
                low = math.log10(self._scales.least) - 1
            self._plot.addItem(floor_band(low, self._place(band.level, across=False), self._look))
        if self._scales.zero:
            self._plot.addItem(zero_line(self._look))

    def _fit(self) -> None:
        across = [self._place(x, across=True) for line in self._lines for x in line.x]
        up = [self._place(y, across=False) for line in self._lines for y in line.y]
        up += [self._place(band.level, across=False) for band in self._drawn_bands]
        if not self._scales.logarithmic:
            up.append(0.0)
        finite = [value for value in up if math.isfinite(value)]
        low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
        self._plot.show_across(min(across, default=0.0), max(across, default=1.0), padding=0.03)
        self._plot.show_up(low, high if high > low else low + 1, padding=0.06)

    def _dress_axes(self) -> None:
        for side, words in (("left", ""), ("bottom", self._scales.across)):
            axis = dress_axis(self._plot, side, words, self._look)
            set_logarithmic(axis, side, is_log=self._scales.logarithmic)
            axis.setStyle(showValues=bool(self._lines))  # of nothing: figures that nobody measured
        self._plot.axis("left").setGrid(160)
