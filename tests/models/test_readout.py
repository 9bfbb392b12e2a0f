"""The readout agrees with slow, transparent versions of everything it computes."""

import ctypes
import math
import random
from typing import Any

import llama_cpp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.special import entr, logsumexp, softmax
from scipy.stats import chisquare

from core.sampling import FREE, GREEDY, Sampler, Stream, gumbel_noise
from models.readout import Readout

SIZES = (1, 2, 63, 64, 65, 500, 4096, 20_011)


def rows(size, *, spread=3.0, seed=0):
    return (np.random.default_rng(seed).standard_normal(size) * spread).astype(np.float32)


def loaded(logits):
    readout = Readout(len(logits))
    readout.load(logits)
    return readout


def order_of(values):
    return np.lexsort((np.arange(len(values)), -values))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("top", [1, 2, 20, 100])
def test_the_likeliest_are_those_of_a_full_sort(size, top):
    logits = rows(size)
    assert loaded(logits).likeliest(top).tolist() == order_of(logits)[:top].tolist()


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 6000),
    st.integers(1, 40),
    st.integers(1, 9),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_equal_logits_come_in_id_order(size, top, levels, seed, is_sparse):
    chance = np.random.default_rng(seed)
    logits = chance.integers(0, levels, size).astype(np.float32)
    if is_sparse:
        logits[chance.random(size) < 0.99] = -20
    assert loaded(logits).likeliest(top).tolist() == order_of(logits)[:top].tolist()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("spread", [0.0, 0.1, 3.0, 30.0])
def test_log_probabilities_and_entropy_agree_with_scipy_in_float64(size, spread):
    logits = rows(size, spread=spread) + np.float32(17)
    exact = logits.astype(np.float64) - logsumexp(logits.astype(np.float64))
    readout = loaded(logits)
    distribution = readout.distribution(20, exact=True)
    assert distribution.logprob_array == pytest.approx(exact[distribution.id_array], abs=2e-5)
    assert distribution.entropy == pytest.approx(entr(np.exp(exact)).sum(), abs=2e-5)
    for token in {0, size // 2, size - 1}:
        scored = loaded(logits).score(token)
        assert scored.logprob == pytest.approx(exact[token], abs=2e-5)
        assert scored.rank == pytest.approx(1 + np.count_nonzero(logits > logits[token]), abs=2)


@settings(max_examples=50, deadline=None)
@given(arrays.arrays(np.float32, st.integers(1, 300), elements=st.integers(-8, 8)))
def test_a_token_scores_the_same_among_the_candidates_and_alone(logits):
    readout = loaded(logits)
    alone = [readout.score(token) for token in range(len(logits))]
    candidates = readout.distribution(len(logits), exact=True).candidates
    for candidate in candidates:
        scored = alone[candidate.id]
        assert (scored.logprob, scored.rank) == (candidate.logprob, candidate.rank)
        assert scored.rank == 1 + np.count_nonzero(logits > logits[candidate.id])
    assert [readout.score(token) for token in range(len(logits))] == alone


def test_a_forbidden_token_does_not_spoil_the_entropy():
    logits = np.array([0, 0, -np.inf], np.float32)
    readout = loaded(logits)
    assert readout.distribution(3, exact=True).entropy == pytest.approx(math.log(2))
    sampler = Sampler(typical_p=0.9, top_p=0.99, min_p=0.01)
    assert {readout.draw(sampler, Stream(1, n), 0, []).id for n in range(40)} == {0, 1}


def test_one_row_leaves_nothing_behind_for_the_next():
    one, two = rows(500, seed=1), rows(500, seed=2)
    readout = loaded(one)
    readout.distribution(5, exact=True)
    readout.load(two)
    fresh = loaded(two)
    assert readout.score(3) == fresh.score(3)
    assert readout.distribution(5, exact=False) == fresh.distribution(5, exact=False)


def kept_slowly(logits, sampler, recent=()):
    """Return {id: probability} after penalties, filters and temperature, in plain float64."""
    changed = logits.astype(np.float64)
    window = list(recent)[-sampler.penalty_window :] if sampler.penalty_window else list(recent)
    for token in set(window):
        value = changed[token]
        value = value * sampler.repeat_penalty if value <= 0 else value / sampler.repeat_penalty
        value -= window.count(token) * sampler.frequency_penalty + sampler.presence_penalty
        changed[token] = value
    ids = order_of(changed).tolist()
    if sampler.top_k > 0:
        ids = ids[: sampler.top_k]
    if sampler.typical_p < 1:
        p = dict(zip(ids, softmax(changed[ids]), strict=True))
        entropy = -sum(x * math.log(x) for x in p.values())
        by_typicality = sorted(ids, key=lambda token: abs(-math.log(p[token]) - entropy))
        typical = set(_until(by_typicality, p, sampler.typical_p))
        ids = [token for token in ids if token in typical]
    if sampler.top_p < 1:
        p = dict(zip(ids, softmax(changed[ids]), strict=True))
        ids = _until(ids, p, sampler.top_p)
    if sampler.min_p > 0:
        p = dict(zip(ids, softmax(changed[ids]), strict=True))
        ids = [token for token in ids if p[token] >= sampler.min_p * max(p.values())]
    final = softmax(changed[ids] / sampler.temperature)
    return dict(zip(ids, final.tolist(), strict=True))


def _until(ids, probabilities, mass):
    taken, total = [], 0.0
    for token in ids:
        taken.append(token)
        total += probabilities[token]
        if total >= mass:
            break
    return taken


SAMPLERS = {
    "free": FREE,
    "warm": Sampler(temperature=1.7),
    "cold": Sampler(temperature=0.3),
    "top-k": Sampler(top_k=7),
    "typical": Sampler(typical_p=0.6),
    "top-p": Sampler(top_p=0.7),
    "min-p": Sampler(min_p=0.08),
    "top-k, then top-p": Sampler(top_k=9, top_p=0.8),
    "all filters": Sampler(temperature=1.3, top_k=25, typical_p=0.9, top_p=0.85, min_p=0.05),
    "repeat": Sampler(repeat_penalty=1.4),
    "frequency": Sampler(frequency_penalty=0.5, penalty_window=5),
    "presence": Sampler(presence_penalty=1.2),
    "everything": Sampler(
        temperature=0.8,
        top_k=30,
        typical_p=0.95,
        top_p=0.9,
        min_p=0.02,
        repeat_penalty=1.2,
        frequency_penalty=0.1,
        presence_penalty=0.2,
        penalty_window=0,
    ),
}


@pytest.mark.parametrize("offset", [-5, 0, 5])
@pytest.mark.parametrize("name", SAMPLERS)
def test_draws_come_from_exactly_the_tokens_and_probabilities_of_the_documented_order(name, offset):
    sampler = SAMPLERS[name]
    logits = rows(60, spread=2.0, seed=4) + np.float32(offset)
    likeliest = order_of(logits)[:6].tolist()
    recent = [*likeliest, 7, 7, 8, *likeliest[:3], 9, 9]
    expected = kept_slowly(logits, sampler, recent)
    readout = loaded(logits)
    drawn = {}
    for number in range(400):
        draw = readout.draw(sampler, Stream(1, number), 0, recent)
        drawn[draw.id] = math.exp(draw.logprob)
    assert drawn.keys() <= expected.keys()
    assert drawn == pytest.approx({token: expected[token] for token in drawn}, rel=1e-4)
    assert sum(expected[token] for token in drawn) > 0.8, "nothing likely was left out"


def test_greedy_is_the_likeliest_after_penalties():
    logits = np.array([1.0, 3.0, 2.9, -1.0], np.float32)
    assert loaded(logits).draw(GREEDY, Stream(0, 0), 0, []).id == 1
    penalised = Sampler(temperature=0, repeat_penalty=1.3)
    assert loaded(logits).draw(penalised, Stream(0, 0), 0, [1]).id == 2


def by_llama_cpp(row, sampler, recent):
    """Return {id: probability} as llama.cpp's own chain of samplers leaves it."""
    data = (llama_cpp.llama_token_data * len(row))()
    for token, logit in enumerate(row):
        entry: Any = data[token]
        entry.id, entry.logit = token, float(logit)
    left = llama_cpp.llama_token_data_array(data=data, size=len(row), selected=-1, sorted=False)
    chain = llama_cpp.llama_sampler_chain_init(llama_cpp.llama_sampler_chain_default_params())
    for link in (
        llama_cpp.llama_sampler_init_penalties(
            len(row),
            sampler.penalty_window,
            sampler.repeat_penalty,
            sampler.frequency_penalty,
            sampler.presence_penalty,
        ),
        llama_cpp.llama_sampler_init_top_k(sampler.top_k),
        llama_cpp.llama_sampler_init_typical(sampler.typical_p, 0),
        llama_cpp.llama_sampler_init_top_p(sampler.top_p, 0),
        llama_cpp.llama_sampler_init_min_p(sampler.min_p, 0),
        llama_cpp.llama_sampler_init_temp(sampler.temperature),
        llama_cpp.llama_sampler_init_dist(1),
    ):
        llama_cpp.llama_sampler_chain_add(chain, link)
    for token in recent:
        llama_cpp.llama_sampler_accept(chain, token)
    llama_cpp.llama_sampler_apply(chain, ctypes.byref(left))
    found = {left.data[n].id: left.data[n].p for n in range(left.size) if left.data[n].p > 0}
    llama_cpp.llama_sampler_free(chain)
    return found


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_what_the_settings_leave_is_what_llama_cpp_s_samplers_leave(seed):
    chance = random.Random(seed)
    logits = rows(chance.choice((40, 300)), spread=chance.choice((1, 3, 6)), seed=seed)
    logits += np.float32(chance.choice((-5, 0, 5)))
    recent = [*chance.choices(range(40), k=chance.randint(0, 30)), *order_of(logits)[:5].tolist()]
    sampler = Sampler(
        temperature=chance.choice((0, 0.3, 1, 1.6)),
        top_k=chance.choice((0, 0, 1, 7, 40)),
        typical_p=chance.choice((1, 1, 0.2, 0.5, 0.9)),
        top_p=chance.choice((1, 1, 0.3, 0.8, 0.95)),
        min_p=chance.choice((0, 0, 0.05, 0.3)),
        repeat_penalty=chance.choice((1, 1, 1.3, 0.8)),
        frequency_penalty=chance.choice((0, 0, 0.4)),
        presence_penalty=chance.choice((0, 0, 0.7)),
        penalty_window=chance.choice((4, 64)),
    )
    theirs = by_llama_cpp(logits, sampler, recent)
    ids = np.arange(len(logits), dtype=np.int32)
    ours = np.exp(loaded(logits).drawn_logprobs(ids, sampler, recent))
    assert {n: p for n, p in enumerate(ours.tolist()) if p > 1e-6} == pytest.approx(
        {n: p for n, p in theirs.items() if p > 1e-6}, abs=1e-4
    )
    draw = loaded(logits).draw(sampler, Stream(1, 1), 0, recent)
    assert draw.id in theirs
    if sampler.is_greedy:
        assert [draw.id] == list(theirs)


def test_a_penalty_looks_no_further_back_than_its_window():
    logits = np.array([1.0, 3.0, 2.9, -1.0], np.float32)
    sampler = Sampler(temperature=0, repeat_penalty=1.3, penalty_window=2)
    assert loaded(logits).draw(sampler, Stream(0, 0), 0, [1, 0, 0]).id == 1


def test_ties_at_the_border_of_top_k_go_to_the_lowest_ids():
    sampler = Sampler(top_k=2)
    readout = loaded(np.zeros(10, np.float32))
    drawn = {readout.draw(sampler, Stream(0, number), 0, []).id for number in range(60)}
    assert drawn == {0, 1}


def test_draws_are_as_frequent_as_their_probabilities():
    logits = rows(12, spread=1.0, seed=8)
    readout = loaded(logits)
    sampler = Sampler(temperature=0.7)
    draws = 6000
    counts = np.bincount(
        [readout.draw(sampler, Stream(5, 0), drawn, []).id for drawn in range(draws)], minlength=12
    )
    expected = softmax(logits.astype(np.float64) / 0.7) * draws
    assert expected.min() > 5
    assert chisquare(counts, expected).pvalue > 0.001


def test_the_same_stream_makes_the_same_noise_and_no_other_does():
    noise = gumbel_noise(Stream(3, 4), 5, 1000)
    assert np.array_equal(noise, gumbel_noise(Stream(3, 4), 5, 1000))
    assert np.array_equal(noise[:10], gumbel_noise(Stream(3, 4), 5, 10))
    others = (Stream(4, 4), 5), (Stream(3, 5), 5), (Stream(3, 4), 6)
    for stream, drawn in others:
        correlation = np.corrcoef(noise, gumbel_noise(stream, drawn, 1000))[0, 1]
        assert abs(correlation) < 0.15
    assert np.isfinite(noise).all()


def test_no_draw_s_noise_is_another_s_shifted():
    noise = gumbel_noise(Stream(3, 4), 5, 1000)
    for stream, drawn in ((Stream(3, 4), 6), (Stream(3, 4), 7), (Stream(3, 5), 5)):
        shared = np.intersect1d(noise, gumbel_noise(stream, drawn, 1000))
        assert len(shared) < 20, "a few coincide by chance: there are 2 ** 24 values"


def test_two_rows_under_the_same_noise_draw_alike_while_they_agree():
    one = rows(300, seed=1)
    two = one.copy()
    two[order_of(one)[-1]] -= 1
    ids = [
        [loaded(row).draw(FREE, Stream(1, 1), drawn, []).id for drawn in range(40)]
        for row in (one, two)
    ]
    assert ids[0] == ids[1]
