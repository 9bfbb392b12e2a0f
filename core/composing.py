"""What a prompt becomes, written as plain text or as a conversation in the model's own form."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from core.branches import name_after
from core.engine import Engine, Turn
from core.known_error import KnownError
from core.products import Aside, Product
from core.splitting import TRAILING_SPACE, split_opening
from core.tokens import Token

KEY = "conversation"
"""Under this name an act's `made_by` holds the turns that its prompt was made of."""

ODD_LETTERS, ODD_LETTERS_ELSEWHERE = 2.5, 1.0
"""A word whose pieces hold fewer letters than this on average reads like a misspelling.

Beyond ASCII a letter a piece is normal: many scripts are written so.
"""

ODD_PIECES = 3
"""Fewer pieces than this are the normal case."""

_WORDS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class PlainText:
    """A prompt as it is typed."""

    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """A prompt as turns; an assistant's turn at the end stays open, to be continued."""

    turns: tuple[Turn, ...]


Wording = PlainText | Conversation


@dataclass(frozen=True, slots=True)
class Composed:
    """What a wording becomes: its tokens, how many the model reads at most, what to know of it.

    With a `problem` there is nothing to plant.
    """

    wording: Wording
    tokens: tuple[Token, ...]
    context: int
    warnings: tuple[str, ...]
    problem: str | None

    @property
    def name(self) -> str:
        """What its branch is called: after what the user says, not after the template's words."""
        match self.wording:
            case PlainText(text):
                return name_after(text)
            case Conversation(turns):
                said = [turn.text for turn in turns if turn.role == "user" and turn.text.strip()]
                return name_after(said[-1] if said else turns[-1].text)

    @property
    def made_by(self) -> str:
        """What the session remembers of it, as JSON; empty for plain text, which says all."""
        match self.wording:
            case PlainText():
                return ""
            case Conversation(turns):
                return json.dumps({KEY: [asdict(turn) for turn in turns]}, ensure_ascii=False)


def conversation_of(made_by: str) -> Conversation | None:
    """Return the turns that an act remembers, None when it remembers none that can be read."""
    if not made_by:
        return None
    try:
        rows = json.loads(made_by).get(KEY)
        turns = tuple(Turn(str(row["role"]), str(row["text"])) for row in rows or ())
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Conversation(turns) if turns else None


def compose(engine: Engine, wording: Wording) -> Iterator[Product]:
    """Yield one `Composed`, aside."""
    context = engine.card.context
    try:
        match wording:
            case PlainText(text):
                tokens = split_opening(engine, text).tokens if text else ()
            case Conversation(turns):
                tokens = engine.vocabulary.tokens(engine.render_chat(turns))
    except KnownError as error:
        yield Aside(Composed(wording, (), context, (), str(error)))
        return
    problem = None
    if len(tokens) >= context:
        problem = (
            f"This is {len(tokens)} tokens long, and the model reads {context} with what it adds:"
            " shorten it."
        )
    yield Aside(Composed(wording, tokens, context, _warnings(engine, wording, tokens), problem))


def _warnings(engine: Engine, wording: Wording, tokens: Sequence[Token]) -> tuple[str, ...]:
    found: list[str] = []
    match wording:
        case PlainText(text):
            last = own = text
            found += _spelled(engine, text)
        case Conversation(turns):
            last = turns[-1].text if turns[-1].role == "assistant" else ""
            own = " ".join(turn.text for turn in turns)
    if last.endswith(" "):
        found.append(TRAILING_SPACE)
    odd = [(word, pieces) for word, pieces in odd_words(tokens) if word in own]
    if odd:
        word, pieces = odd[0]
        more = f", {len(odd) - 1} more like it" if len(odd) > 1 else ""
        found.append(f"“{word}” falls into {pieces} tokens{more}: the model may not know the word.")
    halves = _split_characters(tokens)
    if halves:
        what = "One character is" if halves == 1 else f"{halves} characters are"
        found.append(f"{what} split between tokens.")
    return tuple(found)


def _spelled(engine: Engine, text: str) -> list[str]:
    vocabulary = engine.vocabulary
    names = {vocabulary.pieces[token].decode(errors="replace") for token in vocabulary.special}
    found = sorted(name for name in names if len(name) > 1 and name in text)
    return [f"{name} stands here as text, not as the control token." for name in found[:1]]


def odd_words(tokens: Sequence[Token]) -> list[tuple[str, int]]:
    """Return the words of letters that fall into small pieces, each with its number of pieces."""
    bounds: list[int] = []
    whole = b""
    for token in tokens:
        bounds.append(len(whole))
        whole += b" " * len(token.piece) if token.special else token.piece
    text = whole.decode("latin-1")  # a byte a character, so that places are those of the pieces
    starts = set(bounds)
    found: list[tuple[str, int]] = []
    for match in re.finditer(r"[A-Za-z\x80-\xff]+", text):
        pieces = 1 + sum(1 for place in range(match.start() + 1, match.end()) if place in starts)
        word = match[0].encode("latin-1").decode(errors="replace")
        least = ODD_LETTERS if word.isascii() else ODD_LETTERS_ELSEWHERE
        is_word = _WORDS.fullmatch(word) is not None
        if is_word and pieces >= ODD_PIECES and len(word) / pieces < least:
            found.append((word, pieces))
    return found


def _split_characters(tokens: Sequence[Token]) -> int:
    """Count the characters that begin in one token and end in a later one."""
    found = 0
    for token in tokens:
        try:
            token.piece.decode()
        except UnicodeDecodeError as error:
            found += error.end == len(token.piece) and error.reason == "unexpected end of data"
    return found
