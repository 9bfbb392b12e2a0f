"""Tests by rearrangement: sign flips of paired differences, and two-margin swaps."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.lab.statistics.intervals import Floats

Errors = NDArray[np.int8]
Counts = NDArray[np.int64]
FLIPS = 10_000
EXACT_ITEMS = 13
"""Up to this many items all 2^n sign patterns are counted instead of drawn."""


def sign_flip(differences: Floats, *, seed: int, flips: int = FLIPS) -> float:
    """Return the two-sided p of a zero mean for one paired difference per item, shape (n,)."""
    items = len(differences)
    if items == 0:
        return 1.0
    observed = abs(float(differences.sum()))
    margin = 1e-9 * max(1.0, float(np.abs(differences).sum()))
    if items <= EXACT_ITEMS:
        numbers = np.arange(2**items, dtype=np.int64)[:, None]
        patterns = np.right_shift(numbers, np.arange(items, dtype=np.int64)) & 1
        sums: Floats = (2.0 * patterns - 1) @ differences
        return float(np.mean(np.abs(sums) >= observed - margin))
    signs = 2 * np.random.default_rng(seed).integers(0, 2, (flips, items)) - 1
    hits = int(np.sum(np.abs(signs @ differences) >= observed - margin))
    return (hits + 1) / (flips + 1)


def lag_pairs(errors: Errors, lag: int = 1) -> int:
    """Count the pairs of errors `lag` steps apart in `errors`, shape (sequences, steps)."""
    return int((errors[:, :-lag].astype(np.int64) * errors[:, lag:]).sum())


@dataclass(frozen=True, slots=True)
class TwoMargin:
    """Pairs of errors seen, their mean under the null, and the p-values of more and of either.

    `low` and `high` hold the middle 95 % of the null.
    """

    observed: int
    expected: float
    p_more: float
    p_two_sided: float
    low: float
    high: float


def two_margin(errors: Errors, *, seed: int, draws: int = 400, lag: int = 1) -> TwoMargin:
    """Hold errors `lag` steps apart against swaps that keep every row sum and every column sum.

    The swaps are curveball trades (Strona et al. 2014): an item keeps its difficulty and a position
    keeps its own, so neither can pass for contagion.
    """
    observed = lag_pairs(errors, lag)
    drawn = swapped_pairs(errors, (lag,), seed=seed, draws=draws)[:, 0]
    if not len(drawn):
        return TwoMargin(observed, float(observed), 1.0, 1.0, float(observed), float(observed))
    more = (int(np.sum(drawn >= observed)) + 1) / (draws + 1)
    fewer = (int(np.sum(drawn <= observed)) + 1) / (draws + 1)
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist()
    either = min(1.0, 2 * min(more, fewer))
    return TwoMargin(observed, float(drawn.mean()), more, either, low, high)


def swapped_pairs(errors: Errors, lags: Sequence[int], *, seed: int, draws: int) -> Counts:
    """Return the pairs of errors at each lag after each of `draws` swaps, shape (draws, lags).

    Where fewer than two sequences hold an error nothing can be swapped: shape (0, lags).
    """
    rng = np.random.default_rng(seed)
    rows = [set(np.flatnonzero(row).tolist()) for row in errors]
    if sum(bool(row) for row in rows) < 2:
        return np.empty((0, len(lags)), np.int64)
    _trade(rows, 5 * len(rows), rng)
    counts = np.empty((draws, len(lags)), np.int64)
    grid = np.zeros_like(errors)
    for draw in range(draws):
        _trade(rows, len(rows), rng)
        grid[:] = 0
        for place, row in enumerate(rows):
            grid[place, list(row)] = 1
        counts[draw] = [np.count_nonzero(grid[:, :-lag] & grid[:, lag:]) for lag in lags]
    return counts


def _trade(rows: list[set[int]], trades: int, rng: np.random.Generator) -> None:
    """Let random pairs of rows exchange what only one of them has, keeping both sizes."""
    pairs = rng.integers(0, len(rows), (trades, 2))
    numbers: list[list[int]] = pairs.tolist()
    for first, second in numbers:
        if first == second:
            continue
        one, two = rows[first], rows[second]
        shared = one & two
        mine = one - shared
        if not mine or len(two) == len(shared):
            continue
        pool = np.array(sorted(one ^ two))
        rng.shuffle(pool)
        mixed: list[int] = pool.tolist()
        rows[first] = shared | set(mixed[: len(mine)])
        rows[second] = shared | set(mixed[len(mine) :])
