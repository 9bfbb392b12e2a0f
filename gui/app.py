"""The composition root of the window: the one place that knows every part."""

import gc
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

from core.workbench import Workbench
from gui.doors import Doors
from gui.in_turns import at_once
from gui.look import Look, ThemeChoice
from gui.main_window import MainWindow
from gui.preferences import Preferences
from gui.resources import asset

TURN = 0.0001
"""Seconds that a thread computes before another one has its turn."""

GARBAGE = (10_000, 20, 20)
"""New objects, and rounds, after which garbage is looked for: a large session's takes 40 ms."""

CLOSED = Doors(
    new_session=None, open_session=None, save_session=None, open_model=None, reload_model=None
)
"""A window without files and models of its own: for pictures and tests."""


def build_application(arguments: list[str]) -> QApplication:
    """Return the one QApplication, in the style that our style sheet is written for."""
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(arguments)
    app.setApplicationName("Swerve")
    app.setWindowIcon(QIcon(str(asset("icons/swerve.svg"))))
    app.setStyle("Fusion")
    return app


def keep_awake() -> None:
    """Let no other thread, and no search for garbage, hold the window up for long.

    While a thread computes, the window's own waits for its turn at nearly every call into Qt: with
    Python's 5 ms a turn, one picture took half a second while a large session was written. What was
    imported so far stays for good, so that looking for garbage in it is in vain.
    """
    sys.setswitchinterval(TURN)
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    gc.enable()


def build_window(workbench: Workbench, preferences: Preferences, doors: Doors) -> MainWindow:
    """Return the window of a workbench; `show` is the caller's."""
    window = MainWindow(workbench, Look(preferences.theme), preferences, doors)
    at_once(window.furnish())
    return window


def render_window(
    workbench: Workbench, *, size: tuple[int, int], theme: ThemeChoice, path: Path
) -> bool:
    """Save a picture of the window as it looks with this session; needs no display.

    Return whether it could be written.
    """
    app = build_application([])
    with TemporaryDirectory() as folder:  # what the user's own window remembers plays no part
        preferences = Preferences(Path(folder) / "picture.ini")
        window = MainWindow(workbench, Look(theme), preferences, CLOSED)
        at_once(window.furnish())
        window.resize(QSize(*size))
        window.show()
        for panel in (window.compare, window.status):
            panel.refresh()
        app.processEvents()
        is_written = window.grab().save(str(path))
        window.close()
        window.deleteLater()
        app.processEvents()
    return is_written
