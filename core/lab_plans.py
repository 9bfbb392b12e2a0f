"""What each experiment asks, how large a run is, and how small an effect so many items show."""

import math
from dataclasses import dataclass

POWER = 2.8016
"""z of 97.5 % plus z of 80 %: a paired effect of POWER/√n standard deviations is seen 4 times in 5.
"""

MOST_ITEMS = 2000


@dataclass(frozen=True, slots=True)
class Plan:
    """An experiment before it is run: its question, its gate, its sizes, what an item is.

    `is_paired` says whether each item holds an effect against its own control, so that the items
    needed follow from the effect sought; `uses_chat` whether the model's chat template is applied.
    """

    name: str
    asks: str
    gate: str
    unit: str
    quick: int
    standard: int
    uses_facts: bool
    is_paired: bool = True
    uses_chat: bool = False


PLANS = (
    Plan(
        "influence",
        "How long does an error show in what the model expects, against harmless changes?",
        "Nothing below the rounding floor counts.",
        "facts",
        16,
        60,
        uses_facts=True,
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
    ),
    Plan(
        "compounding",
        "Does the chance of no error through n steps follow (1 \N{MINUS SIGN} e)^n?",
        "The right value needs a probability over 0.5, all valid values over 0.8.",
        "sequences",
        40,
        100,
        uses_facts=False,
        is_paired=False,
    ),
    Plan(
        "recovery",
        "Does the model take an error back by itself, and how often does it take back the truth?",
        "Facts that the model does not know are dropped.",
        "facts",
        24,
        100,
        uses_facts=True,
        uses_chat=True,
    ),
    Plan(
        "preamble",
        "Does announcing facts make the model stricter with an error than with the truth?",
        "Facts that the model does not know are dropped.",
        "facts",
        16,
        100,
        uses_facts=True,
    ),
)


def plan_of(name: str) -> Plan | None:
    """Return the plan of an experiment, None when there is none of that name."""
    return next((plan for plan in PLANS if plan.name == name), None)


def items_needed(effect: float) -> int:
    """Return the items at which a paired effect, in standard deviations, is seen 4 times in 5."""
    return math.ceil((POWER / effect) ** 2)


def least_effect(items: int) -> float:
    """Return the paired effect, in standard deviations, that so many items show 4 times in 5."""
    return POWER / math.sqrt(items)
