"""What is made of steps after inserted errors: contagion against a placebo, and what comes back."""

from collections.abc import Sequence

import numpy as np

from core.lab.experiment import Figure, Finding, Outcome, Row, Series, Shape, signed
from core.lab.statistics.bootstrap import mean_interval, share_interval
from core.lab.statistics.intervals import Floats, Interval
from core.lab.statistics.permutation import sign_flip
from core.lab.statistics.verdicts import absorption, dependence
from core.lab.step_tasks import DOSES, SCORED, StepTask
from core.lab.step_values import at_gate, column, logits


def contagion_outcome(rows: Sequence[Row], task: StepTask, seed: int) -> Outcome:
    """Tell whether an inserted error lowers the chance of the next right answer."""
    name = task.name
    clean = np.exp(column(rows, f"{name} clean"))
    mass = float(column(rows, f"{name} mass").mean())
    if (failed := at_gate(task.words, float(clean.mean()), mass)) is not None:
        return failed
    findings = [
        Finding(f"{name}: probability of the right value, no error", _share(clean, seed)),
        Finding(
            f"{name}: probability of any valid value", _share(column(rows, f"{name} mass"), seed)
        ),
    ]
    effects: list[Interval] = []
    by_dose: list[Floats] = []
    for dose in DOSES:
        found = {
            arm: logits(column(rows, f"{name} {arm} {dose}")).mean(axis=1)
            for arm in ("error", "placebo")
        }
        effect = found["error"] - found["placebo"]
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
    return Outcome(sentence, (verdict,), tuple(findings), (figure, _forest(effects, task)))


def _forest(effects: Sequence[Interval], task: StepTask) -> Figure:
    """Draw what inserted errors do to the odds of the next error; caused, not observed."""
    series = [
        Series(
            f"inserted, {dose} wrong",
            "error",
            [float(place)],
            [float(np.exp(-one.estimate))],
            [float(np.exp(-one.high))],
            [float(np.exp(-one.low))],
            shape=Shape.POINTS,
        )
        for place, (dose, one) in enumerate(zip(DOSES, effects, strict=True), 1)
        if np.isfinite([one.low, one.high]).all()
    ]
    series.append(Series("no dependence", "base", [0.5, len(DOSES) + 0.5], [1.0, 1.0]))
    return Figure(
        f"Odds of an error after inserted errors, {task.words}",
        "",
        "odds ratio against the placebo (95 %)",
        tuple(series),
        log_y=True,
        band="95 %, over sequences; caused: the errors were inserted",
    )


def state_outcome(rows: Sequence[Row], task: StepTask, seed: int) -> Outcome:
    """Tell whether a state that an error has spoilt comes back."""
    task_name = task.name
    clean = np.exp(column(rows, f"{task_name} clean restored"))
    masses = [row for row in rows if f"{task_name} mass" in row.values]
    mass = column(masses, f"{task_name} mass") if masses else None
    held = None if mass is None else float(mass.mean())
    if (failed := at_gate(task.words, float(clean.mean()), held)) is not None:
        return failed
    after = {
        name: np.exp(column(rows, f"{task_name} error {name}"))
        for name in ("restored", "propagated", "decoy")
    }
    beyond = after["restored"] - after["decoy"]
    restored = mean_interval(beyond[:, 0], seed=seed)
    verdict = absorption(restored)
    findings = [
        Finding(f"{task_name}: probability of the right value, no error", _share(clean, seed)),
        *(
            Finding(f"{task_name}: probability of any valid value", _share(one, seed))
            for one in ([] if mass is None else [mass])
        ),
        *(
            Finding(
                f"{task_name}: probability of the {name} value right after an error",
                share_interval(after[name][:, 0], seed=seed),
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
        found = [share_interval(after[name][:, k], seed=seed) for k in range(SCORED)]
        curves.append(
            Series(
                name,
                role,
                x,
                [one.estimate for one in found],
                [one.low for one in found],
                [one.high for one in found],
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
    found = {
        arm: logits(column(rows, name))[:, 1:].mean(axis=1)
        for arm, name in (
            ("repaired", f"{task} repaired right"),
            ("clean", f"{task} clean restored"),
        )
    }
    cost = found["repaired"] - found["clean"]
    return (
        Finding(
            f"{task}: right value once the next line is right again, error − clean, logit q",
            mean_interval(cost, seed=seed),
            sign_flip(cost, seed=seed),
            "exploratory; put right by us, not by the model",
        ),
    )


def _share(values: Floats, seed: int) -> Interval:
    return share_interval(values.mean(axis=1), seed=seed)
