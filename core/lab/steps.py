"""Steps in exact mode: errors inserted on purpose, and how likely the right answer is after them.

Look-up carries no state, so an error can only spread by contagion; its placebo is the same written
answers over a table in which they are right. Indexed counting carries a state that the index can
restore. No sampling: probabilities of whole values with their line end.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.known_error import KnownError
from core.lab.asking import Asker
from core.lab.error_rates import ERROR_RATES, rates_outcome
from core.lab.experiment import (
    Experiment,
    Outcome,
    Row,
    Settings,
    Task,
    Values,
    dropped_reasons,
)
from core.lab.log_odds_floor import held_to_floor, log_odds_floors
from core.lab.step_tasks import TASKS, StepTask, look_up_text
from core.lab.steps_outcome import contagion_outcome, state_outcome

ALL_TASKS = (*TASKS, ERROR_RATES)
DEFAULT = ("look-up", "counting", ERROR_RATES.name)


def chosen_tasks(settings: Settings) -> list[StepTask]:
    """Return the tasks of a run; raises `KnownError` when one is not known."""
    wanted = settings.tasks or DEFAULT
    known = [task.name for task in ALL_TASKS]
    for name in wanted:
        if name not in known:
            raise KnownError(f"There is no task {name}: choose among {', '.join(known)}.")
    return [task for task in ALL_TASKS if task.name in wanted]


def _tasks(settings: Settings) -> tuple[Task, ...]:
    chosen = chosen_tasks(settings)

    def measure(number: int) -> Task:
        def all_of_them(asker: Asker) -> Values:
            values: dict[str, list[float] | float] = {}
            for task in chosen:
                rng = np.random.default_rng([settings.seed, number, ALL_TASKS.index(task)])
                values |= task.measure(asker, rng)
            return values

        return Task(f"sequence {number}", all_of_them)

    return tuple(measure(number) for number in range(settings.items))


def _floors(asker: Asker, settings: Settings) -> Values:
    rng = np.random.default_rng([settings.seed, len(ALL_TASKS)])
    return log_odds_floors(asker, [look_up_text(rng)])


def _analyse(rows: Sequence[Row], settings: Settings) -> Outcome:
    used = [row for row in rows if row.counts]
    parts = [
        held_to_floor(_told(measured, task, settings.seed), rows)
        for task in chosen_tasks(settings)
        if len(measured := [row for row in used if _has(row, task)]) > 1
    ]
    if not parts:
        return Outcome("Too few sequences were read to say anything.", (), (), ())
    return Outcome(
        " ".join(part.sentence for part in parts),
        tuple(one for part in parts for one in part.verdicts),
        tuple(one for part in parts for one in part.findings),
        tuple(one for part in parts for one in part.figures),
        tuple(dict.fromkeys(one for part in parts for one in part.notes)),
        dropped_reasons(rows),
    )


def _has(row: Row, task: StepTask) -> bool:
    """Return whether a row holds a task: what an earlier version measured lacks the later ones."""
    return any(name.startswith(f"{task.name} clean") for name in row.values)


def _told(rows: Sequence[Row], task: StepTask, seed: int) -> Outcome:
    """Analyse one task; its verdicts name it."""
    if task is ERROR_RATES:
        part = rates_outcome(rows, seed)
    else:
        part = (state_outcome if task.state else contagion_outcome)(rows, task, seed)
    named = [replace(one, question=f"{task.words}: {one.question}") for one in part.verdicts]
    return replace(part, verdicts=tuple(named))


STEPS = Experiment(
    name="steps",
    purpose="whether an inserted error makes the next one likelier, and whether it is undone",
    method="Exact probabilities of whole values with their line end after eight right warm-up"
    " steps. Look-up of digits among 12 keys: error − placebo at doses 1 and 4, where the placebo"
    " is the same written answers over a table that makes them right; the three answers scored"
    " belong to keys not asked before. Indexed counting by one: one wrong value that the following"
    " lines follow, or that the next line puts right. Error rates: look-up among 13 keys after 8"
    " lines of which a tenth, a quarter or half were made wrong by chance, with the same placebo."
    " Look-up of colours, sums of two numbers and a running sum when asked for.",
    quick=12,
    tasks=_tasks,
    analyse=_analyse,
    floors=_floors,
)
