"""The same batches in the engine, bare, and in the child, in turn: what speed is measured by."""

import queue
import statistics
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import ParamSpec, Self

from core.engine import Continue, Engine, Grow, Meter, Read, Stepped
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
        make: Callable[[int], Read | Continue | Grow],
        before: Callable[[int], object],
        rounds: int = ROUNDS,
        drafts: int | None = None,
    ) -> tuple[float, float, float, float]:
        """Return seconds in process, bare and in the child, and tokens read; medians of rounds.

        `before` is not timed. With `drafts`, the request is broken off when so many are told.
        """
        ours: list[float] = []
        raw: list[float] = []
        childs: list[float] = []
        read: list[int] = []
        for number in range(rounds):
            request = make(number)
            self.catch_up()
            before(number)
            prepared = self.engine.recording.take()
            with Taken(self.engine, request, drafts) as taken:
                timed = self.engine.recording.take()  # the batch that has begun since is not in it
            ours.append(taken.seconds)
            read.append(taken.tokens)
            self.engine.replay(prepared)
            raw.append(self.engine.replay(timed))
            with Taken(self.child, request, drafts) as taken:
                childs.append(taken.seconds)
        ratio = statistics.median(o / r for o, r in zip(ours, raw, strict=True))
        child_ratio = statistics.median(c / r for c, r in zip(childs, raw, strict=True))
        bare = statistics.median(raw)
        return bare * ratio, bare, bare * child_ratio, statistics.median(read)

    def catch_up(self) -> None:
        """Do bare what was done since the last measurement, so that both hold the same cells."""
        self.engine.replay(self.engine.recording.take())


class Taken:
    """Asks and takes the time: to the end, or until so many `drafts` are told; then it lets go."""

    def __init__(
        self,
        engine: LlamaEngine | EngineProcess,
        request: Read | Continue | Grow,
        drafts: int | None,
    ) -> None:
        start = time.perf_counter()
        self._answers = engine.ask(request)
        self.tokens = 0
        self.grown: list[TokenId] = []
        for answer in self._answers:
            if isinstance(answer, Meter):
                self.tokens = answer.tokens_read
            elif drafts is not None and isinstance(answer, Stepped):
                self.grown.append(answer.token.id)
                self.tokens += 1
                if self.tokens == drafts:
                    break
        self.seconds = time.perf_counter() - start

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._answers.close()


def seconds_of(act: Callable[P, object], *args: P.args, **keywords: P.kwargs) -> float:
    """Do it, and return the seconds it took."""
    start = time.perf_counter()
    act(*args, **keywords)
    return time.perf_counter() - start


def drain(engine: Engine, request: Read | Continue | Grow) -> Meter:
    """Ask, and return what it cost."""
    for answer in engine.ask(request):
        if isinstance(answer, Meter):
            return answer
    raise AssertionError("every request ends with its cost")


def timed(engine: Engine, request: Read | Continue | Grow) -> tuple[float, int]:
    """Ask, and return the seconds and the tokens read."""
    start = time.perf_counter()
    meter = drain(engine, request)
    return time.perf_counter() - start, meter.tokens_read
