"""One window and the session in it."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from core.jobs import ThreadRunner
from core.storage import StorageThread
from core.workbench import Change, Workbench
from gui.bridge import Bridge
from gui.doors import Doors
from gui.examples import example_file, example_title
from gui.main_window import MainWindow
from gui.places import is_there, untitled

if TYPE_CHECKING:
    from gui.desktop import Desktop

WINDOW = "window"
"""Under this name the place of the window that was closed last is remembered."""

RETRY_MS = 2000
"""How often a file that could not be made is tried again: a disk may have room now."""


class SessionWindow(QObject):
    """One window and the session in it; there is nothing to see before it is furnished."""

    def __init__(self, desktop: "Desktop") -> None:
        super().__init__()
        self._desktop = desktop
        self._remembered: Path | None = None
        self._bridge = Bridge(self)
        self.workbench = Workbench(self._bridge.post, ThreadRunner, StorageThread)
        self.workbench.start_untitled(untitled(datetime.now().astimezone()))
        doors = Doors(
            new_session=desktop.new_session,
            open_session=self.open_session,
            save_session=self.workbench.save_as,
            open_model=desktop.open_model,
            reload_model=desktop.reload_model,
            open_example=self.open_example,
            cancel_loading=desktop.cancel_loading,
            quit=desktop.quit,
        )
        self.window = MainWindow(self.workbench, desktop.look, desktop.preferences, doors)
        self.window.closed.connect(self._on_closed)
        self.workbench.observe(self._on_change)
        self._retry = QTimer(self, interval=RETRY_MS)
        self._retry.timeout.connect(self.workbench.retry_saving)
        self._retry.start()

    def open_session(self, path: Path) -> None:
        """Show the session at `path`, here when nothing is here yet, else in another window."""
        if self._desktop.comes_forward(path):
            return
        if self.workbench.takes_another:
            self.workbench.open(path)
        else:
            self._desktop.open_beside(path)

    def open_example(self, name: str) -> None:
        """Show a copy of an example, which is the user's from then on."""
        copy = untitled(datetime.now().astimezone(), example_title(name))
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(example_file(name), copy)
        except OSError as error:
            self.window.say_problem(f"The example cannot be copied: {error.strerror}.")
        else:
            self.open_session(copy)

    def _on_change(self, change: Change) -> None:
        path = self.workbench.file
        if path is None or path == self._remembered or not (change.settled or change.reset):
            return
        if is_there(path):  # asked once a file, not at every token that is saved
            self._desktop.preferences.remember(path)
            self._remembered = path

    def _on_closed(self) -> None:
        self._retry.stop()
        self._desktop.preferences.set_layout(WINDOW, self.window.saveGeometry())
        self._desktop.let_go_of(self)
