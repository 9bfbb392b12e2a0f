"""Every setting of the sampler in the order in which they are applied, with presets."""

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.sampling import Sampler
from gui.card import caption, rule
from gui.fields import decimal, spin
from gui.sampler_choice import OWN, SamplerChoice

LEAD = "Applied from top to bottom, as llama.cpp does. The probability on chips stays the raw one."
STEPS: tuple[tuple[str, str, str, float, float], ...] = (
    ("repeat_penalty", "repeat penalty", "1: off; logits of written tokens ÷ or × this", 0.5, 2.0),
    (
        "frequency_penalty",
        "frequency penalty",
        "0: off; taken off a logit for each time its token was written",
        -2.0,
        2.0,
    ),
    (
        "presence_penalty",
        "presence penalty",
        "0: off; taken off a logit once its token was written",
        -2.0,
        2.0,
    ),
    ("penalty_window", "penalties look back", "tokens", 1, 8192),
    ("top_k", "top-k", "0: off; keeps the k likeliest", 0, 1000),
    (
        "typical_p",
        "typical-p",
        "1: off; keeps those nearest to the entropy, up to this Σ p",
        0.01,
        1,
    ),
    ("top_p", "top-p", "1: off; keeps the likeliest up to this Σ p", 0.01, 1),
    ("min_p", "min-p", "0: off; cuts p below this share of the likeliest", 0, 1),
    ("temperature", "temperature", "0: the likeliest; else softmax(logits / T)", 0, 5),
)
"""Name in `Sampler`, words, what it does, bounds."""

WHOLE = {"top_k", "penalty_window"}


class SamplerDialog(QDialog):
    """Shows and changes a `SamplerChoice`; every change is in force at once."""

    def __init__(self, choice: SamplerChoice, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Sampler")
        self._choice = choice
        self.presets = QComboBox()
        self.presets.setAccessibleName("Preset")
        self.words = QLabel()
        self.words.setObjectName("muted")
        self.words.setWordWrap(True)
        self.fields: dict[str, QSpinBox | QDoubleSpinBox] = {}
        self.name = QLineEdit()
        self.name.setPlaceholderText("name of a preset of your own")
        self.name.setAccessibleName("Name of the preset")
        self.save = QPushButton("Save preset")
        self.delete = QPushButton("Delete preset")
        self.answer = QLabel()
        self.answer.setObjectName("problem")
        self._lay_out()
        self.presets.activated.connect(self._on_preset)
        self.save.clicked.connect(self._on_save)
        self.name.returnPressed.connect(self._on_save)
        self.delete.clicked.connect(self._on_delete)
        choice.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the settings in force."""
        name, sampler = self._choice.name, self._choice.sampler
        with QSignalBlocker(self.presets):
            self.presets.clear()
            self.presets.addItems([*self._choice.presets, *([OWN] if name == OWN else [])])
            self.presets.setCurrentText(name)
        for key, field in self.fields.items():
            with QSignalBlocker(field):
                field.setValue(getattr(sampler, key))
        self.words.setText(self._choice.words)
        self.delete.setEnabled(self._choice.is_own(name))

    def sampler(self) -> Sampler:
        """Return what the fields say."""
        values: dict[str, Any] = {key: field.value() for key, field in self.fields.items()}
        return replace(self._choice.sampler, **values)

    def _lay_out(self) -> None:
        lead = QLabel(LEAD)
        lead.setObjectName("muted")
        lead.setWordWrap(True)
        top = QHBoxLayout()
        top.addWidget(caption("preset"))
        top.addWidget(self.presets, 1)
        top.addWidget(self.delete)
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        for row, (key, words, meaning, low, high) in enumerate(STEPS):
            field = (
                spin(int(low), int(high), 0, meaning)
                if key in WHOLE
                else decimal(low, high, 0, meaning)
            )
            if isinstance(field, QDoubleSpinBox):
                field.setSingleStep(0.05)
            field.setAccessibleName(words)
            field.setFixedWidth(84)
            field.valueChanged.connect(self._on_field)
            label, told = QLabel(words), caption(meaning)
            label.setBuddy(field)
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
            grid.addWidget(told, row, 2)
            self.fields[key] = field
        grid.setColumnStretch(2, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.name, 1)
        foot.addWidget(self.save)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 16, 20, 16)
        box.setSpacing(10)
        box.addLayout(top)
        box.addWidget(self.words)
        box.addWidget(rule())
        box.addLayout(grid)
        box.addWidget(lead)
        box.addWidget(rule())
        box.addLayout(foot)
        box.addWidget(self.answer)
        box.addStretch(1)
        self.answer.hide()
        self.resize(560, 0)

    def _on_preset(self, _index: int) -> None:
        found = self._choice.presets.get(self.presets.currentText())
        if found is not None:
            self._choice.choose(found)

    def _on_field(self, _value: float) -> None:
        self._choice.choose(self.sampler())

    def _on_save(self) -> None:
        problem = self._choice.keep(self.name.text())
        self.answer.setText(problem or "")
        self.answer.setVisible(problem is not None)
        if problem is None:
            self.name.clear()

    def _on_delete(self) -> None:
        self._choice.forget(self.presets.currentText())
