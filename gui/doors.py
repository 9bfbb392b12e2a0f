"""The ways out of the window: files and models, which the composition root opens."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QMenu, QWidget

from gui.examples import EXAMPLES
from gui.file_dialogs import choose_file, choose_place
from gui.file_names import with_ending
from gui.preferences import Preferences

SUFFIX = ".swerve"
SESSIONS = f"Swerve sessions (*{SUFFIX})"
MODELS = "Model files (*.gguf)"


@dataclass(frozen=True, slots=True)
class Doors:
    """What only the composition root can do; None leaves its menu entry out."""

    new_session: Callable[[], None] | None
    open_session: Callable[[Path], None] | None
    save_session: Callable[[Path], None] | None
    open_model: Callable[[Path], None] | None
    reload_model: Callable[[], None] | None
    open_example: Callable[[str], None] | None = None
    cancel_loading: Callable[[], None] | None = None
    quit: Callable[[], None] | None = None


def file_slots(window: QWidget, doors: Doors) -> dict[str, Callable[[], object]]:
    """Return what the menu entries of the doors that are there do, by action id."""
    slots: dict[str, Callable[[], object]] = {}
    if doors.new_session is not None:
        slots["file.new"] = doors.new_session
    if doors.open_session is not None:
        slots["file.open"] = partial(_choose_session, window, doors.open_session)
    if doors.save_session is not None:
        slots["file.save_as"] = partial(_choose_copy, window, doors.save_session)
    if doors.open_model is not None:
        slots["model.open"] = partial(_choose_model, window, doors.open_model)
    if doors.reload_model is not None:
        slots["model.reload"] = doors.reload_model
    if doors.open_example is not None:
        for name in EXAMPLES:
            slots[f"file.example_{name}"] = partial(doors.open_example, name)
    if doors.quit is not None:
        slots["file.quit"] = doors.quit
    if doors.cancel_loading is not None:
        slots["model.cancel"] = doors.cancel_loading
    return slots


class Dropping(QObject):
    """Opens sessions and models that are dropped on a window."""

    def __init__(self, window: QWidget, doors: Doors) -> None:
        super().__init__(window)
        self._ways = {SUFFIX: doors.open_session, ".gguf": doors.open_model}
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what can be opened, and leave the rest to others."""
        if isinstance(event, QDropEvent):  # entering and moving are of this kind too
            known = [path for path in _dropped(event) if self._ways.get(path.suffix.lower())]
            if not known:
                return False
            event.acceptProposedAction()
            if event.type() is QEvent.Type.Drop:
                for path in known:
                    way = self._ways[path.suffix.lower()]
                    assert way is not None
                    # later: until this returns, the program that it was dragged from waits
                    QTimer.singleShot(0, self, partial(way, path))
            return True
        return super().eventFilter(watched, event)


def _dropped(event: QDropEvent) -> list[Path]:
    return [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]


class RecentMenu(QObject):
    """Fills a menu with the recent sessions whenever it is opened."""

    def __init__(
        self, menu: QMenu, preferences: Preferences, open_session: Callable[[Path], None]
    ) -> None:
        super().__init__(menu)
        self._menu = menu
        self._preferences = preferences
        self._open_session = open_session
        menu.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """List the recent sessions, or say that there are none."""
        self._menu.clear()
        for path in self._preferences.recent:
            self._menu.addAction(str(path), partial(self._open_session, path))
        if self._menu.isEmpty():
            self._menu.addAction("no sessions yet").setEnabled(False)


def _choose_session(window: QWidget, open_session: Callable[[Path], None]) -> None:
    name = choose_file(window, "Open a session", SESSIONS)
    if name:
        open_session(Path(name))


def _choose_copy(window: QWidget, save_session: Callable[[Path], None]) -> None:
    name, _ = choose_place(window, "Save the session as", SESSIONS)
    if name:
        save_session(with_ending(name, SUFFIX))


def _choose_model(window: QWidget, open_model: Callable[[Path], None]) -> None:
    name = choose_file(window, "Open a model", MODELS)
    if name:
        open_model(Path(name))
