"""What the colour of a token says: its probability, its rank, or how undecided the model was."""

from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gui.theme import RAMP, RAMP_DECADES, RAMP_STEPS, Theme, blended

Values = NDArray[np.float32]

RANKS = (1, 10, 100, 1000)
"""The last rank of each bucket; the fifth holds all the others."""

MOST_NATS = 6.0
"""The scale of entropy ends here."""

UNKNOWN = -1
"""The place of a token without a number."""


class Scale(StrEnum):
    """What is coloured."""

    PROBABILITY = "probability"
    RANK = "rank"
    ENTROPY = "entropy"


MEANINGS = {
    Scale.PROBABILITY: "The fill of a token is its probability on a log scale; its bar is linear, "
    "from 0 to 1.",
    Scale.RANK: "The fill of a token is its rank among all tokens: the likeliest, the first 10, "
    "100, 1000, and beyond.",
    Scale.ENTROPY: "The fill of a token is the entropy before it: how undecided the model was, in "
    "nats. Pale: it had no doubt.",
}
TICKS: dict[Scale, tuple[tuple[float, str], ...]] = {
    Scale.PROBABILITY: ((0.0, "1"), (1 / 3, ".1"), (2 / 3, ".01"), (1.0, ".001")),
    Scale.RANK: ((0.1, "1"), (0.3, "≤10"), (0.5, "≤100"), (0.7, "≤1k"), (0.9, ">1k")),
    Scale.ENTROPY: ((0.0, "0"), (1 / 3, "2"), (2 / 3, "4"), (1.0, "6 nats")),
}


def table(theme: Theme, scale: Scale) -> NDArray[np.uint8]:
    """Return a theme's colours of a scale, calm first, shape (RAMP_STEPS, 3)."""
    match scale:
        case Scale.PROBABILITY:
            return theme.fill_table()
        case Scale.RANK:
            stops = np.linspace(0, RAMP_STEPS - 1, len(RAMP))
            buckets = blended(theme.fills, stops.tolist(), stops)
            return np.repeat(buckets, -(-RAMP_STEPS // len(RAMP)), axis=0)[:RAMP_STEPS]
        case Scale.ENTROPY:
            even = np.linspace(0.0, 1.0, RAMP_STEPS)
            return blended(theme.doubts, np.linspace(0, 1, len(theme.doubts)).tolist(), even)


def places(
    scale: Scale, probability: Values, rank: NDArray[np.int32], entropy: Values
) -> NDArray[np.int16]:
    """Return each token's place in the table, UNKNOWN where its number is not known.

    `entropy` is that of what was expected before the token, in nats; NaN and rank 0: not known.
    """
    last = RAMP_STEPS - 1
    share: NDArray[np.floating[Any]]
    match scale:
        case Scale.PROBABILITY:
            with np.errstate(divide="ignore"):
                share = -np.log10(probability) / RAMP_DECADES
            known = ~np.isnan(probability)
        case Scale.RANK:
            bucket = np.searchsorted(RANKS, rank, side="left")
            share, known = (bucket + 0.5) / len(RAMP), rank > 0
        case Scale.ENTROPY:
            share, known = entropy / MOST_NATS, ~np.isnan(entropy)
    steps = np.clip(np.where(known, share, 0.0), 0.0, 1.0) * last
    found: NDArray[np.int16] = np.where(known, np.rint(steps), UNKNOWN).astype(np.int16)
    return found


def place(scale: Scale, probability: float | None, rank: int | None, entropy: float | None) -> int:
    """Return one token's place in the table; None stands for what is not known."""
    chance, doubt = (
        np.array([np.nan if one is None else one], np.float32) for one in (probability, entropy)
    )
    return int(places(scale, chance, np.array([rank or 0], np.int32), doubt)[0])
