"""The tree as arrays: read at once, it is the same as followed change by change."""

import math

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.jobs import InlineRunner, run_now
from core.readings import Readings
from core.tokens import Token, TokenId
from core.tree import NodeId
from core.workbench import Workbench
from gui.tree_drawn import Wish
from gui.tree_mirror import TreeMirror

PIECES = (b"a", b" b", b"\xe2", b"\x82", b"\xac", b"c\xf0\x9f", b"\n", b"", b"<|end|>")
TOKENS = [Token(TokenId(n), piece, special=n == 8) for n, piece in enumerate(PIECES)]

steps = st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 8), st.booleans()), max_size=40)


def followed(drawn):
    """A session that grew by these steps, and the mirror that saw it grow."""
    bench = Workbench(run_now, InlineRunner, None)
    mirror = TreeMirror(bench, len)
    bench.observe(mirror.take)
    bench.start_prompt([TOKENS[0], TOKENS[2]])
    for where, token, hides in drawn:
        node = NodeId(1 + where % len(bench.tree))
        if hides and token < 3:
            bench.hide(node)
        elif hides and token == 3:
            bench.fold(node, node not in bench.folded)
        elif hides and token == 4:
            bench.hoist(node if bench.hoisted != node else NodeId(0))
        elif bench.is_visible(node):
            bench.branch_here(node, TOKENS[token])
        _ = mirror.placed, mirror.owner  # as a picture between two changes asks for them
    return bench, mirror


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps)
def test_a_tree_read_at_once_is_the_tree_that_was_followed(drawn):
    bench, mirror = followed(drawn)
    whole = TreeMirror(bench, len)
    for field in ("parent", "depth", "hidden", "origin", "exact", "joins", "special", "ends_word"):
        assert np.array_equal(whole[field][1:], mirror[field][1:]), field
    nodes = range(1, len(whole))
    assert [whole.text(n) for n in nodes] == [mirror.text(n) for n in nodes]
    assert whole["width"].tolist() == mirror["width"].tolist()
    assert whole.owner.tolist() == mirror.owner.tolist()
    assert whole.placed.lanes.order.tolist() == mirror.placed.lanes.order.tolist()
    assert whole.placed.lanes.lane.tolist() == mirror.placed.lanes.lane.tolist()
    shown = whole.placed.lanes.order
    assert np.all(mirror.placed.widths[whole.drawn.level[shown] - 1] >= 28)


LEAST = st.sampled_from((0.0, 0.2, 0.6))


class Read(Workbench):
    """A session whose nodes have made-up probabilities as soon as they are there."""

    @property
    def readings(self):
        return Readings(
            (n, math.log(0.3 + 0.06 * (n * 37 % 10)), 2, None, None, 1.0, 1)
            for n in range(1, len(self.tree) + 1)
        )


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps, LEAST, st.booleans(), st.booleans(), st.integers(0, 9))
@example([(0, 0, False), (602, 4, True), (7454, 0, False)], 0.6, False, False, 0)
@example(
    [(0, 0, False), (0, 0, True), (0, 1, False), (0, 3, True), (403, 4, True), (173, 0, False)],
    0.6,
    False,
    False,
    0,
)
def test_chips_placed_one_by_one_stand_where_they_stand_when_all_are_placed_at_once(
    drawn, least, merges, packs, guarded
):
    bench = Read(run_now, InlineRunner, None)
    mirror = TreeMirror(bench, len)
    wish = Wish(least=least, merges=merges, guarded=guarded)
    mirror.want(wish, packs=packs)

    bench.observe(mirror.take)
    bench.start_prompt([TOKENS[0], TOKENS[2]])
    for where, token, acts in drawn:
        node = NodeId(1 + where % len(bench.tree))
        if acts and token == 3:
            bench.fold(node, node not in bench.folded)
        elif acts and token == 4:
            bench.hoist(node if bench.hoisted != node else NodeId(0))
        elif acts:
            bench.insert(node, [TOKENS[token]])
        else:
            bench.branch_here(node, TOKENS[token])
        _ = mirror.placed, mirror.owner
    whole = TreeMirror(bench, len)
    whole.want(wish, packs=packs)
    for field in ("shown", "stands", "next_part"):
        assert np.array_equal(getattr(whole.drawn, field), getattr(mirror.drawn, field)), field
    assert whole.drawn.unlikely == mirror.drawn.unlikely
    shown = whole.placed.lanes.order.tolist()
    assert shown == mirror.placed.lanes.order.tolist()
    boxes = [[m.placed.box(n, m.column(n)) for n in shown] for m in (whole, mirror)]
    assert np.allclose(boxes[0], boxes[1])
    assert [whole.text(n) for n in shown] == [mirror.text(n) for n in shown]


def test_what_is_hoisted_is_seen_though_it_lies_in_a_fold():
    bench = Workbench(run_now, InlineRunner, None)
    mirror = TreeMirror(bench, len)
    bench.observe(mirror.take)
    tip = bench.start_prompt([TOKENS[0], TOKENS[1], TOKENS[5]])
    bench.fold(NodeId(1), True)
    assert np.flatnonzero(mirror.drawn.shown).tolist() == [1]
    bench.hoist(NodeId(2))
    new = bench.branch_here(tip, TOKENS[6])
    assert np.flatnonzero(mirror.drawn.shown).tolist() == [2, 3, new]
    bench.fold(NodeId(2), True)
    assert np.flatnonzero(mirror.drawn.shown).tolist() == [2]
