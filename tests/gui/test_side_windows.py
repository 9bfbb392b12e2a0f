"""Windows beside the main one are there once, however often they are asked for."""

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QDialog


def shown(window):
    return [one for one in window.findChildren(QDialog) if one.isVisible()]


@pytest.mark.parametrize(
    "action",
    [
        "help.keys",
        "help.words",
        "help.change_keys",
        "help.about",
        "model.verify",
        "tree.prompt",
        "tree.errors",
        "tree.preambles",
        "tree.sampler",
    ],
)
def test_a_window_that_is_open_comes_forward_instead_of_opening_again(window, action):
    window.actions_by_id[action].trigger()
    first = shown(window)
    window.actions_by_id[action].trigger()
    assert len(first) == 1
    assert shown(window) == first


def test_a_window_that_was_closed_opens_anew(window):
    window.actions_by_id["help.words"].trigger()
    (first,) = shown(window)
    first.close()
    window.actions_by_id["help.words"].trigger()
    (second,) = shown(window)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert shown(window) == [second]


def test_undo_and_redo_are_reached_from_a_window_beside(window, told, qtbot):
    told.note(window.selection.selected, "a thought")
    window.actions_by_id["tree.errors"].trigger()
    (dialog,) = shown(window)
    qtbot.waitUntil(dialog.isActiveWindow)
    qtbot.keyClick(dialog, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not told.notes
    qtbot.keyClick(dialog, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert told.notes
