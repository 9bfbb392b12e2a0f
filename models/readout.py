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

DEPTH, SHALLOW = 64, 16
"""How many values share a column maximum: about as many columns as values to sort afterwards. That
many short rows take as long to pass over as twice as many values in long ones: so there are two
stages, the first of `SHALLOW` rows."""

PIECE = 24_576
"""Logits worked on at a time: with what is made of them they fit into a core's own cache. The
weights have just passed through every cache when a row is read out, so what is touched once more
must be little; smaller pieces cost more in calls than they save."""

LANE = 1024
"""Products are added up in float32 over so many at a time, and in float64 from there."""

SAFE = 60.0
"""Where the largest logit lies within so many nats of 0, no sum of exponentials over- or underflows
in float32: they are taken of the logits themselves, without a pass that shifts these first."""

ONES: Logits = np.ones(PIECE, np.float32)

SLACK = 1e-6
"""Some eight units in the last place of a float32."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A drawn token and the logarithm of the sampler's own probability of it."""

    id: int
    logprob: float


class Readout:
    """Reads rows of `vocabulary_size` logits, with scratch memory of its own. One thread only.

    The top k of a row are found without sorting it: it is dealt into columns, and the k-th largest
    column maximum is a bound that at least k values reach, and few more. Exponentials are computed
    in float32 and added up in float64 for log-sum-exp and entropy, which costs at most about 1e-6
    nats.
    """

    def __init__(self, vocabulary_size: int) -> None:
        self._size = vocabulary_size
        self._columns = vocabulary_size // DEPTH
        # The maximum of each column, then the values that fill no column.
        self._maxima = np.empty(vocabulary_size - self._columns * (DEPTH - 1), np.float32)
        self._shallow = np.empty(self._columns * (DEPTH // SHALLOW), np.float32)
        self._weights = np.empty(min(PIECE, vocabulary_size), np.float32)
        self._logits: Logits = self._maxima
        self._top = 0.0
        self._entropy = 0.0
        self._log_total = np.float32(0)
        self._is_surveyed = self._is_added_up = False
        self._ids: list[int] = []
        self._logprobs: list[float] = []

    def load(self, logits: Logits) -> None:
        """Take up one row; the other methods speak of it while it stands.

        They compute what they need when they need it: a greedy draw only looks for the largest.
        """
        self._logits = logits
        self._ids = []
        self._is_surveyed = self._is_added_up = False

    def _survey(self) -> None:
        """Find the maximum of each column and of all."""
        if self._is_surveyed:
            return
        self._is_surveyed = True
        logits = self._logits
        dealt = self._columns * DEPTH
        if dealt:
            np.maximum.reduce(logits[:dealt].reshape(SHALLOW, -1), axis=0, out=self._shallow)
            rest = self._shallow.reshape(-1, self._columns)
            np.maximum.reduce(rest, axis=0, out=self._maxima[: self._columns])
        if dealt < self._size:
            self._maxima[self._columns :] = logits[dealt:]
        self._top = float(np.maximum.reduce(self._maxima))

    def _add_up(self) -> None:
        """Compute the normalising sum and the entropy."""
        if self._is_added_up:
            return
        self._is_added_up = True
        self._survey()
        logits = self._logits
        base = 0.0 if abs(self._top) < SAFE else self._top
        total = expected = 0.0
        with np.errstate(invalid="ignore"):
            for at in range(0, self._size, PIECE):
                piece = logits[at : at + PIECE]
                weight, term = self._sums(piece - base if base else piece)
                total += weight
                expected += term
        log_total = math.log(total)
        self._log_total = np.float32(log_total + base - self._top)
        self._entropy = log_total - expected / total

    def _sums(self, values: Logits) -> tuple[float, float]:
        """Return the sums of w and of w ln w over a piece, where w = exp(value)."""
        weights = self._weights[: len(values)]
        np.exp(values, out=weights)
        term = _sum_of_products(weights, values)
        if not math.isfinite(term):  # a forbidden token: its term is 0
            possible = weights > 0
            term = _sum_of_products(weights[possible], values[possible])
        return _sum_of_products(weights, ONES[: len(weights)]), term

    def distribution(self, top: int, *, exact: bool) -> Distribution:
        """Return the `top` likeliest tokens and the entropy of all."""
        self._add_up()
        ids = self.likeliest(top)
        logprobs = self._logits[ids] - self._top - self._log_total
        self._ids, self._logprobs = ids.tolist(), logprobs.tolist()
        packed = ids.astype(IDS).tobytes(), logprobs.astype(LOGPROBS, copy=False).tobytes()
        return Distribution(*packed, self._entropy, exact)

    def likeliest(self, top: int) -> NDArray[np.int64]:
        """Return the ids of the `top` largest logits, best first, equal ones in id order."""
        self._survey()
        if top >= len(self._maxima):
            found = np.arange(self._size)
        else:
            maxima = self._maxima.copy()
            maxima.partition(-top)
            bound = float(maxima[-top])
            # Logits that differ in their last places may be equal once shifted: let those in too.
            found = self._no_less_than(bound - SLACK * (abs(bound) + abs(self._top)))
        order = (self._top - self._logits[found]).argsort(kind="stable")
        best: NDArray[np.int64] = found[order[:top]]
        return best

    def _no_less_than(self, bound: float) -> NDArray[np.int64]:
        """Return the ids of all logits from `bound` on, in order: few columns hold any."""
        width, dealt = self._columns, self._columns * DEPTH
        columns = (self._maxima[:width] >= bound).nonzero()[0]
        near = self._logits[:dealt].reshape(DEPTH, width).take(columns, axis=1) >= bound
        rows, places = np.divmod(near.ravel().nonzero()[0], max(1, len(columns)))
        rest = (self._logits[dealt:] >= bound).nonzero()[0] + dealt
        return np.concatenate((rows * width + columns[places], rest))

    def score(self, token: int) -> Scored:
        """Return the log-probability and the rank of any token."""
        # Ranks are counted among log-probabilities, not logits: what is shown as equal is equal.
        if token in self._ids:
            known = self._logprobs[self._ids.index(token)]
            return Scored(TokenId(token), known, 1 + self._logprobs.index(known))
        self._add_up()
        logprobs = self._shifted - self._log_total
        value = logprobs[token]
        return Scored(TokenId(token), float(value), 1 + int(np.count_nonzero(logprobs > value)))

    def logprob(self, token: int) -> float:
        """Return the log-probability of any token, as `score` tells it, without its rank."""
        self._add_up()
        return float((self._logits[token : token + 1] - self._top - self._log_total)[0])

    @property
    def _shifted(self) -> Logits:
        """The row below its maximum. Made when asked for: few of those who read need it."""
        self._survey()
        shifted: Logits = self._logits - self._top
        return shifted

    def draw(self, sampler: Sampler, stream: Stream, drawn: int, recent: list[int]) -> Draw:
        """Draw the next token: a pure function of the row, the settings and the noise.

        Gumbel-max (Gumbel 1954): the argmax of logits / T + noise is a draw from softmax(logits/T).
        `recent` are the path's last tokens, for the penalties.
        """
        if sampler.is_greedy and not sampler.has_penalties and sampler.typical_p >= 1:
            return Draw(int(self._logits.argmax()), 0.0)
        logits = self._adjusted(sampler, recent)
        if sampler.is_greedy:
            return Draw(_greediest(logits, sampler), 0.0)
        kept = _kept(logits, sampler)
        noise = gumbel_noise(stream, drawn, self._size)
        if kept is None and sampler.temperature == 1 and not sampler.has_penalties:  # the raw law
            place = int((logits + noise).argmax())
            return Draw(place, self.logprob(place))
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
            found[ids == _greediest(logits, sampler)] = 0
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
            return self._shifted
        # The repeat penalty depends on the sign of the model's own logits.
        return _penalised(self._shifted + self._top, sampler, recent)


def _sum_of_products(left: Logits, right: Logits) -> float:
    """Return the sum, float32 within lanes and float64 over them."""
    whole = len(left) - len(left) % LANE
    lanes = np.vecdot(left[:whole].reshape(-1, LANE), right[:whole].reshape(-1, LANE))
    return sum(lanes.tolist(), float(left[whole:].dot(right[whole:])))


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


def _greediest(logits: Logits, sampler: Sampler) -> int:
    """Return the likeliest token that the filters leave: only typical-p may cut the likeliest."""
    kept = _kept(logits, sampler) if sampler.typical_p < 1 else None
    return int(logits.argmax() if kept is None else kept[logits[kept].argmax()])


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
