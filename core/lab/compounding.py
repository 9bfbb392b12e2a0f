"""Errors of a model that goes on by itself: the curve against (1 − e)^n, and what explains the gap.

Look-up carries no state, so every wrong step is an error of its own. Values are drawn from the
valid set, renormalised, and the line end is forced: a lost format would hide the errors.
"""

import string
from collections.abc import Sequence

import numpy as np

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
)
from core.lab.statistics.bootstrap import draw_items
from core.lab.statistics.dynamic_logit import measure_dependence
from core.lab.statistics.intervals import Floats, Interval
from core.lab.statistics.ladder import LEAST_SURVIVORS, climb, measured_step
from core.lab.statistics.permutation import Errors, two_margin
from core.lab.statistics.sequences import (
    error_rate,
    first_errors,
    hazard_after,
    hazard_first,
    pooled_table,
)
from core.lab.statistics.survival import (
    Curve,
    Law,
    fit_beta_geometric,
    fit_discrete_weibull,
    fit_geometric,
    kaplan_meier,
    survival_at,
)
from core.lab.statistics.verdicts import Answer, Verdict
from core.lab.steps import DIGITS, LEAST_MASS, LEAST_Q, column, table_text

WARM_KEYS, WARM_UP, STEPS = 4, 8, 16
LEAST_E, MOST_E = 0.03, 0.3
"""Outside this range of e the tests have little to work with."""

LADDER_RESAMPLES = 60


def _measure(asker: Asker, seed: int, number: int) -> Values:
    rng = np.random.default_rng([seed, 1, number])
    many = WARM_KEYS + STEPS
    keys = [str(key) for key in rng.permutation(list(string.ascii_uppercase))[:many]]
    table = {key: str(rng.integers(10)) for key in keys}
    order = [str(key) for key in rng.permutation(keys)]
    warm, free = order[:WARM_KEYS], order[WARM_KEYS:]
    queries = [*warm, *(str(key) for key in rng.choice(warm, WARM_UP - WARM_KEYS))]
    path = asker.opening(table_text(table) + "".join(f"{key}: {table[key]}\n" for key in queries))
    wrong: list[float] = []
    right_q: list[float] = []
    masses: list[float] = []
    for key in free:
        asked = asker.after(path, f"{key}:")
        chances = np.exp(asker.score([(asked, f" {value}\n") for value in DIGITS]))
        mass = float(chances.sum())
        drawn = min(int(np.searchsorted(np.cumsum(chances) / mass, rng.random())), 9)
        wrong.append(float(str(drawn) != table[key]))
        right_q.append(float(chances[int(table[key])]))
        masses.append(mass)
        path = asker.after(asked, f" {drawn}\n")
    return {"wrong": wrong, "q right": right_q, "valid mass": masses}


def _tasks(settings: Settings) -> tuple[Task, ...]:
    def task(number: int) -> Task:
        return Task(f"sequence {number}", lambda asker: _measure(asker, settings.seed, number))

    return tuple(task(number) for number in range(settings.items))


def _analyse(rows: Sequence[Row], settings: Settings) -> Outcome:
    used = [row for row in rows if row.counts]
    if len(used) < 2:
        return Outcome("Too few sequences were read to say anything.", (), (), ())
    q = float(column(used, "q right")[:, 0].mean())
    mass = float(column(used, "valid mass").mean())
    if q <= LEAST_Q or mass <= LEAST_MASS:
        verdict = Verdict("look-up: can the model do it?", Answer.CANNOT, None, "gate", None)
        return Outcome(
            f"The model cannot do look-up: the right value has a mean probability of {q:.2f} at the"
            f" first free step and valid answers hold {mass:.2f}; the gate asks for more than"
            f" {LEAST_Q} and {LEAST_MASS}.",
            (verdict,),
            (),
            (),
        )
    errors: Errors = np.array([row.values["wrong"] for row in used], np.int8)
    outcome = analyse_errors(errors, settings.seed)
    note = f"Valid answers held {mass:.3f} of the probability; the rest was lost by renormalising."
    return Outcome(
        outcome.sentence,
        outcome.verdicts,
        outcome.findings,
        outcome.figures,
        (*outcome.notes, note),
        dropped_reasons(rows),
    )


def analyse_errors(errors: Errors, seed: int) -> Outcome:
    """Tell what a table of errors says, shape (sequences, steps), 1 where a step is wrong."""
    steps = errors.shape[1]
    rate = error_rate(errors, seed=seed)
    times, events = first_errors(errors)
    if not events.any() or errors.all():
        return Outcome(
            f"All {errors.size} steps were {'wrong' if errors.all() else 'right'}: there is nothing"
            " to compare.",
            (),
            (Finding("e, all steps", rate),),
            (),
        )
    curve = kaplan_meier(times, events)
    laws = (
        fit_geometric(times, events),
        fit_beta_geometric(times, events),
        fit_discrete_weibull(times, events),
    )
    lines = {
        "all steps": rate.estimate,
        "until the first error": laws[0].parameters[0],
        "the first step": float(errors[:, 0].mean()),
    }
    step = measured_step(errors)
    if step == 0:
        return Outcome(
            f"Fewer than {LEAST_SURVIVORS} of {len(errors)} sequences passed the first step without"
            " an error: too few to hold a curve against (1 − e)^n.",
            (),
            (Finding("e, all steps", rate),),
            (),
        )
    survived = survival_at(curve, step)
    predicted = (1 - rate.estimate) ** step
    gaps, gap_findings = _ladder(errors, step, seed)
    sentence = (
        f"Without an error through {step} steps: {survived:.3f} of {len(errors)} sequences,"
        f" where (1 − e)^n with e = {rate.estimate:.3f} says {predicted:.3f}. The gap in ln S was"
        f" {gaps[0]:+.2f}; position leaves {gaps[1]:+.2f} of it, then item spread"
        f" {gaps[2]:+.2f}, then the previous error {gaps[3]:+.2f}: the order of the rungs matters."
    )
    findings = (
        *_rates(errors, rate, lines),
        *_dependence(errors, seed),
        *gap_findings,
    )
    best = min(laws, key=lambda law: law.aic)
    notes: tuple[str, ...] = (
        (
            "By AIC the first errors follow "
            + best.name
            + " best: "
            + ", ".join(f"{law.name} {law.aic:.1f}" for law in laws)
            + f"; the discrete Weibull's shape is {laws[2].parameters[1]:.2f} (below 1 the hazard"
            " falls, which item spread alone does as well)."
        ),
        (
            "S(n) is the product of 1 − h(t) always; independence adds that h is the mean error"
            " rate, homogeneity that it is the same for every step and item."
        ),
        (
            f"The gap is told at n = {step}, the last step that {LEAST_SURVIVORS} sequences or more"
            " reach without an error."
        ),
        "All of this is observed, not caused: `swerve lab run steps` inserts errors at random.",
    )
    if not LEAST_E <= rate.estimate <= MOST_E:
        notes = (
            *notes,
            f"e lies outside {LEAST_E:g} to {MOST_E:g}: the tests see little there.",
        )
    figures = (_survival_figure(curve, steps, lines, laws), _hazard_figure(errors))
    return Outcome(sentence, (), findings, figures, notes)


def _rates(errors: Errors, rate: Interval, lines: dict[str, float]) -> tuple[Finding, ...]:
    after = hazard_after(errors, 1)[0]
    return (
        Finding("e, all steps", rate),
        *(
            Finding(f"e, {name}", Interval(e, float("-inf"), float("inf"), len(errors), "point"))
            for name, e in list(lines.items())[1:]
        ),
        Finding(
            "P(wrong right after an error), counts pooled",
            Interval(float(after), float("-inf"), float("inf"), len(errors), "point"),
        ),
    )


def _dependence(errors: Errors, seed: int) -> tuple[Finding, ...]:
    found = measure_dependence(errors)
    logs = found.log_odds_ratio
    estimate, low, high = np.exp([logs.estimate, logs.low, logs.high]).tolist()
    ratio = Interval(estimate, low, high, logs.items, logs.kind)
    swaps = two_margin(errors, seed=seed)
    pooled = pooled_table(errors)
    expected = swaps.expected or float("nan")
    return (
        Finding(
            "odds ratio of an error after an error, dynamic logit", ratio, found.p, "observational"
        ),
        Finding(
            "neighbouring errors against two-margin swaps, ratio",
            Interval(
                swaps.observed / expected, float("-inf"), float("inf"), len(errors), "permutation"
            ),
            swaps.p_two_sided,
            "observational",
        ),
        Finding("odds ratio, pooled", pooled.odds_ratio, pooled.p_g, "confounded, display only"),
    )


def _ladder(errors: Errors, step: int, seed: int) -> tuple[list[float], tuple[Finding, ...]]:
    rungs = climb(errors, step)
    draws = np.array(
        [
            [rung.gap for rung in climb(errors[row], step)]
            for row in draw_items(len(errors), LADDER_RESAMPLES, seed)
        ]
    )
    findings: list[Finding] = []
    for place, rung in enumerate(rungs):
        low, high = np.quantile(draws[:, place], [0.025, 0.975]).tolist()
        interval = Interval(
            rung.gap, low, high, len(errors), f"bootstrap, {LADDER_RESAMPLES} resamples"
        )
        findings.append(
            Finding(
                f"gap in ln S({step}) left by {rung.name}",
                interval,
                rung.p if place else None,
                f"AIC {rung.fit.aic:.1f}",
            )
        )
    return [rung.gap for rung in rungs], tuple(findings)


def _survival_figure(
    curve: Curve, steps: int, lines: dict[str, float], laws: tuple[Law, ...]
) -> Figure:
    n = np.arange(1, steps + 1, dtype=np.float64)
    x = n.tolist()
    series = [
        Series(
            "observed",
            "error",
            [float(t) for t in curve.times],
            curve.value.tolist(),
            curve.low.tolist(),
            curve.high.tolist(),
        ),
        *(
            Series(f"(1−e)^n, {name}", role, x, ((1 - e) ** n).tolist())
            for (name, e), role in zip(lines.items(), ("clean", "control", "base"), strict=True)
        ),
        Series(laws[1].name, "placebo", x, laws[1].survival(n).tolist()),
    ]
    return Figure(
        "No error through n", "steps n", "P(no error through n)", tuple(series), log_y=True
    )


def _hazard_figure(errors: Errors) -> Figure:
    def curve(name: str, role: str, values: Floats) -> Series:
        kept = [(n + 1.0, float(v)) for n, v in enumerate(values) if np.isfinite(v)]
        return Series(name, role, [n for n, _ in kept], [v for _, v in kept])

    lags = min(10, errors.shape[1] - 1)
    return Figure(
        "Hazards",
        "step t, or steps after an error",
        "P(wrong)",
        (
            curve("no error yet", "clean", hazard_first(errors)),
            curve("after an error", "error", hazard_after(errors, lags)),
        ),
    )


COMPOUNDING = Experiment(
    name="compounding",
    purpose="the chance of no error through n steps against (1 − e)^n, and what explains the gap",
    method=f"Free-running look-up of digits among {WARM_KEYS + STEPS} keys: after {WARM_UP} right"
    f" warm-up steps, {STEPS} keys that were not asked before. Values are drawn at T = 1 from the"
    " ten digits with their line end, renormalised. First errors by Kaplan-Meier with log-log"
    " Greenwood bands; a ladder of nested logits; dependence by a dynamic logit with a random"
    " intercept (15 nodes) and by swaps that keep the sums of rows and columns.",
    quick=40,
    tasks=_tasks,
    analyse=_analyse,
)
