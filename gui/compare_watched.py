"""Watched truths and errors along the chosen branches: ln P of each, and their log-odds."""

import math
from collections.abc import Callable
from functools import partial
from itertools import groupby
from statistics import fmean

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QLabel, QPushButton, QWidget

from core.jobs import JobId
from core.tree import NodeId
from core.watching import Watched, WatchedAt, WatchedBranch, watch
from core.workbench import Change
from gui.card import ShrinkingLabel
from gui.compare_view import (
    BETWEEN,
    LINE_BREAK,
    NOT_MEASURED,
    CompareFrame,
    Parts,
    split_strings,
)
from gui.fields import muted, text_field
from gui.line_plot import Band, Line, LinePlot, Scales
from gui.observing import observe
from gui.steady_focus import enable
from gui.token_text import quoted

ASK = "Forces the watched strings after every token of the chosen branches; nothing is sampled."
REDRAWN_EVERY = 32
"""Points that arrive between two pictures of the plot."""

LOW_MASS = 0.2
"""Where truth and error together have less, their odds say little."""

SPELLINGS = "several spellings are parted by |.\nOne that begins with another is part of it."
ODDS = "log-odds"
QUANTITIES: dict[str, Callable[[WatchedAt], float]] = {
    ODDS: lambda at: at.log_odds,
    "ln P(truth)": lambda at: at.truth,
    "ln P(error)": lambda at: at.error,
}


class WatchedView(CompareFrame):
    """Asks for strings and probes; plots their log-probabilities by tokens after the fork."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._job: JobId | None = None
        self._runs: dict[NodeId, tuple[NodeId, ...]] = {}  # as they were when they were read
        self._what = Watched((), ())
        self.points: list[WatchedAt] = []
        self.truth = text_field("truth", f"What is true; {SPELLINGS}")
        self.error = text_field("error", f"What is false; {SPELLINGS}")
        self.probe = text_field(
            "probes",
            "Optional, parted by |: asked at the fork and at sentence ends instead of after every\n"
            f"token. They are no part of the tree. {LINE_BREAK} is a line break.",
        )
        self.which = QComboBox()
        self.which.setAccessibleName("Shown probe")
        self.which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.which.setMinimumWidth(100)
        self.which.setToolTip("The mean over all probes, or one of them")
        self.quantity = QComboBox()
        self.quantity.setAccessibleName("Quantity")
        for name in QUANTITIES:
            self.quantity.addItem(name)
        self.read = QPushButton("Read")
        self.read.setToolTip(ASK)
        self.plot = LinePlot(parts.look, "Watched strings")
        self._reading = ShrinkingLabel()
        self._reading.setObjectName("muted")
        self._note = QLabel(ASK)
        self._note.setObjectName("figure")
        self._lay_out()
        self.read.clicked.connect(self.ask)
        for field in (self.truth, self.error, self.probe):
            field.textChanged.connect(self._set_button)
            field.returnPressed.connect(self.ask)
        self.quantity.currentIndexChanged.connect(self._draw)
        self.which.currentIndexChanged.connect(self._draw)
        self.plot.pointed.connect(self.point_at)
        self.plot.read.connect(self._reading.setText)
        parts.look.changed.connect(self._draw)
        parts.book.changed.connect(self._draw)
        observe(parts.workbench, self, self._on_change)
        self.take_words(self.truth, self.error)
        self._draw()

    def _lay_out(self) -> None:
        side = QGridLayout()
        side.setSpacing(4)
        for row, field in enumerate((self.truth, self.error, self.probe)):
            side.addWidget(muted(field.accessibleName(), field), row, 0)
            side.addWidget(field, row, 1, 1, 3)
        side.addWidget(self.quantity, 3, 1)
        side.addWidget(self.which, 3, 2)
        side.addWidget(self.read, 3, 3)
        self._note.setWordWrap(True)
        self._note.setAlignment(Qt.AlignmentFlag.AlignTop)
        side.addWidget(self._note, 4, 0, 1, 4)
        side.setRowStretch(4, 1)
        side.setColumnStretch(1, 1)
        self.put_beside(self._reading, self.plot, side)

    def show_branches(self, chosen: list[NodeId]) -> None:
        """Offer these branches; points of others are no longer shown."""
        self.chosen = chosen
        self.take_words(self.truth, self.error)
        self._draw()

    def ask(self) -> None:
        """Read the strings along every chosen branch."""
        what = self.wanted()
        if not what.truths or not what.errors or not self.chosen or not self.read.isEnabled():
            return
        bench, tree = self.workbench, self.workbench.tree
        self.points, self._what = [], what
        self._offer_probes()
        self._runs = self.runs()
        branches: list[WatchedBranch] = []
        for number, nodes in enumerate(self._runs.values()):
            path = tuple(tree.token(node) for node in tree.path_to(nodes[-1]))
            branches.append(WatchedBranch(number, path, tree.depth(tree.parent(nodes[0]))))
        tips = tuple(nodes[-1] for nodes in self._runs.values())
        self.book.ask(tips[0])
        work = partial(watch, branches=branches, what=what)
        self._job = bench.look_aside("watch strings along branches", work, tips, self._take)
        self._draw()

    def wanted(self) -> Watched:
        """Return what the fields ask for."""
        truth, error = (split_strings(field.text()) for field in (self.truth, self.error))
        return Watched(truth, error, split_strings(self.probe.text().replace(LINE_BREAK, "\n")))

    def rows(self) -> list[list[str]]:
        """Return every point, with what was watched, and the floors."""
        if not self.points:
            return []
        head = ["branch", "tokens after fork", "ln_p_truth", "ln_p_error", "log_odds"]
        rows = [[*head, "truth", "error", "probe"]]
        said = [BETWEEN.join(self._what.truths), BETWEEN.join(self._what.errors)]
        branches = list(self._runs)
        for at in sorted(self.points, key=lambda at: (at.branch, at.index, at.probe)):
            if branches[at.branch] not in self.chosen:
                continue  # what is not shown is not told: a hidden branch has no name
            figures = [repr(at.truth), repr(at.error), repr(at.log_odds)]
            name = self.marks.whole_label(branches[at.branch])
            probe = self._what.probes[at.probe] if self._what.probes else ""
            rows.append([name, str(at.index), *figures, *said, probe])
        for name in QUANTITIES:
            floor = self._floor(name)
            told = NOT_MEASURED if floor is None else repr(floor)
            rows.append([f"rounding floor of {name}, nats", "", told])
        return rows

    def caption(self) -> str:
        """Say what the axes are."""
        return self.plot.axes

    def pictured(self) -> tuple[QWidget, ...]:
        """Return the plot and what is told of it."""
        return self.plot, self._note

    def light(self, node: NodeId) -> None:
        """Ring a node's point."""
        self.plot.light(node)

    def _take(self, found: object) -> None:
        if isinstance(found, WatchedAt):
            self.points.append(found)
            if len(self.points) % REDRAWN_EVERY == 0:  # the end of the job draws the last ones
                self._draw()

    def _floor(self, quantity: str) -> float | None:
        """Return the rounding floor of a quantity in nats, None while it is not known.

        Each token of the longest string may bring the rounding of one.
        """
        floors = self.book.floors
        if floors is None or not self.points:
            return None
        one = floors.rounding_log_odds if quantity == ODDS else floors.rounding_logprob
        return one * max(at.tokens for at in self.points)

    def _draw(self, *_value: object) -> None:
        self._set_button()
        self._offer_probes()
        quantity = self.quantity.currentText()
        lines: list[Line] = []
        for number, first in enumerate(self._runs):
            if first in self.chosen:
                lines.append(self._line(number, first, QUANTITIES[quantity]))
        odds, floor = quantity == ODDS, self._floor(quantity)
        bands: list[Band] | None = []  # what is no difference has no floor
        if odds:
            bands = None if floor is None else [Band("rounding", floor)]
        scales = Scales("tokens after the fork", f"{quantity}, nats", zero=odds)
        self.plot.show_lines(lines, bands, scales=scales)
        self._say()

    def _line(self, number: int, first: NodeId, value: Callable[[WatchedAt], float]) -> Line:
        probe = self.which.currentData()
        own = sorted(
            (at for at in self.points if at.branch == number and probe in {None, at.probe}),
            key=lambda at: at.index,
        )
        places = [
            (index, fmean(value(at) for at in asked))
            for index, asked in groupby(own, key=lambda at: at.index)
        ]
        run = self._runs[first]
        nodes = (self.workbench.tree.parent(run[0]), *run)
        return Line(
            self.marks.label(first),
            self.marks.mark(first, self.look.theme),
            tuple(float(index) for index, _ in places),
            tuple(mean for _, mean in places),
            tuple(nodes[at] if 0 < at < len(nodes) else NodeId(0) for at, _ in places),
        )

    def _offer_probes(self) -> None:
        probes = self._what.probes
        self.which.setVisible(len(probes) > 1)
        if self.which.count() == (len(probes) + 1 if len(probes) > 1 else 0):
            return
        self.which.blockSignals(True)
        self.which.clear()
        if len(probes) > 1:
            self.which.addItem(f"mean of {len(probes)}", None)
            for number, probe in enumerate(probes):
                self.which.addItem(f"probe {number + 1}", number)
                self.which.setItemData(number + 1, probe, Qt.ItemDataRole.ToolTipRole)
        self.which.blockSignals(False)

    def _say(self) -> None:
        if not self.points:
            self._note.setText(" ".join((ASK, *self._spaceless())))
            return
        truth, error = (" | ".join(map(quoted, s)) for s in (self._what.truths, self._what.errors))
        probes = self._what.probes
        how = "as the next text"
        if probes:
            how = f"after “{probes[0].strip()}”"
            how += f" and {len(probes) - 1} more" if len(probes) > 1 else ""
        floor = self._floor(self.quantity.currentText())
        told = (
            f"rounding floor {self.book.missing}"
            if floor is None
            else f"rounding floor of {self.quantity.currentText()} {floor:.2g} nats:"
            " what lies closer is alike"
        )
        thin = sum(math.exp(at.truth) + math.exp(at.error) < LOW_MASS for at in self.points)
        mass = f"P(truth) + P(error) < {LOW_MASS} at {thin} of {len(self.points)} places"
        parts = [f"truth {truth}, error {error}, {how}", told, mass, *self._spaceless()]
        self._note.setText(" · ".join(parts))

    def _spaceless(self) -> list[str]:
        """Return a remark on strings that would be read on to the word before them."""
        what = self.wanted()
        bare = next((one for one in (*what.truths, *what.errors) if one[:1].isalnum()), None)
        return [] if bare is None else [f"“{bare}” has no space before it: it goes on a word"]

    def _set_button(self, *_text: object) -> None:
        busy = self._job in self.workbench.jobs
        what = self.wanted()
        ready = bool(what.truths and what.errors and self.chosen) and not busy
        enable(self.read, ready and self.workbench.vocabulary is not None)
        self.read.setText("Reading…" if busy else "Read")

    def _on_change(self, change: Change) -> None:
        if change.reset:
            self.points, self._runs = [], {}
        if change.fork or change.reset:
            self.take_words(self.truth, self.error)
        if change.reset or (change.jobs and self._job is not None):
            self._draw()
            if self._job not in self.workbench.jobs:
                self._job = None
