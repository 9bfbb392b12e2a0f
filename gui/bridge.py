"""Carries actions from any thread to the GUI thread, at most one delivery a frame."""

import threading
import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

FRAME_MS = 16


class Bridge(QObject):
    """Call `post` on any thread; the action then runs on this object's thread.

    The first action after a pause runs at once; what follows within a frame waits for its end, so
    that a flood of small answers costs one repaint. Actions keep their order.
    """

    _posted = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._actions: deque[Callable[[], None]] = deque()
        self._delivered_at = 0.0
        self._frame = QTimer(self, singleShot=True)
        self._frame.setTimerType(Qt.TimerType.PreciseTimer)
        self._frame.timeout.connect(self._deliver)
        self._posted.connect(self._on_posted, Qt.ConnectionType.QueuedConnection)

    def post(self, action: Callable[[], None]) -> None:
        """Hand over one action."""
        with self._lock:
            self._actions.append(action)
            is_first = len(self._actions) == 1
        if is_first:
            self._posted.emit()

    @Slot()
    def _on_posted(self) -> None:
        waited = (time.monotonic() - self._delivered_at) * 1000
        if waited >= FRAME_MS:
            self._deliver()
        elif not self._frame.isActive():
            self._frame.start(max(1, round(FRAME_MS - waited)))

    @Slot()
    def _deliver(self) -> None:
        with self._lock:
            actions = list(self._actions)
            self._actions.clear()
        for action in actions:
            action()
        self._delivered_at = time.monotonic()
