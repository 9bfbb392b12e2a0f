"""The controls beside an error: each with its text, which the user may change, and its match."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QWidget

from core.branches import Role, name_after
from core.controls import MOST_OFF
from core.engine import Engine
from core.errors import Weighed
from core.fork_controls import (
    MEANING,
    Beside,
    Control,
    draft_control,
    propose_controls,
    weigh_controls,
)
from core.intake import Insertion
from core.products import Aside, Product
from core.tokens import Token
from core.tree import ROOT, NodeId
from core.workbench import Workbench
from gui import figures
from gui.aside_job import AsideJob
from gui.branch_marks import LONGEST

TYPING_MS = 300
LINE_BREAK = "⏎"


@dataclass(slots=True)
class _Row:
    """One control on the screen; `found` is None while what its field says is not weighed."""

    role: Role
    box: QCheckBox
    field: QLineEdit
    figure: QLabel
    found: Control | None

    @property
    def widgets(self) -> tuple[QWidget, QWidget, QWidget]:
        """Its parts, from left to right."""
        return self.box, self.field, self.figure

    @property
    def text(self) -> str:
        """The text that its field says."""
        return self.field.text().replace(LINE_BREAK, "\n")


@dataclass(frozen=True, slots=True)
class _WeighedAgain:
    """What came of the changed text of a row."""

    row: int
    control: Control


class ControlRows(QWidget):
    """Proposes on `propose`; a changed text is weighed again. Says `typed` when one was changed."""

    typed = Signal()

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._node: NodeId = ROOT
        self._path: tuple[Token, ...] = ()
        self._error: Weighed | None = None
        self._proposing = AsideJob(workbench)
        self._weighing = AsideJob(workbench)
        self._rows: list[_Row] = []
        self._later = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._later.timeout.connect(self._weigh_again)

    @property
    def is_busy(self) -> bool:
        """Whether a control is still being weighed."""
        jobs = (self._proposing, self._weighing)
        return self._later.isActive() or any(job.is_running for job in jobs)

    def clear(self) -> None:
        """Show no controls, and let none come that were asked for."""
        self._later.stop()
        self._proposing.stop()
        self._weighing.stop()
        for row in self._rows:
            for widget in row.widgets:
                self._grid.removeWidget(widget)
                widget.hide()  # what is deleted later would still be seen until then
                widget.deleteLater()
        self._rows = []
        self._error = None

    def propose(
        self, node: NodeId, path: tuple[Token, ...], error: Weighed, *, beside: Beside
    ) -> None:
        """Ask for the controls of an error at `node`."""
        self.clear()
        self._node, self._path, self._error = node, path, error
        work = partial(propose_controls, path=path, error=error, beside=beside)
        self._proposing.start("propose controls", work, (node,), self._add)

    def insertions(self) -> list[Insertion]:
        """Return the ticked controls, ready to be inserted."""
        return [
            Insertion(row.found.tokens, _name(row.found), row.found.record)
            for row in self._rows
            if row.box.isChecked() and row.found is not None
        ]

    def words(self) -> list[str]:
        """Return what stands beside each control."""
        return [row.figure.text() for row in self._rows]

    def _add(self, found: object) -> None:
        if not isinstance(found, Control):
            return
        role, place = found.record.role, len(self._rows)
        box = QCheckBox(_kind(found))
        box.setChecked(True)
        box.setToolTip(MEANING[role])
        field = QLineEdit(found.record.text.replace("\n", LINE_BREAK))
        field.setAccessibleName(f"text of the {role.value}")
        field.setToolTip(MEANING[role])
        field.setCursorPosition(0)
        field.textChanged.connect(partial(self._on_typed, place))
        label = QLabel()
        label.setObjectName("muted")
        row = _Row(role, box, field, label, found)
        for column, widget in enumerate(row.widgets):
            self._grid.addWidget(widget, place, column)
        self._rows.append(row)
        self._say(row)

    def _say(self, row: _Row) -> None:
        error = self._error
        words = "not weighed"
        if row.found is not None and error is not None:
            words = match_words(row.found, error)
        row.figure.setText(words)

    def _on_typed(self, place: int, text: str) -> None:
        row = self._rows[place]
        row.found = None
        self._weighing.stop()  # it weighs what stood there before
        if text:
            row.figure.setText("…")
        else:
            row.box.setChecked(False)
            self._say(row)
        self._later.start()
        self.typed.emit()

    def _weigh_again(self) -> None:
        """Weigh every row whose text was changed since it was weighed."""
        error, path = self._error, self._path
        wanted = [
            (place, row.role, row.text)
            for place, row in enumerate(self._rows)
            if row.found is None and row.text
        ]
        if error is None or not wanted:
            self.typed.emit()
            return

        def work(engine: Engine) -> Iterator[Product]:
            for place, role, text in wanted:
                draft = draft_control(engine, path, error, role, text)
                for product in weigh_controls(engine, path, error, [draft]):
                    match product:
                        case Aside(Control() as control):
                            yield Aside(_WeighedAgain(place, control))
                        case _:
                            yield product

        self._weighing.start("weigh controls", work, (self._node,), self._replace)

    def _replace(self, found: object) -> None:
        if isinstance(found, _WeighedAgain):
            row = self._rows[found.row]
            row.found = found.control
            self._say(row)


def _kind(control: Control) -> str:
    """Return what a control is: of two placebos, one is of the right text and one of the error."""
    role = control.record.role
    if role is not Role.PLACEBO:
        return role.value
    return f"{role.value}, {'right' if control.word_bits is None else 'error'}"


def match_words(control: Control, error: Weighed) -> str:
    """Return what a control is matched in, by how much it misses that, and its own surprise."""
    own = figures.bits(control.record.bits)
    wanted = error.record.bits
    words = own
    match control.record.role:
        case Role.MUTE:
            has, wants = len(control.tokens), len(error.tokens)
            length = figures.counted(has, "token")
            words = f"{length}, the error's {wants}: {_verdict(float(has - wants), 0.0)} · {own}"
        case Role.CONTROL:
            alone = f"{control.record.bits:.2f} bits, the error's {wanted:.2f}"
            words = f"{alone}: {_verdict(control.missed, MOST_OFF)}"
        case Role.MENTION | Role.PLACEBO if control.word_bits is not None:
            word = f"its word {control.word_bits:.2f} bits, the error's {wanted:.2f}"
            words = f"{word}: {_verdict(control.missed, MOST_OFF)} · whole text {own}"
        case Role.PLACEBO if error.rule is not None:
            words = f"{own} · says {figures.counted(len(error.rule.words), 'word')} in turn"
        case Role.PLACEBO:
            words = f"{own} · of the right text: nothing to match"
        case Role.MENTION if error.rule is not None:
            words = f"{own} · names {figures.counted(len(error.rule.words), 'word')} in turn"
        case Role.MENTION:
            words = f"{own} · the error's tokens do not stand in it"
        case _:
            pass
    return words


def _verdict(missed: float | None, most: float) -> str:
    """Return whether what was missed is within `most`: bits, or whole tokens where that is 0."""
    if missed is None:
        return "nothing to match"
    off = f"{abs(missed):.2f}" if most else f"{abs(missed):.0f}"
    if abs(missed) <= most:
        return f"matched within {off}" if most else "matched"
    return f"{off} {'too many' if missed > 0 else 'too few'}"


def _name(control: Control) -> str:
    """Return a short name: of a carrier, its end, where the mentioned word stands."""
    name = name_after(control.record.text)
    if control.record.role not in {Role.MENTION, Role.PLACEBO} or len(name) <= LONGEST:
        return name
    return f"…{' '.join(control.record.text.split())[1 - LONGEST :]}"
