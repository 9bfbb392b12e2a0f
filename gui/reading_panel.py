"""Shows the selected branch as flowing text, each token in the colour of the scale in force."""

import codecs
from bisect import bisect_right
from time import perf_counter

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit, QToolButton, QWidget

from core.splitting import whole_run
from core.tokens import text_of
from core.tree import ROOT, NodeId, Origin
from core.workbench import Change, Workbench
from gui import figures
from gui.card import Card
from gui.key_words import tell_keys
from gui.look import Look, Size
from gui.observing import observe
from gui.reading_page import InPlace, Page
from gui.scales import UNKNOWN, place, table
from gui.selection import Selection
from gui.token_facts import ORIGIN_WORDS
from gui.wishes import EditWish

FRAME_MS = 60
PACE = 4
"""What took long to write is written again after so many times as long, at the earliest."""

EMPTY = "Select a token in the tree to read its branch here."
EDITING = "Type other text where the chosen text stands, or the selected token (Enter)"
CONTROLS = "there is a control token in the chosen text, which cannot be typed"
FOLLOWING = 4000
"""Tokens that are shown at most: the end of a longer branch."""


class ReadingPanel(Card):
    """Follows the selection; a click on the text moves it, a double click edits the token.

    Enter edits the chosen text where it stands; `edit_requested` tells the `EditWish`.
    """

    edit_requested = Signal(object)
    surprising_requested = Signal()
    uncertain_requested = Signal()

    def __init__(
        self, workbench: Workbench, selection: Selection, look: Look, parent: QWidget | None = None
    ) -> None:
        super().__init__("Reading", parent)
        self._workbench = workbench
        self._selection = selection
        self._look = look
        self._nodes: list[NodeId] = []
        self._written: set[NodeId] = set()
        self._is_stale = True  # what stands on the page is not what would be written now
        self._starts: list[int] = []
        self.page = Page(self)
        self.page.setPlaceholderText(EMPTY)
        self.page.place_clicked = self._choose
        self.page.place_edited = lambda place: self.edit_at(self.node_at(place))
        self.page.edit_requested.connect(self.edit_here)
        self.page.selectionChanged.connect(self._tell)
        self.field = InPlace(self.page.viewport())
        self.field.done.connect(self._on_edited)
        self._edited: tuple[NodeId, ...] = ()
        self._subtitle_words = ""
        self._total, self._is_whole = 0.0, True
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        for words, meaning, act in (
            (
                "next surprising",
                "Go to the next surprising token ({tree.surprising})",
                self.surprising_requested,
            ),
            (
                "next uncertain",
                "Go to the next uncertain place ({tree.uncertain})",
                self.uncertain_requested,
            ),
        ):
            self._button(words, meaning).clicked.connect(act)
        self._button("edit", EDITING).clicked.connect(self.edit_here)
        self._button("copy", "Copy the chosen text, or all of it").clicked.connect(self.copy)
        self.body.addWidget(self.page, 1)
        self.setMinimumHeight(96)
        self._later = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._later.timeout.connect(self.refresh)
        observe(workbench, self, self._on_change)
        selection.selected_changed.connect(self._on_selected)
        look.changed.connect(self._on_look)

    def refresh(self) -> None:
        """Show the branch as it is now; costs nothing while the panel is hidden."""
        if self.isHidden():
            return
        node = self._selection.selected
        nodes = self._whole_branch(node) if node != ROOT else []
        before, self._nodes = self._nodes, nodes
        grows = bool(before) and nodes[: len(before)] == before and not self._is_stale
        began = perf_counter()
        self._write(len(before) if grows else 0)
        self._light()
        self._later.setInterval(max(FRAME_MS, round(PACE * 1e3 * (perf_counter() - began))))

    def node_at(self, place: int) -> NodeId:
        """Return the node whose text stands at a place of the page; ROOT where there is none."""
        found = bisect_right(self._starts, place) - 1
        return self._nodes[found] if 0 <= found < len(self._nodes) else ROOT

    def showEvent(self, event: object) -> None:
        """Catch up."""
        del event
        self.refresh()
        self._reveal()

    def copy(self) -> None:
        """Copy the chosen text, or all of it."""
        cursor = self.page.textCursor()
        # Qt separates paragraphs of a selection with a sign of its own
        chosen = cursor.selectedText().replace("\u2029", "\n")
        QGuiApplication.clipboard().setText(chosen or self.page.toPlainText())

    def edit_at(self, node: NodeId) -> None:
        """Let the user type other text in a token's place; Enter makes a branch of it."""
        if node in self._nodes:
            place = self._nodes.index(node)
            self._edit(place, place + 1)

    def edit_here(self) -> None:
        """Let the user type other text in the place of what is chosen, or of the selected token."""
        if not self.edit_chosen():
            self.edit_at(self._selection.selected)

    def edit_chosen(self) -> bool:
        """Do so for the text that is chosen on the page; return whether any is."""
        if self.isHidden() or not self.page.textCursor().hasSelection() or not self._nodes:
            return False
        pieces = [self._workbench.tree.token(node).piece for node in self._nodes]
        self._edit(*whole_run(pieces, *self._chosen()))
        return True

    def _edit(self, first: int, last: int) -> None:
        """Open the field over the tokens from place `first` up to `last`."""
        if self._workbench.vocabulary is None:
            return
        tokens = [self._workbench.tree.token(node) for node in self._nodes[first:last]]
        if len(tokens) > 1 and any(token.special for token in tokens):
            self.set_subtitle(CONTROLS)
            return
        self._edited = tuple(self._nodes[first:last])
        ends = self._span(first)[0], self._span(last - 1)[1]
        self.page.setTextCursor(self._cursor(ends[0]))
        self.page.ensureCursorVisible()
        begin, end = (self.page.cursorRect(self._cursor(at)) for at in ends)
        whole = self.page.viewport().width()
        width = end.left() - begin.left() + 40 if begin.top() == end.top() else whole
        size = min(max(width, 120), whole), begin.height() + 6
        self.field.open_at(begin.topLeft(), *size, text_of(tokens))

    def _button(self, words: str, meaning: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName("quiet")
        button.setText(words)
        tell_keys(button, button.setToolTip, meaning)
        self.head.addWidget(button)
        return button

    def _span(self, number: int) -> tuple[int, int]:
        ends = [*self._starts[1:], self.page.document().characterCount() - 1]
        return self._starts[number], ends[number]

    def _cursor(self, begin: int, end: int | None = None) -> QTextCursor:
        cursor = QTextCursor(self.page.document())
        cursor.setPosition(begin)
        if end is not None:
            cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _on_edited(self, text: str) -> None:
        if self._edited and self._nodes:
            self.edit_requested.emit(EditWish(self._edited, self._nodes[-1], text))
        self._edited = ()

    def _chosen(self) -> tuple[int, int]:
        """Return the places of the tokens that any of the chosen text belongs to."""
        cursor = self.page.textCursor()
        first = bisect_right(self._starts, cursor.selectionStart()) - 1
        return max(0, first), bisect_right(self._starts, cursor.selectionEnd() - 1)

    def _tell(self) -> None:
        """Say how surprising the chosen text is: the tokens that any of it belongs to."""
        cursor = self.page.textCursor()
        if not cursor.hasSelection() or not self._nodes:
            self.set_subtitle(self._subtitle_words)
            return
        chosen = self._nodes[slice(*self._chosen())]
        known = [s for n in chosen if (s := self._workbench.readings.surprise(n)) is not None]
        count = figures.counted(len(chosen), "token")
        lacking = len(chosen) - len(known)
        without = f", {lacking} of them not read" if lacking else ""
        self.set_subtitle(f"{figures.bits(sum(known))} in the chosen {count}{without}")

    def _whole_branch(self, node: NodeId) -> list[NodeId]:
        bench = self._workbench
        path = bench.tree.path_to(bench.end_of(node))
        return list((path if node in path else bench.tree.path_to(node))[-FOLLOWING:])

    def _write(self, since: int) -> None:
        """Write the branch, or only what it has grown by: a long one takes a tenth of a second."""
        theme, readings = self._look.theme, self._workbench.readings
        scale = self._look.colouring
        fills = [QColor(*row) for row in table(theme, scale).tolist()]
        font = self._look.font(Size.TOKEN)
        if not since:
            self.page.clear()
            self._starts, self._written, self._is_stale = [], set(), False
            self._total, self._is_whole = 0.0, True
            self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        cursor = QTextCursor(self.page.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.beginEditBlock()
        for node in self._nodes[since:]:
            self._written.add(node)
            token = self._workbench.tree.token(node)
            self._starts.append(cursor.position())
            style = QTextCharFormat()
            style.setFont(font)
            style.setForeground(QColor(theme.muted))
            logprob = readings.logprob(node)
            origin = self._workbench.tree.origin(node)
            self._is_whole &= logprob is not None or origin is Origin.PROMPT
            if logprob is not None and origin is not Origin.PROMPT:
                surprise = figures.surprise_of(logprob)
                self._total += surprise
                rank, doubt = readings.rank(node), readings.entropy(self._parent(node))
                shade = place(scale, 2.0**-surprise, rank, doubt)
                if shade != UNKNOWN:
                    style.setForeground(QColor(theme.chip_ink))
                    style.setBackground(fills[shade])
                style.setToolTip(
                    f"{figures.bits(surprise)}, rank {rank}, entropy before {figures.nats(doubt)}, "
                    f"{ORIGIN_WORDS[origin]}"
                )
            if origin is Origin.INSERTED:
                style.setFontWeight(QFont.Weight.DemiBold)
                style.setFontUnderline(True)
            cursor.insertText(self._decoder.decode(token.piece), style)
        cursor.endEditBlock()
        is_whole = self._is_whole and len(self._nodes) < FOLLOWING
        told = f"{figures.bits(self._total)} after the prompt" if self._total and is_whole else ""
        self._subtitle_words = told
        self._tell()

    def _parent(self, node: NodeId) -> NodeId:
        return self._workbench.tree.parent(node)

    def _light(self) -> None:
        """Frame the selected token."""
        node = self._selection.selected
        selections: list[QTextEdit.ExtraSelection] = []
        if node in self._nodes:
            lit = QTextEdit.ExtraSelection()
            lit.cursor = self._cursor(*self._span(self._nodes.index(node)))
            lit.format.setBackground(QColor(self._look.theme.accent))
            lit.format.setForeground(QColor(self._look.theme.on_accent))
            selections.append(lit)
        self.page.setExtraSelections(selections)

    def _reveal(self) -> None:
        """Scroll until the selected token is in view."""
        node = self._selection.selected
        if node in self._nodes:
            box = self.page.cursorRect(self._cursor(self._span(self._nodes.index(node))[0]))
            bar, high = self.page.verticalScrollBar(), self.page.viewport().height()
            bar.setValue(bar.value() + min(box.top(), 0) + max(box.bottom() - high, 0))

    def _choose(self, place: int) -> None:
        node = self.node_at(place)
        if node != ROOT:
            self._selection.select(node)

    def _on_selected(self, node: int) -> None:
        if NodeId(node) in self._nodes:
            self._light()
        else:
            self.refresh()
        self._reveal()

    def _on_look(self) -> None:
        self._is_stale = True
        self.refresh()

    def _on_change(self, change: Change) -> None:
        moved = change.reset or change.hidden or change.shown
        if moved or not self._written.isdisjoint(change.read):
            self._is_stale = True
        altered = moved or change.added or change.read
        if altered and not self._later.isActive():
            self._later.start()
