"""Puts the same branch under several preambles, with neutral ones of equal length beside them."""

from functools import partial

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.branches import Role
from core.engine import Turn
from core.jobs import JobId
from core.preambles import SETS, Preamble, PreambleTurn, Talk, propose_preambles
from core.tokens import text_of
from core.tree import ROOT, NodeId
from core.workbench import Change, Workbench
from gui import figures
from gui.aside_job import AsideJob
from gui.card import ShrinkingLabel
from gui.key_words import with_keys
from gui.look import Look
from gui.observing import observe
from gui.selection import Selection
from gui.token_text import quoted

TYPING_MS = 300
OWN = "my own"
NOWHERE = "Select a branch: its text is put under preambles."
UNKNOWN_TURNS = (
    "This is a conversation whose turns are not known: compose it as a prompt ({tree.prompt}) to"
    " put it under preambles."
)
TURNS = {
    "as what the system says": PreambleTurn.SYSTEM,
    "as the user's first words": PreambleTurn.USER,
}
MEANING = (
    "The branch is planted again behind each ticked preamble, token by token the same, and compared"
    " like any branches: align them at the fork. Hold a preamble against neutral text of the same"
    " length, never against none; one wording is an anecdote."
)


class PreambleDialog(QDialog):
    """Follows the selection. Nothing enters the tree before the button says so."""

    def __init__(
        self, workbench: Workbench, selection: Selection, look: Look, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preambles")
        self._workbench = workbench
        self._selection = selection
        self._look = look
        self._job = AsideJob(workbench)
        self._planting: JobId | None = None
        self._talked: tuple[Turn, ...] = ()
        self.found: list[Preamble] = []
        self._place = ShrinkingLabel()
        self._place.setObjectName("title")
        self.wording = QComboBox()
        self.wording.setAccessibleName("Wordings")
        self.wording.addItems([*SETS, OWN])
        self.turn = QComboBox()
        self.turn.setAccessibleName("Which turn says the preamble")
        self.turn.setToolTip(
            "The conversation is composed anew with the preamble in this turn.\n"
            "A system turn of your own keeps its words behind it; the template's own gives way."
        )
        self.turn.addItems(list(TURNS))
        self.texts = QPlainTextEdit()
        self.texts.setAccessibleName("Preambles, one a line")
        self.texts.setToolTip("One preamble a line")
        self.list = QTreeWidget()
        self.list.setAccessibleName("Preambles and their neutral partners")
        self.list.setHeaderLabels(["preamble", "tokens", "held against"])
        self.list.setRootIsDecorated(False)
        self.clean = QCheckBox("with the clean branch of its fork")
        self.clean.setToolTip("Tells whether a preamble changes the error or the right text alike")
        self.plant = QPushButton("Plant")
        self.plant.setObjectName("primary")
        self._later = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._later.timeout.connect(self.propose)
        self._lay_out()
        self.wording.currentTextChanged.connect(self._fill)
        self.texts.textChanged.connect(self._later.start)
        self.turn.currentTextChanged.connect(self.propose)
        self.list.itemChanged.connect(self._set_button)
        self.plant.clicked.connect(self.plant_ticked)
        selection.selected_changed.connect(self._on_selected)
        observe(workbench, self, self._on_change)

    def _lay_out(self) -> None:
        note = QLabel(MEANING)
        note.setObjectName("muted")
        note.setWordWrap(True)
        top, bottom = QHBoxLayout(), QHBoxLayout()
        label = QLabel("wordings")
        label.setBuddy(self.wording)
        top.addWidget(label)
        top.addWidget(self.wording)
        top.addWidget(self.turn)
        top.addStretch(1)
        bottom.addWidget(self.clean)
        bottom.addStretch(1)
        bottom.addWidget(self.plant)
        self.texts.setMaximumHeight(132)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.addWidget(self._place)
        box.addWidget(note)
        box.addLayout(top)
        box.addWidget(self.texts)
        box.addWidget(self.list, 1)
        box.addLayout(bottom)
        self.list.setColumnWidth(0, 320)
        self.list.setColumnWidth(1, 70)
        self.resize(760, 600)

    def open_here(self) -> None:
        """Show the window for the selected branch."""
        self._say_place()
        if not self.texts.toPlainText():
            self._fill(self.wording.currentText())
        self.show()
        self.activateWindow()
        self.propose()

    def propose(self) -> None:
        """Find a neutral partner of equal length for every preamble."""
        self._later.stop()
        texts = [line for line in self.texts.toPlainText().splitlines() if line.strip()]
        bench = self._workbench
        self._job.stop()
        self.found = []
        self.list.clear()
        if bench.vocabulary is not None:
            work = partial(propose_preambles, texts=texts, talk=self._talk())
            self._talked = self._about()
            self._job.start("find neutral preambles", work, (), self._take)
        self._set_button()

    def ticked(self) -> list[Preamble]:
        """Return the preambles that are to be planted."""
        items = (self.list.topLevelItem(row) for row in range(self.list.topLevelItemCount()))
        return [
            one
            for one, item in zip(self.found, items, strict=True)
            if item is not None and item.checkState(0) is Qt.CheckState.Checked
        ]

    def plant_ticked(self) -> None:
        """Put the branch behind each ticked preamble, in one act."""
        tips = self._tips()
        if tips and self.ticked():
            self._planting = self._workbench.put_under(tips, self.ticked())
            self._set_button()

    def _tips(self) -> list[NodeId]:
        bench, node = self._workbench, self._selection.selected
        branch = bench.branch_of(node) if node != ROOT else None
        if branch is None:
            return []
        firsts = [branch.first]
        if self.clean.isChecked():
            beside = bench.visible_children(bench.tree.parent(branch.first))
            firsts += [
                first
                for first in beside
                if first in bench.branches
                and bench.branches[first].role is Role.CLEAN
                and first != branch.first
            ]
        tips = [bench.tip_of(first) for first in firsts]
        unknown = any(self._is_conversation(tip) and not self._turns(tip) for tip in tips)
        return [] if unknown else tips

    def _is_conversation(self, tip: NodeId) -> bool:
        """Return whether control tokens stand inside: text before them would break their form."""
        tree = self._workbench.tree
        return any(tree.token(node).special for node in tree.path_to(tip)[1:])

    def _turns(self, tip: NodeId) -> tuple[Turn, ...]:
        """Return the turns that the text to `tip` begins with, as far as they are known."""
        found = self._workbench.conversation_of(tip)
        return () if found is None else found.turns

    def _talk(self) -> Talk | None:
        """Return the conversation that is put under preambles; None for any other text."""
        tips = self._tips()
        turns = self._turns(tips[0]) if tips else ()
        if not turns:
            return None
        tree = self._workbench.tree
        ids = tuple(tree.token(node).id for node in tree.path_to(tips[0]))
        return Talk(turns, ids, TURNS[self.turn.currentText()])

    def _about(self) -> tuple[Turn, ...]:
        """Return what the proposals depend on besides the texts: the turns, none for other text."""
        tips = self._tips()
        return self._turns(tips[0]) if tips else ()

    def _take(self, found: object) -> None:
        if not isinstance(found, Preamble):
            return
        before = self.found[-1] if self.found else None
        self.found.append(found)
        length, held = figures.counted(len(found.tokens), "token"), ""
        if found.neutral and before is not None:
            off = len(found.tokens) - len(before.tokens)
            by = f"{figures.counted(abs(off), 'token')} {'longer' if off > 0 else 'shorter'}"
            held = f"neutral, {by if off else 'as long'}"
        item = QTreeWidgetItem([found.text, length, held])
        item.setCheckState(0, Qt.CheckState.Checked)
        item.setToolTip(0, found.text)
        if found.neutral:
            item.setForeground(0, QColor(self._look.theme.muted))
        self.list.addTopLevelItem(item)
        self._set_button()

    def _fill(self, name: str) -> None:
        if name in SETS:
            self.texts.setPlainText("\n".join(SETS[name]))

    def _say_place(self) -> None:
        tips = self._tips()
        self.turn.setVisible(bool(self._about()))
        if not tips:
            here = self._selection.selected
            told = here != ROOT and self._is_conversation(here)
            self._place.setText(with_keys(UNKNOWN_TURNS) if told else NOWHERE)
            return
        tree = self._workbench.tree
        tokens = [tree.token(node) for node in tree.path_to(tips[0])]
        text = text_of([token for token in tokens if not token.special])
        self._place.setText(f"under each: {quoted(' '.join(text.split()))}")

    def _set_button(self, *_changed: object) -> None:
        ticked = len(self.ticked()) if self.list.topLevelItemCount() == len(self.found) else 0
        self.plant.setText(f"Plant under {figures.counted(ticked, 'preamble')}")
        bench = self._workbench
        is_busy = self._job.is_running or self._planting in bench.jobs
        self.plant.setEnabled(bool(ticked and self._tips()) and not is_busy)

    def _on_selected(self, _node: int) -> None:
        if self.isVisible():
            self._say_place()
            if self._about() != self._talked:
                self.propose()  # in a conversation a preamble is part of its form
            self._set_button()

    def _on_change(self, change: Change) -> None:
        if (change.jobs or change.reset) and self.isVisible():
            self._say_place()
            self._set_button()
