"""A layout with its measures: where every chip stands, in pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.tree import ROOT
from gui.tree_layout import Flags, Floats, Ints, Lanes, path_sums

CHIP_HEIGHT = 32.0
LANE_PITCH = 64.0
PADDING = 10.0
COLUMN_GAP = 4.0
FORK_GAP = 16.0
WIDTHS = (28.0, 190.0)


@dataclass(frozen=True, slots=True)
class Packed:
    """Where chips stand one after the other, in no columns: by node, left edge and width."""

    left: Floats
    width: Floats


@dataclass(frozen=True, slots=True)
class Placed:
    """A layout with its measures, in pixels at zoom 1; the first chip's corner is the origin.

    `left` and `widths` are of columns; where chips are `packed`, of no use.
    """

    lanes: Lanes
    left: NDArray[np.float64]
    widths: NDArray[np.float64]
    shown: NDArray[np.bool_]
    packed: Packed | None

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of everything."""
        if not len(self.lanes):
            return 0.0, 0.0
        height = (len(self.lanes) - 1) * LANE_PITCH + CHIP_HEIGHT
        if self.packed is not None:
            return float(self.spans()[1].max()), height
        return float(self.left[-1] + self.widths[-1]), height

    def column_at(self, x: float) -> int:
        """Return the column at or before `x`."""
        return int(np.searchsorted(self.left, x, side="right")) - 1

    def box(self, node: int, column: int) -> tuple[float, float, float]:
        """Return left, top and width of a node's chip."""
        top = float(self.lanes.lane[node]) * LANE_PITCH
        if self.packed is not None:
            return float(self.packed.left[node]), top, float(self.packed.width[node])
        return float(self.left[column]), top, float(self.widths[column])

    def spans(self) -> tuple[Floats, Floats]:
        """Return where each lane's first chip begins and its last one ends."""
        lanes = self.lanes
        last = lanes.order[lanes.start[1:] - 1]
        if self.packed is not None:
            ends: Floats = self.packed.left[last] + self.packed.width[last]
            return self.packed.left[lanes.heads()], ends
        column = lanes.first_column + np.diff(lanes.start) - 1
        return self.left[lanes.first_column], self.left[column] + self.widths[column]

    def node_at(self, lane: int, x: float) -> int | None:
        """Return the node whose chip, or the gap after it, is at `x` in a lane."""
        if not 0 <= lane < len(self.lanes):
            return None
        if self.packed is None:
            return self.lanes.node_at(lane, self.column_at(x))
        inside = self.lanes.order[self.lanes.start[lane] : self.lanes.start[lane + 1]]
        place = int(np.searchsorted(self.packed.left[inside], x, side="right")) - 1
        return int(inside[place]) if place >= 0 else None

    def nodes_in(self, lanes: tuple[int, int], across: tuple[float, float]) -> Ints:
        """Return the nodes of lanes, the first to before the second, that stand across there."""
        if self.packed is None:
            columns = max(0, self.column_at(across[0])), self.column_at(across[1]) + 1
            return self.lanes.between(lanes, columns)
        first, last = max(lanes[0], 0), min(lanes[1], len(self.lanes))
        if last <= first:
            return np.empty(0, np.int32)
        nodes = self.lanes.order[self.lanes.start[first] : self.lanes.start[last]]
        left = self.packed.left[nodes]
        found: Ints = nodes[(left <= across[1]) & (left + self.packed.width[nodes] >= across[0])]
        return found

    def next_left(self, node: int, column: int) -> float:
        """Return where what follows a node begins, whether or not there is a token yet."""
        if self.packed is not None:
            return float(self.packed.left[node] + self.packed.width[node]) + FORK_GAP
        if column + 1 < len(self.left):
            return float(self.left[column + 1])
        return self.size[0] + FORK_GAP if len(self.left) else 0.0


def measured(lanes: Lanes, widths: Floats, up: Ints, shown: Flags) -> Placed:
    """Return a layout whose columns have these widths; before a fork there is more room."""
    gaps = np.full(len(widths), COLUMN_GAP)
    forks = lanes.first_column[up[lanes.heads()] != ROOT]
    gaps[forks] = FORK_GAP
    gaps[:1] = 0.0
    left = np.cumsum(np.concatenate(([0.0], widths[:-1])) + gaps) if len(widths) else widths
    return Placed(lanes, left, widths, shown, None)


def packed_chips(up: Ints, width: NDArray[np.float32], shown: Flags) -> Packed:
    """Return where chips of these widths stand when each follows close to the one before it."""
    wide = np.clip(width.astype(np.float64), *WIDTHS)
    forks = np.bincount(up[shown], minlength=len(up))[up] > 1
    step = np.where(shown, wide + np.where(forks, FORK_GAP, COLUMN_GAP), 0.0)
    step[shown & (up == ROOT)] = wide[shown & (up == ROOT)]
    left = path_sums(up, step) - wide
    return Packed(left, wide)


def more_packed(  # noqa: PLR0913, PLR0917 - where one chip goes
    packed: Packed, up: Ints, shown: Flags, node: int, chip: int, width: float
) -> Packed | None:
    """Return the chips with `node`, the newest; None when others must move for it.

    `chip` is the node whose chip stands for it, `width` how wide that is now; 0: as before.
    """
    left, wide = np.append(packed.left, 0.0), np.append(packed.width, WIDTHS[0])
    if chip != node:
        if chip and width:
            wide[chip] = min(max(width, WIDTHS[0]), WIDTHS[1])
        return Packed(left, wide)
    wide[node] = min(max(width, WIDTHS[0]), WIDTHS[1])
    above = int(up[node])
    brothers = np.count_nonzero(shown[1:] & (up[1:] == above))
    if above:
        if brothers == 2:
            return None  # the first child makes room for the fork
        gap = FORK_GAP if brothers > 2 else COLUMN_GAP
        left[node] = left[above] + wide[above] + gap
    return Packed(left, wide)


def stays(before: Placed, now: Placed) -> bool:
    """Return whether everything that stood before stands there still."""
    if len(now.lanes) != len(before.lanes) or (before.packed is None) != (now.packed is None):
        return False
    if before.packed is not None and now.packed is not None:
        count = len(before.packed.left)
        return np.array_equal(now.packed.left[:count], before.packed.left)
    columns = len(before.left)
    return np.array_equal(now.left[:columns], before.left) and np.array_equal(
        now.widths[:columns], before.widths
    )
