"""Preambles before the same text, and neutral ones of as many tokens to hold them against.

The reference of a preamble is a neutral one of the same length, never none: any text before another
changes it, and moves its places.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.engine import Engine
from core.products import Aside, Product
from core.tokens import Token

FACTUAL = (
    "The following is a factual statement.",
    "Everything below is true.",
    "This is taken from an encyclopedia.",
    "What follows has been checked for errors.",
    "Here is an accurate sentence.",
    "The next line states a fact.",
)
FICTION = (
    "The following is a made-up story.",
    "Everything below is invented.",
    "This is taken from a novel.",
    "What follows was written for a comedy.",
    "Here is a sentence from a dream.",
    "The next line is part of a fairy tale.",
)
PROOFREADING = (
    "Find the mistake:",
    "One word below is wrong.",
    "Correct the following sentence.",
    "The next line contains an error.",
    "A student wrote this; mark what is wrong.",
    "Check the following statement.",
)
SETS = {"factual": FACTUAL, "fiction": FICTION, "find the mistake": PROOFREADING}
"""Six wordings of each condition: one wording is an anecdote."""

_PLACES = ("The train", "A boat", "The bus", "A gardener", "The shop", "A neighbour")
_DOINGS = (
    *(" left.", " came back.", " came back late.", " was there early today."),
    *(" came by in the morning.", " came by early in the morning."),
    *(" was seen near the old bridge again.", " was seen near the old bridge late last night."),
    " was seen near the old bridge and the mill late last night.",
    " was seen near the old bridge, the mill and the long wall late last night.",
)


@dataclass(frozen=True, slots=True)
class Preamble:
    """One text before another: its tokens, and whether it is neutral."""

    text: str
    tokens: tuple[Token, ...]
    neutral: bool


def propose_preambles(engine: Engine, texts: Sequence[str]) -> Iterator[Product]:
    """Yield an `Aside` with a `Preamble` for each text, and after each with a neutral one.

    A line break ends every preamble. The neutral one has as many tokens, or as nearly as many as a
    short sentence can have.
    """
    neutral = [
        _split(engine, f"{place}{doing}", neutral=True) for doing in _DOINGS for place in _PLACES
    ]
    for text in texts:
        own = _split(engine, text, neutral=False)
        yield Aside(own)
        nearest = min(neutral, key=lambda one: abs(len(one.tokens) - len(own.tokens)))
        neutral.remove(nearest)
        yield Aside(nearest)


def _split(engine: Engine, text: str, *, neutral: bool) -> Preamble:
    tokens = engine.vocabulary.tokens(engine.tokenize(f"{text.strip()}\n"))
    return Preamble(text.strip(), tokens, neutral)
