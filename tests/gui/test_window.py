from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit

from core.branches import Role
from core.forks import DEFAULT_FORK
from core.sampling import FREE
from core.tree import ROOT, Origin
from gui.actions import ACTIONS
from gui.look import ThemeChoice
from gui.theme import DARK
from gui.tree_walk import Step

LEFT = Qt.MouseButton.LeftButton


def trigger(window, action):
    window.actions_by_id[action].trigger()


def click(qtbot, window, at):
    qtbot.mouseClick(window.tree.canvas.viewport(), LEFT, pos=at.toPoint())


def first_of(bench, role):
    return bench.fork.branches[role]


def select(qtbot, window, node):
    window.tree.canvas.reveal(node)
    click(qtbot, window, window.tree.canvas.box_of(node).center())
    assert window.selection.selected == node


def test_the_told_fork_is_shown_with_its_end_selected(window, told):
    prompt_end = told.tree.parent(first_of(told, Role.CLEAN))
    assert window.selection.selected == prompt_end
    assert window.branches.items.rowCount() == 5
    assert next(token.piece for token, _ in window.tree.canvas.ghost_boxes()) != b" Facebook"
    assert window.problem.words() == ""


def test_telling_a_fork_by_its_button_grows_the_branches(qtbot, empty_window, workbench):
    window = empty_window
    window.tree.story.tokens.setValue(3)
    qtbot.mouseClick(window.tree.story.tell, LEFT)
    assert {branch.role for branch in workbench.branches.values()} >= {
        Role.BASE,
        Role.CLEAN,
        Role.ERROR,
        Role.CONTROL,
        Role.MENTION,
    }
    assert workbench.tree.text_to(window.selection.selected) == "Mark Zuckerberg is the CEO of"


def test_a_users_own_fact_is_told_from_the_fields(qtbot, empty_window, workbench):
    story = empty_window.tree.story
    for name, text in (
        ("prompt", "The capital of France is"),
        ("right", " Paris"),
        ("wrong", " Apple"),
        ("control", ""),
        ("mention", ""),
        ("probe", ""),
    ):
        story.fields[name].setText(text)
    story.tokens.setValue(2)
    qtbot.keyClick(story.fields["wrong"], Qt.Key.Key_Return)
    assert [branch.role for branch in workbench.branches.values()] == [
        Role.BASE,
        Role.CLEAN,
        Role.ERROR,
    ]


def test_the_controls_follow_another_fact_unless_they_were_written(qtbot, empty_window):
    story = empty_window.tree.story
    for name, text in (("prompt", "The capital of France is"), ("wrong", " Berlin")):
        story.fields[name].selectAll()
        qtbot.keyClicks(story.fields[name], text)
    assert story.spec().probe == ".\nIn fact, the capital of France is"
    assert story.spec().mention == " a company. Some people have heard of Berlin"
    story.fields["probe"].selectAll()
    qtbot.keyClicks(story.fields["probe"], " So it is")
    story.fields["prompt"].selectAll()
    qtbot.keyClicks(story.fields["prompt"], "One and one is")
    assert story.spec().probe == " So it is"


def test_a_missing_answer_is_said_right_there_and_nothing_is_lost(qtbot, empty_window, workbench):
    story = empty_window.tree.story
    story.fields["wrong"].clear()
    qtbot.mouseClick(story.tell, LEFT)
    assert story._problem.isVisible()
    assert "wrong answer" in story._problem.text()
    assert story.fields["prompt"].text() == "Mark Zuckerberg is the CEO of"
    assert len(workbench.tree) == 0


def test_a_line_break_in_a_field_goes_in_and_out(empty_window):
    story = empty_window.tree.story
    assert story.fields["probe"].text().startswith(".⏎In fact")
    assert story.spec().probe.startswith(".\nIn fact")


def test_a_prompt_alone_is_put_into_the_tree(qtbot, empty_window, workbench):
    empty_window.tree.story.fields["prompt"].setText("Mark Zuckerberg")
    qtbot.mouseClick(empty_window.tree.story.alone, LEFT)
    assert workbench.tree.text_to(empty_window.selection.selected) == "Mark Zuckerberg"


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


def test_undo_and_redo_by_their_keys(qtbot, window, told):
    start = window.selection.selected
    click(qtbot, window, window.tree.canvas.ghost_boxes()[0][1].center())
    new = window.selection.selected
    assert window.actions_by_id["edit.undo"].text().startswith("&Undo branch to")
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not told.is_visible(new)
    assert window.selection.selected == start
    trigger(window, "edit.redo")
    assert told.is_visible(new)


def test_hiding_takes_a_branch_out_of_sight_and_its_lane_with_it(qtbot, window, told):
    apple = first_of(told, Role.ERROR)
    lanes = len(window.tree.canvas.mirror.placed.lanes)
    select(qtbot, window, apple)
    trigger(window, "edit.hide")
    assert len(window.tree.canvas.mirror.placed.lanes) == lanes - 1
    assert window.branches.items.rowCount() == 4
    assert window.selection.selected == told.tree.parent(apple)
    trigger(window, "edit.undo")
    assert len(window.tree.canvas.mirror.placed.lanes) == lanes


def test_arrow_keys_walk_the_tree(qtbot, window, told):
    canvas = window.tree.canvas
    clean, error = first_of(told, Role.CLEAN), first_of(told, Role.ERROR)
    canvas.setFocus()
    for key, wanted in (
        (Qt.Key.Key_Right, clean),
        (Qt.Key.Key_Down, error),
        (Qt.Key.Key_Right, told.nodes_of(error)[1]),
        (Qt.Key.Key_Home, error),
        (Qt.Key.Key_End, told.tip_of(error)),
        (Qt.Key.Key_Home, error),
        (Qt.Key.Key_Up, clean),
        (Qt.Key.Key_Left, told.tree.parent(clean)),
    ):
        qtbot.keyClick(canvas, key)
        assert window.selection.selected == wanted


def test_a_walk_in_an_empty_tree_goes_nowhere(empty_window):
    for step in Step:
        empty_window.tree.canvas.go(step)
    assert empty_window.selection.selected == ROOT


def test_the_next_alternative_is_selected_in_turn(window, told):
    clean = first_of(told, Role.CLEAN)
    window.selection.select(clean)
    seen = []
    for _ in told.visible_children(told.tree.parent(clean)):
        trigger(window, "tree.sibling")
        seen.append(window.selection.selected)
    assert sorted(seen) == sorted(told.visible_children(told.tree.parent(clean)))


def test_the_theme_can_be_switched_and_is_remembered(window, preferences):
    trigger(window, "view.theme_dark")
    assert window.palette().window().color().name().upper() == DARK.window
    assert preferences.theme is ThemeChoice.DARK
    corner = window.tree.canvas.viewport().grab().toImage().pixelColor(3, 3)
    assert corner.name().upper() == DARK.panel
    trigger(window, "view.theme_light")


def test_zoom_keeps_what_is_under_the_pointer(window, told):
    canvas = window.tree.canvas
    apple = first_of(told, Role.ERROR)
    at = canvas.box_of(apple).center()
    before = canvas.zoom
    canvas.zoom_by(1.6, at)
    moved = canvas.box_of(apple).center() - at
    assert canvas.zoom == pytest.approx(1.6 * before)
    assert moved.manhattanLength() < 3 or canvas.verticalScrollBar().value() == 0


def test_the_whole_tree_fits_and_is_drawn_as_strips(window):
    canvas = window.tree.canvas
    canvas.zoom_by(0.2)
    image = canvas.viewport().grab().toImage()
    colours = {image.pixelColor(x, y).name() for x in range(0, 200, 2) for y in range(30, 60)}
    assert len(colours) > 3
    canvas.fit()
    width, height = canvas.mirror.placed.size
    assert width * canvas.zoom <= canvas.viewport().width()
    assert height * canvas.zoom <= canvas.viewport().height()


def test_dragging_moves_the_tree(qtbot, window):
    viewport = window.tree.canvas.viewport()
    start = QPoint(200, viewport.height() - 20)
    qtbot.mousePress(viewport, LEFT, pos=start)
    qtbot.mouseMove(viewport, start - QPoint(40, 0))
    qtbot.mouseMove(viewport, start - QPoint(120, 0))
    qtbot.mouseRelease(viewport, LEFT, pos=start - QPoint(120, 0))
    bar = window.tree.canvas.horizontalScrollBar()
    assert bar.value() == min(120, bar.maximum())


def test_branches_are_renamed_in_the_list(qtbot, window, told):
    apple = first_of(told, Role.ERROR)
    window.selection.select(apple)
    trigger(window, "edit.rename")
    editor = QApplication.focusWidget()
    assert isinstance(editor, QLineEdit)
    editor.selectAll()
    qtbot.keyClicks(editor, "fruit")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: told.branches[apple].name == "fruit")


def test_choosing_a_branch_jumps_there(qtbot, window, told):
    control = first_of(told, Role.CONTROL)
    row = window.branches.items.row_of(control)
    place = window.branches.list.visualRect(window.branches.items.index(row)).center()
    qtbot.mouseClick(window.branches.list.viewport(), LEFT, pos=place)
    assert window.selection.selected == control


def test_bookmarks_and_notes_are_listed(qtbot, window, told):
    apple = first_of(told, Role.ERROR)
    window.selection.select(apple)
    trigger(window, "tree.bookmark")
    assert window.branches._bookmarks.item(0).text() == "“ Apple” after “ of”"
    trigger(window, "tree.note")
    qtbot.keyClicks(window.tree.note.field, "ask again")
    qtbot.keyClick(window.tree.note.field, Qt.Key.Key_Return)
    assert told.notes[apple] == "ask again"
    assert window.branches._notes.item(0).text() == "ask again"
    assert window.tree.note.isHidden()


def test_pointing_at_the_plot_lights_the_tree_and_back(qtbot, window, told):
    apple = first_of(told, Role.ERROR)
    viewport = window.compare.plot._plot.viewport()
    qtbot.waitUntil(lambda: not window.compare._later.isActive())
    place = window.compare.plot.place_of(apple)
    qtbot.mouseMove(viewport, QPoint(4, 4))
    with qtbot.waitSignal(window.selection.pointed_changed) as pointed:
        qtbot.mouseMove(viewport, place.toPoint())
    assert pointed.args == [apple]
    canvas = window.tree.canvas
    qtbot.mouseMove(canvas.viewport(), canvas.box_of(apple).center().toPoint())
    assert window.selection.pointed == apple
    assert len(window.compare.plot._ring.data) == 1


def test_comparing_leaves_out_what_is_unchecked(qtbot, window, told):
    control = first_of(told, Role.CONTROL)
    assert control in window.compare.chosen()
    window.compare.legend.boxes[control].click()
    assert control not in window.compare.chosen()


def test_what_is_believed_is_said_for_every_branch(window):
    spoken = window.compare.bars.accessibleName()
    assert "after error: Facebook 0.539, Apple 0.162" in spoken
    assert "after clean: Facebook 0.817" in spoken


def test_the_canvas_tells_a_screen_reader_what_is_selected(window, told):
    window.selection.select(first_of(told, Role.ERROR))
    words = window.tree.canvas.accessibleDescription()
    assert "“ Apple”" in words
    assert "inserted as error" in words


def test_a_problem_is_one_sentence_in_a_strip(window, told):
    told.attach_engine(None)
    told.continue_from((window.selection.selected,), tokens=1, sampler=_greedy(), seed=0)
    assert window.problem.words().endswith(".")
    assert window.pill.words().startswith("No model")
    assert not window.tree.story.tell.isEnabled()
    assert window.this_token.value("surprise").endswith("bits")
    window.problem.dismiss()
    assert window.problem.words() == ""


def _greedy():
    from core.sampling import GREEDY  # noqa: PLC0415

    return GREEDY


def test_text_up_to_a_token_is_copied(window, told):
    window.selection.select(first_of(told, Role.ERROR))
    trigger(window, "edit.copy")
    assert QGuiApplication.clipboard().text() == "Mark Zuckerberg is the CEO of Apple"


def test_no_two_actions_share_a_key():
    keys = [key for spec in ACTIONS for key in spec.keys]
    assert len(keys) == len(set(keys))


def test_every_menu_entry_does_something(window):
    names = set(window.actions_by_id)
    without_doors = {
        "file.new",
        "file.open",
        "file.save_as",
        "model.open",
        "file.recent",
        "model.reload",
    }
    assert names == {spec.id for spec in ACTIONS} - without_doors


def test_the_branches_give_way_in_a_narrow_window(qtbot, window):
    window.resize(1280, 800)
    assert window.branches.isVisible()
    window.resize(1024, 700)
    qtbot.waitUntil(window.branches.isHidden)
    assert window.width() == 1024
    assert window.height() == 700
    trigger(window, "view.branches")
    assert window.branches.isVisible()


def test_the_lists_obey_qt(window, qtmodeltester):
    qtmodeltester.check(window.next_token.items)
    qtmodeltester.check(window.branches.items)


def test_the_sheet_of_keys_names_them(window):
    trigger(window, "help.keys")
    sheets = [w for w in QApplication.topLevelWidgets() if w.windowTitle() == "Keys"]
    assert len(sheets) == 1
    sheets[0].close()


def test_hovering_shows_a_card(qtbot, window, told):
    canvas = window.tree.canvas
    apple = first_of(told, Role.ERROR)
    canvas.show_card(apple)
    assert "Apple" in canvas._card.text()
    assert canvas.viewport().rect().contains(canvas._card.geometry())
    canvas.zoom_by(0.9, QPointF(0, 0))


def picture(canvas):
    return canvas.viewport().grab().toImage()


def test_a_moved_tree_looks_like_one_that_was_painted_there(window):
    canvas = window.tree.canvas
    canvas.zoom_by(1.7)
    across, down = canvas.horizontalScrollBar(), canvas.verticalScrollBar()
    for place in ((0, 0), (37, 0), (37, 21), (5, 40), (300, 3)):
        across.setValue(place[0])
        down.setValue(place[1])
        moved = picture(canvas)
        canvas._near.forget()
        assert moved == picture(canvas)


def test_a_tree_that_grew_looks_like_one_that_was_painted_then(window, told):
    canvas = window.tree.canvas
    picture(canvas)
    told.continue_from((window.selection.selected,), tokens=3, sampler=_greedy(), seed=0)
    grown = picture(canvas)
    canvas._near.forget()
    assert grown == picture(canvas)


def test_a_second_fact_is_compared_by_itself_and_the_first_stays_in_the_menu(window, workbench):
    workbench.tell_fork(replace(DEFAULT_FORK, prompt="The capital of France is"))
    told = set(workbench.fork.branches.values())
    chosen = set(window.compare.chosen())
    assert chosen
    assert chosen <= told
    others = [one for one, b in workbench.branches.items() if one not in told and b.role != "base"]
    assert others
    window.compare._on_toggled(others[0], True)
    assert others[0] in window.compare.chosen()
