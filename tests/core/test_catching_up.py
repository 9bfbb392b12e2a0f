"""A session that another processor or another model has read is read by the one at hand."""

from dataclasses import replace

import pytest

from core.change import Change
from core.forks import ForkSpec
from core.tree import NodeId

SPEC = ForkSpec("hello", "a", "x", "q", "mno", "?h", tokens=3)


@pytest.fixture
def elsewhere(make_engine):
    """The same file on another processor, where it rounds otherwise."""
    engine = make_engine(shift=2)
    engine.card = replace(make_engine().card, engine="bytes 1 (of another processor)")
    return engine


@pytest.fixture
def told(workbench):
    workbench.tell_fork(SPEC)
    return workbench


def test_all_of_it_is_read_and_the_probes_are_asked(told, elsewhere):
    before = {(belief.branch, belief.probe, belief.distance) for belief in told.fork.beliefs}
    first = [told.readings.logprob(node.id) for node in told.tree]
    acts = told.undo_label
    told.attach_engine(elsewhere)
    assert told.readings.row(NodeId(2)) is None, "numbers of another arithmetic are not its own"
    assert told.fork.beliefs == ()
    assert told.catch_up(1000) is not None
    assert all(told.readings.is_exact(node.id) for node in told.tree)
    assert [told.readings.logprob(node.id) for node in told.tree] != first
    after = {(belief.branch, belief.probe, belief.distance) for belief in told.fork.beliefs}
    assert after == before
    assert len(before) == 4
    assert told.undo_label == acts, "to look at it anew is no step of the history"


def test_it_is_done_once_and_never_for_what_a_model_has_read_itself(told, engine, elsewhere):
    assert told.catch_up(1000) is None
    told.attach_engine(elsewhere)
    assert told.catch_up(1000) is not None
    assert told.catch_up(1000) is None
    told.attach_engine(engine)
    assert told.catch_up(1000) is None


def test_a_session_that_would_take_long_is_left_to_what_is_looked_at(told, elsewhere):
    told.attach_engine(elsewhere)
    heard: list[Change] = []
    told.observe(heard.append)
    assert told.catch_up(len(told.tree) - 1) is None
    assert any("what you select is read anew" in (change.news or "") for change in heard)
    assert told.readings.row(NodeId(2)) is None


def test_what_is_hidden_is_neither_read_nor_asked_about(told, elsewhere):
    error = told.fork.beliefs[1].branch
    told.hide(error)
    told.attach_engine(elsewhere)
    told.catch_up(1000)
    assert told.readings.row(error) is None
    assert error not in {belief.branch for belief in told.fork.beliefs}
    assert len(told.fork.beliefs) == 3


def test_a_probe_is_not_asked_after_branches_of_other_tokens(told, elsewhere, monkeypatch):
    other = told.fork.beliefs[0].branch
    told.attach_engine(elsewhere)
    speaks = type(told).speaks
    monkeypatch.setattr(
        type(told), "speaks", lambda bench, node: node != other and speaks(bench, node)
    )
    told.catch_up(1000)
    assert other not in {belief.branch for belief in told.fork.beliefs}
    assert len(told.fork.beliefs) == 3
