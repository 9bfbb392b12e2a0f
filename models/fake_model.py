"""A model whose errors are known in advance, so that the lab's instruments can be checked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class FakeModel:
    """Writes sequences of right and wrong steps by chosen rules.

    `e` is the middle chance of an error, `contagion` the odds ratio that an error just before
    brings, `spread` the standard deviation (logits) of difficulty between items, `trend` the rise
    (logits) from the middle position to the last. In state sequences an error stays until it is
    undone with chance `recovery` per step.
    """

    e: float = 0.1
    contagion: float = 1.0
    recovery: float = 0.0
    spread: float = 0.0
    trend: float = 0.0

    def errors(self, sequences: int, steps: int, seed: int) -> NDArray[np.int8]:
        """Return 1 where a step is wrong in itself, shape (sequences, steps)."""
        rng = np.random.default_rng(seed)
        base, slope = self._logits(sequences, steps, rng)
        found = np.zeros((sequences, steps), np.int8)
        raised = np.log(self.contagion)
        for step in range(steps):
            logits = base + slope[step]
            if step:
                logits = logits + raised * found[:, step - 1]
            found[:, step] = rng.random(sequences) < 1 / (1 + np.exp(-logits))
        return found

    def states(self, sequences: int, steps: int, seed: int) -> NDArray[np.int8]:
        """Return 1 where the state is wrong, shape (sequences, steps); the start is right."""
        rng = np.random.default_rng(seed)
        base, slope = self._logits(sequences, steps, rng)
        found = np.zeros((sequences, steps), np.int8)
        wrong = np.zeros(sequences, bool)
        for step in range(steps):
            draw = rng.random(sequences)
            falls = draw < 1 / (1 + np.exp(-(base + slope[step])))
            wrong = np.where(wrong, draw >= self.recovery, falls)
            found[:, step] = wrong
        return found

    def paired_logits(self, items: int, seed: int) -> NDArray[np.float64]:
        """Return error − placebo in logit q, one per item: −ln(contagion) and the items' noise."""
        rng = np.random.default_rng(seed)
        noise = rng.normal(0, max(self.spread, 0.1), items)
        return np.asarray(noise - np.log(self.contagion), np.float64)

    def _logits(
        self, sequences: int, steps: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        middle = np.log(self.e / (1 - self.e))
        base = middle + self.spread * rng.standard_normal(sequences)
        slope = np.linspace(-self.trend, self.trend, steps) if steps > 1 else np.zeros(steps)
        return base, slope
