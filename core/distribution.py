"""What a model expects next, at one place in the tree."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.tokens import TokenId

IDS = np.dtype("<i4")
LOGPROBS = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A token the model considered, its log-probability (nats) and its rank (1 is likeliest)."""

    id: TokenId
    logprob: float
    rank: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """The likeliest next tokens, best first, of a raw softmax at T = 1.

    `ids` and `logprobs` are packed little-endian columns (int32 and float32): they cross processes
    and reach the disk as they are, and are decoded only when somebody looks. `entropy` is that of
    the whole vocabulary, in nats. `exact` is False for a reading made in a hurry, which another
    route would not repeat to the last bit.
    """

    ids: bytes
    logprobs: bytes
    entropy: float
    exact: bool

    def __len__(self) -> int:
        return len(self.ids) // IDS.itemsize

    @property
    def id_array(self) -> NDArray[np.int32]:
        """Token ids, best first, shape (k,)."""
        return np.frombuffer(self.ids, IDS)

    @property
    def logprob_array(self) -> NDArray[np.float32]:
        """Log-probabilities in nats, best first, shape (k,)."""
        return np.frombuffer(self.logprobs, LOGPROBS)

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The kept candidates, best first; equally likely ones share the better rank."""
        logprobs = self.logprob_array
        ranks = 1 + np.searchsorted(-logprobs, -logprobs, side="left")
        columns = (self.id_array.tolist(), logprobs.tolist(), ranks.tolist())
        return tuple(
            Candidate(TokenId(token), logprob, rank)
            for token, logprob, rank in zip(*columns, strict=True)
        )

    @property
    def rest(self) -> float:
        """Probability of all tokens that were not kept."""
        return max(0.0, 1.0 - float(np.exp(self.logprob_array.astype(np.float64)).sum()))

    def candidate(self, token: int) -> Candidate | None:
        """Return `token` among the kept candidates, or None when it was not kept."""
        return next((c for c in self.candidates if c.id == token), None)
