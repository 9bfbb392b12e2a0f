"""Keeps the tree as arrays, the form in which it is laid out and painted."""

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.tree import NodeId, Origin
from core.workbench import Change, Workbench
from gui.scales import UNKNOWN as NOWHERE
from gui.scales import Scale, places
from gui.token_text import show_token
from gui.tree_drawn import Columns, Drawn, Wish, admitted, drawn
from gui.tree_growth import grow, hide_newest
from gui.tree_layout import Ints, column_widths, lay_out, owners
from gui.tree_places import PADDING, WIDTHS, Placed, measured, more_packed, packed_chips

ORIGINS = tuple(Origin)
GIVEN = [ORIGINS.index(Origin.PROMPT), ORIGINS.index(Origin.INSERTED)]
"""Tokens that the model did not choose: a path's probability leaves them out."""

UNKNOWN = np.float32(np.nan)
FEW = 64
"""Up to so many new nodes are placed one by one; beyond, the layout is made anew."""


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


class TreeMirror:
    """Follows a workbench: rows are node ids, row 0 is the root and holds nothing."""

    def __init__(self, workbench: Workbench, measure: Callable[[str], float]) -> None:
        self._workbench = workbench
        self._measure = measure
        self._texts: list[str] = []
        self._text_numbers: dict[str, int] = {}
        self._text_widths: list[float] = []
        self._pending: dict[int, bytes] = {}
        self._gluing: set[int] = set()
        self._placed: Placed | None = None
        self._drawn: Drawn | None = None
        self._wish = Wish()
        self._packs: bool = False
        self._owner: NDArray[np.int32] | None = None
        self._owning: set[NodeId] = set()
        self._merged: tuple[int, NDArray[np.float32], Ints] | None = None
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
        self._columns["probability"][:] = self._columns["entropy"][:] = UNKNOWN
        self._count = 1
        self._texts, self._text_numbers, self._text_widths = [], {}, []
        self._pending = {}
        self._count = total
        self._fill()
        self._read_all()
        self._placed = self._drawn = self._owner = None
        self._follow_folds()

    def take(self, change: Change) -> None:
        """Bring the arrays up to date."""
        news = change.added or change.read or change.hidden or change.shown or change.folds
        if change.reset or news:
            self.version += 1
        if change.reset:
            self.reset()
            return
        for node in change.added:
            if node >= self._count:
                self._append(node)
        self._look_again((*change.hidden, *change.shown))
        if self._read((*change.added, *change.read)) and self._wish.least:
            self._drawn = self._placed = None
        if change.folds or change.hidden or change.shown:
            self._follow_folds()
        if change.folds or change.hidden or change.shown or len(change.added) > FEW:
            self._placed = self._drawn = self._owner = None
        else:
            self._grow(change.added, branches_changed=change.branches)

    def remeasure(self, measure: Callable[[str], float]) -> None:
        """Measure all texts with another font."""
        self._measure = measure
        self._text_widths = [self._measure(text) for text in self._texts]
        if self._texts:
            self["width"][1:] = np.array(self._text_widths)[self["text"][1:]] + 2 * PADDING
        self._placed = None

    @property
    def wish(self) -> Wish:
        """What of the tree is drawn."""
        return self._wish

    @property
    def packs(self) -> bool:
        """Whether chips stand close together instead of in columns."""
        return self._packs

    def want(self, wish: Wish, *, packs: bool) -> None:
        """Draw something else of the tree, or elsewhere; folds and hoist are the session's."""
        wish = replace(wish, folded=self._wish.folded, hoisted=self._wish.hoisted)
        if wish != self._wish or packs != self._packs:
            self._wish, self._packs = wish, packs
            self._placed = self._drawn = None
            self.version += 1

    def mark_odd(self, nodes: Iterable[int]) -> None:
        """Mark tokens that their own text would not be split into."""
        self._columns["odd"][list(nodes)] = True

    def text(self, node: int) -> str:
        """Return what stands on a node's chip."""
        texts, column = self._texts, self._columns["text"]
        if not self._wish.merges:
            return texts[int(column[node])]
        parts = self.parts(node)
        if len(parts) == 1:
            return texts[int(column[node])]
        tokens = [self._workbench.tree.token(NodeId(part)) for part in parts]
        whole = replace(tokens[0], piece=b"".join(token.piece for token in tokens))
        return show_token(whole, self._pending.get(int(self["parent"][node]), b"")).text

    def parts(self, node: int) -> list[int]:
        """Return the tokens that a node's chip stands for: of the same word, if words are drawn."""
        found, following = [node], self.drawn.next_part
        while self._wish.merges and (node := int(following[node])):
            found.append(node)
        return found

    @property
    def visible_tokens(self) -> int:
        """How many tokens are neither hidden nor below one that is."""
        return self._count - 1 - int(np.count_nonzero(self["hidden"][1:]))

    def chip_of(self, node: int) -> int:
        """Return the node whose chip stands for `node`, 0 when none does."""
        return int(self.drawn.stands[node])

    def folded_away(self, node: int) -> tuple[int, int]:
        """Return how many visible tokens a folded node hides, and in how many ends they end."""
        parent, hidden = self["parent"], self["hidden"]
        is_fold = np.zeros(self._count, np.bool_)
        is_fold[node] = True
        below = (owners(parent, is_fold) != 0) & ~hidden & ~is_fold
        goes_on = np.zeros(self._count, np.bool_)
        goes_on[parent[below]] = True
        return int(below.sum()), int((below & ~goes_on).sum())

    def origin(self, node: int) -> Origin:
        """Return how a node came to be."""
        return ORIGINS[int(self._columns["origin"][node])]

    def probability(self, node: int) -> float | None:
        """Return the probability of a node's chip, or None where it is not known."""
        value = float(self._chips()[0][node])
        return None if math.isnan(value) else value

    def places(self, nodes: Ints, scale: Scale) -> NDArray[np.int16]:
        """Return where the chips of nodes stand on a scale of colours; prompts are UNKNOWN.

        A word's probability is the product of its tokens', its rank the worst among them.
        """
        chance, rank = self._chips()
        before = self["entropy"][self["parent"][nodes]]
        found = places(scale, chance[nodes], rank[nodes], before)
        found[self["origin"][nodes] == ORIGINS.index(Origin.PROMPT)] = NOWHERE
        return found

    def _chips(self) -> tuple[NDArray[np.float32], Ints]:
        chance, rank = self["probability"], self["rank"]
        if self._wish.merges:
            if self._merged is None or self._merged[0] != self.version:
                now = self.drawn
                parts = now.next_part[now.next_part > 0]
                chance, rank = chance.copy(), rank.copy()
                np.multiply.at(chance, now.stands[parts], chance[parts])
                np.maximum.at(rank, now.stands[parts], rank[parts])
                self._merged = self.version, chance, rank
            return self._merged[1], self._merged[2]
        return chance, rank

    def is_settled(self, node: int) -> bool:
        """Return whether a node is in the session's file."""
        return self._workbench.is_settled(NodeId(node))

    def column(self, node: int) -> int:
        """Return the column of a node's chip."""
        return int(self.drawn.level[node]) - 1

    @property
    def up(self) -> Ints:
        """What each chip follows: 0 for nothing that is drawn."""
        return self.drawn.up

    @property
    def drawn(self) -> Drawn:
        """Which nodes have a chip, made anew when the tree has changed."""
        if self._drawn is None:
            self._drawn = drawn(self._known(), self._wish)
        return self._drawn

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
        """Return the nodes of the chips from the first one to that of `node`."""
        up = self.up
        found: list[int] = []
        node = self.chip_of(node)
        while node:
            found.append(node)
            node = int(up[node])
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
        if not added or (self._placed is None and self._drawn is None):
            return
        if self._drawn is None or len(self._drawn.stands) != added[0]:
            self._placed = self._drawn = None  # several changes at once: not our case
            return
        known = self._known()
        for node in added:
            self._drawn = admitted(self._drawn, known, self._wish, node)
            if self._drawn is None:
                self._placed = None
                return
            if self._placed is not None:
                self._placed = self._with(self._placed, self._drawn, node)

    def _with(self, placed: Placed, now: Drawn, node: int) -> Placed | None:
        """Return the layout with one more node; None when it must be made anew."""
        lanes, widths = placed.lanes, placed.widths
        chip, width = int(now.stands[node]), 0.0
        lanes = grow(lanes, now.up, now.level, node) if now.shown[node] else hide_newest(lanes)
        if chip and (chip == node or now.next_part[self["parent"][node]] == node):
            width = float((self["width"][self.parts(chip)] - 2 * PADDING).sum()) + 2 * PADDING
        if placed.packed is not None:
            packed = more_packed(placed.packed, now.up, now.shown, node, chip, width)
            if packed is None:
                return None
            return replace(placed, lanes=lanes, shown=now.shown, packed=packed)
        if width:
            column = int(now.level[chip]) - 1
            widths = np.append(widths, WIDTHS[0]) if column == len(widths) else widths.copy()
            widths[column] = max(widths[column], min(width, WIDTHS[1]))
        return measured(lanes, widths, now.up, now.shown)

    def _place(self) -> Placed:
        now, width = self.drawn, self["width"]
        if self._wish.merges:
            parts = now.next_part[now.next_part > 0]
            width = width.copy()
            np.add.at(width, now.stands[parts], width[parts] - np.float32(2 * PADDING))
        lanes = lay_out(now.up, now.level, now.shown)
        if self._packs:
            nothing = np.empty(0)
            packed = packed_chips(now.up, width, now.shown)
            return Placed(lanes, nothing, nothing, now.shown, packed)
        column = now.level[lanes.order] - 1
        widths = column_widths(column, width[lanes.order], WIDTHS)
        return measured(lanes, widths, now.up, now.shown)

    def _known(self) -> Columns:
        """Return what decides about chips."""
        origin = self["origin"]
        none = np.zeros(self._count, np.bool_)
        given = np.isin(origin, GIVEN) if self._wish.least else none
        splits = none
        if self._wish.merges:
            splits = self.owner == np.arange(self._count)
        return Columns(
            self["parent"],
            self["depth"],
            self["hidden"],
            self["probability"],
            given,
            self["joins"] | self["glued"] if self._wish.merges else none,
            origin,
            splits,
        )

    def _follow_folds(self) -> None:
        seen = self._workbench.is_visible
        folded = frozenset(int(node) for node in self._workbench.folded if seen(node))
        self._wish = replace(self._wish, folded=folded, hoisted=int(self._workbench.hoisted))

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
        rows = [row for row in self._workbench.readings if 0 <= row[0] < self._count]
        if rows:
            nodes = np.array([row[0] for row in rows], np.int32)
            after = [math.nan if row[5] is None else row[5] for row in rows]
            self._columns["entropy"][nodes] = after
            self._columns["rank"][nodes] = [row[2] or 0 for row in rows]
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
        number = self._text_numbers.get(text)
        if number is None:
            number = self._text_numbers[text] = len(self._texts)
            self._texts.append(text)
            self._text_widths.append(self._measure(text))
        return number

    def _read(self, nodes: Iterable[NodeId]) -> bool:
        """Take readings over; return whether an old node has a probability that had none."""
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
                laid_out = 0 if self._drawn is None else len(self._drawn.stands)
                is_news |= node < laid_out and math.isnan(columns["probability"][node])
                columns["probability"][node] = math.exp(logprob)
                columns["exact"][node] = bool(exact)
        return is_news
