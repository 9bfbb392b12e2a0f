"""The shape of what fades after an error: its distances and law in words, and its figures."""

import math
from collections.abc import Mapping

import numpy as np

from core.lab.experiment import Figure, Level, Series, decimal
from core.lab.statistics.bootstrap import geometric_band, mean_interval
from core.lab.statistics.decay import distance_interval, favoured, fit_decay
from core.lab.statistics.intervals import Floats

MOST = math.log(2) ** 0.5
"""√JS of two expectations that share nothing."""


def fading_words(arm: str, curves: Floats, by_text: Floats, seed: int, resamples: int) -> str:
    """Tell how an arm fades: `curves` (items, distances), `by_text` (items, texts, distances)."""
    half, tenth = (_told(curves, share, seed) for share in (0.5, 0.1))
    family = favoured(by_text, seed=seed, resamples=resamples)
    p = family.exponent
    each = ", ".join(
        decimal(fit_decay(np.exp(np.log(by_text[:, place]).mean(axis=0)))[1].rate, 2)
        for place in range(by_text.shape[1])
    )
    if family.name == "power law":
        said = (
            f"a power law with exponent {decimal(p.estimate, 2)} (95 % interval"
            f" {decimal(p.low, 2)} to {decimal(p.high, 2)}; by text {each})"
        )
    elif family.name == "exponential":
        tau = family.length
        said = (
            f"an exponential with a length of {decimal(tau.estimate, 1)} tokens (95 % interval"
            f" {decimal(tau.low, 1)} to {decimal(tau.high, 1)})"
        )
    else:
        said = "exponential or power law: undecided, so no exponent is told"
    return f"After the {arm}: half at {half}, a tenth at {tenth}; {said}."


def _told(curves: Floats, share: float, seed: int) -> str:
    """Tell the distance at which a curve falls to a share, with its interval."""
    found = distance_interval(curves, share, seed=seed)
    never = f"more than {curves.shape[1]}"
    place, low, high = (
        f"{end:.0f}" if math.isfinite(end) else never
        for end in (found.estimate, found.low, found.high)
    )
    if low == never:
        return f"{never} tokens"
    return f"{place} tokens (95 % interval {low} to {high})"


def distance_figure(curves: Mapping[str, Floats], floor: float, seed: int) -> Figure:
    """Draw each arm's geometric mean over items against distance, over the rounding floor."""
    series: list[Series] = []
    for arm, table in curves.items():
        if len(table) > 1:
            band = np.minimum(geometric_band(table, seed=seed), MOST)
            low, middle, high = band.tolist()
            series.append(Series(arm, arm, _steps(table), middle, low, high))
    return Figure(
        "Influence against distance",
        "tokens after the fork",
        "√JS to the clean branch (√nats)",
        tuple(series),
        log_x=True,
        log_y=True,
        floors=(Level("rounding floor", floor),) if floor else (),
        band="95 %, over facts: Student's on logarithms below 24 of them, else a bootstrap",
    )


def flips_figure(flips: Mapping[str, Floats], seed: int) -> Figure:
    """Draw how often the likeliest token differs at each distance; arms (items, distances)."""
    series: list[Series] = []
    for arm, table in flips.items():
        found = [mean_interval(column, seed=seed) for column in table.T]
        low = [max(0.0, one.low) for one in found]
        high = [min(1.0, one.high) for one in found]
        series.append(Series(arm, arm, _steps(table), [one.estimate for one in found], low, high))
    return Figure(
        "How often the likeliest token differs",
        "tokens after the fork",
        "share of texts and facts",
        tuple(series),
        log_x=True,
    )


def _steps(table: Floats) -> list[float]:
    return [float(r) for r in range(1, table.shape[1] + 1)]
