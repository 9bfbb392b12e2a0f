"""Experiments on engines whose behaviour is known: zero where it is zero, and resumed where cut."""

import json
import math
import re

import numpy as np
import pytest

from core.engine import MeasureFloors
from core.known_error import KnownError
from core.lab.belief import BELIEF
from core.lab.belief_outcome import BRANCHES, DISTANCES
from core.lab.compounding import COMPOUNDING
from core.lab.compounding_outcome import Course, analyse_errors
from core.lab.experiment import Progress, Row, Settings, decimal, percent, run, signed
from core.lab.facts import parse_facts
from core.lab.free_running import WORDS, label_counts
from core.lab.log_odds_floor import FLOOR as LOG_ODDS_FLOOR
from core.lab.outcome_json import outcome_json
from core.lab.registry import EXPERIMENTS, find_experiment
from core.lab.report import report_html
from core.lab.rows_text import header_line, read_rows, row_line
from core.lab.statistics.verdicts import Answer
from core.lab.steps import STEPS
from core.lab_plans import Extent
from models.fake_model import FakeModel
from tests.core.lab.conftest import LookupEngine, counted, rows_of

pytestmark = pytest.mark.usefixtures("few_resamples")


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
