"""One error at every place of the selected branch: a heat strip says where it hurts most."""

import math
from functools import partial

from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.jobs import JobId
from core.sweeping import AFTER, Harm, Sweep, sweep
from core.tokens import Token
from core.tree import ROOT, NodeId
from core.workbench import Change, Workbench
from gui.floor_book import FloorBook
from gui.harm_strip import HarmStrip
from gui.look import Look
from gui.observing import observe
from gui.selection import Selection

ERRORS: dict[str, int | None] = {
    "the second likeliest token": 2,
    "the token of rank 5": 5,
    "the token of rank 20": 20,
    "a random token of the same class": None,
}
MOST = 256
"""Places of one sweep: the last ones of a longer text."""

MEANING = (
    "At every token of the branch, one after the other, an error stands instead of it and the rest"
    f" stays. The figure is how many bits more each of the next {AFTER} tokens costs, on average."
    " A click selects the place."
)


class SweepPage(QWidget):
    """Sweeps over the path to the tip of the selected branch; nothing enters the tree."""

    def __init__(self, workbench: Workbench, selection: Selection, look: Look) -> None:
        super().__init__()
        self._workbench = workbench
        self._selection = selection
        self._nodes: tuple[NodeId, ...] = ()
        self._job: JobId | None = None
        self._swept: tuple[NodeId, ...] = ()
        self._book = FloorBook(workbench, self)
        self.harms: list[Harm] = []
        self.kind = QComboBox()
        for words, rank in ERRORS.items():
            self.kind.addItem(words, rank)
        self.kind.setAccessibleName("Error")
        self.seed = QSpinBox()
        self.seed.setRange(0, 999_999)
        self.seed.setAccessibleName("seed")
        self.run = QPushButton("Sweep")
        self.run.setObjectName("primary")
        self.strip = HarmStrip(look)
        self._note = QLabel(MEANING)
        self._note.setObjectName("muted")
        self._note.setWordWrap(True)
        self._result = QLabel()
        self._result.setWordWrap(True)
        self._lay_out()
        self.run.clicked.connect(self.start)
        self.strip.place_chosen.connect(self._on_chosen)
        self.strip.place_pointed.connect(self._on_pointed)
        self._book.changed.connect(self._show)
        observe(workbench, self, self._on_change)
        self._set_button()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        for widget in (QLabel("put"), self.kind, QLabel("at every place, seed"), self.seed):
            top.addWidget(widget)
        top.addStretch(1)
        top.addWidget(self.run)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.strip)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 0)
        box.addLayout(top)
        box.addWidget(self._note)
        box.addWidget(scroll, 1)
        box.addWidget(self._result)

    def show_branch_of(self, node: NodeId) -> None:
        """Sweep over the branch of this node from now on."""
        bench = self._workbench
        branch = bench.branch_of(node) if node != ROOT else None
        tip = ROOT if branch is None else bench.tip_of(branch.first)
        self._nodes = bench.tree.path_to(tip)
        self._set_button()

    def start(self) -> None:
        """Put the error at every place, one after the other."""
        if len(self._nodes) < 2:
            return
        tree = self._workbench.tree
        self._swept, self.harms = self._nodes, []
        path = tuple(tree.token(node) for node in self._swept)
        since = max(1, len(path) - MOST)
        rank = self.kind.currentData()
        self._book.ask(self._swept[-1])
        work = partial(sweep, wish=Sweep(path, since, len(path), rank, self.seed.value()))
        self._job = self._workbench.look_aside(
            "sweep an error", work, (self._swept[-1],), self._take
        )
        self._show()

    def _take(self, found: object) -> None:
        if isinstance(found, Harm):
            self.harms.append(found)

    def _show(self) -> None:
        tokens = self._tokens()
        first = len(self._swept) - len(tokens)
        floors = self._book.floors
        floor = 0.0 if floors is None else floors.rounding_logprob / math.log(2)
        self.strip.show_harms(tokens, first, self.harms, floor=floor)
        told = [harm for harm in self.harms if harm.harm is not None]
        if not told:
            self._result.setText("")
            return
        worst = max(told, key=lambda harm: harm.harm or 0.0)
        word = tokens[worst.index - first].piece.decode(errors="replace").strip()
        own = worst.token.piece.decode(errors="replace").strip()
        self._result.setText(
            f"It hurts most at “{word}”: “{own}” instead costs {worst.harm:.2f} bits more on each"
            f" of the next {worst.tokens} tokens, and was itself {worst.bits:.1f} bits."
            f" Below the rounding floor of {floor:.2g} bits nothing is coloured."
        )

    def _tokens(self) -> tuple[Token, ...]:
        tree = self._workbench.tree
        return tuple(tree.token(node) for node in self._swept[max(1, len(self._swept) - MOST) :])

    def _set_button(self) -> None:
        busy = self._job in self._workbench.jobs
        self.run.setText("Sweeping…" if busy else "Sweep")
        ready = len(self._nodes) > 1 and self._workbench.vocabulary is not None
        self.run.setEnabled(ready and not busy)

    def _on_chosen(self, index: int) -> None:
        self._selection.select(self._swept[index])

    def _on_pointed(self, index: int) -> None:
        self._selection.point(self._swept[index] if 0 <= index < len(self._swept) else ROOT)

    def _on_change(self, change: Change) -> None:
        if change.reset:
            self._nodes, self._swept, self.harms = (), (), []
        if change.jobs or change.reset:
            self._set_button()
            self._show()
