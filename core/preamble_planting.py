"""Plants texts anew behind preambles, with what is remembered of the errors in them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.branches import Role, heads_to_json, name_after
from core.error_records import KEY, ErrorRecord, records_to_json
from core.grafting import Run, graft
from core.intake import find_child
from core.preambles import Preamble
from core.session import BranchLabel, Deed, Session
from core.session_view import error_at, head_at
from core.tokens import Token
from core.tree import ROOT, NodeId, Origin


@dataclass(frozen=True, slots=True)
class Underlay:
    """A text that goes under a preamble: the tokens of its new prompt, and the nodes that follow.

    `first` is where its branch begins, None where it has none of its own.
    """

    prompt: tuple[Token, ...]
    rest: tuple[NodeId, ...]
    first: NodeId | None
    name: str


def underlays(
    session: Session, tips: Sequence[NodeId], preambles: Sequence[Preamble]
) -> list[Underlay]:
    """Return the text to each tip behind each preamble.

    A preamble takes the place of the tokens that it says, or stands behind the token that opens
    every text, where there is one.
    """
    return [_underlay(session, tip, preamble) for tip in tips for preamble in preambles]


def _underlay(session: Session, tip: NodeId, preamble: Preamble) -> Underlay:
    tree = session.tree
    path = tree.path_to(tip)
    opening = [node for node in path[:1] if tree.token(node).special and not preamble.replaces]
    branch = session.branches.branch_of(tip)
    first = None if branch is None or branch.role is Role.BASE else branch.first
    return Underlay(
        (*(tree.token(node) for node in opening), *preamble.tokens),
        path[preamble.replaces or len(opening) :],
        first,
        name_after(preamble.text),
    )


def remembered(
    session: Session, texts: Sequence[Underlay]
) -> Iterator[tuple[tuple[Token, ...], ErrorRecord]]:
    """Yield the records of errors in these texts, each with the tokens before it, there."""
    for text in texts:
        record = None if text.first is None else error_at(session, text.first)
        if record is not None and text.first in text.rest:
            before = text.rest[: text.rest.index(text.first)]
            yield (*text.prompt, *(session.tree.token(node) for node in before)), record


def plant_under(
    session: Session, texts: Sequence[Underlay], records: Sequence[ErrorRecord]
) -> tuple[NodeId, ...]:
    """Plant these texts in one act that remembers their heads and records; return their tips.

    The tokens stay as they are. What was a branch is one again, of the same role; the preamble's
    name tells it from the first. What stands there already is not planted twice.
    """
    tree = session.tree
    heads = [
        [int(tree.token(node).id) for node in head_at(session, text.first)]
        for text in texts
        if text.first is not None
    ]
    told = heads_to_json(heads) | {KEY: records_to_json(records)}
    deed = Deed("put under preambles", json.dumps(told, ensure_ascii=False))
    return tuple(_plant(session, deed, text) for text in texts)


def _plant(session: Session, deed: Deed, text: Underlay) -> NodeId:
    tree = session.tree
    runs = [Run(token, Origin.PROMPT) for token in text.prompt]
    here = graft(session, deed, ROOT, runs, (text.name, Role.BASE))[-1]
    branch = None if text.first is None else session.branches.get(text.first)
    for node in text.rest:
        origin = tree.origin(node)
        forced = Origin.PROMPT if origin is Origin.PROMPT else Origin.INSERTED
        own: BranchLabel | None = None
        if branch is not None and node == branch.first:
            own = f"{branch.name} · {text.name}", branch.role
        elif branch is None and node == text.rest[0]:
            own, forced = (text.name, Role.OTHER), Origin.INSERTED
        token = tree.token(node)
        if own is None:
            twin = find_child(session, here, token, frozenset({forced}))
        else:
            twin = _same_branch(session, here, token, forced, own)
        here = session.add(deed, here, token, forced, own=own) if twin is None else twin
    return here


def _same_branch(
    session: Session, parent: NodeId, token: Token, origin: Origin, own: BranchLabel
) -> NodeId | None:
    """Return the visible child of `parent` where a branch of this name and role begins."""
    for child in session.visibility.children(parent):
        branch = session.branches.get(child)
        is_alike = session.tree.token(child) == token and session.tree.origin(child) is origin
        if is_alike and branch is not None and (branch.name, branch.role) == own:
            return child
    return None
