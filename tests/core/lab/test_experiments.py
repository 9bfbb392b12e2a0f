"""Experiments on engines whose behaviour is known: zero where it is zero, and resumed where cut."""

import json
import math
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.engine import MeasureFloors
from core.known_error import KnownError
from core.lab import self_runs
from core.lab.belief import AFTERWARDS, BELIEF
from core.lab.belief_outcome import BRANCHES, DISTANCES
from core.lab.calibration import CALIBRATION
from core.lab.compounding import COMPOUNDING
from core.lab.compounding_outcome import Course, analyse_errors
from core.lab.experiment import Progress, Row, Settings, decimal, percent, run, signed
from core.lab.facts import names, parse_facts
from core.lab.free_running import WORDS, label_counts
from core.lab.influence import INFLUENCE, SUFFIXES, control_of
from core.lab.influence_outcome import ARMS, LENGTH
from core.lab.known_facts import FILLER, STANDS, rivals_of
from core.lab.log_odds_floor import FLOOR as LOG_ODDS_FLOOR
from core.lab.outcome_json import outcome_json
from core.lab.preamble import AROUND as PREAMBLE_AROUND
from core.lab.recovery import AROUND as RECOVERY_AROUND
from core.lab.recovery import RECOVERY
from core.lab.recovery_outcome import analyse_recovery
from core.lab.registry import EXPERIMENTS, find_experiment
from core.lab.report import report_html
from core.lab.rows_text import header_line, read_rows, row_line
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
from core.lab.statistics.verdicts import Answer
from core.lab.steps import STEPS
from core.lab_plans import Extent
from core.lab_points import points_of
from core.tokens import Token, TokenId
from models.fake_model import FakeModel
from tests.core.lab.conftest import LookupEngine


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch):
    monkeypatch.setattr("core.lab.statistics.ladder.GAP_GROUPS", 4)
    monkeypatch.setattr("core.lab.influence_outcome.FAMILY_RESAMPLES", 4)
    monkeypatch.setattr("core.lab.self_checks.LEAST_RUNS", 3)


def rows_of(engine, experiment, settings, done=()):
    return [p for p in run(engine, experiment, settings, done) if isinstance(p, Row)]


def counted(items, seed=0, facts=()):
    return Settings(facts, seed, items)


@pytest.mark.parametrize(
    ("contagion", "answer"), [(1.0, Answer.INDEPENDENT), (3.0, Answer.CONTAGIOUS)]
)
def test_steps_read_the_contagion_that_was_put_in(contagion, answer):
    settings = counted(4)
    rows = rows_of(LookupEngine(contagion=contagion), STEPS, settings)
    outcome = STEPS.analyse(rows, settings)
    effect = next(f for f in outcome.findings if "dose 1" in f.name).interval
    assert effect.estimate == pytest.approx(-math.log(contagion), abs=1e-6)
    assert outcome.verdicts[0].answer is answer
    assert f"{1 / contagion:.2f}" in outcome.sentence


def test_a_task_that_fails_its_gate_says_that_and_nothing_else():
    settings = counted(2)
    outcome = STEPS.analyse(rows_of(LookupEngine(odds=0.5), STEPS, settings), settings)
    assert "cannot do look-up" in outcome.sentence
    assert outcome.verdicts[0].answer is Answer.CANNOT
    assert not [finding for finding in outcome.findings if "look-up" in finding.name]


def test_steps_going_free_err_as_often_as_the_engine_says():
    settings = counted(12)
    rows = rows_of(LookupEngine(odds=4), COMPOUNDING, settings)
    outcome = COMPOUNDING.analyse(rows, settings)
    rate = next(f for f in outcome.findings if f.name == "e, all steps").interval
    assert rate.holds(0.2)
    assert outcome.figures[0].log_y


def test_the_gap_of_uneven_items_is_not_taken_for_correction():
    errors = FakeModel(e=0.15, spread=1.2).errors(80, 16, 1)
    outcome = analyse_errors(Course("a task", errors, None), 0)
    gaps = [f.interval.estimate for f in outcome.findings if f.name.startswith("gap")]
    assert gaps[0] > 0.8
    assert abs(gaps[2]) < 0.4
    ratio = next(f for f in outcome.findings if "dynamic logit" in f.name)
    assert ratio.interval.holds(1)


def test_a_run_goes_on_where_it_stopped_and_ends_with_the_same_rows():
    settings = counted(3)
    engine = LookupEngine()
    whole = rows_of(engine, STEPS, settings)
    running = run(engine, STEPS, settings, ())
    first = next(running)
    assert isinstance(first, Row)
    progress = next(running)
    assert isinstance(progress, Progress)
    assert (progress.done, progress.wanted) == (1, 3)
    running.close()
    about: dict[str, str | int] = {"experiment": "steps", "seed": 0}
    text = header_line(about) + row_line(first)
    resumed = list(read_rows(text + '{"item": "cut o', about, "rows"))
    assert resumed + rows_of(engine, STEPS, settings, resumed) == whole


def test_rows_of_another_run_are_refused():
    text = header_line({"seed": 0})
    with pytest.raises(KnownError, match="another run"):
        read_rows(text, {"seed": 1}, "rows")
    with pytest.raises(KnownError, match="no rows"):
        read_rows("hello\n", {"seed": 1}, "rows")
    assert read_rows("", {"seed": 1}, "rows") == ()


def test_a_model_that_knows_no_fact_is_told_so(facts_text):
    settings = Settings(parse_facts(facts_text, "own")[:3], 0, 3)
    rows = rows_of(LookupEngine(), BELIEF, settings)
    assert all(row.why_dropped == "not known" for row in rows)
    outcome = BELIEF.analyse(rows, settings)
    assert "too few" in outcome.sentence
    assert outcome.dropped == {"not known": 3}


def believed(base, mention, clean, error):
    """Make a row whose log-odds are as given at every distance and probe."""
    flat = [[0.0] * 3 for _ in DISTANCES]
    values = {}
    for branch, odds in zip(BRANCHES, (base, mention, clean, error), strict=True):
        values[f"{branch} ln truth"] = flat
        values[f"{branch} ln error"] = [[-odds] * 3 for _ in DISTANCES]
    return values


def test_belief_parts_assertion_from_mention():
    noise = np.random.default_rng(1).normal(0, 0.1, 12)
    rows = [Row(f"fact {n}", believed(5, 1 + e, 6, -1 + e)) for n, e in enumerate(noise)]
    outcome = BELIEF.analyse(rows, counted(12))
    assertion, entrainment = outcome.findings[:2]
    assert assertion.interval.estimate == pytest.approx(-2)
    assert entrainment.interval.estimate == pytest.approx(-4, abs=0.1)
    absorbed = next(f for f in outcome.findings if f.name.startswith("error preferred"))
    assert absorbed.interval.estimate == 1


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


def test_a_report_needs_nothing_from_elsewhere_and_its_json_is_json():
    settings = counted(3)
    rows = rows_of(LookupEngine(contagion=2), STEPS, settings)
    outcome = STEPS.analyse(rows, settings)
    page = report_html(STEPS, outcome, rows, {"seed": 0, "model": "<table>"})
    assert outcome.sentence.split(":")[0].split("(")[0] in page
    assert "<svg" in page
    assert "&lt;table&gt;" in page
    assert "On models of known errors" in page
    assert not re.search(r'(src|href)=|url\(|@import|NaN|nan"', page)
    assert json.loads(json.dumps(outcome_json(outcome), allow_nan=False))["verdicts"]


@pytest.mark.parametrize("items", [1, 2])
@pytest.mark.parametrize("experiment", [STEPS, COMPOUNDING], ids=["steps", "compounding"])
def test_a_run_too_small_to_judge_claims_nothing(experiment, items):
    settings = counted(items)
    rows = rows_of(LookupEngine(contagion=3, odds=4), experiment, settings)
    outcome = experiment.analyse(rows, settings)
    if items == 1:
        assert {v.answer for v in outcome.verdicts} <= {Answer.UNDECIDED, Answer.CANNOT}
    json.dumps(outcome_json(outcome), allow_nan=False)
    assert "<svg" in report_html(experiment, outcome, rows, {}) or not outcome.figures


def test_experiments_are_found_by_name():
    assert [find_experiment(e.name) for e in EXPERIMENTS] == list(EXPERIMENTS)
    with pytest.raises(KnownError, match="choose one of"):
        find_experiment("alchemy")


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


def test_sequences_written_side_by_side_resume_in_the_middle_of_their_block():
    settings = counted(10)
    engine = LookupEngine(odds=4)
    whole = rows_of(engine, COMPOUNDING, settings)
    assert len(whole) == 10
    assert whole[:3] + rows_of(engine, COMPOUNDING, settings, whole[:3]) == whole
    assert sum(len(row.values["counting written"]) for row in whole) == 160


def test_numbers_in_sentences_have_a_minus_sign_and_nothing_is_less_than_zero_by_nothing():
    assert [signed(one, 2) for one in (-0.5, 0.25, -0.001)] == ["\u22120.50", "+0.25", "+0.00"]
    assert [decimal(one, 1) for one in (-0.5, 0.25, -0.001)] == ["\u22120.5", "0.2", "0.0"]
    assert [percent(one) for one in (-0.07, -0.001, 0.5)] == ["\u22127 %", "0 %", "50 %"]


def test_a_value_that_never_came_back_has_an_upper_bound():
    states = FakeModel(e=0.05).states(40, 16, 3)
    findings = analyse_errors(Course("a count", states, states), 0).findings
    back = next(f for f in findings if "comes back" in f.name).interval
    assert back.low == back.estimate == 0 < back.high


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


@pytest.mark.usefixtures("_knowing")
def test_more_items_than_there_are_facts_are_not_waited_for(scripted, facts_text):
    settings = Settings(parse_facts(facts_text, "own")[:2], 0, 50)
    assert len(rows_of(scripted, INFLUENCE, settings)) == 2


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


def test_sequences_are_as_long_as_the_run_says():
    settings = Settings((), 0, 2, extent=Extent(40))
    rows = rows_of(LookupEngine(odds=4), COMPOUNDING, settings)
    assert {len(row.values["look-up written"]) for row in rows} == {40}
    counts = [int(str(one)) for row in rows for one in row.values["counting written"]]
    assert max(counts) <= 99
    assert len(set(WORDS)) >= 44


class Measuring(LookupEngine):
    """Counts how often floors are asked for."""

    floors = 0

    def ask(self, request):
        self.floors += isinstance(request, MeasureFloors)
        return super().ask(request)


def test_floors_are_read_once_for_a_run_and_are_no_part_of_the_price_of_an_item():
    engine, settings = Measuring(), counted(3)
    found = list(run(engine, STEPS, settings, ()))
    rows = [one for one in found if isinstance(one, Row)]
    assert engine.floors == 1
    assert [LOG_ODDS_FLOOR in row.values for row in rows] == [True, False, False]
    progress = [one for one in found if isinstance(one, Progress)]
    assert {one.tokens_once for one in progress} == {1}
    again = rows_of(engine, STEPS, settings, rows[:1])
    assert engine.floors == 1
    assert rows[:1] + again == rows


@pytest.mark.parametrize(("floor", "answer"), [(0.5, Answer.CONTAGIOUS), (2.0, Answer.UNDECIDED)])
def test_what_lies_below_the_floor_of_log_odds_says_so(floor, answer):
    settings = Settings((), 0, 4, ("look-up",))
    first, *others = rows_of(LookupEngine(contagion=3), STEPS, settings)
    rows = [Row(first.item, {**first.values, LOG_ODDS_FLOOR: floor}), *others]
    outcome = STEPS.analyse(rows, settings)
    effect = next(finding for finding in outcome.findings if "dose 1" in finding.name)
    is_under = answer is Answer.UNDECIDED
    assert effect.note.startswith("primary")
    assert effect.note.endswith("below the rounding floor of one reading") is is_under
    assert ("below the rounding floor" in outcome.sentence) is is_under
    assert outcome.verdicts[0].answer is answer
    assert ("contagious" in outcome.sentence) is not is_under
    assert ("): undecided." in outcome.sentence) is is_under
    assert f"Rounding floor: {floor:.2g} nats" in outcome.notes[-1]
    shares = [finding for finding in outcome.findings if "probability" in finding.name]
    assert not any("floor" in finding.note for finding in shares)


def test_what_is_inserted_is_kept_with_its_surprisal_rank_entropy_and_tokens():
    row = rows_of(LookupEngine(odds=9), STEPS, Settings((), 0, 1, ("look-up", "counting")))[0]
    for name in ("look-up error 1", "look-up error 4"):
        assert row.values[f"{name} surprisal"] == pytest.approx(math.log(90))
    for name in ("look-up error 1", "look-up error 4", "counting error"):
        assert {f"{name} {what}" for what in ("rank", "entropy", "tokens")} <= set(row.values)


def test_counts_are_labelled_by_what_was_written_before():
    labels = label_counts(["21", "25", "26", "24", "99"], ["21", "22", "23", "24", "25"], 20)
    assert [label.value for label in labels] == [
        "correct",
        "local error",
        "propagated",
        "restored",
        "local error",
    ]


class Reader(LookupEngine):
    """Finds every answer alike, and keeps the prompts."""

    def __init__(self):
        super().__init__()
        self.prompts: list[str] = []

    def tokenize(self, text):
        self.prompts.append(text)
        return super().tokenize(text)

    def chance(self, before, following):
        return 0.5


def test_the_placebo_of_a_sum_is_the_same_written_answer_made_right():
    reader = Reader()
    rows = rows_of(reader, STEPS, Settings((), 0, 1, ("sums",)))
    scores = {name for name, value in rows[0].values.items() if isinstance(value, list)}
    assert scores == {
        *("sums clean", "sums mass", "sums error 1", "sums error 4"),
        *("sums placebo 1", "sums placebo 4"),
    }
    prompts = dict.fromkeys(reader.prompts)
    openings = [one for one in prompts if one.count("\n") == 12 and one.endswith("\n")]
    sides = [
        [(sum(map(int, left.split(" + "))), int(right)) for left, _, right in lines]
        for lines in (
            [line.partition(" = ") for line in opening.splitlines()] for opening in openings[:5]
        )
    ]
    wrong = [sum(left != right for left, right in lines) for lines in sides]
    assert wrong == [0, 1, 4, 0, 0]
    written = [[right for _, right in lines] for lines in sides]
    assert written[1:3] == written[3:5]


def test_a_task_that_is_not_known_is_one_sentence():
    with pytest.raises(KnownError, match="no task alchemy"):
        STEPS.tasks(Settings((), 0, 1, ("alchemy",)))


def test_tasks_that_are_asked_for_stand_behind_their_gates():
    settings = Settings((), 0, 2, ("colours", "sums", "running sum"))
    outcome = STEPS.analyse(rows_of(Reader(), STEPS, settings), settings)
    assert [verdict.answer for verdict in outcome.verdicts] == [Answer.CANNOT] * 3
    assert "the running sum" in outcome.sentence


def test_a_block_measured_at_once_is_not_taken_for_the_price_of_its_first_item():
    running = run(LookupEngine(), COMPOUNDING, counted(16), ())
    first = next(found for found in running if isinstance(found, Progress))
    running.close()
    assert first.done == 1
    assert first.seconds_left == pytest.approx(first.seconds)  # eight are read, eight are to come


def test_reports_explain_their_words_and_correct_what_is_explored():
    settings = counted(3, facts=())
    rows = rows_of(LookupEngine(contagion=2), STEPS, settings)
    page = report_html(STEPS, STEPS.analyse(rows, settings), rows, {"seed": 0, "model": "table"})
    assert "<dt><b>placebo</b></dt>" in page
    assert "<dt><b>√JS</b></dt>" not in page
    assert "Benjamini" in page
    for standing in ("primary", "exploratory"):
        assert re.search(rf"<td class=n>[\d.]+ \([\d.]+\)</td><td>t, n = 3, {standing}", page)
    assert page.count("<p class=caption>3 items count, 0 dropped; table; seed 0;") == page.count(
        "<svg"
    )
