"""Lets a widget observe a workbench that outlives it."""

from collections.abc import Callable

import shiboken6
from PySide6.QtCore import QObject

from core.workbench import Change, Workbench


def observe(workbench: Workbench, widget: QObject, observer: Callable[[Change], None]) -> None:
    """Call `observer` after every change, as long as `widget` is there."""

    def while_alive(change: Change) -> None:
        if shiboken6.isValid(widget):
            observer(change)

    workbench.observe(while_alive)
