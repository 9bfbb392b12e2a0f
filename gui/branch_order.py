"""In which order branches are listed, and which of them a search leaves."""

from collections.abc import Sequence
from enum import StrEnum

from core.branches import Branch, head_length
from core.tokens import text_of
from core.tree import NodeId
from core.workbench import Workbench


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


def ordered(bench: Workbench, firsts: Sequence[NodeId], order: Order) -> list[NodeId]:
    """Return the branches in this order; what was not read yet comes last, older ones first."""
    match order:
        case Order.OLDEST:
            return list(firsts)
        case Order.NEWEST:
            return list(reversed(firsts))
        case Order.LIKELIEST:
            begins = {each: opening_bits(bench, each) for each in firsts}
            return sorted(firsts, key=lambda each: _last_if_none(begins[each]))
        case Order.SURPRISING:
            means = {each: mean_bits(bench, each) for each in firsts}
            return sorted(firsts, key=lambda each: _last_if_none(means[each], sign=-1))


def opening_bits(bench: Workbench, first: NodeId) -> float | None:
    """Return the surprise in bits of what was put in where a branch starts, None if not read."""
    nodes = bench.nodes_of(first)
    known = [bench.readings.surprise(node) for node in nodes[: head_length(bench.tree, nodes)]]
    read = [bits for bits in known if bits is not None]
    return sum(read) if read and len(read) == len(known) else None


def mean_bits(bench: Workbench, first: NodeId) -> float | None:
    """Return the mean surprise of a branch's tokens that were read, in bits; None if none was."""
    known = (bench.readings.surprise(node) for node in bench.nodes_of(first))
    read = [bits for bits in known if bits is not None]
    return sum(read) / len(read) if read else None


def found(text: str, words: str) -> bool:
    """Return whether a branch's words, as `words_of` tells them, hold every one of `words`."""
    return all(word in text for word in words.lower().split())


def words_of(bench: Workbench, branch: Branch) -> str:
    """Return a branch's name, role, text, tags and error, in small letters."""
    nodes = bench.nodes_of(branch.first)
    error = bench.error_of(branch.first)
    parts = [branch.name, branch.role.value, text_of([bench.tree.token(node) for node in nodes])]
    parts += [tag for node in nodes for tag in bench.tags.get(node, ())]
    parts += [error.title] if error is not None else []
    return "\n".join(parts).lower()


def _last_if_none(value: float | None, *, sign: int = 1) -> tuple[bool, float]:
    return (value is None, sign * (value or 0.0))
