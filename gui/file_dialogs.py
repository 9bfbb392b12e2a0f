"""Dialogs for files open where the last one was left, and at first among the user's documents."""

from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from gui.places import is_there

_left: list[Path] = []
"""The folder that was chosen from last, in all windows; empty before the first choice."""


def choose_file(parent: QWidget, title: str, kinds: str) -> str:
    """Ask for a file that is there; return its path, empty where the user thought otherwise."""
    name, _ = QFileDialog.getOpenFileName(parent, title, str(_folder()), kinds)
    return _kept(name)


def choose_place(parent: QWidget, title: str, kinds: str, proposed: str = "") -> tuple[str, str]:
    """Ask for a place to write to; return its path and the kind. `proposed` may be a path."""
    name, kind = QFileDialog.getSaveFileName(parent, title, str(_folder() / proposed), kinds)
    return _kept(name), kind


def _folder() -> Path:
    if _left and is_there(_left[0]):
        return _left[0]
    place = QStandardPaths.StandardLocation.DocumentsLocation
    documents = QStandardPaths.writableLocation(place)
    # Where the named folder is missing, a dialog would open wherever Swerve was started.
    return Path(documents) if documents and is_there(Path(documents)) else Path.home()


def _kept(name: str) -> str:
    if name:
        _left[:] = [Path(name).parent]
    return name
