"""The scale of the tree's colours; a click on it offers the others."""

from functools import partial

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QMenu, QWidget

from gui.look import Look, Size
from gui.scales import MEANINGS, RANKS, TICKS, Scale, table
from gui.theme import RAMP_STEPS

LEAST_SCALE, LEAST_WIDTH = 60, 24
"""Pixels below which the colours, and then even the name of the scale, say nothing."""

CHOOSE = "Click to colour by something else."


class Legend(QWidget):
    """A strip of colours, calm ones first, with its ticks below."""

    scale_chosen = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        look.changed.connect(self._on_look)
        self._on_look()

    def sizeHint(self) -> QSize:
        """Return the size that would be best."""
        metrics = QFontMetricsF(self._look.font(Size.SMALL))
        word = metrics.horizontalAdvance(_title(self._look.colouring))
        return QSize(round(word) + 178, round(16 + metrics.height()))

    def minimumSizeHint(self) -> QSize:
        """Return the smallest useful size."""
        return QSize(0, self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take keys only where there is something to see."""
        super().resizeEvent(event)
        seen = event.size().width() >= LEAST_WIDTH
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if seen else Qt.FocusPolicy.NoFocus)

    def menu(self) -> QMenu:
        """Return a menu of all scales, the one in force ticked."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for scale in Scale:
            action = menu.addAction(f"Colour by {scale.value}")
            action.setCheckable(True)
            action.setChecked(scale is self._look.colouring)
            action.triggered.connect(partial(self._choose, scale))
        return menu

    def _choose(self, scale: Scale, *_state: bool) -> None:
        self.scale_chosen.emit(scale.value)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Offer the scales."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._offer()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a key."""
        if event.key() in {Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Down}:
            self._offer()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what is in view."""
        painter = QPainter(self)
        theme, kind = self._look.theme, self._look.colouring
        painter.setFont(self._look.font(Size.SMALL))
        metrics = QFontMetricsF(painter.font())
        title = _title(kind)
        word = metrics.horizontalAdvance(title)
        painter.setPen(QColor(theme.accent if self.hasFocus() else theme.muted))
        scale = QRectF(word + 10, 2, self.width() - word - 32, 11)
        if scale.width() < LEAST_SCALE:  # which scale it is, and the way to the others
            said = metrics.elidedText(title, Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(
                QRectF(0, 0, self.width(), 16), int(Qt.AlignmentFlag.AlignVCenter), said
            )
            painter.end()
            return
        painter.drawText(QRectF(0, 0, word + 2, 16), int(Qt.AlignmentFlag.AlignVCenter), title)
        colours = table(theme, kind)
        for column in range(int(scale.width())):
            step = int(column / scale.width() * RAMP_STEPS)
            bar = QRectF(scale.left() + column, scale.top(), 1.5, scale.height())
            painter.fillRect(bar & scale, QColor(*colours[step].tolist()))
        painter.setPen(QPen(QColor(theme.accent if self.hasFocus() else theme.hairline), 1))
        painter.drawRect(scale.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setPen(QColor(theme.muted))
        for place, words in TICKS[kind]:
            x = scale.left() + place * scale.width()
            box = QRectF(x - 24, scale.bottom() + 1, 48, metrics.height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)
        painter.end()

    def _offer(self) -> None:
        self.menu().popup(self.mapToGlobal(QPoint(0, self.height())))

    def _on_look(self) -> None:
        scale = self._look.colouring
        self.setToolTip(f"{MEANINGS[scale]}\n{CHOOSE}")
        self.setAccessibleName(f"Colour scale: {_spoken(scale)}. {CHOOSE}")
        self.updateGeometry()
        self.update()


def _title(scale: Scale) -> str:
    return f"{scale.value} ▾"


def _spoken(scale: Scale) -> str:
    match scale:
        case Scale.PROBABILITY:
            return "probability from 1, palest, to 0.001, strongest"
        case Scale.RANK:
            return f"rank in five steps, 1 the palest, over {RANKS[-1]} the strongest"
        case Scale.ENTROPY:
            return "entropy before the token from 0, palest, to 6 nats, strongest"
