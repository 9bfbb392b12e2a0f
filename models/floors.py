"""Measures what a difference must exceed to be the model's and not the arithmetic's."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.comparison import Row, divergence, log_softmax
from core.engine import TOP, Floors, MeasureFloors
from core.known_error import KnownError
from models.decoder import Decoder
from models.decoder import Row as BatchRow
from models.desk import Desk
from models.serving import Arrival, Demand, Served

MOST = 160
"""Positions measured at most: their rows of logits are all kept for the comparison."""

PIECE = 8
"""The second exact route reads this many tokens at a time, beside whatever else is read."""

OTHER_ROWS = 512
"""The chunk of the other legitimate arithmetic, llama.cpp's own default."""


class FloorsTask:
    """Reads a text exactly by two routes, then in the other arithmetic, and compares."""

    def __init__(
        self, desk: Desk, request: MeasureFloors, make_other: Callable[[int], Decoder | None]
    ) -> None:
        self._desk = desk
        self._path = request.path[:MOST]
        self._make_other = make_other
        self._first: list[Row] = []
        self._second: list[Row] = []

    def start(self, served: Served) -> None:
        """Demand the whole text."""
        served.demand(self._desk.whole(self._path, 0, partial(self._take_first, served)))

    def _take_first(self, served: Served, arrival: Arrival) -> None:
        self._first.append(log_softmax(arrival.logits))
        if len(self._first) == len(self._path):
            self._demand_piece(served)

    def _demand_piece(self, served: Served) -> None:
        at = len(self._second)
        end = min(at + PIECE, len(self._path))
        take = partial(self._take_second, served, end)
        # The tokens before `at` are held; reading on from there is another route to the same place.
        served.demand(Demand(self._desk.root(), self._path[:end], at, take))

    def _take_second(self, served: Served, end: int, arrival: Arrival) -> None:
        self._second.append(log_softmax(arrival.logits))
        if len(self._second) == len(self._path):
            self._answer(served)
        elif len(self._second) == end:
            self._demand_piece(served)

    def _answer(self, served: Served) -> None:
        repeat = distances(self._first, self._second)
        other = self._read_otherwise()
        rounding = distances(self._first, other) if other else [Distance(0.0, 0.0, 0.0, 0.0)]
        served.answer(
            Floors(
                repeat_sqrt_js=max(one.sqrt_js for one in repeat),
                repeat_logprob=max(one.logprob for one in repeat),
                rounding_sqrt_js=max(one.sqrt_js for one in rounding),
                rounding_logprob=max(one.logprob for one in rounding),
                rounding_median=float(np.median([one.sqrt_js for one in rounding])),
                repeat_kl=max(one.kl for one in repeat),
                rounding_kl=max(one.kl for one in rounding),
                repeat_log_odds=max(one.log_odds for one in repeat),
                rounding_log_odds=max(one.log_odds for one in rounding),
            )
        )

    def _read_otherwise(self) -> list[Row]:
        decoder = self._make_other(len(self._path))
        if decoder is None:
            return []
        try:
            rows = [BatchRow(t, place, [0], wanted=True) for place, t in enumerate(self._path)]
            return [log_softmax(logits) for logits in decoder.decode(rows)]
        except KnownError:
            raise KnownError(
                "The rounding floor could not be measured: free some memory."
            ) from None
        finally:
            decoder.close()


@dataclass(frozen=True, slots=True)
class Distance:
    """How far two readings of one position lie apart, as `Floors` counts it."""

    sqrt_js: float
    kl: float
    logprob: float
    log_odds: float


def distances(rows: list[Row], others: list[Row]) -> list[Distance]:
    """Hold the readings of each position against each other, in either direction for KL."""
    found: list[Distance] = []
    for row, other in zip(rows, others, strict=True):
        top = np.argpartition(row, -TOP)[-TOP:] if len(row) > TOP else np.arange(len(row))
        gaps = row[top] - other[top]
        there, back = divergence(row, other), divergence(other, row)
        # the odds of two tokens differ by the difference of their gaps
        odds = float(gaps.max() - gaps.min())
        gap = float(np.abs(gaps).max())
        found.append(Distance(there.sqrt_js, max(there.kl, back.kl), gap, odds))
    return found
