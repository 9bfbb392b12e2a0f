"""Shows a long run of tokens as small chips, line under line; control tokens stand out."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from core.tokens import Token
from gui.look import Look, Size
from gui.token_text import show_token

PADDING, GAP, LINE_GAP = 7, 3, 4
LEAST_LINES = 4
MARGIN = 8


class TokenField(QAbstractScrollArea):
    """Breaks a line after a token that ends in a line break, and where the room ends."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._tokens: tuple[Token, ...] = ()
        self._chips: list[tuple[str, bool]] = []
        self._lines: list[list[tuple[float, float, int]]] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setViewportMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Tokens")
        look.changed.connect(self._arrange)

    def show_tokens(self, tokens: Sequence[Token]) -> None:
        """Show these tokens."""
        self._tokens = tuple(tokens)
        self._chips = []
        pending = b""
        for token in self._tokens:
            shown = show_token(token, pending)
            pending = shown.pending
            self._chips.append((shown.text, token.special))
        words = " ".join(text for text, _ in self._chips[:200])
        self.setAccessibleDescription(words)
        self._arrange()

    def words(self) -> list[str]:
        """Return what stands on the chips."""
        return [text for text, _ in self._chips]

    def sizeHint(self) -> QSize:
        """Return the size that would be best."""
        return QSize(420, round(LEAST_LINES * self._pitch()))

    def minimumSizeHint(self) -> QSize:
        """Return the least size that makes sense."""
        return QSize(160, round(2 * self._pitch()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adapt to another size."""
        super().resizeEvent(event)
        self._arrange()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the lines in view."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._look.theme
        plain, mono = self._look.font(Size.LABEL), self._look.mono(Size.SMALL)
        pitch, top = self._pitch(), self.verticalScrollBar().value()
        first = max(0, int(top // pitch))
        last = int((top + self.viewport().height()) // pitch) + 1
        for row in range(first, min(last, len(self._lines))):
            for left, width, place in self._lines[row]:
                text, special = self._chips[place]
                box = QRectF(left + 0.5, row * pitch - top + 0.5, width - 1, pitch - LINE_GAP - 1)
                painter.setFont(mono if special else plain)
                if special:
                    painter.setPen(QPen(QColor(theme.muted), 1, Qt.PenStyle.DotLine))
                    painter.setBrush(Qt.BrushStyle.NoBrush)
                else:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(QColor(theme.prompt_fill))
                painter.drawRoundedRect(box, 4, 4)
                painter.setPen(QColor(theme.muted if special else theme.ink))
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
        painter.end()

    def _pitch(self) -> float:
        return QFontMetricsF(self._look.font(Size.LABEL)).height() + 6 + LINE_GAP

    def _arrange(self) -> None:
        plain = QFontMetricsF(self._look.font(Size.LABEL))
        mono = QFontMetricsF(self._look.mono(Size.SMALL))
        room = float(max(60, self.viewport().width() - 2))
        self._lines = [[]]
        at = 0.0
        for place, (text, special) in enumerate(self._chips):
            wide = (mono if special else plain).horizontalAdvance(text) + 2 * PADDING
            width = min(max(wide, 12.0), room)
            if self._lines[-1] and at + width > room:
                self._lines.append([])
                at = 0.0
            self._lines[-1].append((at, width, place))
            at += width + GAP
            if self._tokens[place].piece.endswith(b"\n"):
                self._lines.append([])
                at = 0.0
        bar = self.verticalScrollBar()
        height = round(len(self._lines) * self._pitch())
        bar.setRange(0, max(0, height - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(round(self._pitch()))
        self.viewport().update()
