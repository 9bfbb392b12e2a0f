"""Trees and readings taken over as columns are those that grew one by one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.engine import Scored
from core.readings import Readings
from core.tokens import Token, TokenId
from core.tree import ORIGINS, ActId, Node, NodeId, TokenTree

TOKENS = [Token(TokenId(number), b"x%d" % number) for number in range(3)]
grown = st.lists(
    st.tuples(st.integers(0, 1 << 20), st.integers(0, 2), st.integers(0, len(ORIGINS) - 1)),
    max_size=40,
)


def one_by_one(steps):
    tree = TokenTree()
    for token in TOKENS:
        tree.slot(token)
    for where, slot, origin in steps:
        parent = NodeId(where % (len(tree) + 1))
        node = Node(tree.next_id(), parent, TOKENS[slot], ORIGINS[origin], ActId(1))
        tree.add(node)
    return tree


@given(grown)
def test_a_tree_from_columns_is_the_tree_that_grew(steps):
    grew, whole = one_by_one(steps), TokenTree()
    whole.extend(TOKENS, grew.stored_columns())
    assert list(whole) == list(grew)
    for node in (NodeId(0), *whole.ids()):
        assert whole.children(node) == grew.children(node)
        assert whole.depth(node) == grew.depth(node)
    later = Node(whole.next_id(), NodeId(len(whole)), TOKENS[0], ORIGINS[1], ActId(2))
    for tree in (whole, grew):
        tree.add(later)
    assert whole.children(later.parent) == grew.children(later.parent)


@pytest.mark.parametrize(
    "columns",
    [
        ((1,), (0,), (0,), (1,)),
        ((-1,), (0,), (0,), (1,)),
        ((0,), (9,), (0,), (1,)),
        ((0,), (0,), (99,), (1,)),
        ((0, 0), (0,), (0,), (1,)),
        ((0,), (0,), (0,), (1 << 40,)),
        ((0.5,), (0,), (0,), (1,)),
        ((None,), (0,), (0,), (1,)),
    ],
)
def test_columns_that_are_no_tree_are_refused(columns):
    with pytest.raises((ValueError, TypeError, OverflowError)):
        TokenTree().extend(TOKENS, columns)


def test_readings_as_columns_hold_what_came_later_too():
    readings = Readings([(1, -1.0, 3, None, None, 0.5, 1), (2, None, None, None, None, None, 1)])
    first = readings.columns()
    assert first.logprob.tolist()[0] == -1.0
    assert math.isnan(first.rank[1])
    readings.put(NodeId(2), scored=Scored(TokenId(0), -2.0, 7), expects=None)
    readings.put(NodeId(5), scored=Scored(TokenId(0), -3.0, 8), expects=None)
    found = readings.columns()
    known = dict(zip(found.node.tolist(), found.logprob.tolist(), strict=True))
    assert known == {1: -1.0, 2: -2.0, 5: -3.0}
    assert len(first.node) == 2
