"""What became of samples: each one's outcome, shares with intervals, where the same noise parts."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import fmean, median

from core.engine import Path
from core.outcomes import (
    Parting,
    Sampled,
    SamplingPlan,
    Share,
    outcome_of,
    parting_of,
    wilson,
)
from core.tree import NodeId
from gui.compare_view import BETWEEN

OUTCOMES = ("truth", "error", "neither")
Key = tuple[int, int]
"""The number of a branch, and of a sample of it."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Samples of `branches`, the reference first, drawn as planned.

    `groups` are the strings of truth and error; `by_hand` outcomes by name that the user chose, by
    what `name_of` gives.
    """

    branches: tuple[NodeId, ...]
    plan: SamplingPlan
    groups: tuple[tuple[str, ...], tuple[str, ...]]
    by_hand: Mapping[str, str]
    samples: dict[Key, Sampled] = field(default_factory=dict[Key, Sampled])

    @property
    def is_whole(self) -> bool:
        """Whether all samples are there."""
        return len(self.samples) == len(self.plan.tips) * self.plan.samples

    def of(self, number: int) -> list[Key]:
        """Return the samples of a branch, in order."""
        return [key for key in sorted(self.samples) if key[0] == number]

    def name_of(self, key: Key) -> str:
        """Return a name for a sample that it has again whenever the same tokens are drawn there."""
        ids: Path = tuple(token.id for token in self.samples[key].tokens)
        told = ",".join(map(str, self.plan.tips[key[0]])) + ";" + ",".join(map(str, ids))
        return hashlib.blake2b(told.encode(), digest_size=12).hexdigest()

    def is_overruled(self, key: Key) -> bool:
        """Return whether the user chose the outcome of a sample."""
        return self.by_hand.get(self.name_of(key)) in OUTCOMES

    def outcome(self, key: Key) -> int:
        """Return a sample's outcome: the user's own, or that of the string asserted first."""
        if self.is_overruled(key):
            return OUTCOMES.index(self.by_hand[self.name_of(key)])
        found = outcome_of(self.samples[key].text, self.groups)
        return len(OUTCOMES) - 1 if found is None else found

    def shares(self, number: int) -> list[Share]:
        """Return the share of each outcome among a branch's samples."""
        found = [self.outcome(key) for key in self.of(number)]
        return [wilson(found.count(place), len(found)) for place in range(len(OUTCOMES))]

    def parting(self, key: Key) -> Parting | None:
        """Return where a sample parts from the reference's, None for these themselves."""
        other = self.samples.get((0, key[1]))
        if key[0] == 0 or other is None:
            return None
        return parting_of(other.tokens, self.samples[key].tokens)

    def partings_words(self, number: int) -> str:
        """Return where a branch's samples part from the reference's, in words."""
        if number == 0:
            return "the reference"
        both = [parting for key in self.of(number) if (parting := self.parting(key)) is not None]
        places = [parting.at for parting in both if parting.at is not None]
        if not places:
            return f"none of {len(both)} parts"
        shares = [parting.shared for parting in both if parting.shared is not None]
        again = f", {fmean(shares):.0%} equal after it" if shares else ""
        verb = "parts" if len(places) == 1 else "part"
        return f"{len(places)} of {len(both)} {verb} at token {median(places):g}{again}"

    def parting_words(self, key: Key) -> str:
        """Return where one sample parts, in words."""
        parting = self.parting(key)
        if parting is None:
            return ""
        if parting.at is None:
            return "the same"
        shared = "" if parting.shared is None else f", {parting.shared:.0%} equal after it"
        return f"parts at token {parting.at}{shared}"

    def rows(self, label: Callable[[int], str], shown: list[NodeId]) -> list[list[str]]:
        """Return every sample of the branches that are shown, with its branch's shares."""
        shares_head = [
            f"{name}_{what}"
            for name in OUTCOMES
            for what in ("hits", "wilson95_low", "wilson95_high")
        ]
        head = ["branch", "sample", "seed", "temperature", "tokens", "outcome", "chosen by hand"]
        rows = [
            [
                *head,
                *("parts at", "equal after", "text", "truth", "error", "samples"),
                *shares_head,
            ]
        ]
        strings = [BETWEEN.join(group) for group in self.groups]
        drawn = [str(self.plan.seed), repr(self.plan.sampler.temperature), str(self.plan.tokens)]
        for number, first in enumerate(self.branches):
            if first not in shown:
                continue
            shares = self.shares(number)
            told = [
                cell for one in shares for cell in (str(one.hits), repr(one.low), repr(one.high))
            ]
            for key in self.of(number):
                parting = self.parting(key) or Parting(None, None)
                ends = [OUTCOMES[self.outcome(key)], "yes" if self.is_overruled(key) else ""]
                parts = ["" if one is None else repr(one) for one in (parting.at, parting.shared)]
                sample = [label(first), str(key[1]), *drawn, *ends, *parts, self.samples[key].text]
                rows.append([*sample, *strings, str(shares[0].n), *told])
        return rows
