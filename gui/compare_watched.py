"""Watched truths and errors along the chosen branches: ln P of each, and their log-odds."""

import math
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QPushButton,
)

from core.jobs import JobId
from core.tree import NodeId
from core.watching import Watched, WatchedAt, WatchedBranch, watch
from core.workbench import Change, Workbench
from gui.branch_marks import BranchMarks
from gui.card import ShrinkingLabel
from gui.compare_view import CompareView
from gui.floor_book import FloorBook
from gui.line_plot import Band, Line, LinePlot, Scales
from gui.look import Look
from gui.observing import observe
from gui.selection import Selection

BETWEEN = "|"
LINE_BREAK = "⏎"
ASK = "Forces the watched strings after every token of the chosen branches; nothing is sampled."
REDRAWN_EVERY = 32
"""Points that arrive between two pictures of the plot."""

LOW_MASS = 0.2
"""Where truth and error together have less, their odds say little."""

QUANTITIES: dict[str, Callable[[WatchedAt], float]] = {
    "log-odds": lambda at: at.log_odds,
    "ln P(truth)": lambda at: at.truth,
    "ln P(error)": lambda at: at.error,
}


class WatchedView(CompareView):
    """Asks for the strings and a probe; plots their log-probabilities by tokens after the fork."""

    def __init__(
        self,
        workbench: Workbench,
        selection: Selection,
        look: Look,
        marks: BranchMarks,
        book: FloorBook,
    ) -> None:
        super().__init__(workbench, selection, look, marks)
        self._book = book
        self._job: JobId | None = None
        self._watched_branches: list[NodeId] = []
        self._what = Watched((), ())
        self.points: list[WatchedAt] = []
        self.truth = _field("truth", "What is true; several spellings are parted by |")
        self.error = _field("error", "What is false; several spellings are parted by |")
        self.probe = _field(
            "probe",
            "Optional: asked at the fork and at sentence ends instead of after every token.\n"
            f"It is no part of the tree. {LINE_BREAK} is a line break.",
        )
        self.quantity = QComboBox()
        self.quantity.setAccessibleName("Quantity")
        for name in QUANTITIES:
            self.quantity.addItem(name)
        self.read = QPushButton("Read")
        self.read.setToolTip(ASK)
        self.plot = LinePlot(look, "Watched strings")
        self._reading = ShrinkingLabel()
        self._reading.setObjectName("muted")
        self._note = QLabel(ASK)
        self._note.setObjectName("figure")
        self._lay_out()
        self.read.clicked.connect(self.ask)
        for field in (self.truth, self.error, self.probe):
            field.textChanged.connect(self._set_button)
            field.returnPressed.connect(self.ask)
        self.quantity.currentIndexChanged.connect(self._on_asked)
        self.plot.pointed.connect(self._on_pointed)
        self.plot.read.connect(self._reading.setText)
        look.changed.connect(self._draw)
        book.changed.connect(self._draw)
        observe(workbench, self, self._on_change)
        self._fill_from_fork()
        self._draw()

    def _lay_out(self) -> None:
        side = QGridLayout()
        side.setSpacing(4)
        for row, field in enumerate((self.truth, self.error, self.probe)):
            label = QLabel(field.accessibleName())
            label.setObjectName("muted")
            label.setBuddy(field)
            side.addWidget(label, row, 0)
            side.addWidget(field, row, 1, 1, 2)
        side.addWidget(self.quantity, 3, 1)
        side.addWidget(self.read, 3, 2)
        self._note.setWordWrap(True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop)
        side.addWidget(self._note, 4, 0, 1, 3)
        side.setRowStretch(4, 1)
        side.setColumnStretch(1, 1)
        self.put_beside(self._reading, self.plot, side)

    def show_branches(self, chosen: list[NodeId]) -> None:
        """Offer these branches; points of others are no longer shown."""
        self.chosen = chosen
        self._draw()

    def ask(self) -> None:
        """Read the strings along every chosen branch."""
        what = self.wanted()
        if not what.truths or not what.errors or not self.chosen or not self.read.isEnabled():
            return
        bench, tree = self.workbench, self.workbench.tree
        self.points, self._what = [], what
        self._watched_branches = list(self.chosen)
        branches: list[WatchedBranch] = []
        for number, first in enumerate(self.chosen):
            tip = bench.tip_of(first)
            path = tuple(tree.token(node) for node in tree.path_to(tip))
            branches.append(WatchedBranch(number, path, tree.depth(tree.parent(first))))
        tips = tuple(bench.tip_of(first) for first in self.chosen)
        self._book.ask(tips[0])
        work = partial(watch, branches=branches, what=what)
        self._job = bench.look_aside("watch strings along branches", work, tips, self._take)
        self._draw()

    def wanted(self) -> Watched:
        """Return what the fields ask for."""
        truth, error = (_strings(field.text()) for field in (self.truth, self.error))
        return Watched(truth, error, self.probe.text().replace(LINE_BREAK, "\n"))

    def rows(self) -> list[list[str]]:
        """Return every point, with what was watched."""
        if not self.points:
            return []
        head = ["branch", "tokens after fork", "ln_p_truth", "ln_p_error", "log_odds"]
        rows = [[*head, "truth", "error", "probe"]]
        said = [BETWEEN.join(self._what.truths), BETWEEN.join(self._what.errors), self._what.probe]
        for at in sorted(self.points, key=lambda at: (at.branch, at.index)):
            figures = [repr(at.truth), repr(at.error), repr(at.log_odds)]
            name = self.marks.label(self._watched_branches[at.branch])
            rows.append([name, str(at.index), *figures, *said])
        return rows

    def light(self, node: NodeId) -> None:
        """Ring a node's point."""
        self.plot.light(node)

    def _take(self, found: object) -> None:
        if isinstance(found, WatchedAt):
            self.points.append(found)
            if len(self.points) % REDRAWN_EVERY == 0:  # the end of the job draws the last ones
                self._draw()

    def _draw(self, *_value: object) -> None:
        self._set_button()
        quantity = self.quantity.currentText()
        lines: list[Line] = []
        for number, first in enumerate(self._watched_branches):
            if first not in self.chosen:
                continue
            own = sorted((at for at in self.points if at.branch == number), key=lambda at: at.index)
            nodes = (self.workbench.tree.parent(first), *self.workbench.nodes_of(first))
            lit = [nodes[at.index] if 0 < at.index < len(nodes) else NodeId(0) for at in own]
            lines.append(
                Line(
                    self.marks.label(first),
                    self.marks.mark(first, self.look.theme),
                    tuple(float(at.index) for at in own),
                    tuple(QUANTITIES[quantity](at) for at in own),
                    tuple(lit),
                )
            )
        across = "tokens after the fork"
        up = f"{quantity}, nats"
        floors = self._book.floors
        odds = quantity == "log-odds"
        bands = [Band("rounding", floors.rounding_logprob)] if odds and floors else []
        self.plot.show_lines(lines, bands, scales=Scales(across, up, zero=odds))
        self._say()

    def _say(self) -> None:
        if not self.points:
            self._note.setText(ASK)
            return
        truth, error = (" | ".join(map(repr, s)) for s in (self._what.truths, self._what.errors))
        how = f"after “{self._what.probe.strip()}”" if self._what.probe else "as the next text"
        floors = self._book.floors
        floor = "" if floors is None else f" · rounding floor {floors.rounding_logprob:.2g} nats"
        thin = sum(math.exp(at.truth) + math.exp(at.error) < LOW_MASS for at in self.points)
        mass = f" · P(truth) + P(error) < {LOW_MASS} at {thin} of {len(self.points)} places"
        self._note.setText(f"truth {truth}, error {error}, {how}{floor}{mass}")

    def _set_button(self, *_text: object) -> None:
        busy = self._job in self.workbench.jobs
        what = self.wanted()
        ready = bool(what.truths and what.errors and self.chosen) and not busy
        self.read.setEnabled(ready and self.workbench.vocabulary is not None)
        self.read.setText("Reading…" if busy else "Read")

    def _fill_from_fork(self) -> None:
        fork = self.workbench.fork
        if fork is not None and not self.truth.text() and not self.error.text():
            self.truth.setText(fork.spec.right)
            self.error.setText(fork.spec.wrong)

    def _on_asked(self, *_value: object) -> None:
        self._draw()

    def _on_pointed(self, node: int) -> None:
        self.selection.point(NodeId(node))

    def _on_change(self, change: Change) -> None:
        if change.reset:
            self.points, self._watched_branches = [], []
        if change.fork or change.reset:
            self._fill_from_fork()
        if change.jobs or change.reset:
            self._draw()


def _strings(text: str) -> tuple[str, ...]:
    """Return the strings of a field as they stand: a leading space belongs to the string."""
    return tuple(one for one in text.split(BETWEEN) if one.strip())


def _field(name: str, meaning: str) -> QLineEdit:
    field = QLineEdit()
    field.setAccessibleName(name)
    field.setToolTip(meaning)
    field.setMinimumWidth(60)
    return field
