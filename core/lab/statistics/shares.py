"""Shares of yes among several tries per item: intervals that do not shrink to nothing at zero."""

import numpy as np
from scipy import stats

from core.lab.statistics.intervals import LEVEL, Floats, Interval, score_ends
from core.lab.statistics.jackknife import jackknife_interval


def clustered_share(tries: Floats) -> Interval:
    """Return the share of 1 in `tries` (items, tries per item) with a score interval over items.

    Wilson's interval at the effective number of independent tries (Korn & Graubard 1998): as many
    as the spread between items says, with Student's quantile; where all items agree, one per item.
    """
    share, effective = _effective(tries)
    low, high = score_ends(share, effective)
    return Interval(share, low, high, len(tries), "Wilson, clustered by item")


def share_difference(one: Floats, other: Floats) -> Interval:
    """Return share(one) − share(other), paired by item, both (items, tries per item).

    Newcombe's hybrid of two score intervals for paired data (1998, method 10), on effective tries.
    """
    first, second = clustered_share(one), clustered_share(other)
    together = _correlation(one.mean(axis=1), other.mean(axis=1))
    gap = first.estimate - second.estimate
    down = (first.estimate - first.low, second.high - second.estimate)
    up = (first.high - first.estimate, second.estimate - second.low)
    low = gap - max(0.0, down[0] ** 2 - 2 * together * down[0] * down[1] + down[1] ** 2) ** 0.5
    high = gap + max(0.0, up[0] ** 2 - 2 * together * up[0] * up[1] + up[1] ** 2) ** 0.5
    return Interval(gap, low, high, len(one), "Newcombe, paired and clustered by item")


def share_ratio(one: Floats, other: Floats) -> Interval:
    """Return share(one) / share(other), paired by item, both (items, tries per item).

    From both score intervals, by Donner & Zou's method for ratios (2012). Unbounded above where the
    other share may be 0.
    """
    first, second = clustered_share(one), clustered_share(other)
    kind = "Donner & Zou, paired and clustered by item"
    if second.low <= 0:
        ratio = first.estimate / second.estimate if second.estimate else float("nan")
        return Interval(ratio, 0.0, float("inf"), len(one), kind)
    together = _correlation(one.mean(axis=1), other.mean(axis=1))

    def end(own: float, far: float) -> float:
        """Return where the ratio ends, with the one at `own` and the other at `far`."""
        a, b = first.estimate, second.estimate
        middle = a * b - together * (a - own) * (far - b)
        rest = middle**2 - own * (2 * a - own) * far * (2 * b - far)
        side = 1.0 if own > a else -1.0
        return float((middle + side * max(0.0, rest) ** 0.5) / (far * (2 * b - far)))

    ratio = first.estimate / second.estimate
    low, high = end(first.low, second.high), end(first.high, second.low)
    return Interval(ratio, max(0.0, low), high, len(one), kind)


def sensitivity(hits: Floats, false_alarms: Floats) -> Interval:
    """Return d' = z(hits) − z(false alarms), each (items, tries), with an interval over items.

    Shares are drawn in by half a try at either end, or z would be infinite (Hautus 1995).
    """

    def score(tries: Floats) -> float:
        return float(stats.norm.ppf((float(tries.sum()) + 0.5) / (tries.size + 1)))

    return jackknife_interval(
        lambda items: score(hits[items]) - score(false_alarms[items]), len(hits)
    )


def mcnemar(one: Floats, other: Floats) -> float:
    """Return the exact two-sided p that two yes-or-no columns, shape (items,), are alike."""
    more = int(np.sum((one == 1) & (other == 0)))
    fewer = int(np.sum((one == 0) & (other == 1)))
    return float(stats.binomtest(more, more + fewer).pvalue) if more + fewer else 1.0


def _effective(tries: Floats) -> tuple[float, float]:
    """Return the share and how many independent tries it is worth."""
    items, each = tries.shape
    share = float(tries.mean())
    spread = float(tries.mean(axis=1).var(ddof=1)) / items if items > 1 else 0.0
    if spread == 0:
        return share, float(items)
    worth = min(share * (1 - share) / spread, float(items * each))
    quantile = (1 + LEVEL) / 2
    student = float(stats.norm.ppf(quantile)) / float(stats.t.ppf(quantile, items - 1))
    return share, worth * student**2


def _correlation(one: Floats, other: Floats) -> float:
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])
