"""What each kind of request demands of the reading loop, and what it answers."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from core.comparison import Row, divergence, log_softmax
from core.engine import (
    Continue,
    Contrast,
    Contrasted,
    End,
    Expected,
    Grow,
    Grown,
    Path,
    Read,
    Request,
    Scored,
    Stepped,
    Stopped,
)
from core.known_error import KnownError
from core.tokens import Vocabulary
from models.decoder import Logits
from models.prefix_tree import Place
from models.reading_loop import Demand, Served, Task
from models.readout import Readout

CHUNK = 48
"""Rows of logits that a contrast keeps at once: about one batch."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every task works with: a readout, the vocabulary, the longest path, the empty path."""

    readout: Readout
    vocabulary: Vocabulary
    context: int
    root: Callable[[], Place]

    def whole(self, path: Path, wanted: int, take: Callable[[Logits, Place, bool], None]) -> Demand:
        """Demand the logits after `path[wanted]` and all later positions."""
        if not path:
            raise KnownError("There is no text to read: the model needs at least one token.")
        if len(path) > self.context:
            raise KnownError(
                f"The text is {len(path)} tokens long and the model's context holds"
                f" {self.context}: shorten it."
            )
        if not 0 <= wanted < len(path) or not all(0 <= t < len(self.vocabulary) for t in path):
            raise KnownError("The path holds a position or a token that the model does not have.")
        return Demand(self.root(), path, wanted, take)


def task_for(desk: Desk, request: Request) -> Task:
    """Return the task that serves a request."""
    match request:
        case Read():
            return ReadTask(desk, request)
        case Continue():
            return ContinueTask(desk, request)
        case Grow():
            return GrowTask(desk, request)
        case Contrast():
            return ContrastTask(desk, request)


class ReadTask:
    """Tells what is expected at each position of given paths."""

    def __init__(self, desk: Desk, request: Read) -> None:
        self._desk = desk
        self._request = request

    def start(self, served: Served) -> None:
        """Demand every path."""
        for number, reading in enumerate(self._request.readings):
            positions = iter(range(reading.since, len(reading.path)))

            def take(
                logits: Logits, _: Place, exact: bool, number: int = number,  # noqa: FBT001
                positions: Iterator[int] = positions,
            ) -> None:
                self._take(served, number, next(positions), logits, exact=exact)

            served.demand(self._desk.whole(reading.path, reading.since, take))

    def _take(
        self, served: Served, number: int, index: int, logits: Logits, *, exact: bool
    ) -> None:
        reading = self._request.readings[number]
        readout = self._desk.readout
        readout.load(logits)
        after = index + 1
        served.answer(
            Expected(
                number,
                index,
                readout.distribution(self._request.top, exact=exact),
                readout.score(reading.path[after]) if after < len(reading.path) else None,
                tuple(readout.score(token) for token in reading.watch),
            )
        )


@dataclass(slots=True)
class _Growing:
    drawn: int
    recent: list[int]
    grown: int = 0
    token: Scored | None = None
    logprob: float = 0.0


class ContinueTask:
    """Lets paths grow token by token, side by side."""

    def __init__(self, desk: Desk, request: Continue) -> None:
        self._desk = desk
        self._request = request

    def start(self, served: Served) -> None:
        """Ask what is expected at each tip."""
        for number, growth in enumerate(self._request.growths):
            state = _Growing(growth.drawn, list(growth.path))
            take = partial(self._take, served, number, state)
            demand = self._desk.whole(growth.path, len(growth.path) - 1, take)
            demand.quick = self._request.quick
            served.demand(demand)

    def _take(
        self,
        served: Served,
        number: int,
        state: _Growing,
        logits: Logits,
        place: Place,
        exact: bool,  # noqa: FBT001 - how the loop hands it over
    ) -> None:
        readout = self._desk.readout
        readout.load(logits)
        if state.token is not None:
            expects = readout.distribution(self._request.top, exact=exact)
            served.answer(Stepped(number, state.token, state.logprob, expects))
            state.grown += 1
        end = self._end(state, place)
        if end is not None:
            served.answer(Stopped(number, end))
            return
        growth = self._request.growths[number]
        draw = readout.draw(growth.sampler, growth.stream, state.drawn, state.recent)
        state.drawn += 1
        state.recent.append(draw.id)
        state.token, state.logprob = readout.score(draw.id), draw.logprob
        take = partial(self._take, served, number, state)
        served.demand(Demand(place, (draw.id,), 0, take, quick=self._request.quick))

    def _end(self, state: _Growing, place: Place) -> End | None:
        if state.token is not None and state.token.id in self._desk.vocabulary.ends:
            return End.END_OF_TEXT
        if state.grown >= self._request.limit:
            return End.LIMIT
        if place.depth >= self._desk.context:
            return End.CONTEXT_FULL
        return None


class GrowTask:
    """Grows the tree of the likeliest tokens."""

    def __init__(self, desk: Desk, request: Grow) -> None:
        self._desk = desk
        self._request = request
        self._count = 0

    def start(self, served: Served) -> None:
        """Read the path; its tip is node 0."""
        served.newest_first = True  # depth first keeps few branches alive at once
        path = self._request.path
        take = partial(self._take, served, 0, -1, None, 0.0, 1)
        served.demand(self._desk.whole(path, len(path) - 1, take))

    def _take(  # noqa: PLR0913 - everything that is known of a node
        self,
        served: Served,
        index: int,
        parent: int,
        token: Scored | None,
        logprob: float,
        depth: int,
        logits: Logits,
        place: Place,
        exact: bool,  # noqa: FBT001
    ) -> None:
        request = self._request
        readout = self._desk.readout
        readout.load(logits)
        expects = readout.distribution(max(request.top, request.width), exact=exact)
        served.answer(Grown(index, parent, token, expects))
        if depth >= request.depth or place.depth >= self._desk.context:
            return
        if token is not None and token.id in self._desk.vocabulary.ends:
            return
        floor = math.log(request.least_probability) if request.least_probability > 0 else -math.inf
        children: list[Demand] = []
        for candidate in expects.candidates[: request.width]:
            reached = logprob + candidate.logprob
            if reached < floor:
                continue
            self._count += 1
            scored = Scored(candidate.id, candidate.logprob, candidate.rank)
            take = partial(self._take, served, self._count, index, scored, reached, depth + 1)
            children.append(Demand(place, (candidate.id,), 0, take))
        for child in reversed(children):  # the newest goes first: the likeliest shall be it
            served.demand(child)


class ContrastTask:
    """Holds the distributions after several paths against each other under one continuation."""

    def __init__(self, desk: Desk, request: Contrast) -> None:
        self._desk = desk
        self._request = request
        self._paths = (request.reference, *request.others)
        self._tips: list[Place] = []
        self._rows: list[list[Row]] = []

    def start(self, served: Served) -> None:
        """Demand the last position of every path."""
        longest = max(len(path) for path in self._paths) + len(self._request.continuation)
        if longest > self._desk.context:
            raise KnownError(
                f"The longest branch with its continuation is {longest} tokens long and the"
                f" model's context holds {self._desk.context}: shorten one of them."
            )
        self._begin_chunk([self._desk.root() for _ in self._paths])
        for number, path in enumerate(self._paths):
            take = partial(self._take, served, number, 0, 1)
            served.demand(self._desk.whole(path, len(path) - 1, take))

    def _begin_chunk(self, tips: list[Place]) -> None:
        self._tips = tips
        self._rows = [[] for _ in self._paths]

    def _take(  # noqa: PLR0913 - what is known of a row
        self,
        served: Served,
        number: int,
        first: int,
        length: int,
        logits: Logits,
        place: Place,
        exact: bool,  # noqa: ARG002, FBT001 - this request is never quick
    ) -> None:
        self._rows[number].append(log_softmax(logits))
        self._tips[number] = place
        if any(len(rows) < length for rows in self._rows):
            return
        self._answer(served, first)
        done = first + length - 1
        left = len(self._request.continuation) - done
        size = min(left, max(1, CHUNK // len(self._paths)))
        tips = self._tips
        self._begin_chunk(list(tips))
        if not size:
            return
        tokens = self._request.continuation[done : done + size]
        for other, tip in enumerate(tips):
            take = partial(self._take, served, other, done + 1, size)
            served.demand(Demand(tip, tokens, 0, take))

    def _answer(self, served: Served, first: int) -> None:
        reference, *others = self._rows
        for step, base in enumerate(reference):
            for other, rows in enumerate(others):
                found = divergence(base, rows[step])
                served.answer(
                    Contrasted(other, first + step, found.kl, found.sqrt_js, found.flip)
                )
