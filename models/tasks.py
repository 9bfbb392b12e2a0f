"""What each kind of request demands of the reading loop, and what it answers."""

import math
from dataclasses import dataclass
from functools import partial

from core.comparison import Row, divergence, log_softmax
from core.distribution import LOGPROBS
from core.engine import (
    Continue,
    Contrast,
    Contrasted,
    End,
    Expected,
    Grow,
    Grown,
    Read,
    Scored,
    Stopped,
)
from core.known_error import KnownError
from models.continue_task import ContinueTask
from models.desk import Desk
from models.prefix_tree import Place
from models.serving import Arrival, Demand, Served, Task

CHUNK = 48
"""Rows of logits that a contrast keeps at once: about one batch."""


def task_for(desk: Desk, request: Read | Continue | Grow | Contrast) -> Task:
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
            self._desk.check(reading.watch)
            take = partial(self._take, served, number)
            served.demand(self._desk.whole(reading.path, reading.since, take))

    def _take(self, served: Served, number: int, arrival: Arrival) -> None:
        reading = self._request.readings[number]
        readout = self._desk.readout
        readout.load(arrival.logits)
        after = arrival.place.depth
        expects = readout.distribution(self._request.top, exact=arrival.exact)
        drawn: bytes | None = None
        if reading.sampler is not None:
            recent: list[int] = [*reading.path[:after]]
            columns = readout.drawn_logprobs(expects.id_array, reading.sampler, recent)
            drawn = columns.astype(LOGPROBS).tobytes()
        served.answer(
            Expected(
                number,
                after - 1,
                expects,
                readout.score(reading.path[after]) if after < len(reading.path) else None,
                tuple(readout.score(token) for token in reading.watch),
                drawn,
            )
        )


@dataclass(frozen=True, slots=True)
class _Sprout:
    """A node before its distribution is known; `logprob` is that of the path since the root."""

    index: int
    parent: int
    token: Scored | None
    logprob: float
    depth: int


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
        take = partial(self._take, served, _Sprout(0, -1, None, 0.0, 1))
        served.demand(self._desk.whole(path, len(path) - 1, take))

    def _take(self, served: Served, node: _Sprout, arrival: Arrival) -> None:
        request = self._request
        readout, place = self._desk.readout, arrival.place
        readout.load(arrival.logits)
        expects = readout.distribution(max(request.top, request.width), exact=arrival.exact)
        served.answer(Grown(node.index, node.parent, node.token, expects))
        if node.depth >= request.depth:
            return
        if node.token is not None and node.token.id in self._desk.vocabulary.ends:
            return
        if place.depth >= self._desk.context:
            served.answer(Stopped(node.index, End.CONTEXT_FULL))
            return
        floor = math.log(request.least_probability) if request.least_probability > 0 else -math.inf
        children: list[Demand] = []
        mass = 0.0
        for candidate in expects.candidates[: request.width]:
            if mass >= request.top_p:
                break
            mass += math.exp(candidate.logprob)
            reached = node.logprob + candidate.logprob
            if reached < floor:
                continue
            self._count += 1
            scored = Scored(candidate.id, candidate.logprob, candidate.rank)
            child = _Sprout(self._count, node.index, scored, reached, node.depth + 1)
            take = partial(self._take, served, child)
            children.append(Demand(place, (candidate.id,), 0, take))
        for demand in reversed(children):  # the newest goes first: the likeliest shall be it
            served.demand(demand)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Rows `first` to `first + length - 1` of every path, as they arrive, and the last places.

    `forced` are the log-probabilities (nats) of the tokens that are forced after each row, None
    after the last one of all.
    """

    first: int
    length: int
    rows: list[list[Row]]
    forced: list[list[float | None]]
    tips: list[Place]


class ContrastTask:
    """Holds the distributions after several paths against each other under one continuation."""

    def __init__(self, desk: Desk, request: Contrast) -> None:
        self._desk = desk
        self._request = request
        self._paths = (request.reference, *request.others)

    def start(self, served: Served) -> None:
        """Demand the last position of every path."""
        longest = max(len(path) for path in self._paths) + len(self._request.continuation)
        if longest > self._desk.context:
            raise KnownError(
                f"The longest branch with its continuation is {longest} tokens long and the"
                f" model's context holds {self._desk.context}: shorten one of them."
            )
        self._desk.check(self._request.continuation)
        chunk = self._chunk(0, 1)
        for number, path in enumerate(self._paths):
            take = partial(self._take, served, chunk, number)
            served.demand(self._desk.whole(path, len(path) - 1, take))

    def _chunk(self, first: int, length: int) -> _Chunk:
        tips = [self._desk.root() for _ in self._paths]
        rows: list[list[Row]] = [[] for _ in self._paths]
        forced: list[list[float | None]] = [[] for _ in self._paths]
        return _Chunk(first, length, rows, forced, tips)

    def _take(self, served: Served, chunk: _Chunk, number: int, arrival: Arrival) -> None:
        after = chunk.first + len(chunk.rows[number])
        chunk.forced[number].append(self._forced_logprob(after, arrival))
        chunk.rows[number].append(log_softmax(arrival.logits))
        chunk.tips[number] = arrival.place
        if any(len(rows) < chunk.length for rows in chunk.rows):
            return
        self._answer(served, chunk)
        done = chunk.first + chunk.length - 1
        left = len(self._request.continuation) - done
        size = min(left, max(1, CHUNK // len(self._paths)))
        if not size:
            return
        tokens = self._request.continuation[done : done + size]
        following = self._chunk(done + 1, size)
        for other, tip in enumerate(chunk.tips):
            take = partial(self._take, served, following, other)
            served.demand(Demand(tip, tokens, 0, take))

    def _forced_logprob(self, after: int, arrival: Arrival) -> float | None:
        """Return ln p of the token that is forced here, by the way that a Read tells it."""
        forced = self._request.continuation
        if after == len(forced):
            return None
        self._desk.readout.load(arrival.logits)
        return self._desk.readout.logprob(forced[after])

    def _answer(self, served: Served, chunk: _Chunk) -> None:
        reference, *others = chunk.rows
        base_forced, *others_forced = chunk.forced
        for step, base in enumerate(reference):
            for other, rows in enumerate(others):
                found = divergence(base, rows[step])
                served.answer(
                    Contrasted(
                        other,
                        chunk.first + step,
                        found.kl,
                        found.sqrt_js,
                        found.flip,
                        base_forced[step],
                        others_forced[other][step],
                    )
                )
