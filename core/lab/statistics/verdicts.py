"""The three verdicts and their rules: functions of an interval, and of nothing else."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from core.lab.statistics.intervals import Interval

EQUIVALENT = math.log(1.5)
"""Odds within a factor of 1.5 count as independent, when the whole interval lies inside."""

ABSORBING = 0.05
"""A chance of coming back whose upper bound lies below this counts as absorbed."""

Region = tuple[float, float]
"""Two ends between which the whole of an interval must lie."""

BELOW: Region = (-math.inf, 0.0)
ABOVE: Region = (0.0, math.inf)


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


Rules = Mapping[Answer, Region]
"""Where an interval must lie for each answer; the first that holds it is given."""

DEPENDENCE: Rules = MappingProxyType(
    {
        Answer.CONTAGIOUS: BELOW,
        Answer.PROTECTIVE: ABOVE,
        Answer.INDEPENDENT: (-EQUIVALENT, EQUIVALENT),
    }
)
ABSORPTION: Rules = MappingProxyType(
    {Answer.RECOVERS: ABOVE, Answer.ABSORBED: (-math.inf, ABSORBING)}
)
INFLUENCE: Rules = MappingProxyType({Answer.OUTLASTS: ABOVE, Answer.NO_LONGER: BELOW})


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
    return _judged(
        "Does an error change the odds of the next?",
        "contagious: error − placebo below 0 in logit q; protective: above;"
        " independent: inside ± ln 1.5",
        interval,
        DEPENDENCE,
    )


def absorption(interval: Interval) -> Verdict:
    """Judge a chance of coming back; one that is surely above 0 recovers, however seldom."""
    return _judged(
        "Does the state come back?",
        "absorbed: upper bound below 0.05; recovers: lower bound above 0",
        interval,
        ABSORPTION,
    )


def influence(interval: Interval | None) -> Verdict:
    """Judge ln(error/placebo) of √JS far from the fork; None where either lay under the floor."""
    question = "Does wrongness outlast any other change?"
    rule = (
        "outlasts, no longer than: ln(error/placebo) of √JS above, below 0, where error and placebo"
        " both lie above the rounding floor at a typical position"
    )
    if interval is None:
        rule += "; here one of them does not, so there is no ratio"
        return Verdict(question, Answer.UNDECIDED, None, rule, None)
    return _judged(question, rule, interval, INFLUENCE)


def needed(interval: Interval, regions: Iterable[Region]) -> int | None:
    """Return at how many items this estimate's interval would lie in one of `regions`, or None.

    Both arms of the interval shrink with the root of the items; told is the region reached first.
    None when the estimate lies in none, sits on an end, or its interval has no bounds.
    """
    below, above = interval.estimate - interval.low, interval.high - interval.estimate
    if not (math.isfinite(below) and math.isfinite(above) and interval.items):
        return None
    shares = [
        min(_share(interval.estimate - low, below), _share(high - interval.estimate, above))
        for low, high in regions
    ]
    share = max(shares, default=0.0)
    if share <= 0:
        return None
    return math.ceil(max(interval.items + 1, interval.items / share**2))


def _judged(question: str, rule: str, interval: Interval, rules: Rules) -> Verdict:
    for answer, (low, high) in rules.items():
        if low < interval.low and interval.high < high:
            return Verdict(question, answer, interval, rule, None)
    return Verdict(question, Answer.UNDECIDED, interval, rule, needed(interval, rules.values()))


def _share(room: float, arm: float) -> float:
    """Return to which share an arm must shrink to fit into `room`; at most 1."""
    return min(1.0, room / arm) if arm > 0 else float(room > 0)
