"""The window's entries that edit, splice, join, grow, tag, watch, find and compact."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QPushButton

from core.branches import Role
from core.continuing import most_distributions
from core.engine import Grow, Grown, Meter
from core.history import Watched
from core.tree import ROOT, NodeId, Origin
from gui.grow_line import MOST


def trigger(window, action):
    window.actions_by_id[action].trigger()


def typed(qtbot, window, text):
    field = window.tree.ask.field
    assert window.tree.ask.isVisible()
    field.setText(text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def first_of(bench, role):
    return bench.fork.branches[role]


def test_a_token_is_edited_in_a_line_and_what_follows_is_read_anew(qtbot, window, told):
    clean = first_of(told, Role.CLEAN)
    comma = told.nodes_of(clean)[1]
    window.selection.select(comma)
    trigger(window, "edit.text")
    assert window.tree.ask.field.text() == ","
    typed(qtbot, window, ".")
    assert not window.tree.ask.isVisible()
    tip = window.selection.selected
    assert told.tree.text_to(tip) == told.tree.text_to(told.tip_of(clean)).replace("k,", "k.")
    assert all(told.readings.is_exact(node) for node in told.tree.path_to(tip))
    trigger(window, "edit.undo")
    assert not told.is_visible(tip)
    assert told.is_visible(comma)


def test_escape_drops_what_was_typed(qtbot, window, told):
    window.selection.select(first_of(told, Role.CLEAN))
    count = len(told.tree)
    trigger(window, "edit.text")
    window.tree.ask.field.setText("else")
    qtbot.keyClick(window.tree.ask.field, Qt.Key.Key_Escape)
    assert not window.tree.ask.isVisible()
    assert len(told.tree) == count


def test_the_rest_of_a_branch_is_taken_and_put_after_another_token(window, told):
    clean = told.nodes_of(first_of(told, Role.CLEAN))
    error = first_of(told, Role.ERROR)
    put = window.actions_by_id["edit.splice"]
    assert not put.isEnabled()
    rest = told.tree.text_to(clean[-1]).removeprefix(told.tree.text_to(clean[0]))
    window.selection.select(clean[1])
    trigger(window, "edit.take_tail")
    assert "“,”" in put.text()
    window.selection.select(error)
    trigger(window, "edit.splice")
    tip = window.selection.selected
    assert told.tree.text_to(tip).endswith(" Apple" + rest)
    assert told.tree.origin(tip) is Origin.INSERTED


def test_equal_tokens_are_joined(window, told):
    clean = first_of(told, Role.CLEAN)
    end = told.tree.parent(clean)
    told.insert(end, [told.tree.token(clean)], role=Role.OTHER)
    count = len(told.visible_children(end))
    window.selection.select(end)
    trigger(window, "tree.join")
    assert len(told.visible_children(end)) == count - 1
    assert told.undo_label == "join"


def test_a_tree_is_grown_from_its_line(qtbot, window, told, engine, monkeypatch):
    asked = []
    ask = engine.ask

    def grows(request):
        if not isinstance(request, Grow):
            yield from ask(request)
            return
        asked.append((request.width, request.depth, request.least_probability))
        logprobs = engine.logprobs(request.path)
        yield Grown(0, 0, None, engine._expects(logprobs, 20))
        for number, token in enumerate(logprobs.argsort()[::-1][: request.width], start=1):
            after = engine._expects(engine.logprobs((*request.path, token)), 20)
            yield Grown(number, 0, engine._scored(logprobs, int(token)), after)
        yield Meter(1, 1, 0.1)

    monkeypatch.setattr(engine, "ask", grows)
    tip = told.tip_of(first_of(told, Role.CLEAN))
    window.selection.select(tip)
    trigger(window, "tree.grow")
    line = window.tree.grow_line
    line.depth_field.setValue(2)
    qtbot.mouseClick(line.go, Qt.MouseButton.LeftButton)
    assert asked[-1] == (3, 2, 0.0)
    assert len(told.visible_children(tip)) == 3
    assert told.undo_label == "grow"
    assert not line.isVisible()


def test_one_line_asks_at_a_time(window, told):
    window.selection.select(first_of(told, Role.CLEAN))
    lines = window.tree.ask, window.tree.grow_line
    for action, shown in (("edit.text", 0), ("tree.grow", 1), ("tree.tags", 0)):
        trigger(window, action)
        assert [line.isVisible() for line in lines] == [shown == 0, shown == 1]


def test_a_tree_that_would_be_too_large_is_not_offered(window, told):
    line = window.tree.grow_line
    line.width_field.setValue(10)
    line.depth_field.setValue(12)
    assert not line.go.isEnabled()
    line.least.setValue(0.01)
    assert line.go.isEnabled()
    assert most_distributions(3, 6, 0.0) == 364
    assert most_distributions(10, 12, 0.01) == 1 + 10 + 10 * 100
    assert most_distributions(10, 12, 0.0) > MOST


def test_tags_and_watched_words_are_asked_for_in_the_line(qtbot, window, told):
    node = first_of(told, Role.ERROR)
    window.selection.select(node)
    trigger(window, "tree.tags")
    typed(qtbot, window, "odd, look again")
    assert told.tags[node] == ("odd", "look again")
    trigger(window, "tree.watch")
    typed(qtbot, window, "Facebook")
    assert window.tree.ask.isVisible()
    assert "bar" in window.tree.ask.answer.text()
    typed(qtbot, window, "Facebook | Apple, Meta")
    assert told.watched == Watched(("Facebook",), ("Apple", "Meta"))


def test_text_is_found_and_found_again(qtbot, window, told):
    assert not window.actions_by_id["edit.find_next"].isEnabled()
    trigger(window, "edit.find")
    typed(qtbot, window, "of appl")
    first = window.selection.selected
    assert told.tree.text_to(first).endswith("of Apple")
    trigger(window, "edit.find_next")
    second = window.selection.selected
    assert second != first
    assert told.tree.text_to(second).endswith("of Apple")
    trigger(window, "edit.find")
    typed(qtbot, window, "not there at all")
    assert "not in the visible tree" in window.tree.ask.answer.text()
    assert window.selection.selected == second


def test_the_line_that_finds_says_what_it_takes_and_finds_a_token(qtbot, window, told):
    trigger(window, "edit.find")
    for words in ("#123", "x'e9'", "⟨E9⟩"):
        assert words in window.tree.ask.field.placeholderText()
        assert words in window.tree.ask.field.toolTip()
    error = first_of(told, Role.ERROR)
    typed(qtbot, window, f"#{told.tree.token(error).id}")
    assert told.tree.token(window.selection.selected) == told.tree.token(error)
    trigger(window, "edit.find")
    typed(qtbot, window, "#99999")
    last = len(told.vocabulary) - 1
    assert window.tree.ask.answer.text() == f"this model has no token #99999: its last is #{last}"
    trigger(window, "tree.tags")
    assert window.tree.ask.field.placeholderText() == ""


def test_nothing_leads_out_of_the_part_that_is_looked_at(qtbot, window, told):
    clean, error = (first_of(told, role) for role in (Role.CLEAN, Role.ERROR))
    window.selection.select(clean)
    trigger(window, "tree.hoist")
    inside = set(told.tree.subtree(clean))
    actions = ("tree.parent", "tree.start", "tree.fork", "tree.surprising", "tree.uncertain")
    for action in (*actions, "tree.parent", "tree.sibling", *actions):
        trigger(window, action)
        assert window.selection.selected in inside, action
    trigger(window, "edit.find")
    typed(qtbot, window, "Apple")
    assert window.tree.ask.answer.text() == "not in this part of the tree"
    assert window.selection.selected in inside
    trigger(window, "tree.whole")
    trigger(window, "edit.find_next")
    assert told.tree.token(window.selection.selected) == told.tree.token(error)


def test_keys_go_to_surprising_tokens_and_uncertain_places(qtbot, window, told):
    surprises = sorted(told.readings.surprise(n.id) or 0 for n in told.tree)
    seen = set()
    for _ in range(3):
        trigger(window, "tree.surprising")
        seen.add(window.selection.selected)
    assert len(seen) == 3
    assert all(told.readings.surprise(n) >= surprises[-len(surprises) // 8] for n in seen)
    doubts = sorted(told.readings.entropy(n.id) or 0 for n in told.tree)
    places = set()
    for _ in range(3):
        trigger(window, "tree.uncertain")
        places.add(window.selection.selected)
    assert len(places) == 3
    assert all(told.readings.entropy(n) >= doubts[-len(doubts) // 8] for n in places)


def test_a_key_goes_to_the_fork_before(window, told):
    error = first_of(told, Role.ERROR)
    window.selection.select(told.tip_of(error))
    trigger(window, "tree.fork")
    assert window.selection.selected == told.tree.parent(error)
    trigger(window, "tree.fork")
    assert window.selection.selected == told.tree.parent(error), "there is none before"


def buttons(box):
    return {button.text(): button for button in box.findChildren(QPushButton)}


@pytest.fixture
def hidden(window, told):
    told.hide(first_of(told, Role.CONTROL))
    return sum(not told.is_visible(node.id) for node in told.tree)


def asked_box(qtbot, window):
    qtbot.waitUntil(lambda: bool(window.findChildren(QMessageBox, "compact")))
    (box,) = window.findChildren(QMessageBox, "compact")
    return box


def test_compacting_says_what_it_deletes_and_does_it_only_when_told_to(qtbot, window, told, hidden):
    count = len(told.tree)
    trigger(window, "file.compact")
    box = asked_box(qtbot, window)
    assert f"{hidden} hidden token" in box.text()
    qtbot.mouseClick(buttons(box)["Cancel"], Qt.MouseButton.LeftButton)
    assert len(told.tree) == count
    qtbot.waitUntil(lambda: not window.findChildren(QMessageBox))
    trigger(window, "file.compact")
    box = asked_box(qtbot, window)
    qtbot.mouseClick(buttons(box)["Delete for good"], Qt.MouseButton.LeftButton)
    assert len(told.tree) == count - hidden
    assert window.branches.items.rowCount() == 4
    assert window.selection.selected != ROOT
    assert told.is_visible(NodeId(window.selection.selected))
    assert window.problem.words().startswith(f"Deleted for good: {hidden} hidden token")


def test_what_was_done_while_compacting_asked_is_not_lost(qtbot, window, told, hidden):
    count = len(told.tree)
    trigger(window, "file.compact")
    box = asked_box(qtbot, window)
    told.note(first_of(told, Role.ERROR), "made meanwhile")
    qtbot.mouseClick(buttons(box)["Delete for good"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(told.tree) == count - hidden)
    assert list(told.notes.values()) == ["made meanwhile"]


def test_compacting_a_session_without_anything_hidden_says_so(qtbot, window, told):
    trigger(window, "file.compact")
    box = asked_box(qtbot, window)
    assert "nothing to delete" in box.text()
    assert list(buttons(box)) == ["OK"]
    box.accept()
