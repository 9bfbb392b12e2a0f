"""Which nodes stand after tokens of one vocabulary only."""

from core.tokens import Vocabulary
from core.tree import ROOT, NodeId, TokenTree


class Spoken:
    """Looks at each node once, and at new ones when they are asked for.

    Models with different vocabularies may share a node whose token, and all before it, both have.
    """

    def __init__(self, tree: TokenTree, vocabulary: Vocabulary) -> None:
        self.tree = tree
        self._vocabulary = vocabulary
        self._fits: list[bool] = []  # by slot
        self._known: dict[NodeId, bool] = {ROOT: True}

    def holds(self, node: NodeId) -> bool:
        """Return whether `node` and all before it are tokens of the vocabulary."""
        unknown: list[NodeId] = []
        while node not in self._known:
            unknown.append(node)
            node = self.tree.parent(node)
        spoken = self._known[node]
        for step in reversed(unknown):
            spoken = spoken and self._is_ours(self.tree.slot_of(step))
            self._known[step] = spoken
        return spoken

    def holds_all(self) -> bool:
        """Return whether every token in the tree is the vocabulary's, hidden nodes included."""
        last = len(self.tree.tokens) - 1
        return last < 0 or (self._is_ours(last) and all(self._fits))

    def _is_ours(self, slot: int) -> bool:
        for token in self.tree.tokens[len(self._fits) : slot + 1]:
            self._fits.append(self._vocabulary.has(token))
        return self._fits[slot]
