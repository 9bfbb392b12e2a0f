"""What each action of the window does."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from gui.actions import PLACES
from gui.doors import Doors, file_slots
from gui.look import ThemeChoice
from gui.model_pill import ModelState
from gui.palette import Palette
from gui.panel_window import PanelWindow
from gui.status_line import is_working

if TYPE_CHECKING:
    from gui.main_window import MainWindow

ZOOM = 1.25

Slots = dict[str, Callable[[], object]]
"""What is called when an action of this id is triggered."""


def slots_of(window: "MainWindow", doors: Doors) -> Slots:
    """Return what every action of a window does; what no door is there for is left out."""
    slots = _of_view(window) | _of_tree(window, doors) | _of_help(window)
    slots |= window.lab_door.slots() | window.ways.slots() | window.replanting.slots()
    return slots | file_slots(window, doors)


def _of_view(window: "MainWindow") -> Slots:
    canvas, panes = window.tree.canvas, window.panes
    return {
        "file.close": window.close,
        "file.quit": _quit,
        "file.export": window.exporting.ask,
        "file.compact": window.compacting.ask,
        "view.zoom_in": lambda: window.tree.zoom_by(ZOOM),
        "view.zoom_out": lambda: window.tree.zoom_by(1 / ZOOM),
        "view.zoom_normal": canvas.zoom_to_normal,
        "view.fit": window.tree.fit,
        "view.branches": panes.toggle_branches,
        "view.compare": lambda: window.toggle(panes.compare),
        **{
            f"view.compare_{name.lower()}": partial(_compare_as, window, name)
            for name in ("Overview", "Table", "Distance", "Watched", "Samples", "Findings")
        },
        "view.reading": lambda: window.toggle(window.reading),
        "view.side": lambda: window.toggle(panes.side),
        **{id_: partial(panes.put, name, edge) for (name, edge), id_ in PLACES.items()},
        "view.theme_system": lambda: window.choose_theme(ThemeChoice.SYSTEM),
        "view.theme_light": lambda: window.choose_theme(ThemeChoice.LIGHT),
        "view.theme_dark": lambda: window.choose_theme(ThemeChoice.DARK),
        "view.find_branch": window.branches.ask_what_to_find,
        "view.palette": lambda: Palette(window, window.actions_by_id).open_here(),
    }


def _compare_as(window: "MainWindow", name: str) -> None:
    """Show the comparison in one of its views."""
    if window.panes.compare.isHidden():
        window.toggle(window.panes.compare)
    window.compare.show_view(name)


def _stop(window: "MainWindow", doors: Doors) -> None:
    """Stop what works; where nothing does, leave the model that is being loaded."""
    is_loading = window.pill.state is ModelState.LOADING
    works = is_working(window.tree.canvas.workbench)
    if is_loading and doors.cancel_loading is not None and not works:
        doors.cancel_loading()
    else:
        window.verbs.stop()


def _quit() -> None:
    """Close the sessions' windows, until one wants to stay; each takes its panels' windows along.

    Closed before, those would be remembered as put back.
    """
    for window in QApplication.topLevelWidgets():
        stands = window.isVisible() and not isinstance(window, PanelWindow)
        if stands and not window.close():
            return


def _of_tree(window: "MainWindow", doors: Doors) -> Slots:
    canvas, verbs, beside = window.tree.canvas, window.verbs, window.beside
    return {
        "edit.undo": verbs.undo,
        "edit.redo": verbs.redo,
        "edit.hide": verbs.hide,
        "edit.show": verbs.show_hidden,
        "edit.rename": window.branches.rename_current,
        "edit.copy": verbs.copy_text,
        "edit.text": lambda: _edit_text(window),
        "tree.tell": window.tree.story.ask,
        "tree.edit_fork": window.tree.story.edit,
        "tree.prompt": beside.compose,
        "tree.insert": window.ask_for_text,
        "tree.errors": beside.show_errors,
        "tree.error_list": beside.show_error_list,
        "tree.preambles": beside.show_preambles,
        "tree.continue": window.next_token.growth.ask,
        "tree.sampler": beside.show_sampler,
        "tree.continue_all": window.continue_compared,
        "tree.stop": partial(_stop, window, doors),
        "tree.bookmark": verbs.bookmark,
        "tree.note": window.edit_note,
        "tree.parent": verbs.go_to_parent,
        "tree.sibling": canvas.go_to_sibling,
        "tree.start": verbs.go_to_start,
        "model.verify": beside.verify,
    }


def _edit_text(window: "MainWindow") -> None:
    """Edit what is chosen in the reading view where it stands, or else the selected token."""
    if not window.reading.edit_chosen():
        window.replanting.edit_text()


def _of_help(window: "MainWindow") -> Slots:
    beside = window.beside
    return {
        "help.what": window.what.ask,
        "help.words": beside.show_words,
        "help.report": window.copy_report,
        "help.steps": window.steps.begin,
        "help.keys": lambda: beside.show_keys(window.actions_by_id, window.keys),
        "help.change_keys": lambda: beside.show_key_editor(window.actions_by_id, window.keys),
        "help.about": beside.show_about,
    }
