"""The lab in the window: forms on the left, the run that is looked at on the right."""

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from core.jobs import JobId
from core.lab_book import Run
from core.lab_plans import Plan, plan_of
from core.lab_products import Choices, Paced, Wish, choices_of
from core.lab_records import RunState
from core.tree import NodeId
from core.workbench import Change, Workbench
from gui.analyst import Analyst, ProcessAnalyst, Take
from gui.card import Card
from gui.lab_files import LabFiles
from gui.lab_findings import LabFindings
from gui.lab_form import LabForm
from gui.lab_overlay import OverlayWindow
from gui.lab_result import LabResult
from gui.lab_words import list_words, settings_words, state_words
from gui.look import Look
from gui.observing import observe
from gui.self_test_window import SelfTestWindow

FRAME_MS = 100
LEAST_RUNS = 56
"""Pixels of the list of runs, which takes what the form leaves of a window."""

CALIBRATED = 2
"""Items that a calibration measures at least; what is measured side by side is measured whole."""

NUMBER = int(Qt.ItemDataRole.UserRole)
MEASURING = "Measuring the cost on a few items…"
REPORT, WRITING = "report ▾", "writing…"
GOING = "A run is going on."
OVERLAY = "Hold two runs of one experiment against each other; it takes two complete ones"


class LabPage(QWidget):
    """Says `fork_requested` with the node of an item's fork, `problem_met` with a sentence."""

    fork_requested = Signal(int)
    problem_met = Signal(str)
    state_changed = Signal()

    def __init__(self, workbench: Workbench, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._look = look
        self.analyst: Analyst = ProcessAnalyst(self)
        self._paces: dict[tuple[str, str, str], tuple[float, float]] = {}
        self._calibrating: JobId | None = None
        self._shown: int | None = None
        self.form = LabForm()
        self.result = LabResult(look)
        self.runs = QListWidget()
        self.runs.setAccessibleName("Runs of this session")
        self.runs.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.runs.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.runs.setSpacing(2)
        self.runs.setMinimumHeight(LEAST_RUNS)
        self.runs.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self.pause = QPushButton("Pause")
        self.pause.setToolTip("Hold the run after what is being read now; rows are kept")
        self.stop = QPushButton("Stop")
        self.stop.setToolTip("End the run here; its rows are kept")
        self.resume = QPushButton("Resume")
        self.resume.setObjectName("primary")
        self.resume.setToolTip("Go on at the item where it stopped")
        self.export = QPushButton(REPORT)
        self.export.setObjectName("quiet")
        self.overlay_button = QPushButton("Lay over…")
        self.overlay_button.setToolTip(OVERLAY)
        self.test_button = QPushButton("Self-test…")
        self.test_button.setToolTip("Let the lab measure a model whose errors are known")
        self._later = QTimer(self, singleShot=True, interval=FRAME_MS)
        self.files = LabFiles(workbench, self._ask, self._run, self)
        self._findings = LabFindings(
            workbench, self._ask, told=self._later.start, problem_met=self.problem_met.emit
        )
        self._lay_out()
        self._connect()
        self._refresh()

    def _lay_out(self) -> None:
        menu = QMenu(self.export)
        menu.addAction("Open the report", self.files.open_report)
        menu.addAction("Save the report…", self.files.save_report)
        menu.addAction("Save the rows as CSV…", self.files.save_csv)
        menu.addAction("Save everything as JSON…", self.files.save_json)
        self.export.setMenu(menu)
        self.export.setToolTip("The run as one HTML file, its rows as CSV or JSON")
        for button in (self.pause, self.stop, self.resume, self.export):
            self.result.head.addWidget(button)
        runs = Card("Runs")
        runs.body.addWidget(self.runs, 1)
        row = QHBoxLayout()
        row.addWidget(self.overlay_button)
        row.addWidget(self.test_button)
        runs.body.addLayout(row)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.form)
        column.addWidget(runs, 1)
        scroll = QScrollArea()  # a low window cuts no field
        scroll.setObjectName("bare")
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidgetResizable(True)
        scroll.setWidget(left)
        scroll.setMinimumWidth(264)
        across = QSplitter(Qt.Orientation.Horizontal)
        across.setHandleWidth(8)
        across.setChildrenCollapsible(False)
        across.addWidget(scroll)
        across.addWidget(self.result)
        across.setStretchFactor(1, 1)
        across.setSizes([304, 960])
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(across)

    def _connect(self) -> None:
        bench = self._workbench
        self.form.run_requested.connect(self.start)
        self.form.cost_requested.connect(self.measure_cost)
        self.form.changed.connect(self._tell_pace)
        self.pause.clicked.connect(bench.pause_experiment)
        self.stop.clicked.connect(bench.stop_experiment)
        self.resume.clicked.connect(self.resume_run)
        self.overlay_button.clicked.connect(self.lay_over)
        self.test_button.clicked.connect(self.open_self_test)
        self.runs.currentItemChanged.connect(self._on_chosen)
        self.result.item_requested.connect(self.show_item)
        self.files.problem_met.connect(self.problem_met)
        self.files.is_writing.connect(self._on_writing)
        self._later.timeout.connect(self._refresh)
        app = QCoreApplication.instance()
        assert app is not None
        app.aboutToQuit.connect(self.close_down)
        observe(bench, self, self._on_change)

    # verbs

    @property
    def shown(self) -> int | None:
        """The run that is looked at."""
        return self._shown

    def start(self, wish: Wish) -> None:
        """Start a run, and look at it."""
        number = self._workbench.start_experiment(wish)
        if number is not None:
            self._shown = number
        self._refresh()

    def pause_or_resume(self) -> None:
        """Hold the run that goes on, or go on with the one that is looked at."""
        if self._workbench.lab_going is not None:
            self._workbench.pause_experiment()
        else:
            self.resume_run()

    def resume_run(self) -> None:
        """Go on with the run that is looked at."""
        if self._shown is not None:
            self._workbench.resume_experiment(self._shown)

    def measure_cost(self, wish: Wish) -> None:
        """Measure a few items of a run, and tell what the whole of it costs."""
        key = self._pace_key(wish.experiment, wish.choices)
        plan = plan_of(wish.experiment)
        block = 1 if plan is None else plan.block
        few = replace(wish, items=max(CALIBRATED, block))

        def take(paced: Paced) -> None:
            if paced.done and paced.done % block == 0:
                self._paces[key] = (
                    (paced.tokens - paced.tokens_once) / paced.done,
                    (paced.seconds - paced.seconds_once) / paced.done,
                )
                self._later.start()

        self._calibrating = self._workbench.calibrate(few, take)
        self._refresh()

    def show_item(self, item: str) -> None:
        """Plant an item's branches in the tree, once, and go there."""
        if self._shown is not None:
            self._workbench.plant_item(self._shown, item, self._land)

    def lay_over(self) -> None:
        """Choose two runs of one experiment and hold them against each other."""
        window = OverlayWindow(self._workbench, self._look, self.analyst, self)
        window.show()

    def open_self_test(self) -> None:
        """Let the lab measure a model of known errors."""
        SelfTestWindow(self).show()

    def close_down(self) -> None:
        """Let the analysis go."""
        self.analyst.give_up()

    # keeping up

    def _on_change(self, change: Change) -> None:
        if change.reset:
            self._findings.forget()
            if self._shown not in self._workbench.lab_runs:
                self._shown = None
        if (change.lab or change.jobs or change.reset) and not self._later.isActive():
            self._later.start()

    def _on_writing(self, is_writing: bool) -> None:  # noqa: FBT001 - Qt's signature
        self.export.setEnabled(not is_writing)
        self.export.setText(WRITING if is_writing else REPORT)

    def _ask(self, order: str, take: Take) -> None:
        self.analyst.ask(order, take)

    def _run(self) -> Run | None:
        return None if self._shown is None else self._workbench.lab_runs.get(self._shown)

    def _refresh(self) -> None:
        bench = self._workbench
        runs = bench.lab_runs
        if bench.lab_going is not None and self._shown is None:
            self._shown = bench.lab_going
        if self._shown is None and runs:
            self._shown = max(runs)
        if self._calibrating is not None and self._calibrating not in bench.jobs:
            self._calibrating = None
        self._list_runs()
        self._tell_pace()
        going = bench.lab_going
        busy = GOING if going is not None else MEASURING if self._calibrating is not None else ""
        self.form.set_ready(is_ready=bench.vocabulary is not None, busy=busy)
        run = self._run()
        if run is None:
            self.result.show_none(has_model=bench.vocabulary is not None)
        else:
            self.result.show_run(
                run,
                self._findings.known(run),
                settings=settings_words(run, bench.lab_model(run.row.number), self._pack(run)),
                so_far=self._findings.so_far(run),
            )
        is_going = run is not None and going == run.row.number
        self.pause.setVisible(is_going)
        self.stop.setVisible(is_going)
        self.resume.setVisible(
            run is not None and not is_going and run.row.state is not RunState.DONE
        )
        self.resume.setEnabled(going is None)
        self.export.setVisible(run is not None and bool(run.rows))
        self.overlay_button.setEnabled(len(overlayable(runs)) > 0)
        if run is not None:
            self._findings.ask_about(run)
        self.state_changed.emit()

    def _list_runs(self) -> None:
        runs = self._workbench.lab_runs
        self.runs.blockSignals(True)
        if [self.runs.item(n).data(NUMBER) for n in range(self.runs.count())] != [*reversed(runs)]:
            self.runs.clear()
            for number in reversed(runs):
                item = QListWidgetItem()
                item.setData(NUMBER, number)
                self.runs.addItem(item)
        words = list_words(runs)
        for place in range(self.runs.count()):
            item = self.runs.item(place)
            listed = int(item.data(NUMBER))
            run, card = runs[listed], self._workbench.lab_model(listed)
            item.setText(words[listed])
            settings = settings_words(run, card, self._pack(run))
            item.setToolTip(f"{state_words(run)}\n{settings}")
            if listed == self._shown:
                self.runs.setCurrentItem(item)
        self.runs.blockSignals(False)

    def _on_chosen(self, item: QListWidgetItem | None, _before: object) -> None:
        if item is not None:
            self._shown = int(item.data(NUMBER))
            self._refresh()

    def _pack(self, run: Run) -> str:
        return self._workbench.lab_wish(run.row.number).facts_name

    def _pace_key(self, experiment: str, choices: Choices) -> tuple[str, str, str]:
        card = self._workbench.card
        model = "" if card is None else card.path or card.name
        return experiment, model, choices.json()

    def _tell_pace(self) -> None:
        plan, choices = self.form.plan, self.form.choices.choices()
        pace = self._paces.get(self._pace_key(plan.name, choices))
        for number, run in self._workbench.lab_runs.items():
            is_like_it = run.counted and _is_like(run, plan, choices)
            if is_like_it and self._workbench.is_made_here(number):
                pace = run.row.tokens / run.counted, run.row.seconds / run.counted
        self.form.set_pace(pace)

    def _land(self, node: NodeId) -> None:
        self.fork_requested.emit(node)


def _is_like(run: Run, plan: Plan, choices: Choices) -> bool:
    """Return whether an item of a run costs what one of these choices does."""
    made = choices_of(run.row.choices)
    extent = made.extent or next(iter(plan.extents), None)
    return run.row.experiment == plan.name and replace(made, extent=extent) == choices


def overlayable(runs: Mapping[int, Run]) -> list[str]:
    """Return the experiments of which two runs or more are done."""
    done = [run.row.experiment for run in runs.values() if run.is_whole]
    return [name for name in dict.fromkeys(done) if done.count(name) > 1]
