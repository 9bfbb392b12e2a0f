"""Draws the shapes that tell branches apart."""

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from gui.theme import Mark, Shape

_CORNERS = {
    Shape.TRIANGLE: (3, -90.0, 1.16),
    Shape.DIAMOND: (4, -90.0, 1.12),
    Shape.SQUARE: (4, -45.0, 1.22),
    Shape.PENTAGON: (5, -90.0, 1.05),
    Shape.DROP: (3, 90.0, 1.16),
}


def shape_path(shape: Shape, size: float) -> QPainterPath:
    """Return a shape of about `size` across, its centre at the origin."""
    path = QPainterPath()
    radius = size / 2
    match shape:
        case Shape.CIRCLE:
            path.addEllipse(QPointF(0, 0), radius, radius)
        case Shape.RING:
            path.addEllipse(QPointF(0, 0), radius, radius)
            path.addEllipse(QPointF(0, 0), radius * 0.5, radius * 0.5)
        case Shape.STAR:
            path.addPolygon(_star(radius * 1.15))
            path.closeSubpath()
        case Shape.CROSS:
            arm = radius * 0.36
            for box in (
                QRectF(-radius, -arm, size, 2 * arm),
                QRectF(-arm, -radius, 2 * arm, size),
            ):
                bar = QPainterPath()
                bar.addRect(box)
                path = path.united(bar)
        case Shape.TRIANGLE | Shape.DIAMOND | Shape.SQUARE | Shape.PENTAGON | Shape.DROP:
            corners, first, factor = _CORNERS[shape]
            path.addPolygon(_polygon(corners, first, radius * factor))
            path.closeSubpath()
    return path


def _polygon(corners: int, first: float, radius: float) -> QPolygonF:
    turns = [math.radians(first + 360 * corner / corners) for corner in range(corners)]
    points = [QPointF(radius * math.cos(turn), radius * math.sin(turn)) for turn in turns]
    middle = (min(p.y() for p in points) + max(p.y() for p in points)) / 2
    return QPolygonF([QPointF(point.x(), point.y() - middle) for point in points])


def _star(radius: float) -> QPolygonF:
    points: list[QPointF] = []
    for corner in range(10):
        length = radius if corner % 2 == 0 else radius * 0.45
        turn = math.radians(-90 + 36 * corner)
        points.append(QPointF(length * math.cos(turn), length * math.sin(turn)))
    return QPolygonF(points)


def paint_mark(painter: QPainter, centre: QPointF, mark: Mark, size: float) -> None:
    """Paint a branch's mark."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(centre)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(mark.colour))
    painter.drawPath(shape_path(mark.shape, size))
    painter.restore()


def mark_icon(mark: Mark, size: int, ratio: float) -> QIcon:
    """Return a branch's mark as an icon, sharp at `ratio` device pixels to a pixel."""
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_mark(painter, QPointF(size / 2, size / 2), mark, size * 0.78)
    painter.end()
    return QIcon(pixmap)


def branch_pen(mark: Mark, width: float) -> QPen:
    """Return a pen in a branch's colour and dash."""
    pen = QPen(QColor(mark.colour), width)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setCosmetic(True)
    if mark.dash:
        pen.setDashPattern(list(mark.dash))
    return pen
