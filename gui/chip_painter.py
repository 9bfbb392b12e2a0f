"""Paints one token as a chip."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen

from core.tree import Origin
from gui.figures import short_probability
from gui.look import Look, Size
from gui.marks import paint_mark
from gui.scales import UNKNOWN, table
from gui.theme import Mark
from gui.tree_places import CHIP_HEIGHT, PADDING

RADIUS = 5.0
BAR = 3.0
GHOST_HEIGHT = 28.0
GHOST_PITCH = 34.0
GHOST_LEAST_WIDTH = 100.0
UNSAVED_OPACITY = 0.55
WAVE = 3.0
"""Pixels from a wave's crest to its trough."""


@dataclass(frozen=True, slots=True)
class Chip:
    """What is painted of one token. `mark` is its branch's; it shows where `corner` is set.

    `place` is that of its colour on the scale; UNKNOWN for none.
    """

    text: str
    probability: float | None
    place: int
    origin: Origin
    mark: Mark
    corner: bool
    special: bool
    exact: bool
    joins: bool
    saved: bool
    odd: bool


class ChipPainter:
    """Holds the pens, brushes and fonts of a look."""

    def __init__(self, look: Look) -> None:
        theme = look.theme
        self._fills = [QColor(*row) for row in table(theme, look.colouring).tolist()]
        self._ink = QColor(theme.chip_ink)
        self._muted = QColor(theme.muted)
        self._prompt = QColor(theme.prompt_fill)
        self._bar = QColor(theme.bar)
        self._trough = QColor(theme.trough)
        self._accent = QColor(theme.accent)
        self._line = QColor(theme.strong_line)
        self.font = look.font(Size.TOKEN)
        self._italic = QFont(self.font)
        self._italic.setItalic(True)
        self._mono = look.mono(Size.LABEL)
        self._small = look.font(Size.SMALL)
        self._metrics = QFontMetricsF(self.font)
        self._mono_metrics = QFontMetricsF(self._mono)
        self._small_metrics = QFontMetricsF(self._small)

    def measure(self, text: str) -> float:
        """Return the width of a chip's text."""
        return self._metrics.horizontalAdvance(text)

    def paint(self, painter: QPainter, box: QRectF, chip: Chip) -> None:
        """Paint a chip."""
        if not chip.saved:
            painter.setOpacity(UNSAVED_OPACITY)
        self._ground(painter, box, chip)
        self._text(painter, box, chip)
        if chip.joins:
            painter.setPen(QPen(self._line, 1.5))
            middle = box.top() + 0.5 * box.height()
            painter.drawLine(QPointF(box.left() - 5, middle), QPointF(box.left() + 3, middle))
        if chip.corner:
            paint_mark(painter, box.topRight() + QPointF(-1.5, 1.5), chip.mark, 9.0)
        if not chip.saved:
            painter.setOpacity(1.0)

    def _ground(self, painter: QPainter, box: QRectF, chip: Chip) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        if chip.place == UNKNOWN:
            painter.setBrush(self._prompt)
        else:
            painter.setBrush(self._fills[chip.place])
        painter.drawRoundedRect(box, RADIUS, RADIUS)
        if chip.probability is not None and chip.origin is not Origin.PROMPT:
            self._probability_bar(painter, box, chip.probability)
        pen = self._outline(chip)
        if pen is not None:
            inset = pen.widthF() / 2
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            inner = box.adjusted(inset, inset, -inset, -inset)
            painter.drawRoundedRect(inner, RADIUS - inset, RADIUS - inset)

    def _outline(self, chip: Chip) -> QPen | None:
        if chip.origin is Origin.INSERTED:
            return QPen(QColor(chip.mark.colour), 2.0)
        if chip.origin is Origin.CHOSEN:
            return QPen(self._accent, 1.0)
        if chip.special:
            return QPen(self._muted, 1.0, Qt.PenStyle.DotLine)
        return None

    def _probability_bar(self, painter: QPainter, box: QRectF, probability: float) -> None:
        whole = QRectF(box.left() + 6, box.bottom() - BAR - 3, box.width() - 12, BAR)
        trough = QColor(self._trough)
        trough.setAlphaF(0.75)
        painter.setBrush(trough)
        painter.drawRoundedRect(whole, BAR / 2, BAR / 2)
        filled = QRectF(whole)
        filled.setWidth(max(1.0, whole.width() * min(probability, 1.0)))
        painter.setBrush(self._bar)
        painter.drawRoundedRect(filled, min(BAR, filled.width()) / 2, BAR / 2)

    def _text(self, painter: QPainter, box: QRectF, chip: Chip) -> None:
        metrics = self._mono_metrics if chip.special else self._metrics
        font = self._mono if chip.special else self.font if chip.exact else self._italic
        quiet = chip.place == UNKNOWN
        painter.setFont(font)
        painter.setPen(self._muted if quiet else self._ink)
        room = box.width() - 2 * PADDING
        text = chip.text
        if metrics.horizontalAdvance(text) > room + 1:
            text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        # the bar takes the lowest pixels, so the text stands a little above the middle
        lift = 0.0 if quiet else 1.5
        base = box.top() + (CHIP_HEIGHT + metrics.ascent() - metrics.descent()) / 2 - lift
        painter.drawText(QPointF(box.left() + PADDING, base), text)
        if chip.odd:
            self._wave(painter, QRectF(box.left() + PADDING, base + 2, room, 3))

    def _wave(self, painter: QPainter, box: QRectF) -> None:
        """Underline what would be split into other tokens."""
        wave = QPainterPath(box.topLeft())
        steps = int(box.width() // WAVE)
        for step in range(1, steps + 1):
            low = box.bottom() if step % 2 else box.top()
            wave.lineTo(box.left() + step * WAVE, low)
        painter.setPen(QPen(self._muted, 1.0))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(wave)

    def ghost_width(self, texts: list[str]) -> float:
        """Return the common width of a stack of ghosts."""
        figures = self._small_metrics.horizontalAdvance(".000")
        widest = max((self.measure(text) for text in texts), default=0.0)
        return max(GHOST_LEAST_WIDTH, min(widest, 160.0) + figures + 2 * PADDING + 12)

    def paint_ghost(
        self, painter: QPainter, box: QRectF, *, text: str, probability: float, lit: bool
    ) -> None:
        """Paint a token that could be chosen."""
        pen = QPen(self._accent if lit else self._line, 1.0)
        pen.setDashPattern([3.0, 2.5])
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        painter.setFont(self.font)
        painter.setPen(self._accent if lit else self._muted)
        figures = short_probability(probability)
        figure_width = self._small_metrics.horizontalAdvance(figures)
        room = box.width() - figure_width - 2 * PADDING - 8
        shown = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        middle = box.center().y()
        base = middle + (self._metrics.ascent() - self._metrics.descent()) / 2
        painter.drawText(QPointF(box.left() + PADDING, base), shown)
        painter.setFont(self._small)
        base = middle + (self._small_metrics.ascent() - self._small_metrics.descent()) / 2
        painter.drawText(QPointF(box.right() - PADDING - figure_width, base), figures)

    def paint_fold(self, painter: QPainter, box: QRectF, words: str) -> None:
        """Paint the sign of what is folded away: a stack of chips with a count."""
        painter.setPen(QPen(self._line, 1.0))
        painter.setBrush(self._prompt)
        for shift in (4.0, 2.0, 0.0):
            painter.drawRoundedRect(box.translated(shift, 0).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.setFont(self._small)
        painter.setPen(self._muted)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)

    def paint_note(self, painter: QPainter, at: QPointF, text: str) -> None:
        """Paint a line of small muted text; `at` is the left end of its base line."""
        painter.setFont(self._small)
        painter.setPen(self._muted)
        painter.drawText(at, text)

    def note_width(self, text: str) -> float:
        """Return the width of a line of small text."""
        return self._small_metrics.horizontalAdvance(text)
