"""What each way of comparing branches has in common."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from core.branches import Role
from core.tree import NodeId
from core.workbench import Workbench
from gui.branch_marks import BranchMarks
from gui.look import Look
from gui.selection import Selection


class CompareView(QWidget):
    """One view of the chosen branches. `show_branches` is called whenever they changed."""

    def __init__(
        self, workbench: Workbench, selection: Selection, look: Look, marks: BranchMarks
    ) -> None:
        super().__init__()
        self.workbench = workbench
        self.selection = selection
        self.look = look
        self.marks = marks
        self.chosen: list[NodeId] = []

    def show_branches(self, chosen: list[NodeId]) -> None:
        """Show these branches, by first node."""
        raise NotImplementedError

    def put_beside(self, reading: QWidget, plot: QWidget, side: QLayout) -> None:
        """Lay out a plot under its reading, and what belongs to it at its side."""
        left = QVBoxLayout()
        left.setSpacing(2)
        left.addWidget(reading)
        left.addWidget(plot, 1)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(16)
        box.addLayout(left, 3)
        box.addLayout(side, 2)

    def light(self, node: NodeId) -> None:
        """Light a node that some view points at."""

    def rows(self) -> list[list[str]]:
        """Return what is shown as a table, its head first; empty when nothing is."""
        raise NotImplementedError

    @property
    def reference(self) -> NodeId | None:
        """The branch that others are held against unless the user says otherwise: the clean one."""
        branches = self.marks.branches
        clean = (first for first in self.chosen if branches[first].role is Role.CLEAN)
        return next(clean, self.chosen[0] if self.chosen else None)


def choice_menu(
    button: QPushButton, choices: Mapping[str, str], choose: Callable[[str], None]
) -> None:
    """Let a button choose one of several names, each with what it means; the first is ticked."""
    menu = QMenu(button)
    group = QActionGroup(menu)
    for name, meaning in choices.items():
        action = menu.addAction(name, partial(choose, name))
        action.setCheckable(True)
        action.setToolTip(meaning)
        group.addAction(action)
    menu.setToolTipsVisible(True)
    menu.actions()[0].setChecked(True)
    button.setMenu(menu)
    button.setText(f"{next(iter(choices))} ▾")


def as_csv(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as comma-separated values."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def as_tabs(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a table that a spreadsheet or a text takes from the clipboard."""
    return "\n".join("\t".join(_flat(cell) for cell in row) for row in rows)


def _flat(cell: str) -> str:
    return cell.replace("\t", " ").replace("\n", "⏎")
