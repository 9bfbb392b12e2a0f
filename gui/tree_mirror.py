"""Keeps the tree as arrays, the form in which it is laid out and painted."""

import math
from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.tree import NodeId, Origin
from core.workbench import Change, Workbench
from gui.token_text import show_token
from gui.tree_growth import grow, hide_newest
from gui.tree_layout import column_widths, lay_out, owners
from gui.tree_places import PADDING, WIDTHS, Placed, measured

ORIGINS = tuple(Origin)
UNKNOWN = np.float32(np.nan)
FEW = 64
"""Up to so many new nodes are placed one by one; beyond, the layout is made anew."""


_FIELDS: tuple[tuple[str, type[Any]], ...] = (
    ("parent", np.int32),
    ("depth", np.int32),
    ("hidden", np.bool_),
    ("probability", np.float32),
    ("origin", np.int8),
    ("text", np.int32),
    ("width", np.float32),
    ("exact", np.bool_),
    ("joins", np.bool_),
    ("special", np.bool_),
    ("ends_word", np.bool_),
)


class TreeMirror:
    """Follows a workbench: rows are node ids, row 0 is the root and holds nothing."""

    def __init__(self, workbench: Workbench, measure: Callable[[str], float]) -> None:
        self._workbench = workbench
        self._measure = measure
        self._texts: list[str] = []
        self._text_numbers: dict[str, int] = {}
        self._text_widths: list[float] = []
        self._pending: dict[int, bytes] = {}
        self._placed: Placed | None = None
        self._owner: NDArray[np.int32] | None = None
        self._owning: set[NodeId] = set()
        self.version = 0
        self._count = 1
        self._columns: dict[str, NDArray[Any]] = {}
        self.reset()

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, field: str) -> NDArray[Any]:
        return self._columns[field][: self._count]

    def reset(self) -> None:
        """Read the whole tree again."""
        total = len(self._workbench.tree) + 1
        self._columns = {name: np.zeros(max(total, 64), kind) for name, kind in _FIELDS}
        self._columns["probability"][:] = UNKNOWN
        self._count = 1
        self._texts, self._text_numbers, self._text_widths = [], {}, []
        self._pending = {}
        self._count = total
        self._fill()
        self._read_all()
        self._placed = self._owner = None

    def take(self, change: Change) -> None:
        """Bring the arrays up to date."""
        if change.reset or change.added or change.read or change.hidden or change.shown:
            self.version += 1
        if change.reset:
            self.reset()
            return
        for node in change.added:
            if node >= self._count:
                self._append(node)
        self._look_again((*change.hidden, *change.shown))
        self._read((*change.added, *change.read))
        if change.hidden or change.shown or len(change.added) > FEW:
            self._placed = self._owner = None
        else:
            self._grow(change.added, branches_changed=change.branches)

    def remeasure(self, measure: Callable[[str], float]) -> None:
        """Measure all texts with another font."""
        self._measure = measure
        self._text_widths = [self._measure(text) for text in self._texts]
        if self._texts:
            self["width"][1:] = np.array(self._text_widths)[self["text"][1:]] + 2 * PADDING
        self._placed = None

    def text(self, node: int) -> str:
        """Return what stands on a node's chip."""
        return self._texts[int(self._columns["text"][node])]

    def origin(self, node: int) -> Origin:
        """Return how a node came to be."""
        return ORIGINS[int(self._columns["origin"][node])]

    def probability(self, node: int) -> float | None:
        """Return a node's probability, or None where it is not known."""
        value = float(self._columns["probability"][node])
        return None if math.isnan(value) else value

    def is_settled(self, node: int) -> bool:
        """Return whether a node is in the session's file."""
        return self._workbench.is_settled(NodeId(node))

    def column(self, node: int) -> int:
        """Return the column of a node."""
        return int(self._columns["depth"][node]) - 1

    @property
    def owner(self) -> NDArray[np.int32]:
        """First node of the branch that each node belongs to, 0 for none."""
        if self._owner is None:
            owns = np.zeros(self._count, np.bool_)
            self._owning = set(self._workbench.branches)
            owns[list(self._owning)] = True
            self._owner = owners(self["parent"], owns)
        return self._owner

    @property
    def placed(self) -> Placed:
        """The layout, made anew when the tree has changed."""
        if self._placed is None:
            self._placed = self._place()
        return self._placed

    def path(self, node: int) -> list[int]:
        """Return the nodes from the first token to `node`."""
        parent = self._columns["parent"]
        found: list[int] = []
        while node:
            found.append(node)
            node = int(parent[node])
        return found[::-1]

    def _look_again(self, roots: tuple[NodeId, ...]) -> None:
        """Ask again of all nodes at and below `roots` whether they are visible."""
        if roots:
            is_root = np.zeros(self._count, np.bool_)
            is_root[list(roots)] = True
            for node in np.flatnonzero(owners(self["parent"], is_root)).tolist():
                self._columns["hidden"][node] = not self._workbench.is_visible(NodeId(node))

    def _grow(self, added: tuple[NodeId, ...], *, branches_changed: bool) -> None:
        """Place new nodes in the layout as it stands; leave to others what is more than that."""
        if branches_changed and self._owner is not None:
            now = set(self._workbench.branches)
            if now - set(added) == self._owning:
                self._owning = now
            else:
                self._owner = None
        for node in added:
            if self._owner is not None and node == len(self._owner):
                owner = node if node in self._owning else self._owner[self["parent"][node]]
                self._owner = np.append(self._owner, np.int32(owner))
        if self._placed is None or not added:
            return
        lanes, widths = self._placed.lanes, self._placed.widths.copy()
        for node in added:
            if node != len(lanes.lane):
                self._placed = None  # several changes at once: not our case
                return
            if self["hidden"][node]:
                lanes = hide_newest(lanes)
                continue
            lanes = grow(lanes, self["parent"], self["depth"], node)
            column, width = self.column(node), min(float(self["width"][node]), WIDTHS[1])
            if column == len(widths):
                widths = np.append(widths, WIDTHS[0])
            widths[column] = max(widths[column], width)
        self._placed = measured(lanes, widths, self["parent"], ~self["hidden"])

    def _place(self) -> Placed:
        lanes = lay_out(self["parent"], self["depth"], ~self["hidden"])
        column = self["depth"][lanes.order] - 1
        widths = column_widths(column, self["width"][lanes.order], WIDTHS)
        return measured(lanes, widths, self["parent"], ~self["hidden"])

    def _fill(self) -> None:
        """Take over all nodes at once: what a token looks like is found once for each token."""
        tree, columns = self._workbench.tree, self._columns
        rows = slice(1, self._count)
        parent, slot, origin, depth = (np.array(one, np.int32)[rows] for one in tree.columns())
        columns["parent"][rows], columns["depth"][rows] = parent, depth
        columns["origin"][rows] = origin
        columns["exact"][rows] = True
        seen = self._workbench.is_visible
        nodes = range(1, self._count)
        columns["hidden"][rows] = np.fromiter((not seen(NodeId(n)) for n in nodes), np.bool_)
        used, which = np.unique(slot, return_inverse=True)
        numbers: list[int] = used.tolist()
        tokens = [tree.tokens[number] for number in numbers]
        shown = [show_token(token) for token in tokens]
        texts = np.array([self._number(one.text) for one in shown], np.int32)
        columns["text"][rows] = texts[which]
        columns["width"][rows] = np.array(self._text_widths)[columns["text"][rows]] + 2 * PADDING
        columns["special"][rows] = np.array([token.special for token in tokens], np.bool_)[which]
        columns["ends_word"][rows] = np.array([one.ends_word for one in shown], np.bool_)[which]
        opens = np.array([one.opens_word for one in shown], np.bool_)[which]
        columns["joins"][rows] = opens & columns["ends_word"][parent]
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
        rows = [row for row in self._workbench.readings if 0 < row[0] < self._count]
        if rows:
            nodes = np.array([row[0] for row in rows], np.int32)
            logprobs = [math.nan if row[1] is None else row[1] for row in rows]
            known = np.array([row[1] is not None for row in rows], np.bool_)
            self._columns["probability"][nodes] = np.exp(np.array(logprobs))
            exact = np.array([bool(row[6]) for row in rows], np.bool_)
            self._columns["exact"][nodes[known]] = exact[known]

    def _append(self, node: NodeId) -> None:
        tree = self._workbench.tree
        if node >= len(self._columns["parent"]):
            for name, column in self._columns.items():
                wider = np.zeros(2 * len(column), column.dtype)
                wider[: len(column)] = column
                if name == "probability":
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
        self._pending.pop(node, None)
        if shown.pending:
            self._pending[node] = shown.pending

    def _number(self, text: str) -> int:
        number = self._text_numbers.get(text)
        if number is None:
            number = self._text_numbers[text] = len(self._texts)
            self._texts.append(text)
            self._text_widths.append(self._measure(text))
        return number

    def _read(self, nodes: Iterable[NodeId]) -> None:
        readings = self._workbench.readings
        probability, exact = self._columns["probability"], self._columns["exact"]
        for node in nodes:
            logprob = readings.logprob(node)
            if logprob is not None:
                probability[node] = math.exp(logprob)
                exact[node] = readings.is_exact(node)
