"""Memory of more than one step, and the recoverable chain on sequences it has not seen."""

import warnings

import numpy as np
import pytest

from core.lab.statistics.chain import right_at
from core.lab.statistics.dynamic_logit import Terms, fit, measure_second
from core.lab.statistics.held_out import held_out
from core.lab.statistics.intervals import wilson
from core.lab.statistics.order import lagged, pooled_order
from core.lab.statistics.permutation import swapped_pairs, two_margin
from models.fake_model import FakeModel


def oracle(name):
    with warnings.catch_warnings():  # what an oracle warns about at import is its own business
        warnings.simplefilter("ignore")
        return pytest.importorskip(name)


def remembering(seed, *, sequences=60, steps=30, second=0.0):
    """Errors whose odds rise by `second` (logits) after an error two steps before."""
    rng = np.random.default_rng(seed)
    found = np.zeros((sequences, steps), np.int8)
    base = -2.2 + rng.standard_normal(sequences)
    for step in range(steps):
        logits = base + (second * found[:, step - 2] if step > 1 else 0.0)
        found[:, step] = rng.random(sequences) < 1 / (1 + np.exp(-logits))
    return found


def test_many_lags_share_the_swaps_of_one():
    errors = FakeModel(e=0.2, contagion=2).errors(20, 15, 1)
    together = swapped_pairs(errors, (1, 3), seed=4, draws=99)
    for place, lag in enumerate((1, 3)):
        alone = swapped_pairs(errors, (lag,), seed=4, draws=99)
        assert (together[:, place] == alone[:, 0]).all()
        assert two_margin(errors, seed=4, draws=99, lag=lag).expected == alone.mean()


def test_a_rhythm_is_seen_at_its_own_lag_and_item_spread_at_none():
    found = lagged(remembering(1, second=2.5), seed=1, draws=199)
    assert [one.lag for one in found] == list(range(1, 11))
    assert found[1].p <= 0.01
    assert found[1].ratio > found[1].null[1]
    fake = FakeModel(e=0.15, spread=1, trend=1)
    false = sum(
        min(one.p for one in lagged(fake.errors(40, 20, n), seed=n + 1000, draws=99)) <= 0.05
        for n in range(40)
    )
    assert wilson(false, 40).holds(0.05)


def test_one_error_among_all_sequences_says_nothing_of_lags():
    errors = np.zeros((3, 12), np.int8)
    errors[0, 4] = 1
    assert all(one.p == 1 for one in lagged(errors, seed=1))


def test_the_pooled_test_of_order_is_the_deviance_of_a_log_linear_model():
    api = oracle("statsmodels.api")
    errors = FakeModel(e=0.3, contagion=2).errors(60, 20, 3)
    counts = np.zeros((2, 2, 2))
    for row in errors:
        for two, one, now in zip(row, row[1:], row[2:], strict=False):
            counts[two, one, now] += 1
    two, one, now = (axis.ravel() for axis in np.indices((2, 2, 2)))
    columns = np.column_stack([np.ones(8), two, one, now, two * one, one * now])
    theirs = api.GLM(counts.ravel(), columns, family=api.families.Poisson()).fit()
    assert pooled_order(errors)[0] == pytest.approx(theirs.deviance, abs=1e-6)


def test_the_pooled_test_of_order_is_fooled_by_items_and_the_logit_is_not():
    uneven = [remembering(n) for n in range(30)]
    assert sum(pooled_order(one)[1] <= 0.05 for one in uneven) > 15
    found = [measure_second(one) for one in uneven]
    assert wilson(sum(one.p <= 0.05 for one in found), 30).low <= 0.05
    assert wilson(sum(one.log_odds_ratio.holds(0) for one in found), 30).high >= 0.95


def test_the_second_step_back_is_found_as_large_as_it_is():
    found = measure_second(remembering(7, sequences=800, steps=40, second=1.0))
    assert found.log_odds_ratio.estimate == pytest.approx(1.0, abs=0.15)
    assert found.p < 1e-6


def test_two_lags_without_items_agree_with_statsmodels():
    api = oracle("statsmodels.api")
    errors = FakeModel(e=0.2, contagion=2, trend=1).errors(60, 20, 1)
    lags = np.zeros((2, *errors.shape))
    lags[0, :, 1:], lags[1, :, 2:] = errors[:, :-1], errors[:, :-2]
    t = np.tile(np.linspace(-1, 1, 20), 60)
    columns = np.column_stack([np.ones(1200), t, lags[0].ravel(), lags[1].ravel()])
    theirs = api.Logit(errors.ravel(), columns).fit(disp=0)
    mine = fit(errors, Terms(position=True, item=False, previous=True, earlier=True))
    assert (mine.previous, mine.earlier) == pytest.approx(theirs.params[2:], abs=1e-3)
    assert mine.log_likelihood == pytest.approx(theirs.llf, abs=1e-4)
    assert mine.last_error == pytest.approx(theirs.bse[3], rel=1e-3)


def test_a_chain_that_returns_predicts_what_it_has_not_seen():
    e, r, steps = 0.05, 0.15, 40
    found = held_out(FakeModel(e=e, recovery=r).states(3000, steps, 1), seed=1)
    n = np.arange(1, steps + 1, dtype=np.float64)
    right, never = right_at(e, r, n), (1 - e) ** n
    expected = right * np.log(right / never) + (1 - right) * np.log((1 - right) / (1 - never))
    assert found.gain.estimate == pytest.approx(expected.mean(), rel=0.1)
    assert found.gain.low > 0
    assert found.p < 0.01


def test_a_chain_that_never_returns_gains_nothing():
    found = held_out(FakeModel(e=0.05).states(60, 30, 3), seed=1)
    assert found.gain.estimate == found.gain.low == found.gain.high == 0
    assert found.p == 1
