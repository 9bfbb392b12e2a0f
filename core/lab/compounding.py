"""Errors of a model that goes on by itself: the curve against (1 − e)^n, and what explains the gap.

Look-up carries no state, so every wrong step is an error of its own; counting carries one, which
its index can restore. Both are run; the one whose errors are neither too rare nor too frequent is
told.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from core.lab.asking import Asker
from core.lab.compounding_outcome import Course, analyse_errors
from core.lab.experiment import (
    Experiment,
    Outcome,
    Row,
    Settings,
    Task,
    Values,
    dropped_reasons,
)
from core.lab.free_running import (
    STEPS,
    WARM_UP,
    Label,
    counting_walk,
    label_counts,
    lookup_walk,
    told,
    write_on,
)
from core.lab.statistics.intervals import Floats
from core.lab.statistics.permutation import Errors
from core.lab.statistics.sequences import first_errors
from core.lab.statistics.verdicts import Answer, Verdict
from core.lab.step_values import LEAST_MASS, LEAST_Q, column
from core.lab_plans import Extent

TASKS = {"look-up": "look-up of digits", "counting": "counting by one with an index"}
LEAST_E, MOST_E = 0.03, 0.3
"""Outside this range of e the tests have little to work with."""

BLOCK = 8
"""Sequences that are written side by side: they share the reading of the weights."""


QUICK = Extent(STEPS)
"""How long a sequence is where a run does not say."""


class _Blocks:
    """Measures sequences in blocks, and hands them out one by one."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._found: dict[int, Values] = {}

    def row(self, asker: Asker, number: int) -> Values:
        """Return one sequence's values; the first that is asked for measures its block."""
        if number not in self._found:
            end = min((number // BLOCK + 1) * BLOCK, self._settings.items)
            self._measure(asker, range(number, end))
        return self._found.pop(number)

    def _measure(self, asker: Asker, numbers: range) -> None:
        seed, steps = self._settings.seed, (self._settings.extent or QUICK).length
        lookups = [lookup_walk(asker, seed, number, steps) for number in numbers]
        counts = [counting_walk(asker, seed, number, steps) for number in numbers]
        write_on(asker, [walk for walk, _ in (*lookups, *counts)])
        for number, (lookup, right), (count, wanted) in zip(numbers, lookups, counts, strict=True):
            plain = [
                Label.CORRECT if drawn == value else Label.LOCAL
                for drawn, value in zip(lookup.drawn, right, strict=True)
            ]
            labels = label_counts(count.drawn, wanted, int(wanted[0]) - 1)
            self._found[number] = {
                **told("look-up", lookup, plain, right),
                **told("counting", count, labels, wanted),
            }


def _tasks(settings: Settings) -> tuple[Task, ...]:
    blocks = _Blocks(settings)

    def task(number: int) -> Task:
        return Task(f"sequence {number}", lambda asker: blocks.row(asker, number))

    return tuple(task(number) for number in range(settings.items))


def _errors(rows: Sequence[Row], name: str) -> Errors:
    return np.asarray(column(rows, name), np.int8)


def _course(rows: Sequence[Row], task: str) -> Course:
    wrong = _errors(rows, f"{task} wrong")
    return Course(
        TASKS[task],
        _errors(rows, f"{task} local error"),
        wrong if task == "counting" else None,
    )


def _passes(rows: Sequence[Row], task: str) -> tuple[bool, str]:
    """Return whether a task passed its gate, and the two numbers of it in words."""
    times, events = first_errors(_errors(rows, f"{task} wrong"))
    right = 1 - float(events.sum()) / float(times.sum())
    masses: Floats = column(rows, f"{task} valid mass")
    mass = float(masses.mean())
    words = f"{TASKS[task]}: right {right:.2f}, valid values {mass:.2f}"
    return right > LEAST_Q and mass > LEAST_MASS, words


def _analyse(rows: Sequence[Row], settings: Settings) -> Outcome:
    used = [row for row in rows if row.counts]
    if len(used) < 2:
        return Outcome("Too few sequences were read to say anything.", (), (), ())
    gates = {task: _passes(used, task) for task in TASKS}
    rates = _rates(used, gates)
    if not rates:
        said = "; ".join(words for _, words in gates.values())
        verdict = Verdict("can the model do a task of steps?", Answer.CANNOT, None, "gate", None)
        return Outcome(
            "The model cannot do these tasks: before any error a step must be right with a chance"
            f" of more than {LEAST_Q}, and valid values hold more than {LEAST_MASS} ({said}).",
            (verdict,),
            (),
            (),
        )
    task = _closest(rates)
    outcome = analyse_errors(_course(used, task), settings.seed)
    return Outcome(
        outcome.sentence,
        outcome.verdicts,
        outcome.findings,
        outcome.figures,
        (*outcome.notes, *_remarks(used, task, rates, gates)),
        dropped_reasons(rows),
    )


def told_task(rows: Sequence[Row]) -> str | None:
    """Return the task that an outcome of these rows tells of, None when none passed its gate."""
    used = [row for row in rows if row.counts]
    if not used:
        return None
    rates = _rates(used, {task: _passes(used, task) for task in TASKS})
    return _closest(rates) if rates else None


def _rates(rows: Sequence[Row], gates: Mapping[str, tuple[bool, str]]) -> dict[str, float]:
    """Return e of each task that passed its gate."""
    able = [task for task, (passed, _) in gates.items() if passed]
    return {task: float(_errors(rows, f"{task} local error").mean()) for task in able}


def _closest(rates: Mapping[str, float]) -> str:
    return min(rates, key=lambda one: _off(rates[one]))


def _off(e: float) -> float:
    """Return how far e lies outside the range in which the tests see something."""
    if e <= 0:
        return math.inf
    return max(0.0, math.log(LEAST_E / e), math.log(e / MOST_E))


def _remarks(
    rows: Sequence[Row], task: str, rates: dict[str, float], gates: dict[str, tuple[bool, str]]
) -> tuple[str, ...]:
    labels = [str(one) for row in rows for one in _strings(row, f"{task} labels")]
    counts = ", ".join(f"{labels.count(label)} {label.value}" for label in Label)
    ends: Floats = column(rows, f"{task} line end")
    masses: Floats = column(rows, f"{task} valid mass")
    others = "; ".join(
        words + (f", e = {rates[one]:.3f}" if one in rates else ", failed its gate")
        for one, (_, words) in gates.items()
    )
    notes = (
        f"Steps by label: {counts}.",
        (
            f"Both tasks were run ({others}); the one whose e lies in, or closest to,"
            f" {LEAST_E:g} to {MOST_E:g} is told."
        ),
        (
            f"Valid values held {masses.mean():.3f} of the probability and the line end"
            f" {ends.mean():.3f} after them; the rest was left out by drawing among valid"
            " values and forcing the end."
        ),
    )
    if _off(rates[task]) > 0:
        return (*notes, "e lies outside this range: the tests see little there.")
    return notes


def _strings(row: Row, name: str) -> list[str]:
    values = row.values[name]
    assert isinstance(values, list)
    return [str(value) for value in values]


COMPOUNDING = Experiment(
    name="compounding",
    purpose="the chance of no error through n steps against (1 − e)^n, and what explains the gap",
    method="Free-running look-up of digits among four keys more than there are steps, and"
    f" counting by one with an index: after {WARM_UP} right warm-up steps, {STEPS} steps in a first"
    " run and 40 at standard size, drawn at T = 1 from the"
    " valid values, renormalised, the line end forced. Keys are letters, and words where a table"
    " has more lines than there are letters. A step of a count is a local error when it"
    " neither follows what was written nor is what the index asks for. First errors by Kaplan-Meier"
    " with log-log Greenwood bands; a ladder of nested logits; dependence by a dynamic logit with a"
    " random intercept (61 nodes), with a second step back as well, and by swaps that keep the"
    " sums of rows and columns, for errors 1 to 10 steps apart; the recoverable chain by counts of"
    " transitions, and on sequences held out.",
    quick=40,
    tasks=_tasks,
    analyse=_analyse,
    block=BLOCK,
)
