"""A text as a strip of tokens, coloured by how much an error at each of them hurts."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from core.sweeping import Harm, alike
from core.tokens import Token, text_of
from gui.figures import MINUS, counted, signed
from gui.look import Look, Size
from gui.theme import Theme, blend
from gui.token_text import show_token

HEIGHT, PITCH, GAP, PADDING = 26, 44, 4, 7
INSET = 3
"""Pixels around all chips, for the ring of the one that keys act on."""

SHIFT = Qt.KeyboardModifier.ShiftModifier


class HarmStrip(QWidget):
    """Chips in lines, the harm in bits under each. Tells places by their token's index.

    A click or the space bar says `place_chosen`; with Shift, or drawn over several, it is
    `span_chosen` with the first and the last. Arrow keys walk, and say `walked` with a chip's box.
    """

    place_chosen = Signal(int)
    span_chosen = Signal(int, int)
    place_pointed = Signal(int)
    walked = Signal(QRect)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._tokens: Sequence[Token] = ()
        self._since = 0
        self._harms: dict[int, Harm] = {}
        self._chosen: frozenset[int] = frozenset()
        self._alike: set[int] = set()
        self._floor = 0.0
        self._anchor = self._here = 0  # where a span began, and where keys act; 0 is no place
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Where an error hurts")
        look.changed.connect(self.update)

    def show_harms(
        self, tokens: Sequence[Token], since: int, harms: Sequence[Harm], *, floor: float
    ) -> None:
        """Show tokens that begin at index `since`, and what an error at each does.

        A harm of up to `floor` bits means nothing and has no colour; nor has one that is told over
        fewer tokens than others are.
        """
        if tokens != self._tokens:
            self._anchor = self._here = 0
        self._tokens, self._since, self._floor = tokens, since, floor
        self._harms = {harm.index: harm for harm in harms}
        told = alike(harms)
        self._alike = {harm.index for harm in told}
        self.setAccessibleName("Where an error hurts")
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
        return int(boxes[-1].top()) + PITCH + INSET if boxes else PITCH

    @property
    def most(self) -> float:
        """The worst harm, whose colour is the strongest, in bits a token; 0 where there is none."""
        return max((self._harms[at].harm or 0.0 for at in self._alike), default=0.0)

    def sizeHint(self) -> QSize:
        """Return the size that would be best."""
        return QSize(400, self.heightForWidth(max(self.width(), 200)))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint all chips."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._look.theme
        most = self.most
        middle = int(Qt.AlignmentFlag.AlignCenter)
        for place, box in enumerate(self._boxes(self.width())):
            harm = self._harms.get(self._since + place)
            value = None if harm is None else harm.harm
            tells = self.is_coloured(self._since + place)
            share = value / most if value is not None and tells else 0.0
            fill = harm_colour(theme, share) if tells else theme.panel
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
            if self.hasFocus() and self._since + place == self._here:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(QColor(theme.ink), 1, Qt.PenStyle.DotLine))
                painter.drawRoundedRect(box.adjusted(-2.5, -2.5, 2.5, 2.5), 5, 5)
        painter.end()

    def is_coloured(self, index: int) -> bool:
        """Return whether the harm at a place means something: told as long as others, and more."""
        harm = self._harms.get(index)
        value = None if harm is None else harm.harm
        return value is not None and index in self._alike and value > self._floor

    def resizeEvent(self, _event: object) -> None:
        """Adapt to another width."""
        self.setMinimumHeight(self.heightForWidth(self.width()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell what the chip under the mouse stands for; with the button down, choose up to it."""
        place = self._place_at(event.position())
        self.place_pointed.emit(-1 if place is None else place)
        self.setToolTip("" if place is None else self._told(place))
        is_drawn = bool(event.buttons() & Qt.MouseButton.LeftButton)
        if is_drawn and place is not None and place != self._here and self._anchor:
            self._choose_up_to(place)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the place under the mouse, or all up to it."""
        place = self._place_at(event.position())
        if place is None:
            return
        if event.modifiers() & SHIFT and self._anchor:
            self._choose_up_to(place)
        else:
            self._anchor = self._here = place
            self.place_chosen.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk from chip to chip, choose one, or a span."""
        key, last = event.key(), self._since + len(self._tokens) - 1
        if key == Qt.Key.Key_Space and self._here:
            self._anchor = self._here
            self.place_chosen.emit(self._here)
            return
        to = self._reached(key)
        if to is None or not self._tokens:
            super().keyPressEvent(event)
            return
        to = min(max(to, self._since), last)
        if event.modifiers() & SHIFT:
            self._anchor = self._anchor or self._here or to
            self._choose_up_to(to)
        else:
            self._anchor = self._here = to
        self._show_here()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where keys act."""
        if not self._here and self._tokens:
            self._here = self._since
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show no place for keys."""
        super().focusOutEvent(event)
        self.update()

    def _choose_up_to(self, place: int) -> None:
        self._here = place
        self.span_chosen.emit(min(self._anchor, place), max(self._anchor, place))

    def _show_here(self) -> None:
        box = self._boxes(self.width())[self._here - self._since]
        self.setAccessibleDescription(self._told(self._here))
        self.place_pointed.emit(self._here)
        self.walked.emit(box.toAlignedRect())
        self.update()

    def _reached(self, key: int) -> int | None:
        """Return the place that a key leads to; None for any other key."""
        here = self._here or self._since
        match key:
            case Qt.Key.Key_Left:
                return here - 1
            case Qt.Key.Key_Right:
                return here + 1
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                return self._next_line(here, PITCH if key == Qt.Key.Key_Down else -PITCH)
            case Qt.Key.Key_Home:
                return self._since
            case Qt.Key.Key_End:
                return self._since + len(self._tokens) - 1
            case _:
                return None

    def _next_line(self, here: int, down: float) -> int:
        """Return the place below or above that is nearest; the same one where no line is."""
        boxes = self._boxes(self.width())
        from_box = boxes[here - self._since]
        line = [at for at, box in enumerate(boxes) if box.top() == from_box.top() + down]
        middle = from_box.center().x()
        nearest = min(line, key=lambda at: abs(boxes[at].center().x() - middle), default=None)
        return here if nearest is None else self._since + nearest

    def _told(self, place: int) -> str:
        """Return what is known of a place, in words."""
        harm = self._harms.get(place)
        if harm is None:
            return ""
        told = ""
        if harm.harm is not None:
            follow = counted(harm.tokens, "token")
            told = f"\n{signed(harm.harm, 2)} bits on each of the next {follow}, on average"
            if harm.index not in self._alike:
                told += "\nToo few tokens follow for a comparison with the other places"
        return f"“{words_of(harm.error)}” instead, itself {harm.bits:.1f} bits{told}"

    def _place_at(self, at: QPointF) -> int | None:
        for place, box in enumerate(self._boxes(self.width())):
            if box.contains(at):
                return self._since + place
        return None

    def _boxes(self, room: int) -> list[QRectF]:
        metrics = QFontMetricsF(self._look.font(Size.LABEL))
        boxes: list[QRectF] = []
        left = top = float(INSET)
        room -= INSET
        for token in self._tokens:
            width = max(28.0, metrics.horizontalAdvance(show_token(token).text) + 2 * PADDING)
            if left > INSET and left + width > room:
                left, top = float(INSET), top + PITCH
            boxes.append(QRectF(left, top, min(width, float(room - INSET)), HEIGHT))
            left += width + GAP
        return boxes


def harm_colour(theme: Theme, share: float) -> str:
    """Return the colour of a harm that is this share of the worst."""
    return blend(theme.panel, theme.problem, 0.85 * share)


def words_of(tokens: Sequence[Token]) -> str:
    """Return tokens as one reads them, and by their bytes where they cannot be read."""
    text = text_of(tokens).strip()
    is_readable = text.isprintable() and "\N{REPLACEMENT CHARACTER}" not in text
    return text if text and is_readable else "".join(show_token(token).text for token in tokens)


def _short(value: float) -> str:
    words = f"{abs(value):.1f}"
    return f"{MINUS}{words}" if value < 0 and float(words) else words
