"""The divergences agree with scipy's, and behave as divergences must."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.distance import jensenshannon
from scipy.special import log_softmax as log_softmax_of_scipy
from scipy.special import rel_entr
from scipy.stats import entropy

from core.comparison import divergence, log_softmax

FINITE = st.floats(-30, 30, width=32)


def pairs(elements=FINITE):
    return st.integers(2, 200).flatmap(
        lambda size: st.tuples(*[arrays.arrays(np.float32, size, elements=elements)] * 2)
    )


def true_rows(p, q):
    return tuple(np.exp(log_softmax_of_scipy(row.astype(np.float64))) for row in (p, q))


@settings(max_examples=100, deadline=None)
@given(pairs())
def test_both_divergences_agree_with_scipy(pair):
    p, q = true_rows(*pair)
    found = divergence(*map(log_softmax, pair))
    assert found.kl == pytest.approx(entropy(p, q), abs=1e-4, rel=1e-5)
    # Not scipy's jensenshannon: for nearly equal rows it takes the root of a negative rounding.
    mixture = (p + q) / 2
    divergence_of_scipy = (entropy(p, mixture) + entropy(q, mixture)) / 2
    assert found.sqrt_js**2 == pytest.approx(divergence_of_scipy, abs=2e-6)


def test_a_whole_vocabulary_agrees_with_scipy():
    chance = np.random.default_rng(3)
    one = (chance.standard_normal(49_152) * 3).astype(np.float32)
    for step in (1.0, 0.1, 1e-2):
        two = one + (chance.standard_normal(len(one)) * step).astype(np.float32)
        p, q = true_rows(one, two)
        found = divergence(log_softmax(one), log_softmax(two))
        assert found.kl == pytest.approx(entropy(p, q), rel=1e-3, abs=1e-6)
        assert found.sqrt_js == pytest.approx(jensenshannon(p, q), rel=1e-3)


@settings(max_examples=100, deadline=None)
@given(pairs())
def test_the_metric_is_symmetric_and_bounded_and_kl_is_not_negative(pair):
    p, q = map(log_softmax, pair)
    forth, back = divergence(p, q), divergence(q, p)
    assert forth.sqrt_js == pytest.approx(back.sqrt_js, abs=1e-9)
    assert 0 <= forth.sqrt_js <= math.sqrt(math.log(2)) * (1 + 1e-6)
    assert min(forth.kl, back.kl) >= 0
    assert forth.flip == back.flip == (p.argmax() != q.argmax())


@settings(max_examples=50, deadline=None)
@given(arrays.arrays(np.float32, st.integers(1, 200), elements=FINITE))
def test_equal_rows_do_not_differ_at_all(logits):
    row = log_softmax(logits)
    found = divergence(row, row.copy())
    assert (found.kl, found.sqrt_js, found.flip) == (0.0, 0.0, False)


@settings(max_examples=50, deadline=None)
@given(arrays.arrays(np.float32, st.integers(1, 200), elements=FINITE))
def test_log_softmax_agrees_with_scipy(logits):
    expected = log_softmax_of_scipy(logits.astype(np.float64))
    assert log_softmax(logits) == pytest.approx(expected, abs=2e-5)


def test_rows_without_a_common_token_lie_as_far_apart_as_can_be():
    one, two = np.full((2, 2), -200, np.float32)
    one[0] = two[1] = 0
    found = divergence(log_softmax(one), log_softmax(two))
    assert found.sqrt_js == pytest.approx(math.sqrt(math.log(2)))
    assert found.kl == pytest.approx(200)
    assert found.flip


def test_the_metric_obeys_the_triangle_inequality():
    chance = np.random.default_rng(7)
    for _ in range(200):
        a, b, c = (
            log_softmax((chance.standard_normal(20) * 4).astype(np.float32)) for _ in range(3)
        )
        way = divergence(a, b).sqrt_js + divergence(b, c).sqrt_js
        assert divergence(a, c).sqrt_js <= way + 1e-6


def test_tokens_that_cannot_come_add_nothing():
    never = -np.inf
    one = log_softmax(np.array([0, never, -1, never], np.float32))
    two = log_softmax(np.array([0, -2, -1, never], np.float32))
    same = divergence(one, one.copy())
    assert (same.kl, same.sqrt_js, same.flip) == (0.0, 0.0, False)
    p, q = (np.exp(row.astype(np.float64)) for row in (one, two))
    m = (p + q) / 2
    found = divergence(one, two)
    assert found.kl == pytest.approx(entropy(p, q), abs=1e-6)
    js = (np.nansum(rel_entr(p, m)) + np.nansum(rel_entr(q, m))) / 2
    assert found.sqrt_js == pytest.approx(math.sqrt(js), abs=1e-6)
    assert divergence(two, one).kl == math.inf
    assert divergence(two, one).sqrt_js == pytest.approx(found.sqrt_js)
