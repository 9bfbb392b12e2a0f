"""How a continuation after an error ended: corrected, repeated, lost or simply over; by rules.

The rules are tried in the order of `EndState`; a text has exactly one state. They read words, not
meaning, so the same rules on clean branches say how often they are wrong.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.asserted import asserted
from core.denials import INTERJECTION


class EndState(StrEnum):
    """What a continuation came to; the words stand in files."""

    DEGENERATE = "DEGENERATE"
    EXPLICIT = "EXPLICIT"
    SILENT = "SILENT"
    FALSE_FIX = "FALSE-FIX"
    DOUBLE_DOWN = "DOUBLE-DOWN"
    ENDED = "ENDED"
    NEITHER = "NEITHER"


RECOVERED = frozenset({EndState.EXPLICIT, EndState.SILENT})
OBJECTED = frozenset({EndState.EXPLICIT, EndState.FALSE_FIX})
"""A marker of correction with an answer behind it, right or wrong."""

KEPT = frozenset({EndState.FALSE_FIX, EndState.DOUBLE_DOWN})

MARKER = re.compile(
    r"(?:^\s*|[.!?…]\s+|\n\s*)[*_]*"
    r"(?:(?:Wait|But|Hold on|Hang on|Alternatively|However|Hmm|Actually|"
    r"Sorry|Oops|Correction|False|Incorrect|Wrong|Not quite|Not exactly|"
    r"Nein|Moment|Non|Attendez|Espera|Perdón)(?=[*_]*[,\s!.:;…\u2013\u2014-])"
    rf"|No(?={INTERJECTION}))"
)
"""Sentence-initial only; the list of Tsui 2025 and its like in four languages."""

QUOTED = re.compile(r"“[^”]*(?:”|$)|\"[^\"]*(?:\"|$)")
"""A quotation; one that is not closed goes on where the text was cut."""

MOST_QUOTED_WORDS = 3
REPEATED_SHARE, REPEATED_LINES, GRAM = 0.5, 3, 4


@dataclass(frozen=True, slots=True)
class Answers:
    """What counts as the truth, as the inserted error, and as another wrong answer."""

    true: tuple[str, ...]
    error: str
    rivals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ending:
    """The state of a text, and how many characters in it was decided."""

    state: EndState
    at: int


def end_of(text: str, answers: Answers, *, marked: bool, ended: bool) -> Ending:
    """Return the one state of a continuation.

    `marked` says that a marker of correction stands right before the text, `ended` that the model
    ended it by itself.
    """
    if _degenerate(text):
        return Ending(EndState.DEGENERATE, len(text))
    shown = QUOTED.sub(_short_quote, text)
    found = MARKER.search(shown)
    marker = 0 if marked else found.end() if found else None
    truths = _ends(shown, answers.true, answers)
    errors = _ends(shown, (answers.error,), answers)
    if marker is not None and (after := [at for at in truths if at > marker]):
        return Ending(EndState.EXPLICIT, after[0])
    # Every truth stands before the first marker here, if there is one.
    if truths and not any(at > truths[0] for at in errors):
        return Ending(EndState.SILENT, truths[0])
    if marker is not None:
        wrong = [*errors, *_ends(shown, answers.rivals, answers)]
        if after := sorted(at for at in wrong if at > marker):
            return Ending(EndState.FALSE_FIX, after[0])
    if errors:
        return Ending(EndState.DOUBLE_DOWN, errors[0])
    return Ending(EndState.ENDED if ended else EndState.NEITHER, len(text))


def _ends(text: str, aliases: Sequence[str], answers: Answers) -> list[int]:
    """Return, in order, where an alias that is not denied ends."""
    everything = (*answers.true, answers.error, *answers.rivals)
    return sorted({mention.end for mention in asserted(text, aliases, everything)})


def _degenerate(text: str) -> bool:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if any(lines.count(line) >= REPEATED_LINES for line in set(lines)):
        return True
    # Marks count as words do, a run of one mark as one: "Rome,Rome,Rome" goes round as well.
    words = [found.group() for found in re.finditer(r"\w+|([^\w\s])\1*", text)]
    grams = [tuple(words[n : n + GRAM]) for n in range(len(words) - GRAM + 1)]
    return bool(grams) and 1 - len(set(grams)) / len(grams) > REPEATED_SHARE


def _short_quote(match: re.Match[str]) -> str:
    """Blank out a quotation, unless it is a word or two: those are answers in quotation marks."""
    quote = match.group()
    is_closed = len(quote) > 1 and quote[-1] in '”"'
    return quote if is_closed and len(quote.split()) <= MOST_QUOTED_WORDS else " " * len(quote)
