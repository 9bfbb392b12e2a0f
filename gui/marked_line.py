"""A line of a plot with a mark at each point: set and painted in a fraction of a millisecond."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from gui.marks import branch_pen, shape_path
from gui.theme import Mark, Shape

ROOM = 0.15
"""How far, as a share of its size, marks may reach beyond the line's own box."""


class MarkedLine(QGraphicsItem):
    """Lies in a plot's coordinates; the width of the line and the marks are in pixels.

    pyqtgraph's own items are made for many thousand points and take a millisecond a line to set,
    which streaming tokens do to eight lines at once.
    """

    def __init__(self) -> None:
        super().__init__()
        self._points = QPolygonF()
        self._pen = QPen()
        self._shape = Shape.CIRCLE
        self._size = 0.0
        self._colours: Sequence[QColor] = ()
        self._pixmaps: dict[tuple[int, float], QPixmap] = {}

    def show_line(
        self,
        places: Sequence[tuple[float, float]],
        mark: Mark,
        *,
        width: float,
        size: float,
        colours: Sequence[QColor] | None = None,
    ) -> None:
        """Show these points; `colours` of their marks are the mark's own unless they are given."""
        self.prepareGeometryChange()
        self._points = QPolygonF([QPointF(x, y) for x, y in places])
        self._pen = branch_pen(mark, width)
        if (mark.shape, size) != (self._shape, self._size):
            self._pixmaps.clear()
        self._shape, self._size = mark.shape, size
        self._colours = colours or [QColor(mark.colour)] * len(places)
        self.update()

    def places(self) -> list[tuple[float, float]]:
        """Return the points that are shown."""
        return [(point.x(), point.y()) for point in self._points.toList()]

    def boundingRect(self) -> QRectF:
        """Return the part of the plot that is painted."""
        box = self._points.boundingRect()
        wide, high = max(box.width(), 1.0) * ROOM, max(box.height(), 1.0) * ROOM
        return box.adjusted(-wide, -high, wide, high)

    def paint(
        self,
        painter: QPainter,
        _option: QStyleOptionGraphicsItem,
        _widget: QWidget | None = None,
    ) -> None:
        """Paint the line, and the marks over it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._pen)
        painter.drawPolyline(self._points)
        to_device = painter.transform()
        ratio = painter.device().devicePixelRatio()
        painter.save()
        painter.resetTransform()
        half = QPointF(self._size + 2, self._size + 2) / 2
        for point, colour in zip(self._points.toList(), self._colours, strict=True):
            painter.drawPixmap(to_device.map(point) - half, self._pixmap(colour, ratio))
        painter.restore()

    def _pixmap(self, colour: QColor, ratio: float) -> QPixmap:
        key = colour.rgba(), ratio
        if key not in self._pixmaps:
            across = round((self._size + 2) * ratio)
            pixmap = QPixmap(across, across)
            pixmap.setDevicePixelRatio(ratio)  # sharp on a fine screen, and as large as elsewhere
            pixmap.fill(Qt.GlobalColor.transparent)
            painter = QPainter(pixmap)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate((self._size + 2) / 2, (self._size + 2) / 2)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPath(shape_path(self._shape, self._size))
            painter.end()
            self._pixmaps[key] = pixmap
        return self._pixmaps[key]


def add_line(plot: Any) -> MarkedLine:
    """Put an empty line into a plot and return it."""
    line = MarkedLine()
    plot.addItem(line)
    return line
