"""Influence: how far an error reaches, against its placebo and above its floor."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.lab.belief import AFTERWARDS, BELIEF
from core.lab.compounding_outcome import Course, analyse_errors
from core.lab.experiment import Row, Settings
from core.lab.facts import names, parse_facts
from core.lab.influence import INFLUENCE, SUFFIXES, control_of
from core.lab.influence_outcome import ARMS, LENGTH
from core.lab.known_facts import FILLER, STANDS, rivals_of
from core.lab.preamble import AROUND as PREAMBLE_AROUND
from core.lab.recovery import AROUND as RECOVERY_AROUND
from core.lab.statistics.verdicts import Answer
from core.lab_plans import Extent
from core.lab_points import points_of
from core.tokens import Token, TokenId
from models.fake_model import FakeModel
from tests.core.lab.conftest import LookupEngine, counted, rows_of

pytestmark = pytest.mark.usefixtures("few_resamples")


@pytest.fixture
def _knowing(monkeypatch):
    monkeypatch.setattr("core.lab.influence.knows_or_drop", lambda *_: 3.0)


def test_influence_drops_what_the_model_does_not_know(facts_text):
    settings = Settings(parse_facts(facts_text, "own")[:3], 0, 3)
    rows = rows_of(LookupEngine(), INFLUENCE, settings)
    assert [row.why_dropped for row in rows] == ["not known"] * 3
    assert "rounding floor" in rows[0].values  # what is read once is kept all the same
    assert INFLUENCE.analyse(rows, settings).dropped == {"not known": 3}


def test_no_answer_of_the_relation_is_a_control(facts_text):
    facts = parse_facts(facts_text, "own")
    fact = next(one for one in facts if one.key == "opposite: hot")

    class Ready:
        """Finds every answer of the relation as likely as the error, and one other word."""

        def score(self, endings):
            return [-3.0 for _ in endings]

        def candidates(self, path, top):
            del path, top
            words = [*rivals_of(facts)[fact.key], *fact.wrong, "table"]
            return [(Token(TokenId(n), f" {word}".encode()), -3.0) for n, word in enumerate(words)]

    asker: Any = Ready()
    found = control_of(asker, (), fact, rivals_of(facts)[fact.key])
    assert found is not None
    assert found[-1].piece == b" table"


AROUND = {
    "influence": (FILLER, *SUFFIXES),
    "belief": (FILLER, *AFTERWARDS),
    "preamble": PREAMBLE_AROUND,
    "recovery": RECOVERY_AROUND,
}


@pytest.mark.parametrize("experiment", AROUND)
def test_no_answer_of_our_pack_stands_in_what_is_written_around_it(facts_text, experiment):
    facts = parse_facts(facts_text, "own")
    answers = {answer for fact in facts for answer in (*fact.true, *fact.wrong)}
    stand = {one for one in answers for text in AROUND[experiment] if names(text, one)}
    assert not stand


@pytest.mark.usefixtures("_knowing")
def test_a_fact_whose_answers_stand_around_it_is_dropped_with_the_reason(scripted, facts_text):
    first, second, third = parse_facts(facts_text, "own")[:3]
    spoilt = replace(first, true=("Soup",)), replace(second, wrong=("onions",)), third
    settings = Settings(spoilt, 0, 3, preamble=f"He spoke of {third.true[0]} again.")
    for experiment in (INFLUENCE, BELIEF):
        rows = rows_of(scripted, experiment, settings)
        why = {row.item: row.why_dropped for row in rows}
        assert why[third.key] == STANDS
        if experiment is INFLUENCE:
            assert why == dict.fromkeys(why, STANDS)
    assert rows_of(scripted, INFLUENCE, settings)[0].values["stands around it"]


@pytest.mark.usefixtures("_knowing")
def test_influence_reads_every_arm_at_every_distance(scripted, facts_text, monkeypatch):
    monkeypatch.setattr("core.lab.influence.MATCHED_BITS", math.inf)  # any word is a control
    settings = Settings(parse_facts(facts_text, "own")[:4], 0, 2)
    rows = rows_of(scripted, INFLUENCE, settings)
    for row in rows:
        for arm in ("error", "placebo", "control", "ceiling"):
            assert np.shape(row.values[arm]) == (len(SUFFIXES), LENGTH + 1)
    assert set(ARMS) == {"error", "placebo", "control", "ceiling"}
    assert rows[0].values["repeat floor"] == 0
    # The scripted model forgets within 16 tokens: both arms lie at 0, and no ratio may be told.
    assert "no ratio is given" in INFLUENCE.analyse(rows, settings).sentence


BANDS_TOLD = ("16 to 32", "5 to 15", "1 to 4")


def influenced(error, placebo, rng):
    r = np.arange(LENGTH + 1) + 1.0
    noise = np.exp(rng.normal(0, 0.1, 2))
    curves = {"error": error * noise[0] * r**-0.5, "placebo": placebo * noise[1] * r**-0.5}
    values = {arm: [curve.tolist()] * len(SUFFIXES) for arm, curve in curves.items()}
    floors = {"repeat floor": 0.0, "rounding floor": 0.01, "rounding floor, median": 0.005}
    return {**values, **floors}


@pytest.mark.usefixtures("_knowing")
def test_influence_reaches_as_far_as_the_run_says(scripted, facts_text):
    facts = parse_facts(facts_text, "own")[:4]
    settings = Settings(facts, 0, 2, extent=Extent(64))
    rows = rows_of(scripted, INFLUENCE, settings)
    assert np.shape(rows[0].values["error"]) == (len(SUFFIXES), 65)
    outcome = INFLUENCE.analyse(rows, settings)
    assert outcome.sentence.startswith("16 to 64 tokens on")
    assert max(outcome.figures[0].series[0].x) == 64


@pytest.mark.parametrize(
    ("error", "placebo", "answer"),
    [
        (0.4, 0.2, Answer.OUTLASTS),
        (0.2, 0.4, Answer.NO_LONGER),
        (0.01, 0.004, Answer.UNDECIDED),
    ],
    ids=["stronger", "weaker", "below the floor"],
)
def test_influence_is_judged_against_its_placebo_above_the_floor(error, placebo, answer):
    rng = np.random.default_rng(1)
    rows = [Row(f"fact {n}", influenced(error, placebo, rng)) for n in range(8)]
    assert INFLUENCE.analyse(rows, counted(8)).verdicts[0].answer is answer


def test_influence_below_the_rounding_floor_is_told_as_that_and_no_ratio_is_printed():
    rng = np.random.default_rng(1)
    rows = [Row(f"fact {n}", influenced(0.01, 0.012, rng)) for n in range(8)]
    outcome = INFLUENCE.analyse(rows, counted(8))
    assert "below the rounding floor" in outcome.sentence
    assert "times its placebo's" not in outcome.sentence
    assert outcome.verdicts[0].interval is None
    assert not [f for f in outcome.findings if "distances 16" in f.name]
    assert any("no ratio is told: distances 16 to 32" in note for note in outcome.notes)
    assert points_of("influence", rows)[1] == ()


def test_items_under_the_floor_count_as_the_floor_and_not_as_nothing():
    rng = np.random.default_rng(1)
    rows = [Row(f"fact {n}", influenced(0.3, 0.2, rng)) for n in range(8)]
    rows.append(Row("fact 8", influenced(1e-6, 0.2, rng)))
    ratio = INFLUENCE.analyse(rows, counted(9)).findings[0].interval
    assert ratio.estimate > 0  # a fact without influence is one of the floor, not one of ln 1e-4


def test_all_distances_of_influence_are_told_of():
    rng = np.random.default_rng(1)
    rows = [Row(f"fact {n}", influenced(0.3, 0.2, rng)) for n in range(8)]
    names = [f.name for f in INFLUENCE.analyse(rows, counted(8)).findings]
    assert [sum(f"distances {band}" in name for name in names) for band in BANDS_TOLD] == [1, 1, 1]


def test_a_value_that_never_came_back_has_an_upper_bound():
    states = FakeModel(e=0.05).states(40, 16, 3)
    findings = analyse_errors(Course("a count", states, states), 0).findings
    back = next(f for f in findings if "comes back" in f.name).interval
    assert back.low == back.estimate == 0 < back.high


@pytest.mark.usefixtures("_knowing")
def test_more_items_than_there_are_facts_are_not_waited_for(scripted, facts_text):
    settings = Settings(parse_facts(facts_text, "own")[:2], 0, 50)
    assert len(rows_of(scripted, INFLUENCE, settings)) == 2
