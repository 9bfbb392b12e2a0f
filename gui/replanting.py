"""What menus and keys do to text that stands in the tree: edit, splice, join, grow, tag, find."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from core.branches import Role
from core.planting import GROW
from core.products import Preview
from core.searching import after, find, fork_before, id_in, next_surprising, next_uncertain
from core.tokens import text_of
from core.tree import ROOT, NodeId
from core.workbench import Change, Workbench
from gui.ask_line import Take
from gui.observing import observe
from gui.selection import Selection
from gui.token_text import quoted
from gui.tree_panel import TreePanel
from gui.wishes import EditWish

NEEDS_NODE = (
    *("edit.text", "edit.splice", "edit.take_tail", "tree.join", "tree.grow", "tree.tags"),
)
FIND_HINT = "text, #123 for the token of that id, ⟨E9⟩ or x'e9' for bytes"


class Replanting(QObject):
    """Asks in a line over the tree where a verb needs words, and selects what came of it."""

    tail_changed = Signal()

    def __init__(
        self, workbench: Workbench, selection: Selection, panel: TreePanel, window: QWidget
    ) -> None:
        super().__init__(window)
        self._workbench = workbench
        self._selection = selection
        self._panel = panel
        self._window = window
        self._tail = ROOT
        self._sought = ""
        self._speaks: dict[NodeId, bool] = {}  # by first node, with this vocabulary:
        self._vocabulary: object = None
        self._foreign_known: list[NodeId] | None = None
        panel.grow_line.grow_requested.connect(self._grow)
        observe(workbench, self, self._on_change)

    def slots(self) -> dict[str, Callable[[], object]]:
        """Return what the menu entries do, by action id."""
        return {
            "edit.take_tail": self.take_tail,
            "edit.splice": self.splice,
            "edit.find": self.ask_what_to_find,
            "edit.find_next": self.find_next,
            "tree.grow": self.ask_how_to_grow,
            "tree.join": self.join,
            "tree.tags": self.edit_tags,
            "tree.replant": self.plant_again,
            "tree.replant_all": self.plant_all_again,
            "tree.watch": self.edit_watched,
            "tree.fork": lambda: self._go(fork_before),
            "tree.surprising": lambda: self._go(next_surprising),
            "tree.uncertain": lambda: self._go(next_uncertain),
        }

    def refresh(self, actions: Mapping[str, QAction]) -> None:
        """Offer what can be done just now."""
        here = self._selection.selected != ROOT
        loaded = self._workbench.vocabulary is not None
        for name in NEEDS_NODE:
            actions[name].setEnabled(here)
        for name in ("edit.text", "tree.grow"):
            actions[name].setEnabled(here and loaded)
        tail = self._tail != ROOT and self._workbench.is_visible(self._tail)
        actions["edit.splice"].setEnabled(here and tail)
        words = quoted(self._text(self._tail)) + " and the rest" if tail else "the rest"
        actions["edit.splice"].setText(f"&Put {words.replace('&', '&&')} after here")
        actions["tree.replant"].setEnabled(loaded and bool(self._foreign_here()))
        actions["tree.replant_all"].setEnabled(loaded and bool(self._foreign()))
        actions["edit.find_next"].setEnabled(bool(self._sought))

    def edit_text(self) -> None:
        """Ask for other text in the place of the selected token; what follows is read anew."""
        node = self._selection.selected
        text = self._text(node)

        def take(typed: str) -> str | None:
            self.edit(EditWish((node,), self._tip(node), typed))
            return None

        self._ask(f"Instead of {quoted(text)}", text, take)

    def edit(self, wish: EditWish) -> None:
        """Put other text in the place of some, as a branch; what follows is read anew."""
        bench = self._workbench
        if wish.text != text_of([bench.tree.token(node) for node in wish.nodes]):
            parent = bench.tree.parent(wish.nodes[0])
            bench.preview(parent, wish.text, lambda told: self._edit(wish, told))

    def take_tail(self) -> None:
        """Remember the rest of the branch from the selected token on, to be put elsewhere."""
        self._tail = self._selection.selected
        self.tail_changed.emit()

    def splice(self) -> None:
        """Put the remembered rest of a branch after the selected token too."""
        if ROOT not in {self._tail, self._selection.selected}:
            self._select(self._workbench.splice(self._tail, self._selection.selected))

    def ask_how_to_grow(self) -> None:
        """Ask how wide and how deep a tree shall grow."""
        self._panel.ask.hide()
        line, bench, node = self._panel.grow_line, self._workbench, self._selection.selected
        line.show_pace(bench.pace.rate(GROW))
        line.ask()
        if bench.pace.rate(GROW) is None and node != ROOT:
            bench.measure_growth(node, lambda _: line.show_pace(bench.pace.rate(GROW)))

    def join(self) -> None:
        """Make one of equal tokens after the selected one."""
        self._workbench.join(self._selection.selected)

    def plant_again(self) -> None:
        """Plant the selected branch anew in the loaded model's tokens."""
        if self._foreign_here():
            self._workbench.plant_again(self._foreign_here(), self._select)

    def plant_all_again(self) -> None:
        """Plant all visible branches of other tokens anew in the loaded model's."""
        if self._foreign():
            self._workbench.plant_again(list(self._foreign()), self._select)

    def _foreign_here(self) -> list[NodeId]:
        """Return the selected branch when it is made of another model's tokens."""
        node, foreign = self._selection.selected, self._foreign()
        branch = self._workbench.branch_of(node) if foreign and node != ROOT else None
        return [] if branch is None or branch.first not in foreign else [branch.first]

    def _foreign(self) -> list[NodeId]:
        """Return the visible branches that are made of another model's tokens, prompts last."""
        bench = self._workbench
        if bench.speaks_all:  # nearly always: a large tree is not walked for that
            return []
        if self._vocabulary is not bench.vocabulary:
            self._vocabulary = bench.vocabulary
            self._speaks, self._foreign_known = {}, None
        if self._foreign_known is None:
            # each is walked once: growing ones only get the model's own tokens
            branches = bench.branches
            for first in branches:
                if first not in self._speaks:
                    self._speaks[first] = bench.speaks(bench.tip_of(first))
            firsts = [first for first in branches if not self._speaks[first]]
            firsts.sort(key=lambda first: branches[first].role is Role.BASE)
            self._foreign_known = firsts
        return self._foreign_known

    def edit_tags(self) -> None:
        """Ask for the selected token's tags."""
        node = self._selection.selected

        def take(typed: str) -> str | None:
            self._workbench.tag(node, typed.split(","))
            return None

        tags = ", ".join(self._workbench.tags.get(node, ()))
        self._ask(f"Tags of {quoted(self._text(node))}, with commas", tags, take)

    def edit_watched(self) -> None:
        """Ask for the true words and the wrong ones that the session watches."""
        watched = self._workbench.watched

        def take(typed: str) -> str | None:
            truths, bar, errors = typed.partition("|")
            if typed.strip() and not bar:
                return "a bar | parts the true words from the wrong ones"
            self._workbench.watch(_words(truths), _words(errors))
            return None

        text = f"{', '.join(watched.truths)} | {', '.join(watched.errors)}"
        self._ask("Watch: true words | wrong words", text, take)

    def ask_what_to_find(self) -> None:
        """Ask for text, a token's id or bytes, and go to where it stands next."""

        def take(typed: str) -> str | None:
            self._sought = typed
            if self.find_next():
                return None
            vocabulary, number = self._workbench.vocabulary, id_in(typed)
            if vocabulary is not None and number is not None and number >= len(vocabulary):
                return (
                    f"this model has no token {typed.strip()}: its last is #{len(vocabulary) - 1}"
                )
            hoisted = self._workbench.hoisted != ROOT
            return "not in this part of the tree" if hoisted else "not in the visible tree"

        self._ask("Find", self._sought, take, hint=FIND_HINT)

    def find_next(self) -> bool:
        """Go to where the sought text stands next, round the end; return whether it does."""
        found = find(self._workbench, self._sought)
        node = after(found, self._workbench, self._selection.selected)
        if node is not None:
            self._select(node)
        return node is not None

    def _ask(self, title: str, text: str, take: Take, *, hint: str = "") -> None:
        self._panel.grow_line.hide()
        self._panel.ask.ask(title, text, take, hint=hint)

    def _edit(self, wish: EditWish, told: Preview) -> None:
        self._select(self._workbench.edit(wish.nodes, wish.tip, told.tokens))

    def _tip(self, node: NodeId) -> NodeId:
        """Return the end of what follows a token on its branch."""
        branch = self._workbench.branch_of(node)
        assert branch is not None, "every token is on a branch"
        nodes = self._workbench.nodes_of(branch.first)
        return nodes[-1] if node in nodes else node

    def _grow(self, width: int, depth: int, least: float, top_p: float) -> None:
        node = self._selection.selected
        if node != ROOT:
            self._workbench.grow(
                node, width=width, depth=depth, least_probability=least, top_p=top_p
            )

    def _go(self, step: Callable[[Workbench, NodeId], NodeId | None]) -> None:
        node = step(self._workbench, self._selection.selected)
        if node is not None:
            self._select(node)

    def _select(self, node: NodeId) -> None:
        self._selection.select(node)
        self._panel.canvas.reveal(node)

    def _text(self, node: NodeId) -> str:
        return text_of([self._workbench.tree.token(node)])

    def _on_change(self, change: Change) -> None:
        if change.reset:  # perhaps another session, with other nodes
            self._tail = ROOT
        if change.reset or change.hidden or change.shown:  # a branch may end elsewhere now
            self._speaks = {}
        if change.reset or change.hidden or change.shown or change.branches:
            self._foreign_known = None


def _words(text: str) -> list[str]:
    return [word for word in (each.strip() for each in text.split(",")) if word]
