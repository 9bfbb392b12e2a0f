"""How a difference fades with distance: half- and tenth-distance, exponential or power law."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, special

from core.lab.statistics.bootstrap import draw_items
from core.lab.statistics.intervals import LEVEL, Floats, Interval


def isotonic(curve: Floats) -> Floats:
    """Return the closest curve that never rises, shape (distances,)."""
    found = optimize.isotonic_regression(curve, increasing=False).x
    return np.asarray(found, np.float64)


def distance_to(curve: Floats, share: float) -> int | None:
    """Return the first distance (from 1) where the falling curve is `share` of its start, or None.

    None is an answer: the curve did not fall so far within its length.
    """
    falling = isotonic(curve)
    below = np.flatnonzero(falling <= falling[0] * share)
    return int(below[0]) + 1 if len(below) else None


def distance_interval(curves: Floats, share: float, *, seed: int, resamples: int = 200) -> Interval:
    """Return where the geometric mean of `curves` (items, distances) has fallen to a share.

    Beyond the length that was read it is infinite. The interval is of resampled items.
    """
    logs = np.log(curves)
    draws = [logs[row].mean(axis=0) for row in draw_items(len(logs), resamples, seed)]
    found = np.sort([float(distance_to(np.exp(one), share) or np.inf) for one in draws])
    ends = [found[round(level * (resamples - 1))] for level in ((1 - LEVEL) / 2, (1 + LEVEL) / 2)]
    estimate = float(distance_to(np.exp(logs.mean(axis=0)), share) or np.inf)
    return Interval(estimate, float(ends[0]), float(ends[1]), len(logs), "bootstrap over items")


STARTS = (-3.0, -1.0, 0.0)
"""Logarithms of the slope from which a fit sets out."""


@dataclass(frozen=True, slots=True)
class DecayFit:
    """A family fitted to ln(curve): amplitude, slope (1/τ per token or exponent p), floor, AIC."""

    family: str
    amplitude: float
    slope: float
    floor: float
    aic: float

    @property
    def rate(self) -> float:
        """Return τ in tokens, or the exponent p."""
        return 1 / self.slope if self.family == "exponential" else self.slope

    def at(self, distances: Floats) -> Floats:
        """Return the fitted curve at each distance."""
        along = distances if self.family == "exponential" else np.log(distances)
        return self.amplitude * np.exp(-self.slope * along) + self.floor


def fit_decay(curve: Floats) -> tuple[DecayFit, DecayFit]:
    """Fit A·e^(−r/τ) + g and A·r^(−p) + g to ln(curve) at r = 1, 2, …: both, for comparison."""
    return _fit("exponential", curve, STARTS), _fit("power law", curve, STARTS)


def fit_near(curve: Floats, near: tuple[DecayFit, DecayFit]) -> tuple[DecayFit, DecayFit]:
    """Fit both again to a curve that is like one that was fitted: a resample of it."""
    one, other = (_fit(fitted.family, curve, (math.log(fitted.slope),)) for fitted in near)
    return one, other


def _fit(family: str, curve: Floats, starts: Sequence[float]) -> DecayFit:
    distances = np.arange(1, len(curve) + 1, dtype=np.float64)
    along = distances if family == "exponential" else np.log(distances)
    logs = np.log(np.maximum(curve, 1e-12))

    def off(x: Floats) -> Floats:
        return np.asarray(np.logaddexp(x[0] - np.exp(x[1]) * along, x[2]) - logs, np.float64)

    def slopes(x: Floats) -> Floats:
        share: Floats = np.asarray(special.expit(x[0] - np.exp(x[1]) * along - x[2]), np.float64)
        return np.stack([share, -share * np.exp(x[1]) * along, 1 - share], axis=1)

    tail = float(logs[-max(1, len(logs) // 6) :].mean())
    found = [
        optimize.least_squares(
            off,
            np.array([logs[0], start, tail - 1]),
            jac=slopes,
            bounds=([-40.0, -12.0, -40.0], [20.0, 4.0, 20.0]),
            max_nfev=60,
        )
        for start in starts
    ]
    best = min(found, key=lambda result: float(result.cost))
    amplitude, slope, floor = np.exp(np.asarray(best.x, np.float64)).tolist()
    many = len(logs)
    squares = max(2 * float(best.cost) / many, 1e-300)
    aic = many * float(np.log(squares)) + 2 * 4
    return DecayFit(family, amplitude, slope, floor, aic)


@dataclass(frozen=True, slots=True)
class Family:
    """The family that 95 % of the resamples favour by AIC, or "undecided".

    `exponent` is the power law's p and `length` the exponential's τ in tokens, each with the middle
    95 % of the resamples, whatever is favoured.
    """

    name: str
    exponent: Interval
    length: Interval


def favoured(curves: Floats, *, seed: int, resamples: int = 100) -> Family:
    """Return the favoured family of `curves`, shape (items, texts, distances).

    Items and texts are resampled alike.
    """
    rng = np.random.default_rng(seed)
    logs = np.log(np.maximum(curves, 1e-12))
    if np.ptp(logs.mean(axis=(0, 1))) == 0:
        nothing = Interval(0.0, 0.0, 0.0, len(logs), "constant")
        return Family("undecided", nothing, nothing)
    whole = fit_decay(np.exp(logs.mean(axis=(0, 1))))
    power = 0
    rates: list[tuple[float, float]] = []
    for _ in range(resamples):
        drawn = logs[rng.integers(0, len(logs), len(logs))]
        many: int = logs.shape[1]
        texts = rng.integers(0, many, many)
        mean = np.exp(drawn[:, texts].mean(axis=(0, 1)))
        exponential, law = fit_near(mean, whole)
        power += law.aic < exponential.aic
        rates.append((law.rate, exponential.rate))
    share = power / resamples
    name = "power law" if share >= 0.95 else "exponential" if share <= 0.05 else "undecided"
    exponential, law = whole
    kind = f"bootstrap over items and texts, {resamples} resamples"
    lows, highs = np.quantile(rates, [0.025, 0.975], axis=0).tolist()
    exponent, length = (
        Interval(rate, low, high, len(logs), kind)
        for rate, low, high in zip((law.rate, exponential.rate), lows, highs, strict=True)
    )
    return Family(name, exponent, length)
