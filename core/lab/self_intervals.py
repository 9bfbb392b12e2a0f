"""The self-test of intervals: how often each kind that the lab prints holds what is true."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
from scipy import stats

from core.lab.self_checks import APART, Count, Fake, MakeFake, Size
from core.lab.statistics.chain import fit_chain
from core.lab.statistics.decay import distance_interval, distance_to, favoured
from core.lab.statistics.dynamic_logit import measure_second
from core.lab.statistics.incidence import incidence_band
from core.lab.statistics.intervals import Floats, Interval
from core.lab.statistics.ladder import climb, gap_intervals, measured_step
from core.lab.statistics.permutation import Errors
from core.lab.statistics.sequences import after_rate, first_errors, first_rate
from core.lab.statistics.shares import sensitivity, share_ratio
from core.lab.statistics.survival import kaplan_meier

MANY = 100_000
"""Sequences or facts whose mean stands for the truth."""

HOLDS, AT_LEAST = (0.92, 0.98), (0.92, 1.0)
"""Where coverage should lie; a distance in whole tokens, or a rare share, is held more often."""

TEXTS, DISTANCES, MOST_TOKENS = 4, 32, 24
UNEVEN = "e = 0.1, item spread 1"
FREE, FADING, RECOVERY = ("compounding",), ("influence",), ("recovery",)


def interval_checks(make: MakeFake, size: Size) -> Iterator[Count]:
    """Yield the checks that are done at every simulation."""
    uneven = make(e=0.1, contagion=1.0, recovery=0.0, spread=1.0, trend=0.0)
    yield from _sequence_checks(uneven, size)
    yield from _distance_checks(uneven, size)
    mending = make(e=0.1, contagion=1.0, recovery=0.3, spread=1.0, trend=0.0)
    yield from _recovery_checks(mending, size)
    contagious = make(e=0.1, contagion=2.0, recovery=0.0, spread=1.0, trend=1.5)
    yield Count(
        "order 2 against 1: interval holds no second step",
        "odds ratio 2, item spread 1, position trend ±1.5",
        *HOLDS,
        FREE,
        lambda seed: measure_second(
            contagious.errors(size.sequences, size.steps, seed)
        ).log_odds_ratio.holds(0.0),
    )
    returning = make(e=0.05, contagion=1.0, recovery=0.15, spread=0.0, trend=0.0)
    yield Count(
        "the chance of going wrong lies in its interval",
        "recoverable chain, e = 0.05, r = 0.15",
        *HOLDS,
        FREE,
        lambda seed: fit_chain(returning.states(size.sequences, size.steps, seed)).e.holds(0.05),
    )


def dear_checks(make: MakeFake, size: Size) -> Iterator[Count]:
    """Yield those that take a second or more each; they are done as often as whole runs."""
    uneven = make(e=0.1, contagion=1.0, recovery=0.0, spread=1.0, trend=0.0)

    def gap(seed: int) -> bool:
        errors = uneven.errors(size.sequences, size.steps, seed)
        step = measured_step(errors)
        rungs = climb(errors, step)
        return gap_intervals(errors, step, rungs, seed=seed + APART)[2].holds(0.0)

    def exponent(seed: int) -> bool:
        curves = uneven.fading(size.items, TEXTS, DISTANCES, seed)
        return favoured(curves, seed=seed + APART, resamples=60).exponent.holds(0.7)

    yield Count("gap left once item spread is allowed for holds 0", UNEVEN, *AT_LEAST, FREE, gap)
    truth = "√JS falls as r^−0.7, item spread 1"
    yield Count("exponent's interval holds the truth", truth, *AT_LEAST, FADING, exponent)


def _sequence_checks(fake: Fake, size: Size) -> Iterator[Count]:
    many = fake.errors(MANY, size.steps, APART)
    middle = size.steps // 2
    survived = float(np.mean(~many[:, :middle].any(axis=1)))

    def curve(seed: int) -> bool:
        found = kaplan_meier(*first_errors(fake.errors(size.sequences, size.steps, seed)))
        place = int(np.searchsorted(found.times, middle, side="right")) - 1
        return bool(found.low[place] <= survived <= found.high[place]) if place >= 0 else False

    for name, rate in (
        ("e until the first error", first_rate),
        ("P(wrong right after)", after_rate),
    ):
        truth = rate(many).estimate
        yield Count(
            f"{name}: interval holds the truth",
            UNEVEN,
            *HOLDS,
            FREE,
            _holds(partial(_rate, rate, fake, size), truth),
        )
    yield Count("Kaplan-Meier's band at half the steps holds", UNEVEN, *HOLDS, FREE, curve)


def _rate(rate: Callable[[Errors], Interval], fake: Fake, size: Size, seed: int) -> Interval:
    return rate(fake.errors(size.sequences, size.steps, seed))


def _distance_checks(fake: Fake, size: Size) -> Iterator[Count]:
    law = np.arange(1, DISTANCES + 1, dtype=np.float64) ** -0.7

    def found(share: float, seed: int) -> Interval:
        table = fake.fading(size.items, TEXTS, DISTANCES, seed)
        curves: Floats = np.sqrt((table**2).mean(axis=1))
        return distance_interval(curves, share, seed=seed + APART)

    for name, share in (("half", 0.5), ("a tenth", 0.1)):
        place = distance_to(law, share)
        assert place is not None
        yield Count(
            f"distance to {name}: interval holds the truth",
            "√JS falls as r^−0.7, item spread 1",
            *AT_LEAST,
            FADING,
            _holds(partial(found, share), float(place)),
        )


def _recovery_checks(fake: Fake, size: Size) -> Iterator[Count]:
    truth = "10 % corrected without an error, 0.3 of the rest after one"
    error, clean = (float(tries.mean()) for tries in fake.corrections(MANY, 1, APART))
    yield Count(
        "d' of corrections: interval holds the truth",
        truth,
        *AT_LEAST,
        RECOVERY,
        _holds(
            lambda seed: sensitivity(*fake.corrections(size.items, size.tries, seed)),
            float(stats.norm.ppf(error) - stats.norm.ppf(clean)),
        ),
    )

    def missing(seed: int) -> Interval:
        one, other = fake.corrections(size.items, size.tries, seed)
        return share_ratio(other, one)

    yield Count(
        "blind spot, a ratio of shares: interval holds the truth",
        truth,
        *AT_LEAST,
        RECOVERY,
        _holds(missing, clean / error),
    )

    def incidence(seed: int) -> bool:
        tries, _ = fake.corrections(size.items, size.tries, seed)
        rng = np.random.default_rng(seed + APART)
        times = rng.integers(1, MOST_TOKENS + 1, tries.shape)
        causes = np.where(tries == 1, 1, 2 * rng.integers(0, 2, tries.shape))
        half = np.array([MOST_TOKENS // 2], np.int64)
        times = np.where(causes == 0, MOST_TOKENS, times)
        _, low, high = incidence_band(times, causes, 1, half)
        return bool(low[0] <= error / 2 <= high[0])

    name = "Aalen-Johansen's band at half the tokens holds"
    yield Count(name, truth, *AT_LEAST, RECOVERY, incidence)


def _holds(interval: Callable[[int], Interval], truth: float) -> Callable[[int], bool]:
    return lambda seed: interval(seed).holds(truth)
