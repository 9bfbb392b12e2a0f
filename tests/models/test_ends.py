"""A branch ends with its text or with the context, at the right token, and says so."""

import random
from functools import partial
from typing import Any

import pytest

from core.engine import Continue, End, Growth
from core.exports.answers_json import continue_json, grow_json
from core.jobs import InlineRunner, run_now
from core.sampling import FREE, GREEDY, Stream
from core.tree import NodeId
from core.workbench import Workbench
from models.scripted_engine import ScriptedEngine
from tests.models.company import END, CapriciousDecoder, Table, exactly, ids, what_is_left

CELLS = 40


@pytest.fixture
def engine():
    engine = ScriptedEngine(cells=CELLS)
    yield engine
    engine.close()


@pytest.fixture
def told(engine):
    """A workbench on a model with a short context, and the sentences it says."""
    workbench = Workbench(run_now, InlineRunner, None)
    workbench.attach_engine(engine)
    said: list[str] = []
    workbench.observe(lambda change: said.extend([change.problem] if change.problem else []))
    return workbench, said


def planted(workbench, engine, length):
    path = engine.tokenize("a" + " a" * (length - 1))
    assert len(path) == length
    return workbench.start_prompt(engine.vocabulary.tokens(path))


@pytest.mark.parametrize("rule", [exactly(2, 1), exactly(8, 8)], ids=["plain", "drafted"])
def test_a_text_ends_with_its_end_token(rule):
    ends = 0
    for seed in range(30):
        table = Table(CapriciousDecoder(random.Random(1), rule))
        request = Continue((Growth(ids(1, 2, 3), FREE, Stream(seed, 0)),), 40, drafts=True)
        number = table.ask(request)
        table.finish()
        table.assert_all_true()
        steps, end = what_is_left(table.asked[number][1], 0)
        assert (end is End.END_OF_TEXT) == (END in [step.token.id for step in steps])
        ends += end is End.END_OF_TEXT
    assert 0 < ends < 30


@pytest.mark.parametrize("rule", [exactly(2, 1), exactly(8, 8)], ids=["plain", "drafted"])
@pytest.mark.parametrize("room", [0, 1, 2, 9])
def test_a_branch_takes_the_last_place_of_the_context_and_no_more(rule, room):
    path = ids(*[1] * 50)
    table = Table(CapriciousDecoder(random.Random(1), rule), context=50 + room)
    number = table.ask(Continue((Growth(path, GREEDY, Stream(0, 0)),), 30, drafts=True))
    table.finish()
    steps, end = what_is_left(table.asked[number][1], 0)
    assert (len(steps), end) == (room, End.CONTEXT_FULL)


def test_the_user_is_told_that_the_context_is_full(told, engine):
    workbench, said = told
    tip = planted(workbench, engine, CELLS - 2)
    workbench.continue_from([tip], tokens=30, sampler=GREEDY, seed=1)
    assert len(workbench.tree) == CELLS
    assert len(said) == 1
    assert f"context of {CELLS} tokens is full" in said[0]
    workbench.continue_from([NodeId(CELLS)], tokens=30, sampler=GREEDY, seed=1)
    assert len(workbench.tree) == CELLS
    assert len(said) == 2, "asked again, it says so again"
    workbench.continue_from([tip], tokens=30, sampler=GREEDY, seed=1)
    assert said[2] == said[0], "that nothing new was written is not the reason"


def test_a_branch_that_was_to_fill_the_context_says_that_it_did(told, engine):
    workbench, said = told
    tip = planted(workbench, engine, CELLS - 2)
    workbench.continue_from([tip], tokens=None, sampler=GREEDY, seed=1)
    assert "is full" in said[0]


def test_the_command_says_that_the_context_is_full(engine):
    said: list[str] = []
    text = "a" + " a" * (CELLS - 3)
    ask = partial(continue_json, engine, text, sampler=GREEDY, seed=1, progress=said.append)
    answer: Any = ask(tokens=9, branches=2)
    ends = [(branch["ended"], branch["end"]) for branch in answer["branches"]]
    assert ends == [(False, "context full")] * 2
    assert len(said) == 1
    assert "is full" in said[0]
    answer = ask(tokens=1, branches=1)
    assert [branch["end"] for branch in answer["branches"]] == ["limit"]
    assert len(said) == 1


def test_a_tree_that_meets_the_end_of_the_context_says_so_once(told, engine):
    workbench, said = told
    tip = planted(workbench, engine, CELLS - 2)
    workbench.grow(tip, width=2, depth=3)
    assert said == []
    workbench.grow(tip, width=2, depth=5)
    assert len(workbench.tree) == CELLS - 2 + 2 + 4
    assert len(said) == 1
    assert "is full" in said[0]


def test_the_command_says_that_a_tree_meets_the_end_of_the_context(engine):
    said: list[str] = []
    text = "a" + " a" * (CELLS - 3)
    ask = partial(grow_json, engine, text, width=2, least_probability=0.0, progress=said.append)
    assert ask(depth=3)["nodes"] == 6
    assert said == []
    assert ask(depth=9)["nodes"] == 6
    assert len(said) == 1
