"""The same tokens forced after every chosen branch: how far the branches stay apart."""

import html
import itertools
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
    QWidget,
)

from core.controls import NEUTRAL
from core.engine import Engine, Path
from core.influence import Influence, contrast
from core.jobs import JobId, Work
from core.products import Product
from core.tokens import Vocabulary
from core.tree import ROOT, NodeId, TokenTree
from core.workbench import Change
from gui.card import ShrinkingLabel
from gui.compare_quantity import CHANGE, KL, QUANTITIES, SQRT_JS, Quantity
from gui.compare_view import NOT_MEASURED, CompareFrame, Parts
from gui.fields import muted
from gui.line_plot import Band, Line, LinePlot, Scales
from gui.observing import observe
from gui.steady_focus import enable

NEUTRAL_TEXT = "neutral text"
ASK = "Forces the same tokens after every chosen branch, and measures how far apart the model is."
HEAD = (
    "reference",
    "branch",
    "forced tokens",
    "distance",
    "kl_nats",
    "sqrt_js",
    "flip",
    "ln_p_reference",
    "ln_p_branch",
    "delta_ln_p",
)
TOO_FEW = "Two branches are needed, and tokens to force after them."


@dataclass(frozen=True, slots=True)
class Asked:
    """One measurement: whose tokens were forced (None: neutral text) after which branches.

    `nodes` are the source's from the one before the forced tokens, none for neutral text.
    """

    reference: NodeId
    others: tuple[NodeId, ...]
    source: NodeId | None
    nodes: tuple[NodeId, ...]
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
        meanings = "\n".join(f"{one.name}: {one.meaning}" for one in QUANTITIES.values())
        self.quantity = _box("Quantity", meanings)
        self.quantity.addItems(list(QUANTITIES))
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
            "is first at most 1/2 and 1/10 of its start. Sum: how much likelier all forced tokens\n"
            "are together. Flips: places whose likeliest token differs. Values at or below the\n"
            "rounding floor mean nothing and are grey, as all are while it is not known."
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
        tree, after = self.workbench.tree, self.after_heads()
        asked = self._asked = Asked(
            NodeId(reference),
            tuple(one for one in self.chosen if one != reference),
            NodeId(source) if source else None,
            after[NodeId(source)] if source else (),
            tree,
            self.workbench.vocabulary,
        )
        heads = {one: nodes[0] for one, nodes in after.items()}
        forced = tuple(tree.token(node).id for node in asked.nodes[1:]) if source else None
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
        rows = [[*HEAD]]
        for number, curve in sorted(self.curves.items()):
            of = [
                self.marks.whole_label(asked.reference),
                self.marks.whole_label(self._other(number)),
                NEUTRAL_TEXT if asked.source is None else self.marks.whole_label(asked.source),
            ]
            points = zip(curve.kl, curve.sqrt_js, curve.flips, strict=True)
            chances = itertools.zip_longest(
                curve.reference_logprobs, curve.other_logprobs, curve.changes
            )
            for distance, ((kl, sqrt_js, flip), told) in enumerate(
                itertools.zip_longest(points, chances, fillvalue=(None,) * 3)
            ):
                logprobs = ["" if one is None else repr(one) for one in told]
                figures = [repr(kl), repr(sqrt_js), str(int(bool(flip)))]
                rows.append([*of, str(distance), *figures, *logprobs])
        return [*rows, *self._floor_rows()]

    def _floor_rows(self) -> list[list[str]]:
        floors = self.book.floors
        told = [[NOT_MEASURED] * 3] * 2
        if floors is not None:
            pairs = [quantity.floors(floors) for quantity in (KL, SQRT_JS, CHANGE)]
            told = [[repr(pair[place]) for pair in pairs] for place in range(2)]
        names = ("rounding floor", "repeat floor")
        return [
            [name, "", "", "", kl, sqrt_js, "", "", "", change]
            for name, (kl, sqrt_js, change) in zip(names, told, strict=True)
        ]

    def caption(self) -> str:
        """Say what the axes are, and what was forced and held against what."""
        asked = self._asked
        if asked is None or not self.curves:
            return self.plot.axes
        return (
            f"{self.plot.axes} · forced: tokens of {self._source_name(asked)}"
            f" · held against {self.marks.label(asked.reference)} · grey: within the rounding floor"
        )

    def pictured(self) -> tuple[QWidget, ...]:
        """Return the plot and what is told of it."""
        return self.plot, self._summary

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
        enable(self.measure, loaded and not busy and len(self.chosen) > 1)
        quantity = self._quantity
        self.logarithmic.setEnabled(quantity.least is not None)
        logarithmic = self.logarithmic.isChecked() and quantity.least is not None
        nodes = self._forced_nodes()[quantity.lead :]
        lines: list[Line] = []
        for number, curve in sorted(self.curves.items()):
            values = quantity.values(curve)
            lines.append(
                Line(
                    self._name(number),
                    self.marks.mark(self._other(number), self.look.theme),
                    tuple(float(at + logarithmic) for at in range(len(values))),
                    values,
                    tuple(nodes[at] if at < len(nodes) else ROOT for at in range(len(values))),
                )
            )
        floors = self.book.floors
        bands: list[Band] | None = None
        if floors is not None:
            rounding, repeat = quantity.floors(floors)
            bands = [Band("rounding", rounding), Band("repeat", repeat)]
        scales = Scales(
            f"{quantity.across}, from 1" if logarithmic else quantity.across,
            quantity.up,
            logarithmic=logarithmic,
            zero=quantity.least is None,
            least=quantity.least or 0.0,
        )
        self.plot.show_lines(lines, bands, scales=scales)
        self._say()

    @property
    def _quantity(self) -> Quantity:
        return QUANTITIES[self.quantity.currentText()]

    def _other(self, number: int) -> NodeId:
        assert self._asked is not None, "curves are of what was asked"
        return self._asked.others[number]

    def _name(self, number: int) -> str:
        return self.marks.label(self._other(number))

    def _forced_nodes(self) -> tuple[NodeId, ...]:
        """Return the nodes after whose tokens the distances stand, while these are in sight."""
        asked = self._asked
        return () if asked is None or asked.source not in self.marks.branches else asked.nodes

    def _say(self) -> None:
        if not self.curves:
            self._summary.setText(TOO_FEW if len(self.chosen) < 2 else ASK)
            return
        quantity, floors = self._quantity, self.book.floors
        rounding, repeat = (None, 0.0) if floors is None else quantity.floors(floors)
        heads = "".join(f"<td>{head}&nbsp;&nbsp;</td>" for head in (*quantity.heads, "flips"))
        rows = [f"<tr><td></td>{heads}</tr>"]
        for number, curve in sorted(self.curves.items()):
            cells = (
                f"<b>{html.escape(self._name(number))}</b>",
                *quantity.summary(quantity.values(curve), rounding),
                f"{sum(curve.flips)} of {len(curve.flips)}",
            )
            rows.append(
                "<tr>" + "".join(f"<td>{cell}&nbsp;&nbsp;</td>" for cell in cells) + "</tr>"
            )
        told = f"floors {self.book.missing}: no difference can be told from rounding yet"
        if rounding is not None:
            told = f"{quantity.short} floors: rounding {rounding:.2g}, repeat {repeat:.2g}"
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
