"""A model whose errors are known in advance, so that the lab's instruments can be checked."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EXPONENT = 0.7
"""With which power of distance the made-up influence fades."""


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

    def corrections(
        self, items: int, tries: int, seed: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return 1 where a continuation corrects: after an error, and where nothing was wrong.

        Each has shape (items, tries). Without an error the chance is an item's own, `e` in the
        middle; after one, `recovery` of what is left comes on top.
        """
        rng = np.random.default_rng(seed)
        false = self._shares(rng.standard_normal((items, 1)))
        true = false + (1 - false) * self.recovery
        draws = rng.random((2, items, tries))
        return (draws[0] < true).astype(np.float64), (draws[1] < false).astype(np.float64)

    def corrections_gained(self) -> float:
        """Return the expected gap between the two: recovery × the mean chance left without it."""
        places, weights = np.polynomial.hermite_e.hermegauss(40)
        mean = float((weights * self._shares(places)).sum() / weights.sum())
        return self.recovery * (1 - mean)

    def fading(self, items: int, texts: int, distances: int, seed: int) -> NDArray[np.float64]:
        """Return √JS after an error, shape (items, texts, distances): 0.2·r^−0.7 in the middle.

        Items differ in height by a third of `spread` (logarithms), texts by 0.1, numbers by 0.3.
        """
        rng = np.random.default_rng(seed)
        law = np.log(0.2) - EXPONENT * np.log(np.arange(1, distances + 1))
        heights = self.spread / 3 * rng.standard_normal((items, 1, 1))
        shifts = 0.1 * rng.standard_normal((1, texts, 1))
        noise = 0.3 * rng.standard_normal((items, texts, distances))
        return np.asarray(np.exp(law + heights + shifts + noise), np.float64)

    def preambles(
        self, items: int, wordings: int, seed: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return log-odds under two kinds of preamble, each (items, wordings).

        The first kind lies ln(contagion) lower. Items differ by `spread`, wordings by half of it;
        each answers to a kind of preamble, and to every wording, in its own way.
        """
        rng = np.random.default_rng(seed)
        base = self.spread * rng.standard_normal((items, 1))
        found = [
            base
            + 0.3 * rng.standard_normal((items, 1))
            + 0.5 * self.spread * rng.standard_normal(wordings)
            + 0.3 * rng.standard_normal((items, wordings))
            for _ in range(2)
        ]
        return found[0] - np.log(self.contagion), found[1]

    def _shares(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        middle = np.log(self.e / (1 - self.e))
        return np.asarray(1 / (1 + np.exp(-(middle + self.spread * places))), np.float64)

    def _logits(
        self, sequences: int, steps: int, rng: np.random.Generator
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        middle = np.log(self.e / (1 - self.e))
        base = middle + self.spread * rng.standard_normal(sequences)
        slope = np.linspace(-self.trend, self.trend, steps) if steps > 1 else np.zeros(steps)
        return base, slope
