"""Undo while work has not begun, and what is hidden brought back: nothing is out of reach."""

import pytest

from core.jobs import InlineRunner, run_now
from core.sampling import GREEDY
from core.workbench import Workbench


class HeldRunner(InlineRunner):
    """Keeps jobs back until they are let go: a model that has not answered yet."""

    def __init__(self, deliver):
        super().__init__(deliver)
        self.held = []

    def submit(self, job, work, engine):
        self.held.append((job, work, engine))

    def stop(self, job):
        self.held = [each for each in self.held if each[0] != job]

    def let_go(self):
        held, self.held = self.held, []
        for each in held:
            super().submit(*each)


@pytest.fixture
def slow(engine):
    """A workbench whose model answers when `slow._runner.let_go()` is called."""
    workbench = Workbench(run_now, HeldRunner, None)
    workbench.attach_engine(engine)
    return workbench


@pytest.fixture
def inserted(slow, tokens):
    prompt = slow.start_prompt(tokens("ab"))
    tip = slow.insert(prompt, tokens("x"))
    slow._runner.let_go()
    return tip


def seen(workbench):
    return {
        workbench.tree.text_to(node.id) for node in workbench.tree if workbench.is_visible(node.id)
    }


def continued(workbench, tip):
    return workbench.continue_from([tip], tokens=2, sampler=GREEDY, seed=1)


def test_undo_before_the_first_token_takes_back_the_continuing_alone(slow, inserted):
    continued(slow, inserted)
    assert slow.undo_label == "continue"
    assert slow.undo() == "continue"
    assert not slow.jobs
    slow._runner.let_go()
    assert seen(slow) == {"a", "ab", "abx"}
    assert slow.undo() == "insert 'x'"
    assert slow.redo() == "insert 'x'"
    assert slow.is_visible(inserted)


def test_undo_takes_back_work_that_has_not_begun_one_by_one_newest_first(slow, inserted):
    continued(slow, inserted)
    slow.grow(inserted, width=2, depth=2)
    assert [slow.undo(), slow.undo(), slow.undo()] == ["grow", "continue", "insert 'x'"]


def test_undo_leaves_reading_and_looking_aside_at_work(slow, inserted):
    slow.look_aside("look", lambda _: iter(()), [inserted], lambda _: None)
    slow.note(inserted, "odd")
    assert slow.undo() == "note"
    assert [label for label, _, _ in slow.jobs.values()] == ["look"]


def test_hiding_a_branch_stops_the_model_that_writes_there(slow, inserted):
    continued(slow, inserted)
    slow.hide(inserted)
    slow._runner.let_go()
    assert len(slow.tree) == 3
    assert slow.undo() == "hide"
    slow._runner.held.clear()
    continued(slow, inserted)
    assert slow.redo() == "hide"
    slow._runner.let_go()
    assert len(slow.tree) == 3
    assert slow.undo_label == "hide"
