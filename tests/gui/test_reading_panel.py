"""The selected branch as flowing text."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication, QTextCursor

from core.branches import Role
from core.sampling import GREEDY


@pytest.fixture
def reading(window):
    window.actions_by_id["view.reading"].trigger()
    return window.reading


def test_it_is_hidden_until_it_is_asked_for(window):
    assert window.reading.isHidden()
    window.actions_by_id["view.reading"].trigger()
    assert window.reading.isVisible()
    assert window.actions_by_id["view.reading"].isChecked()


def test_the_whole_branch_is_read_with_its_prompt(window, reading, told):
    apple = told.fork.branches[Role.ERROR]
    window.selection.select(apple)
    assert reading.page.toPlainText() == told.tree.text_to(told.tip_of(apple))


def test_a_click_on_a_word_selects_its_token(qtbot, window, reading, told):
    apple = told.fork.branches[Role.ERROR]
    window.selection.select(told.tip_of(apple))
    cursor = QTextCursor(reading.page.document())
    cursor.setPosition(reading.page.toPlainText().index("Apple") + 2)
    place = reading.page.cursorRect(cursor).center() + QPoint(1, 0)
    qtbot.mouseClick(reading.page.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert window.selection.selected == apple
    (lit,) = reading.page.extraSelections()
    assert lit.cursor.selectedText() == " Apple"


def test_it_grows_with_the_branch(qtbot, window, reading, told):
    apple = told.fork.branches[Role.ERROR]
    window.selection.select(apple)
    window.next_token.growth.tokens.setValue(3)
    window.next_token.growth.go.click()
    whole = told.tree.text_to(told.tip_of(apple))
    qtbot.waitUntil(lambda: reading.page.toPlainText() == whole)


def test_what_follows_a_prompt_alone_is_read_with_it(qtbot, window, reading, told):
    tip = told.start_prompt([told.tree.token(told.fork.branches[Role.CLEAN])])
    window.selection.select(tip)
    window.next_token.growth.tokens.setValue(3)
    window.next_token.growth.go.click()
    whole = told.tree.text_to(told.visible_children(tip)[0])
    qtbot.waitUntil(lambda: reading.page.toPlainText().startswith(whole))
    assert reading.page.toPlainText() == told.tree.text_to(told.end_of(tip))


def test_the_selected_token_is_scrolled_to_in_a_long_branch(qtbot, window, reading, told):
    clean = told.fork.branches[Role.CLEAN]
    told.continue_from((told.tip_of(clean),), tokens=300, sampler=GREEDY, seed=0)
    window.selection.select(clean)
    tip = told.tip_of(clean)
    qtbot.waitUntil(lambda: reading.page.toPlainText() == told.tree.text_to(tip))
    for node in (tip, clean):
        window.selection.select(node)
        (lit,) = reading.page.extraSelections()
        seen = reading.page.viewport().rect()
        assert seen.contains(reading.page.cursorRect(lit.cursor).center())


def choose(reading, begin, end):
    cursor = reading.page.textCursor()
    cursor.setPosition(begin)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    reading.page.setTextCursor(cursor)


def test_chosen_text_tells_its_surprise(window, reading, told):
    apple = told.fork.branches[Role.ERROR]
    window.selection.select(apple)
    text = reading.page.toPlainText()
    begin = text.index("Apple")
    choose(reading, begin, begin + len("Apple.") + 1)
    nodes = told.nodes_of(apple)[:3]
    total = sum(told.readings.surprise(node) for node in nodes)
    assert reading._subtitle.whole() == f"{total:.1f} bits in the chosen 3 tokens"
    reading.copy()
    assert QGuiApplication.clipboard().text() == text[begin : begin + len("Apple.") + 1]


def test_a_token_is_edited_where_it_is_read(qtbot, window, reading, told):
    apple = told.fork.branches[Role.ERROR]
    window.selection.select(apple)
    cursor = QTextCursor(reading.page.document())
    cursor.setPosition(reading.page.toPlainText().index("Apple") + 2)
    place = reading.page.cursorRect(cursor).center() + QPoint(1, 0)
    qtbot.mouseDClick(reading.page.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert reading.field.isVisible()
    assert reading.field.text() == " Apple"
    reading.field.setText(" Google")
    qtbot.keyClick(reading.field, Qt.Key.Key_Return)
    assert "CEO of Google" in told.tree.text_to(window.selection.selected)
    assert told.is_visible(apple)  # the old branch stays


def test_its_buttons_go_to_what_is_surprising(qtbot, window, reading, told):
    window.selection.select(told.fork.branches[Role.ERROR])
    before = window.selection.selected
    reading.surprising_requested.emit()
    assert window.selection.selected != before


def test_what_is_added_is_written_behind_what_stands_there(qtbot, window, reading, told):
    apple = told.fork.branches[Role.ERROR]
    window.selection.select(apple)
    choose(reading, 0, 4)
    window.next_token.growth.go.click()
    whole = told.tree.text_to(told.tip_of(apple))
    qtbot.waitUntil(lambda: reading.page.toPlainText() == whole)
    assert reading.page.textCursor().selectedText() == whole[:4]
    grown = [reading._starts[:], reading._subtitle_words]
    window._look.changed.emit()
    assert [reading._starts, reading._subtitle_words] == grown


def chosen_text(reading, words):
    begin = reading.page.toPlainText().index(words)
    choose(reading, begin, begin + len(words))


def test_chosen_text_is_edited_where_it_is_read(qtbot, window, reading, told):
    apple = told.fork.branches[Role.ERROR]
    window.selection.select(apple)
    nodes, whole = told.nodes_of(apple), told.tree.text_to(told.tip_of(apple))
    chosen_text(reading, "Apple. He")
    qtbot.keyClick(reading.page, Qt.Key.Key_Return)
    assert reading.field.isVisible()
    assert reading.field.text() == " Apple. He", "whole tokens"
    reading.field.setText(" Google, and he")
    qtbot.keyClick(reading.field, Qt.Key.Key_Return)
    tip = window.selection.selected
    assert told.tree.text_to(tip) == whole.replace("Apple. He", "Google, and he")
    assert all(told.readings.is_exact(node) for node in told.tree.path_to(tip))
    assert told.is_visible(nodes[2])
    assert told.undo_label == "edit to ' Google, and he'"


def test_the_key_that_edits_takes_the_chosen_text_first(window, reading, told):
    apple = told.fork.branches[Role.ERROR]
    window.selection.select(apple)
    window.actions_by_id["edit.text"].trigger()
    assert window.tree.ask.isVisible()
    window.tree.ask.close_line()
    chosen_text(reading, "the CEO")
    window.actions_by_id["edit.text"].trigger()
    assert reading.field.isVisible()
    assert reading.field.text() == " the CEO"
    assert not window.tree.ask.isVisible()


def test_text_of_the_prompt_is_edited_with_all_that_is_read_behind_it(qtbot, window, reading, told):
    apple = told.fork.branches[Role.ERROR]
    whole = told.tree.text_to(told.tip_of(apple))
    window.selection.select(apple)
    chosen_text(reading, "the CEO")
    reading.edit_here()
    reading.field.setText(" a pioneer")
    qtbot.keyClick(reading.field, Qt.Key.Key_Return)
    tip = window.selection.selected
    assert told.tree.text_to(tip) == whole.replace("the CEO", "a pioneer")
    assert told.branch_of(tip).role is Role.ERROR


def test_half_a_character_is_edited_as_a_whole_one(qtbot, window, reading, told, tokens_of):
    place = told.tree.parent(told.fork.branches[Role.CLEAN])
    halves = told.insert(place, tokens_of(" café"))
    window.selection.select(halves)
    chosen_text(reading, "é")
    reading.edit_here()
    assert reading.field.text() == "é"
    reading.field.setText("e")
    qtbot.keyClick(reading.field, Qt.Key.Key_Return)
    assert told.tree.text_to(window.selection.selected).endswith(" cafe")


def test_control_tokens_are_not_taken_for_text(window, reading, told, engine):
    tip = told.tip_of(told.fork.branches[Role.CLEAN])
    end = max(engine.vocabulary.special)
    special = told.insert(tip, engine.vocabulary.tokens((end, *engine.tokenize(" the"))))
    window.selection.select(special)
    text = reading.page.toPlainText()
    choose(reading, len(text) - 8, len(text))
    reading.edit_here()
    assert not reading.field.isVisible()
    assert "control token" in reading._subtitle.whole()
