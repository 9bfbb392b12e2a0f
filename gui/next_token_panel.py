"""Shows what the model expects after the selected token; takes a choice, a text, a continuation."""

import math
from functools import partial

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
    QPushButton,
    QTableView,
    QWidget,
)

from core.branches import Role
from core.error_records import ErrorRecord
from core.errors import typed_record
from core.generation import Drawn
from core.products import Preview
from core.tokens import text_of
from core.tree import ROOT, NodeId
from core.workbench import Change, Workbench
from gui import figures
from gui.candidate_items import AFTER, BAR, CHANCE, RANK, TOKEN, CandidateDelegate, CandidateItems
from gui.card import Card, rule
from gui.continue_box import ContinueBox
from gui.drawn_reader import DrawnReader
from gui.look import Look
from gui.observing import observe
from gui.preview_strip import PreviewStrip
from gui.sampler_choice import SamplerChoice
from gui.selection import Selection
from gui.status_line import is_working
from gui.token_text import quoted, said
from gui.wishes import InsertWish

TYPING_MS = 150
ROW_HEIGHT = 24
EMPTY = "Select a token in the tree to see what the model expects after it."
UNREAD = "The model has not read this place yet. Continue from here, and it does."
UNREADABLE = "No model has read this place. Load one, and it does."
UNNAMED = "The candidates here are known, but their names come with the model: load one."
PRIMARY = ("Insert as error", Role.ERROR)
OTHER_WAYS = (
    ("Insert as control", Role.CONTROL),
    ("Insert as mention", Role.MENTION),
    ("Insert as placebo", Role.PLACEBO),
    ("Insert plainly", Role.OTHER),
)


class CandidateTable(QTableView):
    """A table whose Enter key means the row it is on."""

    row_chosen = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a key."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.row_chosen.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)


class NextTokenPanel(Card):
    """Follows the selection; says what the user wants."""

    branch_requested = Signal(int, object)
    insert_requested = Signal(object)
    errors_requested = Signal()

    def __init__(
        self,
        workbench: Workbench,
        selection: Selection,
        look: Look,
        choice: SamplerChoice,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__("Next token", parent)
        self._workbench = workbench
        self._selection = selection
        self._preview: Preview | None = None
        self._asked = 0
        self._scale = look.scale
        self.items = CandidateItems(self)
        self.table = CandidateTable(self)
        self._set_up_table(look)
        self._empty = QLabel(EMPTY)
        self._empty.setObjectName("muted")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.field = QLineEdit(self)
        self.field.setPlaceholderText("any token or text…")
        self.field.setToolTip(
            "Type what shall stand here instead. A word after a word begins with a space."
        )
        self.field.setAccessibleName("Text to insert")
        self._splits = QLabel()
        self._splits.setObjectName("muted")
        self._chips = PreviewStrip(look, self)
        self._figures = QLabel()
        self._figures.setObjectName("muted")
        self._warning = QLabel()
        self._warning.setObjectName("problem")
        for words in (self._splits, self._figures, self._warning):
            words.setWordWrap(True)
        self.insert = QPushButton(PRIMARY[0])
        self.insert.setObjectName("primary")
        self.insert_as = QPushButton("as… ▾")
        self.insert_as.setToolTip("Insert as a control, a mention, a placebo or plainly")
        self.errors = QPushButton("errors…")
        self.errors.setObjectName("quiet")
        self.errors.setToolTip("Errors proposed for this place, with their controls")
        self.growth = ContinueBox(choice, self)
        self.drawn = DrawnReader(workbench, selection, choice, self)
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._lay_out()
        self._connect()
        self.refresh()
        self._show_preview(None)

    def _set_up_table(self, look: Look) -> None:
        table = self.table
        table.setModel(self.items)
        table.setItemDelegate(CandidateDelegate(look, table))
        table.setShowGrid(False)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setTabKeyNavigation(False)
        table.setAccessibleName("Candidates for the next token")
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(round(ROW_HEIGHT * look.scale))
        head = table.horizontalHeader()
        head.setSectionsClickable(False)
        head.setHighlightSections(False)
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setSectionResizeMode(TOKEN, QHeaderView.ResizeMode.Stretch)
        head.setMinimumSectionSize(20)
        table.setMinimumHeight(4 * ROW_HEIGHT)
        self._set_columns(with_drawn=False)

    def _set_columns(self, *, with_drawn: bool) -> None:
        """Give the sampler's p its room, taken from the bars."""
        bar = 22 if with_drawn else 52
        for column, width in ((BAR, bar), (CHANCE, 54), (AFTER, 54), (RANK, 34)):
            scale = 1.0 if column == BAR else self._scale
            self.table.setColumnWidth(column, round(width * scale))
        self.table.setColumnHidden(AFTER, not with_drawn)

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        buttons.addWidget(self.insert, 1)
        buttons.addWidget(self.insert_as)
        buttons.addWidget(self.errors)
        menu = QMenu(self.insert_as)
        for words, role in OTHER_WAYS:
            menu.addAction(words, partial(self._ask_insert, role))
        self.insert_as.setMenu(menu)
        self.body.addWidget(self._empty, 1)
        self.body.addWidget(self.table, 1)
        self.body.addWidget(self.field)
        for widget in (self._splits, self._chips, self._figures, self._warning):
            self.body.addWidget(widget)
        self.body.addLayout(buttons)
        self.body.addWidget(rule())
        self.body.addWidget(self.growth)

    def _connect(self) -> None:
        observe(self._workbench, self, self._on_change)
        self._selection.selected_changed.connect(self._on_selected)
        self.table.doubleClicked.connect(self._on_double_clicked)
        self.table.row_chosen.connect(self._choose_row)
        self.field.textChanged.connect(self._on_typed)
        self.field.returnPressed.connect(self._on_return)
        self.insert.clicked.connect(partial(self._ask_insert, PRIMARY[1]))
        self.errors.clicked.connect(self.errors_requested)
        self._typing.timeout.connect(self._ask_preview)
        self.drawn.found.connect(self._take_drawn)

    def refresh(self) -> None:
        """Show the distribution after the selected token as it is now."""
        node = self._selection.selected
        here = node != ROOT
        tree = self._workbench.tree
        after = said(tree.token(node)) if here else ""
        self.set_subtitle(f"after {quoted(after)}" if here else "")
        expects = self._workbench.readings.expects(node) if here else None
        children = self._workbench.visible_children(node) if here else ()
        taken = frozenset(int(tree.token(child).id) for child in children)
        pieces = None if expects is None else self._workbench.pieces_at(node)
        self.items.show_distribution(expects, pieces, taken)
        named = pieces is not None
        unread = UNREAD if self._workbench.vocabulary is not None else UNREADABLE
        self._empty.setText(EMPTY if not here else unread if expects is None else UNNAMED)
        self._empty.setVisible(not named)
        self.table.setVisible(named)
        self.field.setEnabled(here)
        self._set_buttons()
        self.drawn.ask()

    def _take_drawn(self, drawn: Drawn | None) -> None:
        self._set_columns(with_drawn=self.drawn.is_wanted)
        self.items.show_drawn(drawn)

    def _set_buttons(self) -> None:
        node = self._selection.selected
        loaded = self._workbench.vocabulary is not None
        ready = self._preview is not None and bool(self._preview.tokens)
        self.insert.setEnabled(ready)
        self.insert_as.setEnabled(ready)
        self.errors.setEnabled(node != ROOT and loaded)
        self.growth.set_state(
            can_continue=node != ROOT and loaded,
            busy=is_working(self._workbench),
            at_end=self._workbench.end_of(node) == node,
        )

    def _on_selected(self, _node: int) -> None:
        self.refresh()
        self._on_typed()

    def _on_change(self, change: Change) -> None:
        node, tree = self._selection.selected, self._workbench.tree
        follows = any(tree.parent(each) == node for each in change.added)  # its row gets bold
        if change.reset or change.hidden or change.shown or follows or node in change.read:
            self.refresh()
        elif change.jobs:
            self._set_buttons()

    def _on_double_clicked(self, index: QModelIndex) -> None:
        self._choose_row(index.row())

    def _choose_row(self, row: int) -> None:
        token = self.items.token_at(row)
        if token is not None:
            self.branch_requested.emit(self._selection.selected, token)

    # typed text

    def _on_typed(self) -> None:
        self._asked += 1
        self._show_preview(None)
        if self.field.text() and self._selection.selected != ROOT:
            self._typing.start()

    def _ask_preview(self) -> None:
        text = self.field.text()
        if text:
            deliver = partial(self._take_preview, self._asked)
            self._workbench.preview(self._selection.selected, text, deliver)

    def _take_preview(self, asked: int, preview: Preview) -> None:
        if asked == self._asked:
            self._show_preview(preview)

    def _show_preview(self, preview: Preview | None) -> None:
        self._preview = preview
        self._chips.show_preview(preview)
        for words in (self._splits, self._figures, self._warning):
            words.setVisible(preview is not None)
        if preview is not None:
            number = figures.counted(len(preview.tokens), "token")
            joins = self._joined(preview.text)
            self._splits.setText(f"{quoted(preview.text)} splits into {number}{joins}")
            self._figures.setText(_figures(preview))
            self._warning.setText(preview.warning or "")
            self._warning.setVisible(bool(preview.warning))
        self._set_buttons()

    def _joined(self, text: str) -> str:
        """Say which word a text goes on with: a word of its own begins with a space."""
        before = self._workbench.tree.text_to(NodeId(self._selection.selected))
        if not (text[:1].isalnum() and before[-1:].isalnum()):
            return ""
        word = before.split()[-1]
        return f" and goes on with {quoted(word)}; a word of its own begins with a space"

    def _on_return(self) -> None:
        if self.insert.isEnabled():
            self._ask_insert(PRIMARY[1])
        else:
            self._typing.stop()
            self._ask_preview()

    def _ask_insert(self, role: Role, *_clicked: bool) -> None:
        if self._preview is not None:
            parent = NodeId(self._selection.selected)
            record = self._record_of(parent, self._preview, role)
            self.insert_requested.emit(InsertWish(parent, self._preview.tokens, role, record))
            self.field.clear()

    def _record_of(self, parent: NodeId, preview: Preview, role: Role) -> ErrorRecord | None:
        bench = self._workbench
        best = self.items.token_at(0)
        return typed_record(
            preview,
            role,
            displaced="" if best is None else text_of((best,)),
            path=bench.tree.ids_to(parent),
            entropy=bench.readings.entropy(parent),
        )


def _figures(preview: Preview) -> str:
    canonical = "canonical" if preview.canonical else "not canonical"
    scored = [one for one in preview.scored if one is not None]
    total = sum(figures.surprise_of(one.logprob) for one in scored)
    match scored:
        case []:
            return canonical
        case [only]:
            chance = figures.probability(math.exp(only.logprob))
            rank = figures.count(only.rank)
            return f"p {chance} · rank {rank} · {figures.bits(total)} · {canonical}"
        case _:
            return f"{figures.bits(total)} in all · {canonical}"
