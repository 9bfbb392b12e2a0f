"""Runs of the lab in a session: kept row by row, stopped at any moment, resumed, planted."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from core.branches import Role
from core.exports.session_json import session_from_json, session_json
from core.jobs import InlineRunner, run_now
from core.known_error import KnownError
from core.lab.compounding import TASKS
from core.lab.experiment import Outcome, Row, Value
from core.lab_overlay import differences
from core.lab_plans import Extent
from core.lab_planting import plant_limbs
from core.lab_points import points_of
from core.lab_products import Choices, Limb, Wish, choices_of
from core.lab_records import RunState
from core.lab_running import settings_of
from core.lab_tracing import LIMBS
from core.session import Deed, Session
from core.session_reading import load
from core.storage import InlineStorage
from core.tokens import Token, TokenId
from core.tree import ROOT, NodeId
from core.workbench import Workbench
from gui.resources import asset
from tests.core.lab.conftest import LookupEngine

FACTS = asset("facts/facts.json").read_text(encoding="utf-8")
STEPS = Wish("steps", "", "", 0, 4)


def state_of(run):
    return run.row.state


class BreakingEngine(LookupEngine):
    """Does something after so many requests."""

    def __init__(self, after, act):
        super().__init__(contagion=2)
        self.left, self.act = after, act

    def ask(self, request):
        self.left -= 1
        if self.left == 0:
            self.act()
        yield from super().ask(request)


@pytest.fixture
def problems():
    return []


@pytest.fixture
def bench(problems):
    made = []

    def hear(problem):
        if problem is not None:
            problems.append(problem)

    def make(engine, path=None):
        workbench = Workbench(run_now, InlineRunner, InlineStorage)
        workbench.observe(lambda change: hear(change.problem))
        if path is not None and path.exists():
            workbench.open(path)
        elif path is not None:
            workbench.start_untitled(path)
        if engine is not None:
            workbench.attach_engine(engine)
        made.append(workbench)
        return workbench

    yield make
    for workbench in made:
        workbench.close()


def whole(bench):
    workbench = bench(LookupEngine(contagion=2))
    number = workbench.start_experiment(STEPS)
    return [row.values for row in workbench.lab_runs[number].rows]


def test_the_same_seed_gives_the_same_rows(bench):
    assert whole(bench) == whole(bench)
    assert len(whole(bench)) == 4


def test_a_run_that_is_stopped_keeps_its_rows_and_goes_on_there(bench, tmp_path):
    engine = BreakingEngine(30, None)
    workbench = bench(engine, tmp_path / "a.swerve")
    engine.act = workbench.stop_experiment
    number = workbench.start_experiment(STEPS)
    run = workbench.lab_runs[number]
    assert state_of(run) is RunState.STOPPED
    assert 0 < len(run.rows) < 4
    workbench.resume_experiment(number)
    assert state_of(run) is RunState.DONE
    assert [row.values for row in run.rows] == whole(bench)
    workbench.close()
    kept = load(tmp_path / "a.swerve").lab.runs[number]
    assert (kept.row, kept.rows) == (run.row, run.rows)


def test_a_model_that_dies_or_is_switched_leaves_the_rows_and_a_sentence(bench, problems):
    def die():
        raise KnownError("The model stopped unexpectedly.")

    workbench = bench(BreakingEngine(30, die))
    run = workbench.lab_runs[workbench.start_experiment(STEPS)]
    assert (run.row.state, run.row.why) == (RunState.FAILED, "The model stopped unexpectedly.")
    assert run.rows
    assert problems == ["The model stopped unexpectedly."]
    switched = BreakingEngine(30, None)
    other = bench(switched)
    switched.act = lambda: other.attach_engine(None)
    run = other.lab_runs[other.start_experiment(STEPS)]
    assert state_of(run) is RunState.PAUSED
    assert "rows so far are kept" in run.row.why
    other.resume_experiment(1)
    assert "No model is loaded" in problems[-1]


def test_another_model_does_not_go_on_with_a_run(bench, problems):
    engine = BreakingEngine(30, None)
    workbench = bench(engine)
    engine.act = workbench.pause_experiment
    workbench.start_experiment(STEPS)
    stranger = LookupEngine()
    stranger.card = type(stranger.card)(
        **{name: getattr(stranger.card, name) for name in stranger.card.__slots__}
        | {"sha256": "other", "name": "stranger"}
    )
    workbench.attach_engine(stranger)
    workbench.resume_experiment(1)
    assert problems == ["This run was made with look-up none: load that model to go on with it."]
    assert state_of(workbench.lab_runs[1]) is RunState.PAUSED


@pytest.mark.parametrize("items", [0, 100_000])
def test_an_impossible_size_is_one_sentence(bench, problems, items):
    workbench = bench(LookupEngine())
    assert workbench.start_experiment(Wish("steps", "", "", 0, items)) is None
    assert "choose a number" in problems[0]
    assert not workbench.lab_runs


CHILD = """
import sys, threading, time
from pathlib import Path
from core.jobs import ThreadRunner, run_now
from core.lab_products import Wish
from core.storage import StorageThread
from core.workbench import Workbench
from gui.resources import asset
from tests.core.lab.conftest import LookupEngine
lock = threading.RLock()
def post(action):
    with lock: action()
class Slow(LookupEngine):
    def ask(self, request):
        time.sleep(0.01)
        yield from super().ask(request)
bench = Workbench(post, ThreadRunner, StorageThread)
bench.start_untitled(Path(sys.argv[1]))
bench.attach_engine(Slow(contagion=2))
bench.start_experiment(Wish("steps", "", "", 0, 40))
time.sleep(60)
"""


def test_a_killed_run_resumes_at_the_item_where_it_stopped(bench, tmp_path):
    path = tmp_path / "killed.swerve"
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    try:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            time.sleep(0.05)
            try:
                if len(load(path).lab.runs[1].rows) >= 3:
                    break
            except (KnownError, KeyError):
                continue
    finally:
        child.kill()
        child.wait()
    workbench = bench(LookupEngine(contagion=2), path)
    run = workbench.lab_runs[1]
    before = list(run.rows)
    assert len(before) >= 3
    assert (run.row.state, run.row.why[:6]) == (RunState.PAUSED, "Swerve")
    workbench.resume_experiment(1)
    assert state_of(run) is RunState.DONE
    assert run.rows[: len(before)] == before
    assert len({row.item for row in run.rows}) == len(run.rows) == 40
    assert [row.values for row in run.rows[:4]] == whole(bench)


def test_experiments_survive_json_and_compacting(bench, tmp_path):
    workbench = bench(LookupEngine(), tmp_path / "a.swerve")
    workbench.start_experiment(STEPS)
    workbench.start_experiment(Wish("belief", FACTS, "own", 1, 2))
    workbench.keep_outcome(1, '{"sentence": "So it is."}')
    workbench.start_prompt([workbench.vocabulary[65]])
    workbench.undo()
    workbench.compact()
    workbench.close()
    session = load(tmp_path / "a.swerve")
    assert [len(run.rows) for run in session.lab.runs.values()] == [
        4,
        len(session.lab.runs[2].rows),
    ]
    pack = session.lab.pack(session.lab.runs[2].row.facts)
    assert pack is not None
    assert pack.text == FACTS
    told = json.dumps(session_json(session))
    again = session_from_json(told)
    assert json.dumps(session_json(again)) == told
    assert again.lab.runs[1].row.outcome == '{"sentence": "So it is."}'


def test_a_session_that_holds_runs_alone_gets_its_file_as_well(bench, tmp_path):
    blocked = tmp_path / "stick"
    blocked.write_text("not a folder yet")
    workbench = bench(LookupEngine(), blocked / "a.swerve")
    workbench.start_experiment(STEPS)
    assert workbench.would_lose
    blocked.unlink()
    workbench._keeper._next_try = 0.0
    workbench.retry_saving()
    assert not workbench.would_lose
    workbench.close()
    assert len(load(blocked / "a.swerve").lab.runs[1].rows) == 4


def test_long_branches_of_an_item_are_planted_without_holding_up_the_window():
    tokens = tuple(Token(TokenId(n % 50), bytes([65 + n % 50])) for n in range(3000))
    limbs = [
        Limb(str(n), Role.ERROR, (*tokens, Token(TokenId(99), b"!"), *tokens[:n])) for n in (1, 2)
    ]
    start = time.perf_counter()
    _, tips = plant_limbs(Session(), Deed("plant"), limbs, "long")
    assert time.perf_counter() - start < 1
    assert len(set(tips)) == 2


def compounded(look_up, counting):
    """Rows of 20 sequences of 16 steps whose errors come at these rates."""
    chance = np.random.default_rng(0)

    def row(number):
        values: dict[str, Value] = {}
        for task, rate in (("look-up", look_up), ("counting", counting)):
            wrong = (chance.random(16) < rate).astype(float).tolist()
            values |= {f"{task} wrong": wrong, f"{task} local error": wrong}
            values |= {f"{task} valid mass": [1.0] * 16}
        return Row(f"sequence {number}", values)

    return [row(number) for number in range(20)]


def test_the_points_of_compounding_are_of_the_task_that_its_report_tells():
    for look_up, counting, task in ((0.1, 0.0, "look-up"), (0.0, 0.1, "counting")):
        rows = compounded(look_up, counting)
        words, points = points_of("compounding", rows)
        assert words.startswith(TASKS[task])
        shares = [np.mean(row.values[f"{task} local error"]) for row in rows]
        assert [point.value for point in points] == pytest.approx(shares)
    assert points_of("compounding", compounded(0.9, 0.9)) == ("", ())


def test_runs_that_tell_of_different_tasks_are_not_held_against_each_other():
    rows = compounded(0.1, 0.0), compounded(0.0, 0.1)
    nothing = Outcome("", (), (), ())
    with pytest.raises(KnownError, match="different tasks"):
        differences("compounding", (nothing, nothing), rows)
    assert differences("compounding", (nothing, nothing), (rows[0], rows[0]))


def test_an_items_fork_is_planted_once_and_can_be_undone(bench):
    workbench = bench(LookupEngine(contagion=2))
    number = workbench.start_experiment(STEPS)
    landed: list[NodeId] = []
    workbench.plant_item(number, "sequence 1", landed.append)
    roles = [branch.role for branch in workbench.branches.values()]
    assert roles.count(Role.ERROR) == 6  # two doses, a count, three error rates
    assert roles.count(Role.PLACEBO) == 5
    first = next(f for f, b in workbench.branches.items() if b.role is Role.ERROR)
    assert landed == [workbench.tree.parent(first)]
    assert landed[0] != ROOT
    size = len(workbench.tree)
    workbench.plant_item(number, "sequence 1", landed.append)
    assert landed[0] == landed[1]
    assert len(workbench.tree) == size
    workbench.undo()
    assert not workbench.branches
    workbench.plant_item(number, "sequence 1", landed.append)
    assert workbench.is_visible(landed[2])


def test_a_fork_of_influence_has_its_placebo_beside_it(bench, scripted):
    workbench = bench(scripted)
    number = workbench.start_experiment(Wish("influence", FACTS, "own", 0, 1))
    landed: list[NodeId] = []
    workbench.plant_item(number, workbench.lab_runs[number].rows[0].item, landed.append)
    roles = {branch.role for branch in workbench.branches.values()}
    assert {Role.CLEAN, Role.ERROR, Role.PLACEBO} <= roles
    assert landed


@pytest.mark.parametrize("experiment", ["belief", "recovery", "preamble"])
def test_every_experiment_on_facts_can_write_an_items_branches_again(scripted, experiment):
    settings = settings_of(Wish(experiment, FACTS, "own", 0, 1))
    limbs = LIMBS[experiment](scripted, settings, settings.facts[0].key)
    assert {Role.CLEAN, Role.ERROR} <= {limb.role for limb in limbs}
    assert len({limb.tokens for limb in limbs}) == len(limbs)


def test_a_run_of_an_older_version_goes_on_with_the_lengths_it_began_with(bench, tmp_path):
    path = tmp_path / "older.swerve"
    shutil.copyfile(Path(__file__).parents[1] / "files" / "lab-of-version-4.swerve", path)
    path.chmod(0o644)
    workbench = bench(LookupEngine(odds=4), path)
    run = workbench.lab_runs[1]
    before = list(run.rows)
    assert (state_of(run), len(before)) == (RunState.PAUSED, 8)
    assert workbench.lab_wish(1).choices == Choices()
    workbench.resume_experiment(1)
    assert state_of(run) is RunState.DONE
    assert run.rows[:8] == before
    written = [json.loads(row.values)["look-up written"] for row in run.rows]
    assert [len(each) for each in written] == [16] * 10


CHOSEN = Choices(Extent(20), ("look-up", "colours"), "A quiet beginning.")


def test_what_was_chosen_of_a_run_is_in_its_file_and_in_the_json(bench, tmp_path):
    workbench = bench(LookupEngine(), tmp_path / "a.swerve")
    number = workbench.start_experiment(Wish("steps", "", "", 0, 2, choices=CHOSEN))
    rows = [json.loads(row.values) for row in workbench.lab_runs[number].rows]
    tasks = {name.split()[0] for values in rows for name in values if " floor" not in name}
    assert tasks == {"look-up", "colours"}
    workbench.close()
    session = load(tmp_path / "a.swerve")
    assert choices_of(session.lab.runs[1].row.choices) == CHOSEN
    again = session_from_json(json.dumps(session_json(session)))
    assert again.lab.runs[1].row == session.lab.runs[1].row


class Quoting(LookupEngine):
    """Keeps what was split into tokens."""

    def __init__(self):
        super().__init__()
        self.texts: list[str] = []

    def tokenize(self, text):
        self.texts.append(text)
        return super().tokenize(text)


def test_a_preamble_stands_before_every_item_and_is_bounded(bench, problems):
    engine = Quoting()
    workbench = bench(engine)
    calm = Choices(preamble="A quiet beginning.")
    number = workbench.start_experiment(Wish("steps", "", "", 0, 2, choices=calm))
    assert workbench.lab_runs[number].rows
    assert all(text.startswith("A quiet beginning.\n") for text in engine.texts if "\n" in text)
    long = Wish("steps", "", "", 0, 2, choices=Choices(preamble="x" * 5000))
    assert workbench.start_experiment(long) is None
    assert "shorten it" in problems[-1]


def test_two_runs_under_different_preambles_are_held_against_each_other():
    rows = [
        [
            Row(f"sequence {n}", {"look-up error 1": [e] * 3, "look-up placebo 1": [-0.2] * 3})
            for n in range(4)
        ]
        for e in (-0.3, -0.9)
    ]
    found = differences("steps", (Outcome("", (), (), ()),) * 2, (rows[0], rows[1]))
    assert found[0].difference.high < 0
