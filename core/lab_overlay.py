"""Two runs of one experiment laid over each other: what differs, with its interval."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.known_error import KnownError
from core.lab.experiment import Outcome, Row
from core.lab.statistics.bootstrap import mean_interval
from core.lab.statistics.intervals import Interval
from core.lab_points import points_of

DIFFERENT = (
    "These runs tell of different tasks ({one}; {other}): choose two that tell of the same one."
)

SEED = 0
"""Of the resamples behind a paired difference."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One number of two runs: each estimate, and second less first. `how` says by what method."""

    name: str
    first: Interval
    second: Interval
    difference: Interval
    how: str


def differences(
    experiment: str,
    outcomes: tuple[Outcome, Outcome],
    rows: tuple[Sequence[Row], Sequence[Row]],
) -> tuple[Difference, ...]:
    """Return the paired difference over the items that both have, then every common finding.

    Raises `KnownError` when the runs tell of different tasks: their numbers mean different things.
    """
    found: list[Difference] = []
    words, one = points_of(experiment, rows[0])
    other_words, two = points_of(experiment, rows[1])
    if one and two and words != other_words:
        raise KnownError(DIFFERENT.format(one=words, other=other_words))
    left = {point.item: point.value for point in one}
    right = {point.item: point.value for point in two}
    common = [item for item in left if item in right]
    if len(common) > 1:
        first = np.array([left[item] for item in common])
        second = np.array([right[item] for item in common])
        found.append(
            Difference(
                f"{words}, per item",
                mean_interval(first, seed=SEED),
                mean_interval(second, seed=SEED),
                mean_interval(second - first, seed=SEED),
                f"paired over the {len(common)} items that both runs have",
            )
        )
    other = {finding.name: finding.interval for finding in outcomes[1].findings}
    for finding in outcomes[0].findings:
        if finding.name in other:
            pair = finding.interval, other[finding.name]
            found.append(
                Difference(
                    finding.name,
                    *pair,
                    _apart(*pair),
                    "from both intervals, as if the runs had nothing in common",
                )
            )
    return tuple(found)


def _apart(first: Interval, second: Interval) -> Interval:
    """Return second − first by the square-and-add method (Zou & Donner 2008).

    It holds for estimates that are independent, and is too wide where both runs share items.
    """
    gap = second.estimate - first.estimate
    below = math.hypot(second.estimate - second.low, first.high - first.estimate)
    above = math.hypot(second.high - second.estimate, first.estimate - first.low)
    items = min(first.items, second.items)
    return Interval(gap, gap - below, gap + above, items, "square and add")
