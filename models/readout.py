"""From a row of logits to what people look at: candidates, entropy, rank, a draw."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.distribution import IDS, LOGPROBS, Distribution
from core.engine import Scored
from core.sampling import Sampler, Stream, gumbel_noise
from core.tokens import TokenId
from models.decoder import Logits

DEPTH = 64
"""How many values lie in a column: about as many columns as values to sort afterwards."""

PIECE = 8192
"""Values of a scalar product below which OpenBLAS stays on the thread that asks."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A drawn token and the logarithm of the sampler's own probability of it."""

    id: int
    logprob: float


class Readout:
    """Reads rows of `vocabulary_size` logits, with scratch memory of its own. One thread only.

    The top k of a row are found without sorting it: the row is dealt into columns, the k largest
    column maxima name k columns, and every one of the k largest values lies in one of those.
    Log-sum-exp and entropy are computed in float32 on logits shifted by their maximum, which costs
    at most about 1e-6 nats.
    """

    def __init__(self, vocabulary_size: int) -> None:
        self._size = vocabulary_size
        self._columns = -(-vocabulary_size // DEPTH)
        self._padded = np.full(self._columns * DEPTH, -np.inf, np.float32)
        self._dealt = self._padded.reshape(DEPTH, self._columns)
        self._row = self._padded[:vocabulary_size]
        self._steps = np.arange(DEPTH) * self._columns
        self._weights = np.empty(vocabulary_size, np.float32)
        self._top = np.float32(0)
        self._total = 0.0
        self._log_total = np.float32(0)
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._logprobs: NDArray[np.float32] = np.empty(0, np.float32)

    def load(self, logits: Logits) -> None:
        """Take up one row; the other methods speak of it."""
        self._top = logits.max()
        np.subtract(logits, self._top, out=self._row)
        np.exp(self._row, out=self._weights)
        self._total = float(self._weights.sum())
        self._log_total = np.float32(math.log(self._total))
        self._ids = np.empty(0, np.int64)

    def distribution(self, top: int, *, exact: bool) -> Distribution:
        """Return the `top` likeliest tokens and the entropy of all."""
        with np.errstate(invalid="ignore"):
            expected = _dot(self._weights, self._row)
        if not math.isfinite(expected):  # a forbidden token: its term p ln p is 0
            possible = self._weights > 0
            expected = _dot(self._weights[possible], self._row[possible])
        entropy = float(self._log_total) - expected / self._total
        ids = self.likeliest(top)
        logprobs = self._row[ids] - self._log_total
        self._ids, self._logprobs = ids, logprobs
        packed = ids.astype(IDS).tobytes(), logprobs.astype(LOGPROBS).tobytes()
        return Distribution(*packed, entropy, exact)

    def likeliest(self, top: int) -> NDArray[np.int64]:
        """Return the ids of the `top` largest logits, best first, equal ones in id order."""
        top = min(top, self._size)
        if top * 4 >= self._columns:
            found = np.arange(self._size)
        else:
            maxima = self._dealt.max(axis=0)
            columns = np.flatnonzero(maxima >= np.partition(maxima, -top)[-top])
            found = (columns + self._steps[:, None]).ravel()
        values = self._padded[found]
        # A tie at the border must keep the lowest ids, so all that reach the k-th value are sorted.
        kept = values >= np.partition(values, -top)[-top]
        found, values = found[kept], values[kept]
        best: NDArray[np.int64] = found[np.lexsort((found, -values))[:top]]
        return best

    def score(self, token: int) -> Scored:
        """Return the log-probability and the rank of any token."""
        # Ranks are counted among log-probabilities, not logits: what is shown as equal is equal.
        places = (self._ids == token).nonzero()[0]
        if len(places):
            known = self._logprobs[places[0]]
            rank = 1 + int(np.count_nonzero(self._logprobs > known))
            return Scored(TokenId(token), float(known), rank)
        logprobs = self._row - self._log_total
        value = logprobs[token]
        return Scored(TokenId(token), float(value), 1 + int(np.count_nonzero(logprobs > value)))

    def draw(self, sampler: Sampler, stream: Stream, drawn: int, recent: list[int]) -> Draw:
        """Draw the next token: a pure function of the row, the settings and the noise.

        Gumbel-max (Gumbel 1954): the argmax of logits / T + noise is a draw from softmax(logits/T).
        `recent` are the path's last tokens, for the penalties.
        """
        logits = self._adjusted(sampler, recent)
        if sampler.is_greedy:
            return Draw(int(logits.argmax()), 0.0)
        kept = _kept(logits, sampler)
        noise = gumbel_noise(stream, drawn, self._size)
        scaled = (logits if kept is None else logits[kept]) / np.float32(sampler.temperature)
        place = int((scaled + (noise if kept is None else noise[kept])).argmax())
        logprob = float(scaled[place]) - _log_sum_exp(scaled)
        return Draw(place if kept is None else int(kept[place]), logprob)

    def drawn_logprobs(
        self, ids: NDArray[np.int32], sampler: Sampler, recent: list[int]
    ) -> NDArray[np.float32]:
        """Return the sampler's own log-probabilities of some tokens; -inf for those it cuts."""
        logits = self._adjusted(sampler, recent)
        found = np.full(len(ids), -np.inf, np.float32)
        if sampler.is_greedy:
            found[ids == logits.argmax()] = 0
            return found
        kept = _kept(logits, sampler)
        scaled = (logits if kept is None else logits[kept]) / np.float32(sampler.temperature)
        total = np.float32(_log_sum_exp(scaled))
        if kept is None:
            return scaled[ids] - total
        places = np.minimum(np.searchsorted(kept, ids), len(kept) - 1)
        stays = kept[places] == ids
        found[stays] = scaled[places[stays]] - total
        return found

    def _adjusted(self, sampler: Sampler, recent: list[int]) -> Logits:
        if not sampler.has_penalties:
            return self._row
        # The repeat penalty depends on the sign of the model's own logits.
        return _penalised(self._row + self._top, sampler, recent)


def _dot(a: Logits, b: Logits) -> float:
    """Return the scalar product, summed in pieces that no BLAS shares out among threads.

    Its helpers would compete with llama.cpp's for the cores, and how the sum is parted, hence its
    last digit, would depend on how many there are.
    """
    return math.fsum(
        float(a[at : at + PIECE] @ b[at : at + PIECE]) for at in range(0, len(a), PIECE)
    )


def _log_sum_exp(values: Logits) -> float:
    top = float(values.max())
    return top + math.log(float(np.exp(values - np.float32(top)).sum()))


def _penalised(logits: Logits, sampler: Sampler, recent: list[int]) -> Logits:
    """Penalise tokens already written, as llama.cpp's penalties sampler does."""
    window = recent[-sampler.penalty_window :] if sampler.penalty_window > 0 else recent
    if not window:
        return logits
    ids, counts = np.unique(np.array(window), return_counts=True)
    changed = logits.copy()
    values = changed[ids]
    repeat = np.float32(sampler.repeat_penalty)
    values = np.where(values <= 0, values * repeat, values / repeat)
    values -= counts.astype(np.float32) * np.float32(sampler.frequency_penalty)
    changed[ids] = values - np.float32(sampler.presence_penalty)
    return changed


def _kept(logits: Logits, sampler: Sampler) -> NDArray[np.int64] | None:
    """Return the ids that the filters leave, in id order, or None when all stay.

    Order: top-k, typical-p (Meister et al. 2023), top-p (Holtzman et al. 2020), min-p (Nguyen et
    al. 2024); each filter renormalises what the one before has left.
    """
    if sampler.top_k <= 0 and sampler.top_p >= 1 and sampler.typical_p >= 1 and sampler.min_p <= 0:
        return None
    if 0 < sampler.top_k < len(logits):
        # Ties at the border go to the lowest ids.
        border = np.partition(logits, -sampler.top_k)[-sampler.top_k]
        above = np.flatnonzero(logits > border)
        level = np.flatnonzero(logits == border)[: sampler.top_k - len(above)]
        ids = np.concatenate((above, level))
    else:
        ids = np.arange(len(logits))
    ids = ids[np.lexsort((ids, -logits[ids]))]
    if sampler.typical_p < 1:
        ids = ids[logits[ids] > -np.inf]  # a forbidden token: its term p ln p is 0
        logprobs = logits[ids] - _log_sum_exp(logits[ids])
        entropy = -float(np.exp(logprobs) @ logprobs)
        order = np.argsort(np.abs(-logprobs - entropy), kind="stable")
        mass = np.cumsum(np.exp(logprobs[order]))
        ids = ids[np.sort(order[: int(np.searchsorted(mass, sampler.typical_p)) + 1])]
    if sampler.top_p < 1:
        logprobs = logits[ids] - _log_sum_exp(logits[ids])
        mass = np.cumsum(np.exp(logprobs))
        ids = ids[: int(np.searchsorted(mass, sampler.top_p)) + 1]
    if sampler.min_p > 0:
        ids = ids[logits[ids] >= logits[ids[0]] + math.log(sampler.min_p)]
    return np.sort(ids)
