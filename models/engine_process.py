"""The engine in a child process: llama.cpp may end it, and the window goes on."""

import itertools
import logging
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from core.engine import Engine, Meter, ModelCard, Request, Turn
from core.engine import Path as TokenPath
from core.known_error import KnownError
from core.tokens import Vocabulary
from models.answers import Answers, Asked
from models.wire import (
    Ask,
    Beat,
    Cancel,
    Failed,
    Hashed,
    Loading,
    Measured,
    Order,
    Ready,
    RenderChat,
    Report,
    Split,
    Tokenize,
    Told,
    Wire,
)

log = logging.getLogger(__name__)

DEAD = "The model stopped unexpectedly; the session is safe: load the model again."
CLOSED = "The model was unloaded: load one to go on."

SILENT = (
    "The model does not answer: wait, or end it and load it again with Ctrl+Shift+L; the session"
    " is safe."
)

SILENCE = 5.0
"""Seconds without any sign of life, which is given twice a second whatever llama.cpp computes."""

PATIENCE = 60.0
"""Seconds that one batch or one order may take before the engine counts as stuck, at least; a slow
model's batch may take `SLACK` times as long as its measured speed promises."""

SLACK = 100

LOOK = 0.2
"""Seconds between two looks at whether whoever loads still wants to, when nothing is reported."""

ILLEGAL_INSTRUCTION = (-4, 0xC000001D)
"""What a process ends with when the processor lacks an instruction: on POSIX, and on Windows."""


class EngineProcess:
    """A model in a child process, behind the same port. The constructor waits until it is loaded.

    `on_progress` hears the fraction loaded, again and again also while nothing comes of it, and
    cancels by returning False; `on_death` is called once, on another thread, when a loaded child
    ends without being asked to. `program` is what the interpreter runs as the child.
    """

    def __init__(
        self,
        path: Path,
        on_progress: Callable[[float], bool],
        on_death: Callable[[], None],
        *,
        program: tuple[str, ...] = ("-m", "models.engine_child"),
    ) -> None:
        self._numbers = itertools.count(1)
        self._asked: dict[int, Answers] = {}
        self._splits: dict[int, queue.SimpleQueue[TokenPath | KnownError]] = {}
        self._closed = False
        self._on_death = on_death
        self._is_over = threading.Event()
        self._is_silent = False
        self._heard = time.monotonic()
        self._at_work = 0.0
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", *program, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"GGML_NO_BACKTRACE": "1"},
        )
        self._wire = Wire(cast("BinaryIO", self._child.stdout), cast("BinaryIO", self._child.stdin))
        self._loaded = False
        self._loading: queue.SimpleQueue[Loading | Ready | Failed | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="engine reports", daemon=True)
        self._reader.start()
        try:
            self._wait_until_ready(path, on_progress)
        except BaseException:
            self._closed = True
            self._end_child()
            raise

    @property
    def card(self) -> ModelCard:
        """What is loaded. The hash is filled in a moment after loading."""
        return self._card

    @property
    def vocabulary(self) -> Vocabulary:
        """All tokens."""
        return self._vocabulary

    @property
    def process_id(self) -> int:
        """The child's."""
        return self._child.pid

    def watch(self, on_silence: Callable[[bool], None]) -> None:
        """Call `on_silence` with True when the child does not answer, with False when it does.

        It is called on a thread of its own. Nothing is ended here: a model that only reads a long
        prompt gives its sign of life, and one that gives none may still come back.
        """

        def look() -> None:
            while not self._is_over.wait(SILENCE / 10):
                is_silent = self._does_not_answer()
                if is_silent is not self._is_silent:
                    self._is_silent = is_silent
                    on_silence(is_silent)

        threading.Thread(target=look, name="engine's pulse", daemon=True).start()

    def _does_not_answer(self) -> bool:
        speed = self._card.speed
        batch = 0.0 if speed is None else self._card.arithmetic.most_rows / speed.prompt
        is_stuck = self._at_work > max(PATIENCE, SLACK * batch)
        return is_stuck or time.monotonic() - self._heard > SILENCE

    def tokenize(self, text: str) -> TokenPath:
        """Split a text; answered between two batches, without waiting for requests."""
        return self._split(lambda number: Tokenize(number, text))

    def render_chat(self, turns: tuple[Turn, ...]) -> TokenPath:
        """Return a conversation as the tokens that the model's own template makes of it."""
        return self._split(lambda number: RenderChat(number, turns))

    def _split(self, order: Callable[[int], Tokenize | RenderChat]) -> TokenPath:
        number = next(self._numbers)
        answer: queue.SimpleQueue[TokenPath | KnownError] = queue.SimpleQueue()
        self._splits[number] = answer
        self._send(order(number))
        tokens = answer.get()
        if isinstance(tokens, KnownError):
            raise tokens
        return tokens

    def ask(self, request: Request) -> Asked:
        """Yield answers as they come."""
        number = next(self._numbers)
        answers = Answers()
        self._asked[number] = answers
        self._send(Ask(number, request))
        return Asked(answers, lambda: self._cancel(number))

    def close(self) -> None:
        """End the child."""
        if not self._closed:
            self._closed = True
            if self._does_not_answer():
                self._child.kill()
            self._end_child()

    def _cancel(self, number: int) -> None:
        """Let the child stop serving; it tells what was read so far, unless it is silent."""
        if not self._closed and not self._is_silent and self._child.poll() is None:
            try:
                self._wire.send(Cancel(number))
            except OSError:
                log.debug("the engine ended before it could be told to stop")
        else:
            self._asked.pop(number, None)

    def _send(self, order: Ask | Tokenize | RenderChat) -> None:
        if self._closed:
            raise KnownError(CLOSED)
        try:
            self._wire.send(order)
        except OSError:
            raise KnownError(DEAD) from None

    def _wait_until_ready(self, path: Path, on_progress: Callable[[float], bool]) -> None:
        fraction = 0.0
        while True:
            try:
                report = self._loading.get(timeout=LOOK)
            except queue.Empty:
                report = Loading(fraction)
            match report:
                case Loading(fraction):
                    if not on_progress(fraction):
                        raise KnownError(f"Loading {path.name} was stopped.")
                case Ready():
                    return
                case Failed(sentence):
                    raise KnownError(sentence)
                case None:
                    raise KnownError(self._why_it_ended(path))

    def _why_it_ended(self, path: Path) -> str:
        try:
            status = self._child.wait(timeout=2)
        except subprocess.TimeoutExpired:
            status = 0
        if status in ILLEGAL_INSTRUCTION:
            return (
                f"{path.name} cannot be loaded: llama.cpp was compiled for another processor;"
                " compile it here: pip cache remove llama_cpp_python, make clean, make setup."
            )
        return (
            f"{path.name} cannot be loaded: llama.cpp ended while reading it; the file may be"
            " damaged or need more memory than there is."
        )

    def _read(self) -> None:
        while (report := self._wire.receive()) is not None:
            self._heard = time.monotonic()
            self._take(report)
        self._is_over.set()
        self._loading.put(None)
        sentence = CLOSED if self._closed else DEAD
        for asked in tuple(self._asked.values()):
            asked.deliver([KnownError(sentence)])
        for split in tuple(self._splits.values()):
            split.put(KnownError(sentence))
        if self._loaded and not self._closed:
            self._on_death()

    def _take(self, report: Order | Report) -> None:
        match report:
            case Loading() | Failed():
                self._loading.put(report)
            case Ready(card, vocabulary):
                self._card, self._vocabulary, self._loaded = card, vocabulary, True
                self._loading.put(report)
            case Beat(seconds):
                self._at_work = seconds
            case Told(number, answers):
                if (asked := self._asked.get(number)) is not None:
                    asked.deliver(answers)
                if answers and isinstance(answers[-1], Meter | BaseException):
                    self._asked.pop(number, None)
            case Split(number, tokens):
                self._splits.pop(number).put(tokens)
            case Hashed(sha256):
                self._card = self._card.with_hash(sha256)
            case Measured(floors):
                self._card = self._card.with_floors(floors)
            case _:
                log.error("the engine sent %r", type(report))

    def _end_child(self) -> None:
        """Close the pipe, which ends the child; insist if it does not listen."""
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        try:
            self._child.stdin.close()
        except OSError:
            log.debug("the engine was gone already")
        try:
            self._child.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._reader.join()
        self._child.stdout.close()


def watch(engine: Engine, on_silence: Callable[[bool], None]) -> None:
    """Watch over an engine that has a process of its own; no other can fall silent alone."""
    if isinstance(engine, EngineProcess):
        engine.watch(on_silence)
