"""Gives every branch its mark, the same in the tree, the lists and the plots."""

from collections import Counter
from collections.abc import Mapping, Sequence

from core.branches import Branch, Role
from core.tree import NodeId, Origin
from core.workbench import Workbench
from gui.theme import Mark, Theme

LONGEST = 18
"""Letters of a name in a label."""


class BranchMarks:
    """The visible branches, counted by role: the second of a role looks different."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._places: dict[NodeId, tuple[Role, int]] = {}
        self.branches: Mapping[NodeId, Branch] = {}
        self._counts: Counter[Role] = Counter()
        self.forked: Sequence[NodeId] = ()
        """The branches that are no prompts, by first node."""
        self.recount()

    def recount(self) -> None:
        """Count the branches again, in order of creation."""
        if self.branches is self._workbench.branches:
            return
        seen: Counter[Role] = Counter()
        self.branches = self._workbench.branches
        self._places = {}
        forked: list[NodeId] = []
        for first, branch in self.branches.items():
            self._places[first] = branch.role, seen[branch.role]
            if not self.is_prompt(first):
                seen[branch.role] += 1
                forked.append(first)
        self.forked = forked
        self._counts = seen

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
        branch = self.branches.get(NodeId(first))
        if branch is None:
            return ""
        name = branch.name if len(branch.name) <= LONGEST else branch.name[: LONGEST - 1] + "…"
        if branch.role is Role.OTHER or self.is_prompt(first):
            return name
        says_more = self._counts[branch.role] > 1 and branch.name != branch.role.value
        return f"{branch.role} · {name}" if says_more else branch.role.value
