"""A task stands behind its gate: a model that does not hold its format is told so."""

import numpy as np
import pytest

from core.known_error import KnownError
from core.lab.compounding import COMPOUNDING
from core.lab.experiment import Row, Settings
from core.lab.statistics.verdicts import Answer
from core.lab.steps import STEPS
from tests.core.lab.conftest import LookupEngine, counted, rows_of

pytestmark = pytest.mark.usefixtures("few_resamples")


class Babbler(LookupEngine):
    """Never answers in the format: every valid digit is rare."""

    def chance(self, before, following):
        return 1e-4 if following.isdigit() else 0.5


def test_a_model_that_never_answers_in_the_format_is_told_so():
    for experiment in (STEPS, COMPOUNDING):
        settings = counted(3)
        outcome = experiment.analyse(rows_of(Babbler(), experiment, settings), settings)
        assert "cannot do" in outcome.sentence
        assert {verdict.answer for verdict in outcome.verdicts} == {Answer.CANNOT}
        assert not outcome.figures


class NoSpace(LookupEngine):
    """Seldom writes the space that every value begins with."""

    def chance(self, before, following):
        if following == " " and before.endswith(":"):
            return 0.05
        return super().chance(before, following)


def test_what_a_values_only_way_leaves_out_is_missing_from_the_valid_mass():
    settings = counted(8)
    rows = rows_of(NoSpace(odds=30), COMPOUNDING, settings)
    masses = np.array([row.values["look-up valid mass"] for row in rows])
    assert masses == pytest.approx(0.05)
    assert COMPOUNDING.analyse(rows, settings).verdicts[0].answer is Answer.CANNOT


class NoUnits(LookupEngine):
    """Writes tens, and would rather stop there."""

    def chance(self, before, following):
        value = before.rpartition(": ")[2]
        return 0.3 if len(value) == 1 and following.isdigit() else 0.5


def test_the_end_of_the_last_value_is_read_as_well(monkeypatch):
    monkeypatch.setattr("core.lab.free_running.COUNTS", ("10", "20", "30"))
    rows = rows_of(NoUnits(), COMPOUNDING, counted(1))
    masses = rows[0].values["counting valid mass"]
    assert masses == pytest.approx([0.5 * 1.5 * 0.3] * 16)


class LostInCounting(LookupEngine):
    """Counts right more often than not, and writes words else."""

    def count(self, lines, following):
        return super().count(lines, following) * 0.8


def test_counting_has_to_hold_its_format_as_well():
    settings = Settings((), 0, 3, ("counting",))
    rows = rows_of(LostInCounting(odds=30), STEPS, settings)
    assert np.mean(np.exp(rows[0].values["counting clean restored"])) > 0.5
    outcome = STEPS.analyse(rows, settings)
    assert outcome.verdicts[0].answer is Answer.CANNOT
    assert "valid answers hold 0.64" in outcome.sentence
    fair = STEPS.analyse(rows_of(LookupEngine(odds=30), STEPS, settings), settings)
    mass = next(f for f in fair.findings if f.name == "counting: probability of any valid value")
    assert mass.interval.estimate == pytest.approx(1)
    old = [Row(row.item, {k: v for k, v in row.values.items() if "mass" not in k}) for row in rows]
    assert Answer.CANNOT not in [v.answer for v in STEPS.analyse(old, settings).verdicts]


def test_a_task_that_fails_its_gate_says_that_and_nothing_else():
    settings = counted(2)
    outcome = STEPS.analyse(rows_of(LookupEngine(odds=0.5), STEPS, settings), settings)
    assert "cannot do look-up" in outcome.sentence
    assert outcome.verdicts[0].answer is Answer.CANNOT
    assert not [finding for finding in outcome.findings if "look-up" in finding.name]


def test_a_task_that_is_not_known_is_one_sentence():
    with pytest.raises(KnownError, match="no task alchemy"):
        STEPS.tasks(Settings((), 0, 1, ("alchemy",)))
