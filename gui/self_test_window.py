"""Lets the lab measure a model of known errors, and says whether it reads what was put in."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui import figures
from gui.analyst import Analyst, ProcessAnalyst
from gui.lab_words import number_words
from gui.text_items import Cell, TextTable

Json = Mapping[str, Any]

MEANING = (
    "A made-up model errs by rules that are known: independent or contagious errors, uneven items,"
    " a chance of coming back. The lab's tests and intervals are run on it many times, and so are"
    " whole runs of every experiment, to their verdict. They must see nothing where nothing is,"
    " find what is there, and their intervals must hold the truth as often as they say. No language"
    " model is asked."
)
SIZES = {"quick, 30 of each": 30, "usual, 120 of each": 120, "thorough, 300 of each": 300}
CHECKS = 51
"""How many checks there are; the bar grows beyond when there are more."""

HEADS = ("check", "result", "share", "wanted", "on")
RIGHT, WRONG = "as it should be", "NOT as it should be"


class SelfTestWindow(QDialog):
    """Shows each check as it is done; closing it stops the test."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Self-test of the lab")
        self.analyst: Analyst = ProcessAnalyst(self)
        self.checks: list[Json] = []
        words = QLabel(MEANING)
        words.setWordWrap(True)
        words.setObjectName("muted")
        self.size_box = QComboBox()
        self.size_box.setAccessibleName("Simulations")
        for name, simulations in SIZES.items():
            self.size_box.addItem(name, simulations)
        self.start_button = QPushButton("Start")
        self.start_button.setObjectName("primary")
        self.stop_button = QPushButton("Stop")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.bar.setRange(0, CHECKS)
        self.bar.setAccessibleName("Checks done")
        self.table = TextTable("Checks of the lab")
        self.verdict = QLabel("Not run yet: Start runs the checks, one after the other.")
        self.verdict.setObjectName("title")
        self.verdict.setWordWrap(True)
        row = QHBoxLayout()
        row.addWidget(QLabel("simulations"))
        row.addWidget(self.size_box)
        row.addStretch(1)
        row.addWidget(self.stop_button)
        row.addWidget(self.start_button)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(8)
        box.addWidget(words)
        box.addLayout(row)
        box.addWidget(self.bar)
        box.addWidget(self.table, 1)
        box.addWidget(self.verdict)
        self.stop_button.setEnabled(False)
        self.start_button.clicked.connect(self.start)
        self.stop_button.clicked.connect(self.stop)
        self.resize(1040, 600)

    def start(self) -> None:
        """Run the checks."""
        self.checks = []
        self.table.show_rows((), ())
        self.bar.setRange(0, CHECKS)
        self.bar.setValue(0)
        self._set_going(is_going=True)
        self.verdict.setText("Testing; the first check takes the longest.")
        order = f'"do": "selftest", "simulations": {self.size_box.currentData()}'
        self.analyst.ask(order, self._take)

    def stop(self) -> None:
        """End the test; what was checked stays."""
        self.analyst.give_up()
        self._set_going(is_going=False)
        self.verdict.setText(self._stopped())

    def done(self, result: int) -> None:
        """Close, and end the test."""
        self.analyst.give_up()
        super().done(result)

    def _take(self, answer: Json) -> None:
        if "found" in answer:
            self.checks.append(answer["found"])
            self.bar.setMaximum(max(CHECKS, len(self.checks)))
            self.bar.setValue(len(self.checks))
            self._show()
        elif "problem" in answer:
            self.verdict.setText(str(answer["problem"]))
        elif self.checks:
            self.bar.setValue(self.bar.maximum())
            self.verdict.setText(self._summary())
        if "end" in answer:
            self._set_going(is_going=False)

    def _show(self) -> None:
        self.table.show_rows(
            HEADS,
            [
                (
                    Cell(str(check["name"])),
                    Cell(RIGHT if check["passed"] else WRONG),
                    Cell(_share(check["share"]), check["share"]["estimate"]),
                    Cell(f"{check['wanted'][0]:g} to {check['wanted'][1]:g}"),
                    Cell(str(check["truth"])),
                )
                for check in self.checks
            ],
        )
        for column in range(len(HEADS)):
            self.table.resizeColumnToContents(column)

    def _stopped(self) -> str:
        """Say what a part of the checks is worth: nothing about the rest."""
        made, wrong = len(self.checks), sum(not check["passed"] for check in self.checks)
        how = f"{wrong} of them failed" if wrong else "none of them failed"
        return f"Stopped after {figures.counted(made, 'check')}: {how}; the rest were not made."

    def _summary(self) -> str:
        wrong = [check for check in self.checks if not check["passed"]]
        many = len(self.checks)
        if not wrong:
            return f"All {many} checks are as they should be: the lab reads what was put in."
        names = "; ".join(str(check["name"]) for check in wrong)
        return f"{len(wrong)} of {many} checks are not as they should be: {names}."

    def _set_going(self, *, is_going: bool) -> None:
        self.start_button.setEnabled(not is_going)
        self.size_box.setEnabled(not is_going)
        self.stop_button.setEnabled(is_going)


def _share(share: Json) -> str:
    low, high = number_words(share["low"]), number_words(share["high"])
    return f"{number_words(share['estimate'])} ({low} to {high})"
