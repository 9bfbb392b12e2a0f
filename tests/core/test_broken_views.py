"""A bug in one view neither blinds the others nor leaves work that never ends."""

import pytest

from core.products import Aside
from core.sampling import GREEDY
from core.workbench import Change


def problem_of(changes):
    return next(change.problem for change in changes if change.problem)


@pytest.fixture
def bugs(monkeypatch):
    """What was told of bugs that nobody caught."""
    heard: list[str] = []
    monkeypatch.setattr("sys.excepthook", lambda _kind, error, _trace: heard.append(str(error)))
    return heard


def test_an_observer_that_fails_neither_blinds_the_others_nor_holds_up_the_work(
    workbench, tokens, bugs
):
    def fail(change):
        if change.jobs:
            raise IndexError("a view is broken")

    heard: list[Change] = []
    workbench.observe(fail)
    workbench.observe(heard.append)
    tip = workbench.start_prompt(tokens("ab"))
    workbench.continue_from([tip], tokens=3, sampler=GREEDY, seed=1)
    assert len(workbench.tree) == 5
    assert not workbench.busy
    assert any(change.jobs for change in heard)
    assert "a view is broken" in bugs
    assert "Something went wrong inside Swerve" in problem_of(heard)


def test_a_job_whose_results_cannot_be_shown_still_ends_and_so_do_the_others(
    workbench, tokens, bugs
):
    def fail(_found):
        raise IndexError("a view is broken")

    heard: list[Change] = []
    workbench.observe(heard.append)
    tip = workbench.start_prompt(tokens("ab"))
    ended: list[str | None] = []
    workbench.look_aside(
        "look", lambda _: iter((Aside(1), Aside(2))), (tip,), fail, ended=ended.append
    )
    assert ended == [None]
    assert not workbench.busy
    assert bugs == ["a view is broken"] * 2
    assert "Something went wrong inside Swerve" in problem_of(heard)
