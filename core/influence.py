"""How far branches lie apart when the same tokens are forced after each of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from core.controls import NEUTRAL
from core.engine import Contrast, Contrasted, Engine, Floors, MeasureFloors, Meter, Path
from core.generation import asking
from core.products import Aside, Product, Spent

LEAST_FLOOR_TOKENS = 64
"""Shorter texts do not reach both arithmetics."""


@dataclass(frozen=True, slots=True)
class Influence:
    """Branch number `other` against the reference, by tokens forced: index 0 is right after both.

    `kl` in nats, `sqrt_js` between 0 and √ln 2, `flips` whether the likeliest token differs.
    `reference_logprobs` and `other_logprobs` are ln p (nats) of each forced token in either place:
    one less than there are distances.
    """

    other: int
    kl: tuple[float, ...]
    sqrt_js: tuple[float, ...]
    flips: tuple[bool, ...]
    reference_logprobs: tuple[float, ...]
    other_logprobs: tuple[float, ...]

    @property
    def changes(self) -> tuple[float, ...]:
        """How much likelier each forced token is after the other than after the reference, nats."""
        pairs = zip(self.other_logprobs, self.reference_logprobs, strict=True)
        return tuple(other - reference for other, reference in pairs)


class Unread(Enum):
    """A level that cannot be read off a curve: what lies there means nothing."""

    BELOW_FLOOR = "below the floor"


Reached = int | Unread | None
"""After how many tokens a level is reached; None for never."""


@dataclass(frozen=True, slots=True)
class Decay:
    """How a curve of √JS or KL falls: when it reaches half and a tenth of its start."""

    half: Reached
    tenth: Reached


def contrast(
    engine: Engine, reference: Path, others: Sequence[Path], continuation: Path
) -> Iterator[Product]:
    """Yield an `Aside` with a `Influence` for each other path, all scored in one batch."""
    found: list[list[Contrasted]] = [[] for _ in others]
    for answer in asking(engine, Contrast(reference, tuple(others), continuation)):
        match answer:
            case Contrasted():
                found[answer.other].append(answer)
            case Meter():
                yield Spent(answer)
            case _:
                raise AssertionError(f"a Contrast was answered with {answer}")
    for number, points in enumerate(found):
        points.sort(key=lambda point: point.distance)
        yield Aside(
            Influence(
                number,
                tuple(point.kl for point in points),
                tuple(point.sqrt_js for point in points),
                tuple(point.flip for point in points),
                _known(point.reference_logprob for point in points),
                _known(point.other_logprob for point in points),
            )
        )


def measure_floors(engine: Engine, path: Path) -> Iterator[Product]:
    """Yield an `Aside` with the `Floors` of a text; a short one is read after neutral text."""
    neutral = engine.tokenize(NEUTRAL * 3)
    text = path if len(path) >= LEAST_FLOOR_TOKENS else (*path, *neutral)
    for answer in asking(engine, MeasureFloors(text)):
        match answer:
            case Floors():
                yield Aside(answer)
            case Meter():
                yield Spent(answer)
            case _:
                raise AssertionError(f"a measurement of floors was answered with {answer}")


def decay_of(curve: Sequence[float], floor: float) -> Decay:
    """Return when a curve falls to half and to a tenth of where it starts.

    It is first made never to rise (isotonic regression, least squares), so that one bump does not
    count. A level at or below `floor` means nothing, so nobody can tell when it is reached.
    """
    if not curve:
        return Decay(None, None)
    falling = never_rising(curve)

    def reached(level: float) -> Reached:
        return Unread.BELOW_FLOOR if level <= floor else _first_below(falling, level)

    return Decay(reached(curve[0] / 2), reached(curve[0] / 10))


def never_rising(curve: Sequence[float]) -> list[float]:
    """Return the closest curve that never rises, by least squares: pool adjacent violators."""
    pools: list[tuple[float, int]] = []  # mean, length
    for value in curve:
        mean, length = float(value), 1
        while pools and pools[-1][0] < mean:
            before, more = pools.pop()
            mean = (mean * length + before * more) / (length + more)
            length += more
        pools.append((mean, length))
    return [mean for mean, length in pools for _ in range(length)]


def _known(values: Iterable[float | None]) -> tuple[float, ...]:
    return tuple(value for value in values if value is not None)


def _first_below(falling: Iterable[float], level: float) -> int | None:
    return next((place for place, value in enumerate(falling) if value <= level), None)
