"""Which experiment, how large, with which facts: and what that costs and can show."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QWidget,
)

from core.known_error import KnownError
from core.lab.facts import parse_facts
from core.lab_plans import MOST_ITEMS, PLANS, Plan
from core.lab_products import Wish, choices_of
from core.view_state import ViewState
from gui import figures
from gui.card import Card
from gui.fields import spin
from gui.file_dialogs import choose_file
from gui.lab_choices import LabChoices
from gui.lab_effect import LabEffect
from gui.resources import asset

OWN_PACK = "Swerve's own facts"
QUICK, STANDARD, OTHER = "quick", "standard", "other size"
PACKS = "Fact packs (*.json *.csv)"
UNMEASURED = "Its cost is not measured yet on this model."
SEED_TIP = "The same seed gives the same rows on this machine"


class LabForm(Card):
    """Says `run_requested` and `cost_requested` with a `Wish`."""

    run_requested = Signal(object)
    cost_requested = Signal(object)
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Experiment", parent)
        self._pack: Path | None = None
        self._facts: str | None = None  # the text of the pack, read when it is needed
        self._pace: tuple[float, float] | None = None
        self._busy = ""
        self.name = QComboBox()
        for plan in PLANS:
            self.name.addItem(plan.name, plan)
        self.name.setAccessibleName("Experiment")
        self.asks = _words("")
        self.gate = _words("muted")
        self.size_box = QComboBox()
        self.size_box.addItems([QUICK, STANDARD, OTHER])
        self.size_box.setAccessibleName("Size")
        self.items = spin(1, MOST_ITEMS, 1, "Items that shall count: facts or sequences")
        self.seed = spin(0, 999_999, 0, SEED_TIP)
        self.pack = QPushButton()
        self.pack.setToolTip("The facts that are asked; choose a JSON file of your own")
        self.choices = LabChoices(self)
        self.sought = LabEffect(self)
        self.effect, self.needs = self.sought.field, self.sought.needs
        self.cost = _words("muted")
        self.problem = _words("problem")
        self.run = QPushButton("Run")
        self.run.setObjectName("primary")
        self.measure = QPushButton("Measure the cost")
        self.measure.setToolTip("Measures a few items of this run, and keeps nothing of them")
        self._lay_out()
        self.name.currentIndexChanged.connect(self._on_plan)
        self.size_box.currentTextChanged.connect(self._on_size)
        self.items.valueChanged.connect(self._on_items)
        self.choices.changed.connect(self._on_items)
        self.seed.valueChanged.connect(self.changed)
        menu = QMenu(self.pack)
        menu.addAction(OWN_PACK, partial(self.use_pack, None))
        menu.addAction("From a file…", self.choose_pack)
        self.pack.setMenu(menu)
        self.sought.changed.connect(self.changed)
        self.sought.items_wanted.connect(self.items.setValue)
        self.run.clicked.connect(self._run)
        self.measure.clicked.connect(self._measure)
        self._on_plan()

    def _lay_out(self) -> None:
        self._labels = {
            "size": QLabel("size"),
            "items": QLabel("items"),
            **{name: QLabel(name) for name in self.choices.fields},
            "seed": QLabel("seed"),
            "facts": QLabel("fact pack"),
            "effect": self.sought.label,
        }
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        fields: tuple[tuple[str, QWidget], ...] = (
            ("size", self.size_box),
            ("items", self.items),
            *self.choices.fields.items(),
            ("seed", self.seed),
            ("facts", self.pack),
            ("effect", self.effect),
        )
        for row, (name, field) in enumerate(fields):
            label = self._labels[name]
            label.setObjectName("muted")
            label.setBuddy(field)
            field.setAccessibleName(label.text())
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        grid.setColumnStretch(1, 1)
        buttons = QHBoxLayout()
        buttons.addWidget(self.run)
        buttons.addWidget(self.measure, 1)
        self.body.addWidget(self.name)
        self.body.addWidget(self.asks)
        self.body.addWidget(self.gate)
        self.body.addLayout(grid)
        self.body.addWidget(self.needs)
        self.body.addWidget(self.sought.shows)
        self.body.addWidget(self.cost)
        self.body.addWidget(self.problem)
        self.body.addLayout(buttons)
        self.problem.hide()

    @property
    def plan(self) -> Plan:
        """The experiment that is chosen."""
        found: Plan = self.name.currentData()
        return found

    def choose(self, name: str) -> None:
        """Choose an experiment by name."""
        self.name.setCurrentText(name)

    def wish(self) -> Wish:
        """Return what is asked for. Raises `KnownError` when the fact pack cannot be used."""
        plan = self.plan
        text, name = self._read_pack() if plan.uses_facts else ("", "")
        if text:
            many = len(parse_facts(text, name))
            if many < self.items.value():
                raise KnownError(
                    f"{name} holds {figures.counted(many, 'fact')}, and {self.items.value()} are"
                    " asked for: choose fewer, or a larger pack."
                )
        return Wish(
            plan.name,
            text,
            name,
            self.seed.value(),
            self.items.value(),
            choices=self.choices.choices(),
        )

    def view_state(self) -> ViewState:
        """Return what stands in the fields; a fact pack of one's own by its path."""
        values: dict[str, object] = {
            "experiment": self.plan.name,
            "items": self.items.value(),
            "seed": self.seed.value(),
            "effect": self.effect.value(),
            "choices": self.choices.choices().json(),
            "pack": "" if self._pack is None else str(self._pack),
        }
        return ViewState(1, values)

    def restore_view(self, state: ViewState) -> None:
        """Put into the fields what stood there; a pack that is gone is not missed."""
        self.choose(state.value("experiment", self.plan.name))
        self.items.setValue(state.value("items", self.items.value()))
        self._restore_choices(state.value("choices", ""))
        self.seed.setValue(state.value("seed", self.seed.value()))
        self.effect.setValue(state.value("effect", self.effect.value()))
        pack = Path(state.value("pack", ""))
        wanted = pack if pack.is_file() else None
        if wanted != self._pack:
            self.use_pack(wanted)

    def _restore_choices(self, told: str) -> None:
        choices = choices_of(told)
        self.choices.choose_extent(choices.extent)
        self.choices.choose_tasks(choices.tasks)
        self.choices.preamble.setText(choices.preamble)

    def set_pace(self, pace: tuple[float, float] | None) -> None:
        """Tell tokens and seconds that an item costs on this model; None: not measured."""
        self._pace = pace
        self._tell_cost()

    def set_ready(self, *, is_ready: bool, busy: str) -> None:
        """Say whether a run can be started; `busy` says what is being done instead."""
        self._busy = busy
        self.run.setEnabled(is_ready and not busy)
        self.measure.setEnabled(is_ready and not busy)
        tip = "" if is_ready else "Load a model first"
        self.run.setToolTip(busy or tip or "Start this experiment")
        self._tell_cost()

    def choose_pack(self) -> None:
        """Let the user choose a fact pack in a file."""
        name = choose_file(self, "Choose a fact pack", PACKS)
        if name:
            self.use_pack(Path(name))

    def use_pack(self, path: Path | None) -> None:
        """Take the facts from a file, None: Swerve's own; say at once what is wrong with it."""
        self._pack, self._facts = path, None
        self.say_problem("")
        try:
            text, name = self._read_pack()
            parse_facts(text, name)
        except KnownError as error:
            self.say_problem(str(error))
        self._tell_pack()
        self.changed.emit()

    def say_problem(self, sentence: str) -> None:
        """Say what cannot be run so."""
        self.problem.setText(sentence)
        self.problem.setVisible(bool(sentence))

    def _read_pack(self) -> tuple[str, str]:
        path = self._pack or asset("facts/facts.json")
        if self._facts is None:
            try:
                self._facts = path.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise KnownError(f"The fact pack {path.name} cannot be read ({error}).") from None
        return self._facts, path.name

    def _on_plan(self) -> None:
        plan = self.plan
        self.asks.setText(plan.asks)
        self.gate.setText(plan.gate)
        facts: tuple[QWidget, ...] = (self._labels["facts"], self.pack)
        for widget in facts:
            widget.setVisible(plan.uses_facts)
        self.choices.show_plan(plan)
        for name, is_used in self.choices.used(plan).items():
            self._labels[name].setVisible(is_used)
            self.choices.fields[name].setVisible(is_used)
        self.sought.show_plan(plan)
        self._labels["items"].setText(plan.unit)
        self.items.setAccessibleName(plan.unit)
        if self.size_box.currentText() == OTHER:
            self.size_box.setCurrentText(QUICK)
        self._on_size()
        self._tell_pack()
        self.say_problem("")
        self.changed.emit()

    def _on_size(self) -> None:
        size = self.size_box.currentText()
        if size != OTHER:
            items = {QUICK: self.plan.quick, STANDARD: self.plan.standard}[size]
            extent = self.plan.extent_at(items)
            self.items.setValue(items)
            self.choices.choose_extent(extent)
        self._on_items()

    def _on_items(self) -> None:
        plan, items = self.plan, self.items.value()
        names = {plan.quick: QUICK, plan.standard: STANDARD}
        is_named = items in names and plan.extent_at(items) == self.choices.chosen_extent()
        self.size_box.blockSignals(True)
        self.size_box.setCurrentText(names[items] if is_named else OTHER)
        self.size_box.blockSignals(False)
        extent = self.choices.chosen_extent()
        self.sought.tell(plan, items, 0 if extent is None else extent.length)
        self._tell_cost()
        self.changed.emit()

    def _tell_pack(self) -> None:
        self.pack.setText(OWN_PACK if self._pack is None else self._pack.name)

    def _tell_cost(self) -> None:
        if self._busy:
            self.cost.setText(self._busy)
        elif self._pace is None:
            self.cost.setText(UNMEASURED)
        else:
            tokens, seconds = (each * self.items.value() for each in self._pace)
            self.cost.setText(
                f"About {figures.count(_rounded(tokens))} tokens and {duration(seconds)} on this"
                " model, measured."
            )

    def _run(self) -> None:
        self._ask(self.run_requested)

    def _measure(self) -> None:
        self._ask(self.cost_requested)

    def _ask(self, signal: object) -> None:
        try:
            wish = self.wish()
        except KnownError as error:
            self.say_problem(str(error))
            return
        self.say_problem("")
        signal.emit(wish)  # type: ignore[attr-defined]


def _words(name: str) -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    if name:
        label.setObjectName(name)
    return label


def _rounded(value: float) -> int:
    """Round to two figures: an estimate has no more."""
    whole = round(value)
    digits = max(0, len(str(whole)) - 2)
    return round(whole, -digits)


def duration(seconds: float) -> str:
    """Return a time as people say it: 40 seconds, 2.5 minutes, 1.2 hours."""
    if seconds < 90:
        return figures.counted(max(1, round(seconds)), "second")
    if seconds < 5400:
        return f"{seconds / 60:.1f} minutes"
    return f"{seconds / 3600:.1f} hours"
