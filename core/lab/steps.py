"""Steps in exact mode: errors inserted on purpose, and how likely the right answer is after them.

Look-up carries no state, so an error can only spread by contagion; its placebo is the same written
answers over a table in which they are right. Indexed counting carries a state that the index can
restore. No sampling: probabilities of whole values with their line end.
"""

from collections.abc import Sequence

import numpy as np

from core.known_error import KnownError
from core.lab.asking import Asker
from core.lab.experiment import (
    Experiment,
    Figure,
    Finding,
    Outcome,
    Row,
    Series,
    Settings,
    Task,
    Values,
    dropped_reasons,
    signed,
)
from core.lab.statistics.bootstrap import mean_interval
from core.lab.statistics.intervals import Floats, Interval
from core.lab.statistics.permutation import sign_flip
from core.lab.statistics.verdicts import Answer, Verdict, absorption, dependence
from core.lab.step_tasks import DEFAULT, DOSES, SCORED, TASKS, StepTask

LEAST_Q, LEAST_MASS = 0.5, 0.8
"""The gate: a model below these cannot do the task, and nothing else is said."""


def logit(logprob: float) -> float:
    """Turn ln q into ln(q / (1 − q))."""
    return logprob - float(np.log(-np.expm1(min(logprob, -1e-9))))


def chosen_tasks(settings: Settings) -> list[StepTask]:
    """Return the tasks of a run; raises `KnownError` when one is not known."""
    wanted = settings.tasks or DEFAULT
    known = [task.name for task in TASKS]
    for name in wanted:
        if name not in known:
            raise KnownError(f"There is no task {name}: choose among {', '.join(known)}.")
    return [task for task in TASKS if task.name in wanted]


def _tasks(settings: Settings) -> tuple[Task, ...]:
    chosen = chosen_tasks(settings)

    def measure(number: int) -> Task:
        def all_of_them(asker: Asker) -> Values:
            values: dict[str, list[float]] = {}
            for task in chosen:
                rng = np.random.default_rng([settings.seed, number, TASKS.index(task)])
                values |= task.measure(asker, rng)
            return values

        return Task(f"sequence {number}", all_of_them)

    return tuple(measure(number) for number in range(settings.items))


def column(rows: Sequence[Row], name: str) -> Floats:
    """Return one value list per row as an array, shape (rows, …)."""
    return np.array([row.values[name] for row in rows], np.float64)


def _analyse(rows: Sequence[Row], settings: Settings) -> Outcome:
    used = [row for row in rows if row.counts]
    if not used:
        return Outcome("No sequence was read: there is nothing to say.", (), (), ())
    parts = [
        (_state_outcome if task.state else _contagion_outcome)(used, task, settings.seed)
        for task in chosen_tasks(settings)
    ]
    return Outcome(
        " ".join(part.sentence for part in parts),
        tuple(one for part in parts for one in part.verdicts),
        tuple(one for part in parts for one in part.findings),
        tuple(one for part in parts for one in part.figures),
        tuple(dict.fromkeys(one for part in parts for one in part.notes)),
        dropped_reasons(rows),
    )


def _cannot(task: str, q: float, mass: str) -> Outcome:
    sentence = (
        f"The model cannot do {task}: without errors the right value has a mean probability of"
        f" {q:.2f}{mass}, and the gate asks for more than {LEAST_Q} (mass {LEAST_MASS})."
    )
    verdict = Verdict(f"{task}: can the model do it?", Answer.CANNOT, None, "gate", None)
    return Outcome(sentence, (verdict,), (), ())


def _contagion_outcome(rows: Sequence[Row], task: StepTask, seed: int) -> Outcome:
    name = task.name
    clean = np.exp(column(rows, f"{name} clean"))
    mass = float(column(rows, f"{name} mass").mean())
    if clean.mean() <= LEAST_Q or mass <= LEAST_MASS:
        return _cannot(task.words, float(clean.mean()), f" and valid answers hold {mass:.2f}")
    findings = [
        Finding(f"{name}: probability of the right value, no error", _mean(clean, seed)),
        Finding(
            f"{name}: probability of any valid value", _mean(column(rows, f"{name} mass"), seed)
        ),
    ]
    effects: list[Interval] = []
    by_dose: list[Floats] = []
    for dose in DOSES:
        logits = {
            arm: np.vectorize(logit)(column(rows, f"{name} {arm} {dose}")).mean(axis=1)
            for arm in ("error", "placebo")
        }
        effect = logits["error"] - logits["placebo"]
        effects.append(mean_interval(effect, seed=seed))
        by_dose.append(effect)
        findings.append(
            Finding(
                f"{name}: error − placebo in logit q, dose {dose}",
                effects[-1],
                sign_flip(effect, seed=seed),
                "primary" if dose == 1 else "exploratory",
            )
        )
    more = by_dose[-1] - by_dose[0]
    findings.append(
        Finding(
            f"{name}: dose {DOSES[-1]} − dose {DOSES[0]}, in logit q",
            mean_interval(more, seed=seed),
            sign_flip(more, seed=seed),
            "exploratory",
        )
    )
    verdict = dependence(effects[0])
    odds = np.exp([effects[0].estimate, effects[0].low, effects[0].high])
    sentence = (
        f"On {task.words}, one inserted error multiplied the odds of the next right answer by"
        f" {odds[0]:.2f} against its placebo (95 % interval {odds[1]:.2f} to {odds[2]:.2f},"
        f" {len(rows)} sequences): {verdict.answer.lower()}."
    )
    series = Series(
        "error − placebo",
        "error",
        [float(dose) for dose in DOSES],
        [one.estimate for one in effects],
        [one.low for one in effects],
        [one.high for one in effects],
    )
    figure = Figure(
        f"Contagion by dose, {task.words}", "errors inserted", "error − placebo, logit q", (series,)
    )
    return Outcome(sentence, (verdict,), tuple(findings), (figure,))


def _state_outcome(rows: Sequence[Row], task: StepTask, seed: int) -> Outcome:
    task_name = task.name
    clean = np.exp(column(rows, f"{task_name} clean restored"))
    if clean.mean() <= LEAST_Q:
        return _cannot(task.words, float(clean.mean()), "")
    after = {
        name: np.exp(column(rows, f"{task_name} error {name}"))
        for name in ("restored", "propagated", "decoy")
    }
    beyond = after["restored"] - after["decoy"]
    restored = mean_interval(beyond[:, 0], seed=seed)
    verdict = absorption(restored)
    findings = [
        Finding(f"{task_name}: probability of the right value, no error", _mean(clean, seed)),
        *(
            Finding(
                f"{task_name}: probability of the {name} value right after an error",
                mean_interval(after[name][:, 0], seed=seed),
            )
            for name in after
        ),
        Finding(f"{task_name}: restoration beyond the decoy", restored),
        *_after_repair(rows, task_name, seed),
    ]
    sentence = (
        f"On {task.words}, right after an error the true value had"
        f" {signed(restored.estimate, 3)} of probability beyond a decoy as far off (95 %"
        f" interval {signed(restored.low, 3)} to {signed(restored.high, 3)},"
        f" {len(rows)} sequences): {verdict.answer.lower()}."
    )
    x = [float(k) for k in range(1, SCORED + 1)]
    curves: list[Series] = []
    for name, role in (("restored", "clean"), ("propagated", "error"), ("decoy", "control")):
        found = [mean_interval(after[name][:, k], seed=seed) for k in range(SCORED)]
        curves.append(
            Series(
                name,
                role,
                x,
                [one.estimate for one in found],
                [max(0.0, one.low) for one in found],
                [min(1.0, one.high) for one in found],
            )
        )
    figure = Figure(
        f"After a wrong value that is followed, {task.words}",
        "steps after the error",
        "probability",
        tuple(curves),
    )
    note = (
        "Restoration is the probability of the true value less that of a decoy equally far from"
        " what was written: a probability itself is never 0."
    )
    return Outcome(sentence, (verdict,), tuple(findings), (figure,), (note,))


def _after_repair(rows: Sequence[Row], task: str, seed: int) -> tuple[Finding, ...]:
    """Tell what an error that was put right in the next line still costs, in logit q."""
    if not all(f"{task} repaired right" in row.values for row in rows):
        return ()
    logits = {
        arm: np.vectorize(logit)(column(rows, name))[:, 1:].mean(axis=1)
        for arm, name in (
            ("repaired", f"{task} repaired right"),
            ("clean", f"{task} clean restored"),
        )
    }
    cost = logits["repaired"] - logits["clean"]
    return (
        Finding(
            f"{task}: right value once the next line is right again, error − clean, logit q",
            mean_interval(cost, seed=seed),
            sign_flip(cost, seed=seed),
            "exploratory; put right by us, not by the model",
        ),
    )


def _mean(values: Floats, seed: int) -> Interval:
    return mean_interval(values.mean(axis=1), seed=seed)


STEPS = Experiment(
    name="steps",
    purpose="does an inserted error make the next one likelier, and is it undone",
    method="Exact probabilities of whole values with their line end after eight right warm-up"
    " steps. Look-up of digits among 12 keys: error − placebo at doses 1 and 4, where the placebo"
    " is the same written answers over a table that makes them right; the three answers scored"
    " belong to keys not asked before. Indexed counting by one: one wrong value that the following"
    " lines follow, or that the next line puts right. Look-up of colours, sums of two"
    " numbers and a running sum when asked for.",
    quick=12,
    tasks=_tasks,
    analyse=_analyse,
)
