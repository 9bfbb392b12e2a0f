"""The list of branches: found by words, in four orders, with errors, tags, bookmarks and notes."""

import pytest
from PySide6.QtCore import Qt

from core.branches import Role
from gui.branch_facts import BranchFacts
from gui.branch_order import Order


def names(window):
    items = window.branches.items
    return [items.index(row).data() for row in range(items.rowCount())]


def order_by(window, order):
    window.branches.order.setCurrentIndex(window.branches.order.findData(order))


def test_a_search_leaves_the_branches_that_hold_every_word(qtbot, window, told):
    window.actions_by_id["view.find_branch"].trigger()
    search = window.branches.search
    qtbot.keyClicks(search, "heard apple")
    assert [name.startswith("a company") for name in names(window)] == [True]
    qtbot.keyClick(search, Qt.Key.Key_Return)
    assert window.selection.selected == told.fork.branches[Role.MENTION]
    search.setText("nowhere")
    assert names(window) == []
    assert not window.branches._none.isHidden()
    search.clear()
    assert len(names(window)) == 5
    assert window.branches._none.isHidden()


def test_branches_are_found_by_their_tags(window, told):
    told.tag(told.fork.branches[Role.CONTROL], ["odd one"])
    window.branches.search.setText("odd")
    assert names(window) == ["a"]
    assert not window.branches._tags.isHidden()
    assert "odd one" in window.branches._tags.list.item(0).text()


@pytest.mark.parametrize("order", list(Order))
def test_branches_are_listed_in_the_chosen_order(window, told, order):
    order_by(window, order)
    items = window.branches.items
    firsts = [items.first_at(row) for row in range(items.rowCount())]
    assert sorted(firsts) == sorted(told.branches)
    match order:
        case Order.OLDEST:
            assert firsts == sorted(firsts)
        case Order.NEWEST:
            assert firsts == sorted(firsts, reverse=True)
        case Order.LIKELIEST:
            bits = [BranchFacts(told).opening_bits(each) for each in firsts]
            known = [one for one in bits if one is not None]
            assert known == sorted(known)
            assert bits[: len(known)] == known
        case _:
            means = [BranchFacts(told).mean_bits(each) or 0 for each in firsts]
            assert means == sorted(means, reverse=True)


def test_errors_are_listed_with_what_they_are(qtbot, window, told):
    panel = window.next_token
    panel.field.setText(" Google")
    qtbot.waitUntil(panel.insert.isEnabled)
    panel.insert.click()
    inserted = window.selection.selected
    errors = window.branches._errors.list
    words = [errors.item(row).text() for row in range(errors.count())]
    assert words == ["“ Apple”, 7.1 bits", "“ Google”, 4.8 bits"]
    window.selection.select(told.fork.branches[Role.CLEAN])
    errors.itemClicked.emit(errors.item(1))
    assert window.selection.selected == inserted


def test_a_branch_keeps_its_looks_while_others_come_and_go(window, told, tokens_of):
    theme = window._look.theme
    place = told.tree.parent(told.fork.branches[Role.ERROR])
    second = told.insert(place, tokens_of(" Google"))
    before = window.compare._marks.mark(second, theme)
    told.hide(told.fork.branches[Role.ERROR])
    for marks in (window.compare._marks, window.tree.canvas._marks):
        marks.recount()
        assert marks.mark(second, theme) == before
    third = told.insert(place, tokens_of(" tech"))
    window.compare._marks.recount()
    assert window.compare._marks.mark(third, theme) != before
    assert window.compare._marks.mark(third, theme) == theme.mark(Role.ERROR, 0)
