"""Items × wordings: both are a sample, so both widen the interval of a difference of conditions."""

from itertools import combinations

import numpy as np
from scipy import stats

from core.lab.statistics.intervals import LEVEL, Floats, Interval


def crossed_interval(one: Floats, other: Floats) -> Interval:
    """Return mean(one) − mean(other), each (items, wordings), with Student's interval over both.

    The same items stand in both conditions; wordings belong to one of them. The variance adds
    that between items and those between wordings, less the residual that both contain; degrees of
    freedom are Satterthwaite's (1946).
    """
    items = len(one)
    gap = float(one.mean() - other.mean())
    if items < 2:
        return Interval(gap, float("-inf"), float("inf"), items, "t over items and wordings")
    by_item = float((one.mean(axis=1) - other.mean(axis=1)).var(ddof=1)) / items
    parts = [(by_item, items - 1)]
    shared = 0.0
    for table in (one, other):
        wordings = table.shape[1]
        parts.append((float(table.mean(axis=0).var(ddof=1)) / wordings, wordings - 1))
        rest = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
        shared += float((rest**2).sum()) / ((items - 1) * (wordings - 1)) / (items * wordings)
    total = sum(part for part, _ in parts)
    variance = max(total - shared, *(part for part, _ in parts))
    squares = sum(part**2 / degrees for part, degrees in parts)
    degrees = total**2 / squares if squares else 1.0
    half = float(stats.t.ppf((1 + LEVEL) / 2, degrees)) * variance**0.5
    return Interval(gap, gap - half, gap + half, items, "t over items and wordings")


def relabel(one: Floats, other: Floats) -> float:
    """Return the two-sided p of no difference, exchanging the labels of the wordings, all ways."""
    means = np.concatenate([one.mean(axis=0), other.mean(axis=0)])
    many = one.shape[1]
    observed = abs(means[:many].sum() / many - means[many:].sum() / (len(means) - many))
    ways: list[tuple[int, ...]] = list(combinations(list(range(len(means))), many))
    sums: Floats = np.asarray(means[np.array(ways, np.int64)].sum(axis=1), np.float64)
    gaps = np.abs(sums / many - (means.sum() - sums) / (len(means) - many))
    return float(np.mean(gaps >= observed - 1e-12))
