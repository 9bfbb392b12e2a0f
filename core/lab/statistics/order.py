"""Of what order a chain of errors is: two steps back against one, and errors 1 to 10 steps apart.

Counts pooled over items mistake item spread for memory, so their test is only displayed; the other
two allow for items and positions.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from core.lab.statistics.permutation import Errors, lag_pairs, swapped_pairs

MOST_LAGS = 10


@dataclass(frozen=True, slots=True)
class Lagged:
    """Pairs of errors `lag` steps apart, over their mean among two-margin swaps.

    `null` is where the ratio lies in 95 % of the swaps; `p` holds for all lags together.
    """

    lag: int
    ratio: float
    null: tuple[float, float]
    p: float


def lagged(errors: Errors, *, seed: int, draws: int = 400) -> tuple[Lagged, ...]:
    """Test the lags 1 to 10, or as many as the steps allow, all against the same swaps.

    A lag's p is the share of swaps whose most unusual lag is as unusual (Westfall & Young 1993):
    of ten lags one is unusual by chance, and that is allowed for.
    """
    lags = range(1, min(MOST_LAGS, errors.shape[1] - 1) + 1)
    seen = np.array([lag_pairs(errors, lag) for lag in lags], np.float64)
    drawn = swapped_pairs(errors, lags, seed=seed, draws=draws).astype(np.float64)
    nan = float("nan")
    if not len(drawn):
        return tuple(Lagged(lag, nan, (nan, nan), 1.0) for lag in lags)
    mean, spread = drawn.mean(axis=0), np.maximum(drawn.std(axis=0), 1e-12)
    most = (np.abs(drawn - mean) / spread).max(axis=1)
    far = np.abs(seen - mean) / spread
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    found: list[Lagged] = []
    for place, lag in enumerate(lags):
        expected = float(mean[place]) or nan
        p = (int(np.sum(most >= far[place] - 1e-9)) + 1) / (draws + 1)
        null = (float(low[place]) / expected, float(high[place]) / expected)
        found.append(Lagged(lag, float(seen[place]) / expected, null, p))
    return tuple(found)


def pooled_order(errors: Errors) -> tuple[float, float]:
    """Return G and p of order 2 against order 1 (Anderson & Goodman 1957), 2 degrees of freedom.

    G = 2·Σ O·ln(O/E) with E the counts that one step of memory predicts.
    """
    x = errors.astype(np.int64)
    codes = 4 * x[:, :-2] + 2 * x[:, 1:-1] + x[:, 2:]
    seen = np.bincount(codes.ravel(), minlength=8).reshape(2, 2, 2).astype(np.float64)
    ends, starts = seen.sum(axis=0), seen.sum(axis=2)
    middle = np.maximum(ends.sum(axis=1), 1.0)
    expected = starts[:, :, None] * ends[None] / middle[None, :, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(seen > 0, seen * np.log(seen / expected), 0.0)
    g = 2 * float(parts.sum())
    return g, float(stats.chi2.sf(g, 2))
