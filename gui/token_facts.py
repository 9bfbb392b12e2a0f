"""Gathers what is known about one token, for the card and the panel that show it."""

import math
from dataclasses import dataclass

from core.readings import Readings
from core.tree import ROOT, NodeId, Origin, TokenTree
from core.workbench import Workbench
from gui.token_text import said

ORIGIN_WORDS = {
    Origin.PROMPT: "prompt",
    Origin.SAMPLED: "sampled",
    Origin.GREEDY: "greedy, the likeliest",
    Origin.CHOSEN: "chosen by hand",
    Origin.INSERTED: "inserted",
}


@dataclass(frozen=True, slots=True)
class TokenFacts:
    """Numbers of one token; None where there is no reading. Entropy in nats, surprise in bits.

    `drawn` is the sampler's own probability, None where nothing was drawn. `reader` names the model
    whose numbers these are when it is not the one that is loaded: its tokens are others.
    """

    text: str
    probability: float | None
    rank: int | None
    surprise: float | None
    entropy_before: float | None
    displaced: tuple[str, float] | None
    origin: str
    exact: bool
    is_first: bool
    drawn: float | None
    reader: str


def facts_of(workbench: Workbench, node: NodeId) -> TokenFacts:
    """Return what is known about a node's token."""
    tree: TokenTree = workbench.tree
    readings: Readings = workbench.readings
    parent = tree.parent(node)
    before = readings.expects(parent)
    logprob = readings.logprob(node)
    drawn = workbench.drawn_logprob(node)
    reader = workbench.reader_of(node)
    token = tree.token(node)
    displaced = None
    pieces = None if before is None else workbench.pieces_at(parent)
    if before is not None and pieces is not None and len(before):
        best = before.candidates[0]
        if best.id != token.id:
            displaced = said(pieces[best.id]), math.exp(best.logprob)
    origin = ORIGIN_WORDS[tree.origin(node)]
    branch = workbench.branch_of(node) if tree.origin(node) is Origin.INSERTED else None
    if branch is not None:
        origin = f"inserted as {branch.role.value}"
        error = workbench.error_of(branch.first)
        place = tree.depth(node) - tree.depth(branch.first)
        if error is not None and place < len(error.ids):
            origin = f"{branch.role.value} · {error.title} · {error.bits:.1f} bits"
    return TokenFacts(
        text=said(token),
        probability=None if logprob is None else math.exp(logprob),
        rank=readings.rank(node),
        surprise=readings.surprise(node),
        entropy_before=None if before is None else before.entropy,
        displaced=displaced,
        origin=origin,
        exact=readings.is_exact(node),
        is_first=parent == ROOT,
        reader="" if reader is None or reader == workbench.card else reader.name,
        drawn=None if drawn is None else math.exp(drawn),
    )


def context_words(tree: TokenTree, node: NodeId) -> str:
    """Return the token's text as it is quoted in headings, or a word for the beginning."""
    return said(tree.token(node)) if node != ROOT else ""


def noted(workbench: Workbench, node: NodeId) -> list[str]:
    """Return what the user wrote down at a token: a note, tags, a bookmark."""
    note, tags = workbench.notes.get(node, ""), workbench.tags.get(node, ())
    is_marked = node in workbench.bookmarks
    return [*([note] if note else []), *tags, *(["bookmarked"] if is_marked else [])]
