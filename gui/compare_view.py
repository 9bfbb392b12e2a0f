"""What the ways of comparing branches share: a frame, fields and tables."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.branch_table import runs_from_fork
from core.branches import Role
from core.tree import NodeId
from core.workbench import Workbench
from gui.branch_marks import BranchMarks
from gui.floor_book import FloorBook
from gui.look import Look
from gui.selection import Selection

BETWEEN = "|"
"""Parts several spellings, answers or probes in one field."""

LINE_BREAK = "⏎"
NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Parts:
    """What every view is made of."""

    workbench: Workbench
    selection: Selection
    look: Look
    marks: BranchMarks
    book: FloorBook


class CompareFrame(QWidget):
    """What the views of the chosen branches share.

    Each of them also has `show_branches(chosen)`, which shows these branches, by first node;
    `light(node)`, which lights a node that some view points at; and `rows()`, what is shown as a
    table, its head first.
    """

    def __init__(self, parts: Parts) -> None:
        super().__init__()
        self.workbench = parts.workbench
        self.selection = parts.selection
        self.look = parts.look
        self.marks = parts.marks
        self.book = parts.book
        self.chosen: list[NodeId] = []
        self._taken = ("", "")  # the words that were written into fields last

    def reference_first(self) -> list[NodeId]:
        """Return the chosen branches, the reference before the others."""
        reference = self.reference
        first = [one for one in self.chosen if one == reference]
        return [*first, *(one for one in self.chosen if one != reference)]

    def caption(self) -> str:
        """Say what a picture of the view shows, as far as the view itself does not."""
        return ""

    def pictured(self) -> tuple[QWidget, ...]:
        """Return what a picture shows, one below the other: figures and tables, no fields."""
        return (self,)

    def runs(self) -> dict[NodeId, tuple[NodeId, ...]]:
        """Return the nodes of each chosen branch from where these part, by first node."""
        nodes = [self.workbench.nodes_of(first) for first in self.chosen]
        return dict(zip(self.chosen, runs_from_fork(self.workbench.tree, nodes), strict=True))

    def take_words(self, truth: QLineEdit, error: QLineEdit, *, bare: bool = False) -> None:
        """Write what is watched into two fields, `bare` without spaces: the user's own words.

        Where there are none, the answers of the fork that is compared. What was typed there stays.
        """
        here = truth.text(), error.text()
        told = {(one.right, one.wrong) for one in self.workbench.fork_specs}
        known = {("", ""), self._taken, *told, *((a.strip(), b.strip()) for a, b in told)}
        words = self._words_to_take(bare=bare)
        if words is None or here == words or here not in known:
            return
        self._taken = words
        for field, word in zip((truth, error), words, strict=True):
            field.setText(word)
            field.setCursorPosition(0)

    def _words_to_take(self, *, bare: bool) -> tuple[str, str] | None:
        """Return the truths and the errors; after a text they stand with a space, unless `bare`."""
        watched = self.workbench.watched
        if watched.truths or watched.errors:
            lead = "" if bare else " "
            groups = (watched.truths, watched.errors)
            truths, errors = (BETWEEN.join(lead + one.strip() for one in group) for group in groups)
            return truths, errors
        fork = self.workbench.fork_among(self.chosen) or self.workbench.fork
        if fork is None:
            return None
        right, wrong = fork.spec.right, fork.spec.wrong
        return (right.strip(), wrong.strip()) if bare else (right, wrong)

    def after_heads(self) -> dict[NodeId, tuple[NodeId, ...]]:
        """Return each branch's nodes from the last one that was put there by hand at its start.

        Where the chosen branches part further down, it is from their first one after that place.
        """
        found: dict[NodeId, tuple[NodeId, ...]] = {}
        for first, nodes in self.runs().items():
            head = self.workbench.head_of(first)
            found[first] = nodes[nodes.index(head) :] if head in nodes else nodes
        return found

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

    def point_at(self, node: int) -> None:
        """Let all views light a node."""
        self.selection.point(NodeId(node))

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


def split_strings(text: str) -> tuple[str, ...]:
    """Return the strings of a field as they stand: a leading space belongs to the string."""
    return tuple(one for one in text.split(BETWEEN) if one.strip())


def as_tabs(rows: Sequence[Sequence[str]]) -> str:
    """Return rows as a table that a spreadsheet or a text takes from the clipboard."""
    return "\n".join("\t".join(_flat(cell) for cell in row) for row in rows)


def _flat(cell: str) -> str:
    return cell.replace("\t", " ").replace("\n", "⏎")
