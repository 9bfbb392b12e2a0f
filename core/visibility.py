"""Which nodes are shown: hiding a node hides all that follows it."""

from core.tree import ROOT, NodeId, TokenTree


class Visibility:
    """Hidden roots over one tree, and for every node whether any of them is on its path."""

    def __init__(self, tree: TokenTree) -> None:
        self._tree = tree
        self._hidden: set[NodeId] = set()
        self._out_of_sight = bytearray(1)

    def node_added(self, node: NodeId) -> None:
        """Take a new node in: it is seen when its parent is."""
        assert node == len(self._out_of_sight)
        self._out_of_sight.append(self._out_of_sight[self._tree.parent(node)])

    def restore(self, hidden: set[NodeId]) -> None:
        """Take over all nodes of the tree at once, with these roots hidden."""
        self._hidden = set(hidden)
        flags = bytearray(1)
        for number in range(1, len(self._tree) + 1):
            node = NodeId(number)
            flags.append(node in hidden or flags[self._tree.parent(node)])
        self._out_of_sight = flags

    def is_visible(self, node: NodeId) -> bool:
        """Return whether neither `node` nor anything before it is hidden."""
        return not self._out_of_sight[node]

    def children(self, node: NodeId) -> tuple[NodeId, ...]:
        """Return the visible children of `node`, oldest first."""
        return tuple(child for child in self._tree.children(node) if not self._out_of_sight[child])

    def hide(self, root: NodeId) -> None:
        """Put `root` and all below it out of sight."""
        assert root > ROOT
        self._hidden.add(root)
        for node in self._tree.subtree(root):
            self._out_of_sight[node] = 1

    def show(self, root: NodeId) -> None:
        """Bring `root` back, with all below it that is not hidden for a reason of its own."""
        self._hidden.discard(root)
        for node in self._tree.subtree(root):
            self._out_of_sight[node] = (
                node in self._hidden or self._out_of_sight[self._tree.parent(node)]
            )
