"""The names of the compared branches with their marks; each can be ticked off."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from core.tree import NodeId
from gui.branch_marks import BranchMarks
from gui.look import Look
from gui.marks import mark_icon

GAP, BOX_AND_MARK, LEAST_NAME = 12, 54, 20
"""Pixels between two names, before a name, and for one to be read at all."""

ENOUGH_FOR_ENDS = 90
"""Pixels in which a name that is cut in the middle still says something."""


LITTLE = 0.25
"""The share of all names' width that may be cut before they take a second line."""


class CompareLegend(QWidget):
    """Says `toggled` with a branch's first node and whether it is compared."""

    toggled = Signal(int, bool)

    def __init__(self, marks: BranchMarks, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks = marks
        self._look = look
        self.boxes: dict[NodeId, QCheckBox] = {}
        self._told: tuple[object, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._rows = (QHBoxLayout(), QHBoxLayout())
        lines = QVBoxLayout(self)
        lines.setContentsMargins(4, 0, 0, 0)
        lines.setSpacing(2)
        for row in self._rows:
            row.setSpacing(GAP)
            row.setAlignment(Qt.AlignmentFlag.AlignLeft)
            lines.addLayout(row)

    def show_branches(self, shown: Sequence[NodeId], chosen: Collection[NodeId]) -> None:
        """Name these branches, the chosen ones ticked."""
        theme = self._look.theme
        wanted = tuple(
            (each, each in chosen, self._marks.branches[each], self._marks.mark(each, theme))
            for each in shown
        )
        if wanted == self._told:
            return
        self._told = wanted
        for first in [first for first in self.boxes if first not in shown]:
            gone = self.boxes.pop(first)
            for row in self._rows:
                row.removeWidget(gone)
            gone.hide()  # what is deleted later would still be seen until then
            gone.deleteLater()
        for first in shown:
            box = self.boxes.get(first)
            if box is None:
                box = self.boxes[first] = QCheckBox()
                box.toggled.connect(partial(self.toggled.emit, int(first)))
                self._rows[0].addWidget(box)
            branch, label = self._marks.branches[first], self._marks.label(first)
            box.blockSignals(True)
            box.setChecked(first in chosen)
            box.blockSignals(False)
            box.setText(label)
            box.setAccessibleName(label)
            box.setToolTip(f"Compare {branch.role.value} “{branch.name}”")
            mark = self._marks.mark(first, theme)
            box.setIcon(mark_icon(mark, 12, self.devicePixelRatioF()))

    def wanted_width(self) -> int:
        """Return how many pixels the whole names take."""
        return sum(width + BOX_AND_MARK + GAP for width in self._widths().values())

    def cut_to(self, room: int) -> None:
        """Cut the names alike where they take more than `room`; tool tips tell them whole.

        Where much would be cut they stand in two lines.
        """
        widths = self._widths()
        left = room - len(widths) * (GAP + BOX_AND_MARK)
        lines = 1 if sum(widths.values()) - left <= LITTLE * sum(widths.values()) else 2
        self._break_into(lines)
        for row in self._rows:
            firsts = [first for first, box in self.boxes.items() if row.indexOf(box) >= 0]
            self._cut_line({first: widths[first] for first in firsts}, room)

    def _widths(self) -> dict[NodeId, int]:
        return {
            first: box.fontMetrics().horizontalAdvance(self._marks.label(first))
            for first, box in self.boxes.items()
        }

    def _break_into(self, lines: int) -> None:
        """Put the names, in their order, into so many lines."""
        share = -(-len(self.boxes) // lines)
        for place, box in enumerate(self.boxes.values()):
            wanted = self._rows[place // max(1, share)]
            if wanted.indexOf(box) != place % max(1, share):
                for row in self._rows:
                    row.removeWidget(box)
                wanted.insertWidget(place % max(1, share), box)

    def _cut_line(self, widths: Mapping[NodeId, int], room: int) -> None:
        left = room - len(widths) * (GAP + BOX_AND_MARK)
        for place, first in enumerate(sorted(widths, key=widths.__getitem__)):
            share = left // (len(widths) - place)  # what short names leave is for the long ones
            box, cut = self.boxes[first], self._marks.label(first)
            if widths[first] > share:
                cut = self._cut(box.fontMetrics(), cut, share)
            said = cut if share > LEAST_NAME else ""
            if box.text() != said:
                box.setText(said)
            left -= min(share, box.fontMetrics().horizontalAdvance(cut))

    def _cut(self, metrics: QFontMetrics, name: str, share: int) -> str:
        """Keep both ends where there is room, else the role: the mark tells its branches apart."""
        if share >= ENOUGH_FOR_ENDS:
            return metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, share)
        return metrics.elidedText(name.partition(" · ")[0], Qt.TextElideMode.ElideRight, share)
