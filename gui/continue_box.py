"""Asks how a branch shall grow: how far, with which sampler, how often."""

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.presets import presets_from_json, presets_to_json, told
from core.view_state import ViewState
from gui.card import ShrinkingLabel, caption
from gui.fields import decimal, spin
from gui.kept_fields import Field, KeptFields
from gui.key_words import tell_keys
from gui.sampler_choice import OWN, SamplerChoice
from gui.theme import UNIT
from gui.wishes import ContinueWish


class ContinueBox(QWidget):
    """Says `continue_requested` with a `ContinueWish`, `stop_requested` and `sampler_requested`.

    Says `moved` when a field or the sampler changed; all of them are kept with the session.
    """

    continue_requested = Signal(object)
    stop_requested = Signal()
    sampler_requested = Signal()
    moved = Signal()

    def __init__(self, choice: SamplerChoice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice = choice
        self.tokens = spin(1, 4096, 24, "How many tokens to add, at most.")
        self.tokens.setAccessibleName("How many tokens to add")
        self.way = QComboBox(self)
        self.way.setToolTip("How tokens are chosen: a preset of the sampler")
        self.way.setAccessibleName("How tokens are chosen")
        self.way.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.way.setMinimumWidth(76)
        self.tokens.setMinimumWidth(48)
        self.temperature = decimal(0.05, 5.0, 1.0, "p after temperature T is softmax(logits / T).")
        self.samples = spin(1, 64, 1, "How many continuations to draw, each a branch of its own.")
        self.seed = spin(
            0,
            2**31 - 1,
            1,
            "The same seed draws the same tokens again.\nContinuation k of every place draws from"
            " stream k \N{MINUS SIGN} 1 of this seed,\nso that two branches see the same noise.",
        )
        self.until_end = QCheckBox("until the end of text")
        self.until_end.setToolTip(
            "Go on until the model ends the text by itself, or its context is full."
        )
        self.from_here = QCheckBox("fork here")
        self.from_here.setToolTip("Fork at the selected token instead of going on at the end.")
        self.numbers = ShrinkingLabel()
        self.numbers.setObjectName("small")
        self.numbers.set_meaning(
            "The sampler's settings, in the order in which they are applied.\n"
            "They decide what is drawn; the probability on the chips stays the raw one."
        )
        self.more = QPushButton("…")
        self.more.setObjectName("quiet")
        self.more.setAccessibleName("Sampler settings")
        self.go = QPushButton("Continue")
        self.stop = QPushButton("Stop")
        for button, words in (
            (self.more, "All settings of the sampler, and presets of your own ({tree.sampler})"),
            (self.go, "Let the model go on from the end of this branch ({tree.continue})"),
            (self.stop, "Stop all work at once ({tree.stop})"),
        ):
            tell_keys(button, button.setToolTip, words)
        self._sampling = QWidget(self)
        self._lay_out()
        self.way.activated.connect(self._on_way)
        self.temperature.valueChanged.connect(self._on_temperature)
        self.until_end.toggled.connect(self.tokens.setDisabled)
        self.more.clicked.connect(self.sampler_requested)
        self.go.clicked.connect(self.ask)
        self.stop.clicked.connect(self.stop_requested)
        fields: dict[str, Field] = {
            "tokens": self.tokens,
            "samples": self.samples,
            "seed": self.seed,
            "until_end": self.until_end,
            "from_here": self.from_here,
        }
        self._fields = KeptFields(fields, self.moved)
        choice.changed.connect(self.refresh)
        choice.changed.connect(self.moved)
        self.refresh()

    def view_state(self) -> ViewState:
        """Return what stands in the fields, and the sampler."""
        state = self._fields.view_state()
        sampler = presets_to_json({OWN: self._choice.sampler})
        return replace(state, values={**state.values, "sampler": sampler})

    def restore_view(self, state: ViewState) -> None:
        """Put into the fields what stood there, and choose the sampler that was chosen."""
        self._fields.restore_view(state)
        sampler = presets_from_json(state.value("sampler", "")).get(OWN)
        if sampler is not None:
            self._choice.choose(sampler)

    def wish(self) -> ContinueWish:
        """Return what the fields say."""
        from_here = self.from_here.isEnabled() and self.from_here.isChecked()
        sampler = self._choice.sampler
        return ContinueWish(
            None if self.until_end.isChecked() else self.tokens.value(),
            sampler,
            self.seed.value(),
            1 if sampler.is_greedy else self.samples.value(),
            from_here=from_here,
        )

    def ask(self) -> None:
        """Ask for a continuation as the fields say."""
        self.continue_requested.emit(self.wish())

    def set_state(self, *, can_continue: bool, busy: bool, at_end: bool) -> None:
        """Offer what can be done now."""
        self.from_here.setEnabled(can_continue and not at_end)
        self.go.setEnabled(can_continue)
        self.stop.setEnabled(busy)

    def refresh(self) -> None:
        """Show the sampler in force."""
        name, sampler = self._choice.name, self._choice.sampler
        with QSignalBlocker(self.way):
            self.way.clear()
            for each in (*self._choice.presets, *((OWN,) if name == OWN else ())):
                self.way.addItem(each, each)
                known = self._choice.presets.get(each)
                tip = told(known) if known is not None else self._choice.words
                self.way.setItemData(self.way.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
            self.way.setCurrentIndex(self.way.findData(name))
        if not sampler.is_greedy:
            with QSignalBlocker(self.temperature):
                self.temperature.setValue(sampler.temperature)
        self._sampling.setVisible(not sampler.is_greedy)
        self.numbers.setVisible(not sampler.is_greedy)
        self.numbers.setText(self._choice.words)

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(2 * UNIT)
        first.addWidget(self.tokens)
        first.addWidget(caption("tokens"))
        first.addWidget(self.way, 1)
        first.addWidget(self.more)
        row = QHBoxLayout(self._sampling)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2 * UNIT)
        for name, prefix, field in (
            ("temperature", "T ", self.temperature),
            ("samples", "× ", self.samples),
            ("seed", "seed ", self.seed),
        ):
            field.setPrefix(prefix)
            field.setAccessibleName(name)
            field.setMinimumWidth(52)
            row.addWidget(field, 2 if field is self.seed else 1)
        ticks = QHBoxLayout()
        ticks.setSpacing(2 * UNIT)
        ticks.addWidget(self.until_end)
        ticks.addWidget(self.from_here)
        ticks.addStretch(1)
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * UNIT)
        buttons.addWidget(self.go, 2)
        buttons.addWidget(self.stop, 1)
        body = QVBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(UNIT + 2)
        body.addLayout(first)
        body.addWidget(self._sampling)
        body.addWidget(self.numbers)
        body.addLayout(ticks)
        body.addLayout(buttons)

    def _on_way(self, _index: int) -> None:
        self._choice.choose(self._choice.presets.get(self.way.currentData(), self._choice.sampler))

    def _on_temperature(self, value: float) -> None:
        self._choice.choose(replace(self._choice.sampler, temperature=value))
