"""Alignment, tables, influence, watched strings and outcomes against slow, transparent versions."""

import math
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression
from scipy.special import logsumexp
from scipy.stats import binomtest

from core.aligning import Alignment, align, common_subsequence, first_parting
from core.branch_table import runs_from_fork, tabulate
from core.branches import Role
from core.comparison import log_sum_exp
from core.engine import Floors
from core.forks import ForkSpec
from core.influence import (
    Decay,
    Influence,
    Unread,
    contrast,
    decay_of,
    measure_floors,
    never_rising,
)
from core.jobs import InlineRunner, run_now
from core.outcomes import (
    SamplingPlan,
    draw_samples,
    outcome_of,
    parting_of,
    wilson,
)
from core.products import Aside
from core.sampling import FREE, GREEDY
from core.splitting import split_opening
from core.watching import Watched, WatchedBranch, watch
from core.workbench import Workbench

RUNS = st.lists(st.integers(0, 4), max_size=14)
PROMPT = "Mark Zuckerberg is the CEO of"


def found(products):
    return [product.found for product in products if isinstance(product, Aside)]


def slow_length(one, two):
    @lru_cache(None)
    def at(i, j):
        if i == len(one) or j == len(two):
            return 0
        if one[i] == two[j]:
            return 1 + at(i + 1, j + 1)
        return max(at(i + 1, j), at(i, j + 1))

    return at(0, 0)


@settings(max_examples=50, deadline=None)
@given(RUNS, RUNS)
def test_a_common_subsequence_is_one_and_as_long_as_the_slow_one(one, two):
    pairs = common_subsequence(one, two)
    assert all(one[i] == two[j] for i, j in pairs)
    assert list(pairs) == sorted(set(pairs))
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert len(pairs) == slow_length(tuple(one), tuple(two))


BY_IDS = [how for how in Alignment if how is not Alignment.BYTES]


@settings(max_examples=50, deadline=None)
@given(st.lists(RUNS, min_size=1, max_size=4), st.sampled_from(BY_IDS))
def test_every_token_stands_in_exactly_one_row_and_in_order(runs, how):
    rows = align(runs, how)
    for column, run in enumerate(runs):
        assert [row[column] for row in rows if row[column] is not None] == list(range(len(run)))
    assert all(any(at is not None for at in row) for row in rows)
    if how is Alignment.MATCH:
        for column in range(1, len(runs)):
            matched = [r for r in rows if r[0] is not None and r[column] is not None]
            assert all(runs[0][r[0]] == runs[column][r[column]] for r in matched)
            assert len(matched) == slow_length(tuple(runs[0]), tuple(runs[column]))


def test_alignments_by_hand():
    runs = ([1, 2, 3], [1, 9, 2, 3], [3])
    assert align(runs, Alignment.FORK)[0] == (0, 0, 0)
    assert align(runs, Alignment.END) == ((None, 0, None), (0, 1, None), (1, 2, None), (2, 3, 0))
    assert align(runs, Alignment.MATCH) == (
        (0, 0, None),
        (None, 1, None),
        (1, 2, None),
        (2, 3, 0),
    )
    assert first_parting([1, 2, 3], [1, 2, 4]) == 2
    assert first_parting([1, 2], [1, 2, 4]) is None


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-800, 0), min_size=1, max_size=20))
def test_log_sum_exp_agrees_with_scipy(logprobs):
    assert log_sum_exp(logprobs) == pytest.approx(logsumexp(logprobs), abs=1e-9)


def test_log_sum_exp_of_nothing_and_of_the_impossible():
    assert log_sum_exp([]) == -math.inf
    assert log_sum_exp([-math.inf, -math.inf]) == -math.inf
    assert log_sum_exp([-math.inf, -1.0]) == pytest.approx(-1.0)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_the_falling_curve_agrees_with_scipys_isotonic_regression(curve):
    expected = isotonic_regression(np.array(curve), increasing=False).x
    assert never_rising(curve) == pytest.approx(expected, abs=1e-9)


def test_half_and_tenth_are_read_off_the_falling_curve():
    curve = [0.4 * 0.8**n for n in range(20)]
    decay = decay_of(curve, 0.0)
    assert (decay.half, decay.tenth) == (4, 11)
    assert decay_of([0.4, 0.3, 0.3], 0.0).half is None
    assert decay_of(curve, 0.5) == Decay(Unread.BELOW_FLOOR, Unread.BELOW_FLOOR)


def test_a_level_below_the_floor_is_not_read_off_the_curve():
    curve = [0.10, 0.06, 0.05, 0.04, 0.02, 0.012, 0.009, 0.008]
    assert decay_of(curve, 0.0) == Decay(2, 6)
    assert decay_of(curve, 0.02) == Decay(2, Unread.BELOW_FLOOR)
    assert decay_of(curve, 0.074) == Decay(Unread.BELOW_FLOOR, Unread.BELOW_FLOOR)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 200).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_wilsons_as_scipy_gives_it(pair):
    hits, n = pair
    share = wilson(hits, n)
    expected = binomtest(hits, n).proportion_ci(method="wilson")
    assert (share.low, share.high) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert (wilson(0, 0).low, wilson(0, 0).high) == (0.0, 1.0)


def test_outcomes_go_by_whole_words_and_the_first_one_counts():
    groups = ((" Facebook", "Meta"), (" Apple",))
    assert outcome_of("He left Apple for Facebook.", groups) == 1
    assert outcome_of("Metal and Applesauce", groups) is None
    assert outcome_of("of Meta.", groups) == 0
    assert outcome_of("", groups) is None


@pytest.mark.parametrize(
    ("text", "first", "second", "outcome"),
    [
        ("首都是巴黎。", "巴黎", "柏林", 0),
        ("首都不是巴黎。是柏林", "巴黎", "柏林", 1),
        ("パリです", "パリ", "ベルリン", 0),
        ("수도는 파리입니다", "파리", "베를린", 0),
        ("首都是Paris。", "Paris", "Berlin", 0),
        ("about 12,000 people", "12", "12,000", 1),
        ("about 1,012 people", "12", "1,012", 1),
        ("It is 3.14", "3", "3.14", 1),
        ("It is -3, no more", "3", "-3", 1),
        ("It is 3. And more", "3", "4", 0),
        ("It is 3, and more", "3", "4", 0),
        ("from 2-3 of them", "3", "4", 0),
        ("It is New York City.", "New York", "New York City", 1),
        ("It is New York.", "New York", "New York City", 0),
        ("It is not Paris but Rome", "Paris", "Berlin", None),
        ("It isn't Paris. It is Berlin", "Paris", "Berlin", 1),
        ("Not Lisbon, it is Paris", "Paris", "Lisbon", 0),
        ("a Parisian", "Paris", "Berlin", None),
        ("पेरिस", "पेरि", "दिल्ली", None),
    ],
)
def test_an_outcome_is_what_is_asserted_first_in_any_script(text, first, second, outcome):
    assert outcome_of(text, ((first,), (second,))) == outcome


def told(scripted, tokens=8):
    bench = Workbench(run_now, InlineRunner, None)
    bench.attach_engine(scripted)
    bench.tell_fork(ForkSpec(PROMPT, " Facebook", " Apple", " a", None, None, tokens))
    return bench


def test_a_table_tells_what_the_readings_say(scripted):
    bench = told(scripted)
    firsts = list(bench.fork.branches.values())[1:]
    branches = [(first, bench.nodes_of(first)) for first in firsts]
    table = tabulate(bench.tree, bench.readings, branches, Alignment.FORK)
    clean, error, _ = table.rows[0]
    assert clean is not None
    assert error is not None
    assert clean.logprob == pytest.approx(math.log(0.68), abs=5e-3)
    assert error.change == pytest.approx(math.log(0.007 / 0.68), abs=1e-2)
    assert error.rank_change == 4
    assert clean.change is None
    assert clean.entropy == error.entropy
    assert table.parted == (None, 0, 0)
    for (_, nodes), totals in zip(branches, table.totals, strict=True):
        logprobs = [bench.readings.logprob(node) for node in nodes]
        assert totals.logprob == pytest.approx(sum(logprobs))
        assert totals.bits == pytest.approx(-sum(logprobs) / math.log(2))
        assert totals.perplexity == pytest.approx(math.exp(-sum(logprobs) / len(nodes)))
    bench.close()


@pytest.fixture
def nested(scripted):
    """A fork, and a branch that leaves its clean branch four tokens on."""
    bench = told(scripted, tokens=6)
    clean = bench.fork.branches[Role.CLEAN]
    [google] = scripted.vocabulary.tokens(scripted.tokenize(" Google"))
    place = bench.branch_here(bench.nodes_of(clean)[3], google)
    bench.continue_from([place], tokens=3, sampler=GREEDY, seed=0)
    yield bench, clean, bench.branch_of(place).first
    bench.close()


def table_of(bench, how, *firsts):
    runs = runs_from_fork(bench.tree, [bench.nodes_of(first) for first in firsts])
    return tabulate(bench.tree, bench.readings, list(zip(firsts, runs, strict=True)), how)


@pytest.mark.parametrize("how", Alignment)
def test_a_branch_of_a_branch_stands_beside_it_at_the_same_places(nested, how):
    bench, clean, inner = nested
    error = bench.fork.branches[Role.ERROR]
    table = table_of(bench, how, clean, error, inner)
    for row in table.rows:
        if row[0] is not None and row[2] is not None and how is not Alignment.MATCH:
            assert bench.tree.depth(row[0].node) == bench.tree.depth(row[2].node) or (
                how is Alignment.END
            )
    shared = [row for row in table.rows if row[0] and row[2] and row[0].node == row[2].node]
    assert len(shared) == 4 or how is Alignment.END
    assert table.totals[2].tokens == 4 + len(bench.nodes_of(inner))
    if how is Alignment.FORK:
        assert table.parted == (None, 0, 4)
        assert [row[2].change for row in table.rows[:4]] == [0.0] * 4


def test_two_branches_are_held_against_each_other_from_where_they_part(nested):
    bench, clean, inner = nested
    table = table_of(bench, Alignment.FORK, clean, inner)
    depth = bench.tree.depth
    assert depth(table.rows[0][0].node) == depth(table.rows[0][1].node) == depth(inner)
    assert table.parted == (None, 0)
    assert table.totals[0].tokens == len(bench.nodes_of(clean)) - 4


def test_a_branch_that_others_go_on_from_is_there_whole(nested):
    bench, clean, inner = nested
    ending = bench.nodes_of(clean)[:4]
    one, two = runs_from_fork(bench.tree, [ending, bench.nodes_of(inner)])
    assert one == ending
    assert two == (*ending, *bench.nodes_of(inner))


def test_branches_of_two_prompts_begin_each_at_a_fork_of_its_own(scripted):
    bench = told(scripted)
    one = bench.fork.branches[Role.CLEAN]
    bench.tell_fork(ForkSpec("The capital of France is", " Paris", " Berlin", None, None, None, 3))
    two, three = (bench.fork.branches[role] for role in (Role.CLEAN, Role.ERROR))
    firsts = (one, two, three)
    runs = runs_from_fork(bench.tree, [bench.nodes_of(first) for first in firsts])
    assert runs == tuple(bench.nodes_of(first) for first in firsts)
    bench.close()


def test_aligned_from_the_end_a_shorter_branch_parts_where_a_token_differs(nested):
    bench, _, _ = nested
    clean, error = (bench.fork.branches[role] for role in (Role.CLEAN, Role.ERROR))
    bench.continue_from([bench.tip_of(error)], tokens=3, sampler=GREEDY, seed=0)
    table = table_of(bench, Alignment.END, clean, error)
    row = table.parted[1]
    assert row >= 3
    assert table.rows[row][0].token != table.rows[row][1].token


def test_a_branch_against_itself_is_at_the_repeat_floor_which_is_zero(scripted):
    path = scripted.tokenize(PROMPT)
    forced = scripted.tokenize(" Facebook, and he")
    [curve] = found(contrast(scripted, path, (path,), forced))
    assert len(curve.sqrt_js) == len(forced) + 1
    assert set(curve.sqrt_js) == set(curve.kl) == {0.0}
    assert not any(curve.flips)


def test_a_contrast_is_what_the_whole_vocabulary_says(scripted):
    right, wrong = (scripted.tokenize(PROMPT + word) for word in (" Facebook", " Apple"))
    forced = scripted.tokenize(". He")
    [curve] = found(contrast(scripted, right, (wrong,), forced))
    assert isinstance(curve, Influence)
    for distance in range(len(forced) + 1):
        p, q = (
            np.exp(logits - logsumexp(logits))
            for logits in (
                scripted._decoder.logits_after((*path, *forced[:distance])).astype(float)
                for path in (right, wrong)
            )
        )
        m = (p + q) / 2
        js = (np.sum(p * np.log(p / m)) + np.sum(q * np.log(q / m))) / 2
        assert curve.sqrt_js[distance] == pytest.approx(math.sqrt(max(js, 0.0)), abs=2e-4)
        assert curve.kl[distance] == pytest.approx(np.sum(p * np.log(p / q)), abs=2e-3)
        assert curve.flips[distance] == (p.argmax() != q.argmax())


def test_watched_strings_are_forced_whole_and_aliases_are_added_up(scripted):
    prompt = split_opening(scripted, PROMPT).tokens
    path = (*prompt, *scripted.vocabulary.tokens(scripted.tokenize(" Facebook, and")))
    what = Watched((" Facebook", " X"), (" Apple.",))
    points = found(watch(scripted, [WatchedBranch(0, path, len(prompt))], what))
    assert [point.index for point in points] == [0, 1, 2, 3]
    assert points[0].truth == pytest.approx(math.log(0.68 + 0.05), abs=5e-3)
    assert points[0].error == pytest.approx(math.log(0.007 * 0.6), abs=1e-2)
    assert points[0].log_odds == points[0].truth - points[0].error


@pytest.mark.parametrize(
    ("truths", "p"),
    [
        ((" Facebook", " Facebook"), 0.68),
        ((" Facebook", " Facebook,", " Facebook."), 0.68),
        ((" Facebook,", " Facebook."), 0.68 * 0.8),
    ],
)
def test_what_is_watched_twice_or_within_another_string_counts_once(scripted, truths, p):
    path = split_opening(scripted, PROMPT).tokens
    for what in (Watched(truths, (" X",)), Watched((" X",), truths)):
        [point] = found(watch(scripted, [WatchedBranch(0, path, len(path))], what))
        told = point.truth if what.truths == truths else point.error
        assert math.exp(told) == pytest.approx(p, abs=5e-3)


def test_a_probe_is_asked_at_the_fork_and_at_sentence_ends_only(scripted):
    prompt = split_opening(scripted, PROMPT).tokens
    grown = scripted.vocabulary.tokens(scripted.tokenize(" Apple. He is a"))
    what = Watched((" Facebook",), (" Apple",), ("\nThe CEO of",))
    branch = WatchedBranch(3, (*prompt, *grown), len(prompt))
    points = found(watch(scripted, [branch], what))
    assert [point.index for point in points] == [0, 2, len(grown)]
    assert {point.branch for point in points} == {3}
    assert points[0].truth == pytest.approx(math.log(0.68), abs=5e-3)


def test_the_same_noise_gives_the_same_branch_the_same_samples(scripted):
    tip = scripted.tokenize(PROMPT + " Facebook")
    other = scripted.tokenize(PROMPT + " Apple")
    plan = SamplingPlan((tip, tip, other), 4, 6, FREE, 11)
    drawn = {(one.branch, one.sample): one for one in found(draw_samples(scripted, plan))}
    assert len(drawn) == 12
    for k in range(4):
        same = parting_of(drawn[0, k].tokens, drawn[1, k].tokens)
        assert (same.at, same.shared) == (None, None)
    assert any(parting_of(drawn[0, k].tokens, drawn[2, k].tokens).at is not None for k in range(4))
    greedy = found(draw_samples(scripted, SamplingPlan((tip,), 2, 3, GREEDY, 0)))
    assert greedy[0].tokens == greedy[1].tokens


def test_where_samples_part_and_what_they_share_again(scripted):
    one, two = (scripted.vocabulary.tokens([1, 2, n, 4, 5]) for n in (3, 9))
    parting = parting_of(one, two)
    assert parting.at == 2
    assert parting.shared == pytest.approx(2 / 3)
    assert parting_of(one, one[:2]).at == 2
    assert parting_of(one, one[:2]).shared is None


@pytest.mark.model
def test_on_the_starter_model_the_error_lies_above_both_floors(starter):
    right, wrong = (split_opening(starter, PROMPT + word).ids for word in (" Facebook", " Apple"))
    forced = starter.tokenize(", and he's a pioneer in the field")
    same, error = found(contrast(starter, right, (right, wrong), forced))
    [floors] = found(measure_floors(starter, (*right, *forced)))
    assert isinstance(floors, Floors)
    assert max(same.sqrt_js) <= floors.repeat_sqrt_js == 0.0
    assert error.sqrt_js[0] > floors.rounding_sqrt_js > 0
    assert error.kl[0] > floors.rounding_kl > floors.repeat_kl == 0.0
    assert floors.repeat_log_odds == 0.0 < floors.rounding_log_odds <= 2 * floors.rounding_logprob
