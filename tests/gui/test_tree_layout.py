import time

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gui.tree_growth import grow, hide_newest
from gui.tree_layout import column_widths, end_of_lanes, lay_out, owners


def tree(*parents):
    parent = np.array([0, *parents], np.int32)
    depth = np.zeros(len(parent), np.int32)
    for node in range(1, len(parent)):
        depth[node] = depth[parent[node]] + 1
    return parent, depth


def lanes_of(arrays, hidden=()):
    parent, depth = arrays
    shown = np.ones(len(parent), np.bool_)
    shown[list(hidden)] = False
    return lay_out(parent, depth, shown)


def test_an_empty_tree_has_no_lane():
    assert len(lanes_of(tree())) == 0


def test_the_first_child_goes_on_in_its_parents_lane_and_later_ones_open_lanes_below():
    lanes = lanes_of(tree(0, 1, 1, 1, 2))
    assert lanes.lane[1:].tolist() == [0, 0, 1, 2, 0]


def test_of_two_forks_in_a_lane_the_later_is_drawn_higher():
    # 1-2-3-4 in the first lane; 5 forks at 1, 6 forks at 3
    lanes = lanes_of(tree(0, 1, 2, 3, 1, 3))
    assert lanes.lane[6] == 1
    assert lanes.lane[5] == 2


def test_a_branch_keeps_its_own_forks_with_it():
    # 2 and 3 fork at 1; 4 and 5 both follow 2
    lanes = lanes_of(tree(0, 1, 1, 2, 2))
    assert lanes.lane[1:].tolist() == [0, 0, 2, 0, 1]


def test_when_the_oldest_child_is_hidden_the_next_takes_its_lane():
    lanes = lanes_of(tree(0, 1, 1), hidden=[2])
    assert lanes.lane.tolist() == [-1, 0, -1, 0]


def test_prompts_of_their_own_stand_below_each_other():
    lanes = lanes_of(tree(0, 1, 0, 3))
    assert lanes.lane[1:].tolist() == [0, 0, 1, 1]
    assert lanes.heads().tolist() == [1, 3]


def test_a_cell_names_its_node():
    lanes = lanes_of(tree(0, 1, 1, 3))
    assert lanes.node_at(0, 0) == 1
    assert lanes.node_at(1, 0) is None
    assert lanes.node_at(1, 2) == 4
    assert lanes.node_at(9, 0) is None


@st.composite
def any_tree(draw):
    size = draw(st.integers(1, 60))
    parents = [draw(st.integers(0, node)) for node in range(size)]
    hidden_roots = draw(st.sets(st.integers(1, size), max_size=4))
    return parents, hidden_roots


@given(st.data())
def test_what_follows_a_node_stands_on_neighbouring_lanes(data):
    parents, _ = data.draw(any_tree())
    parent, depth = tree(*parents)
    lanes = lanes_of((parent, depth))
    node = data.draw(st.integers(1, len(parents)))
    is_root = np.zeros(len(parent), np.bool_)
    is_root[node] = True
    inside = lanes.lane[owners(parent, is_root) != 0]
    assert end_of_lanes(lanes, parent, depth, node) == inside.max() + 1


@given(any_tree())
def test_every_shown_node_has_a_cell_of_its_own(drawn):
    parents, roots = drawn
    parent, depth = tree(*parents)
    hidden = set(roots)
    for node in range(1, len(parent)):
        if int(parent[node]) in hidden:
            hidden.add(node)
    lanes = lanes_of((parent, depth), hidden)
    shown = [node for node in range(1, len(parent)) if node not in hidden]
    cells = {(int(lanes.lane[node]), int(depth[node])) for node in shown}
    assert len(cells) == len(shown)
    assert sorted(lanes.order.tolist()) == shown
    for node in shown:
        assert lanes.node_at(int(lanes.lane[node]), int(depth[node]) - 1) == node
        above = int(parent[node])
        assert above == 0 or lanes.lane[above] <= lanes.lane[node]


@given(any_tree(), st.tuples(st.integers(-2, 8), st.integers(0, 8)), st.integers(0, 6))
def test_a_window_of_cells_holds_the_nodes_in_it_and_no_others(drawn, rows, first):
    parent, depth = tree(*drawn[0])
    lanes = lanes_of((parent, depth))
    found = lanes.between((rows[0], rows[0] + rows[1]), (first, first + 3)).tolist()
    wanted = [
        node
        for node in range(1, len(parent))
        if rows[0] <= lanes.lane[node] < rows[0] + rows[1] and first <= depth[node] - 1 < first + 3
    ]
    assert sorted(found) == wanted


@given(any_tree())
def test_a_layout_that_grew_node_by_node_is_the_same_as_one_made_at_once(drawn):
    parent, depth = tree(*drawn[0])
    hidden = np.zeros(len(parent), np.bool_)
    for node in range(1, len(parent)):
        hidden[node] = node in drawn[1] or hidden[parent[node]]
    lanes = lay_out(parent[:2], depth[:2], ~hidden[:2])
    for node in range(2, len(parent)):
        lanes = hide_newest(lanes) if hidden[node] else grow(lanes, parent, depth, node)
    at_once = lay_out(parent, depth, ~hidden)
    for field in ("lane", "order", "start", "first_column"):
        assert getattr(lanes, field).tolist() == getattr(at_once, field).tolist()


def test_owners_are_the_nearest_above():
    parent, _ = tree(0, 1, 2, 2, 4)
    owns = np.array([False, True, False, False, True, False])
    assert owners(parent, owns).tolist() == [0, 1, 1, 1, 4, 4]


def test_a_column_is_as_wide_as_its_widest_chip_within_bounds():
    columns = np.array([0, 0, 1, 2], np.int32)
    widths = column_widths(columns, np.array([30.0, 50.0, 5.0, 999.0]), (20.0, 100.0))
    assert widths.tolist() == [50.0, 20.0, 100.0]


def test_a_hundred_thousand_nodes_are_laid_out_within_a_quarter_second():
    rng = np.random.default_rng(1)
    parents = [0]
    for _ in range(2_000):
        at = int(rng.integers(1, len(parents) + 1))
        for _ in range(50):
            parents.append(at)
            at = len(parents)
    parent, depth = tree(*parents)
    began = time.perf_counter()
    lanes = lanes_of((parent, depth))
    assert time.perf_counter() - began < 0.25
    assert len(lanes.order) == len(parents)
