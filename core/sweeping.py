"""Puts one error at each of many places of a text, to tell where it hurts most."""

import math
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from core.branches import Role
from core.controls import LN2
from core.engine import Engine, Expected, Meter, Read, Reading, Scored
from core.error_placing import Placed, Placing, Ranked, SweptError
from core.error_records import ErrorKind, ErrorRecord, digest_of
from core.generation import asking
from core.products import Aside, Product, Spent
from core.tokens import Token, text_of

AFTER = 16
"""Over how many tokens of the unchanged rest the harm is told."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Which `places` of `path`, each with a token before it, get which `error`.

    `seed` fixes what is drawn at a place, whichever other places are swept.
    """

    path: tuple[Token, ...]
    places: tuple[int, ...]
    error: SweptError
    seed: int


@dataclass(frozen=True, slots=True)
class Harm:
    """What an error at `index` does: the tokens `error` stand there, and `record` tells of it.

    `harm` is how many bits more each of the next `tokens` tokens of the unchanged text costs, on
    average; None where nothing follows.
    """

    index: int
    error: tuple[Token, ...]
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
    """Yield an `Aside` with a `Harm` for each place where it can stand, read in one request."""
    if not wish.places:
        return
    ids = tuple(token.id for token in wish.path)
    top = wish.error.rank + 1 if isinstance(wish.error, Ranked) else 1
    span = yield from _scores(engine, (Reading(ids, min(wish.places) - 1),), top=top)
    clean = {index + 1: score.scored.logprob for (_, index), score in span.items()}
    placing = Placing(engine, wish.path, wish.error, seed=wish.seed)
    found = (placing.at(index, span[0, index - 1].likely) for index in wish.places)
    places = [one for one in found if one is not None]
    readings = tuple(
        Reading(
            (*ids[: one.index], *one.split.ids, *ids[one.until : one.until + AFTER]), one.index - 1
        )
        for one in places
    )
    scores = yield from _scores(engine, readings, top=1)
    for number, one in enumerate(places):
        after = range(one.until, min(len(ids), one.until + AFTER))
        moved = one.index + len(one.split.ids) - one.until
        lost = math.fsum(clean[at] - scores[number, at + moved - 1].scored.logprob for at in after)
        harm = lost / LN2 / len(after) if after else None
        own = [scores[number, one.index - 1 + at] for at in range(len(one.split.ids))]
        yield Aside(Harm(one.index, one.split.tokens, _record(wish, one, own), harm, len(after)))


def alike(harms: Sequence[Harm]) -> list[Harm]:
    """Return the harms that can be compared: those over as many tokens as any is told over."""
    most = max((harm.tokens for harm in harms), default=0)
    return [harm for harm in harms if harm.harm is not None and harm.tokens == most]


HEAD = (
    *("place", "token", "kind", "error", "instead_of", "p", "rank", "bits", "canonical", "seed"),
    *("harm_bits_a_token", "over_tokens", "as_long_as_others", "rounding_floor_bits_a_token"),
)


def harm_rows(path: Sequence[Token], harms: Sequence[Harm], floor: float | None) -> list[list[str]]:
    """Return harms as a table with full digits, its head first, each beside the floor in bits."""
    compared = {harm.index for harm in alike(harms)}
    rows = [list(HEAD)]
    for one in sorted(harms, key=lambda harm: harm.index):
        record = one.record
        rows.append(
            [
                str(one.index),
                text_of(path[one.index : one.index + 1]),
                record.title,
                record.text,
                record.displaced,
                repr(math.exp(record.logprob)),
                str(record.rank),
                repr(record.bits),
                str(int(bool(record.canonical))),
                "" if record.seed is None else str(record.seed),
                "" if one.harm is None else repr(one.harm),
                str(one.tokens),
                str(int(one.index in compared)),
                "" if floor is None else repr(floor),
            ]
        )
    return rows


def _record(wish: Sweep, one: Placed, scores: Sequence[_Score]) -> ErrorRecord:
    first = scores[0]
    return ErrorRecord(
        kind=one.kind,
        detail=str(first.scored.rank) if one.kind is ErrorKind.RANK else one.detail,
        role=Role.ERROR,
        text=text_of(one.split.tokens),
        ids=tuple(int(number) for number in one.split.ids),
        displaced=one.displaced,
        depth=one.index,
        after=digest_of(token.id for token in wish.path[: one.index]),
        logprob=math.fsum(score.scored.logprob for score in scores),
        rank=first.scored.rank,
        entropy=first.entropy,
        canonical=one.split.canonical,
        seed=one.seed,
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
