"""Shows a long run of tokens as small chips, line under line; control tokens stand out."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from core.tokens import Token
from gui.look import Look, Size
from gui.token_text import show_token

PADDING, GAP, LINE_GAP = 7, 3, 4
LEAST_LINES = 4
MARGIN = 8
AT_ONCE = 500
"""Tokens that are placed before the window may do something else."""


class TokenField(QAbstractScrollArea):
    """Breaks a line after a token that ends in a line break, and where the room ends."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._tokens: tuple[Token, ...] = ()
        self._chips: list[tuple[str, bool]] = []
        self._lines: list[list[tuple[float, float, int]]] = []
        self._pending = b""
        self._at, self._placed = 0.0, 0
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._go_on)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setViewportMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Tokens")
        look.changed.connect(self._arrange)

    def show_tokens(self, tokens: Sequence[Token]) -> None:
        """Show these tokens."""
        self._tokens = tuple(tokens)
        self._chips, self._pending = [], b""
        self._arrange()
        self.setAccessibleDescription(" ".join(text for text, _ in self._chips[:200]))

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
        """Break lines anew, some tokens at a time: a long text must not hold the window up."""
        self._lines, self._at, self._placed = [[]], 0.0, 0
        self._go_on()

    def _go_on(self) -> None:
        plain = QFontMetricsF(self._look.font(Size.LABEL))
        mono = QFontMetricsF(self._look.mono(Size.SMALL))
        room = float(max(60, self.viewport().width() - 2))
        end = min(self._placed + AT_ONCE, len(self._tokens))
        for place in range(self._placed, end):
            if place == len(self._chips):
                shown = show_token(self._tokens[place], self._pending)
                self._pending = shown.pending
                self._chips.append((shown.text, self._tokens[place].special))
            text, special = self._chips[place]
            wide = (mono if special else plain).horizontalAdvance(text) + 2 * PADDING
            width = min(max(wide, 12.0), room)
            if self._lines[-1] and self._at + width > room:
                self._lines.append([])
                self._at = 0.0
            self._lines[-1].append((self._at, width, place))
            self._at += width + GAP
            if self._tokens[place].piece.endswith(b"\n"):
                self._lines.append([])
                self._at = 0.0
        self._placed = end
        if end < len(self._tokens):
            self._later.start()
        bar = self.verticalScrollBar()
        height = round(len(self._lines) * self._pitch())
        bar.setRange(0, max(0, height - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(round(self._pitch()))
        self.viewport().update()
