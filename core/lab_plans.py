"""What each experiment asks, how large a run is, and how small an effect so many items show."""

import math
from dataclasses import dataclass
from enum import StrEnum

POWER = 2.8016
"""z of 97.5 % plus z of 80 %: an effect of POWER standard errors is seen 4 times in 5."""

LEAST_FLIPPED = 6
"""Paired differences of which all have one sign by chance less than once in 20: 2 of 64 times."""

MOST_ITEMS = 2000
MOST_PREAMBLE = 2000
"""Characters of a preamble: it is read before every item."""

FALSE_SHARE = 0.05
"""The share of false corrections against which a share of recoveries is planned."""

ERROR_RATE = 0.1
"""The chance of an error against which an odds ratio is planned."""


class Effect(StrEnum):
    """In what an effect is sought: standard deviations between items, shares, or odds."""

    DEVIATIONS = "standard deviations"
    SHARE = "share of continuations"
    ODDS = "odds ratio"


@dataclass(frozen=True, slots=True)
class Extent:
    """How far an item goes: tokens or steps, and samples where it is tried more than once."""

    length: int
    samples: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """An experiment before it is run: its question, its gate, its sizes, what an item is.

    `effect` is in what an effect is sought, so that the items needed follow from its size;
    `uses_chat` whether the model's chat template is applied. `extents` are how far an item goes in
    a first run and at standard size, in `reach`; none where it always goes to its end. `block`
    items are measured side by side. `tasks` can be chosen among, the first `chosen` unless said.
    """

    name: str
    asks: str
    gate: str
    unit: str
    quick: int
    standard: int
    uses_facts: bool
    effect: Effect = Effect.DEVIATIONS
    uses_chat: bool = False
    extents: tuple[Extent, ...] = ()
    reach: str = ""
    block: int = 1
    tasks: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()

    @property
    def is_paired(self) -> bool:
        """Whether each item holds an effect against its own control, so that 0 is none."""
        return self.effect is not Effect.ODDS

    def extent_at(self, items: int) -> Extent | None:
        """Return how far an item goes in a run of this size; a first run's unless it is larger."""
        if not self.extents:
            return None
        return self.extents[-1] if items >= self.standard else self.extents[0]


PLANS = (
    Plan(
        "influence",
        "How long does an error show in what the model expects, against harmless changes?",
        "Facts that the model does not know are dropped. Nothing below the rounding floor counts.",
        "facts",
        16,
        60,
        uses_facts=True,
        extents=(Extent(32), Extent(64)),
        reach="tokens",
    ),
    Plan(
        "belief",
        "What does the model hold true after an error, against a mere mention of it?",
        "Facts that the model does not know are dropped.",
        "facts",
        24,
        100,
        uses_facts=True,
    ),
    Plan(
        "steps",
        "Does an inserted error make the next one likelier, and is it undone?",
        "The right value needs a probability over 0.5, all valid values over 0.8.",
        "sequences",
        12,
        100,
        uses_facts=False,
        tasks=("look-up", "counting", "colours", "sums", "running sum", "error rates"),
        chosen=("look-up", "counting", "error rates"),
    ),
    Plan(
        "compounding",
        "Does the chance of no error through n steps follow (1 \N{MINUS SIGN} e)^n?",
        "The right value needs a probability over 0.5, all valid values over 0.8.",
        "sequences",
        40,
        100,
        uses_facts=False,
        effect=Effect.ODDS,
        extents=(Extent(16), Extent(40)),
        reach="steps",
        block=8,
    ),
    Plan(
        "recovery",
        "Does the model take an error back by itself, and how often does it take back the truth?",
        "Facts that the model does not know are dropped.",
        "facts",
        24,
        100,
        uses_facts=True,
        effect=Effect.SHARE,
        uses_chat=True,
        extents=(Extent(24, 4), Extent(40, 5)),
        reach="tokens",
    ),
    Plan(
        "preamble",
        "Does announcing facts make the model stricter with an error than with the truth?",
        "Facts that the model does not know are dropped.",
        "facts",
        16,
        100,
        uses_facts=True,
        extents=(Extent(24), Extent(40)),
        reach="tokens",
    ),
)


def plan_of(name: str) -> Plan | None:
    """Return the plan of an experiment, None when there is none of that name."""
    return next((plan for plan in PLANS if plan.name == name), None)


def items_needed(plan: Plan, sought: float, length: int) -> int:
    """Return the items at which an effect of this size is seen 4 times in 5.

    Deviations: of a paired effect between items. Share: recoveries beyond false corrections of
    `FALSE_SHARE`, each item counted as one try, which is too many rather than too few. Odds: of an
    error after an error at a rate of `ERROR_RATE`, by the variance of ln of a 2 × 2 table's ratio;
    `length` is the steps of a sequence.
    """
    match plan.effect:
        case Effect.DEVIATIONS:
            return math.ceil((POWER / sought) ** 2)
        case Effect.SHARE:
            found = min(1.0, FALSE_SHARE + sought)
            spread = found * (1 - found) + FALSE_SHARE * (1 - FALSE_SHARE)
            return math.ceil((POWER / sought) ** 2 * spread)
        case Effect.ODDS:
            odds = ERROR_RATE / (1 - ERROR_RATE) * sought
            after, plain = odds / (1 + odds), ERROR_RATE
            spread = 1 / (plain * after * (1 - after)) + 1 / ((1 - plain) * plain * (1 - plain))
            return math.ceil((POWER / math.log(sought)) ** 2 * spread / (length - 1))


RANGE = {
    Effect.DEVIATIONS: (0.05, 5.0),
    Effect.SHARE: (0.02, 0.95),
    Effect.ODDS: (1.05, 50.0),
}
"""The least and the largest effect that can be sought."""


def least_effect(plan: Plan, items: int, length: int) -> float:
    """Return the smallest effect that so many items show 4 times in 5, to 0.001."""
    low, high = RANGE[plan.effect]
    low = 1.0005 if plan.effect is Effect.ODDS else 0.0005
    while high - low > 0.0005:
        middle = (low + high) / 2
        if items_needed(plan, middle, length) <= items:
            high = middle
        else:
            low = middle
    return high


def effect_words(plan: Plan, items: int, length: int) -> str:
    """Say how small an effect so many items show, and on what assumption."""
    least = least_effect(plan, items, length)
    match plan.effect:
        case Effect.DEVIATIONS if items < LEAST_FLIPPED:
            return (
                f"{items} {plan.unit} are too few: a sign-flip test of fewer than {LEAST_FLIPPED}"
                " never comes below 5 %."
            )
        case Effect.DEVIATIONS:
            return (
                f"{items} {plan.unit} show an effect of {least:.2f} standard deviations 4 times"
                " in 5."
            )
        case Effect.SHARE:
            return (
                f"{items} {plan.unit} show recoveries in {100 * least:.0f} % of the continuations"
                " more than false corrections 4 times in 5, if those are"
                f" {100 * FALSE_SHARE:.0f} %."
            )
        case Effect.ODDS:
            return (
                f"{items} {plan.unit} of {length} steps show an odds ratio of {least:.2f} 4 times"
                f" in 5, if {100 * ERROR_RATE:.0f} % of the steps are wrong."
            )
