"""The card that says everything about the token under the mouse."""

import html
import math
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtWidgets import QLabel, QWidget

from core.tokens import text_of
from core.tree import NodeId
from core.workbench import Workbench
from gui import figures
from gui.key_words import with_keys
from gui.token_facts import TokenFacts, facts_of, noted
from gui.token_origin import made_rows
from gui.token_text import quoted

ODD = "The model would split this text into other tokens: a path it would seldom take itself."
FOLDED = "What follows is folded: {tree.fold} or a click on its sign unfolds it."


class HoverCard(QLabel):
    """A small label over the canvas; it never takes the mouse."""

    def __init__(self, workbench: Workbench, parent: QWidget) -> None:
        super().__init__(parent)
        self._area = parent
        self._workbench = workbench
        self.setObjectName("hoverCard")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setTextFormat(Qt.TextFormat.RichText)
        self._odd = False
        self.hide()

    def _notes(self, node: NodeId, parts: Sequence[int]) -> list[str]:
        found: list[str] = []
        if len(parts) > 1:
            known = [self._workbench.readings.logprob(NodeId(part)) for part in parts]
            chances = [logprob for logprob in known if logprob is not None]
            product = math.exp(sum(chances)) if len(chances) == len(parts) else None
            text = quoted(text_of([self._workbench.tree.token(NodeId(part)) for part in parts]))
            found.append(
                f"The word {text} has {len(parts)} tokens; its p is their product, "
                f"{figures.probability(product)}. Above: the first."
            )
        if self._odd:
            found.append(ODD)
        found += [f"Note: {' · '.join(words)}" for words in [noted(self._workbench, node)] if words]
        if self._workbench.is_folded(node):
            found.append(with_keys(FOLDED))
        return found

    def show_node(
        self, node: NodeId, chip: QRectF, parts: Sequence[int], *, odd: bool = False
    ) -> None:
        """Describe `node` next to its chip (in the parent's coordinates).

        `parts` are the tokens on the chip; `odd` says that its text would be split otherwise.
        """
        self._odd = odd
        facts = facts_of(self._workbench, node)
        rows = [
            ("probability", figures.probability(facts.probability)),
            ("rank", figures.count(facts.rank) if facts.rank else "\N{EN DASH}"),
            ("surprise", figures.bits(facts.surprise)),
            ("entropy before", figures.nats(facts.entropy_before)),
            ("origin", facts.origin),
            ("reading", _reading_words(self._workbench, facts)),
            *made_rows(self._workbench, node),
        ]
        if facts.drawn is not None:
            rows.append(("drawn at", f"p {figures.probability(facts.drawn)} after the sampler"))
        notes = "".join(f"<div>{html.escape(note)}</div>" for note in self._notes(node, parts))
        cells = "".join(
            f"<tr><td style='padding-right:14px'>{html.escape(name)}</td>"
            f"<td align='right'>{html.escape(value)}</td></tr>"
            for name, value in rows
        )
        self.setText(f"<b>{html.escape(quoted(facts.text))}</b><table>{cells}</table>{notes}")
        self.adjustSize()
        self.move(self._beside(chip))
        self.show()
        self.raise_()

    def _beside(self, chip: QRectF) -> QPoint:
        """Return where the card covers no part of its chip: below, above, right or left of it.

        Where the view has no such place, it covers the chip's end rather than its beginning.
        """
        area = self._area.rect()
        x = max(4, min(round(chip.left()), area.width() - self.width() - 8))
        below, above = round(chip.bottom()) + 10, round(chip.top()) - self.height() - 10
        if below + self.height() <= area.height() - 4:
            return QPoint(x, below)
        if above >= 4:
            return QPoint(x, above)
        y = max(4, min(round(chip.top()), area.height() - self.height() - 4))
        right = min(round(chip.right()) + 10, area.width() - self.width() - 4)
        left = max(4, round(chip.left()) - self.width() - 10)
        is_free = left + self.width() <= chip.left() and right < chip.right()
        return QPoint(left if is_free else max(4, right), y)


def _reading_words(workbench: Workbench, facts: TokenFacts) -> str:
    """Return how sure the numbers are, and whose they are."""
    if facts.probability is None:
        return "not read yet"
    how = "exact" if facts.exact else "provisional"
    card = workbench.card
    whose = facts.reader or (card.name if card is not None else "")
    return f"{how}, {whose}" if whose else how
