"""Brings what is out of sight back into it, as the branches that it was."""

from collections.abc import Iterable, Iterator

from core.branches import Branch, Role, name_of_node
from core.history import ActState, BranchSet, Hidden, Shown
from core.session import Deed, Session
from core.tree import NodeId, Origin


def hidden_after(session: Session, node: NodeId) -> tuple[NodeId, ...]:
    """Return the tokens right after `node` that are hidden, oldest first.

    What was undone comes only when nothing is left that was hidden. Drafts that the model withdrew
    while it wrote are not among them: nobody hid those.
    """
    tree, sight = session.tree, session.visibility
    hidden = [child for child in tree.each_child(node) if sight.hides(child)]
    makers = {act for act in map(tree.act, hidden) if act in session.history}
    withdrawn = {
        root
        for act in makers
        for effect in session.history[act].effects
        if isinstance(effect, Hidden)
        for root in effect.roots
        if tree.act(root) == act
    }
    seen = [child for child in hidden if child not in withdrawn]
    return tuple(child for child in seen if not was_undone(session, child)) or tuple(seen)


def was_undone(session: Session, node: NodeId) -> bool:
    """Return whether the act that made a node does not hold any more."""
    act = session.tree.act(node)
    return act in session.history and session.history[act].state is not ActState.DONE


def bring_back(session: Session, deed: Deed, nodes: Iterable[NodeId]) -> None:
    """Show `nodes`, whatever hides them, as part of `deed`; nothing happens where nothing does.

    The branches of acts that were undone are made again; what stands beside a branch that went on
    without it starts one.
    """
    lost: dict[NodeId, Branch] | None = None
    tree, sight, branches = session.tree, session.visibility, session.branches
    for node in nodes:
        for root in (step for step in tree.path_to(node) if sight.hides(step)):
            lost = _lost_branches(session) if lost is None else lost
            for below in _hidden_by(session, root):
                branch = branches.get(below) or lost.get(below)
                if below == root and branch is None:
                    origin = tree.origin(root)
                    if branches.starts_branch(tree.parent(root), origin):
                        role = Role.BASE if origin is Origin.PROMPT else Role.OTHER
                        branch = Branch(root, name_of_node(tree, root), role)
                if branch is not None and branches.get(below) is None:
                    session.do(deed, BranchSet(below, None, branch))
            session.do(deed, Shown((root,)))


def _lost_branches(session: Session) -> dict[NodeId, Branch]:
    """Return the branches that acts made which do not hold any more, as they were made."""
    lost: dict[NodeId, Branch] = {}
    for act in session.history:
        if act.state is not ActState.DONE:
            for effect in act.effects:
                match effect:
                    case BranchSet(first, None, Branch() as made):
                        lost.setdefault(first, made)
                    case _:
                        pass
    return lost


def _hidden_by(session: Session, root: NodeId) -> Iterator[NodeId]:
    """Yield what comes into sight when `root` does: what is hidden for its own sake stays away."""
    waiting = [root]
    while waiting:
        here = waiting.pop()
        yield here
        children = session.tree.each_child(here)
        waiting.extend(child for child in children if not session.visibility.hides(child))
