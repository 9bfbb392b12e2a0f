"""What rows of step tasks hold, as arrays, and the gate that a task has to pass."""

from collections.abc import Sequence

import numpy as np

from core.lab.experiment import Outcome, Row
from core.lab.statistics.intervals import Floats
from core.lab.statistics.verdicts import Answer, Verdict

LEAST_Q, LEAST_MASS = 0.5, 0.8
"""The gate: a model below these cannot do the task, and nothing else is said."""


def column(rows: Sequence[Row], name: str) -> Floats:
    """Return one value list per row as an array, shape (rows, …)."""
    return np.array([row.values[name] for row in rows], np.float64)


def logit(logprob: float) -> float:
    """Turn ln q into ln(q / (1 − q))."""
    return logprob - float(np.log(-np.expm1(min(logprob, -1e-9))))


def logits(logprobs: Floats) -> Floats:
    """Turn many ln q into logits, of the same shape."""
    found: Floats = logprobs - np.log(-np.expm1(np.minimum(logprobs, -1e-9)))
    return found


def at_gate(task: str, q: float, mass: float | None) -> Outcome | None:
    """Return what to say of a task that failed its gate, None where it passed.

    `q` is the mean chance of the right value without errors, `mass` that of all valid values; where
    an earlier version did not measure it it is None, and `q` bounds it from below.
    """
    if q > LEAST_Q and (mass is None or mass > LEAST_MASS):
        return None
    held = "" if mass is None else f" and valid answers hold {mass:.2f}"
    sentence = (
        f"The model cannot do {task}: without errors the right value has a mean probability of"
        f" {q:.2f}{held}, and the gate asks for more than {LEAST_Q} (mass {LEAST_MASS})."
    )
    rule = f"gate: the right value over {LEAST_Q}, all valid values over {LEAST_MASS}"
    verdict = Verdict("Can the model do it?", Answer.CANNOT, None, rule, None)
    return Outcome(sentence, (verdict,), (), ())
