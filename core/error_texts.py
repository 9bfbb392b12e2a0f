"""Turns a right text into wrong ones: pure functions over words, numbers and seeds."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

NUMBER = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)")
WORD = re.compile(r"\s*(?:\w+|[^\w\s]+)")
STEPS = (1, 10, 101)
NEGATION = " not"
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")

Change = tuple[str, str]
"""What was done in a word ("+1"), and the text that comes of it."""


def first_word(text: str) -> str:
    """Return the beginning of `text` up to the end of its first word, its space included."""
    found = WORD.match(text)
    return text if found is None else found.group()


def begun_like(answer: str, word: str) -> str:
    """Return an answer with the space before `word`, in whose place it stands, if it has none.

    Answers are listed by their names; behind the last word of a text, “Paris” is no name of Paris.
    """
    space = word[: len(word) - len(word.lstrip())]
    return space + answer if answer[:1].isalnum() else answer


def number_changes(word: str) -> Iterator[Change]:
    """Yield the word with its first number one, ten and 101 larger, and with two digits swapped.

    Thousands keep their commas and leading zeros their width.
    """
    found = NUMBER.search(word)
    if found is None:
        return
    written = found.group()
    digits = written.replace(",", "")
    for step in STEPS:
        yield f"+{step}", _put(word, found, _like(written, str(int(digits) + step)))
    swapped = next(
        (
            digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
            for place in range(len(digits) - 2, -1, -1)
            if digits[place] != digits[place + 1]
        ),
        None,
    )
    if swapped is not None:
        yield "digit swap", _put(word, found, _like(written, swapped))


def typos(word: str, seed: int) -> Iterator[Change]:
    """Yield the word with two neighbouring letters swapped, and with one letter dropped.

    Which letters is drawn with `seed`; the first letter stays, as a reader would expect of a slip.
    """
    start = len(word) - len(word.lstrip())
    letters = [place for place in range(start, len(word)) if word[place].isalpha()]
    inner = [place for place in letters[1:] if place + 1 in letters]
    unequal = [place for place in inner if word[place] != word[place + 1]]
    chance = np.random.default_rng(seed)
    if unequal:
        at = unequal[int(chance.integers(len(unequal)))]
        yield "letters swapped", word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    if len(letters) > 2:
        at = letters[1 + int(chance.integers(len(letters) - 1))]
        yield "letter dropped", word[:at] + word[at + 1 :]


def negations(following: str) -> Iterator[tuple[str, str, str]]:
    """Yield " not" put before what follows, or taken away where it stands there already.

    Each with the text that it displaces: what is put in displaces nothing.
    """
    if first_word(following) == NEGATION:
        rest = following[len(NEGATION) :]
        if rest:
            yield "“not” removed", first_word(rest), NEGATION
    else:
        yield "“not” inserted", NEGATION, ""


def deletions(following: str) -> Iterator[Change]:
    """Yield what stands there when the first word of what follows is left out: the next word."""
    rest = following[len(first_word(following)) :]
    if rest.strip():
        yield f"of “{first_word(following).strip()}”", first_word(rest)


def open_sentence(text: str) -> str:
    """Return the sentence that `text` breaks off in, empty where it ends with one."""
    last = SENTENCE_END.split(text)[-1].rstrip()
    return "" if last.endswith((".", "!", "?")) else last


@dataclass(frozen=True, slots=True)
class Rule:
    """The same thing said several times: each of `words` (with their space) after the `stem`."""

    stem: str
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """What follows the stem that stands there already: sentences, the last one open."""
        first, *rest = self.words
        return first + "".join(f". {self.stem}{word}" for word in rest)

    def with_word(self, word: str) -> "Rule":
        """Return the same with one word in all places."""
        return Rule(self.stem, (word,) * len(self.words))


def rules(stem: str, wrong: Sequence[str], times: int) -> Iterator[tuple[str, Rule]]:
    """Yield the first wrong word said `times` times, and as many different ones if there are."""
    if not stem or not wrong or times < 2:
        return
    yield f"{times} times", Rule(stem, (wrong[0],) * times)
    if len(wrong) >= times:
        yield f"{times} of them", Rule(stem, tuple(wrong[:times]))


def replaced_everywhere(following: str, wrong: str) -> tuple[int, str] | None:
    """Return how often the first word of `following` stands in it, and the text with it replaced.

    The text ends with the last replaced place. None where the word stands there once only.
    """
    word = first_word(following).strip()
    if not word:
        return None
    places = list(re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", following))
    if len(places) < 2:
        return None
    text = following[: places[-1].end()]
    return len(places), re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", lambda _: wrong.strip(), text)


def token_class(piece: bytes) -> str:
    """Return a coarse class of a token: leading space, then letters, capital, digits or marks."""
    try:
        text = piece.decode()
    except UnicodeDecodeError:
        return "bytes"
    space = " " if text[:1] == " " else ""
    bare = text.strip()
    if not bare or not text.isprintable():
        return "unprintable"
    if bare.isalpha():
        return space + ("capital" if bare[0].isupper() else "letters")
    return space + ("digits" if bare.isdigit() else "marks")


def _put(word: str, found: re.Match[str], number: str) -> str:
    return word[: found.start()] + number + word[found.end() :]


def _like(written: str, digits: str) -> str:
    if "," in written:
        return f"{int(digits):,}"
    return digits.zfill(len(written)) if written.startswith("0") else digits
