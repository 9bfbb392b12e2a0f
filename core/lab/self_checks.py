"""What the self-test is made of: a model of known truth, sizes, shares that must lie in ranges."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from core.lab.statistics.intervals import Floats, Interval, wilson
from core.lab.statistics.permutation import Errors

ALPHA = 0.05
APART = 1_000_003
"""Added to the seed of the data for that of the analysis: the two must not share noise."""

LEAST_RUNS = 5


class Fake(Protocol):
    """What is asked of a model of known truth."""

    def errors(self, sequences: int, steps: int, seed: int) -> Errors:
        """Return 1 where a step is wrong."""
        ...

    def states(self, sequences: int, steps: int, seed: int) -> Errors:
        """Return 1 where the state is wrong."""
        ...

    def paired_logits(self, items: int, seed: int) -> Floats:
        """Return error − placebo in logit q, one per item."""
        ...

    def corrections(self, items: int, tries: int, seed: int) -> tuple[Floats, Floats]:
        """Return 1 where a continuation corrects, after an error and without one."""
        ...

    def corrections_gained(self) -> float:
        """Return the expected gap between the two."""
        ...

    def fading(self, items: int, texts: int, distances: int, seed: int) -> Floats:
        """Return √JS after an error: a power law of distance, each item its own height."""
        ...

    def preambles(self, items: int, wordings: int, seed: int) -> tuple[Floats, Floats]:
        """Return log-odds under two kinds of preamble, the first ln(contagion) lower."""
        ...


class MakeFake(Protocol):
    """Builds a model from its truth; `e` its error rate, `contagion` an odds ratio."""

    def __call__(
        self, *, e: float, contagion: float, recovery: float, spread: float, trend: float
    ) -> Fake:
        """Return the model."""
        ...


@dataclass(frozen=True, slots=True)
class Size:
    """How many simulations, and how large each of them is.

    Dear ones, whole runs among them, are done less often: `runs` times.
    """

    simulations: int
    sequences: int
    steps: int
    items: int
    draws: int
    tries: int = 4
    wordings: int = 6

    @property
    def runs(self) -> int:
        """How often a whole run is analysed."""
        return max(LEAST_RUNS, self.simulations // 20)


@dataclass(frozen=True, slots=True)
class Check:
    """How often something happened among the simulations, and the range it should lie in.

    `used_by` names the experiments that rest on it. `passed` says whether the share's own
    simulation interval reaches into the range.
    """

    name: str
    truth: str
    share: Interval
    least: float
    most: float
    used_by: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the simulations are compatible with the range."""
        return self.share.low <= self.most and self.share.high >= self.least


@dataclass(frozen=True, slots=True)
class Count:
    """A check whose simulations are counted one by one, by their seeds."""

    name: str
    truth: str
    least: float
    most: float
    used_by: tuple[str, ...]
    happened: Callable[[int], bool]

    def over(self, simulations: int) -> Check:
        """Return the check after so many simulations."""
        happened = sum(self.happened(seed) for seed in range(simulations))
        share = wilson(happened, simulations)
        return Check(self.name, self.truth, share, self.least, self.most, self.used_by)
