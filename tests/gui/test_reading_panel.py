"""The selected branch as flowing text."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextCursor

from core.branches import Role


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
