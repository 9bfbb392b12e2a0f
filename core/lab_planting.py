"""Plants the branches of an item as one fork under the root: what they share is there once."""

from collections import Counter
from collections.abc import Sequence

from core.branches import Role
from core.intake import find_child
from core.lab_products import Limb
from core.session import Deed, Session
from core.tokens import Token
from core.tree import ROOT, NodeId, Origin


def plant_limbs(
    session: Session, deed: Deed, limbs: Sequence[Limb], title: str
) -> tuple[NodeId, tuple[NodeId, ...]]:
    """Plant branches; return the node at which to land and the tips.

    What two branches or more begin with is a prompt, named `title` where it begins; what is a
    branch's own bears its name. The place to land is the fork before the first error.
    """
    shared = Counter(
        tuple(limb.tokens[:length]) for limb in limbs for length in range(1, len(limb.tokens) + 1)
    )
    planted: dict[tuple[Token, ...], NodeId] = {}
    tips: list[NodeId] = []
    land, has_error = ROOT, False
    for limb in limbs:
        here, has_own = ROOT, False
        for length in range(1, len(limb.tokens) + 1):
            path = limb.tokens[:length]
            if path in planted:
                here = planted[path]
                continue
            before = here
            if shared[path] > 1 or length <= limb.title:
                here = _prompt(session, deed, here, (path[-1], title))
            else:
                own = None if has_own else (limb.name, limb.role)
                is_grown = length > len(limb.tokens) - limb.grown
                origin = Origin.GREEDY if is_grown else limb.own
                here = session.add(deed, here, path[-1], origin, own=own)
                is_error = limb.role is Role.ERROR and not has_error
                if not has_own and (land == ROOT or is_error):
                    land, has_error = before, has_error or is_error
                has_own = True
            planted[path] = here
        tips.append(here)
    return land if land != ROOT else tips[0], tuple(tips)


def _prompt(session: Session, deed: Deed, here: NodeId, named: tuple[Token, str]) -> NodeId:
    token, title = named
    twin = find_child(session, here, token, frozenset({Origin.PROMPT}))
    if twin is not None:
        return twin
    begins = session.branches.starts_branch(here, Origin.PROMPT)
    label = (title, Role.BASE) if begins else None
    return session.add(deed, here, token, Origin.PROMPT, own=label)
