"""Plots the surprise of each token of some branches against its distance from the fork."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pyqtgraph
from PySide6.QtCore import QEvent, QPointF, Signal
from PySide6.QtGui import QColor, QPainterPath
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.tree import ROOT, NodeId
from gui.look import Look, Size
from gui.marks import branch_pen, shape_path
from gui.plot_places import nearest, take_no_keys
from gui.theme import Mark, Shape

_pg: Any = pyqtgraph  # it ships no types that hold

POINT = 8
NEAR = 14.0
"""Pixels within which the mouse is on a point."""

LEAST_BITS = 4.0


@dataclass(frozen=True, slots=True)
class Curve:
    """One branch: its mark, its nodes and the surprise of each, in bits; None where unread."""

    mark: Mark
    nodes: tuple[NodeId, ...]
    bits: tuple[float | None, ...]


class SurprisePlot(QWidget):
    """Says `pointed` with the node under the mouse, ROOT for none.

    Says `crossed` with the distance at the crosshair, -1 for none.
    """

    pointed = Signal(int)
    crossed = Signal(int)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._curves: Mapping[NodeId, Curve] = {}
        self._lines: dict[NodeId, Any] = {}
        self._places: dict[NodeId, tuple[float, float]] = {}
        self._plot: Any = _pg.PlotWidget()
        self._plot.setMenuEnabled(False)
        self._plot.hideButtons()
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.setFrameStyle(0)
        take_no_keys(self._plot)
        self._plot.viewport().installEventFilter(self)
        self._plot.viewport().setMouseTracking(True)
        self._ring: Any = _pg.ScatterPlotItem(size=15, symbol="o", pxMode=True)
        self._ring.setZValue(10)
        self._plot.addItem(self._ring)
        self._cross: Any = _pg.InfiniteLine(angle=90, movable=False)
        self._cross.setZValue(-5)
        self._cross.setVisible(False)
        self._plot.addItem(self._cross)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self._plot)
        self.setAccessibleName("Surprise per token in bits, by tokens after the fork")
        look.changed.connect(self._on_look)
        self._on_look()

    def show_curves(self, curves: Mapping[NodeId, Curve]) -> None:
        """Show these branches, by first node."""
        for first in [first for first in self._lines if first not in curves]:
            self._plot.removeItem(self._lines.pop(first))
        self._curves = curves
        self._places = {}
        for first, curve in curves.items():
            x = [float(place) for place, bits in enumerate(curve.bits) if bits is not None]
            y = [bits for bits in curve.bits if bits is not None]
            known = [
                node for node, bits in zip(curve.nodes, curve.bits, strict=True) if bits is not None
            ]
            self._places.update(dict(zip(known, zip(x, y, strict=True), strict=True)))
            line = self._lines.get(first)
            if line is None:
                line = self._lines[first] = self._plot.plot()
            line.setData(
                x,
                y,
                pen=branch_pen(curve.mark, 2.0),
                symbol=_symbol(curve.mark.shape),
                symbolSize=POINT,
                symbolPen=None,
                symbolBrush=QColor(curve.mark.colour),
            )
        self._fit()

    def light(self, node: NodeId) -> None:
        """Ring a node's point."""
        place = self._places.get(node)
        self._ring.setData([] if place is None else [{"pos": place}])

    def place_of(self, node: NodeId) -> QPointF | None:
        """Return where a node's point is, in the plot's coordinates, or None."""
        place = self._places.get(node)
        if place is None:
            return None
        scene = self._plot.getViewBox().mapViewToScene(QPointF(*place))
        return QPointF(self._plot.mapFromScene(scene))

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """Find the point under the mouse."""
        match event.type():
            case QEvent.Type.MouseMove:
                self._on_mouse(event.position())  # type: ignore[attr-defined]
            case QEvent.Type.Leave:
                self._cross.setVisible(False)
                self.crossed.emit(-1)
                self.pointed.emit(ROOT)
            case _:
                pass
        return super().eventFilter(watched, event)

    def _on_mouse(self, at: QPointF) -> None:
        self._move_cross(at)
        self.pointed.emit(self._node_near(at))

    def _move_cross(self, at: QPointF) -> None:
        scene = self._plot.mapToScene(at.toPoint())
        x = round(float(self._plot.getViewBox().mapSceneToView(scene).x()))
        known = any(x < len(curve.bits) for curve in self._curves.values())
        self._cross.setVisible(x >= 0 and known)
        self._cross.setPos(x)
        self.crossed.emit(x if x >= 0 and known else -1)

    def _node_near(self, at: QPointF) -> NodeId:
        return nearest(self._plot, self._places, at, NEAR) or ROOT

    def _fit(self) -> None:
        longest = max((len(curve.nodes) for curve in self._curves.values()), default=8)
        highest = max((y for _, y in self._places.values()), default=LEAST_BITS)
        self._plot.setXRange(0, max(longest - 1, 7), padding=0.03)
        self._plot.setYRange(0, max(highest * 1.08, LEAST_BITS), padding=0.02)

    def _on_look(self) -> None:
        theme = self._look.theme
        small = self._look.font(Size.SMALL)
        self._plot.setBackground(QColor(theme.panel))
        for side in ("left", "bottom"):
            axis = self._plot.getAxis(side)
            axis.setPen(_pg.mkPen(QColor(theme.hairline), width=1))
            axis.setTextPen(QColor(theme.muted))
            axis.setTickFont(small)
            axis.setStyle(
                tickLength=0, tickTextOffset=6, maxTickLevel=0, hideOverlappingLabels=False
            )
            label = {"color": theme.muted, "font-size": f"{self._look.pixels(Size.SMALL)}px"}
            if side == "bottom":
                axis.setLabel("tokens after the fork", **label)
        self._plot.getAxis("left").setGrid(255)
        self._cross.setPen(_pg.mkPen(QColor(theme.strong_line), width=1))
        self._ring.setPen(_pg.mkPen(QColor(theme.accent), width=2))
        self._ring.setBrush(_pg.mkBrush(None))
        self.show_curves(self._curves)


def _symbol(shape: Shape) -> QPainterPath:
    """Return a shape as pyqtgraph wants it: one across, its centre at the origin."""
    return shape_path(shape, 1.0)
