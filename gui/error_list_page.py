"""All errors and controls of the tree: found by kind or text, jumped to, taken elsewhere."""

from functools import partial
from pathlib import Path
from time import perf_counter

from PySide6.QtCore import QModelIndex, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.branches import Role
from core.csv_text import csv_text
from core.error_list import InsertedError, error_rows, errors_json, inserted_errors
from core.errors import Weighed
from core.workbench import Change, Workbench
from gui import figures
from gui.compare_export import save_asked
from gui.compare_view import as_tabs
from gui.error_items import ErrorTable
from gui.fields import text_field
from gui.observing import observe
from gui.selection import Selection

LATER_MS = 100
PACE = 4
EMPTY = " yet: the tab “At this place” proposes errors after the selected token"


class ErrorListPage(QWidget):
    """Follows the tree while it is seen. Says `problem_met` with a sentence."""

    problem_met = Signal(str)

    def __init__(self, workbench: Workbench, selection: Selection) -> None:
        super().__init__()
        self._workbench = workbench
        self._selection = selection
        self.errors: tuple[InsertedError, ...] = ()
        self.sought = text_field("find", "A kind (typo, rank, wrong answer), a role, or text")
        self.sought.setPlaceholderText("kind, role or text")
        self.controls = QCheckBox("controls too")
        self.table = ErrorTable("Errors in the tree")
        self._count = QLabel()
        self._count.setObjectName("muted")
        self._later = QTimer(self, singleShot=True, interval=LATER_MS)
        self._later.timeout.connect(self.refresh)
        self._lay_out()
        self.sought.textChanged.connect(self._start_later)
        self.controls.toggled.connect(self._start_later)
        self.table.clicked.connect(self._on_row)
        self.table.activated.connect(self._on_row)
        observe(workbench, self, self._on_change)

    def _lay_out(self) -> None:
        top, bottom = QHBoxLayout(), QHBoxLayout()
        label = QLabel("find")
        label.setBuddy(self.sought)
        top.addWidget(label)
        top.addWidget(self.sought, 1)
        top.addWidget(self.controls)
        bottom.addWidget(self._count, 1)
        copy = QPushButton("Copy as table")
        copy.clicked.connect(self.copy)
        bottom.addWidget(copy)
        for ending, kinds in (("csv", "Tables (*.csv)"), ("json", "JSON (*.json)")):
            button = QPushButton(f"Save as {ending.upper()}…")
            button.clicked.connect(partial(self._save, ending, kinds))
            bottom.addWidget(button)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 0)
        box.addLayout(top)
        box.addWidget(self.table, 1)
        box.addLayout(bottom)

    def refresh(self) -> None:
        """List what is in the tree now."""
        began = perf_counter()
        found = inserted_errors(self._workbench, self.sought.text())
        both = self.controls.isChecked()
        self.errors = tuple(one for one in found if both or one.record.role is Role.ERROR)
        self.table.items.show_all(Weighed(one.tokens, one.record, (), None) for one in self.errors)
        sought = self.sought.text().strip()
        self._count.setText(
            f"{figures.counted(len(self.errors), 'text')} inserted"
            + (f" with “{sought}”" if sought else "" if self.errors else EMPTY)
        )

        self._later.setInterval(max(LATER_MS, round(PACE * 1e3 * (perf_counter() - began))))

    def copy(self) -> None:
        """Copy the list as a table."""
        QGuiApplication.clipboard().setText(as_tabs(error_rows(self.errors)))

    def save_to(self, name: str) -> bool:
        """Write the list as JSON where `name` ends in .json, as CSV otherwise."""
        is_json = name.endswith(".json")
        told = errors_json(self.errors) if is_json else csv_text(error_rows(self.errors))
        try:
            Path(name).write_text(told, encoding="utf-8")
        except OSError:
            return False
        return True

    def _save(self, ending: str, kinds: str) -> None:
        _, problem = save_asked(self, "Save the list of errors", (ending, kinds), self.save_to)
        if problem:
            self.problem_met.emit(problem)

    def showEvent(self, _event: object) -> None:
        """Be up to date when it is seen."""
        self.refresh()

    def _start_later(self, *_value: object) -> None:
        self._later.start()

    def _on_row(self, index: QModelIndex) -> None:
        if 0 <= index.row() < len(self.errors):
            self._selection.select(self.errors[index.row()].first)

    def _on_change(self, change: Change) -> None:
        touched = change.reset or change.branches or change.hidden or change.shown
        if touched and self.isVisible() and not self._later.isActive():
            self._later.start()  # and rests longer after a list that took long
