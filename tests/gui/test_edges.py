"""Panels stand at the edge of the tree that the user wants, and are found there again."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from core.view_state import ViewState
from gui.actions import PLACES
from gui.app import CLOSED, build_window
from gui.edges import HOMES, Edge


@pytest.fixture
def shown(window):
    """A window in which every panel can be seen."""
    window.resize(1600, 1000)
    if window.reading.isHidden():
        window.actions_by_id["view.reading"].trigger()
    return window


def box(window, panel):
    """Return where a panel stands in its window."""
    return panel.rect().translated(panel.mapTo(window, QPoint(0, 0)))


def place(window, name, edge):
    window.actions_by_id[PLACES[name, edge]].trigger()
    return window.panes._panel(name)


def stands(window, name):
    """Return the edges of the tree at which a panel is seen."""
    panel, tree = box(window, window.panes._panel(name)), box(window, window.tree)
    return {
        Edge.LEFT: panel.right() < tree.left(),
        Edge.BELOW: panel.top() > tree.bottom(),
        Edge.RIGHT: panel.left() > tree.right(),
    }


@pytest.mark.parametrize("name", HOMES)
def test_a_panel_is_put_at_an_edge_and_seen_there(shown, qtbot, name):
    actions = shown.actions_by_id
    for edge in (*Edge, HOMES[name].edge):
        panel = place(shown, name, edge)
        assert panel.isVisible()
        wanted = {each: each is edge for each in Edge}
        qtbot.waitUntil(lambda: stands(shown, name) == wanted)  # noqa: B023 - before it changes
        checked = [each for each in (*Edge, None) if actions[PLACES[name, each]].isChecked()]
        assert checked == [edge]
        assert shown.rect().contains(box(shown, panel))


def test_panels_at_one_edge_share_its_height(shown, qtbot):
    shown.resize(1600, 1400)
    qtbot.waitUntil(lambda: shown.panes.edges.height() > 1200)
    for name in HOMES:
        place(shown, name, Edge.RIGHT)
    boxes = [box(shown, shown.panes._panel(name)) for name in HOMES]
    assert all(upper.bottom() < lower.top() for upper, lower in pairwise(boxes))
    qtbot.waitUntil(lambda: box(shown, shown.tree).left() < 40)  # the left edge has no panel
    assert min(one.height() for one in boxes) > 60
    assert all(shown.panes._panel(name).isVisible() for name in HOMES)
    assert shown.problem.words() == ""


def test_what_an_edge_has_no_room_for_gives_way_and_comes_back(shown, qtbot):
    shown.resize(1280, 800)
    qtbot.waitUntil(lambda: shown.panes.edges.height() < 800)
    for name in ("compare", "branches", "reading", "side"):
        place(shown, name, Edge.RIGHT)
    qtbot.wait(30)  # the sentence about it takes room too
    seen = [name for name in HOMES if shown.panes._panel(name).isVisible()]
    assert "side" in seen, "what was asked for last stays"
    assert "compare" not in seen, "what was asked for first goes"
    assert "no room for" in shown.problem.words()
    assert not shown.actions_by_id["view.compare"].isChecked()
    assert all(
        panel.height() >= panel.minimumSizeHint().height()
        for panel in map(shown.panes._panel, HOMES)
        if panel.isVisible()
    )
    shown.actions_by_id["view.compare"].trigger()
    assert shown.panes.compare.isVisible()
    assert not shown.branches.isVisible()
    again = shown.panes.view_state()
    shown.resize(1280, 1400)
    qtbot.waitUntil(lambda: all(shown.panes._panel(name).isVisible() for name in HOMES))
    assert shown.panes.view_state().part("shown") == again.part("shown"), "all of them are wanted"


def test_the_token_panels_stand_beside_each_other_below_the_tree(shown, qtbot):
    place(shown, "side", Edge.BELOW)
    upper, lower = (box(shown, one) for one in (shown.next_token, shown.this_token))
    assert upper.right() < lower.left()
    place(shown, "side", Edge.RIGHT)
    qtbot.waitUntil(
        lambda: box(shown, shown.next_token).bottom() < box(shown, shown.this_token).top()
    )


def test_tab_goes_on_through_what_was_moved(shown, qtbot):
    place(shown, "side", Edge.LEFT)
    shown.tree.canvas.setFocus()
    seen: list[QWidget] = []
    while not seen or seen[-1] is not shown.tree.canvas:
        qtbot.keyClick(shown.focusWidget(), Qt.Key.Key_Tab)
        seen.append(shown.focusWidget())
        assert len(seen) < 200
    parts = [shown.branches, shown.next_token, shown.reading]
    first = [next(n for n, one in enumerate(seen) if part.isAncestorOf(one)) for part in parts]
    assert first[2] < first[0] < first[1], "from the tree down, and from the left on"


def test_a_panel_goes_back_from_its_window_to_the_edge_where_it_stood(shown, qtbot):
    place(shown, "compare", Edge.RIGHT)
    place(shown, "compare", None)
    assert shown.panes.compare.window() is not shown
    place(shown, "branches", Edge.RIGHT)
    assert shown.panes.compare.window() is not shown, "it stays out while others move"
    place(shown, "compare", None)
    qtbot.waitUntil(lambda: stands(shown, "compare")[Edge.RIGHT])
    place(shown, "compare", None)
    place(shown, "compare", Edge.LEFT)
    qtbot.waitUntil(lambda: stands(shown, "compare")[Edge.LEFT])


def test_the_branches_stay_where_they_were_put_in_a_narrow_window(shown, qtbot):
    place(shown, "branches", Edge.RIGHT)
    shown.resize(shown.minimumSize())
    qtbot.wait(20)
    assert shown.branches.isVisible()


def test_places_are_found_again_in_the_session_and_in_the_next_window(
    shown, qtbot, told, preferences
):
    place(shown, "side", Edge.LEFT)
    place(shown, "compare", Edge.RIGHT)
    state = shown.panes.view_state()
    shown.close()
    second = build_window(told, preferences, CLOSED)
    qtbot.addWidget(second)
    second.show()
    assert stands(second, "side")[Edge.LEFT]
    second.panes.restore_view(ViewState(1))
    assert stands(second, "side")[Edge.RIGHT], "a session of before knows no edges"
    second.panes.restore_view(state)
    qtbot.waitUntil(
        lambda: stands(second, "side")[Edge.LEFT] and stands(second, "compare")[Edge.RIGHT]
    )


def test_a_panel_that_gave_way_stays_away_where_a_session_hides_it(shown, qtbot):
    shown.resize(1280, 800)
    qtbot.waitUntil(lambda: shown.panes.edges.height() < 800)
    for name in ("compare", "branches", "reading", "side"):
        place(shown, name, Edge.RIGHT)
    qtbot.waitUntil(lambda: not shown.panes.compare.isVisible())
    values = shown.panes.view_state().values | {"shown": {"compare": False}}
    shown.panes.restore_view(ViewState(1, values))
    shown.resize(1280, 1400)
    qtbot.waitUntil(shown.branches.isVisible)
    assert not shown.panes.compare.isVisible(), "there is room, but it is not wanted"


def test_edges_that_nobody_knows_are_forgotten(shown):
    shown.panes.restore_view(ViewState(1, {"edges": {"side": "above", "compare": 7}}))
    assert {name: shown.panes.edge(name) for name in HOMES} == {
        name: home.edge for name, home in HOMES.items()
    }
