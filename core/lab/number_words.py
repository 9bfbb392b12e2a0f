"""Estimates and intervals as reports write them."""

import math

from core.lab.statistics.intervals import Interval

NOTHING = "\N{EN DASH}"
"""What stands for a number that is not there."""


def number_words(value: float) -> str:
    """Return a number to three figures, with a real minus sign."""
    if math.isnan(value):
        return NOTHING
    return f"{value:.3g}".replace("-", "\N{MINUS SIGN}")


def interval_words(interval: Interval) -> str:
    """Return an estimate with its 95 % interval; without bounds it is said to have none."""
    if math.isnan(interval.estimate):
        return NOTHING
    estimate, low, high = map(number_words, (interval.estimate, interval.low, interval.high))
    if not (math.isfinite(interval.low) and math.isfinite(interval.high)):
        return f"{estimate} (no interval)"
    return f"{estimate} ({low} to {high})"
