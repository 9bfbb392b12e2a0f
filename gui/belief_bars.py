"""Bars for what is believed after each branch: how likely the truth, how likely the error."""

from collections.abc import Sequence
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
PLACES = (("right", "wrong"), ("✓", "✗"))
"""What stands under the bars instead of the answers, the shorter where there is less room."""


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
            figures = figure_words(self._groups, metrics, width)
            names = self._names(metrics, width - 16)
            for place, group in enumerate(self._groups):
                cell = QRectF(plot.left() + place * width, plot.top(), width, plot.height())
                self._bars(painter, cell, group, figures[place])
                self._name(painter, cell, group.mark, names[place])
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

    def _bars(
        self, painter: QPainter, cell: QRectF, group: BeliefGroup, figures: tuple[str, str]
    ) -> None:
        theme, metrics = self._look.theme, QFontMetricsF(self._look.font(Size.SMALL))
        figure = max(map(metrics.horizontalAdvance, figures)) + 6
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
            painter.drawText(above, middle, figures[place])
            painter.setPen(QColor(theme.muted))
            below = QRectF(centre - 80, cell.bottom() + 4, 160, metrics.height())
            painter.drawText(below, middle, words[place])

    def _bar_words(self, metrics: QFontMetricsF, room: float) -> tuple[str, str]:
        """Return what stands under the bars: the answers, or their places where these are long."""
        for words in (self._words, *PLACES[:-1]):
            if sum(map(metrics.horizontalAdvance, words)) + 12 <= room:
                return words
        return PLACES[-1]

    def _names(self, metrics: QFontMetricsF, room: float) -> list[str]:
        """Return what the groups are called, all in the same way; nothing where no name fits."""
        full = [f"after {group.name}" for group in self._groups]
        if max(map(metrics.horizontalAdvance, full)) <= room:
            return full
        elided = Qt.TextElideMode.ElideRight
        cut = [metrics.elidedText(group.name, elided, room) for group in self._groups]
        return ["" if words == "…" else words for words in cut]

    def _name(self, painter: QPainter, cell: QRectF, mark: Mark, words: str) -> None:
        metrics = QFontMetricsF(self._look.font(Size.SMALL))
        width = metrics.horizontalAdvance(words)
        line = cell.bottom() + 8 + 1.5 * metrics.height()
        start = cell.center().x() + (6 - width / 2 if words else 9)
        paint_mark(painter, QPointF(start - 9, line), mark, 8)
        painter.setPen(QColor(self._look.theme.ink))
        box = QRectF(start, line - metrics.height() / 2, width + 2, metrics.height())
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), words)


def figure_words(
    groups: Sequence[BeliefGroup], metrics: QFontMetricsF, room: float
) -> list[tuple[str, str]]:
    """Return what stands above the two bars of each group, so that no figures touch.

    Three decimals, two where there is less room, and at last only those of the higher bar.
    """
    for write in (_exactly, _briefly):
        pairs = [(write(group.truth), write(group.error)) for group in groups]
        widest = max(metrics.horizontalAdvance(figure) for pair in pairs for figure in pair)
        if 2 * (widest + 5) <= room:
            return pairs
    return [
        (_briefly(group.truth), "") if group.truth >= group.error else ("", _briefly(group.error))
        for group in groups
    ]


def _exactly(value: float) -> str:
    return f"{value:.3f}" if value >= 0.0005 else probability(value)


def _briefly(value: float) -> str:
    return f"{value:.2f}".removeprefix("0") if value >= 0.005 else "<.01"
