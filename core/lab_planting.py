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
    runs = _places(limbs)
    shared = Counter(place for run in runs for place in run)
    planted: dict[int, NodeId] = {}
    tips: list[NodeId] = []
    land, has_error = ROOT, False
    for limb, run in zip(limbs, runs, strict=True):
        here, has_own = ROOT, False
        for length, (token, place) in enumerate(zip(limb.tokens, run, strict=True), start=1):
            if place in planted:
                here = planted[place]
                continue
            before = here
            if shared[place] > 1 or length <= limb.title:
                here = _prompt(session, deed, here, (token, title))
            else:
                own = None if has_own else (limb.name, limb.role)
                is_grown = length > len(limb.tokens) - limb.grown
                origin = Origin.GREEDY if is_grown else limb.own
                here = session.add(deed, here, token, origin, own=own)
                is_error = limb.role is Role.ERROR and not has_error
                if not has_own and (land == ROOT or is_error):
                    land, has_error = before, has_error or is_error
                has_own = True
            planted[place] = here
        tips.append(here)
    return land if land != ROOT else tips[0], tuple(tips)


def _places(limbs: Sequence[Limb]) -> list[list[int]]:
    """Return a number for each token of each limb: the same where all before it is the same too."""
    known: dict[tuple[int, Token], int] = {}
    runs: list[list[int]] = []
    for limb in limbs:
        here, run = 0, list[int]()
        for token in limb.tokens:
            here = known.setdefault((here, token), len(known) + 1)
            run.append(here)
        runs.append(run)
    return runs


def _prompt(session: Session, deed: Deed, here: NodeId, named: tuple[Token, str]) -> NodeId:
    token, title = named
    twin = find_child(session, here, token, frozenset({Origin.PROMPT}))
    if twin is not None:
        return twin
    begins = session.branches.starts_branch(here, Origin.PROMPT)
    label = (title, Role.BASE) if begins else None
    return session.add(deed, here, token, Origin.PROMPT, own=label)
