"""Errors in the window: proposed, swept over a text, put into a turn, listed; and preambles."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from core.branches import Role
from core.composing import Composed, Conversation, compose
from core.engine import Turn
from core.products import Aside
from core.tree import ROOT
from gui.first_steps import INSERT
from tests.gui.conftest import FORK

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bench(forked):
    return forked


@pytest.fixture
def window(forked_window):
    return forked_window


def open_errors(window, bench):
    window.selection.select(bench.tree.parent(bench.fork.branches[Role.ERROR]))
    window.actions_by_id["tree.errors"].trigger()
    return window.beside.errors


def test_an_empty_list_of_errors_says_why_it_is_empty(window, bench):
    window.selection.select(ROOT)
    dialog = window.beside.errors
    dialog.open_at(ROOT)
    assert dialog._said.isVisible()
    assert dialog._said.text().startswith("Select a token")
    dialog = open_errors(window, bench)
    assert dialog.items.rowCount()
    assert not dialog._said.isVisible()


def test_errors_are_proposed_anew_where_one_looks_when_the_models_card_tells_more(
    qtbot, window, bench
):
    dialog = open_errors(window, bench)
    assert dialog._place.whole().startswith("after ")
    bench.attach_engine(bench._engine)
    qtbot.waitUntil(lambda: dialog.items.rowCount() > 0)
    assert dialog._place.whole().startswith("after ")
    assert dialog.insert.isEnabled()


def test_enter_in_a_field_inserts_nothing_and_proposes_what_it_says(qtbot, window, bench):
    dialog = open_errors(window, bench)
    count = len(bench.tree)
    dialog.typed.setFocus()
    qtbot.keyClicks(dialog.typed, " Google")
    assert not dialog.insert.isEnabled(), "what stood there was proposed for other words"
    qtbot.keyClick(dialog.typed, Qt.Key.Key_Return)
    assert len(bench.tree) == count
    qtbot.waitUntil(dialog.insert.isEnabled)
    assert dialog.chosen().record.text == " Google"
    qtbot.keyClick(dialog.typed, Qt.Key.Key_Return)
    assert len(bench.tree) == count


def test_a_right_answer_written_without_its_space_is_the_clean_branch_of_its_place(window, bench):
    dialog = open_errors(window, bench)
    dialog.right.setText("Facebook")
    dialog.propose()
    dialog.table.selectRow(0)
    clean = next(row for row in dialog.controls._rows if row.role is Role.CLEAN)
    assert clean.text == " Facebook"


def test_errors_are_proposed_and_the_whole_fork_is_one_click(qtbot, window, bench):
    dialog = open_errors(window, bench)
    dialog.wrong.setText(" Google")
    dialog.propose()
    row = next(r for r in range(20) if dialog.items.at(r).record.text == " Google")
    dialog.table.selectRow(row)
    assert any("the error" in words for words in dialog.controls.words())
    place = bench.tree.parent(bench.fork.branches[Role.ERROR])
    before = set(bench.visible_children(place))
    window.steps.begin()
    qtbot.mouseClick(dialog.fork, LEFT)
    assert window.steps.done() == [INSERT], "this is an inserted error like any other"
    new = set(bench.visible_children(place)) - before
    roles = {bench.branch_of(node).role for node in new}
    assert roles >= {Role.ERROR, Role.MENTION, Role.PLACEBO, Role.MUTE, Role.BASE}
    base = next(node for node in new if bench.branch_of(node).role is Role.BASE)
    assert window.compare._marks.label(base) == "base"
    assert base in window.compare._candidates()
    error = next(node for node in new if bench.branch_of(node).role is Role.ERROR)
    window.selection.select(error)
    assert window.this_token.value("origin").startswith("error · wrong answer · 4.")
    listed = window.branches.items
    assert "wrong answer" in listed._second_line(bench.branches[error])
    bench.undo()
    assert set(bench.visible_children(place)) == before


def test_keys_choose_among_what_is_proposed_and_enter_inserts_with_the_controls(
    qtbot, window, bench
):
    dialog = open_errors(window, bench)
    qtbot.waitUntil(dialog.isActiveWindow)
    assert dialog.focusWidget() is dialog.table
    qtbot.keyClick(dialog.table, Qt.Key.Key_Down)
    assert dialog.table.currentIndex().row() == 1
    place = bench.tree.parent(bench.fork.branches[Role.ERROR])
    before = len(bench.visible_children(place))
    qtbot.keyClick(dialog.table, Qt.Key.Key_Return)
    assert len(bench.visible_children(place)) > before + 1


def test_a_changed_control_is_weighed_again(qtbot, window, bench):
    dialog = open_errors(window, bench)
    dialog.table.selectRow(0)
    before = list(dialog.controls.words())
    field = dialog.controls._rows[4].field
    field.setText(" the company")
    assert dialog.controls.is_busy
    qtbot.waitUntil(lambda: not dialog.controls.is_busy)
    assert dialog.controls.words()[4] != before[4]
    assert dialog.controls.insertions()[4].record.text == " the company"


def test_a_text_typed_beside_the_candidates_is_remembered_as_an_error(qtbot, window, bench):
    place = bench.tree.parent(bench.fork.branches[Role.ERROR])
    window.selection.select(place)
    window.next_token.field.setText(" Google")
    qtbot.waitUntil(window.next_token.insert.isEnabled)
    qtbot.mouseClick(window.next_token.insert, LEFT)
    record = bench.error_of(window.selection.selected)
    assert record.title == "typed text"
    assert record.displaced == " Facebook"


def test_a_sweep_colours_the_text_and_its_errors_are_planted_at_chosen_places(qtbot, window, bench):
    window.selection.select(bench.fork.branches[Role.CLEAN])
    window.actions_by_id["tree.errors"].trigger()
    page = window.beside.errors.sweep
    window.beside.errors.tabs.setCurrentIndex(1)
    shown, show = [], page.strip.show_harms

    def look(tokens, since, harms, *, floor):
        shown.append(len(harms))
        show(tokens, since, harms, floor=floor)

    page.strip.show_harms = look
    qtbot.mouseClick(page.run, LEFT)
    assert any(0 < many < shown[-1] for many in shown), "colours come while the sweep goes on"
    tip = bench.tip_of(bench.fork.branches[Role.CLEAN])
    assert len(page.harms) == bench.tree.depth(tip) - 1
    assert "bits more" in page._result.text()
    QApplication.processEvents()
    for place in (2, 9):
        box = page.strip._boxes(page.strip.width())[place]
        qtbot.mouseClick(page.strip, LEFT, pos=box.center().toPoint())
    assert bench.tree.depth(window.selection.selected) == 11
    assert page.plant.text() == "Plant 2 errors"
    qtbot.mouseClick(page.plant, LEFT)
    records = [bench.error_of(first) for first in bench.branches]
    planted = [one for one in records if one is not None and one.depth in {3, 10}]
    assert [one.title for one in planted] == ["rank 2", "rank 2"]
    assert [one.text for one in planted] == [page.harms[at].record.text for at in (3, 10)]
    bench.undo()
    assert not {one for one in map(bench.error_of, bench.branches) if one in planted}
    qtbot.mouseClick(page.run, LEFT)  # at the chosen places alone
    assert set(page.harms) == {3, 10}
    qtbot.mouseClick(page.worst, LEFT)
    assert page.chosen == {3}  # after the other too few tokens follow for a comparison
    qtbot.mouseClick(page.none, LEFT)
    assert page._where.text() == "at every place"
    assert window.selection.selected != ROOT


def test_all_errors_are_listed_found_by_kind_or_text_and_exported(qtbot, window, bench, tmp_path):
    dialog = open_errors(window, bench)
    dialog.wrong.setText(" Google")
    dialog.propose()
    row = next(r for r in range(20) if dialog.items.at(r).record.text == " Google")
    dialog.table.selectRow(row)
    qtbot.mouseClick(dialog.fork, LEFT)
    dialog.close()
    window.actions_by_id["tree.error_list"].trigger()
    page = dialog.all
    qtbot.waitUntil(lambda: [one.record.text for one in page.errors] == [" Apple", " Google"])
    told = page.errors[0].record  # the fork's, whose numbers are the readings'
    assert told.logprob == bench.readings.logprob(page.errors[0].first)
    assert told.canonical is None
    assert told.displaced == " Facebook"
    page.controls.click()
    qtbot.waitUntil(lambda: len(page.errors) >= 5)
    page.sought.setText("PLACEBO")
    qtbot.waitUntil(lambda: len(page.errors) == 2)
    assert page.table.items.index(0, 0).data() == "placebo, typed text"
    page.sought.setText("wrong answer")
    qtbot.waitUntil(lambda: len(page.errors) == 1)
    page.table.clicked.emit(page.table.items.index(0, 0))
    assert window.selection.selected == page.errors[0].first
    assert bench.error_of(window.selection.selected).text == " Google"
    assert page.save_to(str(tmp_path / "errors.csv"))
    assert page.save_to(str(tmp_path / "errors.json"))
    [told] = json.loads((tmp_path / "errors.json").read_text(encoding="utf-8"))
    assert (told["kind"], told["text"], told["displaced"]) == (
        "wrong answer",
        " Google",
        " Facebook",
    )
    assert "wrong answer" in (tmp_path / "errors.csv").read_text(encoding="utf-8")
    page.copy()
    assert QGuiApplication.clipboard().text().startswith("branch\tkind")
    assert not page.save_to(str(tmp_path / "nowhere" / "errors.json"))


def test_a_branch_is_put_under_preambles_and_neutral_ones_of_equal_length(qtbot, window, bench):
    error = bench.fork.branches[Role.ERROR]
    window.selection.select(error)
    window.actions_by_id["tree.preambles"].trigger()
    dialog = window.beside.preambles
    assert [one.neutral for one in dialog.found] == [False, True] * 6
    dialog.wording.setCurrentText("my own")
    dialog.texts.setPlainText("All true.")
    dialog.propose()
    own, neutral = dialog.found
    longer = len(neutral.tokens) - len(own.tokens)
    assert longer > 0  # no neutral sentence is so short
    assert dialog.list.topLevelItem(1).text(2) == f"neutral, {longer} tokens longer"
    dialog.texts.setPlainText("Everything below is true.")
    dialog.propose()
    own, neutral = dialog.found
    assert len(own.tokens) == len(neutral.tokens)
    assert dialog.list.topLevelItem(1).text(2) == "neutral, as long"
    dialog.clean.setChecked(True)
    before = set(bench.branches)
    qtbot.mouseClick(dialog.plant, LEFT)
    new = [bench.branches[first] for first in bench.branches if first not in before]
    roles = [one.role for one in new if one.role is not Role.BASE]
    assert sorted(roles) == [Role.CLEAN, Role.CLEAN, Role.ERROR, Role.ERROR]
    ids = [int(bench.tree.token(node).id) for node in bench.nodes_of(error)]
    for one in new:
        if one.role is Role.ERROR:
            nodes = bench.nodes_of(one.first)
            assert [int(bench.tree.token(node).id) for node in nodes] == ids
            assert bench.head_of(one.first) == one.first  # what followed is forced, not its head
            assert bench.readings.is_exact(nodes[-1])
            assert bench.tree.text_to(nodes[0]).endswith(f"\n{FORK.prompt} Apple")
    bench.undo()
    assert set(bench.branches) == before


def test_a_conversation_is_put_under_preambles_that_the_system_or_the_user_says(
    qtbot, window, bench, plain_chat
):
    turns = (Turn("user", "Who leads it?"), Turn("assistant", "It is"))
    composed = [
        one.found for one in compose(plain_chat, Conversation(turns)) if isinstance(one, Aside)
    ]
    assert isinstance(composed[0], Composed)
    window.verbs.plant_composed(composed[0])
    tip = window.selection.selected
    error = bench.insert(tip, bench.vocabulary.tokens(plain_chat.tokenize(" Apple")))
    window.selection.select(error)
    window.actions_by_id["tree.preambles"].trigger()
    dialog = window.beside.preambles
    assert dialog.turn.isVisible()
    dialog.wording.setCurrentText("my own")
    dialog.texts.setPlainText("Be exact.")
    dialog.propose()
    told = {}
    for words in (dialog.turn.itemText(0), dialog.turn.itemText(1)):
        dialog.turn.setCurrentText(words)
        assert [one.neutral for one in dialog.found] == [False, True]
        before = set(bench.branches)
        qtbot.mouseClick(dialog.plant, LEFT)
        new = [first for first in bench.branches if first not in before]
        texts = [bench.tree.text_to(bench.tip_of(first)) for first in new]
        told[words] = next(text for text in texts if "Be exact." in text and "Apple" in text)
        assert all(text.count("Who leads it?") == 1 for text in texts)
    system, user = told.values()
    assert system.index("Be exact.") < system.index("<user>")
    assert user.index("<user>") < user.index("Be exact.") < user.index("Who leads it?")
    bench.undo()
    bench.undo()
    window.selection.select(bench.fork.branches[Role.ERROR])
    assert not dialog.turn.isVisible()
    assert dialog.found[0].replaces == 0


def test_the_same_error_is_put_into_either_turn_of_a_conversation(
    qtbot, window, bench, scripted, plain_chat
):
    assert plain_chat is scripted
    dialog = open_errors(window, bench)
    dialog.table.selectRow(0)
    dialog.tabs.setCurrentIndex(2)
    page = dialog.turns
    assert page.stem.text() == FORK.prompt
    page.wrong.setText(" Apple")
    qtbot.mouseClick(page.weigh, LEFT)
    assert [one.name for one in page.spoken] == [
        "Facebook in the assistant's turn",
        "Apple in the assistant's turn",
        "Facebook in the user's turn",
        "Apple in the user's turn",
    ]
    before = set(bench.branches)
    qtbot.mouseClick(page.plant, LEFT)
    assert (page.stem.text(), page.wrong.text()) == (FORK.prompt, " Apple")
    assert len(page.spoken) == 4, "what was weighed stays to be looked at"
    new = [bench.branches[first] for first in bench.branches if first not in before]
    assert sorted(one.role for one in new if one.role is not Role.BASE) == [
        Role.CLEAN,
        Role.CLEAN,
        Role.ERROR,
        Role.ERROR,
    ]
    error = next(one for one in new if one.name == "Apple in the user's turn")
    record = bench.error_of(error.first)
    assert (record.title, record.text) == ("turn of the user", " Apple")
    assert "Apple. " in bench.tree.text_to(bench.tip_of(error.first)).replace("\n", " ") + " "
    bench.undo()
    assert set(bench.branches) == before
