"""The composition root of the windows with all that is behind them: model, sessions, files."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from core.engine import Engine
from core.forks import DEFAULT_FORK
from core.known_error import KnownError
from core.workplace import NO_MODEL
from gui.app import build_application, keep_awake
from gui.bridge import Bridge
from gui.doors import SUFFIX
from gui.in_turns import InParts, InTurns, at_once
from gui.look import Look
from gui.places import interrupted, is_free, is_same, is_there, settings_file
from gui.preferences import Preferences
from gui.session_window import WINDOW, SessionWindow
from models.catalog import find_model
from models.engine_process import DEAD, SILENT, EngineProcess, watch

RECOVERED = "This session was open when Swerve ended; everything on its screen is here."
HASH_DELAY_MS = 500
CARD_DELAY_MS = 5000


@dataclass(frozen=True, slots=True)
class Engines:
    """How a model is found by its name, and how it is loaded; both raise `KnownError`.

    `load` gets the file, who hears the fraction loaded and cancels by returning False, and who is
    told when the engine dies. `watch` lets somebody be told, on another thread, when a loaded
    engine stops answering (True) and answers again (False).
    """

    find: Callable[[str | None], Path]
    load: Callable[[Path, Callable[[float], bool], Callable[[], None]], Engine]
    watch: Callable[[Engine, Callable[[bool], None]], None]


REAL = Engines(find_model, EngineProcess, watch)


class Desktop(QObject):
    """A running Swerve: its windows, and the model in its own process that they share."""

    def __init__(self, model: str | None, engines: Engines) -> None:
        super().__init__()
        self._model = model
        self._engines = engines
        self._bridge = Bridge(self)
        self._engine: Engine | None = None
        self._is_silent = False
        self._loading = 0
        self._loading_name = ""
        self._failure = ""
        self._tells_story = False
        self._left: list[Path] = []  # sessions that were open, and come back one after the other
        self._turns = InTurns(self)
        self.windows: list[SessionWindow] = []
        self.preferences = Preferences(settings_file())
        self.look = Look(self.preferences.theme, self)

    def start(self, file: Path | None) -> None:
        """Show a window, then bring in the session and the model."""
        if file is not None and file.suffix != SUFFIX:
            self._model = str(file)
            file = None
        first = at_once(self._make_window())
        cut_off = interrupted() if file is None else []
        left = self.preferences.left_open if file is None else []
        left = [path for path in left if path not in cut_off]
        self._tells_story = not (file or cut_off or left or self.preferences.knows_story)
        if file is not None:
            first.open_session(file)
        self._left = [*cut_off, *left]
        for path in cut_off:
            self._turns.do(self._bring_back(path, RECOVERED))
        if left:
            threading.Thread(target=self._ask_for, args=(left,), name="look", daemon=True).start()
        if self._tells_story:
            first.window.greet()
        self.load(self._model)

    def _make_window(self) -> InParts[SessionWindow]:
        """Show another window without a session."""
        window = SessionWindow(self)
        try:
            yield from window.window.furnish()
        except GeneratorExit:  # Swerve is left meanwhile
            window.workbench.close()
            raise
        self.windows.append(window)
        if self._engine is not None:
            window.workbench.attach_engine(self._engine)
        elif self._loading_name:
            window.window.pill.show_loading(self._loading_name)
        place = self.preferences.layout(WINDOW)
        if place is not None and len(self.windows) == 1:  # a second would lie on the first
            window.window.restoreGeometry(place)
        window.window.keep_within(window.window.screen().availableSize())
        window.window.show()
        return window

    def open_beside(self, path: Path) -> None:
        """Show the session at `path` in a window of its own."""
        self._turns.do(self._show_in_another(path))

    def _show_in_another(self, path: Path) -> InParts[None]:
        window = yield from self._make_window()
        yield
        window.open_session(path)

    def _ask_for(self, left: list[Path]) -> None:
        """Bring back what is there and no other Swerve holds.

        On its own thread: a network place may hang.
        """
        for path in left:
            if is_there(path) and is_free(path):
                self._bridge.post(partial(self._turns.do, self._bring_back(path, "")))
            else:
                self._bridge.post(partial(self._left.remove, path))

    def _bring_back(self, path: Path, news: str) -> InParts[None]:
        """Show a session that was open when Swerve ended, and say so where it did not end well."""
        free = (each for each in self.windows if each.workbench.takes_another)
        found = next(free, None)
        if found is None:
            found = yield from self._make_window()
            yield
        self._left.remove(path)
        place = self.preferences.place_of(path)
        if place is not None:
            found.window.restoreGeometry(place)
        found.open_session(path)
        if news:
            found.window.problem.tell(news, stays=True)

    def quit(self) -> None:
        """Close all windows, until one wants to stay; what is open now is so at the next start."""
        files = [*(each.workbench.file for each in self.windows), *self._left]
        places = {each.workbench.file: each.window.saveGeometry() for each in self.windows}
        for each in tuple(self.windows):
            if not each.window.close():
                return
        self.preferences.left_open = [file for file in files if file is not None]
        self.preferences.keep_places({file: at for file, at in places.items() if file is not None})

    def comes_forward(self, path: Path) -> bool:
        """Bring the window of the session at `path` to the front; return whether there is one."""
        for each in self.windows:
            if is_same(each.workbench.file, path):
                if each.window.isMinimized():
                    each.window.showNormal()
                each.window.activateWindow()
                return True
        return False

    def new_session(self) -> None:
        """Begin an empty session in a window of its own."""
        self._turns.do(self._make_window())

    def open_model(self, path: Path) -> None:
        """Load another model; the sessions stay."""
        self._model = str(path)
        self.load(self._model)

    def reload_model(self) -> None:
        """Load the model again: it may have died, or its file may be another now."""
        self.load(self._model)

    def cancel_loading(self) -> None:
        """Leave the model that is being loaded; the one before stays."""
        if self._loading_name:
            self._loading += 1
            self._loading_name = ""
            for each in self.windows:
                each.window.show_model()

    def load(self, model: str | None) -> None:
        """Load a model in the background; the one before goes when the new one is there."""
        self._loading += 1
        number = self._loading
        try:
            path = self._engines.find(model)
        except KnownError as error:
            self._fail(str(error))
            return
        self._loading_name = path.stem
        if self._is_silent:
            self._end_silent()
        for each in self.windows:
            each.window.pill.show_loading(path.stem)

        def post(action: Callable[[], None]) -> None:
            self._bridge.post(lambda: action() if number == self._loading else None)

        def work() -> None:
            try:
                engine = self._engines.load(
                    path, partial(self._report, number), lambda: post(self._on_death)
                )
            except KnownError as error:
                sentence = str(error)
                post(lambda: self._fail(sentence))
            else:
                self._bridge.post(lambda: self._take(number, engine))

        threading.Thread(target=work, name="load model", daemon=True).start()

    def let_go_of(self, window: SessionWindow) -> None:
        """End a window's work and write what is pending."""
        if window in self.windows:
            self.windows.remove(window)
            file = window.workbench.file
            if not self.windows:  # with the last window Swerve is left
                self.preferences.left_open = [*([] if file is None else [file]), *self._left]
            window.workbench.close()

    def close(self) -> None:
        """Let the windows and the model go."""
        self._loading += 1
        self._turns.end()
        for window in tuple(self.windows):
            self.let_go_of(window)
        if self._engine is not None:
            self._engine.close()
            self._engine = None

    def _report(self, number: int, fraction: float) -> bool:
        """Show how far loading has come; return whether to go on. Called from its thread."""
        self._bridge.post(partial(self._show_progress, number, fraction))
        return number == self._loading

    def _show_progress(self, number: int, fraction: float) -> None:
        if number == self._loading and self._loading_name:
            for each in self.windows:
                each.window.pill.show_loading(self._loading_name, fraction)

    def _take(self, number: int, engine: Engine) -> None:
        if number != self._loading:
            _let_go(engine)
            return
        before, self._engine = self._engine, engine
        self._is_silent = False
        self._engines.watch(
            engine, lambda silent: self._bridge.post(lambda: self._on_silence(engine, silent))
        )
        self._loading_name = ""
        for each in self.windows:
            if each.window.problem.words() in {self._failure, NO_MODEL, SILENT}:
                each.window.problem.dismiss()  # it is solved
        for each in self.windows:
            each.workbench.attach_engine(engine)
        QTimer.singleShot(HASH_DELAY_MS, self, lambda: self._recognise(engine))
        self._renew_card(engine)
        if before is not None:
            _let_go(before)
        if self._tells_story and self.windows and not len(self.windows[0].workbench.tree):
            self.windows[0].window.verbs.tell(DEFAULT_FORK)
            self.preferences.knows_story = True
        self._tells_story = False

    def _recognise(self, engine: Engine) -> None:
        """Let the sessions note the file's hash: of a large file it comes long after the model."""
        if engine is not self._engine:
            return
        for each in self.windows:
            each.workbench.recognise()
        if engine.card.path and not engine.card.sha256:
            QTimer.singleShot(HASH_DELAY_MS, self, lambda: self._recognise(engine))

    def _renew_card(self, engine: Engine) -> None:
        """Let the pill tell what is measured of a model after it was loaded."""
        if engine is not self._engine or not engine.card.path:
            return
        if engine.card.floors is None:
            QTimer.singleShot(CARD_DELAY_MS, self, lambda: self._renew_card(engine))
        elif not self._is_silent and not self._loading_name:
            for each in self.windows:
                each.window.pill.show_ready(engine.card)

    def _on_silence(self, engine: Engine, silent: bool) -> None:  # noqa: FBT001 - a fact
        if engine is not self._engine:
            return  # it was ended or replaced meanwhile
        self._is_silent = silent
        for each in self.windows:
            if silent:
                each.window.pill.show_silent(SILENT)
                each.window.say_problem(SILENT)
            else:
                each.window.show_model()
                if each.window.problem.words() == SILENT:
                    each.window.problem.dismiss()

    def _end_silent(self) -> None:
        """End a model that does not answer, so that another can take its place."""
        engine, self._engine, self._is_silent = self._engine, None, False
        for each in self.windows:
            each.workbench.attach_engine(None)
        if engine is not None:
            _let_go(engine)

    def _on_death(self) -> None:
        self._engine = None
        self._is_silent = False
        self._failure = DEAD
        for each in self.windows:
            each.workbench.attach_engine(None)
            each.window.pill.show_dead(DEAD)
            each.window.say_problem(DEAD)

    def _fail(self, sentence: str) -> None:
        self._loading_name = ""
        self._failure = sentence
        for each in self.windows:
            each.window.show_model()
            if self._engine is None:
                each.window.pill.show_none(sentence)
            each.window.say_problem(sentence)


def _let_go(engine: Engine) -> None:
    """Close an engine without waiting for it on this thread."""
    threading.Thread(target=engine.close, name="let model go", daemon=True).start()


def open_window(file: str | None, model: str | None) -> int:
    """Run until the last window is closed; return the exit status."""
    app = build_application(["swerve"])
    keep_awake()
    desktop = Desktop(model, REAL)
    desktop.start(None if file is None else Path(file))
    status = app.exec()
    desktop.close()
    return status
