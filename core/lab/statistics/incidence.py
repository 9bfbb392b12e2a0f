"""Cumulative incidence where items have several tries each, with its band over items."""

import numpy as np

from core.lab.statistics.intervals import Floats
from core.lab.statistics.jackknife import share_ends
from core.lab.statistics.survival import Times, aalen_johansen, incidence


def incidence_band(
    times: Times, causes: Times, cause: int, steps: Times
) -> tuple[Floats, Floats, Floats]:
    """Return P(`cause` happened by each of `steps`) and the ends of its interval at each.

    `times` and `causes` have shape (items, tries), 0 is censored; tries of an item go together.
    """

    def at(some: Times, ways: Times) -> Floats:
        return incidence(aalen_johansen(some.ravel(), ways.ravel(), cause), steps)

    found, items = at(times, causes), len(times)
    without = np.array(
        [at(np.delete(times, n, axis=0), np.delete(causes, n, axis=0)) for n in range(items)]
    )
    ends = [share_ends(float(one), left, items) for one, left in zip(found, without.T, strict=True)]
    low, high = np.array(ends).T
    return found, low, high
