"""How likely watched strings are along branches: ln P of the truth and of the error, apart."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.comparison import log_sum_exp
from core.engine import Engine, Expected, Meter, Path, Read, Reading
from core.generation import asking
from core.products import Aside, Product, Spent
from core.splitting import split_after
from core.tokens import Token

AT_ONCE = 512
"""Readings in one request, so that a long branch shows up piece by piece."""

SENTENCE_ENDS = (b".", b"!", b"?")


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched: strings that say the truth, strings that say the error.

    With a `probe`, they are asked after it at the fork and at sentence ends; without, after every
    token. A string may have several tokens: all of them are forced.
    """

    truths: tuple[str, ...]
    errors: tuple[str, ...]
    probe: str = ""


@dataclass(frozen=True, slots=True)
class WatchedBranch:
    """One branch: its path, and from which index on the watch begins (the fork's place)."""

    number: int
    path: tuple[Token, ...]
    since: int


@dataclass(frozen=True, slots=True)
class WatchedAt:
    """ln P (nats) of the truth and the error, each over all its strings, after `index` tokens.

    `index` counts from the branch's `since`: 0 is right at the fork.
    """

    branch: int
    index: int
    truth: float
    error: float

    @property
    def log_odds(self) -> float:
        """How much likelier the truth is, in nats: the difference of both."""
        return self.truth - self.error


def watch(engine: Engine, branches: Sequence[WatchedBranch], what: Watched) -> Iterator[Product]:
    """Yield an `Aside` with a `WatchedAt` for each place of each branch; nothing is sampled."""
    places: list[tuple[WatchedBranch, int]] = []
    readings: list[Reading] = []
    strings = len(what.truths) + len(what.errors)
    for branch in branches:
        for index in _places(branch, probed=bool(what.probe)):
            places.append((branch, index))
            readings.extend(_readings(engine, branch.path[: branch.since + index], what))
            if len(readings) >= AT_ONCE:
                yield from _ask(engine, places, readings, strings, len(what.truths))
                places, readings = [], []
    yield from _ask(engine, places, readings, strings, len(what.truths))


def _places(branch: WatchedBranch, *, probed: bool) -> Iterator[int]:
    last = len(branch.path) - branch.since
    if not probed:
        yield from range(0 if branch.since else 1, last + 1)
        return
    if branch.since:
        yield 0
    for index in range(1, last + 1):
        token = branch.path[branch.since + index - 1]
        if index == last or token.piece.rstrip().endswith(SENTENCE_ENDS):
            yield index


def _readings(engine: Engine, path: tuple[Token, ...], what: Watched) -> Iterator[Reading]:
    asked = path
    if what.probe:
        asked = (*path, *split_after(engine, path, what.probe).tokens)
    ids: Path = tuple(token.id for token in asked)
    for text in (*what.truths, *what.errors):
        yield Reading((*ids, *split_after(engine, asked, text).ids), len(ids) - 1)


def _ask(
    engine: Engine,
    places: Sequence[tuple[WatchedBranch, int]],
    readings: Sequence[Reading],
    strings: int,
    truths: int,
) -> Iterator[Product]:
    if not readings:
        return
    sums = [0.0] * len(readings)
    for answer in asking(engine, Read(tuple(readings), top=1)):
        match answer:
            case Expected(number, _, _, following):
                sums[number] += 0.0 if following is None else following.logprob
            case Meter():
                yield Spent(answer)
            case _:
                raise AssertionError(f"a Read was answered with {answer}")
    for number, (branch, index) in enumerate(places):
        own = sums[number * strings : (number + 1) * strings]
        yield Aside(
            WatchedAt(branch.number, index, log_sum_exp(own[:truths]), log_sum_exp(own[truths:]))
        )
