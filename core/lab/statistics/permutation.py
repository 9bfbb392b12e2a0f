"""Tests by rearrangement: sign flips of paired differences, and two-margin swaps."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.lab.statistics.intervals import Floats

Errors = NDArray[np.int8]
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
    """Pairs of errors seen, their mean under the null, and the p-values of more and of either."""

    observed: int
    expected: float
    p_more: float
    p_two_sided: float


def two_margin(errors: Errors, *, seed: int, draws: int = 400, lag: int = 1) -> TwoMargin:
    """Hold neighbouring errors against swaps that keep every row sum and every column sum.

    The swaps are curveball trades (Strona et al. 2014): an item keeps its difficulty and a position
    keeps its own, so neither can pass for contagion.
    """
    rng = np.random.default_rng(seed)
    rows = [set(np.flatnonzero(row).tolist()) for row in errors]
    steps = errors.shape[1]
    observed = lag_pairs(errors, lag)
    if sum(bool(row) for row in rows) < 2 or steps <= lag:
        return TwoMargin(observed, float(observed), 1.0, 1.0)
    _trade(rows, 5 * len(rows), rng)
    counts = np.empty(draws, np.int64)
    for draw in range(draws):
        _trade(rows, len(rows), rng)
        counts[draw] = sum(1 for row in rows for step in row if step + lag in row)
    more = (int(np.sum(counts >= observed)) + 1) / (draws + 1)
    fewer = (int(np.sum(counts <= observed)) + 1) / (draws + 1)
    return TwoMargin(observed, float(counts.mean()), more, min(1.0, 2 * min(more, fewer)))


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
