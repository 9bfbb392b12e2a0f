"""The whole tree in a corner of the view, with a frame around what is seen; it can be dragged."""

import math
import time

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from gui.look import Look
from gui.strip_painter import StripPainter
from gui.tree_mirror import TreeMirror
from gui.tree_places import CHIP_HEIGHT, LANE_PITCH

LARGEST = QSize(176, 108)
SMALLEST = 24
"""Pixels that a long or a high tree has at least across."""

MARGIN = 10
PAUSE_MS = 200
"""A growing tree is painted so often at most."""


class Minimap(QWidget):
    """Paints all lanes as strips, each way in its own proportion. `moved_to`: a tree's point."""

    moved_to = Signal(QPointF)

    def __init__(self, mirror: TreeMirror, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._mirror = mirror
        self._look = look
        self._strips = StripPainter(mirror, look)
        self._picture = QPixmap()
        self._version: object = None
        self._view = QRectF()
        self._painted_at = 0.0
        self._is_due = False  # with the next picture of the window
        self._is_wanted = True
        self._area = parent
        self._stands_at = 0  # which corner
        self._others: list[QRectF] = []
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Map of the whole tree")
        self.setToolTip("The whole tree; click or drag to move the view")
        self._later = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._later.timeout.connect(self._repaint)
        look.changed.connect(self._on_look)
        self.hide()

    def want(self, *, is_wanted: bool) -> None:
        """Be shown where the tree is larger than the view, or never."""
        self._is_wanted = is_wanted
        self.follow(self._view)

    def keep_off(self, boxes: list[QRectF]) -> None:
        """Leave these parts of the tree uncovered too, where a corner is free."""
        self._others = boxes

    def taken(self) -> int:
        """Return the height of what it covers at the bottom of the view."""
        return 0 if self.isHidden() else self.height() + 2 * MARGIN

    def follow(self, view: QRectF) -> None:
        """Show which part of the tree, in its coordinates, is seen now."""
        self._view = QRectF(view)
        width, height = self._mirror.placed.size
        is_larger = width > view.width() * 1.02 or height > view.height() * 1.02
        room = self._area.width() > 2.5 * LARGEST.width()
        room &= self._area.height() > 2.5 * LARGEST.height()
        self.setVisible(self._is_wanted and is_larger and room)
        if self.isHidden():
            return
        scale = min(LARGEST.width() / width, LARGEST.height() / height)
        wide = max(round(width * scale), SMALLEST)
        high = max(round(height * scale), SMALLEST)
        self.resize(wide + 2, high + 2)
        self.move(self._corner(view))
        wanted = (self._mirror.version, id(self._mirror.placed), self.size())
        if wanted != self._version and not self._later.isActive():
            self._later.start()
            self._is_due = time.monotonic() - self._painted_at > PAUSE_MS / 1e3
        self.update()

    def _corner(self, view: QRectF) -> QPoint:
        """Return where to stand: where it stood, or in a corner where no chip lies under it."""
        area = self._area.rect()
        left, top = area.left() + MARGIN, area.top() + MARGIN
        right = area.right() - self.width() - MARGIN
        bottom = area.bottom() - self.height() - MARGIN
        corners = [QPoint(right, bottom), QPoint(right, top), QPoint(left, bottom)]
        if QWidget.mouseGrabber() is not self:  # it stays under the hand that drags it
            zoom = area.width() / view.width()
            known = range(len(corners))
            order = sorted(known, key=lambda at: at != self._stands_at)
            free = (at for at in order if not self._covers(corners[at], view, zoom))
            self._stands_at = next(free, 0)
        return corners[self._stands_at]

    def _covers(self, corner: QPoint, view: QRectF, zoom: float) -> bool:
        """Return whether a chip would lie under the map in this corner."""
        shadow = QRectF(corner, self.size()).translated(-QPointF(self._area.rect().topLeft()))
        top, bottom = (view.top() + y / zoom for y in (shadow.top(), shadow.bottom()))
        left, right = (view.left() + x / zoom for x in (shadow.left(), shadow.right()))
        begin, end = self._mirror.placed.spans()
        first = max(0, math.ceil((top - CHIP_HEIGHT) / LANE_PITCH))
        last = min(len(begin), math.floor(bottom / LANE_PITCH) + 1)
        lanes = slice(first, max(first, last))
        seen = QRectF(QPointF(left, top), QPointF(right, bottom))
        if any(box.intersects(seen) for box in self._others):
            return True
        return bool(((begin[lanes] < right) & (end[lanes] > left)).any())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the strips, anew when they are due, and the frame."""
        if self._is_due:
            self._redraw()
        painter = QPainter(self)
        theme = self._look.theme
        inside = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.fillRect(self.rect(), QColor(theme.panel))
        painter.drawPixmap(inside.topLeft(), self._picture)
        painter.setPen(QPen(QColor(theme.strong_line), 1))
        painter.drawRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5))
        frame = self._frame(inside)
        shade = QColor(theme.accent)
        shade.setAlphaF(0.14)
        painter.fillRect(frame, shade)
        painter.setPen(QPen(QColor(theme.accent), 1.5))
        painter.drawRect(frame)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go where it was clicked."""
        self._go(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag the view."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event.position())

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Keep the click from the tree below."""

    def _go(self, at: QPointF) -> None:
        width, height = self._mirror.placed.size
        inside = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        across = (at.x() - inside.left()) / inside.width() * width
        down = (at.y() - inside.top()) / inside.height() * height
        self.moved_to.emit(QPointF(across, down))

    def _frame(self, inside: QRectF) -> QRectF:
        width, height = self._mirror.placed.size
        across, down = inside.width() / max(width, 1), inside.height() / max(height, 1)
        seen = self._view & QRectF(0, 0, width, height)
        corner = QPointF(inside.left() + seen.left() * across, inside.top() + seen.top() * down)
        frame = QRectF(corner, QPointF(0, 0))
        frame.setWidth(max(5.0, seen.width() * across))
        frame.setHeight(max(5.0, seen.height() * down))
        return frame.adjusted(0.5, 0.5, -0.5, -0.5)

    def _repaint(self) -> None:
        self._redraw()
        self.update()

    def _redraw(self) -> None:
        self._is_due = False
        size = self.size() - QSize(2, 2)
        if not len(self._mirror.placed.lanes) or size.isEmpty():
            return
        self._later.stop()
        self._painted_at = time.monotonic()
        self._version = (self._mirror.version, id(self._mirror.placed), self.size())
        self._picture = QPixmap(size)
        self._picture.fill(QColor(self._look.theme.panel))
        painter = QPainter(self._picture)
        self._strips.paint_whole(painter, size)
        painter.end()

    def _on_look(self) -> None:
        self._strips = StripPainter(self._mirror, self._look)
        self._version = None
        self.follow(self._view)
