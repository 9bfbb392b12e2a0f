"""An engine in this process: a reading loop on a thread of its own."""

import threading
from collections.abc import Iterator

from core.engine import Answer, ModelCard, Path, Request
from core.known_error import KnownError
from core.tokens import Vocabulary
from models.answers import Answers
from models.decoder import Decoder
from models.reading_loop import Deliver, ReadingLoop, RequestId
from models.readout import Readout
from models.tasks import Desk, task_for


class LoopingEngine:
    """Serves requests from any thread over one decoder. Subclasses know how to split text."""

    def __init__(self, decoder: Decoder, vocabulary: Vocabulary, card: ModelCard) -> None:
        self._decoder = decoder
        self._vocabulary = vocabulary
        self._card = card
        readout = Readout(decoder.vocabulary_size)
        desk = Desk(readout, vocabulary, card.context, lambda: self._loop.root)
        self._loop = ReadingLoop(decoder, card.arithmetic, lambda request: task_for(desk, request))
        self._work = threading.Semaphore(0)
        self._closed = False
        self._thread = threading.Thread(target=self._serve, name="engine", daemon=True)
        self._thread.start()

    @property
    def card(self) -> ModelCard:
        """What is loaded."""
        return self._card

    @property
    def vocabulary(self) -> Vocabulary:
        """All tokens."""
        return self._vocabulary

    def tokenize(self, text: str) -> Path:
        """Split text into tokens."""
        raise NotImplementedError(text)

    def ask(self, request: Request) -> Iterator[Answer]:
        """Yield answers as they come."""
        answers = Answers()
        number = self.submit(request, answers.deliver)
        return answers.until_done(lambda: self.cancel(number))

    def submit(self, request: Request, deliver: Deliver) -> RequestId:
        """Queue a request; `deliver` is called on the engine's thread."""
        if self._closed:
            raise KnownError("The model was unloaded: load one to go on.")
        number = self._loop.submit(request, deliver)
        self._work.release()
        return number

    def cancel(self, request: RequestId) -> None:
        """Stop serving a request."""
        self._loop.cancel(request)
        self._work.release()

    def close(self) -> None:
        """End the thread, then free what it used."""
        if self._closed:
            return
        self._closed = True
        self._decoder.interrupt()
        self._work.release()
        self._thread.join()
        self._decoder.close()

    def _serve(self) -> None:
        while not self._closed:
            self._work.acquire()
            while not self._closed and self._loop.step():
                pass
