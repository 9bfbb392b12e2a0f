"""How the next token is drawn: settings, and noise that can be repeated."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sampler:
    """What is done to the raw distribution before a draw, in llama.cpp's order.

    Order: penalties, top-k, typical-p, top-p, min-p, temperature. `temperature` 0 is greedy: the
    likeliest of what the filters leave, which typical-p may have cut the very likeliest from. A
    filter at its neutral value (`top_k` 0, `typical_p`, `top_p` 1, `min_p` 0, penalties 1 and 0) is
    off. Penalties look at the last `penalty_window` tokens of the path.
    """

    temperature: float = 1.0
    top_k: int = 0
    typical_p: float = 1.0
    top_p: float = 1.0
    min_p: float = 0.0
    repeat_penalty: float = 1.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    penalty_window: int = 64

    @property
    def is_greedy(self) -> bool:
        """Whether the likeliest token that the filters leave is always taken."""
        return self.temperature <= 0

    @property
    def has_penalties(self) -> bool:
        """Whether tokens already written are made more or less likely."""
        return self.repeat_penalty != 1 or self.frequency_penalty != 0 or self.presence_penalty != 0


GREEDY = Sampler(temperature=0.0)
FREE = Sampler()


@dataclass(frozen=True, slots=True)
class Stream:
    """A source of noise: the same `seed` and `number` give the same draws, in any company."""

    seed: int
    number: int


NOISES_KEPT = 16
"""Branches that are given the same noise ask for it in turn: each is made once, not per branch."""


@lru_cache(maxsize=NOISES_KEPT)
def gumbel_noise(stream: Stream, draw: int, size: int) -> FloatArray:
    """Return standard Gumbel noise of shape (size,), float32, in token-id order, read-only.

    The generator is counter based (Philox, Salmon et al. 2011), keyed by seed and stream and
    counted by `draw`, the number of draws since the fork: nothing drawn elsewhere moves it.
    """
    bits = np.random.Philox(
        key=[stream.seed & (2**64 - 1), stream.number & (2**64 - 1)], counter=[0, 0, draw, 0]
    )
    uniform = np.random.Generator(bits).random(size, dtype=np.float32)
    np.maximum(
        uniform, np.float32(2**-26), out=uniform
    )  # random() may return 0, and log(0) is -inf
    noise: FloatArray = -np.log(-np.log(uniform))
    noise.flags.writeable = False
    return noise
