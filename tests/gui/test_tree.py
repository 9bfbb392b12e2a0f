"""The tree walked, moved, zoomed, undone, hovered over."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from core.branches import Role
from core.sampling import FREE, GREEDY
from core.tree import ROOT
from gui.tree_painter import TreePainter
from gui.tree_view import LEGIBLE
from gui.tree_walk import Step
from tests.gui.driving import LEFT, click, first_of, select, trigger


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


def test_what_is_done_again_is_looked_at(qtbot, window, told, tokens_of):
    end = told.tip_of(first_of(told, Role.CLEAN))
    new = told.insert(end, tokens_of(" Google"))
    trigger(window, "edit.undo")
    window.selection.select(first_of(told, Role.ERROR))
    trigger(window, "edit.redo")
    assert window.selection.selected == new
    canvas = window.tree.canvas
    assert canvas.viewport().rect().contains(canvas.box_of(new).center().toPoint())


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


def test_from_afar_the_selected_path_and_what_is_pointed_at_are_lit(window, told):
    canvas = window.tree.canvas
    told.continue_from(
        (told.tip_of(first_of(told, Role.CLEAN)),), tokens=80, sampler=GREEDY, seed=0
    )
    window.actions_by_id["view.fit"].trigger()
    assert canvas._zoom < LEGIBLE

    def lit_below(node):
        box, image = canvas.box_of(node), canvas.viewport().grab().toImage()
        rows = range(int(box.bottom()) + 1, int(box.bottom()) + 5)
        colours = [image.pixelColor(int(box.center().x()), y) for y in rows]
        return any(colour.hslSaturation() > 120 for colour in colours)  # the panel is grey

    clean, error = first_of(told, Role.CLEAN), first_of(told, Role.ERROR)
    after_error = told.visible_children(error)[0]
    window.selection.select(after_error)
    assert lit_below(1)
    assert lit_below(error)
    assert not lit_below(clean)
    before = canvas.viewport().grab().toImage()
    window.selection.point(clean)
    assert canvas.viewport().grab().toImage() != before


def test_dragging_moves_the_tree(qtbot, window):
    viewport = window.tree.canvas.viewport()
    start = QPoint(200, viewport.height() - 20)
    qtbot.mousePress(viewport, LEFT, pos=start)
    qtbot.mouseMove(viewport, start - QPoint(40, 0))
    qtbot.mouseMove(viewport, start - QPoint(120, 0))
    qtbot.mouseRelease(viewport, LEFT, pos=start - QPoint(120, 0))
    bar = window.tree.canvas.horizontalScrollBar()
    assert bar.value() == min(120, bar.maximum())


def test_the_canvas_tells_a_screen_reader_what_is_selected(window, told):
    window.selection.select(first_of(told, Role.ERROR))
    words = window.tree.canvas.accessibleDescription()
    assert "“ Apple”" in words
    assert "inserted as error" in words


def test_hovering_shows_a_card(qtbot, window, told):
    canvas = window.tree.canvas
    apple = first_of(told, Role.ERROR)
    canvas.show_card(apple)
    assert "Apple" in canvas._card.text()
    assert canvas.viewport().rect().contains(canvas._card.geometry())
    canvas.zoom_by(0.9, QPointF(0, 0))


def test_a_card_never_covers_its_token(qtbot, window, told):
    window.resize(window.minimumSize())
    canvas = window.tree.canvas
    qtbot.waitUntil(lambda: canvas.height() < 420)
    for node in canvas.nodes_in_view():
        canvas.show_card(node)
        chip = canvas.box_of(node)
        card = canvas._card.geometry()
        assert not card.intersects(chip.toAlignedRect()), told.tree.token(node)


def test_ghosts_below_another_lane_say_after_which_token_they_stand(window, told):
    canvas = window.tree.canvas
    roles = (Role.CLEAN, Role.ERROR)
    for role in roles:
        window.selection.select(first_of(told, role))
        assert canvas._ghosts.heading.startswith("after"), role
    window.selection.select(told.tip_of(first_of(told, Role.CONTROL)))
    assert canvas._ghosts.heading == "", "these stand beside it"


def test_a_typed_token_makes_the_tree_no_larger_under_the_eye(qtbot, window, told, tokens_of):
    canvas = window.tree.canvas
    window.resize(window.minimumSize())
    qtbot.waitUntil(lambda: canvas.height() < 420)
    before = canvas.zoom
    assert before < 1, "the fork fits the small window"
    told.insert(told.tip_of(first_of(told, Role.ERROR)), tokens_of(" Google"))
    assert canvas.zoom <= before
    held = canvas.box_of(window.selection.selected).center()
    canvas.zoom_to_normal()
    moved = canvas.box_of(window.selection.selected).center() - held
    assert moved.manhattanLength() < 4, "what is selected stays where it is"


def picture(canvas):
    return canvas.viewport().grab().toImage()


def test_a_moved_tree_looks_like_one_that_was_painted_there(window):
    canvas = window.tree.canvas
    canvas.zoom_by(1.7)
    canvas._near.forget()  # on a slow machine it is only stretched at first
    picture(canvas)
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
    told.continue_from((window.selection.selected,), tokens=3, sampler=GREEDY, seed=0)
    grown = picture(canvas)
    canvas._near.forget()
    assert grown == picture(canvas)


def test_ghosts_that_stand_far_from_their_token_say_whose_they_are(window, told):
    canvas = window.tree.canvas
    last = told.tip_of(told.fork.branches[Role.CONTROL])
    window.selection.select(last)
    assert canvas._find_ghosts().heading == ""
    window.selection.select(told.fork.branches[Role.CLEAN])
    assert canvas._find_ghosts().heading == "after “ Facebook”"


def test_names_of_branches_in_one_lane_end_before_the_next_begins(window, told, monkeypatch):
    written = []

    def label(painter, _painter, first, place, room):
        metrics, name = painter._label_metrics, painter._marks.label(first)
        wide = min(metrics.horizontalAdvance(name), room)
        written.append((place.y(), place.x(), place.x() + wide))

    monkeypatch.setattr(TreePainter, "_label", label)
    tip = told.tip_of(told.fork.branches[Role.CLEAN])
    told.continue_from([tip], tokens=40, sampler=FREE, seed=1, samples=3)
    canvas = window.tree.canvas
    assert canvas.horizontalScrollBar().maximum() > 800
    for across in range(0, canvas.horizontalScrollBar().maximum(), 40):
        canvas.horizontalScrollBar().setValue(across)
        written.clear()
        canvas.viewport().repaint()
        assert written
        for (lane, _, end), (other, begin, _) in pairwise(sorted(written)):
            assert lane != other or end <= begin


def test_what_is_noted_at_a_token_is_seen_there(qtbot, window, told):
    error = first_of(told, Role.ERROR)
    window.selection.select(error)
    canvas = window.tree.canvas
    before = canvas.viewport().grab(canvas.box_of(error).toRect()).toImage()
    told.note(error, "the wrong turn")
    told.bookmark(error, True)
    assert window.this_token.value("note") == "the wrong turn · bookmarked"
    assert canvas.viewport().grab(canvas.box_of(error).toRect()).toImage() != before
    canvas._card.show_node(error, canvas.box_of(error), [error])
    assert "the wrong turn" in canvas._card.text()
    window.selection.select(first_of(told, Role.CLEAN))
    assert window.this_token.value("note") == ""
