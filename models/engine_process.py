"""The engine in a child process: llama.cpp may end it, and the window goes on.

Run as `python -m models.engine_process FILE`, it serves its parent over standard input and output
and ends when the pipe closes, so no orphan outlives a killed window.
"""

import itertools
import logging
import os
import queue
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import BinaryIO, cast

from platformdirs import user_log_path

from core.engine import Answer, Engine, Meter, ModelCard, Request, Turn
from core.engine import Path as TokenPath
from core.known_error import KnownError
from core.tokens import Vocabulary
from models.answers import Answers, Delivery
from models.serving import RequestId
from models.wire import (
    Ask,
    Cancel,
    Failed,
    Hashed,
    Loading,
    Ready,
    RenderChat,
    Split,
    Tokenize,
    Told,
    Wire,
)

log = logging.getLogger(__name__)

DEAD = "The model stopped unexpectedly; the session is safe: load the model again."
CLOSED = "The model was unloaded: load one to go on."


class EngineProcess:
    """A model in a child process, behind the same port. The constructor waits until it is loaded.

    `on_progress` hears the fraction loaded and cancels by returning False; `on_death` is called
    once, on another thread, when the child ends without being asked to.
    """

    def __init__(
        self,
        path: Path,
        on_progress: Callable[[float], bool],
        on_death: Callable[[], None],
    ) -> None:
        self._numbers = itertools.count(1)
        self._asked: dict[int, Answers] = {}
        self._splits: dict[int, queue.SimpleQueue[TokenPath | KnownError]] = {}
        self._closed = False
        self._on_death = on_death
        self._child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            [sys.executable, "-P", "-m", "models.engine_process", str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=os.environ | {"GGML_NO_BACKTRACE": "1"},
        )
        self._wire = Wire(cast("BinaryIO", self._child.stdout), cast("BinaryIO", self._child.stdin))
        try:
            self._card, self._vocabulary = self._wait_until_ready(path, on_progress)
        except BaseException:
            self._end_child()
            raise
        self._reader = threading.Thread(target=self._read, name="engine reports", daemon=True)
        self._reader.start()

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

    def ask(self, request: Request) -> Iterator[Answer]:
        """Yield answers as they come."""
        number = next(self._numbers)
        answers = Answers()
        self._asked[number] = answers
        self._send(Ask(number, request))
        return answers.until_done(lambda: self._cancel(number))

    def close(self) -> None:
        """End the child."""
        if not self._closed:
            self._closed = True
            self._end_child()
            self._reader.join()

    def _cancel(self, number: int) -> None:
        self._asked.pop(number, None)
        if not self._closed and self._child.poll() is None:
            try:
                self._wire.send(Cancel(number))
            except OSError:
                log.debug("the engine ended before it could be told to stop")

    def _send(self, order: Ask | Tokenize | RenderChat) -> None:
        if self._closed:
            raise KnownError(CLOSED)
        try:
            self._wire.send(order)
        except OSError:
            raise KnownError(DEAD) from None

    def _wait_until_ready(
        self, path: Path, on_progress: Callable[[float], bool]
    ) -> tuple[ModelCard, Vocabulary]:
        while True:
            match self._wire.receive():
                case Loading(fraction):
                    if not on_progress(fraction):
                        raise KnownError(f"Loading {path.name} was stopped.")
                case Ready(card, vocabulary):
                    return card, vocabulary
                case Failed(sentence):
                    raise KnownError(sentence)
                case _:
                    raise KnownError(
                        f"{path.name} cannot be loaded: llama.cpp ended while reading it; the file"
                        " may be damaged or need more memory than there is."
                    )

    def _read(self) -> None:
        while (report := self._wire.receive()) is not None:
            match report:
                case Told(number, answers):
                    if (asked := self._asked.get(number)) is not None:
                        asked.deliver(answers)
                    if isinstance(answers[-1], Meter | BaseException):
                        self._asked.pop(number, None)
                case Split(number, tokens):
                    self._splits.pop(number).put(tokens)
                case Hashed(sha256):
                    self._card = self._card.with_hash(sha256)
                case _:
                    log.error("the engine sent %r after it was ready", type(report))
        sentence = CLOSED if self._closed else DEAD
        for asked in tuple(self._asked.values()):
            asked.deliver([KnownError(sentence)])
        for split in tuple(self._splits.values()):
            split.put(KnownError(sentence))
        if not self._closed:
            self._on_death()

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
        if self._reader_is_done():
            self._child.stdout.close()

    def _reader_is_done(self) -> bool:
        reader = getattr(self, "_reader", None)
        if reader is not None:
            reader.join()
        return True


def serve(path: Path) -> None:
    """Load a model and serve the parent until the pipe closes."""
    # llama.cpp and its libraries may print: what they print must not get into the records.
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    wire = Wire(sys.stdin.buffer, private)
    _log_to_file()

    from models.llama_engine import LlamaEngine  # noqa: PLC0415 - llama.cpp lives in the child only

    def report(fraction: float) -> bool:
        wire.send(Loading(fraction))
        return True

    try:
        engine = LlamaEngine(path, report)
    except KnownError as error:
        wire.send(Failed(str(error)))
        return
    wire.send(Ready(engine.card, engine.vocabulary))
    threading.Thread(target=_send_hash, args=(wire, path), daemon=True).start()
    serving: dict[int, RequestId] = {}
    while (order := wire.receive()) is not None:
        match order:
            case Ask(number, request):
                serving[number] = engine.submit(request, _teller(wire, number))
            case Cancel(number):
                if (ours := serving.pop(number, None)) is not None:
                    engine.cancel(ours)
            case Tokenize(number, text):
                wire.send(Split(number, engine.tokenize(text)))
            case RenderChat(number, turns):
                # It may take seconds, and other orders must not wait for it.
                render = partial(_render_chat, wire, engine, number, turns)
                threading.Thread(target=render, daemon=True).start()
            case _:
                log.error("the window sent %r", type(order))
    # The window is gone or has let us go: llama.cpp's threads need no farewell.
    os._exit(0)


def _render_chat(wire: Wire, engine: Engine, number: int, turns: tuple[Turn, ...]) -> None:
    try:
        wire.send(Split(number, engine.render_chat(turns)))
    except KnownError as error:
        wire.send(Split(number, error))


def _log_to_file() -> None:
    """Keep what llama.cpp says where a diagnostic report finds it, and off the terminal."""
    handler: logging.Handler = logging.NullHandler()
    try:
        folder = user_log_path("swerve", appauthor=False, ensure_exists=True)
        handler = RotatingFileHandler(folder / "engine.log", maxBytes=1 << 18, backupCount=1)
    except OSError:
        pass  # without a place for it the log is given up, not the model
    form = "%(asctime)s %(levelname)s %(name)s: %(message)s"
    logging.basicConfig(handlers=[handler], level=logging.INFO, format=form)


def _teller(wire: Wire, number: int) -> Callable[[Delivery], None]:
    def tell(answers: Delivery) -> None:
        wire.send(Told(number, [_portable(answer) for answer in answers]))

    return tell


def _portable(answer: Answer | BaseException) -> Answer | BaseException:
    """Let every error through the pipe: a bug's own class may not exist on the other side."""
    if isinstance(answer, BaseException) and not isinstance(answer, KnownError):
        return RuntimeError("".join(traceback.format_exception(answer)))
    return answer


def _send_hash(wire: Wire, path: Path) -> None:
    from models.file_hash import sha256_of  # noqa: PLC0415 - after the model is there

    wire.send(Hashed(sha256_of(path)))


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
