"""Chooses the ghosts: the likeliest tokens that no branch has taken yet, with a place for them."""

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF

from core.distribution import Candidate, Distribution
from core.tokens import Pieces, Token
from gui.chip_painter import GHOST_PITCH
from gui.figures import short_probability
from gui.token_text import show_token
from gui.tree_places import LANE_PITCH, Placed

SHOWN, MOST = 3, 10
"""How many ghosts there are at least and at most; between, as many as fit the height."""

NOTE_HEIGHT = 20
FAR = 1
"""Lanes from a token to its ghosts beyond which nobody sees what they belong to."""

REACH = 170.0
"""Pixels that must be free of chips where ghosts stand."""


@dataclass(frozen=True, slots=True)
class Ghost:
    """A token that could follow, as it is painted."""

    token: Token
    text: str
    probability: float


@dataclass(frozen=True, slots=True)
class Ghosts:
    """A stack of ghosts after a node, its upper left corner and what remains unsaid.

    `heading` says after which token they stand, where that is far from them.
    """

    node: int
    left: float
    top: float
    ghosts: tuple[Ghost, ...]
    note: str
    heading: str = ""

    @property
    def note_box(self) -> QRectF:
        """Where the note about all others stands, in the tree's coordinates."""
        below = self.top + len(self.ghosts) * GHOST_PITCH
        return QRectF(self.left, below, REACH, NOTE_HEIGHT)

    @property
    def height(self) -> float:
        """Height of the stack with its note."""
        return len(self.ghosts) * GHOST_PITCH + NOTE_HEIGHT


def untaken(
    expects: Distribution, vocabulary: Pieces, taken: set[int], most: int
) -> tuple[tuple[Ghost, ...], str]:
    """Return the likeliest tokens outside `taken`, and a note about all the others."""
    free: list[Candidate] = [one for one in expects.candidates if one.id not in taken]
    ghosts = tuple(
        Ghost(token, show_token(token).text, float(np.exp(one.logprob)))
        for one in free[:most]
        for token in (vocabulary[one.id],)
    )
    more = len(free) - len(ghosts)
    rest = f"rest of vocabulary {short_probability(expects.rest)}"
    return ghosts, f"{more} more · {rest}" if more else rest


def stand(placed: Placed, node: int, column: int, height: float) -> tuple[float, float]:
    """Return where a stack of `height` fits: right of `node`, on the first free lanes."""
    lanes = placed.lanes
    left = placed.next_left(node, column)
    own = int(lanes.lane[node])
    needed = int(np.ceil((height + 8) / LANE_PITCH))
    begins, ends = placed.spans()
    taken = (begins < left + REACH) & (ends > left)
    below = np.flatnonzero(taken[own:]) + own
    edges = np.concatenate(([own - 1], below, [len(lanes) + needed]))
    gap = int(np.flatnonzero(np.diff(edges) > needed)[0])
    return left, float(edges[gap] + 1) * LANE_PITCH
