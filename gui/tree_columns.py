"""What is known of every node of a tree, as arrays: rows are node ids, row 0 is the root."""

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.tokens import Token
from core.tree import NodeId, Origin, TokenTree
from core.workbench import Workbench
from gui.in_turns import InParts
from gui.token_text import show_token
from gui.tree_layout import owners
from gui.tree_places import PADDING

ORIGINS = tuple(Origin)
FEW = 256
"""Tokens that are made visible and measured without a pause."""

UNKNOWN = np.float32(np.nan)

_FIELDS: tuple[tuple[str, type[Any]], ...] = (
    ("parent", np.int32),
    ("depth", np.int32),
    ("hidden", np.bool_),
    ("probability", np.float32),
    ("entropy", np.float32),
    ("rank", np.int32),
    ("odd", np.bool_),
    ("origin", np.int8),
    ("text", np.int32),
    ("width", np.float32),
    ("exact", np.bool_),
    ("joins", np.bool_),
    ("glued", np.bool_),
    ("special", np.bool_),
    ("ends_word", np.bool_),
)


class TreeColumns:
    """Follows a workbench when it is told to. Row 0, the root, holds nothing.

    `width` is that of a text with its padding; a node `joins` the one before it into a word, and is
    `glued` to it where both make one sign; it is `odd` where its text would be split otherwise.
    """

    def __init__(self, workbench: Workbench, measure: Callable[[str], float]) -> None:
        self._workbench = workbench
        self._measure = measure
        self._tree: TokenTree | None = None
        self._texts: list[str] = []
        self._text_numbers: dict[str, int] = {}
        self._text_widths: list[float] = []
        self._pending: dict[int, bytes] = {}
        self._gluing: set[int] = set()
        self._count = 1
        self._columns: dict[str, NDArray[Any]] = {}

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, field: str) -> NDArray[Any]:
        return self._columns[field][: self._count]

    def reset(self) -> bool:
        """Take everything over again; return whether the tree stands as it stood.

        What a node is never changes: in the same tree only sight and readings are asked for.
        """
        tree = self._workbench.tree
        stays = tree is self._tree and len(tree) + 1 == self._count
        if not stays:
            self._tree = tree
            self._count = len(tree) + 1
            room = max(self._count, 64)
            self._columns = {name: np.zeros(room, kind) for name, kind in _FIELDS}
            self._pending = {}
            self._fill()
        hidden = np.frombuffer(self._workbench.hidden_flags(), np.bool_)
        stays = stays and np.array_equal(hidden[1:], self["hidden"][1:])
        self["hidden"][1:] = hidden[1:]
        for name, value in (("probability", UNKNOWN), ("entropy", UNKNOWN), ("rank", 0)):
            self._columns[name][:] = value
        self["exact"][1:] = True
        self["odd"][:] = False
        self._read_all()
        return stays

    def expect(self, tokens: Sequence[Token]) -> InParts[None]:
        """Find out what tokens look like that will soon be in the tree: half of what takes long."""
        for start in range(0, len(tokens), FEW):
            self._numbers([show_token(token).text for token in tokens[start : start + FEW]])
            yield

    def remeasure(self, measure: Callable[[str], float]) -> None:
        """Measure all texts with another font."""
        self._measure = measure
        self._text_widths = [self._measure(text) for text in self._texts]
        if self._texts:
            self["width"][1:] = np.array(self._text_widths)[self["text"][1:]] + 2 * PADDING

    def text(self, node: int) -> str:
        """Return what a node's own token looks like."""
        return self._texts[int(self._columns["text"][node])]

    def text_of_parts(self, parts: list[int]) -> str:
        """Return what the tokens of a word look like together."""
        if len(parts) == 1:
            return self.text(parts[0])
        tokens = [self._workbench.tree.token(NodeId(part)) for part in parts]
        whole = replace(tokens[0], piece=b"".join(token.piece for token in tokens))
        return show_token(whole, self._pending.get(int(self["parent"][parts[0]]), b"")).text

    def mark_odd(self, nodes: Iterable[int]) -> None:
        """Mark tokens that their own text would not be split into."""
        self._columns["odd"][list(nodes)] = True

    def look_again(self, roots: tuple[NodeId, ...]) -> None:
        """Ask again of all nodes at and below `roots` whether they are visible."""
        if roots:
            is_root = np.zeros(self._count, np.bool_)
            is_root[list(roots)] = True
            for node in np.flatnonzero(owners(self["parent"], is_root)).tolist():
                self._columns["hidden"][node] = not self._workbench.is_visible(NodeId(node))

    def append(self, node: NodeId) -> None:
        """Take a new node over."""
        tree = self._workbench.tree
        if node >= len(self._columns["parent"]):
            for name, column in self._columns.items():
                wider = np.zeros(2 * len(column), column.dtype)
                wider[: len(column)] = column
                if name in {"probability", "entropy"}:
                    wider[len(column) :] = UNKNOWN
                self._columns[name] = wider
        parent, token, origin = tree.parent(node), tree.token(node), tree.origin(node)
        columns = self._columns
        columns["parent"][node] = parent
        columns["hidden"][node] = not self._workbench.is_visible(node)
        columns["depth"][node] = tree.depth(node)
        columns["origin"][node] = ORIGINS.index(origin)
        columns["exact"][node] = True
        columns["special"][node] = token.special
        self._count = max(self._count, node + 1)
        self._show(node)

    def read(self, nodes: Iterable[NodeId], placed: int) -> bool:
        """Take readings over; return whether one of the first `placed` nodes got a probability."""
        is_news = False
        readings = self._workbench.readings
        columns = self._columns
        for node in nodes:
            row = readings.row(node)
            if row is None:
                continue
            _, logprob, rank, _, _, entropy, exact = row
            columns["entropy"][node] = math.nan if entropy is None else entropy
            columns["rank"][node] = rank or 0
            if logprob is not None:
                is_news |= node < placed and math.isnan(columns["probability"][node])
                columns["probability"][node] = math.exp(logprob)
                columns["exact"][node] = bool(exact)
        return is_news

    def _fill(self) -> None:
        """Take over all nodes at once: what a token looks like is found once for each token."""
        tree, columns = self._workbench.tree, self._columns
        rows = slice(1, self._count)
        parent, slot, origin, depth = (np.array(one, np.int32)[rows] for one in tree.columns())
        columns["parent"][rows], columns["depth"][rows] = parent, depth
        columns["origin"][rows] = origin
        used = np.flatnonzero(np.bincount(slot))
        which = np.zeros(len(tree.tokens), np.int32)
        which[used] = np.arange(len(used))
        which = which[slot]
        numbers: list[int] = used.tolist()
        tokens = [tree.tokens[number] for number in numbers]
        shown = [show_token(token) for token in tokens]
        texts = np.array(self._numbers([one.text for one in shown]), np.int32)
        columns["text"][rows] = texts[which]
        columns["width"][rows] = np.array(self._text_widths)[columns["text"][rows]] + 2 * PADDING
        columns["special"][rows] = np.array([token.special for token in tokens], np.bool_)[which]
        columns["ends_word"][rows] = np.array([one.ends_word for one in shown], np.bool_)[which]
        opens = np.array([one.opens_word for one in shown], np.bool_)[which]
        columns["joins"][rows] = opens & columns["ends_word"][parent]
        glues, onwards = (
            np.array([getattr(one, name) for one in shown], np.bool_)[which]
            for name in ("glues", "glues_next")
        )
        glues_next = np.concatenate(([False], onwards))
        columns["glued"][rows] = glues | glues_next[parent]
        self._gluing = set(np.flatnonzero(glues_next).tolist())
        # a character that is split over tokens looks different with what comes before it
        splits = np.array([bool(one.pending) for one in shown], np.bool_)[which]
        waiting: list[int] = (np.flatnonzero(splits) + 1).tolist()
        for node in waiting:
            self._pending[node] = shown[int(which[node - 1])].pending
        while waiting:
            node = heappop(waiting)
            for child in tree.children(NodeId(node)):
                self._show(child)
                heappush(waiting, child)

    def _read_all(self) -> None:
        known, columns = self._workbench.readings.columns(), self._columns
        rows = known.node
        columns["entropy"][rows] = known.entropy
        columns["rank"][rows] = np.nan_to_num(known.rank)
        columns["probability"][rows] = np.exp(known.logprob)
        has_own = ~np.isnan(known.logprob)
        columns["exact"][rows[has_own]] = known.exact[has_own]

    def _show(self, node: NodeId) -> None:
        """Find out what a node looks like after the one before it."""
        tree, columns = self._workbench.tree, self._columns
        parent = tree.parent(node)
        shown = show_token(tree.token(node), self._pending.get(parent, b""))
        number = self._number(shown.text)
        columns["text"][node] = number
        columns["width"][node] = self._text_widths[number] + 2 * PADDING
        columns["ends_word"][node] = shown.ends_word
        columns["joins"][node] = bool(columns["ends_word"][parent]) and shown.opens_word
        columns["glued"][node] = shown.glues or parent in self._gluing
        self._gluing.discard(node)
        if shown.glues_next:
            self._gluing.add(node)
        self._pending.pop(node, None)
        if shown.pending:
            self._pending[node] = shown.pending

    def _number(self, text: str) -> int:
        return self._numbers([text])[0]

    def _numbers(self, texts: list[str]) -> list[int]:
        """Return the numbers of texts; those that are new are measured."""
        known = self._text_numbers
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        known.update(zip(fresh, itertools.count(len(self._texts))))
        self._texts += fresh
        self._text_widths += map(self._measure, fresh)
        return [known[text] for text in texts]
