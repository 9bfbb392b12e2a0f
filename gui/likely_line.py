"""A line over the tree that hides what is unlikely, and tells how much that is."""

import math

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QSlider, QToolButton, QWidget

from gui import figures
from gui.card import ShrinkingLabel
from gui.escape import claim_escape
from gui.glossary import ENTRIES

DECADES = 9
"""The slider goes from paths of p 1e-9 to 1; at its left end everything is shown."""

STEPS = 4
"""Steps of the slider in a decade."""

PAUSE_MS = 60
MEANING = (
    f"{ENTRIES['path probability']}\nThe selected branch and inserted tokens are always shown."
)


class LikelyLine(QWidget):
    """Asks for the least probability of a path; 0 shows all."""

    least_changed = Signal(float)
    finished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.least = 0.0
        label = QLabel("Paths with p at least")
        label.setObjectName("muted")
        label.setToolTip(MEANING)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setRange(0, DECADES * STEPS)
        self.slider.setPageStep(STEPS)
        self.slider.setMinimumWidth(120)
        self.slider.setAccessibleName("Least probability of a path")
        self.field = QLineEdit()
        self.field.setFixedWidth(76)
        self.field.setPlaceholderText("all")
        self.field.setAccessibleName("Least probability of a path, as a number")
        self.told = ShrinkingLabel()
        self.told.setObjectName("muted")
        self.told.set_meaning(MEANING)
        self.all = QToolButton()
        self.all.setObjectName("quiet")
        self.all.setText("show all")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        for widget in (label, self.slider, self.field, self.told, self.all):
            row.addWidget(widget, 1 if widget is self.told else 0)
        self._later = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._later.timeout.connect(lambda: self.least_changed.emit(self.least))
        self.slider.valueChanged.connect(self._on_slider)
        self.field.returnPressed.connect(self._on_field)
        self.all.clicked.connect(self._show_all)
        self.hide()

    def ask(self) -> None:
        """Show the line."""
        self.show()
        self.slider.setFocus()

    def tell(self, hidden: int) -> None:
        """Say how many tokens are hidden."""
        said = f"{figures.counted(hidden, 'token')} hidden" if self.least else "nothing hidden"
        self.told.setText(said)

    def event(self, event: QEvent) -> bool:
        """Be closed by Escape, before it stops any work."""
        return claim_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a key."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self.finished.emit()
        else:
            super().keyPressEvent(event)

    def _on_slider(self, value: int) -> None:
        self._take(10.0 ** (value / STEPS - DECADES) if value else 0.0)

    def _on_field(self) -> None:
        text = self.field.text().strip()
        try:
            least = float(text) if text and text != "all" else 0.0
        except ValueError:
            self.told.setText("a number between 0 and 1")
            return
        if not 0 <= least <= 1:
            self.told.setText("a number between 0 and 1")
            return
        self.slider.blockSignals(True)
        place = round((math.log10(least) + DECADES) * STEPS) if least else 0
        self.slider.setValue(max(place, 1 if least else 0))
        self.slider.blockSignals(False)
        self._take(least)

    def _take(self, least: float) -> None:
        self.least = least
        self.field.setText(f"{least:.2g}" if least else "")
        self._later.start()

    def _show_all(self) -> None:
        self.slider.setValue(0)
        self._take(0.0)
        self.hide()
        self.finished.emit()
