"""Does long work in slices, between which the window stays awake."""

from collections.abc import Callable, Iterator
from time import perf_counter

from PySide6.QtCore import QObject, QTimer

SLICE = 0.006
"""Seconds that work may take at a time: a frame has room for it."""

LEAST = 2000
"""Work of so many nodes is done at once in any case: it takes less than a slice."""


class Sliced(QObject):
    """Goes through steps, each of which says how many nodes it has looked at."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._steps: Iterator[int] | None = None
        self._done: Callable[[], None] | None = None
        self._next = QTimer(self, singleShot=True, interval=0)
        self._next.timeout.connect(self._go)

    def start(self, steps: Iterator[int], done: Callable[[], None]) -> None:
        """Do this instead of what was begun before: little work at once, much of it by and by."""
        self._steps, self._done = steps, done
        self._go()

    @property
    def is_busy(self) -> bool:
        """Whether there is more to do."""
        return self._steps is not None

    def _go(self) -> None:
        steps, done = self._steps, self._done
        assert steps is not None, "the timer runs while there is work"
        assert done is not None
        until, looked_at = perf_counter() + SLICE, 0
        for many in steps:
            looked_at += many
            if looked_at >= LEAST and perf_counter() >= until:
                self._next.start()
                return
        self._steps = self._done = None
        self._next.stop()
        done()
