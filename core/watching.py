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

    With `probes`, they are asked after each of them, at the fork and at sentence ends; without,
    after every token. A string may have several tokens: all of them are forced. One whose tokens
    begin with those of another is part of it, so that only the other counts; so are equal ones.
    """

    truths: tuple[str, ...]
    errors: tuple[str, ...]
    probes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchedBranch:
    """One branch: its path, and from which index on the watch begins (the fork's place)."""

    number: int
    path: tuple[Token, ...]
    since: int


@dataclass(frozen=True, slots=True)
class WatchedAt:
    """ln P (nats) of the truth and the error, each over all its strings, after `index` tokens.

    `index` counts from the branch's `since`: 0 is right at the fork. `probe` is the number of the
    probe that was asked, 0 where there is none. `tokens` counts the longest string's tokens: each
    of them brings its own rounding.
    """

    branch: int
    index: int
    probe: int
    truth: float
    error: float
    tokens: int

    @property
    def log_odds(self) -> float:
        """How much likelier the truth is, in nats: the difference of both."""
        return self.truth - self.error


@dataclass(frozen=True, slots=True)
class _Asked:
    """One probe, or none, at one place of a branch, and the readings that answer it."""

    branch: WatchedBranch
    index: int
    probe: int
    truths: tuple[Reading, ...]
    errors: tuple[Reading, ...]

    @property
    def readings(self) -> tuple[Reading, ...]:
        """All of them, those of the truth first."""
        return self.truths + self.errors


def watch(engine: Engine, branches: Sequence[WatchedBranch], what: Watched) -> Iterator[Product]:
    """Yield an `Aside` with a `WatchedAt` for each place of each branch; nothing is sampled."""
    waiting: list[_Asked] = []
    for branch in branches:
        for index in _places(branch, probed=bool(what.probes)):
            path = branch.path[: branch.since + index]
            for number, probe in enumerate(what.probes or ("",)):
                asked = (*path, *split_after(engine, path, probe).tokens) if probe else path
                truths, errors = (_readings(engine, asked, s) for s in (what.truths, what.errors))
                waiting.append(_Asked(branch, index, number, truths, errors))
            if sum(len(asked.readings) for asked in waiting) >= AT_ONCE:
                yield from _ask(engine, waiting)
                waiting = []
    yield from _ask(engine, waiting)


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


def _readings(
    engine: Engine, asked: tuple[Token, ...], strings: Sequence[str]
) -> tuple[Reading, ...]:
    """Return a reading for each string after a path, but for those that another one holds."""
    ids: Path = tuple(token.id for token in asked)
    endings = dict.fromkeys(split_after(engine, asked, text).ids for text in strings)
    whole = [
        ending
        for ending in endings
        if not any(ending[: len(other)] == other for other in endings if other != ending)
    ]
    return tuple(Reading((*ids, *ending), len(ids) - 1) for ending in whole)


def _ask(engine: Engine, waiting: Sequence[_Asked]) -> Iterator[Product]:
    readings = tuple(reading for asked in waiting for reading in asked.readings)
    if not readings:
        return
    sums = [0.0] * len(readings)
    for answer in asking(engine, Read(readings, top=1)):
        match answer:
            case Expected(number, _, _, following):
                sums[number] += 0.0 if following is None else following.logprob
            case Meter():
                yield Spent(answer)
            case _:
                raise AssertionError(f"a Read was answered with {answer}")
    told = iter(sums)
    for asked in waiting:
        truth, error = (
            log_sum_exp([next(told) for _ in readings]) for readings in (asked.truths, asked.errors)
        )
        longest = max(len(one.path) - 1 - one.since for one in asked.readings)
        yield Aside(WatchedAt(asked.branch.number, asked.index, asked.probe, truth, error, longest))
