"""What a table of errors says: curve, laws, ladder, dependence, the recoverable chain."""

from dataclasses import dataclass, replace

import numpy as np

from core.lab.chain_outcome import chain_outcome
from core.lab.compounding_figures import (
    forest_figure,
    hazard_figure,
    raster_figure,
    survival_figure,
)
from core.lab.experiment import Finding, Outcome, signed
from core.lab.multiplicity import CONFOUNDED
from core.lab.order_outcome import order_outcome
from core.lab.statistics.dynamic_logit import measure_dependence
from core.lab.statistics.intervals import Interval, wilson
from core.lab.statistics.ladder import LEAST_SURVIVORS, climb, gap_intervals, measured_step
from core.lab.statistics.permutation import Errors, two_margin
from core.lab.statistics.sequences import (
    after_rate,
    error_rate,
    first_errors,
    first_rate,
    pooled_table,
)
from core.lab.statistics.survival import (
    fit_beta_geometric,
    fit_discrete_weibull,
    fit_geometric,
    kaplan_meier,
    survival_at,
    weibull_shape,
)

APART = 2.0
"""Laws whose AIC differ by less than this are not told apart (Burnham & Anderson 2002)."""


@dataclass(frozen=True, slots=True)
class Course:
    """A task's errors, shape (sequences, steps), 1 where a step is wrong in itself.

    `states` is 1 where the value is wrong, whether or not it follows what was written; None for a
    task that carries no state.
    """

    task: str
    errors: Errors
    states: Errors | None


def analyse_errors(course: Course, seed: int) -> Outcome:
    """Tell what a course of errors says."""
    errors = course.errors
    steps = errors.shape[1]
    rate = error_rate(errors)
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
    shape = weibull_shape(times, events, seed=seed)
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
    bounds = [survival_at(replace(curve, value=end), step) for end in (curve.low, curve.high)]
    predicted = (1 - rate.estimate) ** step
    ladder = _ladder(errors, step, seed)
    gaps = [one.interval for one in ladder]
    beside = [order_outcome(errors, seed)]
    if course.states is not None:
        beside.append(chain_outcome(course.states, lines["all steps"], seed))
    sentence = (
        f"On {course.task} {survived:.3f} of {len(errors)} sequences had no error through"
        f" {step} steps (95 % interval {bounds[0]:.3f} to {bounds[1]:.3f}), where (1 − e)^n with"
        f" e = {rate.estimate:.3f} says {predicted:.3f}. The gap in ln S was {_gap(gaps[0])};"
        f" once position is allowed for {_gap(gaps[1])} is left, once item spread is as well"
        f" {_gap(gaps[2])}, and with the previous error {_gap(gaps[3])}: the order of"
        " the rungs matters."
    )
    findings = (
        *_rates(errors, rate),
        *_dependence(errors, seed),
        *ladder,
        Finding("shape κ of the discrete Weibull", shape, None, "below 1 the hazard falls"),
        *(one for part in beside for one in part.findings),
    )
    ranked = sorted(laws, key=lambda law: law.aic)
    close = [law.name for law in ranked if law.aic < ranked[0].aic + APART]
    notes = (
        (
            f"By AIC the first errors follow {close[0]} best"
            + (f", which cannot be told from {' and '.join(close[1:])}" if close[1:] else "")
            + ": "
            + ", ".join(f"{law.name} {law.aic:.1f}" for law in laws)
            + f"; the discrete Weibull's shape is {shape.estimate:.2f} (95 % interval"
            f" {shape.low:.2f} to {shape.high:.2f}; below 1 the hazard falls, which item spread"
            " alone does as well)."
        ),
        (
            "S(n) is the product of 1 − h(t) always; independence adds that h is the mean error"
            " rate, homogeneity that it is the same for every step and item."
        ),
        (
            f"The gap is told at n = {step}, the last step that {LEAST_SURVIVORS} sequences or more"
            " reach without an error."
        ),
        *(one for part in beside for one in part.notes),
        "All of this is observed, not caused: `swerve lab run steps` inserts errors at random.",
    )
    figures = (
        survival_figure(curve, steps, lines, laws),
        forest_figure(findings),
        hazard_figure(errors),
        raster_figure(errors),
        *(one for part in reversed(beside) for one in part.figures),
    )
    return Outcome(sentence, (), findings, figures, notes)


def _gap(gap: Interval) -> str:
    return f"{signed(gap.estimate, 2)} ({signed(gap.low, 2)} to {signed(gap.high, 2)})"


def _rates(errors: Errors, rate: Interval) -> tuple[Finding, ...]:
    return (
        Finding("e, all steps", rate),
        Finding("e, until the first error", first_rate(errors)),
        Finding("e, the first step", wilson(int(errors[:, 0].sum()), len(errors))),
        Finding(
            "P(wrong right after an error), counts pooled",
            after_rate(errors),
            note="confounded like the pooled odds ratio",
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
            "odds ratio of an error after an error, dynamic logit",
            ratio,
            found.p,
            "primary; observational",
        ),
        Finding(
            "neighbouring errors against two-margin swaps, ratio",
            Interval(
                swaps.observed / expected, float("-inf"), float("inf"), len(errors), "permutation"
            ),
            swaps.p_two_sided,
            f"observational; swaps give {swaps.low / expected:.2f} to {swaps.high / expected:.2f}",
        ),
        Finding("odds ratio, pooled", pooled.odds_ratio, pooled.p_g, CONFOUNDED),
    )


def _ladder(errors: Errors, step: int, seed: int) -> tuple[Finding, ...]:
    rungs = climb(errors, step)
    intervals = gap_intervals(errors, step, rungs, seed=seed)
    return tuple(
        Finding(
            f"gap in ln S({step}) left by {rung.name}",
            interval,
            rung.p if place else None,
            f"AIC {rung.fit.aic:.1f}",
        )
        for place, (rung, interval) in enumerate(zip(rungs, intervals, strict=True))
    )
