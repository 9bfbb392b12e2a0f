"""The child's end: serves one engine to the parent over standard input and output.

Run as `python -m models.engine_child FILE`. It ends when the pipe closes, so no orphan outlives a
killed window.
"""

import json
import logging
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, fields
from functools import partial
from logging.handlers import RotatingFileHandler
from pathlib import Path

from platformdirs import user_log_path

from core.engine import Answer, Engine, Floors, MeasureFloors, Meter, Request, Turn
from core.engine import Path as TokenPath
from core.known_error import KnownError
from models.answers import Delivery
from models.file_facts import remembered
from models.floors import MOST
from models.looping_engine import LoopingEngine
from models.machine import machine
from models.sample_text import SAMPLE
from models.serving import RequestId
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

BEAT = 0.5
"""Seconds between two signs of life."""

IDLE = 2.0
"""Seconds without any request before the floors are measured, once for each file."""

NO_TOKENS = (
    "The model's tokens of this text could not be found ({error}): the session is safe, and more"
    " stands in the engine's log."
)

Load = Callable[[Callable[[float], bool]], LoopingEngine]
"""Loads an engine, telling the fraction loaded; raises `KnownError`."""


class _Desk:
    """Carries out the parent's orders on one engine."""

    def __init__(self, wire: Wire, engine: LoopingEngine) -> None:
        self._wire = wire
        self._engine = engine
        self._serving: dict[int, RequestId] = {}
        self._lock = threading.Lock()
        self._order_began = 0.0
        self._last_said = time.monotonic()

    def carry_out(self, order: Order | Report) -> None:
        """Do what the parent wants; answers go out as they come."""
        self._order_began = time.monotonic()
        match order:
            case Ask(number, request):
                self._ask(number, request)
            case Cancel(number):
                with self._lock:
                    ours = self._serving.pop(number, None)
                if ours is not None:
                    self._engine.cancel(ours)
            case Tokenize(number, text):
                self._wire.send(_split(number, lambda: self._engine.tokenize(text)))
            case RenderChat(number, turns):
                # It may take seconds, and other orders must not wait for it.
                render = partial(_render_chat, self._wire, self._engine, number, turns)
                threading.Thread(target=render, daemon=True).start()
            case _:
                log.error("the window sent %r", type(order))
        self._order_began = 0.0

    def beat(self) -> None:
        """Give a sign of life, twice a second, as long as somebody is there to see it."""
        with suppress(OSError):
            while True:
                began = self._order_began
                at_order = time.monotonic() - began if began else 0.0
                self._wire.send(Beat(max(at_order, self._engine.busy_seconds())))
                time.sleep(BEAT)

    def measure_floors(self, path: Path) -> None:
        """Tell the model's floors, measured on a sample text while nobody asks for anything."""
        card = self._engine.card

        def find() -> str:
            while self._serving or time.monotonic() - self._last_said < IDLE:
                time.sleep(IDLE / 4)
            text = self._engine.tokenize(SAMPLE * 2)[: min(MOST, card.context)]
            start = () if self._engine.vocabulary.bos is None else (self._engine.vocabulary.bos,)
            for answer in self._engine.ask(MeasureFloors((*start, *text[: MOST - len(start)]))):
                if isinstance(answer, Floors):
                    return json.dumps(asdict(answer))
            raise AssertionError("floors are answered or refused")

        names = " ".join(field.name for field in fields(Floors))
        kind = f"floors of {names}|{card.engine}|{card.threads}|{machine()}|{card.arithmetic.check}"
        try:
            found = json.loads(remembered(path, kind, find))
        except (KnownError, OSError):
            log.warning("the floors could not be measured", exc_info=True)
        else:
            self._wire.send(Measured(Floors(**found)))

    def _ask(self, number: int, request: Request) -> None:
        def tell(answers: Delivery) -> None:
            self._last_said = time.monotonic()
            self._wire.send(Told(number, [_portable(answer) for answer in answers]))
            if answers and isinstance(answers[-1], Meter | BaseException):
                with self._lock:
                    self._serving.pop(number, None)

        try:
            with self._lock:  # its last answer waits until it is written down
                self._serving[number] = self._engine.submit(request, tell)
        except Exception as error:
            log.exception("a request was not taken")
            self._wire.send(Told(number, [_portable(error)]))


def serve(load: Load, file: Path | None) -> None:
    """Load an engine and serve the parent until the pipe closes. `file` is hashed meanwhile.

    Orders are heard from the start, so that this process ends with the pipe also while it loads.
    """
    # Ctrl+C reaches all that a terminal started; this one ends when its parent closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # llama.cpp and its libraries may print: what they print must not get into the records.
    private = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    wire = Wire(os.fdopen(os.dup(0), "rb"), private)
    _log_to_file()
    desks: queue.SimpleQueue[_Desk] = queue.SimpleQueue()
    threading.Thread(target=_obey, args=(wire, desks), daemon=True).start()

    def report(fraction: float) -> bool:
        wire.send(Loading(fraction))
        return True

    try:
        engine = load(report)
    except KnownError as error:
        wire.send(Failed(str(error)))
        return
    wire.send(Ready(engine.card, engine.vocabulary))
    desk = _Desk(wire, engine)
    desks.put(desk)
    if file is not None:
        threading.Thread(target=_send_hash, args=(wire, file), daemon=True).start()
        threading.Thread(target=desk.measure_floors, args=(file,), daemon=True).start()
    desk.beat()


def _obey(wire: Wire, desks: "queue.SimpleQueue[_Desk]") -> None:
    """Carry out orders, which come when the desk is there, and end the process with the pipe."""
    try:
        desk: _Desk | None = None
        while (order := wire.receive()) is not None:
            desk = desk or desks.get()
            desk.carry_out(order)
    except OSError:
        log.debug("the window is gone", exc_info=True)
    except Exception:
        log.exception("an order ended the engine")
    finally:
        # The window is gone or has let us go: llama.cpp's threads need no farewell.
        os._exit(0)


def _split(number: int, act: Callable[[], TokenPath]) -> Split:
    """Answer with tokens or with an error, whatever goes wrong: somebody waits for it."""
    try:
        return Split(number, act())
    except KnownError as error:
        return Split(number, error)
    except Exception as error:
        log.exception("a text was not split")
        what = f"{type(error).__name__}: {error}"
        return Split(number, KnownError(NO_TOKENS.format(error=what)))


def _render_chat(wire: Wire, engine: Engine, number: int, turns: tuple[Turn, ...]) -> None:
    wire.send(_split(number, lambda: engine.render_chat(turns)))


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


def _portable(answer: Answer | BaseException) -> Answer | BaseException:
    """Let every error through the pipe: a bug's own class may not exist on the other side."""
    if isinstance(answer, BaseException) and not isinstance(answer, KnownError):
        return RuntimeError("".join(traceback.format_exception(answer)))
    return answer


def _send_hash(wire: Wire, path: Path) -> None:
    from models.file_hash import sha256_of  # noqa: PLC0415 - after the model is there

    wire.send(Hashed(sha256_of(path)))


def main(path: Path) -> None:
    """Serve a GGUF file."""
    from models.llama_engine import LlamaEngine  # noqa: PLC0415 - only a child loads llama.cpp

    serve(lambda report: LlamaEngine(path, report), path)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
