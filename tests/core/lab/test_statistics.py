"""Every estimator against somebody else's, and against data whose truth is known."""

import math
import warnings

import numpy as np
import pytest
from scipy import stats

from core.lab.statistics.bootstrap import bca_interval, geometric_band, mean_interval
from core.lab.statistics.chain import fit_chain, right_at
from core.lab.statistics.decay import distance_to, favoured, fit_decay
from core.lab.statistics.dynamic_logit import FULL, Terms, fit, measure_dependence
from core.lab.statistics.intervals import Interval, t_interval, wilson
from core.lab.statistics.jackknife import jackknife_interval
from core.lab.statistics.ladder import climb, gap_intervals, measured_step
from core.lab.statistics.permutation import lag_pairs, sign_flip, two_margin
from core.lab.statistics.sequences import (
    after_rate,
    error_rate,
    first_errors,
    first_rate,
    hazard_after,
    hazard_first,
    pooled_table,
)
from core.lab.statistics.survival import (
    aalen_johansen,
    fit_beta_geometric,
    fit_discrete_weibull,
    fit_geometric,
    kaplan_meier,
    survival_at,
    weibull_shape,
)
from core.lab.statistics.verdicts import Answer, absorption, dependence, influence
from models.fake_model import FakeModel


def oracle(name):
    with warnings.catch_warnings():  # what an oracle warns about at import is its own business
        warnings.simplefilter("ignore")
        return pytest.importorskip(name)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_student_and_wilson_agree_with_scipy(rng):
    values = rng.normal(1, 2, 11)
    ends = stats.t.interval(0.95, 10, values.mean(), stats.sem(values))
    found = t_interval(values)
    assert (found.low, found.high) == pytest.approx(ends)
    for some, of in ((0, 30), (5, 50), (30, 30)):
        ends = stats.binomtest(some, of).proportion_ci(method="wilson")
        found = wilson(some, of)
        assert (found.low, found.high) == pytest.approx((ends.low, ends.high))
    assert wilson(0, 30).high == pytest.approx(0.114, abs=1e-3)


def test_wilson_agrees_with_statsmodels():
    ends = oracle("statsmodels.stats.proportion").proportion_confint(7, 40, method="wilson")
    assert (wilson(7, 40).low, wilson(7, 40).high) == pytest.approx(ends)


def test_the_bca_interval_agrees_with_scipys_on_skewed_data(rng):
    values = rng.exponential(1, 40)
    theirs = stats.bootstrap(
        (values,), np.mean, n_resamples=9999, method="BCa", rng=rng
    ).confidence_interval
    found = bca_interval(lambda items: float(values[items].mean()), 40, seed=1, resamples=9999)
    assert (found.low, found.high) == pytest.approx((theirs.low, theirs.high), abs=0.03)


def test_a_number_that_is_not_defined_for_some_items_has_no_bca_interval():
    values = np.array([0.0] * 29 + [1.0])

    def ratio(items):
        total = values[items].sum()
        return float(1 / total) if total else math.nan

    found = bca_interval(ratio, 30, seed=1, resamples=200)
    assert (found.low, found.estimate, found.high) == (-math.inf, 1, math.inf)


@pytest.mark.parametrize(("sequences", "steps"), [(100, 40), (24, 16)])
@pytest.mark.parametrize("estimator", [error_rate, first_rate, after_rate])
def test_rates_of_uneven_sequences_cover_as_often_as_they_say(estimator, sequences, steps):
    uneven = FakeModel(e=0.1, spread=1)
    truth = estimator(uneven.errors(100_000, steps, 99)).estimate
    found = [estimator(uneven.errors(sequences, steps, seed)) for seed in range(300)]
    held = wilson(sum(one.holds(truth) for one in found), 300)
    assert held.low <= 0.98
    assert held.estimate >= 0.92
    assert all(0 <= one.low <= one.high <= 1 for one in found)


def test_rates_of_what_never_happens_keep_an_upper_bound():
    nothing = error_rate(np.zeros((30, 5), np.int8))
    assert (nothing.low, nothing.estimate) == (0, 0)
    assert nothing.high == pytest.approx(wilson(0, 30).high)
    assert math.isnan(after_rate(np.zeros((30, 5), np.int8)).estimate)


def test_the_jackknife_of_a_mean_is_students_interval(rng):
    values = rng.normal(1, 2, 4000)
    mine = jackknife_interval(lambda items: float(values[items].mean()), len(values))
    assert (mine.low, mine.high) == pytest.approx(
        (t_interval(values).low, t_interval(values).high), abs=1e-4
    )


def test_constant_data_have_an_interval_of_no_width():
    found = mean_interval(np.full(30, 2.0), seed=0)
    assert (found.low, found.estimate, found.high) == (2, 2, 2)


@pytest.mark.parametrize("items", [12, 40])
def test_the_interval_of_a_mean_covers_it_as_often_as_it_says(items):
    draws = (np.random.default_rng(seed).normal(0.3, 1, items) for seed in range(150))
    held = sum(mean_interval(values, seed=1).holds(0.3) for values in draws)
    assert wilson(held, 150).holds(0.95)


def test_a_band_covers_the_geometric_mean(rng):
    curves = np.exp(rng.normal(-1, 0.5, (50, 4)))
    low, middle, high = geometric_band(curves, seed=1)
    assert middle == pytest.approx(stats.gmean(curves, axis=0))
    assert (low < middle).all()
    assert (middle < high).all()


def test_sign_flips_agree_with_scipys_permutation_test(rng):
    for size in (10, 30):
        values = rng.normal(0.3, 1, size)
        theirs = stats.permutation_test(
            (values,),
            lambda x, axis: x.mean(axis=axis),
            permutation_type="samples",
            vectorized=True,
            n_resamples=9999,
            rng=rng,
        ).pvalue
        assert sign_flip(values, seed=2) == pytest.approx(theirs, abs=0.02)


def test_sign_flips_reject_no_more_often_than_they_say():
    draws = (np.random.default_rng(seed).normal(0, 1, 12) for seed in range(300))
    rejected = sum(sign_flip(values, seed=0) <= 0.05 for values in draws)
    assert wilson(rejected, 300).holds(0.05)


def test_swaps_see_contagion_and_not_the_spread_of_items_or_positions():
    uneven = FakeModel(e=0.1, spread=1, trend=1.5)
    false = sum(
        two_margin(uneven.errors(40, 25, n), seed=n, draws=99).p_more <= 0.05 for n in range(60)
    )
    assert wilson(false, 60).holds(0.05)
    contagious = FakeModel(e=0.1, contagion=4, spread=1, trend=1.5)
    seen = sum(
        two_margin(contagious.errors(60, 30, n), seed=n, draws=99).p_more <= 0.05 for n in range(10)
    )
    assert seen >= 9


def test_swaps_enumerate_what_a_small_matrix_allows():
    errors = np.array([[1, 1, 0], [0, 0, 1]], np.int8)
    # Three matrices keep these margins, and trades must reach each as often as the others.
    found = two_margin(errors, seed=1, draws=3000)
    others = [np.array(m, np.int8) for m in ([[1, 0, 1], [0, 1, 0]], [[0, 1, 1], [1, 0, 0]])]
    expected = np.mean([lag_pairs(m) for m in (errors, *others)])
    assert found.expected == pytest.approx(expected, abs=0.05)


def test_pooled_hazards_are_not_biased_by_streaks():
    errors = FakeModel(e=0.1).errors(20_000, 10, 1)
    after = [one.estimate for one in hazard_after(errors, 2)]
    first = np.array([one.estimate for one in hazard_first(errors)])
    assert after == pytest.approx([0.1, 0.1], abs=0.006)
    assert first == pytest.approx(np.full(10, 0.1), abs=0.02)
    survived = np.prod(1 - first)
    assert survived == pytest.approx(np.mean(errors.sum(axis=1) == 0))


def test_the_pooled_table_is_fooled_by_items_and_so_is_only_displayed():
    found = pooled_table(FakeModel(e=0.1, spread=1.5).errors(200, 30, 1))
    assert found.odds_ratio.low > 1.5
    assert found.p_g < 1e-4
    assert sum(found.counts) == 200 * 29


REMISSION = (
    ((1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23), ()),
    ((6, 6, 6, 7, 10, 13, 16, 22, 23), (6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35)),
)
"""Weeks to relapse, and those without one: controls and the treated (Freireich et al. 1963)."""


@pytest.mark.parametrize(
    ("group", "table"),
    [
        (0, {1: (0.9048, 0.6700, 0.9753), 2: (0.8095, 0.5689, 0.9239)}),
        (
            1,
            {
                6: (0.8571, 0.6197, 0.9516),
                7: (0.8067, 0.5631, 0.9228),
                10: (0.7529, 0.5032, 0.8894),
                13: (0.6902, 0.4316, 0.8491),
                16: (0.6275, 0.3675, 0.8049),
                22: (0.5378, 0.2678, 0.7468),
                23: (0.4482, 0.1881, 0.6801),
            },
        ),
    ],
    ids=["controls", "treated"],
)
def test_kaplan_meier_and_its_band_agree_with_a_published_table(group, table):
    """Stata's list of the same data, in Rodríguez's notes on survival (Princeton, WWS 509)."""
    relapsed, censored = REMISSION[group]
    times = np.array([*relapsed, *censored])
    mine = kaplan_meier(times, np.arange(21) < len(relapsed))
    for week, row in table.items():
        place = mine.times.tolist().index(week)
        found = (mine.value[place], mine.low[place], mine.high[place])
        assert found == pytest.approx(row, abs=6e-5)


def test_kaplan_meier_agrees_with_scipy(rng):
    times = rng.integers(1, 12, 60)
    events = rng.random(60) < 0.7
    data = stats.CensoredData(uncensored=times[events], right=times[~events])
    theirs = stats.ecdf(data).sf
    mine = kaplan_meier(times, events)
    for moment, value in zip(theirs.quantiles, theirs.probabilities, strict=True):
        assert survival_at(mine, int(moment)) == pytest.approx(value)
    assert survival_at(mine, 0) == 1


def test_competing_risks_agree_with_a_published_table():
    """Satagopan et al. 2004, Br J Cancer 91:1229, table 2: 305 patients, in per cent."""
    early = {7: 0, 10: 1, 14: 0, 16: 1, 18: 2, 23: 1, 24: 0, 26: 2, 27: 1}
    times = np.array([*early, *[99] * (305 - len(early))])
    causes = np.array([*early.values(), *[0] * (305 - len(early))])
    mine = aalen_johansen(times, causes, 1)
    months = [mine.times.tolist().index(month) for month in (10, 16, 23, 27)]
    # The table adds up its rounded steps: these are the steps.
    steps = 100 * np.diff([0, *mine.value[months]])
    assert steps.round(1).tolist() == [0.3] * 4
    alive = kaplan_meier(times, causes > 0)
    told = [100 * survival_at(alive, month) for month in (10, 16, 18, 23, 26, 27)]
    assert told == pytest.approx([99.7, 99.3, 99.0, 98.7, 98.3, 98.0], abs=0.05)


def test_competing_risks_agree_with_a_table_made_by_hand():
    times, causes = np.array([1, 2, 3, 4, 4, 5]), np.array([1, 2, 0, 1, 2, 1])
    # At risk 6, 5, 4, 3, 1; alive before each 1, 5/6, 2/3, 2/3, 2/9.
    first = [1 / 6, 1 / 6, 1 / 6, 1 / 6 + 2 / 9, 1 / 6 + 2 / 9 + 2 / 9]
    second = [0, 1 / 6, 1 / 6, 1 / 6 + 2 / 9, 1 / 6 + 2 / 9]
    assert aalen_johansen(times, causes, 1).value == pytest.approx(first)
    assert aalen_johansen(times, causes, 2).value == pytest.approx(second)


def test_competing_risks_and_what_is_left_sum_to_one(rng):
    times, causes = rng.integers(1, 9, 50), rng.integers(0, 3, 50)
    both = sum(aalen_johansen(times, causes, cause).value[-1] for cause in (1, 2))
    left = kaplan_meier(times, causes > 0).value[-1]
    assert both + left == pytest.approx(1)


def test_laws_of_the_first_error_find_what_drew_the_times(rng):
    same = np.minimum(rng.geometric(0.05, 4000), 50)
    seen = same < 50
    assert fit_geometric(same, seen).parameters[0] == pytest.approx(0.05, abs=0.005)
    assert fit_discrete_weibull(same, seen).parameters[1] == pytest.approx(1, abs=0.05)
    uneven = np.minimum(rng.geometric(rng.beta(1, 9, 4000)), 50)
    seen = uneven < 50
    law = fit_beta_geometric(uneven, seen)
    assert law.parameters == pytest.approx((1, 9), rel=0.2)
    assert law.aic < fit_geometric(uneven, seen).aic - 100
    assert fit_discrete_weibull(uneven, seen).parameters[1] < 0.9
    steps = np.array([10.0, 40.0])
    assert law.survival(steps) == pytest.approx(
        [np.mean(uneven > 10), np.mean(uneven > 40)], rel=0.1
    )


def test_the_shape_of_first_errors_has_an_interval_over_sequences(rng):
    same = np.minimum(rng.geometric(0.08, 300), 40)
    found = weibull_shape(same, same < 40, seed=1)
    assert found.low < 1 < found.high
    assert found.high - found.low < 0.4
    uneven = np.minimum(rng.geometric(rng.beta(1, 9, 300)), 40)
    assert weibull_shape(uneven, uneven < 40, seed=1).high < 1


def test_the_recoverable_chain_returns_the_rates_and_the_curve_that_made_it():
    states = FakeModel(e=0.05, recovery=0.15).states(4000, 60, 3)
    found = fit_chain(states)
    assert (found.e.estimate, found.r.estimate) == pytest.approx((0.05, 0.15), abs=0.005)
    assert found.right_at(np.array([60.0]))[0] == pytest.approx(0.75, abs=0.02)
    assert right_at(0.05, 0.0, np.array([60.0]))[0] == pytest.approx(0.95**60)
    assert right_at(0.05, 0.15, np.array([60.0]))[0] == pytest.approx(0.750, abs=1e-3)


def test_an_absorbing_chain_never_comes_back():
    found = fit_chain(FakeModel(e=0.05).states(60, 30, 3))
    assert found.r.estimate == found.r.low == 0
    assert 0 < found.r.high < 0.15


def test_a_plain_logit_agrees_with_statsmodels():
    logit = oracle("statsmodels.api")
    errors = FakeModel(e=0.2, contagion=2, trend=1).errors(60, 20, 1)
    lag = np.zeros(errors.shape)
    lag[:, 1:] = errors[:, :-1]
    t = np.tile(np.linspace(-1, 1, 20), 60)
    columns = np.column_stack([np.ones(1200), t, lag.ravel()])
    theirs = logit.Logit(errors.ravel(), columns).fit(disp=0)
    mine = fit(errors, Terms(position=True, item=False, previous=True))
    assert (mine.constant, mine.slope, mine.previous) == pytest.approx(theirs.params, abs=1e-3)
    assert mine.log_likelihood == pytest.approx(theirs.llf, abs=1e-5)
    assert mine.last_error == pytest.approx(theirs.bse[2], rel=1e-3)


@pytest.mark.parametrize("spread", [0.5, 1, 2, 3])
def test_the_quadrature_agrees_with_brute_integration(spread):
    errors = FakeModel(e=0.2, contagion=2, spread=spread).errors(150, 24, 1)
    found = fit(errors, Terms(position=True, item=True, previous=True))
    u = np.linspace(-8, 8, 4001)
    weight = stats.norm.pdf(u) * (u[1] - u[0])
    lag = np.zeros(errors.shape)
    lag[:, 1:] = errors[:, :-1]
    eta = found.constant + found.slope * np.linspace(-1, 1, 24)[None] + found.previous * lag
    total = 0.0
    for row, base in zip(errors, eta, strict=True):
        logits = base[None] + found.spread * u[:, None]
        total += math.log(weight @ np.exp((row * logits - np.logaddexp(0, logits)).sum(axis=1)))
    assert found.log_likelihood == pytest.approx(total, abs=1e-4)


def test_items_that_differ_much_are_read_as_that():
    found = fit(FakeModel(e=0.1, contagion=2, spread=2.5).errors(600, 40, 1), FULL)
    assert found.spread == pytest.approx(2.5, abs=0.15)  # fifteen Gauss-Hermite nodes say 2.0
    assert math.exp(found.previous) == pytest.approx(2, rel=0.1)


def test_the_dynamic_logit_reads_zero_where_the_truth_is_zero_and_finds_what_is_there():
    uneven = FakeModel(e=0.1, spread=1, trend=1.5)
    found = [measure_dependence(uneven.errors(60, 30, n)) for n in range(40)]
    assert wilson(sum(one.p <= 0.05 for one in found), 40).holds(0.05)
    assert wilson(sum(one.log_odds_ratio.holds(0) for one in found), 40).holds(0.95)
    large = measure_dependence(FakeModel(e=0.1, contagion=3, spread=1, trend=1).errors(800, 40, 1))
    assert math.exp(large.log_odds_ratio.estimate) == pytest.approx(3, rel=0.1)
    assert large.with_it.spread == pytest.approx(1, abs=0.1)


def test_the_ladder_gives_the_gap_to_the_cause_that_made_it():
    rungs = climb(FakeModel(e=0.05, spread=1.5).errors(400, 40, 2), 40)
    gaps = [rung.gap for rung in rungs]
    assert gaps[0] > 0.5
    assert abs(gaps[2]) < 0.25 * gaps[0]
    assert rungs[2].p < 1e-6
    assert rungs[3].p > 0.01
    assert rungs[0].fit.survival(40)[-1] == pytest.approx(
        (1 - FakeModel(e=0.05, spread=1.5).errors(400, 40, 2).mean()) ** 40, rel=1e-3
    )


def test_a_gap_has_an_interval_over_sequences_that_holds_zero_where_its_rung_is_true():
    errors = FakeModel(e=0.08, spread=1.2).errors(80, 16, 4)
    rungs = climb(errors, 16)
    gaps = gap_intervals(errors, 16, rungs, seed=1)
    assert gaps[0].low > 0
    assert gaps[2].holds(0)
    assert all(one.low < rung.gap < one.high for one, rung in zip(gaps, rungs, strict=True))


def test_no_gap_is_told_where_nobody_is_left():
    errors = np.zeros((20, 6), np.int8)
    errors[:15, 2] = 1
    errors[15:, 4] = 1
    assert measured_step(errors) == 4
    assert measured_step(np.ones((20, 6), np.int8)) == 0


def test_a_rate_over_sequences_is_wider_than_one_over_steps_when_items_differ():
    errors = FakeModel(e=0.1, spread=2).errors(60, 40, 1)
    clustered = error_rate(errors)
    naive = wilson(int(errors.sum()), errors.size)
    assert clustered.high - clustered.low > 2 * (naive.high - naive.low)
    times, events = first_errors(np.array([[0, 1, 0], [0, 0, 0]], np.int8))
    assert (times.tolist(), events.tolist()) == ([2, 3], [True, False])


@pytest.mark.parametrize("family", ["exponential", "power law"])
def test_the_family_of_a_decay_is_recognised(family, rng):
    r = np.arange(1, 65)
    law = np.exp(-r / 12) if family == "exponential" else r**-0.8
    curves = rng.lognormal(0, 1, (30, 1)) * (law + 0.003) * rng.lognormal(0, 0.4, (30, 64))
    assert favoured(curves[:, None], seed=1, resamples=40).name == family


def test_a_decays_numbers_come_back():
    r = np.arange(1, 65, dtype=float)
    exponential, power = fit_decay(2 * r**-0.7 + 1e-4)
    assert power.rate == pytest.approx(0.7, abs=0.01)
    assert power.aic < exponential.aic
    assert power.at(r) == pytest.approx(2 * r**-0.7, rel=0.01)
    assert (distance_to(r**-0.8, 0.5), distance_to(r**-0.8, 0.1)) == (3, 18)
    assert distance_to(np.ones(9), 0.5) is None


def test_pure_noise_is_no_family(rng):
    curves = rng.lognormal(0, 1, (12, 20))
    assert favoured(curves[:, None], seed=1, resamples=30).name == "undecided"


def between(low, high, items=12):
    return Interval((low + high) / 2, low, high, items, "t")


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [
        (-2, -0.1, Answer.CONTAGIOUS),
        (0.1, 2, Answer.PROTECTIVE),
        (-0.2, 0.3, Answer.INDEPENDENT),
        (-0.3, -0.1, Answer.CONTAGIOUS),
        (-2, 0.3, Answer.UNDECIDED),
    ],
)
def test_dependence_is_judged_by_its_interval(low, high, answer):
    found = dependence(between(low, high))
    assert found.answer is answer
    assert (found.items_needed is not None) == (answer is Answer.UNDECIDED)


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [
        (0.1, 0.3, Answer.RECOVERS),
        (-0.01, 0.03, Answer.ABSORBED),
        (0.01, 0.04, Answer.RECOVERS),
        (-0.1, 0.3, Answer.UNDECIDED),
    ],
)
def test_absorption_is_judged_by_its_interval(low, high, answer):
    assert absorption(between(low, high)).answer is answer


def test_nothing_below_the_rounding_floor_is_a_verdict():
    assert influence(between(0.1, 0.4)).answer is Answer.OUTLASTS
    assert influence(between(-0.4, -0.1)).answer is Answer.NO_LONGER
    assert influence(between(-0.4, 0.1)).answer is Answer.UNDECIDED
    under = influence(None)
    assert (under.answer, under.interval, under.items_needed) == (Answer.UNDECIDED, None, None)


def likely(middle, low, high, items):
    return Interval(middle, low, high, items, "t")


@pytest.mark.parametrize(
    ("verdict", "items"),
    [
        (dependence(likely(-0.5, -2.0, 1.0, 12)), 108),  # contagious as soon as ± 0.5
        (dependence(likely(0.05, -0.95, 1.05, 12)), math.ceil(12 / (math.log(1.5) - 0.05) ** 2)),
        (dependence(likely(math.log(1.5), -0.6, 1.41, 12)), math.ceil(12 * (1.0055 / 0.4055) ** 2)),
        (dependence(likely(0.0, -1.0, 1.0, 12)), math.ceil(12 / math.log(1.5) ** 2)),
        (absorption(likely(0.06, -0.02, 0.14, 24)), 43),
        (absorption(likely(0.01, -0.07, 0.09, 24)), 96),  # absorbed as soon as ± 0.04
        (influence(likely(0.2, -0.2, 0.6, 16)), 64),
        (influence(likely(0.0, -0.2, 0.2, 16)), None),
        (influence(likely(0.2, -math.inf, math.inf, 1)), None),
    ],
)
def test_an_undecided_verdict_says_how_many_items_the_first_answer_takes(verdict, items):
    assert verdict.answer is Answer.UNDECIDED
    assert verdict.items_needed == items


def test_a_lopsided_interval_needs_only_its_own_side_to_shrink():
    assert influence(likely(0.2, -0.2, 2.0, 16)).items_needed == 64


def test_the_items_that_a_verdict_asks_for_do_decide():
    for middle in np.linspace(-1.5, 1.5, 31):
        found = dependence(likely(middle, middle - 2, middle + 2, 12))
        assert found.items_needed is not None
        half = 2 * (12 / (found.items_needed + 1)) ** 0.5
        more = dependence(likely(middle, middle - half, middle + half, 1000))
        assert more.answer is not Answer.UNDECIDED
        half = 2 * (12 / (found.items_needed - 1)) ** 0.5
        fewer = dependence(likely(middle, middle - half, middle + half, 1000))
        assert fewer.answer is Answer.UNDECIDED
