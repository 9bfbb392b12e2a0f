"""The lab measures what is known of it: honest it passes, and each way of being wrong is caught."""

from dataclasses import replace

import pytest

from core.lab import self_runs
from core.lab.calibration import CALIBRATION
from core.lab.recovery import RECOVERY
from core.lab.recovery_outcome import analyse_recovery
from core.lab.registry import EXPERIMENTS
from core.lab.self_checks import Size
from core.lab.self_intervals import interval_checks
from core.lab.self_runs import NONE, run_checks
from core.lab.self_test import (
    FALSE,
    QUICK,
    estimator_checks,
    logit_checks,
    memory_checks,
    swap_check,
)
from models.fake_model import FakeModel

pytestmark = pytest.mark.usefixtures("few_resamples")


SMALL = Size(simulations=24, sequences=60, steps=30, items=12, draws=99)


def test_the_self_test_passes_on_an_honest_lab():
    small = replace(SMALL, simulations=12)
    checks = list(estimator_checks(FakeModel, small))
    assert [check.name for check in checks if not check.passed] == []
    assert QUICK.simulations >= 100


def test_whole_runs_read_zero_where_the_truth_is_zero_and_find_what_is_there():
    checks = list(run_checks(FakeModel, replace(SMALL, steps=16)))
    assert [check.name for check in checks if not check.passed] == []
    assert {one for check in checks for one in check.used_by} == {e.name for e in EXPERIMENTS}
    quiet = [check for check in checks if check.truth == NONE]
    assert {check.share.estimate for check in quiet} == {0}


def test_whole_runs_catch_a_sentence_that_says_more_than_its_verdict(monkeypatch):
    def boasting(rows, settings):
        outcome = analyse_recovery(rows, settings)
        return replace(outcome, sentence=f"{outcome.sentence} In short: recovers.")

    monkeypatch.setattr("core.lab.self_runs.RECOVERY", replace(RECOVERY, analyse=boasting))
    wholes = self_runs._wholes
    monkeypatch.setattr(
        "core.lab.self_runs._wholes",
        lambda size: [one for one in wholes(size) if one.experiment.name == "recovery"],
    )
    failed = [c.name for c in run_checks(FakeModel, replace(SMALL, steps=16)) if not c.passed]
    assert failed == ["whole runs: sentences say what verdicts say"]


def test_whole_runs_catch_a_lab_that_sees_what_is_not_there():
    def contagious(**truth):
        return FakeModel(**{**truth, "contagion": 4.0, "recovery": 0.5})

    checks = run_checks(contagious, replace(SMALL, steps=16))
    failed = {check.used_by for check in checks if not check.passed and check.truth == NONE}
    assert failed == {(experiment.name,) for experiment in EXPERIMENTS}


def test_the_self_test_catches_estimators_that_see_what_is_not_there():
    fake = FakeModel(e=0.1, contagion=4.0, spread=1, trend=1.5)
    small = replace(SMALL, simulations=12, steps=20, items=24)
    assert not next(logit_checks(fake, "none", small, contagion=1.0)).passed
    assert not swap_check(fake, "none", small, FALSE).passed
    memory = list(memory_checks(fake, fake, "none", "double", small))
    assert not memory[1].over(12).passed


def test_every_interval_was_calibrated_at_standard_size_and_held_as_often_as_it_says():
    found = {(one.name, one.truth): one for one in CALIBRATION if one.part == "standard"}
    for check in interval_checks(FakeModel, SMALL):
        told = found[check.name, check.truth]
        assert told.simulations == 1000
        assert told.high >= check.least
        assert told.low <= check.most
    whole = [one for name, one in found.items() if "whole run" in name[0]]
    assert {one.used_by[0] for one in whole} == {experiment.name for experiment in EXPERIMENTS}
    assert all(one.high >= one.least and one.low <= one.most for one in whole)


def test_intervals_that_are_too_narrow_are_caught(monkeypatch):
    monkeypatch.setattr("core.lab.statistics.jackknife.LEVEL", 0.5)
    small = replace(SMALL, simulations=30)
    failed = {c.name for c in interval_checks(FakeModel, small) if not c.over(30).passed}
    assert {"P(wrong right after): interval holds the truth"} <= failed
    assert {"d' of corrections: interval holds the truth"} <= failed
    assert {"Aalen-Johansen's band at half the tokens holds"} <= failed
