"""Does work at once where it is cheap, and where it is not, no more often than can be afforded."""

from collections.abc import Callable
from time import perf_counter

from PySide6.QtCore import QObject, QTimer

CHEAP = 0.004
"""Seconds of work that may follow every change: a frame has room for it."""

REST = 4
"""Dearer work rests for so many times as long as it took."""


class Paced(QObject):
    """Calls `act`: on a small tree whenever it is asked, on a large one as often as it can."""

    def __init__(self, act: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._act = act
        self._is_due = False
        self._rest = QTimer(self, singleShot=True)
        self._rest.timeout.connect(self._on_rested)

    def ask(self) -> None:
        """Do it now, or after the rest that the last time asks for."""
        if self._rest.isActive():
            self._is_due = True
        else:
            self.now()

    def now(self) -> None:
        """Do it in any case."""
        began = perf_counter()
        self._is_due = False
        self._act()
        took = perf_counter() - began
        if took > CHEAP:
            self._rest.start(round(REST * 1e3 * took))

    def _on_rested(self) -> None:
        if self._is_due:
            self.now()
