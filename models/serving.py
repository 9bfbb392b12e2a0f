"""A request at work: what it demands of the reading loop, and what it has said so far."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NewType, Protocol

from core.engine import Answer, Meter, Priority
from models.decoder import Logits
from models.prefix_tree import Place

RequestId = NewType("RequestId", int)
Deliver = Callable[[list[Answer | BaseException]], None]


@dataclass(slots=True)
class Arrival:
    """The logits after `place`, and whether any other route would repeat them to the last bit.

    `in_shape` says that they and all before them were computed in the exact shape, which is the
    same wherever any shape repeats. The logits are valid until the next batch.
    """

    logits: Logits
    place: Place
    in_shape: bool
    exact: bool


Take = Callable[[Arrival], None]


@dataclass(slots=True)
class Demand:
    """Tokens to be read after `place`; what follows them from offset `wanted` on goes to `take`.

    Arrivals come in order. `quick` allows the fastest shape instead of the exact one.
    """

    place: Place
    tokens: Sequence[int]
    wanted: int
    take: Take
    quick: bool = False
    at: int = 0


class Task(Protocol):
    """A request at work: it demands readings and answers as they come."""

    def start(self, served: "Served") -> None:
        """Demand the first readings."""
        ...


class Errand(Protocol):
    """Work of a request beside the loop's batches, in pieces: nobody waits for more than one."""

    def step(self) -> bool:
        """Do a piece; False when that was the last."""
        ...

    def interrupt(self) -> None:
        """Break off the piece in progress, or the next; it is done again. From any thread."""
        ...

    def close(self) -> None:
        """Let go of what it needs."""
        ...


@dataclass(slots=True)
class Served:
    """One request, its waiting demands or its errand, and what it has cost."""

    id: RequestId
    priority: Priority
    task: Task
    deliver: Deliver
    demands: deque[Demand] = field(default_factory=deque[Demand])
    answers: list[Answer | BaseException] = field(default_factory=list[Answer | BaseException])
    tokens_read: int = 0
    tokens_reused: int = 0
    started: float | None = None
    newest_first: bool = False
    failed: bool = False
    errand: Errand | None = None

    @property
    def is_done(self) -> bool:
        """Whether it waits for nothing more."""
        return self.failed or not (self.demands or self.errand)

    def end_errand(self) -> None:
        """Let go of its errand, done or not."""
        if self.errand is not None:
            self.errand.close()
            self.errand = None

    def demand(self, demand: Demand) -> None:
        """Wait for a reading."""
        if self.newest_first:
            self.demands.appendleft(demand)
        else:
            self.demands.append(demand)

    def meter(self) -> Meter:
        """Return what it has cost so far."""
        seconds = 0.0 if self.started is None else time.perf_counter() - self.started
        return Meter(self.tokens_read, self.tokens_reused, seconds)

    def answer(self, answer: Answer) -> None:
        """Say something; it leaves with the other answers of this batch."""
        self.answers.append(answer)

    def fail(self, error: BaseException) -> None:
        """Say this last, and wait for nothing more."""
        self.failed = True
        self.demands.clear()
        self.answers.append(error)
