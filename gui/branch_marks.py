"""Gives every branch its mark, the same in the tree, the lists and the plots."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from weakref import WeakKeyDictionary

from core.branches import Branch, Role
from core.tree import NodeId, Origin, TokenTree
from core.workbench import Workbench
from gui.theme import Mark, Theme

LONGEST = 18
"""Letters of a name in a label."""

_NUMBERED: "WeakKeyDictionary[Workbench, tuple[TokenTree, dict[NodeId, tuple[Role, int]]]]" = (
    WeakKeyDictionary()
)
"""What all views of a session share: which of its role each branch is that was seen last."""


def _others(taken: set[int]) -> Iterator[int]:
    """Yield the numbers from 0 that are not taken."""
    return (nth for nth in count() if nth not in taken)


class BranchMarks:
    """The visible branches, counted by role: the second of a role looks different.

    While a branch is seen it keeps its looks, whatever comes and goes beside it.
    """

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._places: dict[NodeId, tuple[Role, int]] = {}
        self.branches: Mapping[NodeId, Branch] = {}
        self._counts: Counter[Role] = Counter()
        self._labels: Counter[str] | None = None  # how many branches are called so
        self.forked: Sequence[NodeId] = ()
        """The branches that are no prompts, by first node."""
        self.recount()

    def recount(self) -> None:
        """Count the branches again, in order of creation."""
        if self.branches is self._workbench.branches:
            return
        self._labels = None
        self.branches = self._workbench.branches
        self.forked = [first for first in self.branches if not self.is_prompt(first)]
        self._counts = Counter(self.branches[first].role for first in self.forked)
        self._places = {first: (branch.role, 0) for first, branch in self.branches.items()}
        self._places |= self._numbered()

    def _numbered(self) -> dict[NodeId, tuple[Role, int]]:
        """Return which of its role each branch is: the lowest free numbers are for new ones."""
        tree = self._workbench.tree
        kept = _NUMBERED.get(self._workbench)
        found: dict[NodeId, tuple[Role, int]] = {}
        for first in self.forked:
            number = kept[1].get(first) if kept is not None and kept[0] is tree else None
            if number is not None and number[0] is self.branches[first].role:
                found[first] = number
        free = {role: _others({nth for one, nth in found.values() if one is role}) for role in Role}
        for first in self.forked:
            if first not in found:
                role = self.branches[first].role
                found[first] = role, next(free[role])
        _NUMBERED[self._workbench] = tree, found
        return found

    def mark(self, first: int, theme: Theme) -> Mark:
        """Return the mark of the branch that begins at `first`."""
        role, nth = self._places.get(NodeId(first), (Role.BASE, 0))
        return theme.mark(role, nth)

    def starts(self, node: int) -> bool:
        """Return whether a branch other than a prompt begins at `node`."""
        branch = self.branches.get(NodeId(node))
        return branch is not None and not self.is_prompt(branch.first)

    def is_prompt(self, first: int) -> bool:
        """Return whether a branch is a prompt: the base that others are held against is none."""
        branch = self.branches.get(NodeId(first))
        if branch is None or branch.role is not Role.BASE:
            return False
        return self._workbench.tree.origin(branch.first) is Origin.PROMPT

    def label(self, first: int) -> str:
        """Return what a branch is called where it has its mark: its role, where that is enough."""
        return self._label(first, LONGEST)

    def whole_label(self, first: int) -> str:
        """Return what a branch is called in tables: whole, and as no other one is."""
        label = self._label(first, None)
        if self._labels is None:
            self._labels = Counter(self._label(other, None) for other in self.branches)
        return f"{label} #{first}" if self._labels[label] > 1 else label

    def _label(self, first: int, longest: int | None) -> str:
        branch = self.branches.get(NodeId(first))
        if branch is None:
            return ""
        name = branch.name
        if longest is not None and len(name) > longest:
            name = name[: longest - 1] + "…"
        if branch.role is Role.OTHER or self.is_prompt(first):
            return name
        says_more = self._counts[branch.role] > 1 and branch.name != branch.role.value
        return f"{branch.role} · {name}" if says_more else branch.role.value
