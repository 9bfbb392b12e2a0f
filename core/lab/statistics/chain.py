"""The recoverable chain: a state that goes wrong with chance e and comes back with chance r."""

from dataclasses import dataclass

import numpy as np

from core.lab.statistics.intervals import Floats, Interval
from core.lab.statistics.jackknife import ratio_interval
from core.lab.statistics.permutation import Errors


@dataclass(frozen=True, slots=True)
class Chain:
    """Chances per step of going wrong and of coming back, with intervals over items."""

    e: Interval
    r: Interval

    def right_at(self, steps: Floats) -> Floats:
        """Return P(the state is right at step n) for each n; r = 0 gives (1 − e)^n."""
        return right_at(self.e.estimate, self.r.estimate, steps)


def right_at(e: float, r: float, steps: Floats) -> Floats:
    """Return r/(e+r) + e/(e+r)·(1−e−r)^n, the chance of a right state after n steps."""
    if e + r == 0:
        return np.ones_like(steps)
    return r / (e + r) + e / (e + r) * (1 - e - r) ** steps


def counted(wrong: Errors) -> tuple[float, float]:
    """Return e and r of `wrong` (sequences, steps) by counts; 0 where a state was not visited."""
    fell, stood, rose, lay = (float(counts.sum()) for counts in _transitions(wrong))
    return fell / stood if stood else 0.0, rose / lay if lay else 0.0


def _transitions(wrong: Errors) -> tuple[Floats, Floats, Floats, Floats]:
    """Count per sequence: right to wrong, of steps that were right; wrong to right, of wrong."""
    before = np.concatenate([np.zeros((len(wrong), 1), wrong.dtype), wrong[:, :-1]], axis=1)
    seen = ((before == 0) & (wrong == 1), before == 0, (before == 1) & (wrong == 0), before == 1)
    fell, stood, rose, lay = (one.sum(axis=1).astype(np.float64) for one in seen)
    return fell, stood, rose, lay


def fit_chain(wrong: Errors) -> Chain:
    """Count transitions of `wrong` (sequences, steps), 1 where the state is wrong.

    The state before the first step is right. Without a visit to a state its chance is undefined
    (nan, with an unbounded interval).
    """
    fell, stood, rose, lay = _transitions(wrong)
    return Chain(ratio_interval(fell, stood), ratio_interval(rose, lay))
