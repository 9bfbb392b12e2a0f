"""The load check keeps the cheapest shapes that repeat, also where only a deep text tells."""

import numpy as np
import pytest

from models.load_check import (
    DEEP,
    FORK,
    MOST_ROWS,
    RULES,
    SIZES,
    TOKENS,
    check_shapes,
    measure_speed,
)
from models.reading_loop import UNMEASURED_ROWS
from models.scripted_decoder import ScriptedDecoder
from tests.models.company import exactly

SIZE = 40
TEXT = [n * 7 % SIZE for n in range(TOKENS)]


class Fussy(ScriptedDecoder):
    """Rounds otherwise in batches below `least` rows, once so many cells are in view."""

    def __init__(self, least, since):
        super().__init__(SIZE, {})
        self.least = least
        self.since = since
        self.in_view = 0

    def deepen(self, cells):
        self.in_view = cells
        return True

    def decode(self, rows):
        logits = super().decode(rows)
        rough = len(rows) < self.least and self.in_view >= self.since
        return logits + np.float32(0.25) if rough else logits

    def clear(self):
        super().clear()
        self.in_view = 0


def test_where_any_shape_repeats_the_cheapest_is_kept():
    decoder = Fussy(0, 0)
    rule, _ = check_shapes(decoder, TEXT, decoder.deepen)
    assert (rule.least_rows, rule.row_multiple, rule.repeats) == (2, 1, True)
    assert not decoder.tokens_of(0), "it is left empty"


def test_a_difference_that_only_a_deep_text_shows_is_found():
    decoder = Fussy(8, DEEP)
    shallow, _ = check_shapes(decoder, TEXT, lambda _: False)
    assert (shallow.least_rows, shallow.repeats) == (2, True)
    deep, _ = check_shapes(decoder, TEXT, decoder.deepen)
    assert (deep.least_rows, deep.row_multiple, deep.repeats) == (8, 8, True)


class Contrary(Fussy):
    """Rounds otherwise below 8 rows among many cells, and at 8 rows at the start of a text."""

    def decode(self, rows):
        logits = super().decode(rows)
        is_rough = len(rows) == 8 and not self.in_view
        return logits + np.float32(0.25) if is_rough else logits


def test_a_rule_for_a_deep_text_is_tried_on_a_short_one_too():
    decoder = Contrary(8, DEEP)
    assert not check_shapes(decoder, TEXT, decoder.deepen)[0].repeats


def test_when_nothing_repeats_it_is_said():
    decoder = Fussy(MOST_ROWS, 0)
    rule, _ = check_shapes(decoder, TEXT, decoder.deepen)
    assert not rule.repeats
    assert "no batch shape repeats" in rule.check


@pytest.mark.parametrize("least_rows", [1, 2, 8])
def test_a_speed_is_measured_and_leaves_nothing_behind(monkeypatch, least_rows):
    monkeypatch.setattr("models.load_check.CALIBRATION", 0.0)
    decoder = ScriptedDecoder(SIZE, {})
    speed = measure_speed(decoder, TEXT, exactly(least_rows, 1))
    assert speed.prompt > 0
    assert speed.stream > 0
    assert not decoder.tokens_of(0)
    assert not decoder.tokens_of(1)


def test_it_is_measured_how_far_a_lone_row_is_off_among_many_cells():
    decoder = Fussy(2, DEEP)
    _, gap = check_shapes(decoder, TEXT, decoder.deepen)
    assert gap == pytest.approx(0.25)
    same = Fussy(0, 0)
    assert check_shapes(same, TEXT, same.deepen)[1] == 0


def test_where_a_deep_text_cannot_be_had_nothing_is_said_of_lone_rows():
    assert check_shapes(Fussy(2, DEEP), TEXT, lambda _: False)[1] is None


class Rounding(Fussy):
    """Rounds otherwise in batches of some sizes, at the start of a text or with many in view."""

    def __init__(self, sizes, *, deep):
        super().__init__(0, 0)
        self.sizes = sizes
        self.deep = deep

    def decode(self, rows):
        logits = super().decode(rows)
        is_rough = len(rows) in self.sizes and bool(self.in_view) == self.deep
        return logits + np.float32(0.25) if is_rough else logits


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("sizes", [range(32, 100), (MOST_ROWS,), (16,)])
def test_batches_as_long_as_they_are_in_use_are_tried(sizes, deep):
    decoder = Rounding(sizes, deep=deep)
    assert not check_shapes(decoder, TEXT, decoder.deepen)[0].repeats


@pytest.mark.parametrize("deep", [False, True])
def test_a_rule_that_fails_in_either_half_is_tried_no_more(deep):
    decoder = Rounding((3,), deep=deep)
    rule, _ = check_shapes(decoder, TEXT, decoder.deepen)
    assert (rule.least_rows, rule.row_multiple, rule.repeats) == (8, 8, True)


def test_every_rule_s_batches_keep_it():
    for (least, multiple), sizes in zip(RULES, SIZES, strict=True):
        assert FORK <= sum(sizes) <= MOST_ROWS
        assert UNMEASURED_ROWS in sizes
        assert all(size >= least and size % multiple == 0 for size in sizes)


class Forgetful(Fussy):
    """Rounds otherwise in a sequence that was forked."""

    def decode(self, rows):
        logits = super().decode(rows)
        return logits + np.float32(0.25) if any(row.sequences == [1] for row in rows) else logits


@pytest.mark.parametrize("is_deep", [False, True])
def test_a_fork_is_tried(is_deep):
    decoder = Forgetful(0, 0)
    rule, _ = check_shapes(decoder, TEXT, decoder.deepen if is_deep else lambda _: False)
    assert not rule.repeats
