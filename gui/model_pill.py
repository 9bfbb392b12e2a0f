"""Says at the end of the menu bar which model is loaded, and how it is."""

from enum import Enum
from textwrap import wrap

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from core.engine import ModelCard
from gui.figures import count, counted
from gui.look import Look

TIP_CHARACTERS = 72


class ModelState(Enum):
    """How the model is."""

    NONE = "none"
    LOADING = "loading"
    READY = "ready"
    SILENT = "silent"
    DEAD = "dead"


class _Dot(QWidget):
    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.state = ModelState.NONE

    def sizeHint(self) -> QSize:
        """Return the size that would be best."""
        return QSize(10, 10)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what is in view."""
        theme = self._look.theme
        colours = {
            ModelState.NONE: theme.strong_line,
            ModelState.LOADING: theme.accent,
            ModelState.READY: theme.good,
            ModelState.SILENT: theme.problem,
            ModelState.DEAD: theme.problem,
        }
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(colours[self.state])
        centre = QPointF(self.width() / 2, self.height() / 2)
        # states differ in shape too: a ring while nothing can be asked, a disc when it can
        if self.state is ModelState.READY:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(centre, 4, 4)
        else:
            painter.setPen(colour)
            painter.drawEllipse(centre, 3.5, 3.5)
        painter.end()


def measured_words(card: ModelCard) -> list[str]:
    """Return what was measured of a model on this machine, in short lines."""
    lines = [f"Arithmetic: {card.arithmetic.check}."]
    if card.speed is None:
        lines.append("Speed: not measured yet.")
    else:
        lines.append(
            f"Speed when first loaded: reads {card.speed.prompt:.0f} and writes"
            f" {card.speed.stream:.0f} tokens a second."
        )
    if card.floors is None:
        lines.append("Floors: not measured yet.")
    else:
        lines.append(
            f"Repeat floor {card.floors.repeat_sqrt_js:.2g}, rounding floor"
            f" {card.floors.rounding_sqrt_js:.2g} (√JS on a sample text)."
        )
    if card.cells is not None:
        shared = "one for all branches" if card.cells.unified else "one for each branch"
        lines.append(f"Cache: {shared}, {card.cells.megabytes:,.0f} MB; {card.cells.why}.")
    return [part for line in lines for part in wrap(line, TIP_CHARACTERS)]


class ModelPill(QFrame):
    """Name and quantisation, then where it runs."""

    state_changed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pill")
        self._dot = _Dot(look)
        self._ready: ModelCard | None = None
        self._told: tuple[ModelCard, float | None] | None = None
        self._name = QLabel()
        self._name.setObjectName("title")
        self._place = QLabel()
        self._place.setObjectName("muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 14, 2)
        row.setSpacing(8)
        row.addWidget(self._dot)
        row.addWidget(self._name)
        row.addSpacing(16)
        row.addWidget(self._place)
        look.changed.connect(self._dot.update)
        self.show_none()

    @property
    def state(self) -> ModelState:
        """How the model is said to be."""
        return self._dot.state

    def words(self) -> str:
        """Return all that the pill says."""
        return f"{self._name.text()} {self._place.text()}".strip()

    def show_none(self, why: str = "Choose one in the menu Model.") -> None:
        """Say that there is no model, and what can be done about it."""
        self._show(ModelState.NONE, "No model", "", why)

    def show_loading(self, name: str, fraction: float = 0.0) -> None:
        """Say that a model is being loaded, and how far it has come."""
        leave = "Model → Cancel loading leaves it."
        if fraction < 1:
            share = f" {fraction:.0%}" if fraction > 0 else ""
            place, tip = f"loading…{share}", f"{name} is being loaded. {leave}"
        else:
            place = "trying it out…"
            tip = f"{name} is loaded; which numbers repeat is tried once for each file. {leave}"
        self._show(ModelState.LOADING, name, place, tip)

    def show_speed(self, tokens_a_second: float | None) -> None:
        """Say how fast the model was measured to be, beside what is known of it."""
        ready = self._ready if self.state is ModelState.READY else None
        if ready is not None and (ready, tokens_a_second) != self._told:
            self.show_ready(ready, tokens_a_second)

    def show_ready(self, card: ModelCard, speed: float | None = None) -> None:
        """Say what is loaded, on what it runs, and how fast it writes, once that is measured."""
        tip = (
            f"{card.name}, {card.quantization}, {card.parameters / 1e6:,.0f} million parameters\n"
            f"{card.architecture}, {count(card.vocabulary_size)} tokens in the vocabulary\n"
            f"reads up to {counted(card.context, 'token')}, "
            f"trained on {count(card.trained_context)}\n{card.engine}\n{card.path}"
            f"\n\n{chr(10).join(measured_words(card))}"
        ).rstrip()
        self._ready, self._told = card, (card, speed)
        if speed is not None:
            tip += f"\nwrites {speed:,.0f} tokens/s, as measured in this session"
        title = " · ".join(part for part in (card.name, card.quantization) if part)
        place = f"{card.device}, {counted(card.threads, 'thread')}"
        if speed is not None:
            place += f", writes {speed:,.0f} tokens/s"
        self._show(ModelState.READY, title, place, tip)

    def show_silent(self, sentence: str) -> None:
        """Say that the model does not answer, and what can be done."""
        self._show(ModelState.SILENT, self._name.text(), "does not answer", sentence)

    def show_dead(self, sentence: str) -> None:
        """Say why the model cannot be asked any more."""
        self._show(ModelState.DEAD, "Model stopped", "", sentence)

    def _show(self, state: ModelState, name: str, place: str, tip: str) -> None:
        is_news = state is not self._dot.state
        self._dot.state = state
        self._dot.update()
        self._name.setText(name)
        self._place.setText(place)
        self.setToolTip(tip)
        self.setAccessibleName(f"Model: {name} {place}")
        if is_news:
            self.state_changed.emit()
