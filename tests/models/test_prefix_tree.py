"""The books of what is held cost the same however long the paths and however many the branches."""

import itertools
import sys

import numpy as np
import pytest

from core.engine import Continue, Growth, Read, Reading
from core.sampling import GREEDY, Stream
from core.tokens import TokenId
from models import prefix_tree
from models.null_decoder import NullDecoder
from models.prefix_tree import Holder
from tests.models.company import SIZE, Table, exactly


class Indifferent(NullDecoder):
    """Expects token 0 everywhere."""

    vocabulary_size = SIZE
    arithmetic = exactly(8, 8)

    def __init__(self):
        super().__init__()
        self._rows = np.tile(np.linspace(1, 0, SIZE, dtype=np.float32), (256, 1))


@pytest.fixture
def lines_of():
    """Count the lines of the prefix tree that are carried out."""

    def count(act):
        lines = 0

        def trace(frame, event, _):
            nonlocal lines
            if frame.f_code.co_filename != prefix_tree.__file__:
                return None
            lines += event == "line"
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            act()
        finally:
            sys.settrace(before)
        return lines

    return count


def drafted(depth, others, lines_of):
    """Return the lines that 64 drafted tokens cost, so deep, beside so many idle branches."""
    table = Table(Indifferent(), context=10_000)
    trunk = tuple(TokenId(1 + index % 20) for index in range(depth))
    for number in range(others):
        table.ask(Read((Reading((*trunk[: depth // 2], TokenId(25), TokenId(number % 20)), 3),)))
        table.ask(Read((Reading((TokenId(21 + number % 4), *trunk), depth),)))
    table.ask(Read((Reading(trunk, depth - 1),)))
    table.finish()
    lines = []
    for limit in (64, 128):  # to find the path, and to tidy up in the end, costs by its length
        table.ask(Continue((Growth(trunk, GREEDY, Stream(1, 1)),), limit, drafts=True))
        lines.append(lines_of(table.finish))
    return lines[1] - lines[0]


def test_a_drafted_token_costs_the_same_at_any_depth_and_beside_any_number(lines_of):
    short = drafted(10, 0, lines_of)
    assert drafted(1500, 0, lines_of) <= 1.1 * short
    assert drafted(1500, 20, lines_of) <= 1.1 * short


def test_places_that_changed_hands_often_find_their_holder_and_keep_the_way_short():
    holders = [Holder(number) for number in range(2000)]
    for before, after in itertools.pairwise(holders):
        before.heir = after
    assert holders[0].last() is holders[-1]
    steps = 0
    holder = holders[0]
    while holder.heir is not None:
        holder, steps = holder.heir, steps + 1
    assert steps <= 1001, "each look halves the way"
