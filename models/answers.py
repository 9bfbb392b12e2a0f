"""Answers on their way from the engine's thread to whoever asked."""

import queue
from collections.abc import Callable, Iterator

from core.engine import Answer, Meter

Delivery = list[Answer | BaseException]


class Answers:
    """One request's answers, in order. Iterate on one thread, `deliver` from another."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[Delivery] = queue.SimpleQueue()

    def deliver(self, answers: Delivery) -> None:
        """Hand over what was just said."""
        self._queue.put(answers)

    def until_done(self, cancel: Callable[[], None]) -> Iterator[Answer]:
        """Yield answers to the `Meter`; raise what the engine raised; cancel when abandoned."""
        done = False
        try:
            while not done:
                for answer in self._queue.get():
                    if isinstance(answer, BaseException):
                        done = True
                        raise answer
                    done = isinstance(answer, Meter)
                    yield answer
        finally:
            if not done:
                cancel()
