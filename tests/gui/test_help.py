"""Finding an action by name, what the words mean, and a report without the user's text."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from gui.glossary import ENTRIES
from gui.palette import Palette
from gui.this_token_panel import ROWS


def trigger(window, action):
    window.actions_by_id[action].trigger()


@pytest.fixture
def palette(window):
    trigger(window, "view.palette")
    return window.findChild(Palette)


def test_every_action_is_found_by_its_name(window, palette):
    assert palette.found() == list(window.actions_by_id)
    palette.field.setText("fit")
    assert palette.found() == ["view.fit"]


def test_enter_does_what_was_found(qtbot, window, palette, told):
    qtbot.keyClicks(palette.field, "bookm")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.selection.selected in told.bookmarks
    assert not palette.isVisible()


def test_arrows_go_through_what_was_found(qtbot, palette):
    qtbot.keyClicks(palette.field, "zoom")
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentRow() == 1
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentRow() == 0


def test_what_cannot_be_done_now_is_greyed_and_not_done(qtbot, palette, told):
    qtbot.keyClicks(palette.field, "stop")
    assert not palette.list.item(0).flags() & Qt.ItemFlag.ItemIsEnabled
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_nothing_found_is_said(palette):
    palette.field.setText("qqq")
    assert palette.list.isHidden()
    assert not palette._none.isHidden()


def test_every_figure_of_a_token_is_in_the_glossary(window):
    trigger(window, "help.words")
    (shown,) = [w for w in QApplication.topLevelWidgets() if w.windowTitle().startswith("What the")]
    shown.close()
    known = " ".join(ENTRIES)
    assert all(row.split()[0] in known for row in ROWS if row != "reading")


def test_a_report_holds_versions_and_none_of_the_text(window):
    trigger(window, "help.report")
    words = QGuiApplication.clipboard().text()
    assert "SmolLM2-135M-Instruct" in words
    assert "numpy: " in words
    assert "Zuckerberg" not in words
    assert "Facebook" not in words
