"""Samples from several branches with the same noise: where they part, and how they end."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from core.aligning import first_parting
from core.asserted import asserted
from core.engine import Continue, Engine, Growth, Meter, Path, Stepped, Stopped
from core.generation import asking
from core.products import Aside, Product, Spent
from core.sampling import Sampler, Stream
from core.tokens import Token, text_of


@dataclass(frozen=True, slots=True)
class Sampled:
    """Sample number `sample` of branch number `branch`: what was drawn after its tip."""

    branch: int
    sample: int
    tokens: tuple[Token, ...]

    @property
    def text(self) -> str:
        """Its text, without control tokens."""
        return text_of([token for token in self.tokens if not token.special])


@dataclass(frozen=True, slots=True)
class SamplingPlan:
    """How to draw: sample k of every branch sees the same noise."""

    tips: tuple[Path, ...]
    samples: int
    tokens: int
    sampler: Sampler
    seed: int


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `n`, with the Wilson interval at `level`."""

    hits: int
    n: int
    low: float
    high: float
    level: float


@dataclass(frozen=True, slots=True)
class Parting:
    """Two samples drawn with the same noise.

    `at` is the number of tokens before they differ, None when they never do; `shared` is the share
    of equal tokens in equal places after that, None when none follow.
    """

    at: int | None
    shared: float | None


def draw_samples(engine: Engine, plan: SamplingPlan) -> Iterator[Product]:
    """Yield an `Aside` with a `Sampled` for each sample of each branch, drawn in one batch."""
    wanted = [(branch, k) for branch in range(len(plan.tips)) for k in range(plan.samples)]
    growths = tuple(
        Growth(plan.tips[branch], plan.sampler, Stream(plan.seed, k)) for branch, k in wanted
    )
    drawn: list[list[Token]] = [[] for _ in growths]
    for answer in asking(engine, Continue(growths, plan.tokens, top=1)):
        match answer:
            case Stepped(growth, token):
                drawn[growth].append(engine.vocabulary[token.id])
            case Stopped(growth):
                branch, k = wanted[growth]
                yield Aside(Sampled(branch, k, tuple(drawn[growth])))
            case Meter():
                yield Spent(answer)
            case _:
                raise AssertionError(f"a Continue was answered with {answer}")


def outcome_of(text: str, groups: Sequence[Sequence[str]]) -> int | None:
    """Return the number of the group whose string is asserted first in `text`, or None.

    Where strings of two groups start at the same place, the longer one was meant.
    """
    everything = [string for strings in groups for string in strings]
    firsts = [
        (mentions[0].start, -mentions[0].end, number)
        for number, strings in enumerate(groups)
        if (mentions := asserted(text, strings, everything))
    ]
    return min(firsts)[2] if firsts else None


def wilson(hits: int, n: int, level: float = 0.95) -> Share:
    """Return a share with its Wilson score interval (Wilson 1927); (0, 1) when n is 0."""
    if not n:
        return Share(hits, n, 0.0, 1.0, level)
    z = NormalDist().inv_cdf((1 + level) / 2)
    p, z2 = hits / n, z * z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = z / (1 + z2 / n) * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    low = 0.0 if hits == 0 else centre - half
    high = 1.0 if hits == n else centre + half
    return Share(hits, n, low, high, level)


def parting_of(one: Sequence[Token], two: Sequence[Token]) -> Parting:
    """Return where two samples part and how much they share again."""
    a, b = [int(token.id) for token in one], [int(token.id) for token in two]
    at = first_parting(a, b)
    if at is None:
        if len(a) == len(b):
            return Parting(None, None)
        at = min(len(a), len(b))
    rest = list(zip(a[at:], b[at:], strict=False))
    return Parting(at, sum(x == y for x, y in rest) / len(rest) if rest else None)
