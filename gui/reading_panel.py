"""Shows the selected branch as flowing text, each token coloured by its probability."""

import codecs
from bisect import bisect_right
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QColor, QFont, QMouseEvent, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QTextEdit, QWidget

from core.tree import ROOT, NodeId, Origin
from core.workbench import Change, Workbench
from gui import figures
from gui.card import Card
from gui.look import Look, Size
from gui.observing import observe
from gui.selection import Selection
from gui.theme import fill_step

FRAME_MS = 60
EMPTY = "Select a token in the tree to read its branch here."
FOLLOWING = 4000
"""Tokens that are shown at most: the end of a longer branch."""


class ReadingPanel(Card):
    """Follows the selection; a click on the text moves it."""

    def __init__(
        self, workbench: Workbench, selection: Selection, look: Look, parent: QWidget | None = None
    ) -> None:
        super().__init__("Reading", parent)
        self._workbench = workbench
        self._selection = selection
        self._look = look
        self._nodes: list[NodeId] = []
        self._starts: list[int] = []
        self.page = Page()
        self.page.setPlaceholderText(EMPTY)
        self.page.place_clicked = self._choose
        self.body.addWidget(self.page, 1)
        self.setMinimumHeight(96)
        self._later = QTimer(self, singleShot=True, interval=FRAME_MS)
        self._later.timeout.connect(self.refresh)
        observe(workbench, self, self._on_change)
        selection.selected_changed.connect(self._on_selected)
        look.changed.connect(self.refresh)

    def refresh(self) -> None:
        """Show the branch as it is now; costs nothing while the panel is hidden."""
        if self.isHidden():
            return
        node = self._selection.selected
        self._nodes = self._whole_branch(node) if node != ROOT else []
        self._write()
        self._light()

    def node_at(self, place: int) -> NodeId:
        """Return the node whose text stands at a place of the page; ROOT where there is none."""
        found = bisect_right(self._starts, place) - 1
        return self._nodes[found] if 0 <= found < len(self._nodes) else ROOT

    def showEvent(self, event: object) -> None:
        """Catch up."""
        del event
        self.refresh()

    def _whole_branch(self, node: NodeId) -> list[NodeId]:
        bench = self._workbench
        branch = bench.branch_of(node)
        tip = node if branch is None else bench.tip_of(branch.first)
        path = bench.tree.path_to(tip)
        return list((path if node in path else bench.tree.path_to(node))[-FOLLOWING:])

    def _write(self) -> None:
        theme, readings = self._look.theme, self._workbench.readings
        fills = [QColor(*row) for row in theme.fill_table().tolist()]
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        font = self._look.font(Size.TOKEN)
        self.page.clear()
        self._starts = []
        cursor = QTextCursor(self.page.document())
        cursor.beginEditBlock()
        total, is_whole = 0.0, len(self._nodes) < FOLLOWING
        for node in self._nodes:
            token = self._workbench.tree.token(node)
            self._starts.append(cursor.position())
            style = QTextCharFormat()
            style.setFont(font)
            style.setForeground(QColor(theme.muted))
            logprob = readings.logprob(node)
            origin = self._workbench.tree.origin(node)
            is_whole &= logprob is not None or origin is Origin.PROMPT
            if logprob is not None and origin is not Origin.PROMPT:
                surprise = figures.surprise_of(logprob)
                total += surprise
                style.setForeground(QColor(theme.chip_ink))
                style.setBackground(fills[fill_step(2.0**-surprise)])
                style.setToolTip(f"{figures.bits(surprise)}, rank {readings.rank(node)}")
            if origin is Origin.INSERTED:
                style.setFontWeight(QFont.Weight.DemiBold)
                style.setFontUnderline(True)
            cursor.insertText(decoder.decode(token.piece), style)
        cursor.endEditBlock()
        self.set_subtitle(f"{figures.bits(total)} after the prompt" if total and is_whole else "")

    def _light(self) -> None:
        """Frame the selected token."""
        node = self._selection.selected
        selections: list[QTextEdit.ExtraSelection] = []
        if node in self._nodes:
            place = self._nodes.index(node)
            ends = [*self._starts[1:], self.page.document().characterCount() - 1]
            lit = QTextEdit.ExtraSelection()
            lit.cursor = QTextCursor(self.page.document())
            lit.cursor.setPosition(self._starts[place])
            lit.cursor.setPosition(ends[place], QTextCursor.MoveMode.KeepAnchor)
            lit.format.setBackground(QColor(self._look.theme.accent))
            lit.format.setForeground(QColor(self._look.theme.on_accent))
            selections.append(lit)
        self.page.setExtraSelections(selections)

    def _choose(self, place: int) -> None:
        node = self.node_at(place)
        if node != ROOT:
            self._selection.select(node)

    def _on_selected(self, node: int) -> None:
        if NodeId(node) in self._nodes:
            self._light()
        else:
            self.refresh()

    def _on_change(self, change: Change) -> None:
        altered = change.reset or change.added or change.read or change.hidden or change.shown
        if altered and not self._later.isActive():
            self._later.start()


class Page(QTextEdit):
    """Text that cannot be edited but copied; it tells where it was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setAccessibleName("Text of the branch")
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.place_clicked: Callable[[int], None] = _nothing

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a selection of text, or choose the token that was clicked."""
        super().mouseReleaseEvent(event)
        if not self.textCursor().hasSelection():
            at = event.position().toPoint()
            cursor = self.cursorForPosition(at)
            # the nearest gap between letters may lie after the letter under the mouse
            before = self.cursorRect(cursor).left() > at.x() and not cursor.atBlockStart()
            self.place_clicked(cursor.position() - int(before))


def _nothing(_place: int) -> None:
    return
