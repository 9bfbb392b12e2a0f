"""Branches: the named chains of nodes that a user follows and compares."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from core.tokens import Token, text_of
from core.tree import ROOT, NodeId, Origin, TokenTree
from core.visibility import Visibility


class Role(StrEnum):
    """What a branch is for in a comparison: the names of design's fork and its controls."""

    BASE = "base"
    CLEAN = "clean"
    ERROR = "error"
    MENTION = "mention"
    CONTROL = "control"
    PLACEBO = "placebo"
    MUTE = "mute"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Branch:
    """A chain that starts at `first`.

    At every node it follows the oldest visible child that is not itself the first of a branch.
    """

    first: NodeId
    name: str
    role: Role


class Branches:
    """The branches of a tree, by first node, hidden ones included."""

    def __init__(self, tree: TokenTree, visibility: Visibility) -> None:
        self._tree = tree
        self._visibility = visibility
        self._all: dict[NodeId, Branch] = {}
        self._seen: Mapping[NodeId, Branch] = MappingProxyType({})
        self._seen_in: int | None = None  # the version of the visibility that it is of

    def get(self, first: NodeId) -> Branch | None:
        """Return the branch that starts at `first`, seen or not."""
        return self._all.get(first)

    def put(self, first: NodeId, branch: Branch | None) -> None:
        """Set or forget the branch that starts at `first`."""
        if branch is None:
            self._all.pop(first, None)
        else:
            self._all[first] = branch
        self._seen_in = None

    def visible(self) -> Mapping[NodeId, Branch]:
        """Return the visible branches in order of creation: the same object until they change."""
        if self._seen_in != self._visibility.version:
            self._seen_in = self._visibility.version
            seen = self._visibility.is_visible
            self._seen = MappingProxyType(
                {first: self._all[first] for first in sorted(self._all) if seen(first)}
            )
        return self._seen

    def next_on_branch(self, node: NodeId) -> NodeId | None:
        """Return the node that continues the branch after `node`."""
        if node == ROOT:
            return None
        for child in self._tree.each_child(node):
            if child not in self._all and self._visibility.is_visible(child):
                return child
        return None

    def nodes_of(self, first: NodeId) -> tuple[NodeId, ...]:
        """Return the nodes of the branch that starts at `first`, first to tip."""
        return tuple(self.walk(first))

    def tip_of(self, first: NodeId) -> NodeId:
        """Return the last node of the branch that starts at `first`."""
        tip = first
        for node in self.walk(first):
            tip = node
        return tip

    def branch_of(self, node: NodeId) -> Branch | None:
        """Return the branch that `node` is on; ROOT is on none."""
        while node != ROOT:
            branch = self._all.get(node)
            if branch is not None:
                return branch
            node = self._tree.parent(node)
        return None

    def starts_branch(self, parent: NodeId, origin: Origin) -> bool:
        """Return whether a new node after `parent` must start a branch of its own.

        So it is for a first token, for what first follows a prompt, and at a fork.
        """
        if parent == ROOT or self.next_on_branch(parent) is not None:
            return True
        return self._tree.origin(parent) is Origin.PROMPT and origin is not Origin.PROMPT

    def walk(self, first: NodeId) -> Iterator[NodeId]:
        """Yield the nodes of the branch that starts at `first`, first to tip."""
        node: NodeId | None = first
        while node is not None:
            yield node
            node = self.next_on_branch(node)


def head_length(tree: TokenTree, nodes: Sequence[NodeId]) -> int:
    """Return how many nodes at the start of a branch were put there by hand in one act; least 1.

    After these the branches of a fork are alike, so that forcing begins there.
    """
    by_hand = {Origin.INSERTED, Origin.CHOSEN}
    length = 0
    for node in nodes:
        if tree.origin(node) not in by_hand or tree.act(node) != tree.act(nodes[0]):
            break
        length += 1
    return max(1, length)


HEADS = "heads"
"""Under this name an act's `made_by` holds the ids that begin branches it planted whole."""


def heads_made_by(heads: Sequence[Sequence[int]]) -> str:
    """Write what an act remembers of branches that it plants with all that followed them."""
    return json.dumps({HEADS: [list(ids) for ids in heads]})


def head_made_by(made_by: str, ids: Sequence[int]) -> int | None:
    """Return how many of a branch's `ids` its act remembers as its head; None for no word of it."""
    try:
        told: Any = json.loads(made_by) if made_by else {}
        heads: list[list[int]] = told.get(HEADS, [])
        fitting = [len(head) for head in heads if head and list(ids[: len(head)]) == head]
    except (ValueError, TypeError, AttributeError):
        return None
    return max(fitting, default=None)


def name_after(text: str) -> str:
    """Return a short name for what begins with `text`."""
    bare = " ".join(text.split())
    if not bare:
        return repr(text)
    return bare if len(bare) <= 32 else bare[:31].rstrip() + "…"


def name_of_node(tree: TokenTree, node: NodeId) -> str:
    """Return the name a branch gets from its first token."""
    return name_of_token(tree.token(node))


def name_of_token(token: Token) -> str:
    """Return the name of a branch that starts with `token`: its bytes where they are no text."""
    text = text_of([token])
    broken = "\N{REPLACEMENT CHARACTER}" in text
    return f"⟨{token.piece.hex(' ').upper()}⟩" if broken else name_after(text)
