"""Bars for what is believed after each branch: how likely the truth, how likely the error."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from gui.figures import probability
from gui.look import Look, Size
from gui.marks import paint_mark
from gui.theme import Mark, blend

GRID = (0.0, 0.25, 0.5, 0.75, 1.0)
GRID_WORDS = ("0", ".25", ".5", ".75", "1")
WIDEST_BAR = 36.0


@dataclass(frozen=True, slots=True)
class BeliefGroup:
    """After one branch: probabilities of the truth and of the error under the probe."""

    name: str
    mark: Mark
    truth: float
    error: float


class BeliefBars(QWidget):
    """A bar chart that labels its bars directly."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._groups: tuple[BeliefGroup, ...] = ()
        self._words = ("", "")
        self.setMinimumSize(160, 120)
        self.setToolTip(
            "The probe is put after each branch's inserted tokens; the bars are the probabilities\n"
            "of the whole right and the whole wrong answer after it: p = Π p(token | text before)."
        )
        look.changed.connect(self.update)

    def show_groups(self, groups: tuple[BeliefGroup, ...], words: tuple[str, str]) -> None:
        """Show these; `words` are the truth and the error."""
        self._groups = groups
        self._words = words
        spoken = "; ".join(
            f"after {group.name}: {words[0]} {probability(group.truth)}, "
            f"{words[1]} {probability(group.error)}"
            for group in groups
        )
        self.setAccessibleName(f"Probability under the probe. {spoken}")
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size that would be best."""
        return QSize(320, 200)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what is in view."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small = self._look.font(Size.SMALL)
        metrics = QFontMetricsF(small)
        line = metrics.height()
        plot = QRectF(self.rect()).adjusted(26, line + 4, -4, -2 * line - 12)
        self._grid(painter, plot, metrics)
        if self._groups and plot.height() > 20:
            width = plot.width() / len(self._groups)
            for place, group in enumerate(self._groups):
                cell = QRectF(plot.left() + place * width, plot.top(), width, plot.height())
                self._group(painter, cell, group, metrics)
        painter.end()

    def _grid(self, painter: QPainter, plot: QRectF, metrics: QFontMetricsF) -> None:
        theme = self._look.theme
        painter.setFont(self._look.font(Size.SMALL))
        step = 1 if plot.height() > 5 * metrics.height() else 2
        for value, words in zip(GRID[::step], GRID_WORDS[::step], strict=True):
            y = round(plot.bottom() - value * plot.height()) + 0.5
            painter.setPen(QPen(QColor(theme.hairline), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(QColor(theme.muted))
            box = QRectF(0, y - metrics.height() / 2, plot.left() - 6, metrics.height())
            painter.drawText(
                box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), words
            )

    def _group(
        self, painter: QPainter, cell: QRectF, group: BeliefGroup, metrics: QFontMetricsF
    ) -> None:
        theme = self._look.theme
        figure = metrics.horizontalAdvance("0.000") + 6
        bar = min(WIDEST_BAR, cell.width() * 0.28)
        words = self._bar_words(metrics, cell.width())
        step = max(bar + 6, figure, sum(map(metrics.horizontalAdvance, words)) / 2 + 8)
        step = min(step, cell.width() / 2)
        painter.setFont(self._look.font(Size.SMALL))
        middle = int(Qt.AlignmentFlag.AlignCenter)
        pale = blend(group.mark.colour, theme.panel, 0.6)
        pairs = ((group.truth, group.mark.colour), (group.error, pale))
        for place, (value, colour) in enumerate(pairs):
            centre = cell.center().x() + (place - 0.5) * step
            height = max(1.5, value * cell.height())
            box = QRectF(centre - bar / 2, cell.bottom() - height, bar, height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(box, 1.5, 1.5)
            painter.setPen(QColor(theme.ink))
            above = QRectF(centre - 40, box.top() - metrics.height() - 1, 80, metrics.height())
            figure_text = f"{value:.3f}" if value >= 0.0005 else probability(value)
            painter.drawText(above, middle, figure_text)
            painter.setPen(QColor(theme.muted))
            below = QRectF(centre - 80, cell.bottom() + 4, 160, metrics.height())
            painter.drawText(below, middle, words[place])
        self._name(painter, cell, group, metrics)

    def _bar_words(self, metrics: QFontMetricsF, room: float) -> tuple[str, str]:
        """Return what stands under the bars: the answers, or their places where these are long."""
        if sum(map(metrics.horizontalAdvance, self._words)) + 12 <= room:
            return self._words
        return "right", "wrong"

    def _name(
        self, painter: QPainter, cell: QRectF, group: BeliefGroup, metrics: QFontMetricsF
    ) -> None:
        room = cell.width() - 16
        words = f"after {group.name}"
        if metrics.horizontalAdvance(words) > room:
            words = metrics.elidedText(group.name, Qt.TextElideMode.ElideRight, room)
        width = metrics.horizontalAdvance(words)
        line = cell.bottom() + 8 + 1.5 * metrics.height()
        start = cell.center().x() - width / 2 + 6
        paint_mark(painter, QPointF(start - 9, line), group.mark, 8)
        painter.setPen(QColor(self._look.theme.ink))
        box = QRectF(start, line - metrics.height() / 2, width + 2, metrics.height())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), words)
