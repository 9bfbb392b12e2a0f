"""What menus and keys do to how the tree is shown: folds, parts, columns, words, colours."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup

from core.tree import ROOT, NodeId
from core.workbench import Workbench
from gui.look import Look
from gui.preferences import Preferences
from gui.scales import Scale
from gui.selection import Selection
from gui.tree_panel import TreePanel

TOGGLES = ("compact", "words", "minimap")
"""What can be on or off, and is remembered."""


class TreeWays(QObject):
    """Knocks on the workbench's door for folds, and remembers the rest in the preferences."""

    def __init__(  # noqa: PLR0913, PLR0917 - all that the tree is shown with
        self,
        workbench: Workbench,
        selection: Selection,
        look: Look,
        preferences: Preferences,
        panel: TreePanel,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._selection = selection
        self._look = look
        self._preferences = preferences
        self._panel = panel
        self._on = {name: preferences.choice(name, _default(name)) == "on" for name in TOGGLES}
        stored = preferences.choice("colours", Scale.PROBABILITY.value)
        look.colour_by(Scale(stored) if stored in set(Scale) else Scale.PROBABILITY)
        panel.canvas.unfold_requested.connect(self._unfold)
        panel.hoist.hoist_requested.connect(self._hoist)
        panel.likely.least_changed.connect(self._on_least)
        panel.legend.scale_chosen.connect(self._on_scale)
        panel.canvas.arranged.connect(self._tell)
        self._arrange()

    def slots(self) -> dict[str, Callable[[], object]]:
        """Return what the menu entries do, by action id."""
        toggles = {f"view.{name}": lambda name=name: self._toggle(name) for name in TOGGLES}
        colours = {
            f"view.by_{scale.value}": lambda scale=scale: self._colour(scale) for scale in Scale
        }
        return {
            "tree.fold": self.fold,
            "tree.unfold_all": self._workbench.unfold_all,
            "tree.hoist": lambda: self._hoist(self._selection.selected),
            "tree.whole": lambda: self._hoist(ROOT),
            "view.blocks": self._panel.toggle_blocks,
            "view.likely": self._panel.ask_what_is_likely,
            **toggles,
            **colours,
        }

    def group(self, actions: Mapping[str, QAction]) -> None:
        """Let one colour at a time be ticked."""
        group = QActionGroup(self)
        for scale in Scale:
            group.addAction(actions[f"view.by_{scale.value}"])
        self._look.changed.connect(lambda: self.refresh(actions))
        self.refresh(actions)

    def refresh(self, actions: Mapping[str, QAction]) -> None:
        """Offer what can be done just now, and tick what is so."""
        bench, node = self._workbench, self._selection.selected
        is_folded = node in bench.folded
        actions["tree.fold"].setText("Un&fold" if is_folded else "&Fold what follows")
        follows = node != ROOT and bool(bench.visible_children(node))
        actions["tree.fold"].setEnabled(is_folded or follows)
        actions["tree.unfold_all"].setEnabled(bool(bench.folded))
        actions["tree.hoist"].setEnabled(node not in {ROOT, bench.hoisted})
        actions["tree.whole"].setEnabled(bench.hoisted != ROOT)
        actions["view.blocks"].setChecked(self._panel.shows_blocks)
        for name in TOGGLES:
            actions[f"view.{name}"].setChecked(self._on[name])
        actions[f"view.by_{self._look.colouring.value}"].setChecked(True)

    def fold(self) -> None:
        """Fold what follows the selected token, or unfold it."""
        node = self._selection.selected
        if node != ROOT:
            self._workbench.fold(node, node not in self._workbench.folded)

    def _unfold(self, node: int) -> None:
        self._workbench.fold(NodeId(node), False)

    def _on_least(self, _least: float) -> None:
        self._arrange()

    def _on_scale(self, name: str) -> None:
        self._colour(Scale(name))

    def _hoist(self, node: int) -> None:
        self._workbench.hoist(NodeId(node))
        self._panel.canvas.show_start()
        self._panel.canvas.reveal(self._selection.selected)

    def _toggle(self, name: str) -> None:
        self._on[name] = not self._on[name]
        self._preferences.set_choice(name, "on" if self._on[name] else "off")
        self._arrange()

    def _colour(self, scale: Scale) -> None:
        self._preferences.set_choice("colours", scale.value)
        self._look.colour_by(scale)

    def _arrange(self) -> None:
        canvas = self._panel.canvas
        canvas.arrange(
            least=self._panel.likely.least, merges=self._on["words"], packs=self._on["compact"]
        )
        canvas.minimap.want(is_wanted=self._on["minimap"])
        canvas.reveal(self._selection.selected)
        self._tell()

    def _tell(self) -> None:
        self._panel.refresh()


def _default(name: str) -> str:
    return "on" if name == "minimap" else "off"
