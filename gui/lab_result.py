"""What a run gave: its sentence, verdicts, plots, numbers, raw rows, and how it was made."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any, cast

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QProgressBar,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from core.lab.experiment import Shape
from core.lab_book import Run
from core.lab_plans import plan_of
from core.lab_records import ItemRow, RunState
from gui.card import Card
from gui.figure_picture import Curve, Picture, picture_of
from gui.figure_plot import FigurePlot
from gui.key_words import with_keys
from gui.lab_words import (
    early_words,
    interval_words,
    number_words,
    provisional_words,
    state_words,
)
from gui.look import Look
from gui.text_items import Cell, TextTable

Json = Mapping[str, Any]

EMPTY = (
    "Nothing has been run in this session yet.\n\nChoose an experiment on the left, measure what it"
    " costs, and run it. Its rows, its plot and its verdict appear here and are kept in the"
    " session."
)
NO_MODEL = "\n\nNo model is loaded: open one with {model.open}."
SLICE = 0.02
"""Seconds of reading rows between two paintings: a row may hold thousands of numbers."""

NOTHING = Cell("")
METHOD_WIDTH = 760
"""Pixels; longer lines are hard to read."""

BY_ITEM, SO_FAR = "By item", "Estimate as items came in"
EXACT = "Probabilities are the raw softmax at T = 1 from exact readings; intervals are over items."
ANALYSING = "The rows are being analysed."
WAIT = "The first items are being measured."
NO_ROWS = "No item was whole when the run was held: resume it, and it begins with the first."


class LabResult(Card):
    """Shows one run. Says `item_requested` with the item whose fork is wanted."""

    item_requested = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__("Result", parent)
        self._pictures: dict[str, Picture] = {}
        self._wanted = ""  # the figure that the user chose; else the first one is shown
        self._read: dict[ItemRow, dict[str, Cell]] = {}
        self._listed: tuple[int, int] | None = None
        self._listed_with: Json | None = None
        self._waiting: Callable[[], bool] | None = None
        self.empty = QLabel(EMPTY)
        self.empty.setObjectName("muted")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.state = QLabel()
        self.state.setObjectName("muted")
        self.state.setWordWrap(True)
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.verdicts = QWidget()
        self._grid = QGridLayout(self.verdicts)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(2)
        self.figures = QComboBox()
        self.figures.setAccessibleName("Figure")
        self.figures.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.plot = FigurePlot(look)
        self.numbers = TextTable("Numbers with their intervals")
        self.rows = TextTable("Raw rows, one per item")
        self.method = QLabel()
        self.tabs = QTabWidget()
        self._lay_out()
        self.figures.currentTextChanged.connect(self._on_figure)
        self.figures.textActivated.connect(self._want)
        self.plot.chosen.connect(self.item_requested)
        self.rows.doubleClicked.connect(self._on_row)
        self.rows.activated.connect(self._on_row)
        self.show_none(has_model=True)

    def _lay_out(self) -> None:
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 8, 0, 0)
        box.addWidget(self.figures, 0, Qt.AlignmentFlag.AlignLeft)
        box.addWidget(self.plot, 1)
        self.method.setWordWrap(True)
        self.method.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.method.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.method.setContentsMargins(0, 8, 12, 8)
        area = QScrollArea()
        area.setWidgetResizable(True)
        self.method.setMaximumWidth(METHOD_WIDTH)
        area.setWidget(self.method)
        area.setAccessibleName("Method")
        for name, tab in (
            ("Plot", page),
            ("Numbers", self.numbers),
            ("Rows", self.rows),
            ("Method", area),
        ):
            self.tabs.addTab(tab, name)
        self.rows.setToolTip("Enter or a double click shows the item's fork in the tree")
        for widget in (self.empty, self.bar, self.state, self.sentence, self.verdicts, self.tabs):
            self.body.addWidget(widget, 1 if widget in {self.empty, self.tabs} else 0)

    def show_none(self, *, has_model: bool) -> None:
        """Say what to do first."""
        self.empty.setText(EMPTY + ("" if has_model else with_keys(NO_MODEL)))
        self.set_subtitle("")
        self._set_shown(is_empty=True)

    def show_run(
        self, run: Run, found: Json | None, *, settings: str, so_far: Picture | None
    ) -> None:
        """Show a run; `found` is what its rows say, None while nobody knows."""
        self._set_shown(is_empty=False)
        self.set_subtitle(f"{run.row.experiment} · {settings}")
        self.bar.setRange(0, max(1, run.row.items))
        self.bar.setValue(run.counted)
        self.bar.setVisible(not run.is_whole)
        self.bar.setAccessibleName(state_words(run))
        self.state.setText(" ".join(filter(None, (state_words(run) + ".", run.row.why))))
        self._show_rows(run.rows, found)
        if found is None:
            is_going = run.row.state is RunState.RUNNING
            self.sentence.setText(ANALYSING if run.rows else WAIT if is_going else NO_ROWS)
            self._show_verdicts(())
            self._show_pictures({})
            self.numbers.show_rows((), ())
            self.method.clear()
            return
        is_whole = run.is_whole
        self.sentence.setText(str(found["sentence"]) if is_whole else provisional_words(run, found))
        self._show_verdicts(found["verdicts"] if is_whole else ())
        if early_words(run):
            self.state.setText(f"{self.state.text()} {early_words(run)}")
        self._show_pictures(_pictures(run, found, so_far))
        self._show_numbers(found["findings"])
        self._show_method(run, found)

    def _show_rows(self, rows: Sequence[ItemRow], found: Json | None) -> None:
        """List the raw rows; every column is the mean of the numbers that a row has there."""
        listed = rows[0].run if rows else 0, len(rows)
        if listed == self._listed and found is self._listed_with:
            return  # a run that goes on is shown ten times a second
        self._listed, self._listed_with = listed, found
        words = str(found["points_are"]) if found else ""
        points = {point["place"]: point["value"] for point in found["points"]} if found else {}
        self._waiting = partial(self._list_rows, tuple(rows), words, points)
        self._fill_rows()

    def _fill_rows(self) -> None:
        """Read rows until a slice of time is over, and list them when all are read."""
        waiting = self._waiting
        if waiting is not None and waiting():
            self._waiting = None
        elif waiting is not None:
            QTimer.singleShot(0, self, self._fill_rows)

    def _list_rows(self, rows: Sequence[ItemRow], words: str, points: Mapping[int, float]) -> bool:
        """Return whether all rows have been read, and are listed."""
        end = perf_counter() + SLICE
        for row in rows:
            if row not in self._read:
                if perf_counter() > end:
                    return False
                values: dict[str, Any] = json.loads(row.values)
                self._read[row] = {name: _raw(value) for name, value in values.items()}
        names = list(dict.fromkeys(name for row in rows for name in self._read[row]))
        heads = ("item", "effect" if words else "counts", "dropped", *names)
        cells = [
            (
                Cell(row.item),
                _number(points.get(row.place), words)
                if words
                else Cell("no" if row.dropped else "yes"),
                Cell(row.dropped),
                *(self._read[row].get(name, NOTHING) for name in names),
            )
            for row in rows
        ]
        self.rows.show_rows(heads, cells)
        return True

    def _show_verdicts(self, verdicts: Sequence[Json]) -> None:
        while (item := self._grid.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for row, verdict in enumerate(verdicts):
            needed = verdict["items_needed"]
            rule = str(verdict["rule"])
            if needed:
                rule += f"; about {needed} items would decide"
            answer = QLabel(str(verdict["answer"]))
            answer.setObjectName("title")
            for column, label in enumerate(
                (
                    QLabel(str(verdict["question"])),
                    answer,
                    QLabel(interval_words(verdict["interval"]) if verdict["interval"] else ""),
                    QLabel(rule),
                )
            ):
                if column in {0, 3}:
                    label.setObjectName("muted")
                # Only numbers stay on their line: in a small window the words share what is left.
                label.setWordWrap(column != 2)
                label.setAlignment(Qt.AlignmentFlag.AlignTop)
                label.setToolTip(rule)
                self._grid.addWidget(label, row, column)
        for column, share in enumerate((4, 2, 0, 5)):
            self._grid.setColumnStretch(column, share)
        self.verdicts.setVisible(bool(verdicts))

    def _show_pictures(self, pictures: dict[str, Picture]) -> None:
        self._pictures = pictures
        names = list(pictures)
        if names != [self.figures.itemText(n) for n in range(self.figures.count())]:
            self.figures.blockSignals(True)
            self.figures.clear()
            self.figures.addItems(names)
            if self._wanted in names:
                self.figures.setCurrentText(self._wanted)
            self.figures.blockSignals(False)
        self.figures.setVisible(len(names) > 1)
        self._on_figure(self.figures.currentText())

    def _want(self, name: str) -> None:
        self._wanted = name

    def _on_figure(self, name: str) -> None:
        self.plot.show_picture(self._pictures.get(name))

    def _show_numbers(self, findings: Sequence[Json]) -> None:
        self.numbers.show_rows(
            ("what", "estimate (95 %)", "p of no effect", "p corrected", "n", "interval", "remark"),
            [
                (
                    Cell(str(one["name"])),
                    Cell(interval_words(one), one["estimate"]),
                    _number(one["p"], ""),
                    _number(one.get("p_corrected"), str(one.get("correction") or "")),
                    Cell(str(one["items"]), float(one["items"])),
                    Cell(str(one["kind"])),
                    Cell(str(one["note"])),
                )
                for one in findings
            ],
        )

    def _show_method(self, run: Run, found: Json) -> None:
        plan = plan_of(run.row.experiment)
        dropped = ", ".join(f"{many} {why}" for why, many in found["dropped"].items()) or "none"
        parts = [
            "" if plan is None else plan.asks,
            str(found["method"]),
            EXACT,
            "" if plan is None else f"Gate: {plan.gate}",
            f"Items dropped: {dropped}.",
            *(f"• {note}" for note in found["notes"]),
        ]
        self.method.setText("\n\n".join(filter(None, parts)))

    def _set_shown(self, *, is_empty: bool) -> None:
        self.empty.setVisible(is_empty)
        for widget in (self.bar, self.state, self.sentence, self.verdicts, self.tabs):
            widget.setVisible(not is_empty)

    def _on_row(self, index: QModelIndex) -> None:
        self.item_requested.emit(self.rows.items.rows[self.rows.row_of(index)][0].text)


def _pictures(run: Run, found: Json, so_far: Picture | None) -> dict[str, Picture]:
    made = [picture_of(figure, found["floors"]) for figure in found["figures"]]
    pictures = {picture.title: picture for picture in made}
    if found["points"]:
        ordered = sorted(found["points"], key=lambda point: point["value"])
        values = tuple(float(point["value"]) for point in ordered)
        places = tuple(float(n) for n in range(1, len(values) + 1))
        plan = plan_of(run.row.experiment)
        pictures[BY_ITEM] = Picture(
            BY_ITEM,
            "items, from the smallest to the largest",
            str(found["points_are"]),
            (Curve("items", "error", places, values, shape=Shape.POINTS),),
            zero=plan is None or plan.is_paired,
            items=tuple(str(point["item"]) for point in ordered),
        )
    if so_far is not None:
        pictures[SO_FAR] = so_far
    return pictures


def _number(value: float | None, tip: str) -> Cell:
    return Cell(number_words(value), float("-inf") if value is None else value, tip)


def _raw(value: object) -> Cell:
    """Return raw values as a cell: one number as it is, many as their mean."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Cell(number_words(float(value)), float(value))
    numbers = _flat(value)
    if numbers:
        mean = sum(numbers) / len(numbers)
        return Cell(number_words(mean), mean, f"the mean of {len(numbers)} numbers")
    return Cell("" if value is None else str(value)[:80])


def _flat(value: object) -> list[float]:
    if isinstance(value, list):
        found = cast("list[object]", value)
        return [number for one in found for number in _flat(one)]
    return [float(value)] if isinstance(value, int | float) else []
