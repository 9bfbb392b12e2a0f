"""The load check keeps the cheapest shapes that repeat, also where only a deep text tells."""

import numpy as np
import pytest

from models.load_check import (
    DEEP,
    LENGTH,
    MOST_ROWS,
    check_shapes,
    lone_row_gap,
    measure_speed,
)
from models.scripted_decoder import ScriptedDecoder
from tests.models.company import exactly

SIZE = 40
TOKENS = [n * 7 % SIZE for n in range(MOST_ROWS)]


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
    rule = check_shapes(decoder, TOKENS, decoder.deepen)
    assert (rule.least_rows, rule.row_multiple, rule.repeats) == (2, 1, True)
    assert not decoder.tokens_of(0), "it is left empty"


def test_a_difference_that_only_a_deep_text_shows_is_found():
    decoder = Fussy(8, DEEP)
    shallow = check_shapes(decoder, TOKENS, lambda _: False)
    assert (shallow.least_rows, shallow.repeats) == (2, True)
    deep = check_shapes(decoder, TOKENS, decoder.deepen)
    assert (deep.least_rows, deep.row_multiple, deep.repeats) == (8, 8, True)


class Contrary(Fussy):
    """Rounds otherwise below 8 rows among many cells, and at 8 rows at the start of a text."""

    def decode(self, rows):
        logits = super().decode(rows)
        is_rough = len(rows) == 8 and not self.in_view
        return logits + np.float32(0.25) if is_rough else logits


def test_a_rule_for_a_deep_text_is_tried_on_a_short_one_too():
    decoder = Contrary(8, DEEP)
    assert not check_shapes(decoder, TOKENS, decoder.deepen).repeats


def test_when_nothing_repeats_it_is_said():
    decoder = Fussy(LENGTH, 0)
    rule = check_shapes(decoder, TOKENS, decoder.deepen)
    assert not rule.repeats
    assert "no batch shape repeats" in rule.check


@pytest.mark.parametrize("least_rows", [1, 2, 8])
def test_a_speed_is_measured_and_leaves_nothing_behind(monkeypatch, least_rows):
    monkeypatch.setattr("models.load_check.CALIBRATION", 0.0)
    decoder = ScriptedDecoder(SIZE, {})
    speed = measure_speed(decoder, TOKENS, exactly(least_rows, 1))
    assert speed.prompt > 0
    assert speed.stream > 0
    assert not decoder.tokens_of(0)
    assert not decoder.tokens_of(1)


def test_it_is_measured_how_far_a_lone_row_is_off_among_many_cells():
    decoder = Fussy(2, DEEP)
    assert lone_row_gap(decoder, TOKENS, decoder.deepen) == pytest.approx(0.25)
    assert not decoder.tokens_of(0), "it is left empty"
    same = Fussy(0, 0)
    assert lone_row_gap(same, TOKENS, same.deepen) == 0


def test_where_a_deep_text_cannot_be_had_nothing_is_said_of_lone_rows():
    decoder = Fussy(2, DEEP)
    assert lone_row_gap(decoder, TOKENS, lambda _: False) is None
