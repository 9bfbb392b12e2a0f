"""What the recoverable chain says of a state: its two chances, and how it predicts."""

import numpy as np

from core.lab.experiment import Figure, Finding, Outcome, Series
from core.lab.statistics.chain import fit_chain
from core.lab.statistics.held_out import FOLDS, held_out
from core.lab.statistics.permutation import Errors


def chain_outcome(states: Errors, e: float, seed: int) -> Outcome:
    """Tell e, r and what they gain on unseen sequences; no sentence of its own.

    `states` is 1 where the value is wrong, shape (sequences, steps); `e` the mean rate of local
    errors, for the line that LeCun draws.
    """
    chain = fit_chain(states)
    unseen = held_out(states, seed=seed)
    findings = (
        Finding("chance per step that the value goes wrong, e", chain.e, None, "observational"),
        Finding("chance per step that it comes back, r", chain.r, None, "observational"),
        Finding(
            "recoverable chain − (1 − e)^n on unseen sequences, ln P per step",
            unseen.gain,
            unseen.p,
            f"observational; {FOLDS} parts, each predicted from the others",
        ),
    )
    if not np.isfinite(chain.r.estimate):
        return Outcome("", (), findings, ())
    n = np.arange(1, states.shape[1] + 1, dtype=np.float64)
    x = n.tolist()
    right = 1 - states.mean(axis=0, dtype=np.float64)
    figure = Figure(
        "The value is right at step n",
        "steps n",
        "P(right at n)",
        (
            Series("observed", "error", x, right.tolist()),
            Series("recoverable chain", "mention", x, chain.right_at(n).tolist()),
            Series("(1−e)^n, all steps", "clean", x, ((1 - e) ** n).tolist()),
        ),
        log_y=True,
    )
    note = (
        "Above 0 the recoverable chain predicts a sequence better than a power does whose e was"
        " chosen for first errors; where no value ever came back, both say the same and the gain"
        " is 0."
    )
    return Outcome("", (), findings, (figure,), (note,))
