"""The recoverable chain against a chain that never comes back, on sequences that neither saw."""

from dataclasses import dataclass

import numpy as np

from core.lab.statistics.bootstrap import mean_interval
from core.lab.statistics.chain import counted, right_at
from core.lab.statistics.intervals import Floats, Interval
from core.lab.statistics.permutation import Errors, sign_flip
from core.lab.statistics.sequences import first_errors

FOLDS = 10
LEAST_CHANCE = 1e-3
"""A law that says never is held to one in a thousand: its loss would be infinite."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Nats per step that the chain's curve gains over (1 − e)^n on held-out sequences."""

    gain: Interval
    p: float


def held_out(wrong: Errors, *, seed: int) -> HeldOut:
    """Predict "right at n" of each sequence from the others: chain against (1 − e)^n.

    `wrong` has shape (sequences, steps), 1 where the state is wrong. Each law has its own best e:
    the chain counts all transitions of the other nine tenths, the power only those to a first wrong
    state; where nothing came back they say the same. Scored is ln P of right or wrong at each step,
    not of the path, which a chain without return would forbid.
    """
    order = np.random.default_rng(seed).permutation(len(wrong))
    steps = np.arange(1, wrong.shape[1] + 1, dtype=np.float64)
    gains: Floats = np.zeros(len(wrong))
    for fold in np.array_split(order, min(FOLDS, len(wrong))):
        seen = np.delete(wrong, fold, axis=0)
        times, events = first_errors(seen)
        power = right_at(float(events.sum()) / max(1.0, float(times.sum())), 0.0, steps)
        gains[fold] = _scores(wrong[fold], right_at(*counted(seen), steps)) - _scores(
            wrong[fold], power
        )
    return HeldOut(mean_interval(gains, seed=seed), sign_flip(gains, seed=seed))


def _scores(wrong: Errors, right: Floats) -> Floats:
    """Return each sequence's mean ln P of what its steps were."""
    chance = np.clip(right, LEAST_CHANCE, 1 - LEAST_CHANCE)
    found: Floats = np.where(wrong == 1, np.log(1 - chance), np.log(chance)).mean(axis=1)
    return found
