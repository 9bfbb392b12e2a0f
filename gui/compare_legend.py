"""The names of the compared branches with their marks; each can be ticked off."""

from collections.abc import Collection, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QWidget

from core.tree import NodeId
from gui.branch_marks import BranchMarks
from gui.look import Look
from gui.marks import mark_icon

GAP, BOX_AND_MARK, LEAST_NAME = 12, 54, 20
"""Pixels between two names, before a name, and for one to be read at all."""


class CompareLegend(QWidget):
    """Says `toggled` with a branch's first node and whether it is compared."""

    toggled = Signal(int, bool)

    def __init__(self, marks: BranchMarks, look: Look) -> None:
        super().__init__()
        self._marks = marks
        self._look = look
        self.boxes: dict[NodeId, QCheckBox] = {}
        self._told: tuple[object, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(4, 0, 0, 0)
        self._row.setSpacing(GAP)
        self._row.setAlignment(Qt.AlignmentFlag.AlignLeft)

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
            self._row.removeWidget(gone)
            gone.hide()  # what is deleted later would still be seen until then
            gone.deleteLater()
        for first in shown:
            box = self.boxes.get(first)
            if box is None:
                box = self.boxes[first] = QCheckBox()
                box.toggled.connect(partial(self.toggled.emit, int(first)))
                self._row.addWidget(box)
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
        return sum(
            box.fontMetrics().horizontalAdvance(self._marks.label(first)) + BOX_AND_MARK + GAP
            for first, box in self.boxes.items()
        )

    def cut_to(self, room: int) -> None:
        """Cut the names alike where they take more than `room`; tool tips tell them whole."""
        is_whole = not self.boxes or self.wanted_width() <= room
        share = room // max(1, len(self.boxes)) - GAP - BOX_AND_MARK
        for first, box in self.boxes.items():
            name = self._marks.label(first)
            cut = box.fontMetrics().elidedText(name, Qt.TextElideMode.ElideMiddle, share)
            said = name if is_whole else cut if share > LEAST_NAME else ""
            if box.text() != said:
                box.setText(said)
