"""The three verdicts and their rules: functions of an interval, and of nothing else."""

import math
from dataclasses import dataclass
from enum import StrEnum

from core.lab.statistics.intervals import Interval

EQUIVALENT = math.log(1.5)
"""Odds within a factor of 1.5 count as independent, when the whole interval lies inside."""

ABSORBING = 0.05
"""A chance of coming back whose upper bound lies below this counts as absorbed."""


class Answer(StrEnum):
    """What a verdict may say; the words are a public interface."""

    CONTAGIOUS = "CONTAGIOUS"
    PROTECTIVE = "PROTECTIVE"
    INDEPENDENT = "INDEPENDENT WITHIN A FACTOR OF 1.5"
    RECOVERS = "RECOVERS"
    ABSORBED = "ABSORBED"
    OUTLASTS = "OUTLASTS"
    NO_LONGER = "NO LONGER THAN"
    UNDECIDED = "UNDECIDED"
    CANNOT = "CANNOT DO THIS TASK"


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer to a question, the interval it rests on, its rule, and the items that decide."""

    question: str
    answer: Answer
    interval: Interval | None
    rule: str
    items_needed: int | None


def dependence(interval: Interval) -> Verdict:
    """Judge error − placebo in logit q: below 0 an error makes the next one likelier.

    An interval that misses 0 is named by its side even where it lies inside ± ln 1.5 as well.
    """
    if interval.high < 0:
        answer = Answer.CONTAGIOUS
    elif interval.low > 0:
        answer = Answer.PROTECTIVE
    elif interval.low > -EQUIVALENT and interval.high < EQUIVALENT:
        answer = Answer.INDEPENDENT
    else:
        answer = Answer.UNDECIDED
    return Verdict(
        "Does an error change the odds of the next?",
        answer,
        interval,
        "contagious: error − placebo below 0 in logit q; protective: above;"
        " independent: inside ± ln 1.5",
        needed(interval, (0.0, EQUIVALENT, -EQUIVALENT)) if answer is Answer.UNDECIDED else None,
    )


def absorption(interval: Interval) -> Verdict:
    """Judge a chance of coming back; one that is surely above 0 recovers, however seldom."""
    if interval.low > 0:
        answer = Answer.RECOVERS
    elif interval.high < ABSORBING:
        answer = Answer.ABSORBED
    else:
        answer = Answer.UNDECIDED
    return Verdict(
        "Does the state come back?",
        answer,
        interval,
        "absorbed: upper bound below 0.05; recovers: lower bound above 0",
        needed(interval, (0.0, ABSORBING)) if answer is Answer.UNDECIDED else None,
    )


def influence(interval: Interval, *, above_floor: bool) -> Verdict:
    """Judge ln(error/placebo) of √JS far from the fork; below the rounding floor nothing is."""
    if above_floor and interval.low > 0:
        answer = Answer.OUTLASTS
    elif above_floor and interval.high < 0:
        answer = Answer.NO_LONGER
    else:
        answer = Answer.UNDECIDED
    return Verdict(
        "Does wrongness outlast any other change?",
        answer,
        interval,
        "outlasts, no longer than: ln(error/placebo) of √JS above, below 0, both over the floor",
        needed(interval, (0.0,)) if above_floor and answer is Answer.UNDECIDED else None,
    )


def needed(interval: Interval, bounds: tuple[float, ...]) -> int | None:
    """Return the items at which this estimate's interval would clear its nearest bound, or None.

    The width shrinks with the root of the items. None when the estimate sits on a bound.
    """
    half = (interval.high - interval.low) / 2
    gap = min(abs(interval.estimate - bound) for bound in bounds)
    if not (math.isfinite(half) and gap > 0 and interval.items):
        return None
    return math.ceil(max(interval.items + 1, interval.items * (half / gap) ** 2))
