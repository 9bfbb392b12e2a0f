"""The nested ladder: what each cause explains of the gap to (1 − e)^n."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from core.lab.statistics.dynamic_logit import Fit, Terms, fit
from core.lab.statistics.intervals import Interval
from core.lab.statistics.jackknife import half_width, kept_parts
from core.lab.statistics.permutation import Errors

RUNGS = (
    ("L0 constant", Terms(position=False, item=False, previous=False)),
    ("L1 + position", Terms(position=True, item=False, previous=False)),
    ("L2 + item", Terms(position=True, item=True, previous=False)),
    ("L3 + previous error", Terms(position=True, item=True, previous=True)),
)


@dataclass(frozen=True, slots=True)
class Rung:
    """A model of the ladder, its p against the rung below, and the gap it leaves.

    `gap` is ln S_obs(n) − ln S_model(n) at one step n: above 0 the curve lies over the model.
    The order of the rungs matters: causes that go together are credited to the earlier one. A
    spread of items sits at the edge of its range under the null, so its p is halved.
    """

    name: str
    fit: Fit
    p: float
    gap: float


LEAST_SURVIVORS = 5
GAP_GROUPS = 20
"""Parts of the sequences that are left out in turn: each takes four fits."""


def measured_step(errors: Errors) -> int:
    """Return the last step that at least five sequences reach without an error (or 0).

    Further on ln S_obs rests on nothing, and no gap can be told.
    """
    survivors = np.sum(np.cumsum(errors, axis=1, dtype=np.int64) == 0, axis=0)
    return int(np.sum(survivors >= LEAST_SURVIVORS))


def climb(errors: Errors, step: int) -> tuple[Rung, ...]:
    """Fit the four models to `errors`, shape (sequences, steps); tell the gaps at `step`, from 1.

    A resample in which nobody survives counts half a survivor.
    """
    clean = 1 - np.asarray(errors[:, :step].any(axis=1), np.float64)
    survived = max(float(clean.mean()), 0.5 / len(errors))
    rungs: list[Rung] = []
    for name, terms in RUNGS:
        below = rungs[-1].fit if rungs else None
        fitted = fit(errors, terms, below if below is not None and below.terms.item else None)
        p = float("nan")
        if below is not None:
            ratio = max(0.0, 2 * (fitted.log_likelihood - below.log_likelihood))
            p = float(stats.chi2.sf(ratio, 1))
            if terms.item and not below.terms.item:
                p = p / 2 if ratio > 0 else 1.0
        gap = float(np.log(survived) - np.log(fitted.survival(errors.shape[1])[step - 1]))
        rungs.append(Rung(name, fitted, p, gap))
    return tuple(rungs)


def gap_intervals(
    errors: Errors, step: int, rungs: Sequence[Rung], *, seed: int
) -> tuple[Interval, ...]:
    """Return each rung's gap with Student's interval over sequences, by a grouped jackknife."""
    parts = kept_parts(len(errors), GAP_GROUPS, seed=seed)
    without = np.array([[rung.gap for rung in climb(errors[kept], step)] for kept in parts])
    kind = f"t, jackknife over {len(parts)} parts of the sequences"
    found: list[Interval] = []
    for place, rung in enumerate(rungs):
        half = half_width(without[:, place])
        found.append(Interval(rung.gap, rung.gap - half, rung.gap + half, len(errors), kind))
    return tuple(found)
