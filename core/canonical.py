"""Finds tokens that the model's own split of the same text would not have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from core.engine import Engine
from core.products import Aside, Product
from core.tokens import Token


@dataclass(frozen=True, slots=True)
class OddTokens:
    """Which tokens of path number `path` stand there against the canonical split, from 0."""

    path: int
    places: tuple[int, ...]


def look_for_odd(engine: Engine, paths: Sequence[Sequence[Token]]) -> Iterator[Product]:
    """Yield an `Aside` with the `OddTokens` of each path."""
    for number, path in enumerate(paths):
        yield Aside(OddTokens(number, odd_places(engine, path)))


def odd_places(engine: Engine, path: Sequence[Token]) -> tuple[int, ...]:
    """Return the places of tokens that the canonical split of the path's text does not have.

    Text between control tokens is split by itself. A character that is not whole yet, at the end of
    a path, says nothing; nor does text that the tokenizer changes.
    """
    found: list[int] = []
    begin = 0
    for end in range(len(path) + 1):
        if end == len(path) or path[end].special:
            found.extend(begin + place for place in _odd_in(engine, path[begin:end]))
            begin = end + 1
    return tuple(found)


def _odd_in(engine: Engine, run: Sequence[Token]) -> Sequence[int]:
    while run and not _is_whole(run):
        run = run[:-1]
    if not run:
        return ()
    text = b"".join(token.piece for token in run)
    split = engine.vocabulary.tokens(engine.tokenize(text.decode()))
    if b"".join(token.piece for token in split) != text:
        return ()
    canonical = set(zip(_starts(split), (token.id for token in split), strict=True))
    own = zip(_starts(run), (token.id for token in run), strict=True)
    return [place for place, token in enumerate(own) if token not in canonical]


def _is_whole(run: Sequence[Token]) -> bool:
    try:
        b"".join(token.piece for token in run).decode()
    except UnicodeDecodeError:
        return False
    return True


def _starts(tokens: Sequence[Token]) -> Sequence[int]:
    return list(accumulate((len(token.piece) for token in tokens[:-1]), initial=0))
