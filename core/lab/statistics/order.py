"""Of what order a chain of errors is: two steps back against one, and errors 1 to 10 steps apart.

Counts pooled over items mistake item spread for memory, so their test is only displayed; the other
two allow for items and positions.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from core.lab.statistics.permutation import Errors, TwoMargin, holm, two_margin_lags

MOST_LAGS = 10
DRAWS = 999
"""Ten lags together can say no less than 10 · 2 / (draws + 1)."""


@dataclass(frozen=True, slots=True)
class Lagged:
    """Errors `lag` steps apart against two-margin swaps; `p` holds for all lags together."""

    lag: int
    swaps: TwoMargin
    p: float

    @property
    def ratio(self) -> float:
        """Pairs seen over pairs expected, nan where none were expected."""
        return self._share(self.swaps.observed)

    @property
    def null(self) -> tuple[float, float]:
        """Between what the ratio lies in 95 % of the swaps."""
        return self._share(self.swaps.low), self._share(self.swaps.high)

    def _share(self, pairs: float) -> float:
        return pairs / self.swaps.expected if self.swaps.expected else float("nan")


def lagged(errors: Errors, *, seed: int, draws: int = DRAWS) -> tuple[Lagged, ...]:
    """Test the lags 1 to 10, or as many as the steps allow, with Holm's correction."""
    lags = range(1, min(MOST_LAGS, errors.shape[1] - 1) + 1)
    found = two_margin_lags(errors, lags, seed=seed, draws=draws)
    ps = holm([one.p_two_sided for one in found])
    return tuple(Lagged(lag, one, p) for lag, one, p in zip(lags, found, ps, strict=True))


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
