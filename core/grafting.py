"""Puts tokens that are in the tree already at other places of it: edits, splices, joins."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.branches import Role
from core.history import BookmarkSet, FoldSet, Hidden, HoistSet, NoteSet, TagsSet
from core.intake import find_child
from core.session import BranchLabel, Deed, Session
from core.streams import chains_of, growth_of, with_chain
from core.tokens import Token
from core.tree import NodeId, Origin


@dataclass(frozen=True, slots=True)
class Run:
    """A token that is to be planted, who puts it there, and the branch that it begins, if any."""

    token: Token
    origin: Origin
    own: BranchLabel | None = None


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
        nodes.append(session.add(deed, here, run.token, run.origin, own=own or run.own))
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

    Both stand after the same tokens, so what a model thinks of one is what it thinks of the other,
    and the act that made one made the other: its model, its noise and its errors are theirs.
    """
    fresh: set[NodeId] = set()
    waiting = [(other, kept)]
    while waiting:
        here, there = waiting.pop()
        _carry(session, deed, here, there)
        for child in session.visibility.children(here):
            twin = _twin(session, there, child)
            if twin is None:
                branch = session.branches.get(child)
                label = None if branch is None else (branch.name, branch.role)
                twin = session.copy(deed, there, child, own=label)
                if there not in fresh:
                    session.came(deed, twin)
                fresh.add(twin)
                _carry_chain(session, child, twin, fresh)
            waiting.append((child, twin))
    session.do(deed, Hidden((other,)))


def _twin(session: Session, parent: NodeId, node: NodeId) -> NodeId | None:
    """Return the child of `parent` that is one with `node`: of its part, if that has one."""
    token, branch = session.tree.token(node), session.branches.get(node)
    if branch is None or branch.role is Role.OTHER:
        return find_child(session, parent, token, frozenset(Origin))
    for child in session.visibility.children(parent):
        own = session.branches.get(child)
        if session.tree.token(child) == token and own is not None and own.role is branch.role:
            return child
    return None


def _carry_chain(session: Session, node: NodeId, copy: NodeId, fresh: set[NodeId]) -> None:
    """Let a copy's act know which noise drew it, where that does not follow from its parent."""
    tree, act = session.tree, session.tree.act(node)
    if act not in session.history:
        return
    made_by = session.history[act].made_by
    if node in chains_of(made_by) or tree.parent(copy) not in fresh:
        growth = growth_of(tree, made_by, node)
        if growth is not None:
            session.tell(act, with_chain(made_by, growth, copy))


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
    if here in session.folded and there not in session.folded:
        session.do(deed, FoldSet(there, before=False, after=True))
    if session.hoisted == here:
        session.do(deed, HoistSet(here, there))
