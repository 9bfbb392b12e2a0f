"""Sweeps one error over the selected branch, or its chosen places, to see where it hurts most."""

from datetime import UTC, datetime
from functools import partial

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QPainter, QPixmap
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
from core.comparison_findings import ComparisonFinding
from core.controls import LN2
from core.error_placing import SweptError
from core.intake import Insertion, Placement
from core.sweeping import AFTER, Harm, Sweep, alike, harm_rows, sweep
from core.tokens import Token
from core.tree import ROOT, NodeId
from core.workbench import Change, Workbench
from gui import figures
from gui.aside_job import AsideJob
from gui.compare_export import ExportButton
from gui.fields import spin
from gui.floor_book import FloorBook
from gui.harm_legend import HarmLegend
from gui.harm_strip import HarmStrip, words_of
from gui.look import Look
from gui.observing import observe
from gui.paced import Paced
from gui.selection import Selection
from gui.steady_focus import enable
from gui.swept_errors import ERRORS, is_drawn

MOST = 256
"""Places of one sweep: the last ones of a longer text."""

MEANING = (
    "Puts the error at one place after the other, wherever it can stand; the rest stays as it is."
    f" The figure is how many bits more each of the next {AFTER} tokens costs then, on average. A"
    " click chooses a place, Shift with a click or with arrow keys all up to one, the space bar the"
    " one with the dots. With places chosen, only those are swept, and planted in the tree."
)
WORST = 3
"""So many places are chosen at once, those that hurt most."""

NOWHERE = "This error can stand at none of these places."
NOTHING = "There are no numbers to keep: sweep an error first."


class SweepPage(QWidget):
    """Sweeps over the path to the tip of the selected branch; only planting changes the tree.

    Says in sentences what went wrong (`problem_met`) and what nothing else shows (`told`).
    """

    problem_met = Signal(str)
    told = Signal(str)

    def __init__(self, workbench: Workbench, selection: Selection, look: Look) -> None:
        super().__init__()
        self._workbench = workbench
        self._selection = selection
        self._nodes: tuple[NodeId, ...] = ()
        self._asked = 0
        self._job = AsideJob(workbench)
        self._book = FloorBook(workbench, self)
        self.harms: dict[int, Harm] = {}
        self.chosen: set[int] = set()
        self._planted: set[int] = set()  # of this sweep: once is enough
        self.kind = QComboBox()
        self.kind.addItems(list(ERRORS))
        self.kind.setAccessibleName("Error")
        self.seed = spin(0, 999_999, 0, "Fixes which tokens, or letters of a typo, are drawn")
        self.seed.setAccessibleName("seed")
        self.run = QPushButton("Sweep")
        self.run.setObjectName("primary")
        self.worst = QPushButton(f"Choose the {WORST} worst")
        self.none = QPushButton("Choose none")
        self.plant = QPushButton()
        self.strip = HarmStrip(look)
        self.legend = HarmLegend(look)
        self.export = ExportButton(self.rows, self.picture)
        self._scroll = QScrollArea()
        self._where = QLabel()
        self._note = QLabel(MEANING)
        self._note.setObjectName("muted")
        self._note.setWordWrap(True)
        self._result = QLabel()
        self._result.setWordWrap(True)
        self._lay_out()
        self._connect()
        self._paced = Paced(self._show, self)
        observe(workbench, self, self._on_change)
        self._show()

    def _lay_out(self) -> None:
        top, bottom, key = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for widget in (QLabel("put"), self.kind, self._where, QLabel("seed"), self.seed):
            top.addWidget(widget)
        top.addStretch(1)
        top.addWidget(self.run)
        key.addWidget(self.legend, 1)
        key.addWidget(self.export)
        bottom.addWidget(self.worst)
        bottom.addWidget(self.none)
        bottom.addStretch(1)
        bottom.addWidget(self.plant)
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(self.strip)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 8, 0, 0)
        box.addLayout(top)
        box.addWidget(self._note)
        box.addWidget(self._scroll, 1)
        box.addLayout(key)
        box.addWidget(self._result)
        box.addLayout(bottom)

    def _connect(self) -> None:
        self.run.clicked.connect(self.start)
        self.worst.clicked.connect(self.choose_worst)
        self.none.clicked.connect(self.choose_none)
        self.plant.clicked.connect(self.plant_chosen)
        for changed in (self.kind.currentIndexChanged, self.seed.valueChanged):
            changed.connect(self._forget)
        self.strip.place_chosen.connect(self._on_chosen)
        self.strip.span_chosen.connect(self._on_span)
        self.strip.place_pointed.connect(self._on_pointed)
        self.strip.walked.connect(self._on_walked)
        self.export.keep_requested.connect(self.keep_finding)
        self.export.problem_met.connect(self.problem_met)
        self._book.changed.connect(self._show)

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
        self._forget()
        path = self._path()
        places = tuple(sorted(self.chosen)) or tuple(range(self._since, len(path)))
        wish = Sweep(path, places, self._error(), self.seed.value())
        tip = self._nodes[-1]
        self._asked = len(places)
        self._book.ask(tip)
        self._job.start("sweep an error", partial(sweep, wish=wish), (tip,), self._take)
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
                Insertion(harm.error, name_after(harm.record.text), harm.record),
            )
            for index, harm in self._ready()
        ]
        if placements and all(self._workbench.is_visible(one.parent) for one in placements):
            places = figures.counted(len(placements), "place")
            self._workbench.insert_apart(placements, label=f"put errors at {places}")
            self._planted.update(index for index, _ in self._ready())
            self._set_buttons()
            self.told.emit(f"Errors stand at {places} now: each is a branch of the tree.")

    def rows(self) -> list[list[str]]:
        """Return the harms as a table, each beside the floor; nothing before a sweep."""
        return (
            harm_rows(self._path(), list(self.harms.values()), self._floor()) if self.harms else []
        )

    def picture(self) -> QPixmap:
        """Return the whole strip with its legend below."""
        width = self.strip.width()
        box = QRect(0, 0, width, self.strip.heightForWidth(width))
        strip, legend = self.strip.grab(box), self.legend.grab()
        both = QPixmap(strip.width(), strip.height() + legend.height())
        both.setDevicePixelRatio(strip.devicePixelRatio())
        both.fill(self.palette().window().color())
        painter = QPainter(both)
        painter.drawPixmap(0, 0, strip)
        painter.drawPixmap(0, box.height(), legend)
        painter.end()
        return both

    def keep_finding(self) -> None:
        """Keep the numbers in the session, among the findings."""
        bench, rows = self._workbench, self.rows()
        branch = bench.branch_of(self._nodes[-1]) if len(self._nodes) > 1 else None
        if not rows or branch is None:
            self.problem_met.emit(NOTHING)
            return
        card = bench.card
        bench.keep_comparison(
            ComparisonFinding(
                f"Sweep of {branch.name}: {self.kind.currentText()}",
                "Sweep",
                datetime.now(UTC).isoformat(timespec="seconds"),
                "" if card is None else f"{card.name} {card.quantization}, {card.device}",
                tuple(tuple(row) for row in rows),
                (branch.first,),
            )
        )

    def _path(self) -> tuple[Token, ...]:
        return tuple(self._workbench.tree.token(node) for node in self._nodes)

    def _error(self) -> SweptError:
        return ERRORS[self.kind.currentText()]

    def _floor(self) -> float | None:
        """Return the rounding floor of a harm, in bits a token; None where it is not measured."""
        floors = self._book.floors
        return None if floors is None else floors.rounding_logprob / LN2

    def _ready(self) -> list[tuple[int, Harm]]:
        """Return the chosen places whose errors can be planted, in the order of the text."""
        ready = self.chosen - self._planted
        return [(at, self.harms[at]) for at in sorted(ready) if at in self.harms]

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
        self.harms, self._asked = {}, 0
        self._planted.clear()
        self._show()

    def _show(self) -> None:
        tokens, floor = self._path()[self._since :], self._floor()
        self.strip.show_harms(tokens, self._since, list(self.harms.values()), floor=floor or 0.0)
        self.strip.show_chosen(self.chosen)
        self.legend.show_scale(floor, self.strip.most)
        self.legend.setVisible(bool(self.harms))
        self.export.setVisible(bool(self.harms))
        self._set_buttons()

    def _result_words(self) -> str:
        """Return where it hurts most, and at how many places the error cannot stand."""
        told = alike(list(self.harms.values()))
        if not told:
            return NOWHERE if self._asked and not self.harms and not self._job.is_running else ""
        worst = max(told, key=lambda harm: harm.harm or 0.0)
        floor = self._floor()
        exceeded = "0: the rounding floor is not measured yet"
        if floor is not None:
            exceeded = f"the rounding floor of {floor:.2g} bits"
        missing = self._asked - len(self.harms)
        where = f" At {figures.counted(missing, 'place')} it cannot stand." if missing else ""
        return (
            f"It hurts most at “{words_of((self._path()[worst.index],))}”:"
            f" “{words_of(worst.error)}” instead costs {worst.harm:.2f} bits more on each"
            f" of the next {figures.counted(worst.tokens, 'token')}, and was itself"
            f" {worst.bits:.1f} bits. Coloured are places that exceed {exceeded} and are followed"
            f" by as many tokens.{'' if self._job.is_running else where}"
        )

    def _set_buttons(self) -> None:
        busy = self._job.is_running
        self._result.setText(self._result_words())
        self.run.setText("Sweeping…" if busy else "Sweep")
        ready = len(self._nodes) > 1 and self._workbench.vocabulary is not None
        enable(self.run, ready and not busy)
        self.seed.setEnabled(is_drawn(self._error()))
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
            else "Choose places, and sweep: then their errors can be planted, once each"
        )
        enable(self.plant, bool(planted) and not busy)

    def _on_chosen(self, index: int) -> None:
        self.chosen ^= {index}
        self._show()
        self._selection.select(self._nodes[index])

    def _on_span(self, first: int, last: int) -> None:
        self.chosen = set(range(first, last + 1))
        self._show()

    def _on_pointed(self, index: int) -> None:
        self._selection.point(self._nodes[index] if 0 <= index < len(self._nodes) else ROOT)

    def _on_walked(self, box: QRect) -> None:
        self._scroll.ensureVisible(box.center().x(), box.center().y(), box.width(), box.height())

    def _on_change(self, change: Change) -> None:
        if change.reset:
            self._nodes, self.chosen = (), set()
            self._forget()
        elif change.jobs or change.hidden:
            if change.hidden:  # what was planted may have been taken back
                self._planted.clear()
            self._set_buttons()
