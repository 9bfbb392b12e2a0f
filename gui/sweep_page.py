"""Sweeps one error over the selected branch, or its chosen places, to see where it hurts most."""

from functools import partial

from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from core.branches import name_after
from core.controls import LN2
from core.intake import Insertion, Placement
from core.sweeping import AFTER, Harm, Sweep, sweep
from core.tree import ROOT, NodeId
from core.workbench import Change, Workbench
from gui import figures
from gui.aside_job import AsideJob
from gui.fields import spin
from gui.floor_book import FloorBook
from gui.harm_strip import HarmStrip, alike
from gui.look import Look
from gui.observing import observe
from gui.paced import Paced
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
    "At each place an error stands instead of the token and the rest stays. The figure is how many"
    f" bits more each of the next {AFTER} tokens costs, on average. A click chooses a place:"
    " of chosen places alone errors are swept, and planted in the tree."
)
WORST = 3
"""So many places are chosen at once, those that hurt most."""


class SweepPage(QWidget):
    """Sweeps over the path to the tip of the selected branch; only planting changes the tree."""

    def __init__(self, workbench: Workbench, selection: Selection, look: Look) -> None:
        super().__init__()
        self._workbench = workbench
        self._selection = selection
        self._nodes: tuple[NodeId, ...] = ()
        self._job = AsideJob(workbench)
        self._book = FloorBook(workbench, self)
        self.harms: dict[int, Harm] = {}
        self.chosen: set[int] = set()
        self.kind = QComboBox()
        for words, rank in ERRORS.items():
            self.kind.addItem(words, rank)
        self.kind.setAccessibleName("Error")
        self.seed = spin(0, 999_999, 0, "Fixes which random tokens are drawn")
        self.seed.setAccessibleName("seed")
        self.run = QPushButton("Sweep")
        self.run.setObjectName("primary")
        self.worst = QPushButton(f"Choose the {WORST} worst")
        self.none = QPushButton("Choose none")
        self.plant = QPushButton()
        self.strip = HarmStrip(look)
        self._where = QLabel()
        self._note = QLabel(MEANING)
        self._note.setObjectName("muted")
        self._note.setWordWrap(True)
        self._result = QLabel()
        self._result.setWordWrap(True)
        self._lay_out()
        self.run.clicked.connect(self.start)
        self.worst.clicked.connect(self.choose_worst)
        self.none.clicked.connect(self.choose_none)
        self.plant.clicked.connect(self.plant_chosen)
        for changed in (self.kind.currentIndexChanged, self.seed.valueChanged):
            changed.connect(self._forget)
        self.strip.place_chosen.connect(self._on_chosen)
        self.strip.place_pointed.connect(self._on_pointed)
        self._book.changed.connect(self._show)
        self._paced = Paced(self._show, self)
        observe(workbench, self, self._on_change)
        self._show()

    def _lay_out(self) -> None:
        top, bottom = QHBoxLayout(), QHBoxLayout()
        for widget in (QLabel("put"), self.kind, self._where, QLabel("seed"), self.seed):
            top.addWidget(widget)
        top.addStretch(1)
        top.addWidget(self.run)
        bottom.addWidget(self.worst)
        bottom.addWidget(self.none)
        bottom.addStretch(1)
        bottom.addWidget(self.plant)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.strip)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 0)
        box.addLayout(top)
        box.addWidget(self._note)
        box.addWidget(scroll, 1)
        box.addWidget(self._result)
        box.addLayout(bottom)

    def show_branch_of(self, node: NodeId) -> None:
        """Sweep over the branch of this node from now on; a node of the path changes nothing."""
        if node in self._nodes:
            return
        bench = self._workbench
        branch = bench.branch_of(node) if node != ROOT else None
        tip = ROOT if branch is None else bench.tip_of(branch.first)
        self._nodes = bench.tree.path_to(tip)
        self.chosen.clear()
        self._forget()

    def start(self) -> None:
        """Put the error at every place, or at the chosen ones, one after the other."""
        if len(self._nodes) < 2:
            return
        tree = self._workbench.tree
        self.harms = {}
        path = tuple(tree.token(node) for node in self._nodes)
        places = tuple(sorted(self.chosen)) or tuple(range(self._since, len(path)))
        wish = Sweep(path, places, self.kind.currentData(), self.seed.value())
        tip = self._nodes[-1]
        self._book.ask(tip)
        work = partial(sweep, wish=wish)
        self._job.start("sweep an error", work, (tip,), self._take)
        self._show()

    def choose_worst(self) -> None:
        """Choose the places that hurt most."""
        told = alike(list(self.harms.values()))
        told.sort(key=lambda harm: harm.harm or 0.0, reverse=True)
        self.chosen = {harm.index for harm in told[:WORST]}
        self._show()

    def choose_none(self) -> None:
        """Choose no place: the next sweep is over all."""
        self.chosen.clear()
        self._show()

    def plant_chosen(self) -> None:
        """Put the errors of the chosen places into the tree, one fork each, in one act."""
        placements = [
            Placement(
                self._nodes[index - 1],
                (),
                Insertion((harm.token,), name_after(harm.record.text), harm.record),
            )
            for index, harm in self._ready()
        ]
        if placements and all(self._workbench.is_visible(one.parent) for one in placements):
            places = figures.counted(len(placements), "place")
            self._workbench.insert_apart(placements, label=f"put errors at {places}")

    def _ready(self) -> list[tuple[int, Harm]]:
        """Return the chosen places that were swept, in the order of the text."""
        return [(at, self.harms[at]) for at in sorted(self.chosen) if at in self.harms]

    @property
    def _since(self) -> int:
        """The first place that is shown: nothing stands before the text's own first token."""
        return max(1, len(self._nodes) - MOST)

    def _take(self, found: object) -> None:
        if isinstance(found, Harm):
            self.harms[found.index] = found
            self._paced.ask()  # the strip fills while the sweep goes on

    def _forget(self, *_value: object) -> None:
        self._job.stop()  # what it finds is of another text, or another error
        self.harms = {}
        self._show()

    def _show(self) -> None:
        tree = self._workbench.tree
        tokens = tuple(tree.token(node) for node in self._nodes[self._since :])
        floors = self._book.floors
        floor = 0.0 if floors is None else floors.rounding_logprob / LN2
        self.strip.show_harms(tokens, self._since, list(self.harms.values()), floor=floor)
        self.strip.show_chosen(self.chosen)
        self._set_buttons()
        told = alike(list(self.harms.values()))
        if not told:
            self._result.setText("")
            return
        worst = max(told, key=lambda harm: harm.harm or 0.0)
        word = tokens[worst.index - self._since].piece.decode(errors="replace").strip()
        own = worst.token.piece.decode(errors="replace").strip()
        exceeded = "0: the rounding floor is not measured yet"
        if floors is not None:
            exceeded = f"the rounding floor of {floor:.2g} bits"
        self._result.setText(
            f"It hurts most at “{word}”: “{own}” instead costs {worst.harm:.2f} bits more on each"
            f" of the next {figures.counted(worst.tokens, 'token')}, and was itself"
            f" {worst.bits:.1f} bits. Coloured is what exceeds {exceeded}, where as many tokens"
            " follow."
        )

    def _set_buttons(self) -> None:
        busy = self._job.is_running
        self.run.setText("Sweeping…" if busy else "Sweep")
        ready = len(self._nodes) > 1 and self._workbench.vocabulary is not None
        self.run.setEnabled(ready and not busy)
        chosen, planted = len(self.chosen), len(self._ready())
        self._where.setText(
            f"at {figures.counted(chosen, 'chosen place')}" if chosen else "at every place"
        )
        self.worst.setEnabled(bool(self.harms) and not busy)
        self.none.setEnabled(bool(chosen))
        self.plant.setText(f"Plant {figures.counted(planted, 'error')}" if planted else "Plant")
        self.plant.setToolTip(
            "Puts the error at each chosen place into the tree, as a branch of its own"
            if planted
            else "Choose places, and sweep: then their errors can be planted"
        )
        self.plant.setEnabled(bool(planted) and not busy)

    def _on_chosen(self, index: int) -> None:
        self.chosen ^= {index}
        self._show()
        self._selection.select(self._nodes[index])

    def _on_pointed(self, index: int) -> None:
        self._selection.point(self._nodes[index] if 0 <= index < len(self._nodes) else ROOT)

    def _on_change(self, change: Change) -> None:
        if change.reset:
            self._nodes, self.chosen = (), set()
            self._forget()
        elif change.jobs:
            self._set_buttons()
