"""Long work, told as a stream of events from a closed set."""

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, NewType, Protocol, TypeVar

from core.engine import Answer, Engine, Meter, ModelCard, Path, Request, Turn
from core.products import Product, Spent
from core.tokens import Vocabulary

JobId = NewType("JobId", int)
Event = TypeVar("Event")
Work = Callable[[Engine], Iterator[Product]]
"""A generator that holds all it needs but the engine."""

Post = Callable[[Callable[[], None]], None]
"""Runs a callable, soon, on the thread that owns the session; may be called from any thread."""


@dataclass(frozen=True, slots=True)
class JobStarted:
    """A thread took the job up."""

    job: JobId


@dataclass(frozen=True, slots=True)
class Produced:
    """The job has something new to show."""

    job: JobId
    product: Product


@dataclass(frozen=True, slots=True)
class JobEnded:
    """The job is over: it finished, was stopped, or failed with `error`."""

    job: JobId
    stopped: bool = False
    error: Exception | None = None


JobEvent = JobStarted | Produced | JobEnded
Deliver = Callable[[JobEvent], None]


class JobRunner(Protocol):
    """Runs jobs and reports what they do."""

    def submit(self, job: JobId, work: Work, engine: Engine) -> None:
        """Run `work` on `engine`; events will tell how it goes."""
        ...

    def stop(self, job: JobId) -> None:
        """Ask `job` to end after its current product, without waiting for the next."""
        ...

    def close(self) -> None:
        """Stop all jobs, and wait a moment for them to end."""
        ...


MakeRunner = Callable[[Deliver], JobRunner]


def run_now(action: Callable[[], None]) -> None:
    """Be a `Post` for a program with one thread: run `action` at once."""
    action()


class Outbox(Generic[Event]):
    """Carries events to the owner's thread; what piles up meanwhile arrives as one batch."""

    def __init__(self, post: Post, handle: Callable[[tuple[Event, ...]], None]) -> None:
        self._post = post
        self._handle = handle
        self._lock = threading.Lock()
        self._events: list[Event] = []

    def put(self, event: Event) -> None:
        """Hand over one event, from any thread."""
        with self._lock:
            self._events.append(event)
            is_first = len(self._events) == 1
        if is_first:
            self._post(self._flush)

    def _flush(self) -> None:
        with self._lock:
            events = tuple(self._events)
            self._events.clear()
        if events:
            self._handle(events)


PATIENCE = 1.0
"""Seconds that a job that is over waits to hear what a request has cost that it let go."""


class _Stopped(Exception):  # noqa: N818 - somebody asked for it; nothing is in error
    """The job was stopped while it waited for the engine."""


class _Line:
    """A job's own line to the engine, which can be cut from another thread."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._open: list[Iterator[Answer]] = []
        self._left: list[Iterator[Answer]] = []  # before they had told their cost
        self._is_cut = False

    @property
    def card(self) -> ModelCard:
        """What is loaded."""
        return self._engine.card

    @property
    def vocabulary(self) -> Vocabulary:
        """All tokens."""
        return self._engine.vocabulary

    def tokenize(self, text: str) -> Path:
        """Split text into tokens."""
        return self._engine.tokenize(text)

    def render_chat(self, turns: tuple[Turn, ...]) -> Path:
        """Return a conversation as tokens."""
        return self._engine.render_chat(turns)

    def ask(self, request: Request) -> Iterator[Answer]:
        """Yield the engine's answers until the line is cut."""
        answers = self._engine.ask(request)
        is_over = False
        with self._lock:
            self._open.append(answers)
        try:
            # Looked at after it is in the list: whoever cuts the line now finds it there.
            while not self._is_cut:
                try:
                    answer = next(answers)
                except StopIteration:
                    break
                is_over = isinstance(answer, Meter)
                yield answer
            if self._is_cut:
                raise _Stopped
        finally:
            with self._lock:
                self._open.remove(answers)
            _close(answers)
            if not is_over:
                self._left.append(answers)

    def cut(self) -> None:
        """End what waits for the engine."""
        self._is_cut = True
        with self._lock:
            waiting = tuple(self._open)
        for answers in waiting:
            _close(answers)

    def untold(self) -> Iterator[Meter]:
        """Yield what requests have cost that were left before their end; waits a moment for it."""
        for answers in self._left:
            cost = getattr(answers, "cost", None)
            meter: Meter | None = None if cost is None else cost(PATIENCE)
            if meter is not None and (meter.tokens_read or meter.tokens_reused):
                yield meter

    def close(self) -> None:
        """Refuse: a job does not own the engine."""
        raise AssertionError("a job does not close the engine")


def _close(answers: Iterator[Answer]) -> None:
    close = getattr(answers, "close", None)
    if close is not None:
        with suppress(ValueError):  # a generator that runs on another thread ends there
            close()


class _Jobs:
    """What both runners share: the life of one job."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._stopped: set[JobId] = set()
        self._lines: dict[JobId, _Line] = {}

    def stop(self, job: JobId) -> None:
        """Ask `job` to end after its current product; what it waits for is cancelled."""
        self._stopped.add(job)  # atomic, so safe from any thread
        line = self._lines.get(job)
        if line is not None:
            line.cut()

    def _run(self, job: JobId, work: Work, engine: Engine) -> None:
        self._deliver(JobStarted(job))
        error: Exception | None = None
        line = self._lines[job] = _Line(engine)
        if job in self._stopped:
            line.cut()
        products = work(line)
        try:
            for product in products:
                if job not in self._stopped or isinstance(product, Spent):
                    self._deliver(Produced(job, product))
                if job in self._stopped:
                    break
        except _Stopped:
            pass
        except Exception as failure:  # noqa: BLE001 - any failure ends this job, not the thread
            error = failure
        finally:
            close = getattr(products, "close", None)
            if close is not None:
                close()  # cancels what the engine still works on
        del self._lines[job]
        for meter in line.untold():
            self._deliver(Produced(job, Spent(meter)))
        was_stopped = job in self._stopped
        self._stopped.discard(job)
        self._deliver(JobEnded(job, stopped=was_stopped, error=None if was_stopped else error))


class InlineRunner(_Jobs):
    """Runs each job at once, on the caller's thread: for tests and scripts."""

    def submit(self, job: JobId, work: Work, engine: Engine) -> None:
        """Run `work` to its end."""
        self._run(job, work, engine)

    def close(self) -> None:
        """Do nothing: no job is running."""


class ThreadRunner(_Jobs):
    """Runs each job on a thread of its own; the engine itself batches across them."""

    PATIENCE = 2.0
    """Seconds that `close` waits for threads; they are daemons and never keep the app alive."""

    def __init__(self, deliver: Deliver) -> None:
        super().__init__(deliver)
        self._threads: dict[JobId, threading.Thread] = {}

    def submit(self, job: JobId, work: Work, engine: Engine) -> None:
        """Start a thread for `work`."""
        self._threads = {j: t for j, t in self._threads.items() if t.is_alive()}
        thread = threading.Thread(
            target=self._run, args=(job, work, engine), name=f"job {job}", daemon=True
        )
        self._threads[job] = thread
        thread.start()

    def close(self) -> None:
        """Stop all jobs, and wait a moment for them to end."""
        for job in self._threads:
            self.stop(job)
        for thread in self._threads.values():
            thread.join(self.PATIENCE)
