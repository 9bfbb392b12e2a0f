"""Undo while work has not begun, and what is hidden brought back: nothing is out of reach."""

import pytest

from core.branches import Role
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


def whole(workbench):
    """Tell what is seen, and the branches by their texts: whatever the numbers of nodes."""
    text = workbench.tree.text_to
    branches = {
        (text(first), each.name, each.role, tuple(map(text, workbench.nodes_of(first))))
        for first, each in workbench.branches.items()
    }
    return seen(workbench), branches


def is_undone_and_redone_alike(workbench):
    """Walk to the beginning and back; every state must come again."""
    states = [whole(workbench)]
    while workbench.undo():
        states.append(whole(workbench))
    for state in reversed(states[:-1]):
        workbench.redo()
        if whole(workbench) != state:
            return False
    return True


@pytest.fixture
def parted(workbench, tokens):
    """A prompt with two branches; returns their tips."""
    prompt = workbench.start_prompt(tokens("ab"))
    return [workbench.insert(prompt, tokens(text)) for text in ("xyz", "uvw")]


def test_what_was_hidden_is_shown_again_after_later_work(workbench, parted, tokens):
    first = workbench.tree.path_to(parted[0])[2]
    before = whole(workbench)
    workbench.hide(first)
    workbench.insert(parted[1], tokens("!"))
    assert workbench.hidden_after(workbench.tree.parent(first)) == (first,)
    assert workbench.show_hidden([workbench.tree.parent(first)]) == (first,)
    assert seen(workbench) == before[0] | {"abuvw!"}
    assert workbench.undo_label == "show what is hidden"
    assert not workbench.hidden_after(workbench.tree.parent(first))
    assert is_undone_and_redone_alike(workbench)


def test_what_was_undone_and_abandoned_comes_back_as_the_branch_that_it_was(
    workbench, parted, tokens
):
    workbench.undo()
    workbench.insert(parted[0], tokens("!"))
    assert not workbench.is_visible(parted[1])
    second = workbench.tree.path_to(parted[1])[2]
    workbench.show(second)
    assert workbench.branches[second].name == "uvw"
    assert workbench.tip_of(second) == parted[1]
    assert is_undone_and_redone_alike(workbench)


def test_showing_a_token_behind_a_hidden_one_shows_both_and_is_undone_whole(workbench, parted):
    first = workbench.tree.path_to(parted[0])[2]
    workbench.hide(first)
    hidden = whole(workbench)
    workbench.show(parted[0])
    assert workbench.is_visible(first)
    assert workbench.is_visible(parted[0])
    workbench.undo()
    assert whole(workbench) == hidden
    workbench.undo()
    assert workbench.is_visible(parted[0])


def test_what_comes_back_beside_a_branch_that_went_on_is_a_branch(workbench, parted, tokens):
    tip = parted[0]
    workbench.hide(tip)
    beside = workbench.insert(workbench.tree.parent(tip), tokens("q"), role=Role.OTHER, name="q")
    workbench.show(tip)
    chains = [workbench.nodes_of(first) for first in workbench.branches]
    shown = {node.id for node in workbench.tree if workbench.is_visible(node.id)}
    assert {node for chain in chains for node in chain} == shown
    assert workbench.branch_of(tip).first != workbench.branch_of(beside).first


def test_withdrawn_drafts_are_not_what_somebody_hid(workbench, drafting, tokens):
    prompt = workbench.start_prompt(tokens("ab"))
    drafting.slip = 0
    workbench.continue_from([prompt], tokens=2, sampler=GREEDY, seed=1)
    assert len(workbench.tree.children(prompt)) > len(workbench.visible_children(prompt))
    assert workbench.hidden_after(prompt) == ()
    assert workbench.show_hidden([prompt]) == ()
    assert workbench.undo_label == "continue"


def test_what_was_brought_back_is_undone_and_redone_alike_after_compacting(
    workbench, parted, tokens
):
    workbench.undo()
    workbench.undo()
    workbench.start_prompt(tokens("q"))
    for tip in parted:
        workbench.show(tip)
    before = whole(workbench)
    workbench.compact()
    assert whole(workbench) == before
    assert is_undone_and_redone_alike(workbench)
    workbench.undo()
    assert not seen(workbench) & {"abu", "abuv"}
    workbench.start_prompt(tokens("r"))
    place = next(n.id for n in workbench.tree if workbench.tree.text_to(n.id) == "ab")
    assert len(workbench.show_hidden([place])) == 1
    assert {each.name for each in workbench.branches.values()} >= {"uvw", "xyz"}


def test_a_bookmark_that_comes_back_has_its_place_in_the_list(workbench, parted):
    for tip in (*parted, 1):
        workbench.bookmark(tip, True)
    before = workbench.bookmarks
    for tip in parted:
        workbench.bookmark(tip, False)
    workbench.undo()
    workbench.undo()
    assert workbench.bookmarks == before
    workbench.redo()
    workbench.undo()
    assert workbench.bookmarks == before
