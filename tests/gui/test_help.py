"""Finding an action by name, what the words mean, and a report without the user's text."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLabel, QWhatsThis

from gui.diagnostics import log_tail
from gui.glossary import ENTRIES
from gui.palette import Palette
from gui.this_token_panel import ROWS
from gui.what_is_this import meaning_at


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


def test_every_number_says_what_it_is(window):
    panels = (window.next_token, window.this_token, window.branches, window.status, window.pill)
    dialogs = (window.beside.sampler, window.tree.grow_line, window.tree.story)
    for panel in (*panels, *dialogs):
        for field in panel.findChildren(QAbstractSpinBox):
            assert field.toolTip(), f"{field.accessibleName()} in {panel}"
        for label in panel.findChildren(QLabel):
            if label.objectName() in {"figure", "caption"}:
                assert label.toolTip(), label.text()
    head = window.next_token.table.horizontalHeader()
    for column in range(head.count()):
        tip = window.next_token.items.headerData(
            column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
        )
        assert tip
        place = QPoint(head.sectionViewportPosition(column) + 2, 4)
        if not head.isSectionHidden(column):
            assert meaning_at(head.viewport(), place) == tip


def test_what_is_this_answers_for_cells_figures_and_whatever_has_no_words(window):
    table = window.next_token.table
    cell = table.visualRect(window.next_token.items.index(0, 2)).center()
    assert "softmax(logits)" in meaning_at(table.viewport(), cell)
    surprise = window.this_token._values["surprise"]
    assert "log₂ p" in meaning_at(surprise, QPoint(1, 1))
    assert "nothing more to say" in meaning_at(window.panes, QPoint(1, 1))


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_what_is_this_shows_the_words_and_does_not_press_the_button(qtbot, window, told):
    trigger(window, "help.what")
    assert QWhatsThis.inWhatsThisMode()
    before = len(told.tree)
    qtbot.mouseClick(window.next_token.growth.go, Qt.MouseButton.LeftButton)
    QWhatsThis.leaveWhatsThisMode()
    QWhatsThis.hideText()
    assert len(told.tree) == before


def test_a_report_ends_with_the_engines_log_without_the_users_folders(tmp_path):
    log = tmp_path / "engine.log"
    log.write_text("one\nloaded /home/ada/secret plans/model.gguf in 1 s\n", "utf-8")
    words = "\n".join(log_tail(log))
    assert words.startswith("one\n")
    assert "ada" not in words
    assert log_tail(tmp_path / "none.log") == ["none"]
