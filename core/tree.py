"""The token tree: immutable nodes in an append-only, columnar store."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

import numpy as np
from numpy.typing import NDArray

from core.tokens import Token, TokenId, text_of

NodeId = NewType("NodeId", int)
ActId = NewType("ActId", int)
ROOT = NodeId(0)
NONE = -1
NodeColumns = tuple[Sequence[int], Sequence[int], Sequence[int], Sequence[int]]
"""Parent, slot of the token, place in ORIGINS, and act: one entry a node, from 1."""

_Ints = NDArray[np.int32]


class Origin(StrEnum):
    """Who put a token where it is."""

    PROMPT = "prompt"
    SAMPLED = "sampled"  # drawn by the model
    GREEDY = "greedy"  # the model's likeliest token
    CHOSEN = "chosen"  # picked by the user among the model's candidates
    INSERTED = "inserted"  # written by the user against the model's will


ORIGINS = tuple(Origin)
"""Their places are the codes in columns and files: append new ones, never reorder."""


@dataclass(frozen=True, slots=True)
class Node:
    """One token at one place in the tree.

    `act` is the action of the user that made it; of a copy that a join put elsewhere, the one that
    made its source.
    """

    id: NodeId
    parent: NodeId
    token: Token
    origin: Origin
    act: ActId


class TokenTree:
    """All nodes ever added, several prompts under one ROOT. Nothing is removed.

    Tokens are interned: equal ones share a slot, so that a node costs a few integers, and tokens of
    different vocabularies may live in one tree.
    """

    def __init__(self) -> None:
        self._parent = array("i", [NONE])
        self._slot = array("i", [NONE])
        self._origin = array("b", [0])
        self._act = array("i", [0])
        self._depth = array("i", [0])
        self._first_child = array("i", [NONE])
        self._last_child = array("i", [NONE])
        self._next_sibling = array("i", [NONE])
        self._tokens: list[Token] = []
        self._slots: dict[Token, int] = {}

    def __len__(self) -> int:
        return len(self._parent) - 1

    def __getitem__(self, node: NodeId) -> Node:
        return Node(node, self.parent(node), self.token(node), self.origin(node), self.act(node))

    def __iter__(self) -> Iterator[Node]:
        return (self[NodeId(number)] for number in range(1, len(self._parent)))

    def __contains__(self, node: object) -> bool:
        return isinstance(node, int) and 0 < node < len(self._parent)

    def ids(self) -> Iterator[NodeId]:
        """Yield the ids of all nodes, oldest first."""
        return (NodeId(number) for number in range(1, len(self._parent)))

    def next_id(self) -> NodeId:
        """Return the id the next added node must carry."""
        return NodeId(len(self._parent))

    def add(self, node: Node) -> None:
        """Append `node` as the last child of its parent."""
        assert node.id == self.next_id(), "ids are given in order of arrival"
        self._append(node.parent, self.slot(node.token), ORIGINS.index(node.origin), node.act)

    def extend(self, tokens: Iterable[Token], columns: NodeColumns) -> None:
        """Fill an empty tree from `tokens` (in slot order) and stored columns.

        Raises ValueError when they do not describe a tree, TypeError or OverflowError when they are
        no integers.
        """
        assert not len(self)
        for token in tokens:
            self.slot(token)
        # array() refuses what is no integer, or too large for one
        parent, slot, origin, act = (np.array(array("i", column), np.int32) for column in columns)
        if not len(parent) == len(slot) == len(origin) == len(act):
            raise ValueError("the columns of nodes are not of the same length")
        number = np.arange(1, len(parent) + 1)
        fits = (parent >= 0) & (parent < number) & (slot >= 0) & (slot < len(self._tokens))
        fits &= (origin >= 0) & (origin < len(ORIGINS))
        if not fits.all():
            raise ValueError(f"node {int(np.argmin(fits)) + 1} does not fit into the tree")
        self._take_columns(parent, slot, origin, act)

    def _take_columns(self, parent: _Ints, slot: _Ints, origin: _Ints, act: _Ints) -> None:
        """Fill an empty tree from columns that fit: passes over arrays, and no loop over nodes."""
        count = len(parent) + 1
        above = np.concatenate(([0], parent)).astype(np.int32)
        depth = np.ones(count, np.int32)
        depth[0] = 0
        jump = above.copy()
        while jump.any():  # each round doubles how far up a node has looked
            depth += depth[jump]
            jump = jump[jump]
        by_parent = np.argsort(parent, kind="stable").astype(np.int32) + 1
        is_first = np.ones(count - 1, np.bool_)
        is_first[1:] = above[by_parent[1:]] != above[by_parent[:-1]]
        is_last = np.append(is_first[1:], True)[: count - 1]
        first, last, following = (np.full(count, NONE, np.int32) for _ in range(3))
        first[above[by_parent[is_first]]] = by_parent[is_first]
        last[above[by_parent[is_last]]] = by_parent[is_last]
        following[by_parent[:-1][~is_last[:-1]]] = by_parent[1:][~is_first[1:]]
        for column, values in (
            (self._parent, parent),
            (self._slot, slot),
            (self._origin, origin.astype(np.int8)),
            (self._act, act),
            (self._depth, depth[1:]),
            (self._first_child, first[1:]),
            (self._last_child, last[1:]),
            (self._next_sibling, following[1:]),
        ):
            column.frombytes(values.tobytes())
        self._first_child[0], self._last_child[0] = int(first[0]), int(last[0])

    def stored_columns(self) -> NodeColumns:
        """Return copies of parent, slot, place in ORIGINS and act, as `extend` takes them."""
        return self._parent[1:], self._slot[1:], self._origin[1:], self._act[1:]

    def columns(self) -> tuple["array[int]", "array[int]", "array[int]", "array[int]"]:
        """Return copies of parent, slot, place in ORIGINS and depth, one entry a node.

        ROOT comes first; it has the slot NONE.
        """
        return self._parent[:], self._slot[:], self._origin[:], self._depth[:]

    def _append(self, parent: int, slot: int, origin: int, act: int) -> None:
        number = len(self._parent)
        self._parent.append(parent)
        self._slot.append(slot)
        self._origin.append(origin)
        self._act.append(act)
        self._depth.append(self._depth[parent] + 1)
        self._first_child.append(NONE)
        self._last_child.append(NONE)
        self._next_sibling.append(NONE)
        elder = self._last_child[parent]
        if elder == NONE:
            self._first_child[parent] = number
        else:
            self._next_sibling[elder] = number
        self._last_child[parent] = number

    @property
    def tokens(self) -> Sequence[Token]:
        """The different tokens in the tree, in slot order."""
        return self._tokens

    def slot(self, token: Token) -> int:
        """Return the place of `token` in `tokens`, giving it one when it is new."""
        slot = self._slots.get(token)
        if slot is None:
            slot = self._slots[token] = len(self._tokens)
            self._tokens.append(token)
        return slot

    def slot_of(self, node: NodeId) -> int:
        """Return the place of the node's token in `tokens`."""
        return self._slot[node]

    def parent(self, node: NodeId) -> NodeId:
        """Return what `node` follows: ROOT for a first token."""
        return NodeId(self._parent[node])

    def token(self, node: NodeId) -> Token:
        """Return the node's token; ROOT has none."""
        assert node > ROOT
        return self._tokens[self._slot[node]]

    def origin(self, node: NodeId) -> Origin:
        """Return who put the node there."""
        return ORIGINS[self._origin[node]]

    def act(self, node: NodeId) -> ActId:
        """Return the action that made the node."""
        return ActId(self._act[node])

    def depth(self, node: NodeId) -> int:
        """Return the number of tokens on the path to `node`: 0 for ROOT."""
        return self._depth[node]

    def children(self, node: NodeId) -> tuple[NodeId, ...]:
        """Return the children of a node, oldest first, hidden ones included."""
        return tuple(self.each_child(node))

    def each_child(self, node: int) -> Iterator[NodeId]:
        """Yield the children of a node, oldest first, hidden ones included."""
        child = self._first_child[node]
        while child != NONE:
            yield NodeId(child)
            child = self._next_sibling[child]

    def subtree(self, node: NodeId) -> Iterator[NodeId]:
        """Yield `node` and all below it, parents before children."""
        waiting = [node]
        while waiting:
            here = waiting.pop()
            yield here
            waiting.extend(self.each_child(here))

    def path_to(self, node: NodeId) -> tuple[NodeId, ...]:
        """Return the nodes from the first token down to `node`."""
        path: list[NodeId] = []
        while node > ROOT:
            path.append(node)
            node = NodeId(self._parent[node])
        path.reverse()
        return tuple(path)

    def ids_to(self, node: NodeId) -> tuple[TokenId, ...]:
        """Return the token ids along the path to `node`: what an engine is asked."""
        return tuple(self.token(step).id for step in self.path_to(node))

    def text_to(self, node: NodeId) -> str:
        """Return the text from the first token to `node`."""
        return text_of([self.token(step) for step in self.path_to(node)])
