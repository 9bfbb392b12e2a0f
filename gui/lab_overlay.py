"""Two runs of one experiment laid over each other: two models, two seeds, two sets of facts."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QGridLayout,
    QLabel,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from core.lab_book import Run
from core.workbench import Workbench
from gui.analyst import Analyst, run_order
from gui.figure_picture import Picture, curve_of, picture_of
from gui.figure_plot import FigurePlot
from gui.lab_words import interval_words, settings_words
from gui.line_plot import Band
from gui.look import Look
from gui.text_items import Cell, TextTable

Json = Mapping[str, Any]

FIRST, SECOND = "first", "second"
FEW = "Two complete runs of the same experiment can be laid over each other: run one more."
WAIT = "Both runs are being analysed."
HEADS = ("what", FIRST, SECOND, f"{SECOND} \N{MINUS SIGN} {FIRST}", "how")


class OverlayWindow(QDialog):
    """Lets the user choose two runs; the second is drawn hollow and dotted over the first."""

    def __init__(self, workbench: Workbench, look: Look, analyst: Analyst, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Two runs laid over each other")
        self._workbench = workbench
        self._analyst = analyst
        self._asked = 0
        self._pictures: dict[str, Picture] = {}
        self.first = _choice("First run")
        self.second = _choice("Second run")
        self.figures = _choice("Figure")
        self.plot = FigurePlot(look)
        self.table = TextTable("Differences between the two runs")
        self.note = QLabel()
        self.note.setObjectName("muted")
        self.note.setWordWrap(True)
        self._lay_out()
        for run in self._whole().values():
            self.first.addItem(self._name(run), run.row.number)
        self.first.currentIndexChanged.connect(self._on_first)
        self.second.currentIndexChanged.connect(self._ask)
        self.figures.currentTextChanged.connect(self._on_figure)
        self.figures.hide()
        self._on_first()
        self.resize(960, 680)

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        for row, (words, choice) in enumerate(((FIRST, self.first), (SECOND, self.second))):
            label = QLabel(words)
            label.setObjectName("muted")
            grid.addWidget(label, row, 0)
            grid.addWidget(choice, row, 1)
        grid.setColumnStretch(1, 1)
        panes = QSplitter(Qt.Orientation.Vertical)
        panes.setHandleWidth(8)
        panes.setChildrenCollapsible(False)
        panes.addWidget(self.plot)
        panes.addWidget(self.table)
        panes.setSizes([380, 200])
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.setSpacing(8)
        box.addLayout(grid)
        box.addWidget(self.figures, 0, Qt.AlignmentFlag.AlignLeft)
        box.addWidget(panes, 1)
        box.addWidget(self.note)

    def _whole(self) -> dict[int, Run]:
        """Return the complete runs whose experiment has two of them."""
        whole = {n: run for n, run in self._workbench.lab_runs.items() if run.is_whole}
        names = [run.row.experiment for run in whole.values()]
        return {n: run for n, run in whole.items() if names.count(run.row.experiment) > 1}

    def _name(self, run: Run) -> str:
        number = run.row.number
        pack = self._workbench.lab_wish(number).facts_name
        told = settings_words(run, self._workbench.lab_model(number), pack)
        return f"{run.row.experiment} · {run.counted} items · {told}"

    def _on_first(self) -> None:
        runs = self._whole()
        number = self.first.currentData()
        self.second.blockSignals(True)
        self.second.clear()
        if number in runs:
            for run in runs.values():
                same = run.row.experiment == runs[number].row.experiment
                if same and run.row.number != number:
                    self.second.addItem(self._name(run), run.row.number)
        self.second.blockSignals(False)
        self._ask()

    def _ask(self) -> None:
        numbers = (self.first.currentData(), self.second.currentData())
        if None in numbers:
            self.note.setText(FEW)
            return
        self.note.setText(WAIT)
        self._asked += 1
        asked = self._asked
        orders = ", ".join(f"{{{run_order(self._workbench.lab_wish(n))}}}" for n in numbers)

        def take(answer: Json) -> None:
            if asked == self._asked and "problem" in answer:
                self.note.setText(str(answer["problem"]))
            elif asked == self._asked and "found" in answer:
                self._show(answer["found"])

        self._analyst.ask(f'"do": "compare", "runs": [{orders}]', take)

    def _show(self, found: Json) -> None:
        one, two = found["outcomes"]
        self._pictures = overlays(one, two)
        self.figures.blockSignals(True)
        self.figures.clear()
        self.figures.addItems(list(self._pictures))
        self.figures.blockSignals(False)
        self.figures.setVisible(len(self._pictures) > 1)
        self._on_figure(self.figures.currentText())
        self.table.show_rows(
            HEADS,
            [
                (
                    Cell(str(each["name"])),
                    Cell(interval_words(each["first"]), each["first"]["estimate"]),
                    Cell(interval_words(each["second"]), each["second"]["estimate"]),
                    Cell(
                        interval_words(each["difference"], signed=True),
                        each["difference"]["estimate"],
                    ),
                    Cell(str(each["how"])),
                )
                for each in found["differences"]
            ],
        )
        self.note.setText(floors_words(one["floors"], two["floors"]))

    def _on_figure(self, name: str) -> None:
        self.plot.show_picture(self._pictures.get(name))

    def reject(self) -> None:
        """Close; what is asked is not shown any more."""
        self._asked += 1
        super().reject()


def overlays(one: Json, two: Json) -> dict[str, Picture]:
    """Return the figures that both runs have, with both curves and both floors."""
    others = {figure["title"]: figure for figure in two["figures"]}
    found: dict[str, Picture] = {}
    for figure in one["figures"]:
        other = others.get(figure["title"])
        if other is None:
            continue
        first = picture_of(figure, one["floors"])
        second = picture_of(other, two["floors"])
        bands = (
            *(Band(f"{band.name}, {FIRST}", band.level) for band in first.bands),
            *(Band(f"{band.name}, {SECOND}", band.level) for band in second.bands),
        )
        curves = (
            *first.curves,
            *(curve_of(series, second=SECOND) for series in other["series"]),
        )
        found[first.title] = Picture(
            first.title,
            first.across,
            first.up,
            curves,
            first.log_x,
            first.log_y,
            first.zero or second.zero,
            bands,
        )
    return found


def floors_words(one: Mapping[str, float | None], two: Mapping[str, float | None]) -> str:
    """Return below what a difference of the two runs means nothing, where they measured it."""
    if not (one and two):
        return "Intervals are 95 %, over items."
    parts = [
        f"{name}: {one[name]:.2g} and {two[name]:.2g} √JS"
        for name in one
        if one[name] is not None and two.get(name) is not None
    ]
    return "Intervals are 95 %, over items. Floors, first and second run: " + "; ".join(parts) + "."


def _choice(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return box
