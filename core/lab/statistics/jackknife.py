"""Student's interval of any smooth number over items, from what the number is without each item.

Few items may carry most of the spread: then it is known less well than so many items would let one
think, and the quantile is that of fewer degrees of freedom.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy import special, stats

from core.lab.statistics.bootstrap import Indices
from core.lab.statistics.intervals import LEVEL, Floats, Interval, score_ends

LEAST_DEGREES = 3.0


def half_width(without: Floats) -> float:
    """Return half of Student's interval from leave-one-out values, shape (items or groups,).

    Degrees of freedom match the variance's own spread, by its fourth moment (Satterthwaite 1946).
    """
    many = len(without)
    if many < 2 or not np.isfinite(without).all():
        return float("inf")
    squares = (without - without.mean()) ** 2
    second, fourth = float(squares.mean()), float((squares**2).mean())
    if second == 0:
        return 0.0
    spread = (fourth - second**2 * (many - 3) / (many - 1)) / many
    most = many - 1.0
    degrees = min(most, max(LEAST_DEGREES, 2 * second**2 / spread)) if spread > 0 else most
    error = math.sqrt((many - 1) * second)
    return float(stats.t.ppf((1 + LEVEL) / 2, degrees)) * error


def jackknife_interval(statistic: Callable[[Indices], float], items: int) -> Interval:
    """Return `statistic`, a function of item numbers, with its interval over items (Tukey 1958)."""
    everyone = np.arange(items)
    estimate = statistic(everyone)
    without = np.array([statistic(np.delete(everyone, place)) for place in range(items)])
    half = half_width(without)
    return Interval(estimate, estimate - half, estimate + half, items, "t, jackknife over items")


def kept_parts(items: int, groups: int, *, seed: int) -> list[Indices]:
    """Return the items that stay when each of so many parts of them is left out in turn."""
    order = np.random.default_rng(seed).permutation(items)
    return [np.setdiff1d(order, part) for part in np.array_split(order, min(groups, items))]


def ratio_interval(some: Floats, of: Floats) -> Interval:
    """Return the share sum(some) / sum(of), counted per item, with its interval over items.

    Each item that could counts as one try of what never happened, or always. Without any the share
    is nan and unbounded.
    """
    items, tries = len(some), int((of > 0).sum())
    if not tries:
        return Interval(float("nan"), float("-inf"), float("inf"), items, "no tries")
    hits, total = float(some.sum()), float(of.sum())
    without = (hits - some) / np.maximum(total - of, 1e-9)
    kind = "Wilson by item" if hits in {0.0, total} else "t on the logit, jackknife over items"
    ends = share_ends(hits / total, np.clip(without, 0.0, 1.0), tries)
    return Interval(hits / total, *ends, items, kind)


def share_ends(share: float, without: Floats, tries: int) -> tuple[float, float]:
    """Return the ends of a share's interval from leave-one-out values: Student's on the logit.

    What never happened, or always, has no spread to judge by: Wilson's, from `tries` tries.
    """
    if not 0 < share < 1:
        return score_ends(share, tries)
    # The logit's slope at the estimate stands for its curve: without an item a share may be 0 or 1.
    half = half_width(without) / (share * (1 - share))
    low, high = special.expit(special.logit(share) + np.array([-half, half])).tolist()
    return float(low), float(high)
