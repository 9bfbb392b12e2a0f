"""Puts tokens that are in the tree already at other places of it: edits, splices, joins."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.branches import Role
from core.history import BookmarkSet, Hidden, NoteSet, TagsSet
from core.intake import find_child
from core.session import BranchLabel, Deed, Session
from core.tokens import Token
from core.tree import NodeId, Origin


@dataclass(frozen=True, slots=True)
class Run:
    """A token that is to be planted, and who puts it there."""

    token: Token
    origin: Origin


def graft(
    session: Session, deed: Deed, parent: NodeId, runs: Sequence[Run], label: BranchLabel
) -> tuple[NodeId, ...]:
    """Put tokens after `parent` and return their nodes; the first new one starts the branch.

    A run that stands there already, whole, is shared, and so is the beginning of a prompt.
    """
    nodes: list[NodeId] = []
    for run in runs:
        here = nodes[-1] if nodes else parent
        twin = find_child(session, here, run.token, frozenset({run.origin}))
        if twin is None:
            break
        nodes.append(twin)
    if len(nodes) < len(runs):
        nodes = nodes[: sum(run.origin is Origin.PROMPT for run in runs[: len(nodes)])]
    own: BranchLabel | None = label
    for run in runs[len(nodes) :]:
        here = nodes[-1] if nodes else parent
        nodes.append(session.add(deed, here, run.token, run.origin, own=own))
        own = None
    return tuple(nodes)


def equal_children(session: Session, parent: NodeId) -> list[list[NodeId]]:
    """Return the visible children of `parent` that are one, the one to keep first.

    They hold the same token. Branches that play different parts in a comparison stay apart; one
    without a part joins the oldest that has one.
    """
    sets: dict[tuple[Token, Role], list[NodeId]] = {}
    partless: list[NodeId] = []
    for child in session.visibility.children(parent):
        branch = session.branches.get(child)
        if branch is None or branch.role is Role.OTHER:
            partless.append(child)
        else:
            sets.setdefault((session.tree.token(child), branch.role), []).append(child)
    oldest = {token: key for key in reversed(sets) for token in key[:1]}
    for child in partless:
        token = session.tree.token(child)
        sets.setdefault(oldest.get(token, (token, Role.OTHER)), []).append(child)
    return [children for children in sets.values() if len(children) > 1]


def join_into(session: Session, deed: Deed, other: NodeId, kept: NodeId) -> None:
    """Give `kept` all that `other`, an equal sibling, has and `kept` has not; hide `other`.

    Both stand after the same tokens, so what a model thinks of one is what it thinks of the other.
    """
    waiting = [(other, kept)]
    while waiting:
        here, there = waiting.pop()
        _carry(session, deed, here, there)
        for child in session.visibility.children(here):
            token = session.tree.token(child)
            twin = find_child(session, there, token, frozenset(Origin))
            if twin is None:
                branch = session.branches.get(child)
                label = None if branch is None else (branch.name, branch.role)
                twin = session.add(deed, there, token, session.tree.origin(child), own=label)
            waiting.append((child, twin))
    session.do(deed, Hidden((other,)))


def _carry(session: Session, deed: Deed, here: NodeId, there: NodeId) -> None:
    """Take over readings, and marks where there are none."""
    session.share_readings(here, there)
    note, kept = session.notes.get(here, ""), session.notes.get(there, "")
    if note and note != kept:
        session.do(deed, NoteSet(there, kept, f"{kept} / {note}" if kept else note))
    if here in session.bookmarks and there not in session.bookmarks:
        session.do(deed, BookmarkSet(there, before=False, after=True))
    tags = session.tags.get(there, ())
    both = tuple(dict.fromkeys((*tags, *session.tags.get(here, ()))))
    if both != tags:
        session.do(deed, TagsSet(there, tags, both))
