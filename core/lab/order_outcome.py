"""What errors further back say: two steps against one, and errors 1 to 10 steps apart."""

import numpy as np

from core.lab.experiment import Figure, Finding, Outcome, Series
from core.lab.statistics.dynamic_logit import measure_second
from core.lab.statistics.intervals import Interval
from core.lab.statistics.order import lagged, pooled_order
from core.lab.statistics.permutation import Errors

LEAST_STEPS = 3


def order_outcome(errors: Errors, seed: int) -> Outcome:
    """Tell whether memory reaches further than the previous step; no sentence of its own."""
    if errors.shape[1] < LEAST_STEPS:
        return Outcome("", (), (), ())
    second = measure_second(errors)
    logs = second.log_odds_ratio
    estimate, low, high = np.exp([logs.estimate, logs.low, logs.high]).tolist()
    lags = lagged(errors, seed=seed)
    g, p = pooled_order(errors)
    findings = (
        Finding(
            "order 2 against 1: odds ratio of an error two steps back, the previous one allowed"
            " for",
            Interval(estimate, low, high, logs.items, logs.kind),
            second.p,
            "observational",
        ),
        *(
            Finding(
                f"errors {one.lag} {'step' if one.lag == 1 else 'steps'} apart against two-margin"
                " swaps, ratio",
                Interval(one.ratio, float("-inf"), float("inf"), len(errors), "permutation"),
                one.p,
                f"observational; swaps give {one.null[0]:.2f} to {one.null[1]:.2f}; p for all lags"
                " together",
            )
            for one in lags
        ),
    )
    drawn = [one for one in lags if np.isfinite(one.ratio)]
    x = [float(one.lag) for one in drawn]
    figure = Figure(
        "Errors so many steps apart, against swaps that keep items and positions",
        "steps between two errors",
        "pairs seen / pairs expected",
        (
            Series("observed", "error", x, [one.ratio for one in drawn]),
            Series(
                "no memory, middle 95 %",
                "base",
                x,
                [1.0] * len(x),
                [one.null[0] for one in drawn],
                [one.null[1] for one in drawn],
            ),
        ),
        band="the middle 95 % of the swaps",
    )
    note = (
        f"Counted without regard to items, order 2 against order 1 gives G = {g:.1f} (p = {p:.2g}):"
        " item spread alone does that as well, so it is only displayed. The logit and the swaps"
        " allow for items and positions."
    )
    return Outcome("", (), findings, (figure,), (note,))
