"""A token clicked, chosen, typed, continued: the panels at the right."""

from dataclasses import replace

from PySide6.QtCore import Qt

from core.branches import Role
from core.engine import Continue, Withdrawn
from core.sampling import FREE
from core.tokens import TokenId
from core.tree import Origin
from tests.gui.driving import LEFT, click, first_of, select, trigger


def test_a_click_on_a_token_selects_it_and_the_panels_follow(qtbot, window, told):
    apple = first_of(told, Role.ERROR)
    select(qtbot, window, apple)
    assert window.this_token.value("origin") == "inserted as error"
    assert window.this_token.value("surprise") == "7.1 bits"
    assert window.this_token.value("probability") == "0.0074"
    assert "Facebook" in window.this_token.value("displaced")
    assert window.branches.items.first_at(window.branches.list.currentIndex().row()) == apple


def test_a_click_on_a_ghost_branches_there(qtbot, window, told):
    before = window.selection.selected
    token, box = window.tree.canvas.ghost_boxes()[0]
    click(qtbot, window, box.center())
    new = window.selection.selected
    assert told.tree.parent(new) == before
    assert told.tree.token(new) == token
    assert told.tree.origin(new) is Origin.CHOSEN
    assert told.readings.surprise(new) is not None


def test_a_double_click_on_a_candidate_branches_with_it(qtbot, window, told):
    table = window.next_token.table
    row = next(r for r in range(20) if window.next_token.items.token_at(r).piece == b" Google")
    place = table.visualRect(window.next_token.items.index(row, 0)).center()
    qtbot.mouseClick(table.viewport(), LEFT, pos=place)
    qtbot.mouseDClick(table.viewport(), LEFT, pos=place)
    assert told.tree.token(window.selection.selected).piece == b" Google"


def test_enter_on_a_candidate_branches_with_it(qtbot, window, told):
    window.next_token.table.selectRow(2)
    wanted = window.next_token.items.token_at(2)
    qtbot.keyClick(window.next_token.table, Qt.Key.Key_Return)
    assert told.tree.token(window.selection.selected) == wanted


def test_a_digit_in_the_tree_branches_with_that_candidate(qtbot, window, told):
    wanted = window.next_token.items.token_at(2)
    qtbot.keyClick(window.tree.canvas, Qt.Key.Key_3)
    assert told.tree.token(window.selection.selected) == wanted


def test_typed_text_is_previewed_and_inserted_as_an_error(qtbot, window, told):
    panel = window.next_token
    trigger(window, "tree.insert")
    qtbot.keyClicks(panel.field, " Google")
    qtbot.waitUntil(panel.insert.isEnabled)
    assert "splits into 1 token" in panel._splits.text()
    assert "4.8 bits" in panel._figures.text()
    qtbot.mouseClick(panel.insert, LEFT)
    new = window.selection.selected
    assert told.tree.origin(new) is Origin.INSERTED
    assert told.branch_of(new).role is Role.ERROR
    assert panel.field.text() == ""


def test_text_can_be_inserted_as_a_control(qtbot, window, told):
    panel = window.next_token
    panel.field.setText(" X")
    qtbot.waitUntil(panel.insert_as.isEnabled)
    next(a for a in panel.insert_as.menu().actions() if "control" in a.text()).trigger()
    assert told.branch_of(window.selection.selected).role is Role.CONTROL


def test_moving_on_while_typing_forgets_the_old_preview(qtbot, window, told):
    panel = window.next_token
    panel.field.setText(" X")
    qtbot.waitUntil(panel.insert.isEnabled)
    window.selection.select(first_of(told, Role.ERROR))
    assert not panel.insert.isEnabled()
    qtbot.waitUntil(panel.insert.isEnabled)


def test_continue_lets_the_branch_grow_from_its_end(qtbot, window, told):
    clean = first_of(told, Role.CLEAN)
    select(qtbot, window, clean)
    before = len(told.nodes_of(clean))
    window.next_token.growth.tokens.setValue(4)
    qtbot.mouseClick(window.next_token.growth.go, LEFT)
    assert len(told.nodes_of(clean)) == before + 4


def test_continue_pressed_again_goes_on_where_a_prompts_only_branch_ends(qtbot, window, told):
    tip = told.start_prompt([told.tree.token(first_of(told, Role.CLEAN))])
    select(qtbot, window, tip)
    growth = window.next_token.growth
    growth.tokens.setValue(3)
    for pressed in (1, 2):
        qtbot.mouseClick(growth.go, LEFT)
        assert told.tree.depth(told.end_of(tip)) == told.tree.depth(tip) + 3 * pressed
    assert len(told.visible_children(tip)) == 1
    growth.from_here.setChecked(True)
    qtbot.mouseClick(growth.go, LEFT)
    assert told.tree.depth(told.end_of(tip)) == told.tree.depth(tip) + 6


def test_samples_from_a_token_become_branches_there(qtbot, window, told):
    clean = first_of(told, Role.CLEAN)
    select(qtbot, window, clean)
    growth = window.next_token.growth
    window.sampler.choose(FREE)
    growth.samples.setValue(3)
    growth.temperature.setValue(2.0)
    growth.tokens.setValue(2)
    growth.from_here.setChecked(True)
    before = len(told.visible_children(clean))
    trigger(window, "tree.continue")
    after = told.visible_children(clean)
    assert len(after) > before
    assert told.tree.origin(after[-1]) is Origin.SAMPLED


def test_a_draft_that_gives_way_leaves_the_window(qtbot, window, told, engine, monkeypatch):
    """Rounding drew another token: whoever looked at it is taken to where the branch goes on."""
    clean = first_of(told, Role.CLEAN)
    select(qtbot, window, clean)
    lanes = len(window.tree.canvas.mirror.placed.lanes)
    tip = told.tip_of(clean)
    ask, seen = engine.ask, []

    def slip(request):
        if not isinstance(request, Continue):
            yield from ask(request)
            return
        answers = list(ask(request))
        first = answers[0]
        yield replace(
            first,
            token=replace(first.token, id=TokenId(first.token.id + 1)),
            expects=replace(first.expects, exact=False),
        )
        (draft,) = told.visible_children(tip)
        window.selection.select(draft)
        seen.append(draft)
        yield Withdrawn(0, 0)
        yield from answers

    monkeypatch.setattr(engine, "ask", slip)
    window.next_token.growth.tokens.setValue(2)
    qtbot.mouseClick(window.next_token.growth.go, LEFT)
    (draft,) = seen
    assert window.selection.selected == tip
    assert draft not in told.nodes_of(clean)
    assert len(window.tree.canvas.mirror.placed.lanes) == lanes
    qtbot.wait(20)  # whatever still wants to look at it does so now
