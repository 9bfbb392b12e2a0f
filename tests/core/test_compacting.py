"""Compacting deletes what is hidden, says what, and leaves the rest as it was."""

import json

import pytest

from core.branches import Role
from core.comparison_findings import ComparisonFinding
from core.sampling import FREE
from core.session_reading import load
from core.tree import NodeId


def seen(workbench):
    """Tell everything visible by text, whatever the numbers of nodes."""
    tree = workbench.tree
    return {
        (
            tree.text_to(node.id),
            node.origin,
            workbench.readings.logprob(node.id),
            workbench.readings.expects(node.id),
            workbench.notes.get(node.id),
            node.id in workbench.bookmarks,
            workbench.branch_of(node.id).name,
        )
        for node in tree
        if workbench.is_visible(node.id)
    }


@pytest.fixture
def opened(saved, bench, path):
    workbench = bench()
    workbench.open(path)
    return workbench


def test_what_is_visible_stays_as_it_was_and_the_hidden_is_gone(opened, path):
    before, fork = seen(opened), opened.fork
    hidden = sum(not opened.is_visible(node.id) for node in opened.tree)
    expected = opened.compacting_loses()
    assert hidden
    losses = opened.compact()
    assert losses == expected
    assert losses.tokens == hidden
    assert f"{hidden} hidden token" in losses.words()
    assert seen(opened) == before
    assert all(opened.is_visible(node.id) for node in opened.tree)
    assert opened.fork.spec == fork.spec
    assert set(opened.fork.branches) == set(fork.branches) - {Role.CONTROL}
    assert len(opened.fork.beliefs) == len(fork.beliefs) - 1
    assert opened.is_settled(NodeId(len(opened.tree)))
    opened.close()
    assert load(path).contents() == opened._session.contents()


def test_it_says_that_marks_go_with_what_is_hidden(opened):
    error, clean = (opened.fork.branches[role] for role in (Role.ERROR, Role.CLEAN))
    for first in (error, clean):
        opened.bookmark(first, True)
        opened.note(first, "here")
        opened.tag(first, ["odd", "late"])
        opened.fold(first, True)
    before = opened.compacting_loses()
    opened.hide(error)
    losses = opened.compacting_loses()
    kinds = ("bookmarks", "tags", "folds")
    more = [getattr(losses, kind) - getattr(before, kind) for kind in kinds]
    assert more == [1, 2, 1]
    assert "1 bookmark, 2 tags, 1 fold" in losses.words()


def test_kept_comparisons_follow_their_branches(opened, bench, path):
    error, clean = (opened.fork.branches[role] for role in (Role.ERROR, Role.CLEAN))
    kept = ComparisonFinding(
        "Far", "Distance", "2026-01-02", "bytes", (("a", "b"),), (clean, error)
    )
    opened.keep_comparison(kept)
    name = opened.branches[clean].name
    opened.hide(error)
    opened.compact()
    (moved,) = opened.kept_comparisons
    assert [opened.branches[first].name for first in moved.branches] == [name]
    opened.forget_comparison(0)
    opened.close()
    again = bench()
    again.open(path)
    assert list(again.kept_comparisons) == []
    again.undo()
    assert list(again.kept_comparisons) == [moved]
    again.rename_comparison(0, "Near")
    assert again.undo_label == "rename a finding"
    again.undo()
    again.undo()
    assert list(again.kept_comparisons) == [], "the act that kept it stays when others are deleted"


def test_the_file_shrinks_and_work_goes_on_in_it(opened, bench, path, tokens):
    opened.hide(opened.fork.branches[Role.ERROR])
    before = len(load(path).tree)
    opened.compact()
    assert len(load(path).tree) < before
    tip = opened.start_prompt(tokens("later"))
    assert opened.is_settled(tip)
    opened.close()
    again = bench()
    again.open(path)
    assert seen(again) == seen(opened)
    assert not opened.compacting_loses()
    again.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_what_stays_can_still_be_undone_and_keeps_its_seeds(opened):
    opened.compact()
    act = next(a for a in opened._session.history if a.label == "continue")
    made = json.loads(act.made_by)
    assert made["seed"] == 3
    tree = opened.tree
    assert {tree.text_to(NodeId(g["tip"])) for g in made["growths"]} == {"helloxyz{"}
    states = [seen(opened)]
    while opened.undo():
        states.append(seen(opened))
    assert states[-1] == set()
    for state in reversed(states[:-1]):
        assert opened.redo()
        assert seen(opened) == state


def test_what_was_undone_and_shown_again_stays(workbench, tokens):
    workbench.start_prompt(tokens("ab"))
    tip = workbench.start_prompt(tokens("xy"))
    workbench.undo()
    workbench.show(NodeId(3))
    assert workbench.is_visible(tip)
    before = {workbench.tree.text_to(node.id) for node in workbench.tree}
    workbench.compact()
    assert {workbench.tree.text_to(node.id) for node in workbench.tree} == before


def test_a_grown_tree_remembers_the_tip_it_grew_from_under_its_new_number(workbench, tokens):
    first = workbench.start_prompt(tokens("xy"))
    tip = workbench.start_prompt(tokens("ab"))
    workbench.grow(tip, width=2, depth=2)
    workbench.hide(workbench.tree.parent(first))
    workbench.compact()
    act = next(act for act in workbench._session.history if act.label == "grow")
    assert workbench.tree.text_to(NodeId(json.loads(act.made_by)["grow"]["tip"])) == "ab"


def test_nothing_hidden_is_nothing_lost(workbench, tokens):
    tip = workbench.start_prompt(tokens("ab"))
    workbench.continue_from([tip], tokens=3, sampler=FREE, seed=1)
    assert not workbench.compacting_loses()
    assert workbench.compacting_loses().words() == "nothing"


def test_a_disk_that_fails_while_compacting_keeps_the_old_file_until_it_can(opened, path, tmp_path):
    old = path.read_bytes()
    away = tmp_path / "away"
    away.mkdir()
    moved = away / path.name
    path.rename(moved)
    opened.compact()
    assert not opened.is_settled(NodeId(1))
    assert moved.read_bytes() == old
    moved.rename(path)
    opened.bookmark(NodeId(3), True)
    assert opened.is_settled(NodeId(len(opened.tree)))
    opened.close()
    assert load(path).contents() == opened._session.contents()
