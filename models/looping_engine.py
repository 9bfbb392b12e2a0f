"""An engine in this process: a reading loop on a thread of its own."""

import logging
import threading
import time
from abc import ABC, abstractmethod

from core.engine import MeasureFloors, ModelCard, Path, Request, Turn
from core.known_error import KnownError
from core.tokens import Vocabulary
from models.answers import Answers, Asked
from models.chat_template import chat_tokens
from models.decoder import Decoder
from models.desk import Desk
from models.floors import FloorsTask
from models.reading_loop import ReadingLoop
from models.readout import Readout
from models.serving import Deliver, RequestId, Task
from models.tasks import task_for

log = logging.getLogger(__name__)

CLOSED = "The model was unloaded: load one to go on."


class LoopingEngine(ABC):
    """Serves requests from any thread over one decoder. Subclasses know how to split text."""

    def __init__(self, decoder: Decoder, vocabulary: Vocabulary, card: ModelCard) -> None:
        self._decoder = decoder
        self._vocabulary = vocabulary
        self._card = card
        self.replace_decoder(decoder)
        self._work = threading.Semaphore(0)
        self._closed = False
        self._batch_began = 0.0  # 0 between batches
        self._thread = threading.Thread(target=self._serve, name="engine", daemon=True)
        self._thread.start()

    def replace_decoder(self, decoder: Decoder) -> None:
        """Start afresh over another decoder. Only while nothing is asked."""
        self._decoder = decoder
        readout = Readout(decoder.vocabulary_size)
        arithmetic = self._card.arithmetic
        desk = Desk(
            readout,
            self._vocabulary,
            self._card.context,
            lambda: self._loop.root,
            arithmetic,
        )

        def make_task(request: Request) -> Task:
            if isinstance(request, MeasureFloors):
                return FloorsTask(desk, request, self.other_arithmetic)
            return task_for(desk, request)

        self._loop = ReadingLoop(decoder, arithmetic, make_task, speed=self._card.speed)

    def other_arithmetic(self, tokens: int) -> Decoder | None:
        """Return a decoder that rounds otherwise and holds so many tokens, or None without one."""
        del tokens
        return None

    @property
    def card(self) -> ModelCard:
        """What is loaded."""
        return self._card

    @property
    def vocabulary(self) -> Vocabulary:
        """All tokens."""
        return self._vocabulary

    @abstractmethod
    def tokenize(self, text: str) -> Path:
        """Split text into tokens."""

    def render_chat(self, turns: tuple[Turn, ...]) -> Path:
        """Return a conversation as tokens."""
        return chat_tokens(
            self._card.chat_template, turns, self._vocabulary, self.tokenize_with_control
        )

    @abstractmethod
    def tokenize_with_control(self, text: str) -> Path:
        """Split text in which the spelling of a control token stands for it."""

    def ask(self, request: Request) -> Asked:
        """Yield answers as they come."""
        answers = Answers()
        number = self.submit(request, answers.deliver)
        return Asked(answers, lambda: self.cancel(number))

    def submit(self, request: Request, deliver: Deliver) -> RequestId:
        """Queue a request; `deliver` is called on the engine's thread."""
        if self._closed:
            raise KnownError(CLOSED)
        number = self._loop.submit(request, deliver)
        self._work.release()
        return number

    def cancel(self, request: RequestId) -> None:
        """Stop serving a request."""
        self._loop.cancel(request)
        self._work.release()

    def busy_seconds(self) -> float:
        """Return for how long the batch in progress has been computed; 0 when there is none."""
        began = self._batch_began
        return time.monotonic() - began if began else 0.0

    def close(self) -> None:
        """End the thread, then free what it used."""
        if self._closed:
            return
        self._closed = True
        self._loop.interrupt()
        self._work.release()
        self._thread.join()
        self._decoder.close()

    def _serve(self) -> None:
        while not self._closed:
            self._work.acquire()
            while not self._closed and self._serve_once():
                pass
        self._loop.end(CLOSED)

    def _serve_once(self) -> bool:
        """Decode one batch; a failure ends the requests that wait, never this thread."""
        self._batch_began = time.monotonic()
        try:
            return self._loop.step()
        except Exception as error:
            log.exception("a batch failed")
            self._loop.fail(error)
            return True
        finally:
            self._batch_began = 0.0
