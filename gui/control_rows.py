"""The controls beside an error: each with its text, which the user may change, and its match."""

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QWidget

from core.branches import Role, name_after
from core.controls import MOST_OFF
from core.engine import Engine
from core.errors import Weighed
from core.fork_controls import (
    MEANING,
    Control,
    draft_control,
    propose_controls,
    weigh_controls,
)
from core.intake import Insertion
from core.jobs import JobId
from core.products import Product
from core.tokens import Token
from core.tree import ROOT, NodeId
from core.workbench import Workbench
from gui import figures
from gui.branch_marks import LONGEST

TYPING_MS = 300
LINE_BREAK = "⏎"


class ControlRows(QWidget):
    """Proposes on `propose`; a changed text is weighed again."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self._workbench = workbench
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(3)
        self._grid.setColumnStretch(1, 1)
        self._node: NodeId = ROOT
        self._path: tuple[Token, ...] = ()
        self._error: Weighed | None = None
        self._job: JobId | None = None
        self._found: list[Control | None] = []
        self._boxes: list[QCheckBox] = []
        self._fields: list[QLineEdit] = []
        self._figures: list[QLabel] = []
        self._changed: set[int] = set()
        self._later = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._later.timeout.connect(self._weigh_again)

    @property
    def is_busy(self) -> bool:
        """Whether a control is still being weighed."""
        return bool(self._changed) or self._job in self._workbench.jobs

    def clear(self) -> None:
        """Show no controls."""
        for widget in (*self._boxes, *self._fields, *self._figures):
            self._grid.removeWidget(widget)
            widget.hide()  # what is deleted later would still be seen until then
            widget.deleteLater()
        self._boxes, self._fields, self._figures, self._found = [], [], [], []
        self._changed = set()
        self._error = None

    def propose(self, node: NodeId, path: tuple[Token, ...], error: Weighed, right: str) -> None:
        """Ask for the controls of an error at `node`."""
        self.clear()
        if self._job is not None:
            self._workbench.stop(self._job)
        self._node, self._path, self._error = node, path, error
        work = partial(propose_controls, path=path, error=error, right=right)
        self._job = self._workbench.look_aside("propose controls", work, (node,), self._add)

    def insertions(self) -> list[Insertion]:
        """Return the ticked controls, ready to be inserted."""
        return [
            Insertion(found.tokens, _name(found), found.record)
            for box, found in zip(self._boxes, self._found, strict=True)
            if box.isChecked() and found is not None
        ]

    def words(self) -> list[str]:
        """Return what stands beside each control."""
        return [label.text() for label in self._figures]

    def _add(self, found: object) -> None:
        if not isinstance(found, Control):
            return
        row = len(self._found)
        box = QCheckBox(found.record.role.value)
        box.setChecked(True)
        box.setToolTip(MEANING[found.record.role])
        field = QLineEdit(found.record.text.replace("\n", LINE_BREAK))
        field.setAccessibleName(f"text of the {found.record.role.value}")
        field.setToolTip(MEANING[found.record.role])
        field.setCursorPosition(0)
        field.textChanged.connect(partial(self._on_typed, row))
        label = QLabel()
        label.setObjectName("muted")
        for column, widget in enumerate((box, field, label)):
            self._grid.addWidget(widget, row, column)
        self._boxes.append(box)
        self._fields.append(field)
        self._figures.append(label)
        self._found.append(found)
        self._say(row)

    def _say(self, row: int) -> None:
        found = self._found[row]
        error = self._error
        words = "not weighed"
        if found is not None and error is not None:
            words = match_words(found, error)
        self._figures[row].setText(words)

    def _on_typed(self, row: int, _text: str) -> None:
        self._changed.add(row)
        self._figures[row].setText("…")
        self._later.start()

    def _weigh_again(self) -> None:
        error, path = self._error, self._path
        if error is None or not self._changed:
            return
        row = min(self._changed)
        before = self._found[row]
        if before is None:
            self._changed.discard(row)
            return
        text = self._fields[row].text().replace(LINE_BREAK, "\n")
        role = before.record.role

        def work(engine: Engine) -> Iterator[Product]:
            draft = draft_control(engine, path, error, role, text)
            yield from weigh_controls(engine, path, error, [draft])

        take = partial(self._replace, row)
        self._changed.discard(row)
        if not text:
            self._boxes[row].setChecked(False)
            self._say(row)
            return
        self._job = self._workbench.look_aside("weigh a control", work, (self._node,), take)
        if self._changed:
            self._later.start()

    def _replace(self, row: int, found: object) -> None:
        if isinstance(found, Control) and row < len(self._found):
            self._found[row] = found
            self._say(row)


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
            word = f"its word alone {control.word_bits:.2f} bits, the error's {wanted:.2f}"
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
