"""Recovery and preambles: states of texts, rates beside their controls, wordings as a sample."""

import math
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from core.lab.end_states import Answers, EndState, end_of
from core.lab.experiment import Row, Settings, run
from core.lab.facts import parse_facts
from core.lab.known_facts import knows, rivals_of
from core.lab.preamble import ARMS as BRANCHES
from core.lab.preamble import FACTUAL, GREEDY, NEUTRAL, PREAMBLE, SHOWN
from core.lab.recovery import RECOVERY
from core.lab.recovery_ends import ARMS, LENGTH, SAMPLES, twin
from core.lab.registry import EXPERIMENTS
from core.lab.report import report_html
from core.lab.rows_csv import rows_csv
from core.lab.self_rows import (
    belief_rows,
    compounding_rows,
    influence_rows,
    preamble_rows,
    recovery_rows,
    steps_rows,
)
from core.lab.self_test import WRITTEN
from core.lab.statistics.cochran import cochran
from core.lab.statistics.crossed import crossed_interval, relabel
from core.lab.statistics.intervals import wilson
from core.lab.statistics.shares import (
    clustered_share,
    mcnemar,
    sensitivity,
    share_difference,
    share_ratio,
)
from core.lab.statistics.verdicts import Answer
from models.fake_model import FakeModel
from tests.core.lab.test_statistics import oracle

ROME = Answers(("Rome",), "Oslo", ("Bonn",))
FORBIDDEN = (
    r"influence fades",
    r"believes",
    r"replicat",
    r"recovers? with distance",
    r"notice[sd]?\b",
    r"realis",
    r"lyapunov",
    r"it knows it",
    r"proves?\b",
)
"""What the design says a report must not say, and words for what a model is not known to do."""


@pytest.mark.parametrize(("text", "marked", "ended", "state"), WRITTEN)
def test_an_end_state_is_read_as_it_was_written(text, marked, ended, state):
    assert end_of(text, ROME, marked=marked, ended=ended).state is state


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (" No, not Oslo, it is Rome.", EndState.EXPLICIT),
        (" Actually, it isn't Rome.", EndState.NEITHER),
        (" Rome it is. Or rather Oslo.", EndState.DOUBLE_DOWN),
        (" The guide says “Oslo is the capital of it all” and stops.", EndState.NEITHER),
        (" He wrote “Rome” on it.", EndState.SILENT),
        (" Romans know. Osloers too.", EndState.NEITHER),
        (" However, the answer is Oslo.", EndState.FALSE_FIX),
        (" It may be nowhere.", EndState.NEITHER),
        (" It is no longer Rome.", EndState.NEITHER),
        (" There is no Rome in it.", EndState.NEITHER),
        (" It is not, of course, Rome.", EndState.NEITHER),
        (" It is not Oslo, Rome.", EndState.SILENT),
        (" Oslo is not the capital, Rome is.", EndState.SILENT),
        (" It is not so, it is Rome.", EndState.SILENT),
        (" It is not only Rome.", EndState.SILENT),
        (" There is no doubt that it is Rome.", EndState.SILENT),
        (" Rome is not the capital.", EndState.NEITHER),
        (" However, Rome is not the capital, Oslo is.", EndState.FALSE_FIX),
        (" No one lives in Rome.", EndState.NEITHER),
        (" No doubt about it. Rome is far away.", EndState.SILENT),
        (" He said “the capital of all is Rome and it", EndState.NEITHER),
        (' He said "it is Rome', EndState.NEITHER),
        (" Rome. But people like it.", EndState.SILENT),
        (" Rome. But Oslo is larger.", EndState.FALSE_FIX),
        ("\n\nWait… Rome", EndState.EXPLICIT),
        (" **No**, Rome.", EndState.EXPLICIT),
        (" No it is Rome.", EndState.EXPLICIT),
        (" No \N{EM DASH} Rome.", EndState.EXPLICIT),
    ],
)
def test_denials_quotations_and_parts_of_words_are_no_answers(text, state):
    assert end_of(text, ROME, marked=False, ended=False).state is state
    assert end_of("It may be.", Answers(("May",), "June", ()), marked=False, ended=False).state is (
        EndState.NEITHER
    )


@pytest.mark.parametrize(
    "text",
    [
        " Rome,Rome,Rome,Rome,Rome,Rome,Rome",
        " Rome. Rome. Rome. Rome. Rome.",
        " Rome and Rome and Rome and Rome and Rome and",
    ],
)
def test_a_loop_is_no_recovery_however_its_words_are_parted(text):
    assert end_of(text, ROME, marked=False, ended=False).state is EndState.DEGENERATE
    calm = " Rome, it is said, is old ... and Rome is large ------ or so they say."
    assert end_of(calm, ROME, marked=False, ended=False).state is EndState.SILENT


def test_nothing_of_thirty_has_an_upper_bound_and_clusters_widen_it():
    none = clustered_share(np.zeros((30, 1)))
    assert none.low == 0
    assert none.high == pytest.approx(wilson(0, 30).high)
    alike = np.repeat(np.arange(40)[:, None] % 2, 5, axis=1).astype(float)
    mixed = np.tile([0.0, 1.0], (40, 3))[:, :5]
    assert clustered_share(alike).high > clustered_share(mixed).high + 0.05
    gap = share_difference(np.zeros((30, 4)), np.zeros((30, 4)))
    assert gap.low < -0.1 < 0.1 < gap.high


def test_a_gap_of_shares_agrees_with_statsmodels_on_many_single_tries():
    ends = oracle("statsmodels.stats.proportion").confint_proportions_2indep(
        400, 2000, 200, 2000, method="newcomb"
    )
    one = (np.arange(2000) % 5 == 0).astype(float)[:, None]
    other = np.zeros((2000, 1))
    other[np.random.default_rng(1).choice(2000, 200, replace=False)] = 1
    found = share_difference(one, other)
    assert (found.low, found.high) == pytest.approx(ends, abs=2e-3)


def test_mcnemar_agrees_with_statsmodels():
    tables = oracle("statsmodels.stats.contingency_tables")
    one = np.array([1.0] * 9 + [0.0] * 2 + [1.0] * 5)
    other = np.array([0.0] * 9 + [1.0] * 2 + [1.0] * 5)
    assert mcnemar(one, other) == pytest.approx(tables.mcnemar([[5, 9], [2, 0]]).pvalue)
    assert mcnemar(one, one) == 1


def test_sensitivity_is_zero_where_corrections_are_as_frequent_without_an_error():
    error, clean = FakeModel(e=0.2, spread=1.0).corrections(60, 4, 1)
    assert sensitivity(error, clean).holds(0)
    error, clean = FakeModel(e=0.1, recovery=0.6).corrections(60, 4, 1)
    assert sensitivity(error, clean).low > 1


@pytest.mark.parametrize("items", [24, 100])
def test_sensitivity_and_ratios_cover_as_often_as_they_say(items):
    fake = FakeModel(e=0.1, recovery=0.3, spread=1)
    error, clean = fake.corrections(200_000, 1, 7)
    score = sensitivity_of(error.mean()) - sensitivity_of(clean.mean())
    found = [fake.corrections(items, 4, seed) for seed in range(300)]
    held = [sensitivity(*one).holds(score) for one in found]
    assert wilson(sum(held), 300).low <= 0.98
    assert sum(held) / 300 >= 0.92
    ratio = clean.mean() / error.mean()
    held = [share_ratio(*reversed(one)).holds(ratio) for one in found]
    assert sum(held) / 300 >= 0.92


def sensitivity_of(share):
    return float(stats.norm.ppf(share))


def test_a_ratio_of_shares_is_unbounded_where_the_other_may_be_none():
    assert share_ratio(np.ones((30, 2)), np.zeros((30, 2))).high == math.inf


def test_wordings_count_as_a_sample_not_only_facts():
    rng = np.random.default_rng(2)
    wordings = rng.normal(0, 1, (2, 1, 6))
    one, other = wordings + rng.normal(0, 0.01, (2, 500, 1))
    assert crossed_interval(one, other).holds(0)
    assert crossed_interval(one + 9, other).low > 0
    assert relabel(one + 9, other) == pytest.approx(2 / math.comb(12, 6))
    assert crossed_interval(one[:1], other[:1]).high == math.inf


@pytest.fixture
def _knowing(monkeypatch):
    for name in ("recovery", "preamble"):
        monkeypatch.setattr(f"core.lab.{name}.knows_or_drop", lambda *_: 3.0)


@pytest.mark.usefixtures("_knowing")
@pytest.mark.parametrize("experiment", [RECOVERY, PREAMBLE], ids=["recovery", "preamble"])
def test_rows_repeat_and_a_run_of_one_fact_claims_nothing(scripted, facts_text, experiment):
    settings = Settings(parse_facts(facts_text, "own")[:3], 5, 1)
    rows = [one for one in run(scripted, experiment, settings, ()) if isinstance(one, Row)]
    assert rows == [one for one in run(scripted, experiment, settings, ()) if isinstance(one, Row)]
    assert "too few" in experiment.analyse(rows, settings).sentence
    assert rows_csv(rows).count("\n") > 20


class Torn:
    """Says how likely each answer is, as it was told; a word is one token."""

    def __init__(self, chances):
        self.chances, self.read = chances, []

    def after(self, path, text):
        return (*path, SimpleNamespace(id=text))

    def score(self, endings):
        self.read += [text for _, text in endings]
        return [math.log(self.chances[text.strip()]) for _, text in endings]

    def along(self, paths, since, words):
        del since
        row = [math.log(self.chances[word.strip()]) for word in words]
        return [np.array([row]) for _ in paths]


@pytest.mark.parametrize(("helsinki", "known"), [(0.05, 3), (0.5, 0)])
def test_a_fact_is_known_when_no_answer_of_its_relation_is_likelier(facts_text, helsinki, known):
    facts = parse_facts(facts_text, "own")
    fact = next(one for one in facts if one.key == "capital: France")
    rivals = rivals_of(facts)[fact.key]
    assert "Helsinki" in rivals
    assert not {*fact.true, *fact.wrong} & set(rivals)
    asker: Any = Torn({**dict.fromkeys((*rivals, *fact.wrong), 0.01), "Paris": 0.3})
    asker.chances["Helsinki"] = helsinki
    assert knows(asker, fact, (), rivals) == known
    assert ("Helsinki" in "".join(asker.read)) is (known == 0)  # read whole only where it must be


def ended(states, tokens):
    """Make a row whose arms end in the given states, greedy and sampled alike."""
    values = {}
    for arm in ARMS:
        for name in (arm, twin(arm)):
            state = states.get(name, EndState.ENDED)
            values[f"{name} states"] = [state.value] * (1 + SAMPLES)
            values[f"{name} tokens"] = [float(tokens)] * (1 + SAMPLES)
            values[f"{name} texts"] = [state.value] * (1 + SAMPLES)
    return values


@pytest.mark.parametrize(
    ("states", "answer"),
    [
        ({}, Answer.ABSORBED),
        ({"own": EndState.EXPLICIT}, Answer.RECOVERS),
        ({"own": EndState.EXPLICIT, "clean, own": EndState.FALSE_FIX}, Answer.ABSORBED),
    ],
    ids=["never", "always", "contrarian"],
)
def test_recovery_is_judged_against_corrections_of_what_was_right(states, answer):
    rows = [Row(f"fact {n}", ended(states, 3 + n % 5)) for n in range(100)]
    outcome = RECOVERY.analyse(rows, Settings((), 0, 100))
    assert outcome.verdicts[0].answer is answer
    recovered = next((s for s in outcome.figures[0].series if s.name == "recovered"), None)
    if "own" in states:
        assert recovered is not None
        assert recovered.y[0] == 0
        assert recovered.y[LENGTH] == pytest.approx(1)


def preambled(rng, shift):
    """Make a row in which factual wordings move the error branch by `shift` more than the clean."""
    values = {"ln P(truth) at the fork, none": -1.0}
    for arm in (*BRANCHES, "ln P(truth) at the fork"):
        moved = shift if arm == "error" else 0.0
        values[f"{arm}, factual"] = (moved + rng.normal(0, 0.1, len(FACTUAL))).tolist()
        values[f"{arm}, neutral"] = rng.normal(0, 0.1, len(NEUTRAL)).tolist()
    for name in (*SHOWN, "Wait after a neutral one"):
        values |= {f"error, {name}": 0.1, f"clean, {name}": 0.0}
    return values


@pytest.mark.parametrize(("shift", "says"), [(1.0, "more than on clean"), (0.0, "undecided")])
def test_a_preamble_is_judged_by_its_interaction(shift, says):
    rng = np.random.default_rng(3)
    rows = [Row(f"fact {n}", preambled(rng, shift)) for n in range(16)]
    outcome = PREAMBLE.analyse(rows, Settings((), 0, 16))
    assert outcome.findings[0].interval.holds(shift)
    assert says in outcome.sentence


def test_cochrans_q_agrees_with_statsmodels():
    rng = np.random.default_rng(4)
    table = (rng.random((30, 5)) < np.linspace(0.1, 0.6, 5)).astype(float)
    theirs = oracle("statsmodels.stats.contingency_tables").cochrans_q(table)
    assert cochran(table) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert cochran(np.ones((4, 3))) == (0.0, 1.0)


def test_greedy_recoveries_are_told_against_the_neutral_preamble():
    rng = np.random.default_rng(3)

    def grown(came):
        states = {name: EndState.SILENT if name in came else EndState.ENDED for name in GREEDY}
        return {
            **{f"error, greedy, {name}": state.value for name, state in states.items()},
            **{f"clean, greedy, {name}": EndState.ENDED.value for name in GREEDY},
        }

    rows = [
        Row(f"fact {n}", {**preambled(rng, 0.0), **grown(("fiction",) if n < 12 else ())})
        for n in range(16)
    ]
    outcome = PREAMBLE.analyse(rows, Settings((), 0, 16))
    found = {f.name: f for f in outcome.findings if f.name.startswith("greedy recovery")}
    assert len(found) == len(GREEDY)
    fiction = found["greedy recovery after the error, fiction"]
    assert fiction.interval.estimate == pytest.approx(0.75)
    assert fiction.p == pytest.approx(2 * 0.5**12)
    assert "Holm" in fiction.note
    assert found["greedy recovery after the error, neutral"].p is None
    assert any("Cochran's Q" in note for note in outcome.notes)
    old = [Row(row.item, preambled(rng, 0.0)) for row in rows]
    names = [f.name for f in PREAMBLE.analyse(old, Settings((), 0, 16)).findings]
    assert not any(name.startswith("greedy") for name in names)


@pytest.mark.usefixtures("_knowing")
def test_preambles_grow_greedy_text_in_both_arms(scripted, facts_text):
    settings = Settings(parse_facts(facts_text, "own")[:3], 5, 1)
    row = next(one for one in run(scripted, PREAMBLE, settings, ()) if isinstance(one, Row))
    states = {name: value for name, value in row.values.items() if "greedy" in name}
    assert len(states) == 2 * len(GREEDY)
    assert {EndState(str(value)) for value in states.values()}


WHOLE = {
    "influence": influence_rows,
    "belief": belief_rows,
    "steps": steps_rows,
    "compounding": lambda fake, items, seed: compounding_rows(fake, items, 16, seed),
    "recovery": recovery_rows,
    "preamble": preamble_rows,
}


@pytest.mark.parametrize("contagion", [1.0, 5.0, 0.2], ids=["nothing", "worse", "better"])
@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda one: one.name)
def test_no_report_says_what_it_must_not(monkeypatch, experiment, contagion):
    monkeypatch.setattr("core.lab.influence_outcome.FAMILY_RESAMPLES", 4)
    monkeypatch.setattr("core.lab.statistics.ladder.GAP_GROUPS", 4)
    fake = FakeModel(
        e=0.12, contagion=contagion, recovery=0.4 if contagion > 1 else 0.0, spread=0.5
    )
    settings = Settings((), 0, 24)
    rows = WHOLE[experiment.name](fake, 24, 1)
    for some in ([], [Row("fact", {}, "not known")], rows):
        outcome = experiment.analyse(some, settings)
        assert outcome.sentence
        page = report_html(experiment, outcome, some, {})
        words = re.sub(r"<[^>]*>", " ", page).lower()
        assert [one for one in FORBIDDEN if re.search(one, words)] == []
    outcome = experiment.analyse(rows, settings)
    assert outcome.findings  # these rows pass their gate: there is something to read
    assert outcome.figures
