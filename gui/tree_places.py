"""A layout with its measures: where every chip stands, in pixels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.tree import ROOT
from gui.tree_layout import Flags, Floats, Ints, Lanes

CHIP_HEIGHT = 32.0
LANE_PITCH = 64.0
PADDING = 10.0
COLUMN_GAP = 4.0
FORK_GAP = 16.0
WIDTHS = (28.0, 190.0)


@dataclass(frozen=True, slots=True)
class Placed:
    """A layout with its measures, in pixels at zoom 1; the first chip's corner is the origin."""

    lanes: Lanes
    left: NDArray[np.float64]
    widths: NDArray[np.float64]
    shown: NDArray[np.bool_]

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of everything."""
        if not len(self.lanes):
            return 0.0, 0.0
        height = (len(self.lanes) - 1) * LANE_PITCH + CHIP_HEIGHT
        return float(self.left[-1] + self.widths[-1]), height

    def column_at(self, x: float) -> int:
        """Return the column at or before `x`."""
        return int(np.searchsorted(self.left, x, side="right")) - 1

    def box(self, node: int, column: int) -> tuple[float, float, float]:
        """Return left, top and width of a node's chip."""
        top = float(self.lanes.lane[node]) * LANE_PITCH
        return float(self.left[column]), top, float(self.widths[column])

    def next_left(self, column: int) -> float:
        """Return where a column begins that may not have a token yet."""
        if column < len(self.left):
            return float(self.left[column])
        return self.size[0] + FORK_GAP if len(self.left) else 0.0


def measured(lanes: Lanes, widths: Floats, parent: Ints, shown: Flags) -> Placed:
    """Return a layout whose columns have these widths; before a fork there is more room."""
    gaps = np.full(len(widths), COLUMN_GAP)
    forks = lanes.first_column[parent[lanes.heads()] != ROOT]
    gaps[forks] = FORK_GAP
    gaps[:1] = 0.0
    left = np.cumsum(np.concatenate(([0.0], widths[:-1])) + gaps) if len(widths) else widths
    return Placed(lanes, left, widths, shown)
