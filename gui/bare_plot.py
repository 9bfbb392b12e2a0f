"""A plot of pyqtgraph's parts: a view and two axes, without menus, buttons and keys."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pyqtgraph
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QGraphicsGridLayout, QGraphicsItem, QSizePolicy

from gui import figures
from gui.plot_places import take_no_keys

_pg: Any = pyqtgraph  # it ships no types that hold

PLACES = {"left": (0, 0), "bottom": (1, 1)}
"""Row and column of each axis; the view is at row 0, column 1."""

MARGIN = 1.0
"""Pixels around it all."""


class BarePlot(_pg.GraphicsView):  # type: ignore[misc]
    """Shows items between two axes; `watcher` filters the mouse over it.

    pyqtgraph's own plot builds some seventy widgets of menus each time, which nobody can open
    here, and two more axes: half of the time that the whole panel around it takes.
    """

    def __init__(self, watcher: QObject) -> None:
        _pg.GraphicsView.__init__(self)
        self.shown: list[Any] = []
        self._view: Any = _pg.ViewBox(enableMenu=False, enableMouse=False)
        frame = QGraphicsGridLayout()
        frame.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        frame.setSpacing(0)
        frame.addItem(self._view, 0, 1)
        frame.setRowStretchFactor(0, 1)
        frame.setColumnStretchFactor(1, 1)
        self._axes: dict[str, Any] = {}
        for side, (row, column) in PLACES.items():
            axis: Any = _pg.AxisItem(side)
            axis.linkToView(self._view)
            axis.tickStrings = partial(_with_real_minus, axis.tickStrings)
            axis.setFlag(QGraphicsItem.GraphicsItemFlag.ItemNegativeZStacksBehindParent)
            frame.addItem(axis, row, column)
            self._axes[side] = axis
        whole: Any = _pg.GraphicsWidget()
        whole.setLayout(frame)
        self.setCentralItem(whole)
        self.setFrameStyle(0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        take_no_keys(self)
        self.viewport().installEventFilter(watcher)
        self.viewport().setMouseTracking(True)

    def axis(self, side: str) -> Any:
        """Return the "left" or "bottom" axis."""
        return self._axes[side]

    @property
    def view(self) -> Any:
        """What the items lie in; it maps the plot's coordinates to the scene's."""
        return self._view

    def addItem(self, item: Any) -> None:
        """Show an item; ranges are set, so that none is found from what is shown."""
        self.shown.append(item)
        self._view.addItem(item, ignoreBounds=True)

    def removeItem(self, item: Any) -> None:
        """Take an item away."""
        self.shown.remove(item)
        self._view.removeItem(item)

    def clear(self) -> None:
        """Take all items away."""
        for item in tuple(self.shown):
            self.removeItem(item)

    def show_across(self, low: float, high: float, *, padding: float) -> None:
        """Let the lower axis go from one number to another, and a share of that beyond."""
        self._view.setXRange(low, high, padding=padding)

    def show_up(self, low: float, high: float, *, padding: float) -> None:
        """Let the left axis go from one number to another, and a share of that beyond."""
        self._view.setYRange(low, high, padding=padding)


def _with_real_minus(
    tick_strings: Callable[[Sequence[float], float, float], list[str]],
    values: Sequence[float],
    scale: float,
    spacing: float,
) -> list[str]:
    return [text.replace("-", figures.MINUS) for text in tick_strings(values, scale, spacing)]
