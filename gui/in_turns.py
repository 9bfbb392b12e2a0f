"""Lets long work of the window's thread pause, so that keys and pictures have their turn."""

from collections import deque
from collections.abc import Generator
from typing import TypeVar

from PySide6.QtCore import QObject, QTimer

T = TypeVar("T")
InParts = Generator[None, None, T]
"""Work that pauses at each `yield`."""


def at_once(work: InParts[T]) -> T:
    """Do all of it without a pause; return what it comes to."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            result: T = end.value
            return result


class InTurns(QObject):
    """Does one part of the oldest work in each turn of the loop."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._works: deque[InParts[object]] = deque()
        self._is_over = False
        self._turn = QTimer(self, interval=0)
        self._turn.timeout.connect(self._go_on)

    def do(self, work: InParts[object]) -> None:
        """Do this after what was asked for before."""
        if not self._is_over:
            self._works.append(work)
            self._turn.start()

    def end(self) -> None:
        """Leave all that is not done yet, whichever part it is at, and take nothing more."""
        self._is_over = True
        self._turn.stop()
        while self._works:
            self._works.popleft().close()

    def _go_on(self) -> None:
        try:
            next(self._works[0])
        except StopIteration:
            self._works.popleft()
            if not self._works:
                self._turn.stop()
