"""Histories with a chosen share of errors: dose and response, against the same written lines."""

import math

import numpy as np
import pytest

from core.lab.error_rates import LINES, RATES
from core.lab.experiment import Row, Settings, run
from core.lab.statistics.verdicts import Answer
from core.lab.step_values import column
from core.lab.steps import STEPS
from tests.core.lab.conftest import LookupEngine

EACH = 1.2
"""By what every wrong line before divides the odds of the engine below."""


class WearyEngine(LookupEngine):
    """Loses a little of its odds with every line that its own table calls wrong."""

    def chance(self, before, following):
        table_text, middle, answered = before.partition("Answers:\n")
        if middle and answered.endswith(": ") and following.isdigit():
            table = dict(line.split(": ") for line in table_text.splitlines()[1:])
            *lines, asked = answered.splitlines()
            wrong = sum(table[line[0]] != line[3:] for line in lines)
            odds = self.odds / EACH**wrong
            right = table[asked[0]] == following
            return odds / (1 + odds) if right else 1 / (1 + odds) / 9
        return super().chance(before, following)


@pytest.fixture
def rows():
    settings = Settings((), 0, 6, ("error rates",))
    return [p for p in run(WearyEngine(), STEPS, settings, ()) if isinstance(p, Row)]


def test_every_rate_is_met_to_the_line(rows):
    shares = column(rows, "error rates shares") * LINES
    for counts, rate in zip(shares.T, RATES, strict=True):
        assert set(counts) <= {math.floor(rate * LINES), math.ceil(rate * LINES)}
    assert len(set(shares[:, 0])) == 2  # 0.8 lines: mostly one, now and then none


def test_what_each_wrong_line_costs_is_read_as_the_slope(rows):
    outcome = STEPS.analyse(rows, Settings((), 0, 6, ("error rates",)))
    found = {finding.name: finding.interval for finding in outcome.findings}
    a_tenth = LINES / 10 * math.log(EACH)
    for name in ("slope of error − placebo, logit q per", "slope of logit q per wrong tenth,"):
        slope = next(one for full, one in found.items() if name in full)
        assert slope.estimate == pytest.approx(-a_tenth, abs=1e-9)
    quarter = next(one for full, one in found.items() if "25 %" in full)
    assert quarter.estimate == pytest.approx(-2 * math.log(EACH), abs=1e-9)
    assert f"{math.exp(-a_tenth):.2f}" in outcome.sentence


def test_the_placebo_costs_nothing_where_errors_alone_do(rows):
    clean = column(rows, "error rates clean")
    for rate in RATES:
        assert np.allclose(column(rows, f"error rates placebo {rate}"), clean)


def test_a_model_that_cannot_look_up_is_told_so_and_nothing_else():
    settings = Settings((), 0, 2, ("error rates",))
    engine = WearyEngine(odds=0.5)
    rows = [p for p in run(engine, STEPS, settings, ()) if isinstance(p, Row)]
    outcome = STEPS.analyse(rows, settings)
    assert outcome.verdicts[0].answer is Answer.CANNOT
    assert not outcome.findings


def test_rows_of_a_version_without_rates_are_still_analysed(rows):
    old = [Row(row.item, {k: v for k, v in row.values.items() if "clean" not in k}) for row in rows]
    outcome = STEPS.analyse(old, Settings((), 0, 6))
    assert "Too few" in outcome.sentence
