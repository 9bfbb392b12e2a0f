"""Shows how a typed text splits: small chips, line by line."""

import math

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.products import Preview
from gui import figures
from gui.look import Look, Size
from gui.token_text import show_token

HEIGHT = 24
PITCH = 28
GAP = 4
PADDING = 8
MOST_LINES = 3


class PreviewStrip(QWidget):
    """As many chips as fit in three lines, the number of the others after them."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._chips: list[tuple[str, float | None]] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        look.changed.connect(self.update)

    def show_preview(self, preview: Preview | None) -> None:
        """Show the tokens of a preview, or none."""
        self._chips = []
        if preview is not None:
            pending = b""
            for token, score in zip(preview.tokens, preview.scored, strict=True):
                shown = show_token(token, pending)
                pending = shown.pending
                self._chips.append((shown.text, None if score is None else score.logprob))
        self.setVisible(bool(self._chips))
        self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        """Return the height that a width asks for."""
        lines = self._lines(width)
        return max(HEIGHT, len(lines) * PITCH - (PITCH - HEIGHT))

    def sizeHint(self) -> QSize:
        """Return the size that would be best."""
        return QSize(120, self.heightForWidth(max(self.width(), 120)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what is in view."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._look.theme
        painter.setFont(self._look.font(Size.LABEL))
        for row, line in enumerate(self._lines(self.width())):
            for left, width, text, logprob in line:
                box = QRectF(left, row * PITCH, width, HEIGHT)
                if text.startswith("\N{HORIZONTAL ELLIPSIS}") or logprob is None:
                    fill, ink = theme.prompt_fill, theme.muted
                else:
                    fill, ink = theme.fill(math.exp(logprob)), theme.chip_ink
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(fill))
                painter.drawRoundedRect(box, 4, 4)
                painter.setPen(QColor(ink))
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
        painter.end()

    def _lines(self, room: int) -> list[list[tuple[float, float, str, float | None]]]:
        metrics = QFontMetricsF(self._look.font(Size.LABEL))
        lines: list[list[tuple[float, float, str, float | None]]] = [[]]
        at = QPointF(0, 0)
        for place, (text, logprob) in enumerate(self._chips):
            width = min(metrics.horizontalAdvance(text) + 2 * PADDING, float(room))
            if lines[-1] and at.x() + width > room:
                if len(lines) == MOST_LINES:
                    left = figures.count(len(self._chips) - place + 1)
                    last = lines[-1].pop()
                    lines[-1].append((last[0], max(last[1], 44), f"…{left}", None))
                    return lines
                lines.append([])
                at.setX(0)
            lines[-1].append((at.x(), width, text, logprob))
            at.setX(at.x() + width + GAP)
        return lines
