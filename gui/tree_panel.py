"""The card in the middle: the fork's fields, the scale of colours, the tree."""

from PySide6.QtWidgets import QStackedLayout, QToolButton, QWidget

from core.branches import Role
from core.controls import MOST_OFF
from core.error_list import record_at
from core.tree import TokenTree
from core.workbench import Change, Workbench
from gui import figures
from gui.ask_line import AskLine
from gui.block_view import BlockView
from gui.card import Card
from gui.grow_line import GrowLine
from gui.hoist_line import HoistLine
from gui.key_words import with_keys
from gui.legend import Legend
from gui.likely_line import MEANING, LikelyLine
from gui.look import Look
from gui.note_editor import NoteEditor
from gui.observing import observe
from gui.selection import Selection
from gui.story_bar import StoryBar
from gui.tree_canvas import TreeCanvas

UNMATCHED = (
    "The control is {:.1f} bits, the error {:.1f}: more than 1 bit apart, so it is no match for its"
    " surprise. Errors here ({{tree.errors}}) proposes one that is."
)


class TreePanel(Card):
    """Holds its three parts and a title."""

    def __init__(
        self, workbench: Workbench, selection: Selection, look: Look, parent: QWidget | None = None
    ) -> None:
        super().__init__("Tree", parent)
        self._workbench = workbench
        self.story = StoryBar(self)
        self.canvas = TreeCanvas(workbench, selection, look, self)
        self.note = NoteEditor(self)
        self.ask = AskLine(self)
        self.grow_line = GrowLine(self)
        self.legend = Legend(look, self)
        self.hoist = HoistLine(workbench, selection, self)
        self.likely = LikelyLine(self)
        self.likely_button = QToolButton(self)
        self.likely_button.setObjectName("quiet")
        self.likely_button.setToolTip(MEANING)
        self.likely_button.clicked.connect(self.ask_what_is_likely)
        self.head.addWidget(self.legend)
        self.head.addWidget(self.likely_button)
        self.body.setContentsMargins(16, 12, 0, 4)
        self.head.setContentsMargins(0, 0, 16, 0)
        self.story.setContentsMargins(0, 0, 16, 0)
        self.note.setContentsMargins(0, 0, 16, 0)
        self.body.addWidget(self.story)
        self.body.addWidget(self.note)
        for line in (self.ask, self.grow_line):
            line.setContentsMargins(0, 0, 16, 0)
            line.finished.connect(self.take_focus)
            self.body.addWidget(line)
        for strip in (self.likely, self.hoist):
            strip.setContentsMargins(0, 0, 16, 0)
            self.body.addWidget(strip)
        self.likely.finished.connect(self.take_focus)
        self.stack = QStackedLayout()
        self.blocks = BlockView(workbench, selection, look, self.canvas.mirror, self)
        self.stack.addWidget(self.canvas)
        self.stack.addWidget(self.blocks)
        self.body.addLayout(self.stack, 1)
        self.note.finished.connect(self.take_focus)
        self._opened: TokenTree | None = None
        observe(workbench, self, self._on_change)
        self._show_fork()
        self.refresh()

    def take_focus(self) -> None:
        """Let the keys arrive at the tree."""
        (self.blocks if self.shows_blocks else self.canvas).setFocus()

    @property
    def shows_blocks(self) -> bool:
        """Whether the tree is shown as blocks."""
        return self.stack.currentWidget() is not self.canvas

    def toggle_blocks(self) -> None:
        """Show the tree as blocks whose height is probability, or as lanes again."""
        form = self.canvas if self.shows_blocks else self.blocks
        self.stack.setCurrentWidget(form)
        form.setFocus()
        self.refresh()

    def zoom_by(self, factor: float) -> None:
        """Zoom what is shown."""
        if self.shows_blocks:
            self.blocks.zoom_by(factor)
        else:
            self.canvas.zoom_by(factor)

    def fit(self) -> None:
        """Show the whole tree."""
        if self.shows_blocks:
            self.blocks.show_all()
        else:
            self.canvas.fit()

    def ask_what_is_likely(self) -> None:
        """Ask for the least probability of a path; asked again, the line goes."""
        if self.likely.isVisible():
            self.likely.hide()
            self.take_focus()
        else:
            self.likely.ask()

    def _show_fork(self) -> None:
        """Write the fork of a session just opened into the fields; from then on they are one's own.

        Another model, or its hash that is known by now, changes nothing that was typed.
        """
        fork, tree = self._workbench.fork, self._workbench.tree
        if fork is not None and tree is not self._opened:
            self.story.show_spec(fork.spec)
        self._opened = tree

    def _on_change(self, change: Change) -> None:
        if change.reset:
            self._show_fork()
        self.refresh()
        if change.fork or change.jobs or change.reset or change.hidden or change.shown:
            self.story.show_remark(with_keys(_unmatched(self._workbench)))

    def refresh(self) -> None:
        """Say how much there is, in which form, and what is hidden."""
        mirror = self.canvas.mirror
        total = mirror.visible_tokens
        form = "compact" if mirror.packs else "aligned columns"
        form = "blocks: height is probability" if self.shows_blocks else form
        words = [figures.counted(total, "token"), form]
        if mirror.wish.merges and not self.shows_blocks:
            words.append("words merged")
        least = mirror.wish.least
        if least and not self.shows_blocks:
            words.append(f"{figures.counted(mirror.drawn.unlikely, 'unlikely token')} hidden")
        self.set_subtitle(", ".join(words) if total else "")
        self.likely.tell(mirror.drawn.unlikely)
        self.likely_button.setText(f"p ≥ {least:.2g} path ▾" if least else "all paths ▾")


def _unmatched(workbench: Workbench) -> str:
    """Say when a told fork's control is not about as surprising as its error; else nothing."""
    fork, branches = workbench.fork, workbench.branches
    pair = [] if fork is None else [fork.branches.get(role) for role in (Role.CONTROL, Role.ERROR)]
    found = [
        record_at(workbench, branches, one) for one in pair if one is not None and one in branches
    ]
    bits = [record.bits for record in found if record is not None]
    if len(bits) < 2 or abs(bits[0] - bits[1]) <= MOST_OFF:
        return ""
    return UNMATCHED.format(*bits)
