"""How far branches lie apart when the same tokens are forced after each of them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

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
    """

    other: int
    kl: tuple[float, ...]
    sqrt_js: tuple[float, ...]
    flips: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Decay:
    """How a curve of √JS falls: tokens until half and a tenth of its start, None for never."""

    half: int | None
    tenth: int | None


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
    count. A start at or below `floor` means nothing, so nothing can fall from it.
    """
    if not curve or curve[0] <= floor:
        return Decay(None, None)
    falling = never_rising(curve)
    return Decay(_first_below(falling, curve[0] / 2), _first_below(falling, curve[0] / 10))


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


def _first_below(falling: Iterable[float], level: float) -> int | None:
    return next((place for place, value in enumerate(falling) if value <= level), None)
