"""Places the nodes of a tree in lanes and columns, with arrays and no loop over nodes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Where every node stands.

    A lane is one unbroken chain: it begins at a head and follows first visible children. `lane`
    (per node) is -1 for hidden nodes and for the root. `order` lists visible nodes lane by lane,
    left to right; lane i holds `order[start[i]:start[i + 1]]`, its first node stands in column
    `first_column[i]`. Columns count from 0 and are the same position in every branch.
    """

    lane: Ints
    order: Ints
    start: Ints
    first_column: Ints

    def __len__(self) -> int:
        return len(self.first_column)

    def heads(self) -> Ints:
        """Return the first node of each lane."""
        return self.order[self.start[:-1]]

    def node_at(self, lane: int, column: int) -> int | None:
        """Return the node in a cell, or None where there is none."""
        if not 0 <= lane < len(self):
            return None
        place = int(self.start[lane]) + column - int(self.first_column[lane])
        within = self.start[lane] <= place < self.start[lane + 1]
        return int(self.order[place]) if within else None

    def between(self, lanes: tuple[int, int], columns: tuple[int, int]) -> Ints:
        """Return the nodes of lanes and columns from the first to before the second."""
        chosen = np.arange(max(lanes[0], 0), min(lanes[1], len(self)))
        offset = self.start[chosen] - self.first_column[chosen]
        begin = np.clip(offset + columns[0], self.start[chosen], self.start[chosen + 1])
        end = np.clip(offset + columns[1], self.start[chosen], self.start[chosen + 1])
        sizes = end - begin
        if not sizes.sum():
            return np.empty(0, np.int32)
        shifts = np.repeat(begin - np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes)
        found: Ints = self.order[np.arange(sizes.sum()) + shifts]
        return found


def owners(parent: Ints, owns: Flags) -> Ints:
    """Return for each node the nearest node at or above it with `owns` set, else 0."""
    owner = np.where(owns, np.arange(len(parent), dtype=np.int32), parent).astype(np.int32)
    while True:
        further = owner[owner]
        if np.array_equal(further, owner):
            return np.where(owns[owner], owner, 0).astype(np.int32)
        owner = further


def end_of_lanes(lanes: Lanes, parent: Ints, depth: Ints, node: int) -> int:
    """Return the lane after the last one on which anything stands that follows `node`.

    Those lanes are neighbours, so that only the lanes below are looked at, not the nodes.
    """
    own = int(lanes.lane[node])
    forked_at = parent[lanes.heads()[own + 1 :]]
    trunk = lanes.lane[forked_at]
    outside = (trunk < own) | ((trunk == own) & (depth[forked_at] < depth[node]))
    beyond = np.flatnonzero(outside)
    return own + 1 + int(beyond[0]) if len(beyond) else len(lanes)


def path_sums(parent: Ints, values: Floats) -> Floats:
    """Return for each node the sum of values from the first token down to it."""
    sums = values.astype(np.float64)
    sums[:1] = 0.0
    jump = parent.astype(np.int32)
    jump[:1] = 0
    while jump.any():
        sums = sums + sums[jump]
        jump = jump[jump]
    return sums


def lay_out(parent: Ints, depth: Ints, shown: Flags) -> Lanes:
    """Place all shown nodes. Node 0 is the root, which is no token; parents precede children.

    The oldest shown child goes on in its parent's lane, later ones open lanes below it, each with
    everything that grows from it; of two forks in one lane the later is drawn higher, so that no
    connector crosses a chip.
    """
    count = len(parent)
    nodes = np.flatnonzero(shown[1:]).astype(np.int32) + 1 if count > 1 else np.empty(0, np.int32)
    lane = np.full(count, -1, np.int32)
    if not len(nodes):
        empty = np.empty(0, np.int32)
        return Lanes(lane, empty, np.zeros(1, np.int32), empty)
    first_child = np.zeros(count, np.int32)
    first_child[parent[nodes[::-1]]] = nodes[::-1]  # the last write, the oldest child, wins
    is_head = np.zeros(count, np.bool_)
    is_head[nodes] = (first_child[parent[nodes]] != nodes) | (parent[nodes] == 0)
    head = owners(parent, is_head)
    heads = np.flatnonzero(is_head).astype(np.int32)
    number = np.full(count, -1, np.int32)
    number[heads] = np.arange(len(heads), dtype=np.int32)
    lane[nodes] = _chain_lanes(
        above=np.where(parent[heads] == 0, -1, number[head[parent[heads]]]).astype(np.int32),
        forks_at=depth[parent[heads]],
    )[number[head[nodes]]]
    # parents precede children, so that within a lane the order of ids is that of columns
    order = nodes[np.argsort(lane[nodes].astype(_short(len(heads))), kind="stable")]
    start = np.searchsorted(lane[order], np.arange(len(heads) + 1)).astype(np.int32)
    return Lanes(lane, order, start, (depth[order[start[:-1]]] - 1).astype(np.int32))


def _chain_lanes(above: Ints, forks_at: Ints) -> Ints:
    """Return the lane of each chain; `above` is the chain it forks from, -1 for none."""
    count = len(above)
    level = _levels(above)
    deepest = int(level.max())
    sizes = np.ones(count, np.int64)
    by_level = np.argsort(level, kind="stable")
    edges: NDArray[np.intp] = np.searchsorted(level[by_level], np.arange(deepest + 2))
    groups = [by_level[edges[i] : edges[i + 1]] for i in range(deepest + 1)]
    for group in reversed(groups[1:]):
        np.add.at(sizes, above[group], sizes[group])
    lane = np.zeros(count, np.int64)
    for group in groups:
        # siblings stand together, later forks first, older chains first
        ranked = group[np.lexsort((group, -forks_at[group], above[group]))]
        ends = np.cumsum(sizes[ranked])
        begins = ends - sizes[ranked]
        families = above[ranked]
        is_first = np.concatenate(([True], families[1:] != families[:-1]))
        family_begin = np.repeat(
            begins[is_first], np.diff(np.flatnonzero(np.append(is_first, True)))
        )
        base = np.where(families < 0, 0, lane[families] + 1)
        lane[ranked] = base + begins - family_begin
    return lane.astype(np.int32)


def _levels(above: Ints) -> Ints:
    """Return how many chains are above each chain."""
    level = (above >= 0).astype(np.int32)
    jump = above.copy()
    while (jump >= 0).any():
        live = jump >= 0
        level[live] += level[jump[live]]
        onwards = np.full_like(jump, -1)
        onwards[live] = jump[jump[live]]
        jump = onwards
    return level


def column_widths(column: Ints, width: Floats, bounds: tuple[float, float]) -> Floats:
    """Return the width of each column: its widest chip, kept within `bounds`."""
    columns = int(column.max()) + 1 if len(column) else 0
    widest = np.full(columns, bounds[0])
    order = np.argsort(column.astype(_short(columns)), kind="stable")
    sorted_columns = column[order]
    begins = np.flatnonzero(np.diff(sorted_columns, prepend=-1))
    if columns:
        widest[sorted_columns[begins]] = np.maximum.reduceat(width[order], begins)
    widths: Floats = np.clip(widest, *bounds)
    return widths


def _short(count: int) -> type[np.uint16] | type[np.int32]:
    """Return the type for numbers below `count`: numpy sorts short integers by counting them."""
    return np.uint16 if count <= np.iinfo(np.uint16).max else np.int32
