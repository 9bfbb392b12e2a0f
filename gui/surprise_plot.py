"""Plots the surprise of each token of some branches against its distance from the fork."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QEvent, QPointF, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.tree import ROOT, NodeId
from gui.bare_plot import BarePlot
from gui.look import Look
from gui.marked_line import MarkedLine, add_line
from gui.plot_frame import (
    crosshair,
    dress_axis,
    dress_crosshair,
    dress_ring,
    place_ring,
    point_of,
    ring,
    value_at,
)
from gui.plot_places import nearest
from gui.theme import Mark

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
        self._lines: dict[NodeId, MarkedLine] = {}
        self._places: dict[NodeId, tuple[float, float]] = {}
        self._plot = BarePlot(self)
        self._ring, self._cross = ring(), crosshair()
        self._plot.addItem(self._ring)
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
            if first not in self._lines:
                self._lines[first] = add_line(self._plot)
            places = list(zip(x, y, strict=True))
            self._lines[first].show_line(places, curve.mark, width=2.0, size=POINT)
        self._fit()

    def light(self, node: NodeId) -> None:
        """Ring a node's point."""
        place_ring(self._ring, self._places.get(node))

    def place_of(self, node: NodeId) -> QPointF | None:
        """Return where a node's point is, in the plot's coordinates, or None."""
        place = self._places.get(node)
        return None if place is None else point_of(self._plot, place)

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
        x = round(value_at(self._plot, at))
        known = any(x < len(curve.bits) for curve in self._curves.values())
        self._cross.setVisible(x >= 0 and known)
        self._cross.setPos(x)
        self.crossed.emit(x if x >= 0 and known else -1)

    def _node_near(self, at: QPointF) -> NodeId:
        return nearest(self._plot, self._places, at, NEAR) or ROOT

    def _fit(self) -> None:
        longest = max((len(curve.nodes) for curve in self._curves.values()), default=8)
        highest = max((y for _, y in self._places.values()), default=LEAST_BITS)
        self._plot.show_across(0, max(longest - 1, 7), padding=0.03)
        self._plot.show_up(0, max(highest * 1.08, LEAST_BITS), padding=0.02)

    def _on_look(self) -> None:
        self._plot.setBackground(QColor(self._look.theme.panel))
        left = dress_axis(self._plot, "left", "", self._look)
        bottom = dress_axis(self._plot, "bottom", "tokens after the fork", self._look)
        for axis in (left, bottom):
            axis.setStyle(hideOverlappingLabels=False)
        left.setGrid(255)
        dress_crosshair(self._cross, self._look)
        dress_ring(self._ring, self._look)
        self.show_curves(self._curves)
