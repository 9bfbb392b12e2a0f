"""Takes what is compared elsewhere: as a finding, a table, a file, a picture."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import QMenu, QPushButton, QWidget

from core.csv_text import csv_text
from gui.compare_view import as_tabs
from gui.file_dialogs import choose_place
from gui.file_names import with_ending

PROPOSED = "untitled"
"""The name that is proposed for a file."""


class ExportButton(QPushButton):
    """A menu over a table's `rows` and its `picture`.

    Says in sentences what went wrong (`problem_met`) and what was saved (`told`).
    """

    keep_requested = Signal()
    problem_met = Signal(str)
    told = Signal(str)

    def __init__(
        self,
        rows: Callable[[], list[list[str]]],
        picture: Callable[[], QPixmap],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("export ▾", parent)
        self._rows = rows
        self._picture = picture
        self.setObjectName("quiet")
        self.setToolTip("The figures of this view as a finding or a table, or its picture")
        menu = QMenu(self)
        menu.addAction("Keep as a finding", self.keep_requested.emit)
        menu.addSeparator()
        menu.addAction("Copy as table", self.copy_table)
        menu.addAction("Save as CSV…", partial(self._save, "csv", "Tables (*.csv)"))
        menu.addAction("Save as picture…", partial(self._save, "png", "Pictures (*.png)"))
        self.setMenu(menu)

    def copy_table(self) -> None:
        """Copy what is shown as a table."""
        if self._has_numbers("copy"):
            QGuiApplication.clipboard().setText(as_tabs(self._rows()))

    def save_to(self, name: str) -> bool:
        """Write what is shown as a picture where `name` ends in .png, as CSV otherwise."""
        if name.lower().endswith(".png"):
            return self._picture().save(name)
        try:
            Path(name).write_text(csv_text(self._rows()), encoding="utf-8")
        except OSError:
            return False
        return True

    def _has_numbers(self, verb: str) -> bool:
        """Return whether there is more than a table's head; say so when there is not."""
        if len(self._rows()) > 1:
            return True
        self.problem_met.emit(
            f"There are no numbers to {verb}: measure, read, draw or sweep them first."
        )
        return False

    def _save(self, ending: str, kinds: str) -> None:
        if not self._has_numbers("save"):
            return
        saved, problem = save_asked(self, "Save what is compared", (ending, kinds), self.save_to)
        if problem:
            self.problem_met.emit(problem)
        elif saved:
            self.told.emit(f"Saved to {saved}.")


def save_asked(
    parent: QWidget, title: str, kind: tuple[str, str], save_to: Callable[[str], bool]
) -> tuple[str, str]:
    """Ask for a file of a kind (its ending, and what the dialog says) and save there.

    Return where it was saved, and a sentence when it could not be written.
    """
    ending, kinds = kind
    name, _ = choose_place(parent, title, kinds, f"{PROPOSED}.{ending}")
    if not name:
        return "", ""
    place = str(with_ending(name, f".{ending}"))
    if save_to(place):
        return place, ""
    return "", f"{place} cannot be written: choose a writable folder."
