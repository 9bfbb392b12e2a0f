"""The floors are what slow, transparent sums over two readings of one text say."""

import itertools
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import rel_entr

from core.comparison import log_softmax
from core.engine import TOP, Floors, MeasureFloors, Meter, Read, Reading
from core.known_error import KnownError
from core.tokens import TokenId
from models.decoder import Interrupted
from models.floors import OTHER_ROWS, distance
from models.scripted_decoder import ScriptedDecoder
from models.scripted_engine import ScriptedEngine


@given(st.integers(0, 2**32 - 1), st.floats(0.001, 3.0))
def test_a_floor_is_the_largest_difference_of_two_readings(seed, spread):
    chance = np.random.default_rng(seed)
    logits = chance.normal(0, 3, 60).astype(np.float32)
    other = (logits + chance.normal(0, spread, 60)).astype(np.float32)
    row, again = log_softmax(logits), log_softmax(other)
    found = distance(row, again)
    p, q = np.exp(row.astype(float)), np.exp(again.astype(float))
    m = (p + q) / 2
    kl = max(rel_entr(p, q).sum(), rel_entr(q, p).sum())
    assert found.kl == pytest.approx(kl, rel=1e-3, abs=1e-5)
    js = (rel_entr(p, m).sum() + rel_entr(q, m).sum()) / 2
    assert found.sqrt_js == pytest.approx(np.sqrt(js), rel=1e-3, abs=1e-3)
    top = sorted(range(60), key=lambda token: -row[token])[:TOP]
    assert found.logprob == pytest.approx(max(abs(row[t] - again[t]) for t in top), rel=1e-5)
    odds = max(
        abs((row[a] - row[b]) - (again[a] - again[b])) for a, b in itertools.combinations(top, 2)
    )
    assert found.log_odds == pytest.approx(odds, rel=1e-3, abs=1e-5)


def test_equal_readings_have_no_floor():
    row = log_softmax(np.arange(30, dtype=np.float32))
    found = distance(row, row.copy())
    assert (found.sqrt_js, found.kl, found.logprob, found.log_odds) == (0.0, 0.0, 0.0, 0.0)


PATH = tuple(TokenId(index * 7 % 90) for index in range(160))
AT_ONCE = 0.3
"""Seconds; a piece itself would take half a minute."""


class OtherDecoder(ScriptedDecoder):
    """Rounds otherwise, and takes half a minute for a piece until it was interrupted once."""

    def __init__(self, size, *, is_slow):
        super().__init__(size, {})
        self.sizes = []
        self.began = threading.Event()
        self.stop = threading.Event()
        self.closed = threading.Event()
        self.is_slow = is_slow

    def decode(self, rows):
        if self.is_slow:
            self.began.set()
            assert self.stop.wait(30)
            self.is_slow = False
            super().decode(rows[:3])
            raise Interrupted
        self.sizes.append(len(rows))
        logits = super().decode(rows)
        logits[:, ::3] += 0.5
        return logits

    def interrupt(self):
        self.stop.set()

    def close(self):
        self.closed.set()


@pytest.fixture
def make_engine(monkeypatch):
    """Make an engine and the decoder of its other arithmetic."""
    engine = ScriptedEngine()

    def make(*, is_slow):
        other = OtherDecoder(len(engine.vocabulary), is_slow=is_slow)
        monkeypatch.setattr(engine, "other_arithmetic", lambda _: other)
        return engine, other

    yield make
    engine.close()


@pytest.mark.parametrize(
    ("length", "sizes"), [(160, [64, 96]), (128, [64, 64]), (127, [127]), (40, [40])]
)
def test_the_other_arithmetic_is_read_in_pieces_none_of_which_is_too_short(
    make_engine, length, sizes
):
    engine, other = make_engine(is_slow=False)
    floors, meter = engine.ask(MeasureFloors(PATH[:length]))
    assert isinstance(floors, Floors)
    assert isinstance(meter, Meter)
    assert floors.repeat_sqrt_js == 0
    assert floors.rounding_logprob > 0.1
    assert other.sizes == sizes
    assert length < OTHER_ROWS or min(sizes) >= OTHER_ROWS
    assert other.closed.is_set()


def test_a_click_does_not_wait_for_a_piece_which_is_read_again(make_engine):
    engine, other = make_engine(is_slow=True)
    floors = engine.ask(MeasureFloors(PATH))
    assert other.began.wait(5)
    clicked = time.monotonic()
    assert list(engine.ask(Read((Reading(PATH[:2]),))))
    assert time.monotonic() - clicked < AT_ONCE
    found = next(floors)
    engine, _ = make_engine(is_slow=False)
    assert found == next(engine.ask(MeasureFloors(PATH)))


def test_stop_does_not_wait_for_a_piece(make_engine):
    engine, other = make_engine(is_slow=True)
    floors = engine.ask(MeasureFloors(PATH))
    assert other.began.wait(5)
    stopped = time.monotonic()
    floors.close()
    assert other.closed.wait(5)
    assert time.monotonic() - stopped < AT_ONCE
    assert len(list(engine.ask(Read((Reading(PATH[:2]),))))) == 3


def test_unloading_does_not_wait_for_a_piece(make_engine):
    engine, other = make_engine(is_slow=True)
    floors = engine.ask(MeasureFloors(PATH))
    assert other.began.wait(5)
    stopped = time.monotonic()
    engine.close()
    with pytest.raises(KnownError, match="unloaded"):
        list(floors)
    assert time.monotonic() - stopped < AT_ONCE
    assert other.closed.is_set()
