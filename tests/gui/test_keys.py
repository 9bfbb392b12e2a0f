"""Everything by keys: every action is in the palette, letters do verbs, keys can be changed."""

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication, QDialog, QLabel

from gui.actions import ARROW
from gui.key_editor import KeyEditor
from gui.palette import Palette


@pytest.fixture
def editor(window):
    window.actions_by_id["help.change_keys"].trigger()
    return window.findChild(KeyEditor)


def press(editor, key):
    editor.field.setKeySequence(QKeySequence(key))


def test_no_action_of_the_window_is_missing_from_the_palette(window):
    window.actions_by_id["view.palette"].trigger()
    found = set(window.findChild(Palette).found())
    names = {action.objectName() for action in window.findChildren(QAction)}
    named = {name for name in names if name and not name.startswith("_q_")}  # a field's own
    in_menus = {
        action.objectName() or action.text()
        for menu in window.bar.actions()
        for action in menu.menu().actions()
        if not action.isSeparator() and action.menu() is None
    }
    assert named <= found
    assert in_menus <= found


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("dark theme", "view.theme_dark"),
        ("colours rank", "view.by_rank"),
        ("marks bookmark", "tree.bookmark"),
    ],
)
def test_the_palette_finds_an_action_by_the_menu_it_stands_in(window, typed, name):
    window.actions_by_id["view.palette"].trigger()
    palette = window.findChild(Palette)
    palette.field.setText(typed)
    assert palette.found() == [name]


def test_no_key_belongs_to_two_actions(window):
    seen: dict[str, str] = {}
    for name, action in window.actions_by_id.items():
        for key in action.shortcuts():
            assert seen.setdefault(key.toString(), name) == name


def test_letters_do_verbs_while_the_tree_has_the_focus(qtbot, window, told):
    canvas = window.tree.canvas
    qtbot.keyClick(canvas, Qt.Key.Key_B)
    assert window.selection.selected in told.bookmarks
    qtbot.keyClick(canvas, Qt.Key.Key_I)
    assert window.next_token.field.hasFocus()
    qtbot.keyClicks(window.next_token.field, "b")
    assert window.next_token.field.text() == "b"
    assert window.selection.selected in told.bookmarks


def test_a_key_is_changed_and_kept_for_the_next_start(qtbot, window, editor, preferences):
    editor.choose("tree.bookmark")
    press(editor, "Ctrl+Shift+B")
    assert "is free" in editor.said.text()
    editor.give.click()
    action = window.actions_by_id["tree.bookmark"]
    assert [key.toString() for key in action.shortcuts()] == ["Ctrl+Shift+B"]
    assert "Ctrl+Shift+B" in preferences.keys


def test_a_conflict_is_named_and_the_other_loses_its_key(window, editor):
    editor.choose("tree.bookmark")
    press(editor, "Ctrl+M")
    place = f"Tree {ARROW} Notes and marks {ARROW} Note…"
    assert f"is the key of {place}, which loses it" in editor.said.text()
    editor.give.click()
    assert window.actions_by_id["tree.note"].shortcuts() == []
    assert editor._book.is_own("tree.note")
    editor.choose("tree.note")
    editor.reset.click()
    assert window.actions_by_id["tree.note"].shortcut().toString() == "Ctrl+M"
    assert window.actions_by_id["tree.bookmark"].shortcuts() == []
    editor.reset_all.click()
    assert window.actions_by_id["tree.bookmark"].shortcut().toString() == "Ctrl+B"


def test_keys_are_listed_by_names_that_do_not_change_with_the_work(window, editor, told):
    assert window.actions_by_id["edit.undo"].text() == "&Undo tell the fork"
    editor.refresh()
    listed = [editor.list.topLevelItem(n).text(0) for n in range(editor.list.topLevelItemCount())]
    assert f"Edit {ARROW} Undo" in listed
    assert f"View {ARROW} Theme {ARROW} Dark" in listed
    window.actions_by_id["help.keys"].trigger()
    sheet = next(one for one in window.findChildren(QDialog) if one.windowTitle() == "Keys")
    assert not any("Undo tell the fork" in label.text() for label in sheet.findChildren(QLabel))


def test_an_action_can_have_no_key_and_is_still_found(window, editor):
    editor.search.setText("bookm")
    assert editor.list.topLevelItemCount() == 1
    editor.choose("tree.bookmark")
    editor.none.click()
    assert window.actions_by_id["tree.bookmark"].shortcuts() == []


def test_another_window_takes_the_keys_over_when_it_is_used(window, preferences):
    preferences.keys = '{"tree.note": ["Ctrl+Alt+N"], "no.such": ["X"], "tree.tags": 3}'
    window.keys.apply()
    assert window.actions_by_id["tree.note"].shortcut().toString() == "Ctrl+Alt+N"
    preferences.keys = "spoilt"
    QApplication.sendEvent(window, QEvent(QEvent.Type.ActivationChange))
    window.keys.apply()
    assert window.actions_by_id["tree.note"].shortcut().toString() == "Ctrl+M"


def test_tool_tips_and_hints_name_the_key_in_force(window, editor):
    editor.choose("tree.sampler")
    press(editor, "Ctrl+Shift+M")
    editor.give.click()
    growth = window.next_token.growth
    assert growth.more.toolTip().endswith("(Ctrl+Shift+M)")
    editor.choose("tree.continue")
    editor.none.click()
    assert growth.go.toolTip().endswith("(Tree → Continue the branch)")
    editor.reset_all.click()
    assert growth.go.toolTip().endswith("(Ctrl+G)")


def test_menus_are_short_and_each_entry_has_a_letter_of_its_own(window):
    def entries(menu):
        return [each for each in menu.actions() if not each.isSeparator()]

    menus = [each.menu() for each in window.bar.actions()]
    menus += [each.menu() for menu in menus for each in entries(menu) if each.menu() is not None]
    for menu in menus:
        letters = [
            each.text().replace("&&", "").partition("&")[2][:1].upper() for each in entries(menu)
        ]
        own = [letter for letter in letters if letter]
        assert len(set(own)) == len(own), (menu.title(), own)
        assert len(letters) <= 17, menu.title()
