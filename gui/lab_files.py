"""A run as files: its report in the browser or saved, its rows as CSV, everything as JSON."""

import json
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from core.lab_book import Run
from core.workbench import Workbench
from gui.analyst import Ask, run_order
from gui.file_dialogs import choose_place
from gui.file_names import with_ending
from gui.lab_words import about_json

Json = Mapping[str, Any]


class LabFiles(QObject):
    """Writes the run that `shown` returns. Says `problem_met` with a sentence, and `is_writing`."""

    problem_met = Signal(str)
    is_writing = Signal(bool)

    def __init__(
        self,
        workbench: Workbench,
        ask: Ask,
        shown: Callable[[], Run | None],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._ask = ask
        self._run = shown
        self._over = parent

    def open_report(self) -> None:
        """Show the report of the run that is looked at in the browser."""
        run = self._run()
        if run is not None:
            name = f"swerve-{run.row.experiment}-{run.row.number}.html"
            self._ask_report(partial(self._write_and_open, Path(gettempdir()) / name))

    def save_report(self) -> None:
        """Write the report to a file."""
        name = self._ask_name("Save the report", "Reports (*.html)", ".html")
        if name is not None:
            self._ask_report(lambda told: self._write(name, str(told["html"])))

    def save_json(self) -> None:
        """Write all numbers and rows to a file."""
        name = self._ask_name("Save everything as JSON", "JSON (*.json)", ".json")
        if name is not None:
            self._ask_report(
                lambda told: self._write(name, json.dumps(told["json"], ensure_ascii=False))
            )

    def save_csv(self) -> None:
        """Write the raw rows to a file."""
        name = self._ask_name("Save the rows as CSV", "Tables (*.csv)", ".csv")
        if name is not None:
            self._ask_report(lambda told: self._write(name, str(told["csv"])))

    def _ask_report(self, take: Callable[[Json], object]) -> None:
        run = self._run()
        if run is None:
            return
        number = run.row.number
        wish = self._workbench.lab_wish(number)
        about = about_json(run, self._workbench.lab_model(number), wish.facts_name)
        whole = json.dumps(run.is_whole)
        order = (
            f'"do": "report", "is_whole": {whole}, "about": {json.dumps(about)}, {run_order(wish)}'
        )

        def hear(answer: Json) -> None:
            if "problem" in answer:
                self.problem_met.emit(str(answer["problem"]))
            elif "found" in answer:
                take(answer["found"])
            else:
                self.is_writing.emit(False)

        self.is_writing.emit(True)
        self._ask(order, hear)

    def _ask_name(self, title: str, kinds: str, suffix: str) -> Path | None:
        run = self._run()
        if run is None:
            return None
        start = f"{run.row.experiment}-{run.row.number}{suffix}"
        name, _ = choose_place(self._over, title, kinds, start)
        return with_ending(name, suffix) if name else None

    def _write(self, path: Path, text: str) -> bool:
        try:
            path.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            self.problem_met.emit(f"{path.name} cannot be written: {error.strerror}.")
            return False
        return True

    def _write_and_open(self, path: Path, told: Json) -> None:
        if not self._write(path, str(told["html"])):
            return
        if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))):
            self.problem_met.emit(f"No program here shows web pages: the report is {path}.")
