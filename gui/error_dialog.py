"""Proposes errors at the selected place, with their controls, and puts them into the tree."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from core.error_drafts import ErrorWish
from core.error_texts import begun_like, first_word
from core.errors import Weighed, propose_errors
from core.fork_controls import Beside
from core.intake import Insertion
from core.lab.facts import Fact, answers_after
from core.tokens import Token, text_of
from core.tree import ROOT, NodeId, Origin
from core.workbench import Change, Workbench
from gui.aside_job import AsideJob
from gui.card import ShrinkingLabel
from gui.compare_view import split_strings
from gui.control_rows import ControlRows
from gui.error_items import ErrorTable
from gui.error_list_page import ErrorListPage
from gui.fields import named_row, spin, text_field
from gui.look import Look
from gui.observing import observe
from gui.selection import Selection
from gui.sweep_page import SweepPage
from gui.token_text import quoted
from gui.turn_page import TurnPage

TYPING_MS = 250
NOWHERE = "Select the token after which the error shall stand."
FOLLOWING = 24
"""How many of the tokens that follow are looked at for numbers, negations and deletions."""

NOTHING_CHOSEN = "Select a token in the tree: errors are proposed for what follows it."
NO_MODEL = "No model is loaded: load one, and errors are proposed here, with what each would cost."
LOOKING = "Looking for errors that can stand here, and asking the model what each would cost…"
NONE_FOUND = "Nothing can be proposed here yet: type a text, or answers that are wrong."


class ErrorDialog(QDialog):
    """Follows the selection. Nothing enters the tree before a button says so; then, `inserted`."""

    inserted = Signal()

    def __init__(
        self,
        workbench: Workbench,
        selection: Selection,
        look: Look,
        facts: Callable[[], Sequence[Fact]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Errors")
        self._facts = facts
        self._workbench = workbench
        self._selection = selection
        self._job = AsideJob(workbench)
        self._node: NodeId = ROOT
        self._inserted: NodeId = ROOT  # selected by us: its place is not asked about
        self._wish: ErrorWish | None = None
        self._place = ShrinkingLabel()
        self._place.setObjectName("title")
        self._said = QLabel()
        self._said.setObjectName("muted")
        self._said.setWordWrap(True)
        self.typed = text_field("typed text", "Any text of your own; a word begins with a space")
        self.wrong = text_field("wrong answers", "Plausible wrong answers of yours, parted by |")
        self.right = text_field(
            "right answers", "What is right here, parted by |: never proposed as an error"
        )
        self.seed = spin(
            0, 999_999, 0, "Fixes what is drawn: random tokens, letters of a typo, own samples"
        )
        self.seed.setAccessibleName("seed")
        self.times = spin(2, 9, 3, "How often a coherent false rule says its error")
        self.times.setAccessibleName("rule, times")
        self.table = ErrorTable("Proposed errors")
        self.items = self.table.items
        self.controls = ControlRows(workbench)
        self.sweep = SweepPage(workbench, selection, look)
        self.turns = TurnPage(workbench, selection)
        self.turns.planted.connect(self._stay)
        self.all = ErrorListPage(workbench, selection)
        self.insert = QPushButton("Insert the error alone")
        self.fork = QPushButton("Insert it with the ticked controls")
        self.fork.setObjectName("primary")
        self.tabs = QTabWidget()
        self._later = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._lay_out()
        self._later.timeout.connect(self.propose)
        for field in (self.typed, self.wrong, self.right):
            field.textChanged.connect(self._start_later)
        for number in (self.seed, self.times):
            number.valueChanged.connect(self._start_later)
        self.table.selectionModel().currentRowChanged.connect(self._on_row)
        self.controls.typed.connect(self._set_buttons)
        self.insert.setAutoDefault(False)
        self.fork.setDefault(True)  # Enter in the list does what the blue button says
        self.table.doubleClicked.connect(self._on_double_clicked)
        self.insert.clicked.connect(self.insert_error)
        self.fork.clicked.connect(self.insert_fork)
        selection.selected_changed.connect(self._on_selected)
        observe(workbench, self, self._on_change)
        self._set_buttons()

    def _lay_out(self) -> None:
        shares = (3, 3, 3, 0, 0)
        named = (self.typed, self.wrong, self.right, self.times, self.seed)
        fields = named_row(list(zip(named, shares, strict=True)))
        self.seed.setMaximumWidth(70)
        self.times.setMaximumWidth(70)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.insert)
        buttons.addWidget(self.fork)
        one = QWidget()
        page = QVBoxLayout(one)
        page.setContentsMargins(0, 8, 0, 0)
        page.addLayout(fields)
        page.addWidget(self._said)
        page.addWidget(self.table, 1)
        page.addWidget(self.controls)
        page.addLayout(buttons)
        self.tabs.addTab(one, "At this place")
        self.tabs.addTab(self.sweep, "At many places")
        self.tabs.addTab(self.turns, "In whose turn")
        self.tabs.addTab(self.all, "All in the tree")
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 12, 16, 12)
        box.addWidget(self._place)
        box.addWidget(self.tabs, 1)
        self.resize(860, 620)

    def open_at(self, node: NodeId) -> None:
        """Show the window with proposals for a place."""
        self._follow(node)
        if self.tabs.currentWidget() is self.all:
            self.tabs.setCurrentIndex(0)
        self.show()
        self.activateWindow()
        if self.tabs.currentIndex() == 0:
            self.table.setFocus()  # Down and Enter choose among what is proposed
        self.propose()

    def open_list(self) -> None:
        """Show the window with all errors of the tree."""
        self._follow(self._selection.selected)
        self.tabs.setCurrentWidget(self.all)
        self.show()
        self.activateWindow()
        self._start_later()

    def propose(self) -> None:
        """Ask for errors at the place, with what the fields say."""
        bench = self._workbench
        self._forget()
        if self._node == ROOT or bench.vocabulary is None:
            self._set_buttons()
            return
        path, following = self._path(), text_of(self._following())
        true, related = answers_after(self._facts(), self._plain_text(), first_word(following))
        self._wish = wish = ErrorWish(
            path,
            following,
            typed=self.typed.text(),
            wrong=split_strings(self.wrong.text()),
            related=related,
            answers=(*split_strings(self.right.text()), *true),
            times=self.times.value(),
            seed=self.seed.value(),
        )
        work = partial(propose_errors, wish=wish)
        self._job.start("propose errors", work, (self._node,), self._take)
        self._set_buttons()

    def chosen(self) -> Weighed | None:
        """Return the selected proposal."""
        return self.items.at(self.table.currentIndex().row())

    def insert_error(self) -> None:
        """Put the selected error into the tree."""
        error = self.chosen()
        if error is not None and self._workbench.is_visible(self._node):
            tip = self._workbench.insert(self._node, error.tokens, error=error.record)
            self._go_to(tip)

    def insert_fork(self) -> None:
        """Put the selected error into the tree with the ticked controls, in one act."""
        error = self.chosen()
        if error is None or self.controls.is_busy or not self._workbench.is_visible(self._node):
            return
        name = " ".join(error.record.text.split()) or error.record.title
        insertions = [
            *self.controls.insertions(),
            Insertion(error.tokens, name, error.record),
        ]
        tips = self._workbench.insert_together(
            self._node, insertions, label=f"insert {error.record.text!r} with controls"
        )
        self._go_to(tips[-1])

    def _go_to(self, tip: NodeId) -> None:
        """Select what was inserted; the next error of the same place stays one click away."""
        self._inserted = tip
        self._selection.select(tip)
        self._say_place()
        self.inserted.emit()

    def _stay(self, tip: int) -> None:
        """Keep what the fields say although another place is going to be selected."""
        self._inserted = NodeId(tip)

    def _take(self, found: object) -> None:
        if isinstance(found, Weighed):
            self.items.add(found)
            if self.items.rowCount() == 1:
                self.table.selectRow(0)
            self._set_buttons()

    def _forget(self) -> None:
        """Show no proposals, and let none come that were asked for."""
        self._later.stop()
        self._job.stop()
        self._wish = None
        self.items.clear()
        self.controls.clear()

    def _follow(self, node: NodeId) -> None:
        if node != self._node:
            self._node = node
            self._forget()  # what was proposed stands elsewhere
            self._set_buttons()
        self._say_place()
        self.sweep.show_branch_of(node)

    def _say_place(self) -> None:
        node = self._node
        if node == ROOT:
            self._place.setText(NOWHERE)
        else:
            tail = " ".join(text_of(self._path()[-12:]).split())
            now = text_of(self._following()[:3])
            self._place.setText(f"after {quoted(tail)}" + (f", now {quoted(now)}" if now else ""))

    def _path(self) -> tuple[Token, ...]:
        tree = self._workbench.tree
        return tuple(tree.token(node) for node in tree.path_to(self._node))

    def _plain_text(self) -> str:
        return text_of([token for token in self._path() if not token.special])

    def _following(self) -> tuple[Token, ...]:
        """Return what stands after the place: on its branch, else on the first branch there.

        What was inserted there stands beside the text, not in it.
        """
        bench = self._workbench
        children = bench.visible_children(self._node)
        branch = bench.branch_of(self._node)
        own = bench.nodes_of(branch.first) if branch is not None else ()
        after = [child for child in children if child in own]
        after += [one for one in children if bench.tree.origin(one) is not Origin.INSERTED]
        if not after:
            return ()
        nodes = after[:1]
        while len(nodes) < FOLLOWING:
            more = bench.visible_children(nodes[-1])
            if not more:
                break
            nodes.append(more[0])
        return tuple(bench.tree.token(node) for node in nodes)

    def _say_how_it_stands(self) -> None:
        """Tell why the table is empty, as long as it is."""
        if self._node == ROOT:
            words = NOTHING_CHOSEN
        elif self._workbench.vocabulary is None:
            words = NO_MODEL
        elif self._job.is_running or self._later.isActive():
            words = LOOKING
        else:
            words = NONE_FOUND
        self._said.setText(words)
        self._said.setVisible(self.items.rowCount() == 0)

    def _set_buttons(self) -> None:
        self._say_how_it_stands()
        ready = self.chosen() is not None
        self.insert.setEnabled(ready)
        self.fork.setEnabled(ready and not self.controls.is_busy)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter in a field bring what it says at once: it inserts nothing."""
        is_enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if is_enter and isinstance(self.focusWidget(), QLineEdit | QAbstractSpinBox):
            if self._later.isActive():
                self.propose()
        else:
            super().keyPressEvent(event)

    def _start_later(self, *_value: object) -> None:
        if self.isVisible():
            self._forget()  # what stands there was proposed for other words
            self._later.start()
            self._set_buttons()

    def _on_row(self, _now: QModelIndex, _before: QModelIndex) -> None:
        error, wish = self.chosen(), self._wish
        if error is not None and wish is not None:
            stands_there = first_word(wish.following)
            given = next(iter(split_strings(self.right.text())), stands_there)
            right = begun_like(given, stands_there or error.record.displaced)
            beside = Beside(right, wish.known)
            self.controls.propose(self._node, wish.path, error, beside=beside)
            self.turns.fill(self._plain_text(), right, first_word(error.record.text))
        self._set_buttons()

    def _on_double_clicked(self, _index: QModelIndex) -> None:
        self.insert_error()

    def _on_selected(self, node: int) -> None:
        if not self.isVisible() or node == self._inserted:
            return
        self._inserted = ROOT
        if node != self._node:
            self._follow(NodeId(node))
            self._start_later()

    def _on_change(self, change: Change) -> None:
        if change.reset:
            self._inserted = self._node = ROOT
            self._forget()
            selected = self._selection.selected
            is_there = selected in self._workbench.tree and self._workbench.is_visible(selected)
            self._follow(selected if is_there else ROOT)
            self._start_later()
        if change.jobs or change.reset:
            self._set_buttons()
