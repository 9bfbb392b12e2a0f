"""Asks how a branch shall grow: how far, greedily or by sampling, how often."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.sampling import GREEDY, Sampler
from gui.card import caption
from gui.fields import decimal, spin
from gui.kept_fields import Field, KeptFields
from gui.theme import UNIT
from gui.wishes import ContinueWish


class ContinueBox(QWidget):
    """Says `continue_requested` with a `ContinueWish`, and `stop_requested`.

    Says `moved` when a field changed, all of which `kept` keeps with the session.
    """

    continue_requested = Signal(object)
    stop_requested = Signal()
    moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tokens = spin(1, 4096, 24, "How many tokens to add, at most.")
        self.way = QComboBox()
        self.way.addItems(["greedy ▾", "sampled ▾"])
        self.way.setToolTip(
            "Greedy: always the likeliest token.\nSampled: drawn from the distribution."
        )
        self.way.setAccessibleName("How tokens are chosen")
        self.temperature = decimal(0.05, 5.0, 1.0, "p after temperature T is softmax(logits / T).")
        self.samples = spin(1, 64, 1, "How many continuations to draw, each a branch of its own.")
        self.seed = spin(0, 2**31 - 1, 1, "The same seed draws the same tokens again.")
        self.from_here = QCheckBox("fork at this token")
        self.from_here.setToolTip("Fork at the selected token instead of going on at the end.")
        self.go = QPushButton("Continue")
        self.go.setToolTip("Let the model go on from the end of this branch (Ctrl+G)")
        self.stop = QPushButton("Stop")
        self.stop.setToolTip("Stop all work at once (Esc)")
        self._sampling = QWidget()
        self._lay_out()
        self.way.currentIndexChanged.connect(self._on_way)
        self.go.clicked.connect(self.ask)
        self.stop.clicked.connect(self.stop_requested)
        self._on_way(0)
        fields: dict[str, Field] = {
            "tokens": self.tokens,
            "way": self.way,
            "temperature": self.temperature,
            "samples": self.samples,
            "seed": self.seed,
            "from_here": self.from_here,
        }
        self.kept = KeptFields(fields, self.moved)

    def wish(self) -> ContinueWish:
        """Return what the fields say."""
        if self.way.currentIndex() == 0:
            sampler, samples = GREEDY, 1
        else:
            sampler = Sampler(temperature=self.temperature.value())
            samples = self.samples.value()
        from_here = self.from_here.isEnabled() and self.from_here.isChecked()
        return ContinueWish(
            self.tokens.value(), sampler, self.seed.value(), samples, from_here=from_here
        )

    def ask(self) -> None:
        """Ask for a continuation as the fields say."""
        self.continue_requested.emit(self.wish())

    def set_state(self, *, can_continue: bool, busy: bool, at_end: bool) -> None:
        """Offer what can be done now."""
        self.from_here.setEnabled(can_continue and not at_end)
        self.go.setEnabled(can_continue)
        self.stop.setEnabled(busy)

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.setSpacing(2 * UNIT)
        first.addWidget(self.tokens)
        first.addWidget(caption("tokens"))
        first.addWidget(self.way, 1)
        grid = QGridLayout(self._sampling)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * UNIT)
        grid.setVerticalSpacing(2)
        fields = (("temperature", self.temperature), ("samples", self.samples), ("seed", self.seed))
        for column, (name, field) in enumerate(fields):
            label = caption(name)
            label.setBuddy(field)
            grid.addWidget(label, 0, column)
            grid.addWidget(field, 1, column)
            grid.setColumnStretch(column, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(2 * UNIT)
        buttons.addWidget(self.go, 2)
        buttons.addWidget(self.stop, 1)
        body = QVBoxLayout(self)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(2 * UNIT)
        body.addLayout(first)
        body.addWidget(self._sampling)
        body.addWidget(self.from_here)
        body.addLayout(buttons)

    def _on_way(self, index: int) -> None:
        self._sampling.setVisible(index == 1)
