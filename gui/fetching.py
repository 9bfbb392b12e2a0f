"""Loads Python modules beside the window: what takes long to load must not hold it up."""

import importlib
import sys
import threading
from contextlib import suppress

from PySide6.QtCore import QObject, QTimer, Signal


class Fetching(QObject):
    """Imports a module on a thread; says `fetched` on the window's own when it is there."""

    fetched = Signal()
    _arrived = Signal()

    def __init__(self, module: str, parent: QObject) -> None:
        super().__init__(parent)
        self._module = module
        self._arrived.connect(self._tell)
        if module in sys.modules:  # perhaps by another window
            QTimer.singleShot(0, self, self._tell)
        else:
            threading.Thread(target=self._fetch, name=f"import {module}", daemon=True).start()

    def _fetch(self) -> None:
        importlib.import_module(self._module)
        with suppress(RuntimeError):  # the window was closed meanwhile
            self._arrived.emit()

    def _tell(self) -> None:
        self.fetched.emit()
