"""The self-test: a fake model of known truth through every estimator, many times over.

It must read zero when the truth is zero, find what is there, and its intervals must hold the truth
as often as they say.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.lab.statistics.bootstrap import mean_interval
from core.lab.statistics.chain import fit_chain
from core.lab.statistics.dynamic_logit import measure_dependence
from core.lab.statistics.intervals import Floats, Interval, wilson
from core.lab.statistics.permutation import Errors, sign_flip, two_margin
from core.lab.statistics.sequences import error_rate, first_errors
from core.lab.statistics.survival import fit_beta_geometric, fit_geometric
from core.lab.statistics.verdicts import Answer, dependence

ALPHA = 0.05
APART = 1_000_003
"""Added to the seed of the data for that of the analysis: the two must not share noise."""


class Fake(Protocol):
    """What is asked of a model of known truth."""

    def errors(self, sequences: int, steps: int, seed: int) -> Errors:
        """Return 1 where a step is wrong."""
        ...

    def states(self, sequences: int, steps: int, seed: int) -> Errors:
        """Return 1 where the state is wrong."""
        ...

    def paired_logits(self, items: int, seed: int) -> Floats:
        """Return error − placebo in logit q, one per item."""
        ...


class MakeFake(Protocol):
    """Builds a model from its truth; `e` its error rate, `contagion` an odds ratio."""

    def __call__(
        self, *, e: float, contagion: float, recovery: float, spread: float, trend: float
    ) -> Fake:
        """Return the model."""
        ...


@dataclass(frozen=True, slots=True)
class Size:
    """How many simulations, and how large each of them is."""

    simulations: int
    sequences: int
    steps: int
    items: int
    draws: int
    resamples: int


QUICK = Size(simulations=120, sequences=60, steps=30, items=12, draws=199, resamples=400)
FULL = Size(simulations=1000, sequences=100, steps=40, items=60, draws=199, resamples=1000)


@dataclass(frozen=True, slots=True)
class Check:
    """How often something happened among the simulations, and the range it should lie in.

    `passed` says whether the share's own simulation interval reaches into the range.
    """

    name: str
    truth: str
    share: Interval
    least: float
    most: float

    @property
    def passed(self) -> bool:
        """Whether the simulations are compatible with the range."""
        return self.share.low <= self.most and self.share.high >= self.least


@dataclass(frozen=True, slots=True)
class _Count:
    name: str
    truth: str
    least: float
    most: float
    happened: Callable[[int], bool]


def self_test(make: MakeFake, size: Size) -> Iterator[Check]:
    """Yield the checks one by one; the same size gives the same numbers."""
    spread = make(e=0.1, contagion=1.0, recovery=0.0, spread=1.0, trend=1.5)
    contagious = make(e=0.1, contagion=2.0, recovery=0.0, spread=1.0, trend=1.5)
    plain = make(e=0.05, contagion=1.0, recovery=0.0, spread=0.0, trend=0.0)
    uneven = make(e=0.05, contagion=1.0, recovery=0.0, spread=1.5, trend=0.0)
    returning = make(e=0.05, contagion=1.0, recovery=0.15, spread=0.0, trend=0.0)
    stuck = make(e=0.05, contagion=1.0, recovery=0.0, spread=0.0, trend=0.0)
    inserted = make(e=0.3, contagion=3.0, recovery=0.0, spread=1.0, trend=0.0)
    harmless = make(e=0.3, contagion=1.0, recovery=0.0, spread=1.0, trend=0.0)
    none = "no contagion, item spread 1, position trend ±1.5"
    double = "odds ratio 2, item spread 1, position trend ±1.5"
    yield from _logit_checks(spread, contagious, size, none, double)
    for check in _counts(spread, contagious, size, none, double):
        yield _count(check, size.simulations)
    for check in (
        _Count(
            "the mean error rate's interval holds the truth",
            "independent errors, e = 0.05",
            0.92,
            0.98,
            lambda seed: error_rate(
                plain.errors(size.sequences, size.steps, seed),
                seed=seed + APART,
                resamples=size.resamples,
            ).holds(0.05),
        ),
        _Count(
            "beta-geometric preferred with no item spread",
            "independent errors, e = 0.05",
            0.0,
            0.16,
            lambda seed: _prefers_spread(plain.errors(size.sequences, 50, seed)),
        ),
        _Count(
            "beta-geometric preferred with item spread",
            "item spread 1.5, no contagion",
            0.7,
            1.0,
            lambda seed: _prefers_spread(uneven.errors(size.sequences, 50, seed)),
        ),
        _Count(
            "the chance of coming back lies in its interval",
            "recoverable chain, e = 0.05, r = 0.15",
            0.92,
            0.98,
            lambda seed: fit_chain(
                returning.states(size.sequences, size.steps, seed),
                seed=seed + APART,
                resamples=size.resamples,
            ).r.holds(0.15),
        ),
        _Count(
            "an absorbing chain seen to come back",
            "absorbing chain, e = 0.05, r = 0",
            0.0,
            0.0,
            lambda seed: (
                fit_chain(
                    stuck.states(size.sequences, size.steps, seed), seed=seed + APART, resamples=100
                ).r.high
                > 0
            ),
        ),
        _Count(
            "inserted errors: interval of error − placebo holds the truth",
            "odds ratio 3, item noise 1",
            0.92,
            0.98,
            lambda seed: mean_interval(
                inserted.paired_logits(size.items, seed), seed=seed + APART
            ).holds(-float(np.log(3))),
        ),
        _Count(
            "inserted errors: contagion seen where there is none (sign flips)",
            "odds ratio 1, item noise 1",
            0.03,
            0.07,
            lambda seed: (
                sign_flip(harmless.paired_logits(size.items, seed), seed=seed + APART, flips=1999)
                <= ALPHA
            ),
        ),
        _Count(
            "inserted errors: verdict CONTAGIOUS",
            "odds ratio 3, item noise 1",
            0.8,
            1.0,
            lambda seed: (
                dependence(
                    mean_interval(inserted.paired_logits(size.items, seed), seed=seed + APART)
                ).answer
                is Answer.CONTAGIOUS
            ),
        ),
    ):
        yield _count(check, size.simulations)


def _logit_checks(
    spread: Fake, contagious: Fake, size: Size, none: str, double: str
) -> Iterator[Check]:
    """Fit once per simulation, and read level, coverage and power from the same fits."""
    many = size.simulations
    fits = [measure_dependence(spread.errors(size.sequences, size.steps, n)) for n in range(many)]
    false = sum(found.p <= ALPHA for found in fits)
    yield Check("dynamic logit: contagion seen", none, wilson(false, many), 0.03, 0.07)
    held = sum(found.log_odds_ratio.holds(0.0) for found in fits)
    yield Check("dynamic logit: interval holds the truth", none, wilson(held, many), 0.92, 0.98)
    fits = [
        measure_dependence(contagious.errors(size.sequences, size.steps, n)) for n in range(many)
    ]
    seen = sum(found.p <= ALPHA for found in fits)
    yield Check("dynamic logit: contagion seen", double, wilson(seen, many), 0.8, 1.0)
    held = sum(found.log_odds_ratio.holds(float(np.log(2))) for found in fits)
    yield Check("dynamic logit: interval holds the truth", double, wilson(held, many), 0.92, 0.98)


def _counts(
    spread: Fake, contagious: Fake, size: Size, none: str, double: str
) -> tuple[_Count, ...]:
    def sees(fake: Fake) -> Callable[[int], bool]:
        return lambda seed: (
            two_margin(
                fake.errors(size.sequences, size.steps, seed), seed=seed + APART, draws=size.draws
            ).p_more
            <= ALPHA
        )

    return (
        _Count("two-margin permutation: contagion seen", none, 0.03, 0.07, sees(spread)),
        _Count("two-margin permutation: contagion seen", double, 0.8, 1.0, sees(contagious)),
    )


def _count(check: _Count, simulations: int) -> Check:
    happened = sum(check.happened(seed) for seed in range(simulations))
    return Check(check.name, check.truth, wilson(happened, simulations), check.least, check.most)


def _prefers_spread(errors: Errors) -> bool:
    times, events = first_errors(errors)
    return fit_beta_geometric(times, events).aic < fit_geometric(times, events).aic
