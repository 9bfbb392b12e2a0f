"""A running Swerve with a scripted model, for a user who has never started it."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from core.forks import DEFAULT_FORK
from core.known_error import KnownError
from gui import desktop as desktop_module
from gui.desktop import Desktop, Engines

SHORT = replace(DEFAULT_FORK, tokens=3)


@pytest.fixture(autouse=True)
def user_folders(tmp_path, monkeypatch):
    """Sessions and settings of a user who has never started Swerve."""
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setattr(desktop_module, "DEFAULT_FORK", SHORT)


class Shelf:
    """Models by name; it can kill the one that it gave out last."""

    def __init__(self, engine):
        self.engine = engine
        self.loaded = 0
        self.kill = lambda: None
        self.hush = lambda silent: None

    def find(self, name):
        if name == "missing":
            raise KnownError("There is no model called missing: choose another.")
        return Path(name or "story").with_suffix(".gguf")

    def load(self, path, on_progress, on_death):
        if path.stem == "broken":
            raise KnownError("broken.gguf is damaged: choose another.")
        self.loaded += 1
        self.kill = on_death
        return self.engine

    def watch(self, engine, on_silence):
        self.hush = on_silence


@pytest.fixture
def shelf(engine):
    return Shelf(engine)


@pytest.fixture
def begin(qtbot, shelf):
    """Start programs; whatever is still open is closed at the end."""
    running = []

    def start(file=None, *, model=None):
        one = Desktop(model, Engines(shelf.find, shelf.load, shelf.watch))
        running.append(one)
        one.start(file)
        return one

    yield start
    for one in running:
        shut(one)


def shut(one):
    for each in tuple(one.windows):
        each.window.close()
        each.window.deleteLater()
    one.close()
    QApplication.sendPostedEvents(None, 52)  # QEvent.Type.DeferredDelete


def told(qtbot, one):
    bench = one.windows[0].workbench
    qtbot.waitUntil(lambda: len(bench.tree) > 20 and not bench.jobs, timeout=8000)
    qtbot.waitUntil(lambda: bench.saved_state is bench.saved_state.SAVED, timeout=8000)
    return one.windows[0]


def one_more(qtbot, one):
    """Begin a session in a window of its own; return it once it is built."""
    many = len(one.windows)
    one.new_session()
    qtbot.waitUntil(lambda: len(one.windows) == many + 1)
    return one.windows[-1]


def copies_of_a_session(qtbot, begin):
    """Tell a story and return three files of it that nobody has open."""
    one = begin()
    file = told(qtbot, one).workbench.file
    shut(one)
    copies = [file.with_name(f"{name}.swerve") for name in ("first", "second", "third")]
    for copy in copies:
        copy.write_bytes(file.read_bytes())
    return copies


def drop(window, *files):
    """Let go of files over a window; return whether it offered to take them."""
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    left, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    offered = QDragEnterEvent(QPoint(40, 40), Qt.DropAction.CopyAction, dropped, left, plain)
    QApplication.sendEvent(window, offered)
    let_go = QDropEvent(QPointF(40, 40), Qt.DropAction.CopyAction, dropped, left, plain)
    QApplication.sendEvent(window, let_go)
    return offered.isAccepted()
