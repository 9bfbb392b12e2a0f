"""Intervals for one number: a mean over items, a proportion."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

LEVEL = 0.95
LEAST_ITEMS = 24
"""Below this many items the percentile bootstrap covers too seldom; a t-interval is used."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval, the number of items behind it, and how it was made."""

    estimate: float
    low: float
    high: float
    items: int
    kind: str

    def holds(self, value: float) -> bool:
        """Return whether `value` lies inside."""
        return self.low <= value <= self.high


def t_interval(values: Floats) -> Interval:
    """Return the mean of one value per item, shape (n,), with Student's interval.

    One item has no spread to judge by: its interval is unbounded.
    """
    n = len(values)
    mean = float(np.mean(values)) if n else float("nan")
    if n < 2:
        return Interval(mean, float("-inf"), float("inf"), n, "t")
    half = float(stats.t.ppf((1 + LEVEL) / 2, n - 1)) * float(np.std(values, ddof=1)) / n**0.5
    return Interval(mean, mean - half, mean + half, n, "t")


def wilson(successes: int, trials: int) -> Interval:
    """Return a proportion with its score interval (Wilson 1927)."""
    if trials == 0:
        return Interval(float("nan"), 0.0, 1.0, 0, "Wilson")
    share = successes / trials
    low, high = score_ends(share, trials)
    return Interval(share, low, high, trials, "Wilson")


def score_ends(share: float, trials: float) -> tuple[float, float]:
    """Return the ends of Wilson's interval; `trials` may be a fraction."""
    z = float(stats.norm.ppf((1 + LEVEL) / 2))
    scale = 1 + z * z / trials
    middle = (share + z * z / (2 * trials)) / scale
    half = z * ((share * (1 - share) + z * z / (4 * trials)) / trials) ** 0.5 / scale
    low = max(0.0, middle - half) if share > 0 else 0.0
    high = min(1.0, middle + half) if share < 1 else 1.0
    return low, high
