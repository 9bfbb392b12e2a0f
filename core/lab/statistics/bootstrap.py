"""The cluster bootstrap: items are resampled whole, never tokens."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from core.lab.statistics.intervals import LEAST_ITEMS, LEVEL, Floats, Interval, t_interval

Indices = NDArray[np.intp]
RESAMPLES = 2000


def draw_items(items: int, resamples: int, seed: int) -> Indices:
    """Return item numbers drawn with replacement, shape (resamples, items)."""
    return np.random.default_rng(seed).integers(0, items, (resamples, items))


def bca_interval(
    statistic: Callable[[Indices], float], items: int, *, seed: int, resamples: int = RESAMPLES
) -> Interval:
    """Return the bootstrap's interval, corrected for bias and skew (Efron 1987).

    Constant data stay put. Resamples in which the number is not defined are left out; where it is
    not defined for all items, or without one of them, there is no interval.
    """
    everyone = np.arange(items)
    estimate = statistic(everyone)
    values = np.array([statistic(row) for row in draw_items(items, resamples, seed)])
    values = values[np.isfinite(values)]
    without = np.array([statistic(np.delete(everyone, place)) for place in range(items)])
    if not (len(values) and np.isfinite([estimate, *without]).all()):
        return Interval(estimate, float("-inf"), float("inf"), items, "no interval")
    below = (np.mean(values < estimate) + np.mean(values <= estimate)) / 2
    if not 0 < below < 1:
        low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist()
        return Interval(estimate, low, high, items, "percentile bootstrap over items")
    bias = float(stats.norm.ppf(below))
    spread = np.mean(without) - without
    scale = float(np.sum(spread**2)) ** 1.5
    skew = float(np.sum(spread**3)) / (6 * scale) if scale else 0.0
    ends: list[float] = []
    for level in ((1 - LEVEL) / 2, (1 + LEVEL) / 2):
        z = bias + float(stats.norm.ppf(level))
        ends.append(float(stats.norm.cdf(bias + z / (1 - skew * z))))
    low, high = np.quantile(values, ends).tolist()
    return Interval(estimate, low, high, items, "BCa bootstrap over items")


def mean_interval(values: Floats, *, seed: int) -> Interval:
    """Return the mean of one value per item: Student's interval below 24 items, BCa from there."""
    if len(values) < LEAST_ITEMS:
        return t_interval(values)

    def mean(items: Indices) -> float:
        return float(values[items].mean())

    return bca_interval(mean, len(values), seed=seed)


def share_interval(values: Floats, *, seed: int) -> Interval:
    """Return the mean of one share or probability per item; the interval ends at 0 and at 1."""
    found = mean_interval(values, seed=seed)
    low, high = max(0.0, found.low), min(1.0, found.high)
    cut = (low, high) != (found.low, found.high)
    kind = f"{found.kind}, cut at 0 or 1" if cut else found.kind
    return Interval(found.estimate, low, high, found.items, kind)


def geometric_band(curves: Floats, *, seed: int, resamples: int = RESAMPLES) -> Floats:
    """Return low, geometric mean and high over items, shape (3, distances), of `curves` (items, …).

    Below 24 items the band is Student's, on the logarithms; from there a percentile bootstrap.
    """
    logs = np.log(curves)
    items = len(logs)
    middle = logs.mean(axis=0)
    if items < LEAST_ITEMS:
        wide = float(stats.t.ppf((1 + LEVEL) / 2, items - 1)) if items > 1 else float("inf")
        half = wide * logs.std(axis=0, ddof=1) / items**0.5 if items > 1 else np.inf
        return np.asarray(np.exp(np.stack([middle - half, middle, middle + half])))
    means = np.stack([logs[row].mean(axis=0) for row in draw_items(items, resamples, seed)])
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
    return np.asarray(np.exp(np.stack([low, middle, high])))
