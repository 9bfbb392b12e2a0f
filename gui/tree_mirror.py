"""Follows a tree as it is drawn: which nodes have a chip, and where each of them stands."""

import math
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.tokens import Token
from core.tree import NodeId, Origin
from core.workbench import Change, Workbench
from gui.in_turns import InParts
from gui.scales import UNKNOWN as NOWHERE
from gui.scales import Scale, places
from gui.tree_columns import ORIGINS, TreeColumns
from gui.tree_drawn import Columns, Drawn, Wish, admitted, admitted_together, drawn
from gui.tree_growth import grow, grow_together, hide_newest
from gui.tree_layout import Ints, column_widths, lay_out, owners
from gui.tree_places import PADDING, WIDTHS, Placed, measured, more_packed, packed_chips

GIVEN = [ORIGINS.index(Origin.PROMPT), ORIGINS.index(Origin.INSERTED)]
"""Tokens that the model did not choose: a path's probability leaves them out."""

REMEMBERED = 64
"""Changes that are remembered, so that what is painted of them can be told from the rest."""

FEW = 64
"""Up to so many new nodes are placed one by one; beyond, the layout is made anew."""


class TreeMirror:
    """Follows a workbench: rows are node ids, row 0 is the root and holds nothing."""

    def __init__(self, workbench: Workbench, measure: Callable[[str], float]) -> None:
        self._workbench = workbench
        self._known = TreeColumns(workbench, measure)
        self._placed: Placed | None = None
        self._drawn: Drawn | None = None
        self._wish = Wish()
        self._packs: bool = False
        self._owner: NDArray[np.int32] | None = None
        self._owning: set[NodeId] = set()
        self._merged: tuple[int, NDArray[np.float32], Ints] | None = None
        self.version = 0
        self._news: deque[tuple[int, frozenset[int]]] = deque(maxlen=REMEMBERED)
        self.reset()

    def __len__(self) -> int:
        return len(self._known)

    def __getitem__(self, field: str) -> NDArray[Any]:
        return self._known[field]

    def reset(self) -> None:
        """Read the whole tree again; what stands where it stood is not placed anew."""
        before = self._wish
        stays = self._known.reset()
        self._follow_folds()
        if not stays or self._wish != before or self._wish.least:
            self._placed = self._drawn = self._owner = None
        elif set(self._workbench.branches) != self._owning:
            self._owner = None
            if self._wish.merges:  # no word goes across the beginning of a branch
                self._placed = self._drawn = None

    def take(self, change: Change) -> None:
        """Bring the arrays up to date."""
        news = change.added or change.read or change.hidden or change.shown or change.folds
        if change.reset or news:
            self.version += 1
        if not (change.reset or change.hidden or change.shown or change.folds):
            self._remember(change)
        if change.reset:
            self.reset()
            return
        for node in change.added:
            if node >= len(self):
                self._known.append(node)
        self._known.look_again((*change.hidden, *change.shown))
        placed = 0 if self._drawn is None else len(self._drawn.stands)
        if self._known.read((*change.added, *change.read), placed) and self._wish.least:
            self._drawn = self._placed = None
        if change.folds or change.hidden or change.shown:
            self._follow_folds()
        if change.folds or change.hidden or change.shown or len(change.added) > FEW:
            self._placed = self._drawn = self._owner = None
        else:
            self._grow(change.added, branches_changed=change.branches)

    def expect(self, tokens: Sequence[Token]) -> InParts[None]:
        """Prepare for tokens that will soon be in the tree."""
        return self._known.expect(tokens)

    def news_since(self, version: int) -> frozenset[int] | None:
        """Return the chips that look otherwise since then; None when it may be any of them."""
        later = [nodes for at, nodes in self._news if at > version]
        if len(later) != self.version - version:
            return None
        found = {node for nodes in later for node in nodes}
        return frozenset(found) if len(found) <= 8 * FEW else None

    def _remember(self, change: Change) -> None:
        """Take note of what changes its looks: a token may show the entropy before it."""
        if change.added or change.read:
            tree = self._workbench.tree
            after = (child for node in change.read for child in tree.each_child(node))
            touched = {int(node) for node in (*change.added, *change.read, *after)}
            self._news.append((self.version, frozenset(touched)))

    def remeasure(self, measure: Callable[[str], float]) -> None:
        """Measure all texts with another font."""
        self._known.remeasure(measure)
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
        self._known.mark_odd(nodes)

    def text(self, node: int) -> str:
        """Return what stands on a node's chip."""
        return self._known.text_of_parts(self.parts(node))

    def parts(self, node: int) -> list[int]:
        """Return the tokens that a node's chip stands for: of the same word, if words are drawn."""
        found, following = [node], self.drawn.next_part
        while self._wish.merges and (node := int(following[node])):
            found.append(node)
        return found

    @property
    def visible_tokens(self) -> int:
        """How many tokens are neither hidden nor below one that is."""
        return len(self) - 1 - int(np.count_nonzero(self["hidden"][1:]))

    def chip_of(self, node: int) -> int:
        """Return the node whose chip stands for `node`, 0 when none does."""
        return int(self.drawn.stands[node])

    def folded_away(self, node: int) -> tuple[int, int]:
        """Return how many visible tokens a folded node hides, and in how many ends they end."""
        parent, hidden = self["parent"], self["hidden"]
        is_fold = np.zeros(len(self), np.bool_)
        is_fold[node] = True
        below = (owners(parent, is_fold) != 0) & ~hidden & ~is_fold
        goes_on = np.zeros(len(self), np.bool_)
        goes_on[parent[below]] = True
        return int(below.sum()), int((below & ~goes_on).sum())

    def origin(self, node: int) -> Origin:
        """Return how a node came to be."""
        return ORIGINS[int(self["origin"][node])]

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
            self._drawn = drawn(self._what_decides(), self._wish)
        return self._drawn

    @property
    def owner(self) -> NDArray[np.int32]:
        """First node of the branch that each node belongs to, 0 for none."""
        if self._owner is None:
            owns = np.zeros(len(self), np.bool_)
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

    def _grow(self, added: tuple[NodeId, ...], *, branches_changed: bool) -> None:
        """Place new nodes in the layout as it stands; leave to others what is more than that."""
        self._grow_owners(added, branches_changed=branches_changed)
        if not added or (self._placed is None and self._drawn is None):
            return
        if self._drawn is None or len(self._drawn.stands) != added[0]:
            self._placed = self._drawn = None  # several changes at once: not our case
            return
        known = self._what_decides()
        if self._grow_together(added, known):
            return
        for node in added:
            self._drawn = admitted(self._drawn, known, self._wish, node)
            if self._drawn is None:
                self._placed = None
                return
            if self._placed is not None:
                self._placed = self._with(self._placed, self._drawn, node)

    def _grow_owners(self, added: tuple[NodeId, ...], *, branches_changed: bool) -> None:
        """Find out which branch each new node is on, where that of the others is known."""
        if branches_changed and self._owner is not None:
            now = set(self._workbench.branches)
            if now - set(added) == self._owning:
                self._owning = now
            else:
                self._owner = None
        if self._owner is not None and added and added[0] == len(self._owner):
            owner, parent = self._owner, self["parent"]
            fresh: list[int] = []
            for node in added:
                above = int(parent[node])
                own = fresh[above - len(owner)] if above >= len(owner) else int(owner[above])
                fresh.append(node if node in self._owning else own)
            self._owner = np.concatenate((owner, np.array(fresh, np.int32)))

    def _grow_together(self, added: tuple[NodeId, ...], known: Columns) -> bool:
        """Place new nodes at once, where all go on in their lanes; return whether they do."""
        placed, now = self._placed, self._drawn
        if placed is None or now is None or placed.packed is not None:
            return False
        if not self._wish.is_plain or self["hidden"][list(added)].any():
            return False
        lanes = grow_together(placed.lanes, self["parent"], added)
        if lanes is None:
            return False
        self._drawn = now = admitted_together(now, known, added)
        columns = self["depth"][list(added)] - 1
        widths = np.concatenate(
            (placed.widths, np.full(max(0, int(columns.max()) + 1 - len(placed.widths)), WIDTHS[0]))
        )
        np.maximum.at(widths, columns, np.minimum(self["width"][list(added)], WIDTHS[1]))
        self._placed = measured(lanes, widths, now.up, now.shown)
        return True

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

    def _what_decides(self) -> Columns:
        """Return what decides about chips."""
        origin = self["origin"]
        none = np.zeros(len(self), np.bool_)
        given = np.isin(origin, GIVEN) if self._wish.least else none
        splits = none
        if self._wish.merges:
            splits = self.owner == np.arange(len(self))
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
