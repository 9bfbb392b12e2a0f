"""What menus, keys and panels' wishes do to the session: each verb is one method."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from core.branches import Role
from core.composing import Composed
from core.forks import ForkSpec
from core.products import Preview
from core.searching import first_in_sight, parent_in_sight
from core.tokens import Token
from core.tree import ROOT, NodeId, Origin
from core.workbench import Change, Workbench
from gui.observing import observe
from gui.selection import Selection
from gui.tree_canvas import TreeCanvas
from gui.wishes import ContinueWish, InsertWish


def places_here(workbench: Workbench, node: NodeId) -> tuple[NodeId, ...]:
    """Return what hidden tokens may follow where `node` is selected.

    At the beginning of a prompt, and where nothing is selected, other prompts are among them.
    """
    if node == ROOT:
        return (ROOT,)
    return (node, ROOT) if workbench.tree.parent(node) == ROOT else (node,)


class Verbs(QObject):
    """Knocks on the workbench's door, and moves the selection to where something happened."""

    def __init__(
        self,
        workbench: Workbench,
        selection: Selection,
        canvas: TreeCanvas,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._selection = selection
        self._canvas = canvas
        self._awaits_fork = False
        self._is_redoing = False
        observe(workbench, self, self._on_change)

    def branch(self, node: int, token: Token) -> None:
        """Branch at a node with one of the model's candidates."""
        self._selection.select(self._workbench.branch_here(NodeId(node), token))

    def insert(self, wish: InsertWish) -> None:
        """Insert tokens after a node."""
        tip = self._workbench.insert(wish.parent, wish.tokens, role=wish.role, error=wish.record)
        self._selection.select(tip)

    def continue_branch(self, wish: ContinueWish) -> None:
        """Let the selected branch grow."""
        node = self._selection.selected
        if node == ROOT:
            return
        tip = node if wish.from_here else self._workbench.end_of(node)
        self._canvas.follow()
        self._workbench.continue_from(
            (tip,), tokens=wish.tokens, sampler=wish.sampler, seed=wish.seed, samples=wish.samples
        )

    def continue_all(self, firsts: Sequence[NodeId], wish: ContinueWish) -> None:
        """Let branches grow from their ends side by side, each draw with the same noise in all."""
        tips = [self._workbench.tip_of(first) for first in firsts]
        if tips:
            self._workbench.continue_from(
                tips, tokens=wish.tokens, sampler=wish.sampler, seed=wish.seed, samples=wish.samples
            )

    def tell(self, spec: ForkSpec) -> None:
        """Tell the story of a fork; its prompt's end is selected as soon as it stands."""
        self._awaits_fork = True
        self._canvas.show_start()
        self._workbench.tell_fork(spec)

    def start_prompt(self, text: str) -> None:
        """Put a prompt into the tree, once the model has said how it splits."""
        self._workbench.preview(ROOT, text, self._plant)

    def plant_composed(self, composed: Composed) -> None:
        """Put a composed prompt into the tree, with its control tokens, and select its end."""
        tip = self._workbench.start_prompt(
            composed.tokens, name=composed.name, made_by=composed.made_by
        )
        if tip != ROOT:
            self._selection.select(tip)
            self._canvas.reveal(tip)

    def stop(self) -> None:
        """Stop all work."""
        self._workbench.stop_all()

    def undo(self) -> None:
        """Take back what was done last."""
        self._workbench.undo()
        self._leave_hidden()
        self._reveal_selected()

    def redo(self) -> None:
        """Do again what was undone last, and look at it."""
        self._is_redoing = True
        self._workbench.redo()
        self._is_redoing = False

    def hide(self) -> None:
        """Hide the selected node and all that follows it."""
        node = self._selection.selected
        if node != ROOT:
            self._workbench.hide(node)
            self._leave_hidden()
            self._reveal_selected()

    def show_hidden(self) -> None:
        """Show again what is hidden after the selected token."""
        shown = self._workbench.show_hidden(places_here(self._workbench, self._selection.selected))
        if shown:
            self._canvas.reveal(shown[0])
            if self._selection.selected == ROOT:
                self._selection.select(shown[0])

    def copy_text(self) -> None:
        """Copy the text up to the selected node."""
        if self._selection.selected != ROOT:
            text = self._workbench.tree.text_to(self._selection.selected)
            QGuiApplication.clipboard().setText(text)

    def bookmark(self) -> None:
        """Set a bookmark at the selected node, or take it away."""
        node = self._selection.selected
        if node != ROOT:
            self._workbench.bookmark(node, node not in self._workbench.bookmarks)

    def note(self, node: int, text: str) -> None:
        """Keep a note."""
        self._workbench.note(NodeId(node), text.strip())

    def rename(self, first: int, name: str) -> None:
        """Give a branch another name."""
        self._workbench.rename(NodeId(first), name)

    def go_to_parent(self) -> None:
        """Select the token before."""
        above = parent_in_sight(self._workbench, self._selection.selected)
        if above is not None:
            self._selection.select(above)

    def go_to_start(self) -> None:
        """Select the first token that is looked at."""
        first = first_in_sight(self._workbench, self._selection.selected)
        if first is not None:
            self._selection.select(first)
        self._canvas.show_start()

    def save_as(self, path: Path) -> None:
        """Write the session to a file and go on there."""
        self._workbench.save_as(path)

    def select_a_beginning(self) -> None:
        """Select the end of the shown fork's prompt, or of the first prompt there is."""
        fork = self._workbench.fork
        firsts = list(fork.branches.values()) if fork is not None else []
        seen = [first for first in firsts if self._workbench.is_visible(first)]
        tree = self._workbench.tree
        forked = [first for first in seen if tree.origin(first) is not Origin.PROMPT]
        if forked:
            self._selection.select(tree.parent(forked[0]))
            return
        for first, branch in self._workbench.branches.items():
            if branch.role is Role.BASE:
                self._selection.select(self._workbench.tip_of(first))
                return

    def _plant(self, preview: Preview) -> None:
        tip = self._workbench.start_prompt(preview.tokens)
        if tip != ROOT:
            self._selection.select(tip)
            self._canvas.reveal(tip)

    def _reveal_selected(self) -> None:
        if self._selection.selected != ROOT:
            self._canvas.reveal(self._selection.selected)

    def _leave_hidden(self) -> None:
        node = self._selection.selected
        while node != ROOT and not self._workbench.is_visible(node):
            node = self._workbench.tree.parent(node)
        self._selection.select(node)

    def _on_change(self, change: Change) -> None:
        if change.reset:
            selected = self._selection.selected
            if selected > len(self._workbench.tree) or selected == ROOT:
                self._selection.select(ROOT)
                self.select_a_beginning()
        elif self._awaits_fork and (change.fork or change.added):
            fork = self._workbench.fork
            tree = self._workbench.tree
            first = fork.branches.get(Role.CLEAN) if fork is not None else None
            if first is not None and tree.parent(first) != ROOT:
                self._awaits_fork = False
                self._selection.select(tree.parent(first))
                self._reveal_selected()  # it may have been selected before
        elif self._is_redoing and change.shown:
            self._selection.select(change.shown[0])
            self._reveal_selected()
        elif change.hidden:
            self._leave_hidden()
