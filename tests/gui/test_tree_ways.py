"""Folds, parts, compact columns, words, likely paths, the map: by menu, key and mouse."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible

from core.branches import Role
from core.sampling import FREE
from core.tokens import TokenId
from core.tree import ROOT

LEFT = Qt.MouseButton.LeftButton


def trigger(window, action):
    assert window.actions_by_id[action].isEnabled(), action
    window.actions_by_id[action].trigger()


def shown(window):
    placed = window.tree.canvas.mirror.placed
    return set(placed.lanes.order.tolist())


def in_view(window, node):
    canvas = window.tree.canvas
    return canvas.viewport().rect().contains(canvas.box_of(node).toRect())


def test_a_second_fact_is_seen_with_all_its_branches(window, told):
    other = replace(
        told.fork.spec, prompt="The capital of France is", right=" Paris", wrong=" Apple"
    )
    window.verbs.tell(other)
    assert told.fork.spec.prompt == other.prompt
    assert all(in_view(window, first) for first in told.fork.branches.values())


def test_an_inserted_error_is_seen(window, told, engine):
    tip = told.tip_of(told.fork.branches[Role.CONTROL])
    window.tree.canvas.show_start()
    new = told.insert(tip, engine.vocabulary.tokens(engine.tokenize(" Apple")))
    assert in_view(window, new)


def test_the_unexplored_tokens_use_the_height_there_is(window, told):
    few = len(window.tree.canvas.ghost_boxes())
    window.panes.compare.hide()
    window.resize(1280, 1200)
    window.tree.canvas.viewport().repaint()
    assert few < len(window.tree.canvas.ghost_boxes()) <= 10


def test_a_fold_is_one_sign_with_a_count_and_a_click_unfolds_it(qtbot, window, told):
    apple = told.fork.branches[Role.ERROR]
    window.selection.select(apple)
    trigger(window, "tree.fold")
    canvas = window.tree.canvas
    assert canvas.mirror.folded_away(apple) == (told.fork.spec.tokens, 1)
    assert told.tip_of(apple) not in shown(window)
    window.selection.select(told.tip_of(apple))
    assert canvas.selected_chip() == apple
    sign = canvas.fold_box(apple).center().toPoint()
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=sign)
    assert told.tip_of(apple) in shown(window)
    trigger(window, "edit.undo")
    assert told.tip_of(apple) not in shown(window)


def test_a_part_of_the_tree_is_shown_alone_with_a_way_back(qtbot, window, told):
    apple = told.fork.branches[Role.ERROR]
    window.selection.select(apple)
    qtbot.keyClick(window, Qt.Key.Key_F9)
    assert shown(window) == set(told.tree.subtree(apple))
    assert window.tree.hoist.isVisible()
    assert "Apple" in window.tree.hoist.words.whole()
    window.selection.select(told.fork.branches[Role.CLEAN])
    assert "outside" in window.tree.hoist.words.whole()
    qtbot.mouseClick(window.tree.hoist.crumbs[0], LEFT)
    assert told.hoisted == ROOT
    assert window.tree.hoist.isHidden()


def test_compact_columns_take_less_room_and_are_walked_and_clicked(qtbot, window, told):
    canvas = window.tree.canvas
    wide = canvas.mirror.placed.size[0]
    trigger(window, "view.compact")
    assert canvas.mirror.placed.size[0] < wide
    apple = told.fork.branches[Role.ERROR]
    canvas.reveal(apple)
    qtbot.mouseClick(canvas.viewport(), LEFT, pos=canvas.box_of(apple).center().toPoint())
    assert window.selection.selected == apple
    qtbot.keyClick(canvas, Qt.Key.Key_Up)
    assert window.selection.selected == told.fork.branches[Role.CLEAN]
    canvas.zoom_by(0.3 / canvas.zoom)
    far = canvas.grab().toImage()
    assert len({far.pixel(x, y) for x in range(10, 300, 3) for y in range(20, 120, 3)}) > 5


def test_words_are_one_chip_whose_p_is_the_product(window, told):
    trigger(window, "view.words")
    mirror = window.tree.canvas.mirror
    assert mirror.text(2) == "Zuckerberg"
    assert mirror.parts(2) == [2, 3, 4]
    product = 1.0
    for part in (2, 3, 4):
        product *= 2.0 ** -told.readings.surprise(part)
    assert mirror.probability(2) == pytest.approx(product, rel=1e-5)
    window.tree.canvas.show_card(2)
    assert "3 tokens" in window.tree.canvas._card.text()


def test_characters_that_span_tokens_are_drawn_whole_as_words(window, told, engine):
    family = "\U0001f469\u200d\U0001f467"
    for text in ("\u05e9", family, "e\u0301", "\U0001f44d\U0001f3fd"):
        tokens = [engine.vocabulary[TokenId(byte)] for byte in text.encode()]
        tip = told.insert(1, tokens)
        first = told.branch_of(tip).first
        if not window.actions_by_id["view.words"].isChecked():
            trigger(window, "view.words")
        assert window.tree.canvas.mirror.text(first) == text
        assert window.tree.canvas.mirror.chip_of(tip) == first


def test_unlikely_paths_are_hidden_and_counted_but_no_error_and_not_the_selected(window, told):
    apple = told.fork.branches[Role.ERROR]
    window.selection.select(apple)
    everything = len(shown(window))
    trigger(window, "view.likely")
    window.tree.likely.field.setText("0.5")
    window.tree.likely.field.returnPressed.emit()
    window.tree.likely._later.timeout.emit()
    left = shown(window)
    assert apple in left
    assert told.fork.branches[Role.MENTION] in left
    hidden = everything - len(left)
    assert hidden > 0
    assert f"{hidden} tokens hidden" in window.tree.likely.told.whole()
    clean_tip = told.tip_of(told.fork.branches[Role.CLEAN])
    assert clean_tip not in left
    window.selection.select(clean_tip)
    assert clean_tip in shown(window)
    window.tree.likely.all.click()
    window.tree.likely._later.timeout.emit()
    assert len(shown(window)) == everything


def test_the_map_shows_where_the_view_is_and_moves_it(qtbot, window):
    canvas = window.tree.canvas
    canvas.zoom_by(2.0)
    assert canvas.minimap.isVisible()
    right = QPoint(canvas.minimap.width() - 3, 4)
    qtbot.mouseClick(canvas.minimap, LEFT, pos=right)
    bar = canvas.horizontalScrollBar()
    assert bar.value() == bar.maximum()
    trigger(window, "view.minimap")
    assert canvas.minimap.isHidden()
    trigger(window, "view.minimap")
    canvas.fit()
    assert canvas.minimap.isHidden()  # all of the tree is in view


def test_an_odd_split_is_underlined_and_said(qtbot, window, told, engine):
    tokens = [engine.vocabulary[TokenId(byte)] for byte in b" Apple"]
    tip = told.insert(told.tree.parent(told.fork.branches[Role.CLEAN]), tokens)
    window.selection.select(tip)
    window.odd.look()
    odd = window.tree.canvas.mirror["odd"]
    assert odd[told.branch_of(tip).first]
    assert not odd[told.fork.branches[Role.ERROR]]
    window.tree.canvas.show_card(tip)
    assert "other tokens" in window.tree.canvas._card.text()


def test_the_card_tells_sampler_seed_and_model(window, told):
    window.next_token.growth.tokens.setValue(2)
    window.selection.select(told.tip_of(told.fork.branches[Role.CLEAN]))
    told.continue_from((window.selection.selected,), tokens=2, sampler=FREE, seed=7, samples=1)
    tip = told.tip_of(told.fork.branches[Role.CLEAN])
    window.tree.canvas.show_card(tip)
    words = window.tree.canvas._card.text()
    assert "temperature 1" in words
    assert "7, 0" in words
    assert "exact, SmolLM2-135M-Instruct" in words


def test_screen_readers_get_every_chip_in_view_by_name(qtbot, window, told):
    canvas = window.tree.canvas
    tree = QAccessible.queryAccessibleInterface(canvas)
    apple = told.fork.branches[Role.ERROR]
    names = [tree.child(n).text(QAccessible.Text.Name) for n in range(tree.childCount())]
    (named,) = [name for name in names if name.startswith("Apple, inserted as error")]
    assert "probability 0.0074" in named
    assert "branch error Apple" in named
    window.selection.select(apple)
    assert tree.focusChild().text(QAccessible.Text.Name) == named
    at = canvas.viewport().mapToGlobal(canvas.box_of(apple).center().toPoint())
    assert tree.childAt(at.x(), at.y()).text(QAccessible.Text.Name) == named
    assert tree.indexOfChild(tree.focusChild()) == names.index(named)


def test_a_branch_grows_in_and_comes_to_rest(qtbot, window, told):
    canvas = window.tree.canvas
    token, _ = canvas.ghost_boxes()[0]
    told.branch_here(window.selection.selected, token)
    assert canvas._growing
    qtbot.waitUntil(lambda: not canvas._growing and not canvas._growth.isActive())


def test_nothing_moves_when_the_system_asks_for_less(window, told, monkeypatch):
    monkeypatch.setattr("gui.tree_framing.moves", lambda: False)
    token, _ = window.tree.canvas.ghost_boxes()[0]
    told.branch_here(window.selection.selected, token)
    assert not window.tree.canvas._growing
    window.tree.canvas.zoom_by(1.0, QPointF(0, 0))
