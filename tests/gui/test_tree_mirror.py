"""The tree as arrays: read at once, it is the same as followed change by change."""

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.jobs import InlineRunner, run_now
from core.tokens import Token, TokenId
from core.tree import NodeId
from core.workbench import Workbench
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
    assert np.all(mirror.placed.widths[whole["depth"][shown] - 1] >= 28)
