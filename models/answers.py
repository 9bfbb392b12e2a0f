"""Answers on their way from the engine's thread to whoever asked."""

import queue
import time
from collections.abc import Callable

from core.engine import Answer, Meter

Delivery = list[Answer | BaseException]


class Answers:
    """One request's answers, in order, as an engine delivers them."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Delivery] = queue.SimpleQueue()

    def deliver(self, answers: Delivery) -> None:
        """Hand over what was just said; nothing wakes who waits without telling anything."""
        self._queue.put(answers)

    def take(self, patience: float | None = None) -> Delivery:
        """Wait for what is said next; raises `queue.Empty` when that takes longer."""
        return self._queue.get(timeout=patience)


class Asked:
    """One request's answers, as the asker gets them: an iterator that ends after the `Meter`.

    Iterate on one thread. `close` may be called from any: it cancels the request, and whoever waits
    for an answer gets none. Letting go of it closes it. What it had cost by then, `cost` tells.
    """

    def __init__(self, answers: Answers, cancel: Callable[[], None]) -> None:
        self._answers = answers
        self._cancel = cancel
        self._next: Delivery = []  # the very next one last
        self._done = False
        self._is_over = False  # the engine's last word was taken

    def __iter__(self) -> "Asked":
        return self

    def __next__(self) -> Answer:
        """Return the next answer; raise what the engine raised."""
        while not self._done:
            if not self._next:
                self._next = self._answers.take()[::-1]
                continue
            answer = self._next.pop()
            if isinstance(answer, BaseException):
                self._done = self._is_over = True
                raise answer
            if isinstance(answer, Meter):  # never set back: another thread may have closed it
                self._done = self._is_over = True
            return answer
        raise StopIteration

    def close(self) -> None:
        """Cancel the request if it still runs, and end the iteration."""
        if not self._done:
            self._done = True
            self._cancel()
            self._answers.deliver([])

    def cost(self, patience: float) -> Meter | None:
        """Return what a closed request had cost when its end came, on the iterating thread.

        Waits so many seconds for the engine to say it. None when it does not, when it failed, and
        after an end that was told.
        """
        until = time.monotonic() + patience
        while not self._is_over:
            for answer in reversed(self._next):
                self._is_over |= isinstance(answer, Meter | BaseException)
                if isinstance(answer, Meter):
                    return answer
            try:
                self._next = self._answers.take(max(0.0, until - time.monotonic()))[::-1]
            except queue.Empty:
                break
        return None

    def __del__(self) -> None:
        self.close()
