"""The probability scale of the tree's colours."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.look import Look, Size
from gui.theme import RAMP_STEPS

TICKS = ((0.0, "1"), (1 / 3, ".1"), (2 / 3, ".01"), (1.0, ".001"))
WORD = "probability"


class Legend(QWidget):
    """A strip from probability 1 to 0.001 with its ticks below."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setToolTip(
            "The fill of a token is its probability on a log scale; its bar is linear, from 0 to 1."
        )
        self.setAccessibleName("Colour scale: probability from 1, pale blue, to 0.001, red")
        look.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the size that would be best."""
        metrics = QFontMetricsF(self._look.font(Size.SMALL))
        word = metrics.horizontalAdvance(WORD)
        return QSize(round(word) + 172, round(16 + metrics.height()))

    def minimumSizeHint(self) -> QSize:
        """Return the smallest useful size."""
        return QSize(0, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what is in view."""
        painter = QPainter(self)
        theme = self._look.theme
        painter.setFont(self._look.font(Size.SMALL))
        metrics = QFontMetricsF(painter.font())
        word = metrics.horizontalAdvance(WORD)
        painter.setPen(QColor(theme.muted))
        scale = QRectF(word + 10, 2, self.width() - word - 26, 11)
        if scale.width() < 60:
            return
        painter.drawText(QRectF(0, 0, word + 2, 16), int(Qt.AlignmentFlag.AlignVCenter), WORD)
        gradient = QLinearGradient(scale.topLeft(), scale.topRight())
        table = theme.fill_table()
        for step in range(0, RAMP_STEPS, 15):
            gradient.setColorAt(step / (RAMP_STEPS - 1), QColor(*table[step].tolist()))
        painter.fillRect(scale, gradient)
        painter.setPen(QPen(QColor(theme.hairline), 1))
        painter.drawRect(scale.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.setPen(QColor(theme.muted))
        for place, words in TICKS:
            x = scale.left() + place * scale.width()
            box = QRectF(x - 20, scale.bottom() + 1, 40, metrics.height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)
        painter.end()
