"""Shows every figure of the selected token, each with what it means."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from core.tree import ROOT
from core.workbench import Change, Workbench
from gui import figures
from gui.card import Card, ShrinkingLabel
from gui.observing import observe
from gui.selection import Selection
from gui.token_facts import TokenFacts, facts_of, noted
from gui.token_origin import AGAIN, source_words
from gui.token_text import quoted

NONE = "\N{EN DASH}"
NOTED = "note"
ROWS = {
    "probability": """How likely the model held this token, given all the text before it.
p = softmax(logits) at temperature 1, over the whole vocabulary""",
    "rank": """How many tokens the model held at least as likely; 1 is the likeliest.
rank = 1 + number of tokens with a larger p""",
    "surprise": """How unexpected the token was; each bit halves the probability.
surprise = \N{MINUS SIGN}log₂ p""",
    "displaced": "The likeliest token, which would have stood here instead, and its p.",
    "entropy before": """How undecided the model was before this token.
H = \N{MINUS SIGN}Σ p ln p over the whole vocabulary""",
    "origin": """How the token came to stand here. Tokens of the prompt were given,
yet the model has an opinion about each of them too.""",
    "drawn at p": """How likely the sampler was to draw this token: p after its temperature and
filters, where “probability” says the model's own at temperature 1.""",
    AGAIN: """The branch whose text this is once more, in the tokens of another model.
Compare's table lines the two up, aligned by bytes.""",
    "reading": """Exact: another reading on this machine gives the same digits.
Provisional: read in a hurry, the last digits may move.""",
    NOTED: "Your note at this token, its tags, and whether it is bookmarked.",
}
"""What stands in each row, and what it means."""

FIRST = "none: it is the first"
"""Why it has no figures: a model says what comes next, and nothing comes before the first."""

EMPTY = "Select a token in the tree to see its figures."


class ThisTokenPanel(Card):
    """Follows the selection."""

    def __init__(
        self, workbench: Workbench, selection: Selection, parent: QWidget | None = None
    ) -> None:
        super().__init__("This token", parent)
        self._workbench = workbench
        self._selection = selection
        self._values: dict[str, ShrinkingLabel] = {}
        self._titles: dict[str, QLabel] = {}
        self._grid = QWidget(self)
        grid = QGridLayout(self._grid)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(6)
        grid.setHorizontalSpacing(12)
        grid.setColumnStretch(1, 1)
        for row, (name, meaning) in enumerate(ROWS.items()):
            title = QLabel(name)
            title.setObjectName("caption")
            title.setToolTip(meaning)
            value = ShrinkingLabel()
            value.setObjectName("figure")
            value.set_meaning(meaning)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            value.setAccessibleName(name)
            grid.addWidget(title, row, 0)
            grid.addWidget(value, row, 1)
            self._values[name] = value
            self._titles[name] = title
        self._empty = QLabel(EMPTY)
        self._empty.setObjectName("muted")
        self._empty.setWordWrap(True)
        self.body.addWidget(self._empty)
        self.body.addWidget(self._grid)
        self.body.addStretch(1)
        observe(workbench, self, self._on_change)
        selection.selected_changed.connect(self._on_selected)
        self.refresh()

    def value(self, name: str) -> str:
        """Return what stands beside a name."""
        return self._values[name].whole()

    def refresh(self) -> None:
        """Show the selected token as it is now."""
        node = self._selection.selected
        self._empty.setVisible(node == ROOT)
        self._grid.setVisible(node != ROOT)
        if node == ROOT:
            self.set_subtitle("")
            return
        facts = facts_of(self._workbench, node)
        self.set_subtitle(quoted(facts.text))
        rank = NONE
        if facts.rank is not None:
            card = self._workbench.card
            of = f" of {figures.count(card.vocabulary_size)}" if card is not None else ""
            rank = f"{figures.count(facts.rank)}{of}"
        displaced = "none, the likeliest" if facts.rank == 1 else NONE
        if facts.displaced is not None:
            text, chance = facts.displaced
            displaced = f"{quoted(text)} {figures.probability(chance)}"
        known = facts.probability is not None
        values = {
            "probability": figures.probability(facts.probability),
            "rank": rank,
            "surprise": figures.bits(facts.surprise),
            "displaced": displaced,
            "entropy before": figures.nats(facts.entropy_before),
            "origin": facts.origin,
            "drawn at p": f"{figures.probability(facts.drawn)} after the sampler",
            AGAIN: source_words(self._workbench, node),
            "reading": _reading(facts),
            NOTED: " · ".join(noted(self._workbench, node)),
        }
        if facts.is_first and not known:
            values |= {"probability": "none", "reading": FIRST}
        for name, value in values.items():
            self._values[name].setText(value)
        for name, is_told in (
            ("drawn at p", facts.drawn is not None),
            (AGAIN, values[AGAIN]),
            (NOTED, values[NOTED]),
        ):
            for widget in (self._titles[name], self._values[name]):
                widget.setVisible(bool(is_told))

    def _on_selected(self, _node: int) -> None:
        self.refresh()

    def _on_change(self, change: Change) -> None:
        node = self._selection.selected
        if node == ROOT:
            touched = False
        else:
            about = {node, self._workbench.tree.parent(node)}
            touched = not about.isdisjoint(change.read) or not about.isdisjoint(change.added)
        if change.reset or change.branches or change.notes or touched:
            self.refresh()


def _reading(facts: TokenFacts) -> str:
    if facts.probability is None:
        return "not yet read"
    how = "exact" if facts.exact else "provisional"
    return f"{how}, by {facts.reader}" if facts.reader else how
