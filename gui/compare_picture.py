"""A view of the comparison as a picture that speaks for itself: with names, marks and axes."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPixmap
from PySide6.QtWidgets import QWidget

from gui.look import Look, Size
from gui.marks import paint_mark
from gui.theme import Mark

MARGIN, GAP, MARK = 12.0, 18.0, 10.0
"""Pixels around all, between two names, and of a mark."""


@dataclass(frozen=True, slots=True)
class Legend:
    """What stands over a picture: the branches with their marks, and a line about the figures."""

    names: Sequence[tuple[str, Mark]]
    caption: str


def picture_of(view: QWidget, legend: Legend, look: Look) -> QPixmap:
    """Return what a view shows, under its legend."""
    ratio = view.devicePixelRatioF()
    width = view.width() + 2 * MARGIN
    metrics = QFontMetricsF(look.font(Size.BODY))
    places, names_height = _flow(legend.names, metrics, width)
    about = QRectF(MARGIN, MARGIN + names_height, width - 2 * MARGIN, 0)
    wrapped = int(Qt.TextFlag.TextWordWrap)
    small = QFontMetricsF(look.font(Size.LABEL))
    about.setHeight(
        small.boundingRect(about.adjusted(0, 0, 0, 400), wrapped, legend.caption).height()
    )
    top = about.bottom() + MARGIN
    height = top + view.height() + MARGIN
    picture = QPixmap(round(width * ratio), round(height * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(look.theme.panel))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setFont(look.font(Size.BODY))
    painter.setPen(QColor(look.theme.ink))
    for (name, mark), place in zip(legend.names, places, strict=True):
        paint_mark(painter, place + QPointF(MARK / 2, metrics.height() / 2), mark, MARK)
        painter.setPen(QColor(look.theme.ink))
        painter.drawText(place + QPointF(MARK + 6, metrics.ascent()), name)
    painter.setFont(look.font(Size.LABEL))
    painter.setPen(QColor(look.theme.muted))
    painter.drawText(about, wrapped, legend.caption)
    # Its own ground is that of the window, which a picture has not around it.
    children = QWidget.RenderFlag.DrawChildren
    view.render(painter, QPoint(round(MARGIN), round(top)), renderFlags=children)
    painter.end()
    return picture


def _flow(
    names: Sequence[tuple[str, Mark]], metrics: QFontMetricsF, width: float
) -> tuple[list[QPointF], float]:
    """Return where each name starts, line by line, and how high they are together."""
    line = metrics.height() + 6
    x, y = MARGIN, MARGIN
    places: list[QPointF] = []
    for name, _ in names:
        needed = MARK + 6 + metrics.horizontalAdvance(name)
        if x > MARGIN and x + needed > width - MARGIN:
            x, y = MARGIN, y + line
        places.append(QPointF(x, y))
        x += needed + GAP
    return places, (y - MARGIN + line) if names else 0.0
