"""Places the tree as nested blocks: a token's height is its share of its parent's, its p."""

import heapq
import math
from dataclasses import dataclass

from core.tokens import Token
from core.tree import ROOT, NodeId, Origin
from core.workbench import Workbench

LEAST = 4.0
"""Pixels: lower blocks are left out, with all that is in them."""

MOST = 800
"""Blocks that are placed at most, the highest first."""


@dataclass(frozen=True, slots=True)
class Part:
    """A token's part of the block before it: from `start`, `share` of its height.

    `node` is 0 where no branch has taken the token.
    """

    node: NodeId
    token: Token
    start: float
    share: float


@dataclass(frozen=True, slots=True)
class Block:
    """A token as it is painted; `top` and `height` in pixels, `column` counted from the root."""

    part: Part
    parent: NodeId
    column: int
    top: float
    height: float


@dataclass(frozen=True, slots=True)
class Sight:
    """Where a node's block stands, in pixels: all others follow from it."""

    anchor: NodeId
    top: float
    height: float


class Parts:
    """How each block is divided, found once and kept until it changes."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._known: dict[NodeId, tuple[Part, ...]] = {}

    def forget(self, node: NodeId | None = None) -> None:
        """Divide a node's block anew the next time, or all blocks."""
        if node is None:
            self._known.clear()
        else:
            self._known.pop(node, None)

    def of(self, node: NodeId) -> tuple[Part, ...]:
        """Return the parts of a block in order: candidates as the model ranks them, then others.

        Equal tokens share their part. Prompts are given: they share what is left.
        """
        found = self._known.get(node)
        if found is None:
            found = self._known[node] = self._divided(node)
        return found

    def part(self, parent: NodeId, node: NodeId) -> Part:
        """Return the part of one child."""
        return next(part for part in self.of(parent) if part.node == node)

    def _divided(self, node: NodeId) -> tuple[Part, ...]:
        bench = self._workbench
        tree, pieces = bench.tree, bench.pieces_at(node)
        expects = bench.readings.expects(node)
        children = bench.visible_children(node) if not bench.is_folded(node) else ()
        given = [child for child in children if tree.origin(child) is Origin.PROMPT]
        takers: dict[Token, list[NodeId]] = {}
        for child in children:
            if child not in given:
                takers.setdefault(tree.token(child), []).append(child)
        parts: list[Part] = []
        start = 0.0
        if expects is not None and pieces is not None and not given:
            for one in expects.candidates:
                share = math.exp(one.logprob)
                taken = takers.pop(pieces[one.id], [])
                for child in taken or [ROOT]:
                    own = share / max(1, len(taken))
                    parts.append(Part(child, pieces[one.id], start, own))
                    start += own
        late = [(self._chance(same[0]), same) for same in takers.values()]
        for share, same in sorted(late, key=lambda pair: -pair[0]):
            for child in same:
                own = min(share, max(0.0, 1.0 - start)) / len(same)
                parts.append(Part(child, tree.token(child), start, own))
                start += own
        for child in given:
            own = max(0.0, 1.0 - start) / len(given)
            parts.append(Part(child, tree.token(child), start, own))
        if given:
            left = max(0.0, 1.0 - start) / len(given)
            parts[-len(given) :] = [
                Part(part.node, part.token, start + place * left, left)
                for place, part in enumerate(parts[-len(given) :])
            ]
        return tuple(parts)

    def _chance(self, node: NodeId) -> float:
        logprob = self._workbench.readings.logprob(node)
        return 0.0 if logprob is None else math.exp(logprob)


def climbed(parts: Parts, workbench: Workbench, sight: Sight) -> Sight:
    """Return the same sight, told from the anchor's parent."""
    above = workbench.tree.parent(sight.anchor)
    part = parts.part(above, sight.anchor)
    height = sight.height / max(part.share, 1e-300)
    return Sight(above, sight.top - part.start * height, height)


def descended(part: Part, sight: Sight) -> Sight:
    """Return the same sight, told from a part of the anchor."""
    return Sight(part.node, sight.top + part.start * sight.height, part.share * sight.height)


def anchored(parts: Parts, workbench: Workbench, sight: Sight, top: NodeId, high: float) -> Sight:
    """Return the same sight, told from a node whose block is about as high as the view.

    Far up or down, pixels would lose their precision. At `top` the block fills the view at least.
    """
    while sight.height < high and sight.anchor not in {ROOT, top}:
        sight = climbed(parts, workbench, sight)
    if sight.anchor in {ROOT, top} and sight.height < high:
        return Sight(sight.anchor, 0.0, high)
    if sight.anchor in {ROOT, top}:
        limited = min(0.0, max(sight.top, high - sight.height))
        sight = Sight(sight.anchor, limited, sight.height)
    while True:
        inner = [
            one
            for part in parts.of(sight.anchor)
            if part.node
            for one in (descended(part, sight),)
            if one.height > 2 * high and one.top <= high / 2 <= one.top + one.height
        ]
        if not inner:
            return sight
        sight = inner[0]


def box_of(parts: Parts, workbench: Workbench, sight: Sight, node: NodeId) -> Sight:
    """Return where a node's block stands: on the screen, far beside it, or too small to see."""
    path = (ROOT, *workbench.tree.path_to(node))
    while sight.anchor not in path:
        sight = climbed(parts, workbench, sight)
    for step in path[path.index(sight.anchor) + 1 :]:
        sight = descended(parts.part(sight.anchor, step), sight)
    return sight


def blocks_in(
    parts: Parts, workbench: Workbench, sight: Sight, columns: tuple[int, int], high: float
) -> list[Block]:
    """Return the blocks that are seen in these columns and `high` pixels, outer ones first."""
    tree, top_node = workbench.tree, workbench.hoisted
    found: list[Block] = []
    waiting: list[tuple[float, int, Sight]] = [(-sight.height, 0, sight)]
    here, first = sight, True
    while here.anchor != ROOT:
        above = tree.parent(here.anchor)
        own = parts.part(above, here.anchor)
        column = tree.depth(here.anchor) - 1
        found.append(Block(own, above, column, here.top, here.height))
        if here.anchor == top_node or (column < columns[0] and not first):
            break
        first = False
        outer = climbed(parts, workbench, here)
        for part in parts.of(above):
            if part.node != here.anchor or not part.node:
                top = here.top + (part.start - own.start) * outer.height
                inner = Sight(part.node, top, part.share * outer.height)
                _take(found, waiting, Block(part, above, column, inner.top, inner.height), high)
        here = outer
    while waiting and len(found) < MOST:
        _, _, outer = heapq.heappop(waiting)
        column = tree.depth(outer.anchor)
        if column >= columns[1]:
            continue
        for part in parts.of(outer.anchor):
            inner = descended(part, outer)
            _take(found, waiting, Block(part, outer.anchor, column, inner.top, inner.height), high)
    found.sort(key=lambda block: block.column)
    return [block for block in found if columns[0] <= block.column < columns[1]]


def _take(
    found: list[Block], waiting: list[tuple[float, int, Sight]], block: Block, high: float
) -> None:
    if block.height < LEAST or block.top > high or block.top + block.height < 0:
        return
    found.append(block)
    if block.part.node:
        sight = Sight(block.part.node, block.top, block.height)
        heapq.heappush(waiting, (-block.height, len(found), sight))
