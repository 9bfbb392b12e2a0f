"""The arms of a recovery run, and the end states of their continuations as tables."""

from collections.abc import Sequence

import numpy as np

from core.lab.end_states import KEPT, RECOVERED, EndState
from core.lab.experiment import Row
from core.lab.statistics.intervals import Floats
from core.lab_plans import Extent

LENGTH, SAMPLES = 24, 4
FIRST_RUN = Extent(LENGTH, SAMPLES)
"""Tokens of a continuation, and samples beside the greedy one, where a run does not say."""

WAIT = "own + Wait"
ARMS = ("own", "user", WAIT)
WORDS = {
    "own": "the model's own turn",
    "user": "the user's turn",
    WAIT: "its own turn, “Wait,” behind it",
}
CAUSES = {
    "recovered": RECOVERED,
    "kept or wrongly mended": KEPT,
    "degenerate": frozenset({EndState.DEGENERATE}),
    "ended": frozenset({EndState.ENDED}),
}


def twin(arm: str) -> str:
    """Return the name of the arm in which the truth was said instead."""
    return f"clean, {arm}"


class Ends:
    """The end states of one arm: which, and after how many tokens; shape (items, 1 + samples).

    The first try of each item is the greedy one.
    """

    def __init__(self, rows: Sequence[Row], arm: str) -> None:
        self.states = np.array([row.values[f"{arm} states"] for row in rows])
        self.times = np.array([row.values[f"{arm} tokens"] for row in rows], np.float64)

    def among(self, states: frozenset[EndState]) -> Floats:
        """Return 1 where a continuation ended in one of `states`."""
        return np.isin(self.states, [state.value for state in states]).astype(np.float64)
