"""Moves the selection through the tree by steps: along a branch, between lanes."""

from enum import Enum

import numpy as np

from core.tree import ROOT, NodeId
from gui.tree_mirror import TreeMirror
from gui.tree_places import Placed


class Step(Enum):
    """A way to go."""

    LEFT = "left"
    RIGHT = "right"
    UP = "up"
    DOWN = "down"
    START = "start"
    END = "end"


def walk(  # noqa: PLR0911 - one return for each step
    mirror: TreeMirror, node: NodeId, step: Step
) -> NodeId:
    """Return where a step from `node` leads; `node` itself where there is nowhere to go."""
    placed = mirror.placed
    lanes = placed.lanes
    if not len(lanes):
        return ROOT
    node = NodeId(mirror.chip_of(node))
    if node == ROOT:
        return NodeId(int(lanes.order[0]))
    lane, column = int(lanes.lane[node]), mirror.column(node)
    match step:
        case Step.LEFT:
            above = int(mirror.up[node])
            return NodeId(above) if above else node
        case Step.RIGHT:
            return NodeId(lanes.node_at(lane, column + 1) or node)
        case Step.UP:
            return _nearest(placed, node, column, up=True)
        case Step.DOWN:
            return _nearest(placed, node, column, up=False)
        case Step.START:
            first = int(lanes.order[lanes.start[lane]])
            above = int(mirror.up[first])
            return NodeId(above if first == node and above else first)
        case Step.END:
            return NodeId(int(lanes.order[lanes.start[lane + 1] - 1]))


def _nearest(placed: Placed, node: NodeId, column: int, *, up: bool) -> NodeId:
    """Return the node in the same column of the next lane that reaches it, else of the next."""
    lanes = placed.lanes
    lane = int(lanes.lane[node])
    if placed.packed is not None:
        return _nearest_packed(placed, node, up=up)
    ends = lanes.first_column + np.diff(lanes.start)
    reaches = np.flatnonzero((lanes.first_column <= column) & (ends > column))
    others = reaches[reaches < lane] if up else reaches[reaches > lane]
    if len(others):
        found = lanes.node_at(int(others[-1 if up else 0]), column)
        return NodeId(found) if found is not None else node
    beside = lane - 1 if up else lane + 1
    if not 0 <= beside < len(lanes):
        return node
    at = min(max(column, int(lanes.first_column[beside])), int(ends[beside]) - 1)
    return NodeId(lanes.node_at(beside, at) or node)


def _nearest_packed(placed: Placed, node: NodeId, *, up: bool) -> NodeId:
    """Return what stands over or under a chip's middle in the next lane that reaches it."""
    left, _, width = placed.box(node, 0)
    middle = left + width / 2
    lane = int(placed.lanes.lane[node])
    begins, ends = placed.spans()
    reaches = np.flatnonzero((begins <= middle) & (ends >= middle))
    others = reaches[reaches < lane] if up else reaches[reaches > lane]
    beside = int(others[-1 if up else 0]) if len(others) else lane + (-1 if up else 1)
    if not 0 <= beside < len(begins):
        return node
    x = min(max(middle, float(begins[beside])), float(ends[beside]))
    return NodeId(placed.node_at(beside, x) or node)


def sibling(mirror: TreeMirror, node: NodeId) -> NodeId:
    """Return the next shown child of the same parent, the first after the last."""
    if node == ROOT:
        return node
    shown = mirror.placed.shown
    node = NodeId(mirror.chip_of(node)) or node
    brothers = np.flatnonzero((mirror.up == mirror.up[node]) & shown)
    brothers = brothers[brothers > 0]
    if not len(brothers):
        return node
    place = int(np.searchsorted(brothers, node))
    return NodeId(int(brothers[(place + 1) % len(brothers)]))
