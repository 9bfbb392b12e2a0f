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

BLOCK = 64


@dataclass(frozen=True, slots=True)
class Draw:
    """A drawn token and the logarithm of the sampler's own probability of it."""

    id: int
    logprob: float


class Readout:
    """Reads rows of `vocabulary_size` logits, with scratch memory of its own. One thread only.

    The top k of a row are found without sorting it: the k largest block maxima name k blocks, and
    every one of the k largest values lies in one of those. Log-sum-exp and entropy are computed in
    float32 on logits shifted by their maximum, which costs at most about 1e-6 nats.
    """

    def __init__(self, vocabulary_size: int) -> None:
        self._size = vocabulary_size
        blocks = -(-vocabulary_size // BLOCK)
        self._padded = np.full(blocks * BLOCK, -np.inf, np.float32)
        self._blocks = self._padded.reshape(blocks, BLOCK)
        self._row = self._padded[:vocabulary_size]
        self._weights = np.empty(vocabulary_size, np.float32)
        self._logprobs = np.empty(vocabulary_size, np.float32)
        self._log_total = 0.0

    def load(self, logits: Logits) -> None:
        """Take up one row; the other methods speak of it."""
        np.subtract(logits, logits.max(), out=self._row)
        np.exp(self._row, out=self._weights)
        self._log_total = math.log(float(self._weights.sum()))

    def distribution(self, top: int, *, exact: bool) -> Distribution:
        """Return the `top` likeliest tokens and the entropy of all."""
        total = float(self._weights.sum())
        entropy = self._log_total - float(self._weights @ self._row) / total
        ids = self.likeliest(top)
        logprobs = self._row[ids] - np.float32(self._log_total)
        return Distribution(
            ids.astype(IDS).tobytes(), logprobs.astype(LOGPROBS).tobytes(), entropy, exact
        )

    def likeliest(self, top: int) -> NDArray[np.int64]:
        """Return the ids of the `top` largest logits, best first, equal ones in id order."""
        top = min(top, self._size)
        if top == 1:
            return np.array([self._row.argmax()])
        if top * 4 >= len(self._blocks):
            found = np.arange(self._size)
        else:
            places = np.argpartition(self._blocks.max(axis=1), -top)[-top:]
            places.sort()
            found = (places[:, None] * BLOCK + np.arange(BLOCK)).ravel()
        values = self._padded[found]
        # A tie at the border must keep the lowest ids, so all that reach the k-th value are sorted.
        border = np.partition(values, -top)[-top]
        kept = values >= border
        found, values = found[kept], values[kept]
        return found[np.lexsort((found, -values))[:top]]

    def score(self, token: int) -> Scored:
        """Return the log-probability and the rank of any token."""
        np.subtract(self._row, np.float32(self._log_total), out=self._logprobs)
        value = self._logprobs[token]
        above = int(np.count_nonzero(self._logprobs > value))
        return Scored(TokenId(token), float(value), 1 + above)

    def draw(self, sampler: Sampler, stream: Stream, drawn: int, recent: list[int]) -> Draw:
        """Draw the next token: a pure function of the row, the settings and the noise.

        Gumbel-max (Gumbel 1954): the argmax of logits / T + noise is a draw from softmax(logits/T).
        `recent` are the path's last tokens, for the penalties.
        """
        logits = self._row
        if sampler.has_penalties:
            logits = _penalised(logits, sampler, recent)
        if sampler.is_greedy:
            return Draw(int(logits.argmax()), 0.0)
        kept = _kept(logits, sampler)
        noise = gumbel_noise(stream, drawn, self._size)
        scaled = (logits if kept is None else logits[kept]) / np.float32(sampler.temperature)
        place = int((scaled + (noise if kept is None else noise[kept])).argmax())
        logprob = float(scaled[place]) - _log_sum_exp(scaled)
        return Draw(place if kept is None else int(kept[place]), logprob)


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
    if (
        sampler.top_k <= 0
        and sampler.top_p >= 1
        and sampler.typical_p >= 1
        and sampler.min_p <= 0
    ):
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
