"""The floors are what slow, transparent sums over two readings of one text say."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import rel_entr

from core.comparison import log_softmax
from core.engine import TOP
from models.floors import distances


@given(st.integers(0, 2**32 - 1), st.floats(0.001, 3.0))
def test_a_floor_is_the_largest_difference_of_two_readings(seed, spread):
    chance = np.random.default_rng(seed)
    logits = chance.normal(0, 3, 60).astype(np.float32)
    other = (logits + chance.normal(0, spread, 60)).astype(np.float32)
    row, again = log_softmax(logits), log_softmax(other)
    [found] = distances([row], [again])
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
    [found] = distances([row], [row.copy()])
    assert (found.sqrt_js, found.kl, found.logprob, found.log_odds) == (0.0, 0.0, 0.0, 0.0)
