"""Which nodes are shown: hiding a node hides all that follows it."""

import numpy as np

from core.tree import ROOT, NodeId, TokenTree


class Visibility:
    """Hidden roots over one tree, and for every node whether any of them is on its path."""

    def __init__(self, tree: TokenTree) -> None:
        self._tree = tree
        self._hidden: set[NodeId] = set()
        self._out_of_sight = bytearray(1)
        self.version = 0
        """Counts up when nodes that were there are hidden or shown."""

    def node_added(self, node: NodeId) -> None:
        """Take a new node in: it is seen when its parent is."""
        assert node == len(self._out_of_sight)
        self._out_of_sight.append(self._out_of_sight[self._tree.parent(node)])

    def restore(self, hidden: set[NodeId]) -> None:
        """Take over all nodes of the tree at once, with these roots hidden."""
        self._hidden = set(hidden)
        self.version += 1
        flags = np.zeros(len(self._tree) + 1, np.bool_)
        if hidden:
            flags[list(hidden)] = True
            jump = np.array(self._tree.columns()[0], np.int32)
            jump[0] = ROOT
            while jump.any():  # each round doubles how far up a node has looked
                flags |= flags[jump]
                jump = jump[jump]
        self._out_of_sight = bytearray(flags.tobytes())

    def hidden_flags(self) -> bytes:
        """Return for every node, ROOT first, 1 where it is out of sight and 0 where it is seen."""
        return bytes(self._out_of_sight)

    def is_visible(self, node: NodeId) -> bool:
        """Return whether neither `node` nor anything before it is hidden."""
        return not self._out_of_sight[node]

    def hides(self, node: NodeId) -> bool:
        """Return whether `node` is hidden itself, and not only what is before it."""
        return node in self._hidden

    def children(self, node: NodeId) -> tuple[NodeId, ...]:
        """Return the visible children of `node`, oldest first."""
        hidden = self._out_of_sight
        return tuple(child for child in self._tree.each_child(node) if not hidden[child])

    def hide(self, root: NodeId) -> None:
        """Put `root` and all below it out of sight."""
        assert root > ROOT
        self._hidden.add(root)
        self.version += 1
        for node in self._tree.subtree(root):
            self._out_of_sight[node] = 1

    def show(self, root: NodeId) -> None:
        """Bring `root` back, with all below it that is not hidden for a reason of its own."""
        self._hidden.discard(root)
        self.version += 1
        for node in self._tree.subtree(root):
            self._out_of_sight[node] = (
                node in self._hidden or self._out_of_sight[self._tree.parent(node)]
            )
