"""The card in the middle: the fork's fields, the scale of colours, the tree."""

from PySide6.QtWidgets import QWidget

from core.workbench import Workbench
from gui import figures
from gui.ask_line import AskLine
from gui.card import Card
from gui.grow_line import GrowLine
from gui.legend import Legend
from gui.look import Look
from gui.note_editor import NoteEditor
from gui.observing import observe
from gui.selection import Selection
from gui.story_bar import StoryBar
from gui.tree_canvas import TreeCanvas


class TreePanel(Card):
    """Holds its three parts and a title."""

    def __init__(
        self, workbench: Workbench, selection: Selection, look: Look, parent: QWidget | None = None
    ) -> None:
        super().__init__("Tree", parent)
        self._workbench = workbench
        self.story = StoryBar()
        self.canvas = TreeCanvas(workbench, selection, look)
        self.note = NoteEditor()
        self.ask = AskLine()
        self.grow_line = GrowLine()
        self.head.addWidget(Legend(look))
        self.body.setContentsMargins(16, 12, 0, 4)
        self.head.setContentsMargins(0, 0, 16, 0)
        self.story.setContentsMargins(0, 0, 16, 0)
        self.note.setContentsMargins(0, 0, 16, 0)
        self.body.addWidget(self.story)
        self.body.addWidget(self.note)
        for line in (self.ask, self.grow_line):
            line.setContentsMargins(0, 0, 16, 0)
            line.finished.connect(self.canvas.setFocus)
            self.body.addWidget(line)
        self.body.addWidget(self.canvas, 1)
        self.note.finished.connect(self.canvas.setFocus)
        observe(workbench, self, lambda _change: self._refresh())
        self._refresh()

    def _refresh(self) -> None:
        total = len(self._workbench.tree)
        self.set_subtitle(figures.counted(total, "token") + ", aligned columns" if total else "")
