"""Decides which nodes have a chip of their own: folds, a hoist, a threshold and words say so."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gui.tree_layout import Flags, Floats, Ints, owners, path_sums


@dataclass(frozen=True, slots=True)
class Wish:
    """What of the tree is wanted. `hoisted` 0: all of it; `least` 0: unlikely paths too.

    `guarded` is a node whose branch stays however unlikely it is. `merges` draws the tokens of a
    word as one chip.
    """

    folded: frozenset[int] = frozenset()
    hoisted: int = 0
    least: float = 0.0
    guarded: int = 0
    merges: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether every visible node has a chip of its own."""
        return not (self.folded or self.hoisted or self.least or self.merges)


@dataclass(frozen=True, slots=True)
class Columns:
    """What is known of the nodes, row 0 being the root.

    `probability` is NaN where it is not known. A `given` node was put there by hand; a `split` node
    begins something that no word goes across.
    """

    parent: Ints
    depth: Ints
    hidden: Flags
    probability: NDArray[np.float32]
    given: Flags
    joins: Flags
    origin: NDArray[np.int8]
    splits: Flags


@dataclass(frozen=True, slots=True)
class Drawn:
    """The tree of chips.

    `stands`: the node whose chip stands for each node, 0 for none. `up`: what a chip follows.
    `level`: chips on the path to it, itself included. `next_part`: the next token of the same
    word, 0 for none. `likely`: log of the path's probability, tokens that are given left out.
    `unlikely` nodes are left out for the threshold alone. `tip`: the end of the guarded path, 0 for
    none.
    """

    shown: Flags
    stands: Ints
    up: Ints
    level: Ints
    next_part: Ints
    likely: Floats
    unlikely: int
    tip: int


def drawn(columns: Columns, wish: Wish) -> Drawn:
    """Return the tree of chips; a few passes over arrays."""
    parent, count = columns.parent, len(columns.parent)
    shown = ~columns.hidden
    shown[:1] = False
    nothing, nodes = np.zeros(count, np.int32), np.arange(count, dtype=np.int32)
    likely = path_sums(parent, _steps(columns)) if wish.least else np.zeros(count)
    if wish.is_plain:
        stands = np.where(shown, nodes, 0).astype(np.int32)
        return Drawn(shown, stands, parent, columns.depth, nothing, likely, 0, 0)
    if wish.hoisted:
        shown &= _below(parent, {wish.hoisted})
    if wish.folded:
        shown &= ~_below(parent, _folds(parent, wish))[parent]
    unlikely = tip = 0
    if wish.least:
        kept = likely >= math.log(wish.least)
        guarded = columns.given & ~columns.hidden
        if 0 < wish.guarded < count:
            tip = _tip_of(columns, shown, wish.guarded)
            guarded[tip] = True
        kept |= _leads_to(parent, guarded)
        unlikely = int(np.count_nonzero(shown & ~kept))
        shown &= kept
    next_part = nothing
    if wish.merges:
        absorbed = _absorbed(columns, shown, wish)
        next_part = nothing.copy()
        next_part[parent[absorbed]] = nodes[absorbed]
        shown &= ~absorbed
    stands = owners(parent, shown)
    stands[columns.hidden] = 0
    up = np.where(shown, stands[parent], parent).astype(np.int32)
    level = path_sums(up, shown.astype(np.float64)).astype(np.int32)
    return Drawn(shown, stands, up, level, next_part, likely, unlikely, tip)


def admitted(before: Drawn, columns: Columns, wish: Wish, node: int) -> Drawn | None:
    """Return the tree of chips with `node`, the newest, in it; None when all must be made anew."""
    above, is_hidden = int(columns.parent[node]), bool(columns.hidden[node])
    if wish.is_plain:
        return _plainly_admitted(before, columns, node)
    stands, unlikely, tip = int(before.stands[above]), before.unlikely, before.tip
    likely = float(before.likely[above])
    if wish.least:
        likely += float(_steps(columns, slice(node, node + 1))[0])
    # In the part that is looked at, nothing stands above what was left out as unlikely.
    is_elsewhere = (
        wish.hoisted > 0 and not stands and not _is_below(columns.parent, above, wish.hoisted)
    )
    is_folded = stands in wish.folded or (wish.least > 0 and _in_fold(columns.parent, above, wish))
    is_out = is_hidden or is_elsewhere or is_folded
    sees = not is_out and (not above or _has_place(before, above))
    is_within = not (is_hidden or is_elsewhere)
    if wish.least and is_within and _brings_others(before, columns, wish, node):
        return None
    if wish.least and not is_out:
        if above == tip and sees:
            tip = node
        elif likely < math.log(wish.least) and not columns.given[node]:
            sees, unlikely = False, unlikely + 1
    is_part = False
    if sees and wish.merges and above:
        if before.next_part[above]:
            return None  # a fork parts the word
        elders = before.shown[above + 1 :] & (columns.parent[above + 1 : node] == above)
        is_part = not elders.any() and _is_part(columns, node, wish)
    next_part = np.append(before.next_part, np.int32(0))
    if is_part:
        next_part[above] = node
    has_chip = sees and not is_part
    own = node if has_chip else 0 if is_hidden else stands
    return Drawn(
        np.append(before.shown, np.bool_(has_chip)),
        np.append(before.stands, np.int32(own)),
        np.append(before.up, np.int32(stands if has_chip else above)),
        np.append(before.level, np.int32(before.level[stands] + 1 if has_chip else 0)),
        next_part,
        np.append(before.likely, likely),
        unlikely,
        tip,
    )


def _brings_others(before: Drawn, columns: Columns, wish: Wish, node: int) -> bool:
    """Return whether what leads to the newest node comes into sight with it, however unlikely."""
    above = int(columns.parent[node])
    is_folded = int(before.stands[above]) in wish.folded
    is_cut_off = above > 0 and not is_folded and not _has_place(before, above)
    return node == wish.guarded or (bool(columns.given[node]) and is_cut_off)


def _plainly_admitted(before: Drawn, columns: Columns, node: int) -> Drawn:
    """Return the same where every visible node has a chip, with fewer copies."""
    sees = not columns.hidden[node]
    return Drawn(
        np.append(before.shown, np.bool_(sees)),
        np.append(before.stands, np.int32(node if sees else 0)),
        columns.parent[: node + 1],
        columns.depth[: node + 1],
        np.zeros(node + 1, np.int32),
        np.zeros(node + 1),
        0,
        0,
    )


def admitted_together(before: Drawn, columns: Columns, nodes: Sequence[int]) -> Drawn:
    """Return the tree of chips with `nodes`, the newest, where every node has its own chip.

    None of them may be hidden, and the wish must be plain.
    """
    count = nodes[-1] + 1
    return Drawn(
        np.concatenate((before.shown, np.ones(len(nodes), np.bool_))),
        np.concatenate((before.stands, np.array(nodes, np.int32))),
        columns.parent[:count],
        columns.depth[:count],
        np.zeros(count, np.int32),
        np.zeros(count),
        0,
        0,
    )


def _has_place(before: Drawn, above: int) -> bool:
    """Return whether `above` has a chip, or is a part of the word on one."""
    part = int(before.stands[above])
    while part and part != above:
        part = int(before.next_part[part])
    return part == above


def _steps(columns: Columns, rows: slice = slice(None)) -> Floats:
    """Return what each node adds to the log of its path's probability."""
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.log(columns.probability[rows].astype(np.float64))
    is_free = columns.given[rows] | np.isnan(steps)
    found: Floats = np.where(is_free, 0.0, np.maximum(steps, -1e6))
    return found


def _is_below(parent: Ints, node: int, root: int) -> bool:
    """Return whether `root` is `node` or stands on the path to it."""
    while node > root:
        node = int(parent[node])
    return node == root


def _folds(parent: Ints, wish: Wish) -> frozenset[int]:
    """Return the folds that count: what is hoisted is looked at, whatever is folded above it."""
    if not wish.hoisted:
        return wish.folded
    within = (one for one in wish.folded if one < len(parent))
    return frozenset(one for one in within if _is_below(parent, one, wish.hoisted))


def _in_fold(parent: Ints, node: int, wish: Wish) -> bool:
    """Return whether a fold that counts is `node` or stands on the path to it."""
    while node and wish.folded:
        if node in wish.folded:
            return True
        if node == wish.hoisted:
            return False
        node = int(parent[node])
    return False


def _below(parent: Ints, roots: set[int] | frozenset[int]) -> Flags:
    """Return which nodes are at or below any of `roots`."""
    is_root = np.zeros(len(parent), np.bool_)
    is_root[[root for root in roots if root < len(parent)]] = True
    found: Flags = owners(parent, is_root) != 0
    return found


def _leads_to(parent: Ints, nodes: Flags) -> Flags:
    """Return which nodes are at or above any of `nodes`."""
    found = nodes.copy()
    front = parent[nodes]
    while len(front):
        above = np.unique(front)
        fresh = above[~found[above]]
        found[fresh] = True
        front = parent[fresh]
    return found


def _tip_of(columns: Columns, shown: Flags, node: int) -> int:
    """Return where the chain ends that goes on from `node` along first children."""
    nodes = np.flatnonzero(shown)[::-1]
    first = np.zeros(len(columns.parent), np.int32)
    first[columns.parent[nodes]] = nodes
    while first[node]:
        node = int(first[node])
    return node


def _absorbed(columns: Columns, shown: Flags, wish: Wish) -> Flags:
    parent = columns.parent
    alone = np.bincount(parent[shown], minlength=len(parent))[parent] == 1
    fits = columns.joins & ~columns.splits & (columns.origin == columns.origin[parent])
    found: Flags = shown & shown[parent] & alone & fits
    found[[node for node in wish.folded if node < len(found)]] = False
    if wish.hoisted:
        found[wish.hoisted] = False
    return found


def _is_part(columns: Columns, node: int, wish: Wish) -> bool:
    above = columns.parent[node]
    fits = columns.joins[node] and not columns.splits[node] and node not in wish.folded
    return bool(fits and columns.origin[node] == columns.origin[above])
