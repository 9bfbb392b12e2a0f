"""Branches: the named chains of nodes that a user follows and compares."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import takewhile
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

    def end_of(self, node: NodeId) -> NodeId:
        """Return where the text with `node` ends: branches that follow alone belong to it."""
        end = self.tip_of(node)
        while len(following := self._visible_after(end)) == 1:
            end = self.tip_of(following[0])
        return end

    def _visible_after(self, node: NodeId) -> list[NodeId]:
        seen = self._visibility.is_visible
        return [child for child in self._tree.each_child(node) if seen(child)]

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


def head_by_hand(tree: TokenTree, nodes: Iterator[NodeId]) -> tuple[NodeId, ...]:
    """Return the nodes at the start of a branch that were put there by hand in one act; least 1.

    After these the branches of a fork are alike, so that forcing begins there.
    """
    by_hand = {Origin.INSERTED, Origin.CHOSEN}
    head = [next(nodes)]
    if tree.origin(head[0]) in by_hand:
        act = tree.act(head[0])
        head += takewhile(lambda one: tree.origin(one) in by_hand and tree.act(one) == act, nodes)
    return tuple(head)


HEADS = "heads"
"""Under this name an act's `made_by` holds the ids that begin branches it planted whole."""


ACTS_KEPT = 256
"""Every branch of an act asks for the act's heads: each act's are read once."""


def heads_to_json(heads: Sequence[Sequence[int]]) -> dict[str, Any]:
    """Write what an act remembers of branches that it plants with all that followed them."""
    return {HEADS: [list(ids) for ids in heads]}


@lru_cache(maxsize=ACTS_KEPT)
def heads_of(made_by: str) -> tuple[tuple[int, ...], ...]:
    """Return the heads that an act remembers; none where another version wrote something else."""
    if f'"{HEADS}"' not in made_by:
        return ()
    try:
        told: Any = json.loads(made_by).get(HEADS, [])
        return tuple(tuple(int(number) for number in head) for head in told if head)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return ()


_BLANK = {" ": "␣", "\n": "⏎", "\t": "⇥"}


def name_after(text: str) -> str:
    """Return a short name for what begins with `text`."""
    bare = " ".join(text.split())
    if not bare:
        return "".join(_BLANK.get(letter, letter) for letter in text) or "⟨⟩"
    return bare if len(bare) <= 32 else bare[:31].rstrip() + "…"


def name_of_node(tree: TokenTree, node: NodeId) -> str:
    """Return the name a branch gets from its first token."""
    return name_of_token(tree.token(node))


def name_of_token(token: Token) -> str:
    """Return the name of a branch that starts with `token`: its bytes where they are no text."""
    text = text_of([token])
    broken = "\N{REPLACEMENT CHARACTER}" in text
    return f"⟨{token.piece.hex(' ').upper()}⟩" if broken else name_after(text)
