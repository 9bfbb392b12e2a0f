"""One number per item: what a single row says of the effect that its experiment looks for."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.lab.compounding import TASKS, told_task
from core.lab.end_states import OBJECTED, RECOVERED, EndState
from core.lab.experiment import Row, Values
from core.lab.influence_outcome import FAR, corrected
from core.lab.statistics.intervals import Floats
from core.lab.step_values import logit
from core.lab.steps import ALL_TASKS as TASKS_OF_STEPS


@dataclass(frozen=True, slots=True)
class Scale:
    """What an item's number is, in words with its unit, and how it is read from a row."""

    words: str
    read: Callable[[Values, float], float]


@dataclass(frozen=True, slots=True)
class Point:
    """One item's number; `place` is its row."""

    place: int
    item: str
    value: float


def floors_of(rows: Sequence[Row]) -> Mapping[str, float]:
    """Return the floors that a run measured, by name: √JS; empty where it measured none."""
    for row in rows:
        found = {
            name: float(str(row.values[name]))
            for name in ("repeat floor", "rounding floor", "rounding floor, median")
            if name in row.values
        }
        if found:
            return found
    return {}


def points_of(experiment: str, rows: Sequence[Row]) -> tuple[str, tuple[Point, ...]]:
    """Return what the numbers are, and one for each row that counts; ("", ()) when unknown."""
    match experiment:
        case "compounding":
            scale = _counts_of(rows)
        case "steps":
            scale = _steps_of(rows)
        case _:
            scale = SCALES.get(experiment)
    if scale is None:
        return "", ()
    floor = floors_of(rows).get("rounding floor, median", 0.0)
    found: list[Point] = []
    for place, row in enumerate(rows):
        if row.counts:
            value = scale.read(row.values, floor)
            if math.isfinite(value):
                found.append(Point(place, row.item, value))
    return scale.words, tuple(found)


def _array(values: Values, name: str) -> Floats:
    return np.array(values[name], np.float64)


def _belief(values: Values, floor: float) -> float:
    del floor

    def odds(branch: str) -> float:
        gap = _array(values, f"{branch} ln truth")[0] - _array(values, f"{branch} ln error")[0]
        return float(gap.mean())

    return odds("error") - odds("mention")


def _influence(values: Values, floor: float) -> float:
    def far(arm: str) -> float:
        js = (_array(values, arm)[:, FAR:] ** 2).mean()
        return float(corrected(js, floor))

    error, placebo = far("error"), far("placebo")
    if max(error, placebo) <= floor:
        return math.nan  # both under the rounding floor: equal there says nothing
    return math.log(error / placebo)


def _steps_of(rows: Sequence[Row]) -> Scale | None:
    """Return the scale of the first task that was run: one with a placebo, if there is one."""
    names = {name for row in rows for name in row.values}
    for task in TASKS_OF_STEPS:
        for dose, words in (("1", "one error"), ("0.5", "half the lines wrong")):
            if f"{task.name} placebo {dose}" in names:
                effect = partial(_against_placebo, task=task.name, dose=dose)
                return Scale(f"{task.words}: error − placebo, logit q, {words}", effect)
    for task in TASKS_OF_STEPS:
        if f"{task.name} error decoy" in names:
            back = partial(_restored, task=task.name)
            return Scale(f"{task.words}: restored − decoy, probability, right after", back)
    return None


def _against_placebo(values: Values, floor: float, *, task: str, dose: str) -> float:
    del floor

    def mean(arm: str) -> float:
        return float(np.mean([logit(q) for q in _array(values, f"{task} {arm} {dose}").tolist()]))

    return mean("error") - mean("placebo")


def _restored(values: Values, floor: float, *, task: str) -> float:
    del floor
    restored, decoy = (_array(values, f"{task} error {one}")[0] for one in ("restored", "decoy"))
    return float(np.exp(restored) - np.exp(decoy))


def _counts_of(rows: Sequence[Row]) -> Scale | None:
    """Return the scale of the task that the report tells of: which that is depends on all rows."""
    task = told_task(rows)
    if task is None:
        return None

    def local(values: Values, floor: float) -> float:
        del floor
        return float(_array(values, f"{task} local error").mean())

    return Scale(f"{TASKS[task]}: share of wrong steps", local)


def _recovery(values: Values, floor: float) -> float:
    """Return recoveries less false corrections; the first try is greedy, and is left out."""
    del floor

    def share(arm: str, states: frozenset[EndState]) -> float:
        ends = values[f"{arm} states"]
        assert isinstance(ends, list)
        return float(np.mean([EndState(str(end)) in states for end in ends[1:]]))

    return share("own", RECOVERED) - share("clean, own", OBJECTED)


def _preamble(values: Values, floor: float) -> float:
    del floor

    def strict(arm: str) -> float:
        factual, neutral = (_array(values, f"{arm}, {kind}") for kind in ("factual", "neutral"))
        return float(factual.mean() - neutral.mean())

    return strict("error") - strict("clean")


SCALES: Mapping[str, Scale] = {
    "influence": Scale("ln(error/placebo) of √JS, far from the fork", _influence),
    "belief": Scale("error − mention, log-odds of the truth right after (nats)", _belief),
    "recovery": Scale("recoveries − false corrections, own turn, share of samples", _recovery),
    "preamble": Scale("factual − neutral, error less clean, log-odds (nats)", _preamble),
}
"""By experiment; compounding and steps choose among their tasks. A paired effect of 0 is none."""
