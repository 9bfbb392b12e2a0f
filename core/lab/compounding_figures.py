"""The figures of errors in sequences: survival, odds ratios, hazards, and the errors themselves."""

from collections.abc import Mapping, Sequence

import numpy as np

from core.lab.experiment import Figure, Finding, Series, Shape
from core.lab.multiplicity import CONFOUNDED
from core.lab.statistics.intervals import Interval
from core.lab.statistics.permutation import Errors
from core.lab.statistics.sequences import hazard_after, hazard_first
from core.lab.statistics.survival import Curve, Law

MOST_LAGS = 10


def survival_figure(
    curve: Curve, steps: int, lines: Mapping[str, float], laws: tuple[Law, ...]
) -> Figure:
    """Draw the share without an error against (1 − e)^n and the laws that bend it."""
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
        *(
            Series(law.name, role, x, law.survival(n).tolist())
            for law, role in zip(laws[1:], ("placebo", "mention"), strict=True)
        ),
    ]
    return Figure(
        "No error through n",
        "steps n",
        "P(no error through n)",
        tuple(series),
        log_y=True,
        band="95 %, Greenwood's on the log-log scale, over sequences",
    )


def forest_figure(findings: Sequence[Finding]) -> Figure:
    """Draw the odds ratios of an error after an error; the confounded one in grey."""
    ratios = [f for f in findings if f.name.startswith("odds ratio")]
    series = [
        Series(
            "dynamic logit" if f.note != CONFOUNDED else "pooled: confounded",
            "error" if f.note != CONFOUNDED else "ceiling",
            [float(place)],
            [f.interval.estimate],
            [f.interval.low],
            [f.interval.high],
            shape=Shape.POINTS,
        )
        for place, f in enumerate(ratios, 1)
        if np.isfinite([f.interval.estimate, f.interval.low, f.interval.high]).all()
    ]
    series.append(Series("no dependence", "base", [0.5, 2.5], [1.0, 1.0]))
    return Figure(
        "Odds of an error after an error",
        "",
        "odds ratio (95 %)",
        tuple(series),
        log_y=True,
        band="95 %, Wald's and the conditional one, observational",
    )


def hazard_figure(errors: Errors) -> Figure:
    """Draw the chance of an error at a step, and so many steps after an error."""

    def curve(name: str, role: str, found: Sequence[Interval]) -> Series:
        kept = [(n, one) for n, one in enumerate(found, 1) if np.isfinite(one.estimate)]
        return Series(
            name,
            role,
            [float(n) for n, _ in kept],
            [one.estimate for _, one in kept],
            [one.low for _, one in kept],
            [one.high for _, one in kept],
        )

    lags = min(MOST_LAGS, errors.shape[1] - 1)
    return Figure(
        "Hazards",
        "step t, or steps after an error",
        "P(wrong)",
        (
            curve("no error yet", "clean", hazard_first(errors)),
            curve("after an error", "error", hazard_after(errors, lags)),
        ),
        band="95 %, Wilson's at each step, Student's on the logit over sequences after an error",
    )


def raster_figure(errors: Errors) -> Figure:
    """Draw every error: sequences from the fewest to the most of them, by step."""
    order = np.argsort(errors.sum(axis=1), kind="stable")
    rows, steps = np.nonzero(errors[order])
    cells = Series(
        "a wrong step", "error", (steps + 1.0).tolist(), (rows + 1.0).tolist(), shape=Shape.CELLS
    )
    edge = Series(
        "all steps",
        "ceiling",
        [1.0, float(errors.shape[1])],
        [1.0, float(len(errors))],
        shape=Shape.FRAME,
    )
    return Figure(
        "Where the errors are",
        "step",
        "sequence, by its number of errors",
        (cells, edge),
    )
