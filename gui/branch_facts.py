"""What branches are found and ordered by, found out once and kept until it changes."""

from collections.abc import Mapping, Sequence

from core.branches import Branch
from core.tokens import text_of
from core.tree import NodeId
from core.workbench import Change, Workbench


class BranchFacts:
    """Answers for one branch at a time; the first answer costs a walk along the branch."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._words: dict[NodeId, str] = {}
        self._openings: dict[NodeId, float | None] = {}
        self._means: dict[NodeId, float | None] = {}
        self._seen: Mapping[NodeId, Branch] = workbench.branches
        self.walked = 0
        """Counts the nodes that were looked at for answers."""

    def take(self, change: Change) -> None:
        """Forget what a change may have altered."""
        bench, before = self._workbench, self._seen
        self._seen = bench.branches
        if change.reset or change.hidden or change.shown or change.notes:
            self._forget_all()
            return
        if change.branches and before is not self._seen:
            fresh = set(change.added)
            others = {n: one for n, one in self._seen.items() if n not in fresh}
            if others != before:  # one was renamed, or began within another
                self._forget_all()
                return
        if self._words or self._openings or self._means:
            for node in (*change.added, *change.read):
                branch = bench.branch_of(node)
                if branch is not None:
                    self._forget(branch.first)

    def words(self, branch: Branch) -> str:
        """Return a branch's name, role, text, tags and error, in small letters."""
        if branch.first not in self._words:
            nodes = self._walk(branch.first)
            self._words[branch.first] = words_of(self._workbench, branch, nodes)
        return self._words[branch.first]

    def opening_bits(self, first: NodeId) -> float | None:
        """Return the surprise in bits of what was put in at the start, None if not read."""
        if first not in self._openings:
            head = self._workbench.head_nodes(first)
            self.walked += len(head)
            known = self._bits(head)
            self._openings[first] = sum(known) if known and len(known) == len(head) else None
        return self._openings[first]

    def mean_bits(self, first: NodeId) -> float | None:
        """Return the mean surprise of a branch's tokens that were read, in bits, or None."""
        if first not in self._means:
            known = self._bits(self._walk(first))
            self._means[first] = sum(known) / len(known) if known else None
        return self._means[first]

    def _walk(self, first: NodeId) -> tuple[NodeId, ...]:
        nodes = self._workbench.nodes_of(first)
        self.walked += len(nodes)
        return nodes

    def _bits(self, nodes: Sequence[NodeId]) -> list[float]:
        readings = self._workbench.readings
        known = (readings.surprise(node) for node in nodes)
        return [bits for bits in known if bits is not None]

    def _forget(self, first: NodeId) -> None:
        for known in (self._words, self._openings, self._means):
            known.pop(first, None)

    def _forget_all(self) -> None:
        for known in (self._words, self._openings, self._means):
            known.clear()


def words_of(bench: Workbench, branch: Branch, nodes: Sequence[NodeId]) -> str:
    """Return a branch's name, role, text, tags and error, in small letters."""
    error, tree, tags = bench.error_of(branch.first), bench.tree, bench.tags
    parts = [branch.name, branch.role.value, text_of([tree.token(node) for node in nodes])]
    parts += [tag for node in nodes for tag in tags.get(node, ())] if tags else []
    parts += [error.title] if error is not None else []
    return "\n".join(parts).lower()
