"""p-values in families: one primary per run, all others corrected together, and what is printed."""

import re

import numpy as np
import pytest
from scipy import stats

from core.lab.compounding import COMPOUNDING
from core.lab.compounding_outcome import Course, analyse_errors
from core.lab.experiment import Finding, Outcome, Row, Settings, run
from core.lab.multiplicity import CONFOUNDED, corrected, holm, is_primary
from core.lab.number_words import interval_words, number_words
from core.lab.outcome_json import outcome_json
from core.lab.provisional import provisional
from core.lab.report import report_html
from core.lab.statistics.intervals import Interval
from core.lab.steps import STEPS
from core.lab_answers import reported
from models.fake_model import FakeModel
from tests.core.lab.conftest import LookupEngine
from tests.core.lab.test_statistics import oracle

SOME = Interval(1.0, 0.5, 1.5, 30, "t")


def findings(*told):
    return tuple(Finding(f"n{place}", SOME, p, note) for place, (p, note) in enumerate(told))


def test_holm_agrees_with_statsmodels():
    ps = np.array([0.01, 0.04, 0.03, 0.005, 0.9])
    theirs = oracle("statsmodels.stats.multitest").multipletests(ps, method="holm")[1]
    assert holm(ps) == pytest.approx(theirs)
    assert holm(np.array([])) == []


def test_primary_numbers_are_one_family_and_all_others_another_whatever_their_note():
    told = findings(
        (0.01, "primary"),
        (0.04, "primary; observational"),
        (0.02, "observational; swaps give 1 to 2"),
        (0.03, ""),
        (0.5, "AIC 3.1"),
        (1e-9, CONFOUNDED),
        (None, "exploratory"),
    )
    found = corrected(told)
    assert [one and one.method for one in found[:2]] == ["Holm", "Holm"]
    assert [one and one.p for one in found[:2]] == pytest.approx([0.02, 0.04])
    explored = stats.false_discovery_control([0.02, 0.03, 0.5])
    assert [one and one.p for one in found[2:5]] == pytest.approx(explored)
    assert found[5:] == (None, None)  # what tests nothing would only lift the others


def test_every_p_of_compounding_stands_corrected_in_report_and_json(monkeypatch):
    monkeypatch.setattr("core.lab.statistics.ladder.GAP_GROUPS", 4)
    states = FakeModel(e=0.1, recovery=0.2, spread=1).states(30, 16, 1)
    outcome = analyse_errors(Course("a count", states, states), 0)
    assert sum(is_primary(one) for one in outcome.findings) == 1
    told = outcome_json(outcome)["findings"]
    assert isinstance(told, list)
    with_p = [one for one in told if one["p"] is not None and one["note"] != CONFOUNDED]
    assert len(with_p) > 10
    assert all(one["p_corrected"] >= one["p"] - 1e-12 for one in with_p)
    page = report_html(COMPOUNDING, outcome, [], {})
    cells = re.findall(r"<tr(?: class=grey)?>.*?</tr>", page[page.index("<h2>Numbers") :])
    lags = [cell for cell in cells if "apart against" in cell]
    assert lags
    assert all(re.search(r"<td class=n>[\d.]+ \([\d.]+\)</td><td>permu", cell) for cell in lags)


def told_of_a_run(*, whole):
    settings = Settings((), 0, 5)
    rows = [p for p in run(LookupEngine(contagion=3), STEPS, settings, ()) if isinstance(p, Row)]
    kept = rows if whole else rows[:3]
    return reported(
        {
            "experiment": "steps",
            "seed": 0,
            "items": 5,
            "facts": "",
            "rows": [{"item": row.item, "values": dict(row.values), "dropped": ""} for row in kept],
            "about": {"seed": 0},
            "is_whole": whole,
        }
    )


def test_a_report_of_a_run_that_is_not_whole_gives_no_verdict():
    part, whole = told_of_a_run(whole=False), told_of_a_run(whole=True)
    assert "CONTAGIOUS" in whole["html"]
    assert whole["json"]["provisional"] is False
    assert "Provisional, 3 of 5 items" in part["html"]
    of_this_run = part["html"].partition("<h2>On models of known errors")[0]
    for word in ("CONTAGIOUS", "contagious.", "INDEPENDENT", "RECOVERS", "<h2>Verdicts"):
        assert word not in of_this_run
    assert part["json"]["verdicts"] == []
    assert part["json"]["provisional"] is True
    assert "Provisional" in part["json"]["sentence"]


def test_a_run_without_numbers_says_so_when_it_is_held():
    held = provisional(Outcome("Too few.", (), (), ()), done=1, wanted=9)
    assert held.sentence == "Provisional, 1 of 9 items: nothing can be said yet."


def test_numbers_that_are_not_there_are_a_dash():
    nan = float("nan")
    assert interval_words(Interval(nan, -np.inf, np.inf, 0, "t")) == "\N{EN DASH}"
    assert (
        interval_words(Interval(-1.0, -np.inf, np.inf, 1, "t")) == "\N{MINUS SIGN}1 (no interval)"
    )
    assert interval_words(Interval(2.0, 0.5, np.inf, 3, "Wald")) == "2 (no interval)"
    assert number_words(nan) == "\N{EN DASH}"
