"""The same tokens forced after every chosen branch: how far the branches stay apart."""

import html
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QScrollArea,
)

from core.controls import NEUTRAL
from core.engine import Engine, Path
from core.influence import Influence, contrast, decay_of
from core.jobs import JobId, Work
from core.products import Product
from core.tokens import Vocabulary
from core.tree import ROOT, NodeId, TokenTree
from core.workbench import Change
from gui.card import ShrinkingLabel
from gui.compare_view import CompareFrame, Parts
from gui.fields import muted
from gui.line_plot import Band, Line, LinePlot, Scales
from gui.observing import observe

NEUTRAL_TEXT = "neutral text"
ASK = "Forces the same tokens after every chosen branch, and measures how far apart the model is."
LEAST, LEAST_KL = 1e-4, 1e-8
"""Where logarithmic axes begin; KL is about the square of √JS."""

TOO_FEW = "Two branches are needed, and tokens to force after them."


@dataclass(frozen=True, slots=True)
class Asked:
    """One measurement: whose tokens were forced (None: neutral text) after which branches."""

    reference: NodeId
    others: tuple[NodeId, ...]
    source: NodeId | None
    tree: TokenTree
    vocabulary: Vocabulary | None


class DistanceView(CompareFrame):
    """Scores the tokens of one branch in the place of all others, and plots √JS or KL."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts)
        self._job: JobId | None = None
        self._asked: Asked | None = None
        self.curves: dict[int, Influence] = {}
        self.reference_box = _box("Reference", "The branch that the others are held against")
        self.source_box = _box(
            "Forced tokens", "The tokens that are forced after the inserted text of every branch"
        )
        self.quantity = _box("Quantity", "√JS is a metric between 0 and √ln 2 ≈ 0.833; KL in nats")
        self.quantity.addItems(["√JS", "KL"])
        self.logarithmic = QCheckBox("log-log")
        self.logarithmic.setToolTip("Both axes logarithmic; the smallest values at the edge")
        self.measure = QPushButton("Measure")
        self.measure.setToolTip(ASK)
        self.plot = LinePlot(parts.look, "Distance between branches")
        self._summary = QLabel()
        self._summary.setObjectName("figure")
        self._summary.setWordWrap(True)
        self._summary.setToolTip(
            "Half, tenth: after how many tokens the curve, made to fall by isotonic regression,\n"
            "is first at most 1/2 and 1/10 of its start. Flips: places whose likeliest token\n"
            "differs. Values at or below the rounding floor mean nothing and are grey."
        )
        self._reading = ShrinkingLabel()
        self._reading.setObjectName("muted")
        self._lay_out()
        self.measure.clicked.connect(self.ask)
        self.quantity.currentIndexChanged.connect(self._draw)
        self.logarithmic.toggled.connect(self._draw)
        self.plot.pointed.connect(self.point_at)
        self.plot.read.connect(self._reading.setText)
        parts.look.changed.connect(self._draw)
        parts.book.changed.connect(self._draw)
        observe(parts.workbench, self, self._on_change)
        self._draw()

    def _lay_out(self) -> None:
        side = QGridLayout()
        side.setSpacing(4)
        for row, (words, widget) in enumerate(
            (("forced: tokens of", self.source_box), ("held against", self.reference_box))
        ):
            side.addWidget(muted(words, widget), row, 0)
            side.addWidget(widget, row, 1, 1, 2)
        side.addWidget(self.quantity, 2, 0)
        side.addWidget(self.logarithmic, 2, 1)
        side.addWidget(self.measure, 2, 2)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignTop)
        scroll = QScrollArea()
        scroll.setWidget(self._summary)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        side.addWidget(scroll, 3, 0, 1, 3)
        side.setRowStretch(3, 1)
        side.setColumnStretch(1, 1)
        self.put_beside(self._reading, self.plot, side)

    def show_branches(self, chosen: list[NodeId]) -> None:
        """Offer these branches; what was measured of others is forgotten."""
        self.chosen = chosen
        _refill(self.reference_box, [(self.marks.label(one), int(one)) for one in chosen])
        _refill(
            self.source_box,
            [*((self.marks.label(one), int(one)) for one in chosen), (NEUTRAL_TEXT, 0)],
        )
        if self.reference_box.currentData() is None and self.reference is not None:
            self.reference_box.setCurrentIndex(self.reference_box.findData(int(self.reference)))
            self.source_box.setCurrentIndex(self.reference_box.currentIndex())
        asked = self._asked
        if asked is not None and not {asked.reference, *asked.others} <= set(chosen):
            self._forget()
        self._draw()

    def ask(self) -> None:
        """Force the chosen tokens after every chosen branch, and measure the floors."""
        reference, source = self.reference_box.currentData(), self.source_box.currentData()
        if reference is None or source is None or len(self.chosen) < 2:
            return
        self._forget()
        tree = self.workbench.tree
        others = tuple(one for one in self.chosen if one != reference)
        asked = self._asked = Asked(
            NodeId(reference),
            others,
            NodeId(source) if source else None,
            tree,
            self.workbench.vocabulary,
        )
        heads = {one: self.workbench.head_of(one) for one in self.chosen}
        forced = None
        if asked.source is not None:
            nodes = self._after_head(asked.source)[1:]
            forced = tuple(tree.token(node).id for node in nodes)
        work = _contrasting(
            tree.ids_to(heads[asked.reference]),
            tuple(tree.ids_to(heads[one]) for one in asked.others),
            forced,
        )
        self.book.ask(self.workbench.tip_of(asked.reference))
        self._job = self.workbench.look_aside(
            "hold branches against each other",
            work,
            tuple(heads.values()),
            partial(self._take, asked),
        )
        self._draw()

    def rows(self) -> list[list[str]]:
        """Return every curve, point by point, with the floors in the head."""
        asked = self._asked
        if not self.curves or asked is None:
            return []
        rows = [
            ["reference", "branch", "forced tokens", "distance", "kl_nats", "sqrt_js", "flip"],
        ]
        for number, curve in sorted(self.curves.items()):
            points = zip(curve.kl, curve.sqrt_js, curve.flips, strict=True)
            for distance, (kl, sqrt_js, flip) in enumerate(points):
                rows.append(
                    [
                        self.marks.label(asked.reference),
                        self.marks.label(asked.others[number]),
                        self._source_name(asked),
                        str(distance),
                        repr(kl),
                        repr(sqrt_js),
                        str(int(flip)),
                    ]
                )
        floors = self.book.floors
        if floors is not None:
            rounding, repeat = floors.rounding_sqrt_js, floors.repeat_sqrt_js
            rows.append(["rounding floor", *[""] * 3, repr(floors.rounding_kl), repr(rounding), ""])
            rows.append(["repeat floor", *[""] * 3, repr(floors.repeat_kl), repr(repeat), ""])
        return rows

    def light(self, node: NodeId) -> None:
        """Ring the place of a node of the forced branch."""
        self.plot.light(node)

    def _source_name(self, asked: Asked) -> str:
        return NEUTRAL_TEXT if asked.source is None else self.marks.label(asked.source)

    def _forget(self) -> None:
        """Let go of what was measured, or is being measured."""
        job, self._job, self._asked, self.curves = self._job, None, None, {}
        if job is not None:
            self.workbench.stop(job)

    def _take(self, asked: Asked, found: object) -> None:
        if isinstance(found, Influence) and asked is self._asked:
            self.curves[found.other] = found
            self._draw()

    def _draw(self, *_value: object) -> None:
        busy = self._job in self.workbench.jobs
        self.measure.setText("Measuring…" if busy else "Measure")
        loaded = self.workbench.vocabulary is not None
        self.measure.setEnabled(loaded and not busy and len(self.chosen) > 1)
        logarithmic = self.logarithmic.isChecked()
        nodes = self._forced_nodes()
        lines: list[Line] = []
        for number, curve in sorted(self.curves.items()):
            values = self._values(curve)
            lit = [nodes[at] if at < len(nodes) else ROOT for at in range(len(values))]
            lines.append(
                Line(
                    self._name(number),
                    self.marks.mark(self._other(number), self.look.theme),
                    tuple(float(at + logarithmic) for at in range(len(values))),
                    values,
                    # one line only may own a node's point
                    tuple(lit) if not lines else (ROOT,) * len(lit),
                )
            )
        floors = self._floors()
        bands = [Band("rounding", floors[0]), Band("repeat", floors[1])] if floors else []
        what = "KL (nats)" if self._wants_kl() else "√JS"
        across = "tokens forced, from 1" if logarithmic else "tokens forced"
        least = LEAST_KL if self._wants_kl() else LEAST
        scales = Scales(across, what, logarithmic=logarithmic, least=least)
        self.plot.show_lines(lines, bands, scales=scales)
        self._say()

    def _other(self, number: int) -> NodeId:
        assert self._asked is not None, "curves are of what was asked"
        return self._asked.others[number]

    def _name(self, number: int) -> str:
        return self.marks.label(self._other(number))

    def _wants_kl(self) -> bool:
        return self.quantity.currentText() == "KL"

    def _values(self, curve: Influence) -> tuple[float, ...]:
        return curve.kl if self._wants_kl() else curve.sqrt_js

    def _floors(self) -> tuple[float, float] | None:
        """Return the rounding and the repeat floor of what is shown, once they are measured."""
        floors = self.book.floors
        if floors is None:
            return None
        if self._wants_kl():
            return floors.rounding_kl, floors.repeat_kl
        return floors.rounding_sqrt_js, floors.repeat_sqrt_js

    def _forced_nodes(self) -> tuple[NodeId, ...]:
        """Return the nodes after whose tokens the distances stand."""
        source = None if self._asked is None else self._asked.source
        if source is None or source not in self.marks.branches:
            return ()
        return self._after_head(source)

    def _after_head(self, first: NodeId) -> tuple[NodeId, ...]:
        """Return a branch's nodes from the last one that was put there by hand."""
        nodes = self.workbench.nodes_of(first)
        return nodes[nodes.index(self.workbench.head_of(first)) :]

    def _say(self) -> None:
        floors = self._floors()
        if not self.curves:
            self._summary.setText(TOO_FEW if len(self.chosen) < 2 else ASK)
            return
        floor = 0.0 if floors is None else floors[0]
        rows = ["<tr><td></td><td>half</td><td>tenth</td><td>flips</td></tr>"]
        for number, curve in sorted(self.curves.items()):
            decay = decay_of(self._values(curve), floor)
            last = len(curve.sqrt_js)
            cells = (
                f"<b>{html.escape(self._name(number))}</b>",
                _tokens(decay.half, last),
                _tokens(decay.tenth, last),
                f"{sum(curve.flips)} of {len(curve.flips)}",
            )
            rows.append(
                "<tr>" + "".join(f"<td>{cell}&nbsp;&nbsp;</td>" for cell in cells) + "</tr>"
            )
        what = "KL" if self._wants_kl() else "√JS"
        told = "floors being measured"
        if floors is not None:
            told = f"{what} floors: rounding {floors[0]:.2g}, repeat {floors[1]:.2g}"
        self._summary.setText(f"{told}<table cellspacing='0'>{''.join(rows)}</table>")

    def _on_change(self, change: Change) -> None:
        asked, bench = self._asked, self.workbench
        if asked is not None and (
            asked.tree is not bench.tree or asked.vocabulary is not bench.vocabulary
        ):
            self._forget()  # another session's numbers, or another model's
            self._draw()
        if change.jobs and self._job is not None:  # others' work changes nothing here
            self._draw()
            if self._job not in self.workbench.jobs:
                self._job = None


def _contrasting(reference: Path, others: tuple[Path, ...], forced: Path | None) -> Work:
    def work(engine: Engine) -> Iterator[Product]:
        tokens = engine.tokenize(NEUTRAL) if forced is None else forced
        yield from contrast(engine, reference, others, tokens)

    return work


def _tokens(value: int | None, last: int) -> str:
    return f"not in {last}" if value is None else f"after {value}"


def _box(name: str, meaning: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(meaning)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return box


def _refill(box: QComboBox, items: list[tuple[str, int]]) -> None:
    """Offer other items, and keep the one that is chosen if it is still there."""
    if [(box.itemText(n), box.itemData(n)) for n in range(box.count())] == items:
        return
    before = box.currentData()
    box.blockSignals(True)
    box.clear()
    for text, data in items:
        box.addItem(text, data)
    box.setCurrentIndex(box.findData(before) if before is not None else -1)
    box.blockSignals(False)
