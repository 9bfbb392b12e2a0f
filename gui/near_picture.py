"""Keeps what was painted of the tree, so that moving it paints only what comes into view."""

import time
from collections.abc import Callable, Hashable
from functools import reduce

from PySide6.QtCore import QObject, QPoint, QPointF, QRect, QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap

REST_MS = 90
"""After so long without zooming, a picture that was only stretched is painted sharp."""

SLOW_MS = 9.0
"""A picture that takes longer to paint than this is stretched while the zoom changes."""

SPILL = 26.0
"""Tree pixels that lines and marks of a chip may reach beyond it."""

Paint = Callable[[QPainter, QRectF], None]

MANY = 24
"""Touched parts that are painted each for itself."""


class NearPicture(QObject):
    """A pixmap of the viewport's size. `sharpened` when it should be drawn once more."""

    sharpened = Signal()

    def __init__(self, paint: Paint, parent: QObject) -> None:
        """`paint` gets a painter in tree coordinates and the part of the tree that is wanted."""
        super().__init__(parent)
        self._paint = paint
        self._pixmap = QPixmap()
        self._state: Hashable = None
        self._zoom = 1.0
        self._offset = QPointF()
        self._dirty: list[QRectF] = []
        self._took = 0.0
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._sharpen)

    def forget(self) -> None:
        """Paint everything the next time."""
        self._state = None
        self._dirty.clear()

    def touch(self, box: QRectF) -> None:
        """Paint this part of the tree the next time."""
        self._dirty.append(box)

    def draw(  # noqa: PLR0913 - a place, a scale and what stands for the look
        self,
        painter: QPainter,
        *,
        size: QSize,
        offset: QPointF,
        zoom: float,
        ground: QColor,
        state: Hashable,
    ) -> None:
        """Draw the tree, shifted by `offset` and scaled by `zoom`.

        `state` stands for all that changes every chip; another one and all is painted again.
        """
        ratio = painter.device().devicePixelRatio()
        state = (state, size.width(), size.height(), ratio)
        moved = offset - self._offset
        shift = QPoint(round(moved.x() * ratio), round(moved.y() * ratio))
        is_whole = abs(shift.x() - moved.x() * ratio) + abs(shift.y() - moved.y() * ratio) < 1e-6
        if state != self._state or (zoom == self._zoom and not is_whole):
            self._paint_all(size, ratio, offset, zoom, ground)
        elif zoom != self._zoom and self._took > SLOW_MS:
            self._rest.start()
            self._stretch(painter, offset, zoom)
            return
        elif zoom != self._zoom:
            self._paint_all(size, ratio, offset, zoom, ground)
        else:
            self._paint_news(shift, size, ratio, offset, ground)
        self._state = state
        painter.drawPixmap(0, 0, self._pixmap)

    def _paint_all(
        self, size: QSize, ratio: float, offset: QPointF, zoom: float, ground: QColor
    ) -> None:
        began = time.perf_counter()
        if self._pixmap.size() != size * ratio:
            self._pixmap = QPixmap(size * ratio)
        self._pixmap.setDevicePixelRatio(ratio)
        self._offset, self._zoom = QPointF(offset), zoom
        self._dirty.clear()
        self._rest.stop()
        self._paint_part(QRect(QPoint(0, 0), size), ground)
        self._took = (time.perf_counter() - began) * 1e3

    def _paint_news(
        self, shift: QPoint, size: QSize, ratio: float, offset: QPointF, ground: QColor
    ) -> None:
        """Move the picture, then paint the edges that came into view and what was touched."""
        self._offset = QPointF(offset)
        parts: list[QRect] = []
        wide, high = size.width(), size.height()
        if not shift.isNull():
            self._pixmap.scroll(shift.x(), shift.y(), self._pixmap.rect())
            across, down = (
                min(round(abs(s) / ratio + 0.5), m)
                for s, m in ((shift.x(), wide), (shift.y(), high))
            )
            if shift.x():
                parts.append(QRect(0 if shift.x() > 0 else wide - across, 0, across, high))
            if shift.y():
                parts.append(QRect(0, 0 if shift.y() > 0 else high - down, wide, down))
        for part in (*parts, *self._touched(QRect(0, 0, wide, high))):
            self._paint_part(part, ground)
        self._dirty.clear()

    def _touched(self, whole: QRect) -> list[QRect]:
        """Return the parts of the picture that were touched; of many, what holds them all.

        A part is painted with the chips that reach into it: many of them would be painted often.
        """
        found: list[QRect] = []
        for box in self._dirty:
            grown = box.adjusted(-SPILL, -SPILL, SPILL, SPILL)
            corner = grown.topLeft() * self._zoom + self._offset
            part = QRectF(corner, grown.size() * self._zoom).toAlignedRect() & whole
            if not part.isEmpty() and part not in found:
                found.append(part)
        return found if len(found) <= MANY else [reduce(QRect.united, found)]

    def _paint_part(self, part: QRect, ground: QColor) -> None:
        painter = QPainter(self._pixmap)
        painter.setClipRect(part)
        painter.fillRect(part, ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(self._offset)
        painter.scale(self._zoom, self._zoom)
        corner = (QPointF(part.topLeft()) - self._offset) / self._zoom
        view = QRectF(corner, QRectF(part).size() / self._zoom)
        self._paint(painter, view.adjusted(-SPILL, -SPILL, SPILL, SPILL))
        painter.end()

    def _stretch(self, painter: QPainter, offset: QPointF, zoom: float) -> None:
        factor = zoom / self._zoom
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.translate(offset - self._offset * factor)
        painter.scale(factor, factor)
        painter.drawPixmap(0, 0, self._pixmap)
        painter.restore()

    def _sharpen(self) -> None:
        self.forget()
        self.sharpened.emit()
