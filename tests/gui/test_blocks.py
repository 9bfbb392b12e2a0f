"""The tree as blocks whose height is probability."""

import numpy as np
import pytest
from PySide6.QtCore import Qt

from core.branches import Role
from core.tree import ROOT

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def blocks(window, monkeypatch):
    monkeypatch.setattr("gui.block_view.moves", lambda: False)
    window.actions_by_id["view.blocks"].trigger()
    return window.tree.blocks


def block_of(blocks, node):
    return next(block for block in blocks.blocks() if block.part.node == node)


def test_a_blocks_height_is_its_share_of_the_one_before(window, blocks, told):
    clean = told.fork.branches[Role.CLEAN]
    before = block_of(blocks, told.tree.parent(clean))
    assert block_of(blocks, clean).height == pytest.approx(0.677 * before.height, rel=1e-3)
    parts = blocks._parts.of(told.tree.parent(clean))
    whole = {part.token: 0.0 for part in parts}
    for part in parts:  # equal tokens share their part
        whole[part.token] += part.share
    assert list(whole.values()) == sorted(whole.values(), reverse=True)
    assert sum(part.share for part in parts) < 1.0  # the rest of the vocabulary stays blank
    assert window.tree.shows_blocks


def test_an_unlikely_error_is_zoomed_to_when_it_is_selected(window, blocks, told):
    apple = told.fork.branches[Role.ERROR]
    assert apple not in {block.part.node for block in blocks.blocks()}
    window.selection.select(apple)
    block = block_of(blocks, apple)
    assert block.height > 0.5 * blocks.height()
    parent = block_of(blocks, told.tree.parent(apple))
    assert block.height == pytest.approx(parent.height * told_chance(told, apple), rel=1e-6)


def test_what_is_selected_is_in_view_when_blocks_are_first_shown(window, told, monkeypatch):
    monkeypatch.setattr("gui.block_view.moves", lambda: False)
    unlikely = min(
        told.nodes_of(told.fork.branches[Role.MENTION]), key=lambda n: told_chance(told, n)
    )
    window.selection.select(unlikely)
    window.actions_by_id["view.blocks"].trigger()
    assert block_of(window.tree.blocks, unlikely).height >= 16


def told_chance(told, node):
    return 2.0 ** -told.readings.surprise(node)


def test_a_click_selects_and_a_click_on_an_unexplored_block_branches(qtbot, window, blocks, told):
    clean = told.fork.branches[Role.CLEAN]
    at = blocks.box(block_of(blocks, clean)).center().toPoint()
    qtbot.mouseClick(blocks, LEFT, pos=at)
    assert window.selection.selected == clean
    ghost = next(b for b in blocks.blocks() if not b.part.node and b.parent == clean)
    qtbot.mouseClick(blocks, LEFT, pos=blocks.box(ghost).center().toPoint())
    new = window.selection.selected
    assert told.tree.parent(new) == clean
    assert told.tree.token(new) == ghost.part.token


def test_the_keys_are_those_of_the_lanes(qtbot, window, blocks, told):
    clean = told.fork.branches[Role.CLEAN]
    end = told.tree.parent(clean)
    qtbot.keyClick(blocks, Qt.Key.Key_Right)
    assert window.selection.selected == clean
    qtbot.keyClick(blocks, Qt.Key.Key_Down)
    assert told.tree.parent(window.selection.selected) == end
    qtbot.keyClick(blocks, Qt.Key.Key_Left)
    assert window.selection.selected == end
    qtbot.keyClick(blocks, Qt.Key.Key_1)
    assert window.selection.selected == clean
    qtbot.keyClick(blocks, Qt.Key.Key_B)
    assert clean in told.bookmarks


def test_zooming_in_and_out_again_ends_where_it_began(window, blocks):
    blocks.show_all()
    before = [(b.part.node, b.top, b.height) for b in blocks.blocks()]
    for _ in range(60):
        blocks.zoom_by(1.5)
    assert len(blocks.blocks()) > 0
    for _ in range(60):
        blocks.zoom_by(1 / 1.5)
    blocks.show_all()
    after = [(b.part.node, b.top, b.height) for b in blocks.blocks()]
    assert np.allclose(after, before)


def test_folds_and_parts_hold_for_blocks_too(window, blocks, told):
    clean = told.fork.branches[Role.CLEAN]
    told.fold(clean, True)
    assert not any(part.node for part in blocks._parts.of(clean))
    told.hoist(clean)
    assert {b.part.node for b in blocks.blocks()} <= set(told.tree.subtree(clean)) | {ROOT}


def test_it_flies_there_when_things_may_move(qtbot, window, told):
    window.actions_by_id["view.blocks"].trigger()
    blocks = window.tree.blocks
    apple = told.fork.branches[Role.ERROR]
    window.selection.select(apple)
    assert blocks._flight is not None
    qtbot.waitUntil(lambda: blocks._flight is None)
    assert block_of(blocks, apple).height == pytest.approx(0.55 * blocks.height(), rel=1e-6)
    window.actions_by_id["view.blocks"].trigger()
    assert window.tree.canvas.isVisible()
