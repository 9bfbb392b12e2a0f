"""The composition root of the windows with all that is behind them: model, sessions, files."""

import threading
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from core.engine import Engine
from core.forks import DEFAULT_FORK
from core.jobs import ThreadRunner
from core.known_error import KnownError
from core.storage import StorageThread
from core.workbench import Change, Workbench
from gui.app import build_application, build_window
from gui.bridge import Bridge
from gui.doors import SUFFIX, Doors
from gui.main_window import MainWindow
from gui.places import interrupted, settings_file, untitled
from gui.preferences import Preferences
from models.catalog import find_model
from models.engine_process import DEAD, EngineProcess

RECOVERED = "This session was open when Swerve ended; everything on its screen is here."
HASH_DELAY_MS = 500


class SessionWindow(QObject):
    """One window and the session in it."""

    def __init__(self, desktop: "Desktop") -> None:
        super().__init__()
        self._desktop = desktop
        self._bridge = Bridge(self)
        self.workbench = Workbench(self._bridge.post, ThreadRunner, StorageThread)
        doors = Doors(
            new_session=desktop.new_session,
            open_session=self.open_session,
            save_session=self.workbench.save_as,
            open_model=desktop.open_model,
        )
        self.window: MainWindow = build_window(self.workbench, desktop.preferences, doors)
        self.window.closed.connect(partial(desktop.let_go_of, self))
        self.workbench.observe(self._on_change)

    def open_session(self, path: Path) -> None:
        """Show the session at `path`, here when nothing is here yet, else in another window."""
        if len(self.workbench.tree):
            self._desktop.new_window().open_session(path)
        else:
            self.workbench.open(path)

    def _on_change(self, change: Change) -> None:
        path = self.workbench.file
        if (change.settled or change.reset) and path is not None and path.exists():
            self._desktop.preferences.remember(path)


class Desktop(QObject):
    """A running Swerve: its windows, and the model in its own process that they share."""

    def __init__(self, model: str | None) -> None:
        super().__init__()
        self._model = model
        self._bridge = Bridge(self)
        self._engine: EngineProcess | None = None
        self._loading = 0
        self._tells_story = False
        self._windows: list[SessionWindow] = []
        self.preferences = Preferences(settings_file())

    def start(self, file: Path | None) -> None:
        """Show a window, then bring in the session and the model."""
        first = self.new_window()
        if file is not None and file.suffix != SUFFIX:
            self._model = str(file)
            file = None
        left_open = interrupted() if file is None else None
        if file is not None:
            first.open_session(file)
        elif left_open is not None:
            first.open_session(left_open)
            first.window.say_problem(RECOVERED)
        else:
            self._tells_story = True
            first.workbench.start_untitled(untitled(datetime.now().astimezone()))
        # The window is painted first: what follows takes a second.
        QTimer.singleShot(0, lambda: self.load(self._model))

    def new_window(self) -> SessionWindow:
        """Show another window without a session."""
        window = SessionWindow(self)
        self._windows.append(window)
        if self._engine is not None:
            window.workbench.attach_engine(self._engine)
        window.window.show()
        return window

    def new_session(self) -> None:
        """Begin an empty session in a window of its own."""
        self.new_window().workbench.start_untitled(untitled(datetime.now().astimezone()))

    def open_model(self, path: Path) -> None:
        """Load another model; the sessions stay."""
        self.load(str(path))

    def load(self, model: str | None) -> None:
        """Load a model in the background; the one before goes when the new one is there."""
        self._loading += 1
        number = self._loading
        try:
            path = find_model(model)
        except KnownError as error:
            self._fail(str(error))
            return
        for each in self._windows:
            each.window.pill.show_loading(path.stem)

        def post(action: Callable[[], None]) -> None:
            self._bridge.post(lambda: action() if number == self._loading else None)

        def work() -> None:
            try:
                engine = EngineProcess(
                    path, lambda _: number == self._loading, lambda: post(self._on_death)
                )
            except KnownError as error:
                sentence = str(error)
                post(lambda: self._fail(sentence))
            else:
                self._bridge.post(lambda: self._take(number, engine))

        threading.Thread(target=work, name="load model", daemon=True).start()

    def let_go_of(self, window: SessionWindow) -> None:
        """End a window's work and write what is pending; the last one takes the model along."""
        window.workbench.close()
        self._windows.remove(window)

    def close(self) -> None:
        """Let the model go."""
        self._loading += 1
        for window in tuple(self._windows):
            self.let_go_of(window)
        if self._engine is not None:
            self._engine.close()

    def _take(self, number: int, engine: EngineProcess) -> None:
        if number != self._loading:
            _let_go(engine)
            return
        before, self._engine = self._engine, engine
        for each in self._windows:
            each.workbench.attach_engine(engine)
            # The file's hash arrives a moment after the model; the session notes it then.
            QTimer.singleShot(HASH_DELAY_MS, each, each.workbench.recognise)
        if before is not None:
            _let_go(before)
        if self._tells_story and self._windows and not len(self._windows[0].workbench.tree):
            self._windows[0].workbench.tell_fork(DEFAULT_FORK)
        self._tells_story = False

    def _on_death(self) -> None:
        self._engine = None
        for each in self._windows:
            each.workbench.attach_engine(None)
        self._fail(DEAD)

    def _fail(self, sentence: str) -> None:
        for each in self._windows:
            if self._engine is None:
                each.window.pill.show_dead(sentence)
            else:
                each.window.show_model()
            each.window.say_problem(sentence)


def _let_go(engine: Engine) -> None:
    """Close an engine without waiting for it on this thread."""
    threading.Thread(target=engine.close, name="let model go", daemon=True).start()


def open_window(file: str | None, model: str | None) -> int:
    """Run until the last window is closed; return the exit status."""
    app = build_application(["swerve"])
    desktop = Desktop(model)
    desktop.start(None if file is None else Path(file))
    status = app.exec()
    desktop.close()
    return status
