"""Measures what a difference must exceed to be the model's and not the arithmetic's."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.comparison import Row, divergence, log_softmax
from core.engine import TOP, Floors, MeasureFloors
from core.known_error import KnownError
from models.decoder import Decoder, Interrupted, Logits
from models.decoder import Row as BatchRow
from models.desk import Desk
from models.serving import Arrival, Demand, Served

MOST = 160
"""Positions measured at most: their rows of logits are all kept for the comparison."""

PIECE = 8
"""The second exact route reads this many tokens at a time, beside whatever else is read."""

OTHER_ROWS = 64
"""From so many rows on, llama.cpp reads in the other legitimate arithmetic: chunks of 64, of 96 and
of 512, its own default, are alike to the last bit."""

MOST_OTHER_ROWS = 2 * OTHER_ROWS
"""A text is read in pieces so small: what is left of it makes the last one longer, never a piece of
its own that would be too short."""


class FloorsTask:
    """Reads a text exactly by two routes, then in the other arithmetic, and compares."""

    def __init__(
        self, desk: Desk, request: MeasureFloors, make_other: Callable[[int], Decoder | None]
    ) -> None:
        self._desk = desk
        self._path = request.path[:MOST]
        self._make_other = make_other
        self._first: list[Row] = []
        self._repeat: list[Distance] = []

    def start(self, served: Served) -> None:
        """Demand the whole text."""
        served.demand(self._desk.whole(self._path, 0, partial(self._take_first, served)))

    def _take_first(self, served: Served, arrival: Arrival) -> None:
        self._first.append(log_softmax(arrival.logits))
        if len(self._first) == len(self._path):
            self._demand_piece(served)

    def _demand_piece(self, served: Served) -> None:
        at = len(self._repeat)
        end = min(at + PIECE, len(self._path))
        take = partial(self._take_second, served, end)
        # The tokens before `at` are held; reading on from there is another route to the same place.
        served.demand(Demand(self._desk.root(), self._path[:end], at, take))

    def _take_second(self, served: Served, end: int, arrival: Arrival) -> None:
        again = log_softmax(arrival.logits)
        self._repeat.append(distance(self._first[len(self._repeat)], again))
        if len(self._repeat) == len(self._path):
            self._read_otherwise(served)
        elif len(self._repeat) == end:
            self._demand_piece(served)

    def _read_otherwise(self, served: Served) -> None:
        decoder = self._make_other(len(self._path))
        if decoder is None:
            self._answer(served, [Distance(0.0, 0.0, 0.0, 0.0)])
        else:
            served.errand = OtherReading(
                decoder, self._path, self._first, partial(self._answer, served)
            )

    def _answer(self, served: Served, rounding: Sequence["Distance"]) -> None:
        repeat = self._repeat
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


class OtherReading:
    """Reads a text in the other arithmetic and holds it against the exact rows, piece by piece."""

    def __init__(
        self,
        decoder: Decoder,
        path: Sequence[int],
        exact: Sequence[Row],
        tell: Callable[[Sequence["Distance"]], None],
    ) -> None:
        self._decoder = decoder
        self._path = path
        self._exact = exact
        self._tell = tell
        self._found: list[Distance] = []
        self._logits: Logits | None = None  # rows that wait to be compared
        self._read = 0

    def step(self) -> bool:
        """Read a piece, or compare some of it; False when all is told."""
        if self._logits is None or not len(self._logits):
            self._read_piece()
            return True
        rows, self._logits = self._logits[:PIECE], self._logits[PIECE:]
        for logits in rows:
            self._found.append(distance(self._exact[len(self._found)], log_softmax(logits)))
        if len(self._found) < len(self._path):
            return True
        self._tell(self._found)
        return False

    def _read_piece(self) -> None:
        at = self._read
        left = len(self._path) - at
        size = left if left < MOST_OTHER_ROWS else OTHER_ROWS
        rows = [BatchRow(self._path[i], i, [0], wanted=True) for i in range(at, at + size)]
        try:
            self._logits = self._decoder.decode(rows)
        except Interrupted:
            self._decoder.cut(0, at)
        except KnownError:
            raise KnownError(
                "The rounding floor could not be measured: free some memory."
            ) from None
        else:
            self._read += size

    def interrupt(self) -> None:
        """Break off the piece that is being read."""
        self._decoder.interrupt()

    def close(self) -> None:
        """Let the memory go."""
        self._decoder.close()


@dataclass(frozen=True, slots=True)
class Distance:
    """How far two readings of one position lie apart, as `Floors` counts it."""

    sqrt_js: float
    kl: float
    logprob: float
    log_odds: float


def distance(row: Row, other: Row) -> Distance:
    """Hold two readings of one position against each other, in either direction for KL."""
    top = np.argpartition(row, -TOP)[-TOP:] if len(row) > TOP else np.arange(len(row))
    gaps = row[top] - other[top]
    there, back = divergence(row, other), divergence(other, row)
    # the odds of two tokens differ by the difference of their gaps
    odds = float(gaps.max() - gaps.min())
    gap = float(np.abs(gaps).max())
    return Distance(there.sqrt_js, max(there.kl, back.kl), gap, odds)
