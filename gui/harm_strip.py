"""A text as a strip of tokens, coloured by how much an error at each of them hurts."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from core.sweeping import Harm
from core.tokens import Token
from gui.figures import MINUS, counted, signed
from gui.look import Look, Size
from gui.theme import blend
from gui.token_text import show_token

HEIGHT, PITCH, GAP, PADDING = 26, 44, 4, 7


class HarmStrip(QWidget):
    """Chips in lines, the harm in bits under each. Says `place_chosen` with a token's index."""

    place_chosen = Signal(int)
    place_pointed = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._tokens: Sequence[Token] = ()
        self._since = 0
        self._harms: dict[int, Harm] = {}
        self._chosen: frozenset[int] = frozenset()
        self._alike: set[int] = set()
        self._floor = 0.0
        self.setMouseTracking(True)
        self.setAccessibleName("Where an error hurts")
        look.changed.connect(self.update)

    def show_harms(
        self, tokens: Sequence[Token], since: int, harms: Sequence[Harm], *, floor: float
    ) -> None:
        """Show tokens that begin at index `since`, and what an error at each does.

        A harm of up to `floor` bits means nothing and has no colour; nor has one that is told over
        fewer tokens than others are.
        """
        self._tokens, self._since, self._floor = tokens, since, floor
        self._harms = {harm.index: harm for harm in harms}
        told = alike(harms)
        self._alike = {harm.index for harm in told}
        if told:
            worst = max(told, key=lambda harm: harm.harm or 0.0)
            word = show_token(tokens[worst.index - since]).text
            self.setAccessibleName(
                f"Where an error hurts: most at {word}, {worst.harm:.2f} bits a token"
            )
        self.setMinimumHeight(self.heightForWidth(max(self.width(), 200)))
        self.update()

    def show_chosen(self, places: Collection[int]) -> None:
        """Outline the chosen places."""
        self._chosen = frozenset(places)
        self.update()

    def heightForWidth(self, width: int) -> int:
        """Return the height that a width asks for."""
        boxes = self._boxes(width)
        return int(boxes[-1].top()) + PITCH if boxes else PITCH

    def sizeHint(self) -> QSize:
        """Return the size that would be best."""
        return QSize(400, self.heightForWidth(max(self.width(), 200)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint all chips."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._look.theme
        most = max((self._harms[at].harm or 0.0 for at in self._alike), default=0.0)
        middle = int(Qt.AlignmentFlag.AlignCenter)
        for place, box in enumerate(self._boxes(self.width())):
            harm = self._harms.get(self._since + place)
            value = None if harm is None else harm.harm
            whole = self._since + place in self._alike
            tells = value is not None and whole and value > self._floor
            share = value / most if value is not None and tells else 0.0
            fill = theme.panel
            if tells:
                fill = blend(theme.panel, theme.problem, 0.85 * share)
            chosen = self._since + place in self._chosen
            edge = QPen(QColor(theme.accent if chosen else theme.hairline), 2 if chosen else 1)
            painter.setPen(edge)
            painter.setBrush(QColor(fill))
            painter.drawRoundedRect(box, 4, 4)
            painter.setFont(self._look.font(Size.LABEL))
            painter.setPen(QColor(theme.panel if share > 0.6 else theme.ink))
            painter.drawText(box, middle, show_token(self._tokens[place]).text)
            painter.setFont(self._look.font(Size.SMALL))
            faint = blend(theme.muted, theme.panel, 0.45)
            painter.setPen(QColor(theme.muted if tells else faint))
            words = "" if harm is None else "\N{EN DASH}" if value is None else _short(value)
            below = QRectF(box.center().x() - 30, box.bottom(), 60, PITCH - HEIGHT - 4)
            painter.drawText(below, middle, words)
        painter.end()

    def resizeEvent(self, _event: object) -> None:
        """Adapt to another width."""
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what the chip under the mouse stands for."""
        place = self._place_at(event.position())
        harm = None if place is None else self._harms.get(place)
        self.place_pointed.emit(-1 if place is None else place)
        if harm is None:
            self.setToolTip("")
            return
        told = (
            ""
            if harm.harm is None
            else (
                f"\n{signed(harm.harm, 2)} bits on each of the next"
                f" {counted(harm.tokens, 'token')}, on average"
            )
        )
        if harm.harm is not None and harm.index not in self._alike:
            told += "\nToo few tokens follow for a comparison with the other places"
        word = show_token(harm.token).text
        self.setToolTip(f"“{word}” instead, itself {harm.bits:.1f} bits{told}")

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the place under the mouse."""
        place = self._place_at(event.position())
        if place is not None:
            self.place_chosen.emit(place)

    def _place_at(self, at: QPointF) -> int | None:
        for place, box in enumerate(self._boxes(self.width())):
            if box.contains(at):
                return self._since + place
        return None

    def _boxes(self, room: int) -> list[QRectF]:
        metrics = QFontMetricsF(self._look.font(Size.LABEL))
        boxes: list[QRectF] = []
        left = top = 0.0
        for token in self._tokens:
            width = max(28.0, metrics.horizontalAdvance(show_token(token).text) + 2 * PADDING)
            if left and left + width > room:
                left, top = 0.0, top + PITCH
            boxes.append(QRectF(left, top, min(width, float(room)), HEIGHT))
            left += width + GAP
        return boxes


def alike(harms: Sequence[Harm]) -> list[Harm]:
    """Return the harms that can be compared: those over as many tokens as any is told over."""
    most = max((harm.tokens for harm in harms), default=0)
    return [harm for harm in harms if harm.harm is not None and harm.tokens == most]


def _short(value: float) -> str:
    words = f"{abs(value):.1f}"
    return f"{MINUS}{words}" if value < 0 and float(words) else words
