"""Whether a text denies a word where it stands, "not Rome" or "Rome is not": by rules."""

import re
from collections.abc import Sequence

WINDOW = 5
"""Words before a word among which a denial counts, the denial itself among them."""

INTERJECTION = (
    r"[*_]*(?:\s*[,.!:;…]|\s+[\u2013\u2014-]|[\u2013\u2014]"
    r"|\s+(?:it|that|this|the|not|wait|i|sorry)\b)"
)
"""What follows a "no" that answers, and denies none of the words behind it."""

_DENIAL = re.compile(
    r"\b(?:not(?!\s+(?:only|just|merely)\b)|never|neither|nor|unlike|cannot|nicht|pas"
    r"|rather than|instead of|\w+n['\u2019]t"
    rf"|no(?!{INTERJECTION}|\s+(?:doubt|question)\b))(?!\w)",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[.!?;\n。！？；]|\bbut\b|\bsondern\b")  # noqa: RUF001 - signs of Chinese
_DENIED_AFTER = re.compile(
    r"\s+(?:(?:is|was|are|were)(?:n['\u2019]t|\s+(?:not(?!\s+(?:only|just|merely)\b)|never|no\b|wrong"
    r"|incorrect))|(?:cannot|can['\u2019]t|isn['\u2019]t))(?!\w)",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"\b(?:is|was|are|were)\b|\b(?:it|that)['\u2019]s\b|\bist\b|\best\b|\bes\b", re.IGNORECASE
)


def is_denied(text: str, start: int, end: int, answers: Sequence[str]) -> bool:
    """Return whether the word at `start` to `end` is denied, before it or right behind it.

    `answers` are the words that a denial may be of: "not Oslo, Rome" denies no Rome.
    """
    if _DENIED_AFTER.match(text, end):
        return True
    clause = _CLAUSE_END.split(text[:start])[-1]
    for denial in _DENIAL.finditer(clause):
        between = clause[denial.end() :]
        if len(re.findall(r"[\w'\u2019]+", between)) >= WINDOW:
            continue
        if not _is_over(between, text[end:], answers):
            return True
    return False


def _is_over(between: str, following: str, answers: Sequence[str]) -> bool:
    """Return whether a comma ended the clause that was denied.

    It does where a new one begins ("not so, it is Rome", "not so, Rome is"), or where the denial
    has named its answer. It does not where it only sets off some words ("not, of course, Rome").
    """
    denied, comma, said = between.rpartition(",")
    if not comma:
        return False
    named = any(re.search(rf"(?<!\w){re.escape(one)}(?!\w)", denied) for one in answers if one)
    begins = said if said.strip() else following
    return named or _VERB.match(begins.strip()) is not None or _VERB.search(said) is not None
