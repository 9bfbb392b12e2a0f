"""In which order branches are listed, and which of them a search leaves."""

from collections.abc import Iterator, Sequence
from enum import StrEnum

from core.branches import Branch
from core.tree import NodeId
from gui.branch_facts import BranchFacts


class Order(StrEnum):
    """What the list goes by."""

    OLDEST = "oldest first"
    NEWEST = "newest first"
    LIKELIEST = "likeliest first"
    SURPRISING = "most surprising first"


MEANINGS = {
    Order.OLDEST: "In the order in which the branches were made.",
    Order.NEWEST: "The branch that was made last stands first.",
    Order.LIKELIEST: "By the probability of what begins the branch: p of its first token, or the"
    " product of all that was put in there.",
    Order.SURPRISING: "By mean surprise: \N{MINUS SIGN}log₂ p of all its tokens, divided by their"
    " number, in bits a token.",
}


def ordered(facts: BranchFacts, firsts: Sequence[NodeId], order: Order) -> list[NodeId]:
    """Return the branches in this order; what was not read yet comes last, older ones first."""
    match order:
        case Order.OLDEST:
            return list(firsts)
        case Order.NEWEST:
            return list(reversed(firsts))
        case Order.LIKELIEST:
            return sorted(firsts, key=lambda each: _last_if_none(facts.opening_bits(each)))
        case Order.SURPRISING:
            return sorted(firsts, key=lambda each: _last_if_none(facts.mean_bits(each), sign=-1))


def found(text: str, words: str) -> bool:
    """Return whether a branch's words, as `words_of` tells them, hold every one of `words`."""
    return all(word in text for word in words.lower().split())


def preparing(
    facts: BranchFacts, branches: Sequence[Branch], order: Order, sought: str
) -> Iterator[int]:
    """Find out what finding and ordering asks of each branch; yield how many nodes that took."""
    before = facts.walked
    for branch in branches:
        if sought.strip():
            facts.words(branch)
        if order is Order.LIKELIEST:
            facts.opening_bits(branch.first)
        if order is Order.SURPRISING:
            facts.mean_bits(branch.first)
        now = facts.walked
        yield 1 + now - before
        before = now


def _last_if_none(value: float | None, *, sign: int = 1) -> tuple[bool, float]:
    return (value is None, sign * (value or 0.0))
