"""Where a text asserts an answer: as whole words and whole numbers, and not denied.

It reads words, not meaning: what stands in quotation marks or is said ironically counts alike.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from core.denials import is_denied

DENIALS_AT_THE_END = ("不是", "并非", "并不是", "而非", "不在", "没有")
"""Right before an answer, in scripts that part no words."""

UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u0f00-\u109f\u1100-\u11ff\u1780-\u17ff\u3040-\u30ff\u3130-\u318f"
    r"\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
"""Thai, Lao, Tibetan, Burmese, Khmer, Kana, Han; and Hangul, where particles follow words."""

MINUS = frozenset("-\N{MINUS SIGN}")


@dataclass(frozen=True, slots=True, order=True)
class Mention:
    """An answer in a text: where it starts and ends."""

    start: int
    end: int


def asserted(text: str, answers: Sequence[str], others: Sequence[str] = ()) -> list[Mention]:
    """Return where answers are asserted, in order; of those that start alike, the longest first.

    `others` are further words that a denial may be of: "not Oslo, Rome" denies no Rome.
    An answer that begins with a capital is found in its own spelling alone: “May” is no month in
    “it may rain”.
    """
    found: set[Mention] = set()
    named = [word.strip() for word in (*answers, *others)]
    for answer in answers:
        bare = answer.strip()
        flags = re.NOFLAG if bare[:1].isupper() else re.IGNORECASE
        for match in re.finditer(re.escape(bare), text, flags) if bare else ():
            mention = Mention(match.start(), match.end())
            if _is_whole(text, mention) and not _denies(text, mention, named):
                found.add(mention)
    return sorted(found, key=lambda one: (one.start, -one.end))


def _is_whole(text: str, mention: Mention) -> bool:
    """Return whether no word and no number goes on beyond either end."""
    start, end = mention.start, mention.end
    before, after = text[:start][-3:], text[end:][:2]
    first, last = text[start], text[end - 1]
    if (before and _is_one_word(before[-1], first)) or (after and _is_one_word(last, after[0])):
        return False
    if first.isdigit() and _ends_in_a_number(before):
        return False
    return not (last.isdigit() and len(after) == 2 and after[0] in ".," and after[1].isdigit())


def _ends_in_a_number(before: str) -> bool:
    """Return whether digits go on after this: after “12,”, or after a minus sign."""
    if len(before) > 1 and before[-1] in ".," and before[-2].isdigit():
        return True
    return before[-1:] in MINUS and not (len(before) > 1 and _is_of_word(before[-2]))


def _is_one_word(one: str, two: str) -> bool:
    """Return whether two characters in a row are of one word, in scripts that part words."""
    return (
        _is_of_word(one) and _is_of_word(two) and not (UNSPACED.match(one) or UNSPACED.match(two))
    )


def _is_of_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_" or unicodedata.category(sign).startswith("M")


def _denies(text: str, mention: Mention, named: Sequence[str]) -> bool:
    before = text[: mention.start].rstrip()
    return before.endswith(DENIALS_AT_THE_END) or is_denied(text, mention.start, mention.end, named)
