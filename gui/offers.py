"""What the window offers just now: actions that can be done, their names, what is ticked."""

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from core.tree import ROOT
from core.workbench import Workbench
from gui import figures
from gui.model_pill import ModelPill, ModelState
from gui.selection import Selection
from gui.status_line import is_working
from gui.verbs import places_here

AT_A_TOKEN = ("edit.hide", "edit.copy", "edit.rename", "tree.bookmark", "tree.note")
WITH_A_MODEL = ("tree.tell", "tree.prompt", "tree.continue_all")
AT_A_TOKEN_WITH_A_MODEL = ("tree.continue", "tree.insert", "tree.errors", "tree.preambles")


@dataclass(frozen=True, slots=True)
class Offers:
    """Enables and ticks actions by what there is; `panels` are shown by the action of that id."""

    workbench: Workbench
    selection: Selection
    pill: ModelPill
    panels: Mapping[str, QWidget]

    def refresh(self, actions: Mapping[str, QAction]) -> None:
        """Bring all actions up to date."""
        bench = self.workbench
        is_loaded = bench.vocabulary is not None
        is_here = self.selection.selected != ROOT
        for name, verb, label in (
            ("edit.undo", "&Undo", bench.undo_label),
            ("edit.redo", "&Redo", bench.redo_label),
        ):
            actions[name].setEnabled(label is not None)
            actions[name].setText(f"{verb} {label}" if label else verb)
        for names, is_possible in (
            (AT_A_TOKEN, is_here),
            (WITH_A_MODEL, is_loaded),
            (AT_A_TOKEN_WITH_A_MODEL, is_here and is_loaded),
        ):
            for name in names:
                actions[name].setEnabled(is_possible)
        places = places_here(bench, self.selection.selected)
        hidden = [node for place in places for node in bench.hidden_after(place)]
        count = f" ({figures.counted(len(hidden), 'branch', 'branches')})" if hidden else ""
        how = "was undone" if hidden and all(map(bench.was_undone, hidden)) else "is hidden"
        actions["edit.show"].setEnabled(bool(hidden))
        actions["edit.show"].setText(f"&Show what {how} here{count}")
        is_loading = "model.cancel" in actions and self.pill.state is ModelState.LOADING
        actions["tree.stop"].setEnabled(is_working(bench) or is_loading)
        if "model.cancel" in actions:
            actions["model.cancel"].setEnabled(is_loading)
        for name, panel in self.panels.items():
            actions[name].setChecked(not panel.isHidden())
