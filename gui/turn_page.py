"""The same error in the user's turn of a conversation and in the assistant's, right ones beside."""

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.branches import Role
from core.error_texts import first_word, open_sentence
from core.intake import Insertion, Placement
from core.tokens import text_of
from core.tree import ROOT
from core.whose_turn import Spoken, TurnWish, speak
from core.workbench import Change, Workbench
from gui.aside_job import AsideJob
from gui.error_items import ErrorTable
from gui.fields import named_row, text_field
from gui.observing import observe
from gui.selection import Selection
from gui.steady_focus import enable
from gui.token_text import show_token

MEANING = (
    "A model corrects the same statement less often where it said it itself: the blind spot. Each"
    " row is a conversation in the model's own template, its control tokens as they are; behind the"
    " statement the assistant goes on."
)
FIRST = "Weigh reads the statement in either turn; nothing enters the tree before you put it there."
REQUEST = "Tell me something that is true."


class TurnPage(QWidget):
    """Weighs the four conversations; nothing enters the tree before the button says so.

    Says `planted` with the tip that it is about to select.
    """

    planted = Signal(int)

    def __init__(self, workbench: Workbench, selection: Selection) -> None:
        super().__init__()
        self._workbench = workbench
        self._selection = selection
        self._job = AsideJob(workbench)
        self.spoken: list[Spoken] = []
        self.request = text_field("request", "What the user asks for first, in either conversation")
        self.stem = text_field("statement", "The statement up to its answer")
        self.right = text_field("right answer", "What is true; begins with a space")
        self.wrong = text_field("wrong answer", "What is false; begins with a space")
        self.end = text_field("end", "What ends the statement")
        self.request.setText(REQUEST)
        self.end.setText(".")
        self.clean = QCheckBox("with the right answer beside each")
        self.clean.setChecked(True)
        self.weigh = QPushButton("Weigh")
        self.plant = QPushButton("Put them into the tree")
        self.plant.setObjectName("primary")
        self.table = ErrorTable("Conversations")
        self._whole = QLabel()
        self._whole.setObjectName("muted")
        self._whole.setWordWrap(True)
        self._lay_out()
        self.weigh.clicked.connect(self.ask)
        self.plant.clicked.connect(self.plant_all)
        for field in (self.request, self.stem, self.right, self.wrong, self.end):
            field.textChanged.connect(self._forget)
            field.returnPressed.connect(self.ask)
        self.table.selectionModel().currentRowChanged.connect(self._show_whole)
        observe(workbench, self, self._on_change)
        self._show_whole()
        self._set_buttons()

    def _lay_out(self) -> None:
        note = QLabel(MEANING)
        note.setObjectName("muted")
        note.setWordWrap(True)
        named = (self.request, self.stem, self.right, self.wrong, self.end)
        fields = named_row(list(zip(named, (3, 3, 1, 1, 0), strict=True)))
        self.end.setMaximumWidth(60)
        buttons = QHBoxLayout()
        buttons.addWidget(self.clean)
        buttons.addStretch(1)
        buttons.addWidget(self.weigh)
        buttons.addWidget(self.plant)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 0)
        box.addWidget(note)
        box.addLayout(fields)
        box.addWidget(self.table, 1)
        box.addWidget(self._whole)
        box.addLayout(buttons)

    def fill(self, before: str, following: str, wrong: str) -> None:
        """Propose the statement of a place: the sentence that breaks off there, and its answers."""
        self.stem.setText(open_sentence(before))
        self.right.setText(first_word(following))
        self.wrong.setText(wrong)

    def ask(self) -> None:
        """Weigh the answer in both turns, right and wrong."""
        wish = self.wanted()
        if not wish.right.strip() or not wish.wrong.strip() or not self._is_free():
            return
        self._forget()
        work = partial(speak, wish=wish)
        self._job.start("weigh an error in both turns", work, (), self._take)
        self._set_buttons()

    def wanted(self) -> TurnWish:
        """Return what the fields ask for."""
        texts = (self.request, self.stem, self.right, self.wrong, self.end)
        return TurnWish(*(field.text() for field in texts))

    def plant_all(self) -> None:
        """Put the conversations into the tree, each a branch after what it begins with."""
        placements = [
            Placement(
                ROOT,
                one.opening,
                Insertion((*one.weighed.tokens, *one.tail), one.name, one.weighed.record),
            )
            for one in self.spoken
            if self.clean.isChecked() or one.weighed.record.role is Role.ERROR
        ]
        if placements:
            label = "put an error in both turns"
            tip = self._workbench.insert_apart(placements, label=label)[-1]
            self.planted.emit(tip)
            self._selection.select(tip)

    def _take(self, found: object) -> None:
        if isinstance(found, Spoken):
            self.spoken.append(found)
            self.table.items.add(found.weighed)
            self.table.selectRow(0)
            self._set_buttons()

    def _show_whole(self, *_index: object) -> None:
        row = self.table.currentIndex().row()
        if not 0 <= row < len(self.spoken):
            self._whole.setText(FIRST)
            return
        one = self.spoken[row]
        text = "".join(
            show_token(token).text if token.special else text_of((token,))
            for token in (*one.opening, *one.weighed.tokens, *one.tail)
        )
        self._whole.setText(text.replace("\n", "⏎"))

    def _forget(self, *_text: object) -> None:
        self._job.stop()  # it weighs what the fields said before
        self.spoken = []
        self.table.items.clear()
        self._whole.setText(FIRST)
        self._set_buttons()

    def _is_free(self) -> bool:
        bench = self._workbench
        return bench.vocabulary is not None and not self._job.is_running

    def _set_buttons(self) -> None:
        wish = self.wanted()
        ready = bool(wish.right.strip() and wish.wrong.strip())
        enable(self.weigh, ready and self._is_free())
        enable(self.plant, bool(self.spoken) and self._is_free())

    def _on_change(self, change: Change) -> None:
        if change.reset:
            self._forget()
        elif change.jobs:
            self._set_buttons()
