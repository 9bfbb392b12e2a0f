"""Panels can stand in windows of their own, and go back to where they stood."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gui.edges import HOMES
from gui.panel_window import PanelWindow

CTRL = Qt.KeyboardModifier.ControlModifier


def windows_of(window):
    panels = [one for one in QApplication.topLevelWidgets() if isinstance(one, PanelWindow)]
    return [one for one in panels if one.isVisible() and one._owner is window]


def take_out(window, name):
    window.actions_by_id[f"view.{name}_apart"].trigger()
    (apart,) = windows_of(window)
    return apart


@pytest.fixture
def shown(window):
    if window.reading.isHidden():
        window.actions_by_id["view.reading"].trigger()
    return window


@pytest.mark.parametrize("name", HOMES)
def test_a_panel_is_taken_out_and_goes_back_to_its_place(shown, name):
    panel, home = shown.panes._panel(name), HOMES[name]
    splitter, place = shown.panes.edges.column(name), shown.panes.edges.place(name)
    sizes = splitter.sizes()
    apart = take_out(shown, name)
    assert panel.window() is apart
    assert panel.isVisible()
    assert apart.windowTitle() == f"{home.title} — Swerve"
    assert shown.actions_by_id[f"view.{name}_apart"].isChecked()
    assert splitter.sizes()[place] == 0, "the others have its room"
    shown.actions_by_id[f"view.{name}_apart"].trigger()
    assert not windows_of(shown)
    assert splitter.widget(place) is panel
    assert splitter.sizes() == sizes
    assert not shown.actions_by_id[f"view.{name}_apart"].isChecked()


def test_closing_its_window_puts_a_panel_back(shown):
    take_out(shown, "compare").close()
    assert not windows_of(shown)
    assert shown.panes.compare.window() is shown
    assert shown.panes.compare.isVisible()


def test_keys_work_in_a_panels_own_window(shown, told, qtbot):
    told.note(shown.selection.selected, "a thought")
    apart = take_out(shown, "reading")
    apart.activateWindow()
    qtbot.waitUntil(apart.isActiveWindow)
    qtbot.keyClick(apart, Qt.Key.Key_Z, CTRL)
    assert not told.notes
    qtbot.keyClick(shown.reading.page, Qt.Key.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    assert told.notes


def test_the_focus_goes_back_to_a_panels_window_when_no_action_is_chosen(shown, qtbot):
    apart = take_out(shown, "reading")
    apart.activateWindow()
    qtbot.waitUntil(apart.isActiveWindow)
    shown.reading.page.setFocus()
    shown.actions_by_id["view.palette"].trigger()
    shown.activateWindow()
    qtbot.waitUntil(shown.isActiveWindow)
    qtbot.keyClick(shown.focusWidget(), Qt.Key.Key_Escape)
    qtbot.waitUntil(apart.isActiveWindow)
    assert QApplication.focusWidget() is shown.reading.page


def test_a_panel_that_is_hidden_has_no_window_of_its_own(shown):
    take_out(shown, "compare")
    shown.actions_by_id["view.compare"].trigger()
    assert not windows_of(shown)
    assert shown.panes.compare.isHidden()
    shown.actions_by_id["view.compare"].trigger()
    assert shown.panes.compare.window() is shown


def test_all_panels_can_be_out_at_once_and_come_back(shown):
    sizes = shown.panes._sizes()
    for name in HOMES:
        shown.actions_by_id[f"view.{name}_apart"].trigger()
    assert len(windows_of(shown)) == len(HOMES)
    assert shown.panes._sizes() == sizes
    for apart in windows_of(shown):
        apart.close()
    splitters = shown.panes.edges.splitters()
    assert {name: splitter.sizes() for name, splitter in splitters.items()} == sizes


def test_windows_of_panels_go_with_the_main_one(shown):
    apart = take_out(shown, "compare")
    shown.close()
    QApplication.processEvents()
    assert apart not in [one for one in QApplication.topLevelWidgets() if one.isVisible()]


def test_a_panel_of_a_maximised_window_is_taken_out_onto_the_screen(shown, qtbot):
    shown.showMaximized()
    qtbot.waitUntil(lambda: shown.width() >= shown.screen().availableGeometry().width() - 1)
    for name in HOMES:
        apart = take_out(shown, name)
        assert shown.screen().availableGeometry().contains(apart.geometry()), name
        apart.close()


def test_what_asks_for_typing_in_the_main_window_gets_it(shown, qtbot):
    apart = take_out(shown, "compare")
    apart.activateWindow()
    qtbot.waitUntil(apart.isActiveWindow)
    qtbot.keyClick(apart, Qt.Key.Key_K, CTRL)
    qtbot.waitUntil(shown.isActiveWindow)


def test_a_panels_window_keeps_nobody_from_closing_all_windows(shown):
    take_out(shown, "compare")
    QApplication.closeAllWindows()
    assert not shown.isVisible()
    assert not windows_of(shown)
