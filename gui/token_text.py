"""Makes a token's bytes visible: white space, split characters, control characters."""

import codecs
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from core.tokens import Token, text_of

_ALWAYS = {"\n": "⏎", "\t": "⇥", "\r": "␍"}
JOINER = "\u200d"
_UNSEEN = frozenset({JOINER, "\u200c", *map(chr, range(0xFE00, 0xFE10))})
"""What only changes how its neighbours look: joiners and selectors of variants."""

_ERRORS = "swerve.angle-brackets"
_SINGLE_LEADING = re.compile(r" \S")
_PLAIN = re.compile(rb" ?[!-~]+")
"""A word, a part of one or signs, with or without a space before it."""

_LOOSE_SPACES = re.compile(r" {2,}|^ | $")


class Shown(NamedTuple):
    """How a token looks at its place.

    `pending` are the bytes of a character that this token leaves unfinished. `opens_word` and
    `ends_word` say whether its first and last character belong to a word, with no space between.
    """

    text: str
    pending: bytes
    opens_word: bool
    ends_word: bool
    glues: bool
    glues_next: bool


def angle(raw: bytes) -> str:
    """Return bytes that are no text, as ⟨E2 82⟩."""
    return f"⟨{raw.hex(' ').upper()}⟩"


def _show_bytes(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return angle(error.object[error.start : error.end]), error.end


codecs.register_error(_ERRORS, _show_bytes)
_DECODER = codecs.getincrementaldecoder("utf-8")


@lru_cache(maxsize=1 << 16)
def show_token(token: Token, pending: bytes = b"") -> Shown:
    """Return how `token` looks after a token that left `pending` bytes unfinished."""
    if not token.special and not pending and _PLAIN.fullmatch(token.piece):  # nearly all of them
        text = token.piece.decode("ascii")
        starts, ends = text[0].isalnum(), text[-1].isalnum()
        return Shown(text.lstrip(" "), b"", starts, ends, False, False)
    if token.special:
        text = token.piece.decode("utf-8", _ERRORS) or f"⟨{token.id}⟩"
        return Shown(text, b"", False, False, False, False)
    decoder = _DECODER(_ERRORS)
    text = decoder.decode(pending + token.piece)
    left = decoder.getstate()[0]
    shown = (_alone(text) or visible(text)) + (angle(left) if left else "")
    return Shown(
        shown or f"⟨{token.id}⟩",
        left,
        bool(text) and text[0].isalnum() and not pending,
        bool(text) and text[-1].isalnum() and not left,
        bool(pending or _goes_on(text[0])) if text else bool(left),
        bool(left) or text.endswith(JOINER),
    )


def _alone(text: str) -> str:
    """Return what a token of nothing but signs that need one before them looks like, else ""."""
    if all(letter in _UNSEEN for letter in text):
        return "".join(f"⟨{ord(letter):04X}⟩" for letter in text)
    if all(unicodedata.category(letter) in {"Mn", "Mc", "Me"} for letter in text):
        return f"\N{DOTTED CIRCLE}{text}"
    return ""


def _goes_on(letter: str) -> bool:
    """Return whether a sign belongs to the one before it: an accent, a joiner, a skin tone."""
    is_tone = "\U0001f3fb" <= letter <= "\U0001f3ff"
    return letter == JOINER or is_tone or unicodedata.category(letter) in {"Mn", "Mc", "Me"}


def visible(text: str) -> str:
    """Return `text` with its white space shown, except single spaces before and between words."""
    if not _SINGLE_LEADING.match(text):
        shown = _LOOSE_SPACES.sub(_as_boxes, text)
    else:
        shown = _LOOSE_SPACES.sub(_as_boxes, text[1:])
    return "".join(_ALWAYS.get(letter) or _letter(letter) for letter in shown)


def _as_boxes(run: re.Match[str]) -> str:
    return "␣" * len(run[0])


def _letter(letter: str) -> str:
    kind = unicodedata.category(letter)
    is_unseen = kind in {"Cc", "Cf"} and letter not in "\u200d\u200c"
    if is_unseen or (kind in {"Zs", "Zl", "Zp"} and letter != " "):
        return f"⟨{ord(letter):02X}⟩"
    return letter


def said(token: Token) -> str:
    """Return a token's text as it is quoted in sentences; bytes that are no text as ⟨E2 82⟩."""
    whole = text_of((token,))
    return show_token(token).text if "\N{REPLACEMENT CHARACTER}" in whole else whole


def quoted(text: str) -> str:
    """Return text in quotation marks, its line breaks shown."""
    return f"“{text.replace(chr(10), '⏎').replace(chr(9), '⇥')}”"
