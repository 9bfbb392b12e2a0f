"""The figures of recovery: how continuations end, by arm, and corrections of errors and truths."""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from core.lab.end_states import OBJECTED, EndState
from core.lab.experiment import Figure, Series, Shape
from core.lab.recovery_ends import CAUSES, WAIT, Ends, twin
from core.lab.statistics.incidence import incidence_band
from core.lab.statistics.shares import clustered_share
from core.lab.statistics.survival import Times

SENSITIVITIES = (0.0, 1.0, 2.0)
"""The d' whose lines are drawn."""

BY_ARM = {"own": "error", "user": "mention", WAIT: "control"}


def causes_figure(ends: Ends, length: int) -> Figure:
    """Draw how continuations end, one way on top of the other."""
    causes = list(CAUSES.values())
    series: list[Series] = []
    below = np.zeros(length + 1)
    x = _tokens(length)
    roles = ("clean", "error", "control", "base")
    for number, (name, role) in enumerate(zip(CAUSES, roles, strict=True), 1):
        if ends.among(CAUSES[name]).any():
            above = below + np.array(_curve(ends, causes, number, length=length)[0])
            sides = below.tolist(), above.tolist()
            series.append(Series(name, role, x, sides[1], *sides, shape=Shape.AREA))
            below = above
    return Figure(
        "How continuations after an error in the model's own turn end",
        "tokens after the error",
        "cumulative incidence (Aalen-Johansen), stacked",
        tuple(series),
        band="",
    )


def arms_figure(ends: dict[str, Ends], arms: Sequence[str], length: int) -> Figure:
    """Draw recovery in each arm, beside false correction."""
    causes = list(CAUSES.values())
    x = _tokens(length)
    series = [
        Series(f"error, {arm}", BY_ARM[arm], x, *_curve(ends[arm], causes, 1, length=length))
        for arm in arms
    ]
    false = [OBJECTED, *(states - OBJECTED for states in causes)]
    curve = _curve(ends[twin("own")], false, 1, length=length)
    series.append(Series("false correction", "clean", x, *curve))
    return Figure(
        "Recovery by arm",
        "tokens after the error",
        "cumulative incidence (Aalen-Johansen)",
        tuple(series),
        band="95 %, Student's on the logit, jackknife over facts",
    )


def sensitivity_figure(ends: dict[str, Ends], arms: Sequence[str]) -> Figure:
    """Draw explicit recovery against false correction; a line joins what has the same d'."""
    series: list[Series] = []
    for arm in arms:
        explicit = ends[arm].among(frozenset({EndState.EXPLICIT}))[:, 1:]
        found = clustered_share(explicit)
        false = clustered_share(ends[twin(arm)].among(OBJECTED)[:, 1:])
        series.append(
            Series(
                f"error, {arm}",
                BY_ARM[arm],
                [false.estimate],
                [found.estimate],
                [found.low],
                [found.high],
                shape=Shape.POINTS,
            )
        )
    x = np.linspace(0.005, 0.995, 60)
    same = f"the same d': {', '.join(f'{one:g}' for one in SENSITIVITIES)}, from below"
    for distance in SENSITIVITIES:
        y = stats.norm.cdf(stats.norm.ppf(x) + distance)
        series.append(Series(same, "ceiling", x.tolist(), y.tolist()))
    return Figure(
        "Explicit recovery against false correction",
        "false correction where the truth stood",
        "explicit recovery",
        tuple(series),
        band="95 %, Wilson's, clustered by fact",
    )


def _tokens(length: int) -> list[float]:
    return [float(n) for n in range(length + 1)]


def _curve(
    ends: Ends, causes: Sequence[frozenset[EndState]], cause: int, *, length: int
) -> tuple[list[float], list[float], list[float]]:
    """Return the cumulative incidence of one cause at 0 … length tokens, with its band."""
    kinds: Times = np.zeros(ends.states.shape, np.int64)
    for number, states in enumerate(causes, 1):
        kinds[ends.among(states) == 1] = number
    times = ends.times.astype(np.int64)
    grid = np.arange(length + 1, dtype=np.int64)

    found, low, high = incidence_band(times, kinds, cause, grid)
    return found.tolist(), low.tolist(), high.tolist()
