"""The same batches in the engine, bare, and in the child, in turn: what speed is measured by."""

import queue
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, Self

from core.engine import Continue, Engine, Grow, Meter, Read, Stepped, Withdrawn
from core.tokens import TokenId
from models.decoder import CellsFull
from models.engine_process import EngineProcess
from models.llama_decoder import LlamaDecoder
from models.llama_engine import SEQUENCES, LlamaEngine
from models.load_check import MOST_ROWS
from models.replay import Operation, Recording

P = ParamSpec("P")

CELLS = 4096
ROUNDS = 3
"""Every ratio is the median of so many pairs, measured in turn."""

REST = 0.05
"""Seconds between two measurements."""

Asking = Read | Continue | Grow


@dataclass(frozen=True, slots=True)
class Measured:
    """Tokens gained, the seconds of their batches bare, and the bare speed's share that is left.

    `ratio` is left in process, `child_ratio` through the child: 1 is as fast as bare.
    """

    tokens: float
    bare: float
    ratio: float
    child_ratio: float

    @property
    def speed(self) -> float:
        """Tokens a second in process."""
        return self.bare_speed * self.ratio

    @property
    def bare_speed(self) -> float:
        """Tokens a second with nothing read out."""
        return self.tokens / self.bare


class RecordedEngine(LlamaEngine):
    """The engine in this process, with every call to its decoder remembered, and a bare decoder."""

    def __init__(self, path: Path, *, cells: int = CELLS) -> None:
        self._acts: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        super().__init__(path, lambda _: True, cells=cells)
        self.recording = Recording(self._decoder)
        self.replace_decoder(self.recording)
        self._bare = LlamaDecoder(
            self.file,
            cells=cells,
            sequences=SEQUENCES,
            most_rows=MOST_ROWS,
            threads=self.card.threads,
        )

    def replay(self, operations: list[Operation]) -> float:
        """Do bare, while nothing is asked, what was recorded; return the seconds.

        It is done on the engine's own thread: see `models.passing_thread`.
        """
        taken: list[float] = []
        done = threading.Event()

        def act() -> None:
            for operation in operations:
                with suppress(CellsFull):  # recorded too; the engine answered it by making room
                    operation(self._bare)

        def timed() -> None:
            taken.append(seconds_of(act))
            done.set()

        self._acts.put(timed)
        self._work.release()
        done.wait()
        return taken[0]

    def close(self) -> None:
        """Free both decoders."""
        super().close()
        self._bare.close()

    def _serve_once(self) -> bool:
        if self._acts.empty():
            return super()._serve_once()
        self._acts.get()()
        return True


class Pairs:
    """Runs a request here, then its batches bare, then the request in the child, in turn."""

    def __init__(self, engine: RecordedEngine, child: EngineProcess) -> None:
        self.engine = engine
        self.child = child

    def measure(
        self,
        make: Callable[[int], Asking],
        before: Callable[[int], object],
        rounds: int = ROUNDS,
        drafts: int | None = None,
    ) -> Measured:
        """Ask what `make` makes, `rounds` times; `before` is not timed.

        With `drafts`, the request is broken off when so many tokens are told.
        """
        ours: list[float] = []
        raw: list[float] = []
        childs: list[float] = []
        gained: list[int] = []
        for number in range(rounds):
            request = make(number)
            self.catch_up()
            before(number)
            prepared = self.engine.recording.take()
            _rest()
            with Taken(self.engine, request, drafts) as taken:
                timed = self.engine.recording.take()  # the batch that has begun since is not in it
            ours.append(taken.seconds)
            gained.append(taken.gained)
            self.engine.replay(prepared)
            _rest()
            raw.append(self.engine.replay(timed))
            _rest()
            with Taken(self.child, request, drafts) as taken:
                childs.append(taken.seconds)
        return Measured(
            statistics.median(gained),
            statistics.median(raw),
            statistics.median(r / o for r, o in zip(raw, ours, strict=True)),
            statistics.median(r / c for r, c in zip(raw, childs, strict=True)),
        )

    def catch_up(self) -> None:
        """Do bare what was done since the last measurement, so that both hold the same cells."""
        self.engine.replay(self.engine.recording.take())


def _rest() -> None:
    """Let the helpers of what was measured last fall asleep: for a moment they wait actively."""
    time.sleep(REST)


class Taken:
    """Asks and takes the time: to the end, or until so many `drafts` are told; then it lets go.

    `grown` are the tokens of each continuation, and `read` how many the engine has read.
    """

    def __init__(
        self, engine: LlamaEngine | EngineProcess, request: Asking, drafts: int | None
    ) -> None:
        start = time.perf_counter()
        self._answers = engine.ask(request)
        self.read = 0
        self.grown: dict[int, list[TokenId]] = {}
        for answer in self._answers:
            match answer:
                case Stepped(growth, token):
                    tokens = self.grown.setdefault(growth, [])
                    tokens.append(token.id)
                    if len(tokens) == drafts:
                        break
                case Withdrawn(growth, index):
                    del self.grown[growth][index:]
                case Meter():
                    self.read = answer.tokens_read
                case _:
                    pass
        self.seconds = time.perf_counter() - start

    @property
    def gained(self) -> int:
        """How many tokens were written or, where nothing was to be written, read."""
        return sum(len(tokens) for tokens in self.grown.values()) or self.read

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._answers.close()


def seconds_of(act: Callable[P, object], *args: P.args, **keywords: P.kwargs) -> float:
    """Do it, and return the seconds it took."""
    start = time.perf_counter()
    act(*args, **keywords)
    return time.perf_counter() - start


def drain(engine: Engine, request: Asking) -> Meter:
    """Ask, and return what it cost."""
    for answer in engine.ask(request):
        if isinstance(answer, Meter):
            return answer
    raise AssertionError("every request ends with its cost")


def timed(engine: Engine, request: Asking) -> tuple[float, int]:
    """Ask, and return the seconds and the tokens read."""
    start = time.perf_counter()
    meter = drain(engine, request)
    return time.perf_counter() - start, meter.tokens_read
