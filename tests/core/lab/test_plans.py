"""How large runs are: as they are measured, and large enough for the effect that is sought."""

import pytest

from core.lab.registry import EXPERIMENTS
from core.lab.steps import ALL_TASKS, DEFAULT
from core.lab_plans import PLANS, effect_words, items_needed, least_effect, plan_of


def planned(name):
    found = plan_of(name)
    assert found is not None
    return found


def test_plans_are_of_the_experiments_as_they_are():
    assert [plan.name for plan in PLANS] == [each.name for each in EXPERIMENTS]
    for plan, experiment in zip(PLANS, EXPERIMENTS, strict=True):
        assert plan.quick == experiment.quick
        assert plan.block == experiment.block
        assert plan.uses_chat == experiment.chat
    steps = planned("steps")
    assert set(steps.tasks) == {task.name for task in ALL_TASKS}
    assert set(steps.chosen) == set(DEFAULT)


def test_an_odds_ratio_takes_about_as_many_sequences_as_simulations_say():
    """The power of the dynamic logit at 2: 0.63 at 40 sequences of 20, 0.97 at 60 of 30."""
    plan = planned("compounding")
    assert 40 < items_needed(plan, 2.0, 20) < 90
    assert 30 < items_needed(plan, 2.0, 30) <= 60


@pytest.mark.parametrize("name", ["influence", "compounding", "recovery"])
def test_the_least_effect_is_the_one_whose_items_are_needed(name):
    plan = planned(name)
    for items in (plan.quick, plan.standard):
        least = least_effect(plan, items, 16)
        assert items_needed(plan, least, 16) <= items
        assert items_needed(plan, 1 + (least - 1) * 0.95 if least > 1 else least * 0.95, 16) > items
    assert items_needed(planned("steps"), 0.3, 0) == 88


def test_a_run_too_small_for_its_test_promises_nothing():
    assert "too few" in effect_words(planned("influence"), 5, 16)
    assert "standard deviations" in effect_words(planned("influence"), 6, 16)
