"""Rates, hazards and the pooled table of errors in sequences, with counts pooled over sequences."""

from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.stats import contingency

from core.lab.statistics.intervals import Floats, Interval, wilson
from core.lab.statistics.jackknife import ratio_interval
from core.lab.statistics.permutation import Errors
from core.lab.statistics.survival import Events, Times


def error_rate(errors: Errors) -> Interval:
    """Return the share of wrong steps, with an interval over sequences."""
    steps = np.full(len(errors), errors.shape[1], np.float64)
    return ratio_interval(_sums(errors), steps)


def first_rate(errors: Errors) -> Interval:
    """Return first errors per step that might have held one, with an interval over sequences."""
    times, events = first_errors(errors)
    return ratio_interval(events.astype(np.float64), times.astype(np.float64))


def after_rate(errors: Errors) -> Interval:
    """Return P(wrong right after an error), counts pooled, with an interval over sequences."""
    return hazard_after(errors, 1)[0]


def _sums(errors: Errors) -> Floats:
    return np.asarray(errors.sum(axis=1), np.float64)


def first_errors(errors: Errors) -> tuple[Times, Events]:
    """Return the step of each sequence's first error (from 1), censored at the last step."""
    wrong = errors.astype(bool)
    events: Events = np.asarray(wrong.any(axis=1))
    first = np.asarray(wrong.argmax(axis=1), np.int64) + 1
    times: Times = np.where(events, first, errors.shape[1])
    return times, events


def hazard_first(errors: Errors) -> list[Interval]:
    """Return P(wrong at t | never wrong before) per step, nan where nobody is left."""
    times, events = first_errors(errors)
    return [
        wilson(int(np.sum(events & (times == step))), int(np.sum(times >= step)))
        for step in range(1, errors.shape[1] + 1)
    ]


def hazard_after(errors: Errors, lags: int) -> list[Interval]:
    """Return P(wrong k steps after an error) for k = 1 … lags, counts pooled.

    Averaging each sequence's own proportion would select against streaks (Miller & Sanjurjo 2018).
    """
    return [
        ratio_interval(_sums(errors[:, :-lag] * errors[:, lag:]), _sums(errors[:, :-lag]))
        for lag in range(1, lags + 1)
    ]


@dataclass(frozen=True, slots=True)
class PooledTable:
    """The 2 × 2 table of previous error × error; confounded by item spread, so only displayed."""

    counts: tuple[int, int, int, int]
    odds_ratio: Interval
    p_g: float


def pooled_table(errors: Errors) -> PooledTable:
    """Return the table (11, 10, 01, 00), its conditional odds ratio and the G test's p."""
    before, after = errors[:, :-1].astype(bool), errors[:, 1:].astype(bool)
    table = np.array(
        [
            [int((before & after).sum()), int((before & ~after).sum())],
            [int((~before & after).sum()), int((~before & ~after).sum())],
        ]
    )
    found = contingency.odds_ratio(table, kind="conditional")
    ends = found.confidence_interval(0.95)
    p = 1.0
    if table.sum(axis=0).all() and table.sum(axis=1).all():
        p = float(stats.chi2_contingency(table, correction=False, lambda_="log-likelihood").pvalue)
    a, b, c, d = table.ravel().tolist()
    interval = Interval(
        float(found.statistic), float(ends.low), float(ends.high), len(errors), "conditional"
    )
    return PooledTable((a, b, c, d), interval, p)
