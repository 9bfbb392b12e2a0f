"""Puts one error at each of many places of a text, to tell where it hurts most."""

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.branches import Role
from core.controls import LN2
from core.engine import Engine, Expected, Meter, Read, Reading, Scored
from core.error_records import ErrorKind, ErrorRecord, digest_of
from core.error_texts import token_class
from core.generation import asking
from core.products import Aside, Product, Spent
from core.splitting import split_after
from core.tokens import Token, Vocabulary, text_of

AFTER = 16
"""Over how many tokens of the unchanged rest the harm is told."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Which `places` of `path`, each with a token before it, get which error.

    The token of rank `rank`, or where that is None a random one of the same class, by `seed`.
    """

    path: tuple[Token, ...]
    places: tuple[int, ...]
    rank: int | None
    seed: int


@dataclass(frozen=True, slots=True)
class Harm:
    """What an error at `index` does: `token` stands there instead, and `record` tells of it.

    `harm` is how many bits more each of the next `tokens` tokens of the unchanged text costs, on
    average; None where nothing follows.
    """

    index: int
    token: Token
    record: ErrorRecord
    harm: float | None
    tokens: int

    @property
    def bits(self) -> float:
        """The error's own surprise."""
        return self.record.bits


@dataclass(frozen=True, slots=True)
class _Score:
    """The token after a position, what was likeliest there, and the entropy (nats)."""

    scored: Scored
    likely: tuple[int, ...]
    entropy: float


def sweep(engine: Engine, wish: Sweep) -> Iterator[Product]:
    """Yield an `Aside` with a `Harm` for each place, all errors read in one request."""
    if not wish.places:
        return
    ids = tuple(token.id for token in wish.path)
    span = yield from _scores(
        engine, (Reading(ids, min(wish.places) - 1),), top=max(2, (wish.rank or 1) + 1)
    )
    clean = {index + 1: score.scored.logprob for (_, index), score in span.items()}
    draw = _drawing(engine.vocabulary, wish.seed)
    places: list[tuple[int, Token]] = []
    for index in wish.places:
        token = _error_at(engine.vocabulary, wish, index, span[0, index - 1].likely, draw)
        if token is not None:
            places.append((index, token))
    readings = tuple(
        Reading((*ids[:index], token.id, *ids[index + 1 : index + 1 + AFTER]), index - 1)
        for index, token in places
    )
    scores = yield from _scores(engine, readings, top=1)
    for number, (index, token) in enumerate(places):
        after = range(index + 1, min(len(ids), index + 1 + AFTER))
        lost = math.fsum(clean[at] - scores[number, at - 1].scored.logprob for at in after)
        harm = lost / LN2 / len(after) if after else None
        record = _record(engine, wish, index, token, scores[number, index - 1])
        yield Aside(Harm(index, token, record, harm, len(after)))


def _record(engine: Engine, wish: Sweep, index: int, token: Token, score: _Score) -> ErrorRecord:
    text = text_of((token,))
    own = split_after(engine, wish.path[:index], text)
    ranked = wish.rank is not None
    return ErrorRecord(
        kind=ErrorKind.RANK if ranked else ErrorKind.RANDOM,
        detail=str(wish.rank) if ranked else "",
        role=Role.ERROR,
        text=text,
        ids=(int(token.id),),
        displaced=text_of((wish.path[index],)),
        depth=index,
        after=digest_of(token.id for token in wish.path[:index]),
        logprob=score.scored.logprob,
        rank=score.scored.rank,
        entropy=score.entropy,
        canonical=own.canonical and own.tokens == (token,),
        seed=None if ranked else wish.seed,
    )


def _scores(
    engine: Engine, readings: tuple[Reading, ...], *, top: int
) -> Generator[Product, None, dict[tuple[int, int], _Score]]:
    """Return the scores of all positions that have a next token, by reading and index."""
    found: dict[tuple[int, int], _Score] = {}
    if not readings:
        return found
    for answer in asking(engine, Read(readings, top=top)):
        match answer:
            case Expected(number, index, expects, Scored() as scored):
                likely = tuple(int(one.id) for one in expects.candidates)
                found[number, index] = _Score(scored, likely, expects.entropy)
            case Expected():
                pass
            case Meter():
                yield Spent(answer)
            case _:
                raise AssertionError(f"a Read was answered with {answer}")
    return found


def _error_at(
    vocabulary: Vocabulary,
    wish: Sweep,
    index: int,
    likely: Sequence[int],
    draw: Callable[[Token], Token | None],
) -> Token | None:
    """Return what stands at `index` instead; the next in rank where the text has the rank's own.

    None where neither is text: a control token ends what it stands in.
    """
    here = wish.path[index]
    if wish.rank is None:
        return draw(here)
    others = [
        number
        for number in likely[wish.rank - 1 : wish.rank + 1]
        if number != here.id and number not in vocabulary.special
    ]
    return vocabulary[others[0]] if others else None


def _drawing(vocabulary: Vocabulary, seed: int) -> Callable[[Token], Token | None]:
    chance = np.random.default_rng(seed)
    classes: dict[str, list[int]] = {}
    for number, piece in enumerate(vocabulary.pieces):
        if number not in vocabulary.special:
            classes.setdefault(token_class(piece), []).append(number)

    def draw(here: Token) -> Token | None:
        alike = [n for n in classes.get(token_class(here.piece), []) if n != here.id]
        return vocabulary[alike[int(chance.integers(len(alike)))]] if alike else None

    return draw
