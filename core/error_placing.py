"""Writes the error that a sweep puts at each place, before any of them is weighed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.engine import Engine
from core.error_chance import AlikeTokens, bare
from core.error_drafts import as_split
from core.error_records import ErrorKind
from core.error_texts import deletions, first_word, negations, number_changes, typos
from core.splitting import Split, split_after
from core.tokens import Token, text_of

FOLLOWING = 24
"""How many tokens of the text are looked at for a word and the next one."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """The token of this rank; the next one where the text has that itself."""

    rank: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """A random token of the same class."""


@dataclass(frozen=True, slots=True)
class Written:
    """A word changed as `core.error_texts` knows to; only in the way `how`, if that says one."""

    kind: ErrorKind
    how: str


SweptError = Ranked | Drawn | Written


@dataclass(frozen=True, slots=True)
class Placed:
    """An error that takes the place of the tokens from `index` up to `until`, not included."""

    index: int
    until: int
    split: Split
    kind: ErrorKind
    detail: str
    displaced: str
    seed: int | None


class Placing:
    """Puts one kind of error at any place of a text: each by itself, whatever others are asked."""

    def __init__(
        self, engine: Engine, path: Sequence[Token], error: SweptError, *, seed: int
    ) -> None:
        self._engine = engine
        self._path = tuple(path)
        self._error = error
        self._seed = seed
        self._alike = AlikeTokens(engine.vocabulary) if isinstance(error, Drawn) else None

    def at(self, index: int, likely: Sequence[int]) -> Placed | None:
        """Return the error at a place where these tokens are the likeliest, or None.

        A control token is no text that could be wrong, and as an error would end what it stands in.
        """
        if self._path[index].special:
            return None
        match self._error:
            case Ranked(rank):
                return self._ranked(index, likely[rank - 1 : rank + 1])
            case Drawn():
                return self._drawn(index)
            case Written(kind, how):
                return self._written(index, kind, how)

    def _ranked(self, index: int, likely: Sequence[int]) -> Placed | None:
        vocabulary, here = self._engine.vocabulary, self._path[index]
        others = [one for one in likely if one != here.id and one not in vocabulary.special]
        return self._one(index, vocabulary[others[0]], ErrorKind.RANK, None) if others else None

    def _drawn(self, index: int) -> Placed | None:
        assert self._alike is not None, "made for tokens that are drawn"
        here = self._path[index]
        right = {bare(text_of((here,)))}
        token = self._alike.draw(here.piece, right, seed=self._seed, depth=index)
        return None if token is None else self._one(index, token, ErrorKind.RANDOM, self._seed)

    def _one(self, index: int, token: Token, kind: ErrorKind, seed: int | None) -> Placed:
        split = as_split(self._engine, self._path[:index], (token,))
        displaced = text_of(self._path[index : index + 1])
        return Placed(index, index + 1, split, kind, "", displaced, seed)

    def _written(self, index: int, kind: ErrorKind, wanted: str) -> Placed | None:
        path, seed = self._path, self._seed
        if not self._begins_word(index):
            return None
        for change in _changes(kind, text_of(path[index : index + FOLLOWING]), seed):
            until = self._end(index, change.gone)
            if until is None or (wanted and change.how != wanted):
                continue
            split = split_after(self._engine, path[:index], change.text)
            if split.tokens and split.tokens != path[index:until]:
                drawn = seed if kind is ErrorKind.TYPO else None
                return Placed(index, until, split, kind, change.how, change.displaced, drawn)
        return None

    def _begins_word(self, index: int) -> bool:
        """Return whether the token at `index` begins a word, and is more than the space before."""
        here, before = text_of(self._path[index : index + 1]), text_of(self._path[:index][-4:])
        is_inside = before[-1:].isalnum() and here[:1].isalnum()
        return bool(here.strip()) and not is_inside

    def _end(self, index: int, text: str) -> int | None:
        """Return where the tokens end that say `text` from `index` on; None where none ends so."""
        wanted, said, at = text.encode(), b"", index
        while len(said) < len(wanted) and at < len(self._path) and not self._path[at].special:
            said += self._path[at].piece
            at += 1
        return at if said == wanted else None


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of a text: what is written, what it displaces, and all that it takes the place of.

    Where a word is left out, the next one is written: both are `gone` from the text as it was.
    """

    how: str
    text: str
    displaced: str
    gone: str


def _changes(kind: ErrorKind, following: str, seed: int) -> Iterator[_Change]:
    word = first_word(following)
    match kind:
        case ErrorKind.TYPO:
            yield from (_Change(how, text, word, word) for how, text in typos(word, seed))
        case ErrorKind.NUMBER:
            yield from (_Change(how, text, word, word) for how, text in number_changes(word))
        case ErrorKind.DELETION:
            for how, text in deletions(following):
                yield _Change(how, text, word, word + text)
        case ErrorKind.NEGATION:
            for how, text, displaced in negations(following):
                if displaced:
                    yield _Change(how, text, displaced, displaced + text)
                elif word[:1] == " " and word[1:].isalpha():
                    yield _Change(how, text, "", "")
        case _:
            raise AssertionError(f"{kind} cannot be written at any place")
