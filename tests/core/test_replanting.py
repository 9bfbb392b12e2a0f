"""Verbs that grow, edit, splice, join and find: each one act, nothing stale, nothing lost."""

import json
from dataclasses import replace
from itertools import pairwise

import pytest

from core.branches import Role
from core.history import Watched
from core.sampling import GREEDY
from core.searching import (
    find,
    first_in_sight,
    fork_before,
    next_surprising,
    next_uncertain,
    parent_in_sight,
)
from core.tree import ROOT, NodeId, Origin


def state(workbench):
    return (
        {n.id for n in workbench.tree if workbench.is_visible(n.id)},
        dict(workbench.branches),
        dict(workbench.notes),
        workbench.bookmarks,
        dict(workbench.tags),
        workbench.watched,
    )


def undone_and_redone(workbench, before, label):
    after = state(workbench)
    assert after != before
    assert workbench.undo() == label
    assert state(workbench) == before
    assert workbench.redo() == label
    assert state(workbench) == after


def is_fresh(workbench, engine, tip):
    """Say whether every number on the path is what the model says there, exactly."""
    path = workbench.tree.path_to(tip)
    ids = workbench.tree.ids_to(tip)
    own = [workbench.readings.logprob(node) for node in path]
    return (
        own[1:] == [engine.scored(a, b).logprob for a, b in pairwise(ids)]
        and [workbench.readings.expects(n) for n in path] == [engine.expects(i) for i in ids]
        and all(workbench.readings.is_exact(node) for node in path)
    )


@pytest.fixture
def prompt(workbench, tokens):
    return workbench.start_prompt(tokens("ab"))


@pytest.fixture
def tip(workbench, prompt):
    workbench.continue_from([prompt], tokens=4, sampler=GREEDY, seed=1)
    return NodeId(len(workbench.tree))


def test_a_grown_tree_is_as_wide_and_deep_as_asked_and_read(workbench, prompt, engine):
    before = state(workbench)
    workbench.grow(prompt, width=2, depth=3)
    texts = {workbench.tree.text_to(node.id) for node in workbench.tree}
    assert texts >= {"abc", "abd", "abcd", "abce", "abde", "abdf"}
    assert len(workbench.tree) == 2 + 2 + 4
    for node in workbench.tree:
        assert is_fresh(workbench, engine, node.id)
    origins = {workbench.tree.text_to(node.id): node.origin for node in workbench.tree}
    assert (origins["abc"], origins["abd"]) == (Origin.GREEDY, Origin.CHOSEN)
    undone_and_redone(workbench, before, "grow")


def test_a_grown_tree_follows_only_paths_that_are_likely_enough(workbench, prompt):
    workbench.grow(prompt, width=3, depth=4, least_probability=0.5)
    texts = {workbench.tree.text_to(node.id) for node in workbench.tree}
    assert texts == {"a", "ab", "abc", "abcd"}


def test_a_tree_grown_twice_joins_what_stands_and_remembers_how(workbench, tip, prompt):
    workbench.grow(prompt, width=2, depth=3)
    count = len(workbench.tree)
    assert len({workbench.tree.text_to(node.id) for node in workbench.tree}) == count
    workbench.grow(prompt, width=2, depth=3)
    assert len(workbench.tree) == count
    act = next(act for act in workbench._session.history if act.label == "grow")
    assert json.loads(act.made_by)["grow"] == {"tip": prompt, "width": 2, "depth": 3}


def test_text_edited_in_the_middle_becomes_a_branch_whose_later_tokens_are_read_anew(
    workbench, tip, tokens, engine
):
    path = workbench.tree.path_to(tip)
    before = state(workbench)
    old = {node: workbench.readings.row(node) for node in path}
    new = workbench.edit(path[3:4], tip, tokens("xy"))
    assert workbench.tree.text_to(new) == "abcxyef"
    assert is_fresh(workbench, engine, new)
    assert workbench.tree.text_to(tip) == "abcdef"
    assert {node: workbench.readings.row(node) for node in path} == old
    added = workbench.tree.path_to(new)[3:]
    assert {workbench.tree.origin(node) for node in added} == {Origin.INSERTED}
    assert workbench.branch_of(new).name == "xy"
    undone_and_redone(workbench, before, "edit to 'xy'")
    assert workbench.edit(path[3:4], tip, tokens("xy")) == new, "the same edit is the same branch"


def test_an_edited_run_shares_what_it_begins_with_alike(workbench, tip, tokens, engine):
    path = workbench.tree.path_to(tip)
    new = workbench.edit(path[2:5], tip, tokens("cxe"))
    assert workbench.tree.text_to(new) == "abcxef"
    assert workbench.tree.path_to(new)[:3] == path[:3]
    assert workbench.branch_of(new).name == "xe"
    assert is_fresh(workbench, engine, new)
    longer = workbench.edit(path[2:4], tip, tokens("cd!"))
    assert workbench.tree.text_to(longer) == "abcd!ef"
    assert workbench.tree.path_to(longer)[:4] == path[:4]
    label = workbench.undo_label
    assert workbench.edit(path[2:5], tip, tokens("cde")) == tip
    assert workbench.undo_label == label


def test_branches_behind_an_edited_prompt_begin_again_in_the_same_parts(workbench, prompt, tokens):
    tip = workbench.insert(prompt, tokens("xyz"), role=Role.ERROR, name="wrong")
    before = state(workbench)
    new = workbench.edit(workbench.tree.path_to(tip)[:1], tip, tokens("q"))
    assert workbench.tree.text_to(new) == "qbxyz"
    branch = workbench.branch_of(new)
    assert (branch.name, branch.role) == ("wrong · q", Role.ERROR)
    assert workbench.tree.text_to(branch.first) == "qbx"
    undone_and_redone(workbench, before, "edit to 'q'")


def test_an_edited_prompt_stays_a_prompt(workbench, tip, tokens, engine):
    path = workbench.tree.path_to(tip)
    new = workbench.edit(path[:1], tip, tokens("q"))
    assert workbench.tree.text_to(new) == "qbcdef"
    nodes = workbench.tree.path_to(new)
    assert [workbench.tree.origin(n) for n in nodes[:3]] == [
        Origin.PROMPT,
        Origin.PROMPT,
        Origin.INSERTED,
    ]
    assert workbench.branch_of(nodes[0]).role is Role.BASE
    assert is_fresh(workbench, engine, new)


def test_text_taken_out_in_the_middle_closes_up(workbench, tip, engine):
    path = workbench.tree.path_to(tip)
    new = workbench.edit(path[3:5], tip, ())
    assert workbench.tree.text_to(new) == "abcf"
    assert is_fresh(workbench, engine, new)
    assert workbench.branch_of(new).name.startswith("without")


def test_an_edit_that_changes_nothing_is_no_act(workbench, tip, tokens):
    label = workbench.undo_label
    path = workbench.tree.path_to(tip)
    assert workbench.edit(path[3:4], tip, tokens("d")) == tip
    assert workbench.undo_label == label


def test_a_tail_is_spliced_onto_another_branch_and_read_there(workbench, tip, tokens, engine):
    other = workbench.insert(NodeId(2), tokens("xyz"))
    tail = workbench.tree.path_to(tip)[3]
    before = state(workbench)
    new = workbench.splice(tail, other)
    assert workbench.tree.text_to(new) == "abxyzdef"
    assert is_fresh(workbench, engine, new)
    undone_and_redone(workbench, before, "splice")


def test_equal_children_are_joined_with_all_they_have(workbench, prompt, tokens, engine):
    workbench.continue_from([prompt], tokens=2, sampler=GREEDY, seed=1)
    greedy = workbench.visible_children(prompt)[0]
    twin = workbench.insert(prompt, tokens("cx"), role=Role.OTHER)
    first = workbench.tree.parent(twin)
    workbench.note(first, "both")
    workbench.tag(twin, ["odd"])
    workbench.bookmark(twin, True)
    before = state(workbench)
    assert workbench.join(prompt) == 1
    assert workbench.visible_children(prompt) == (greedy,)
    texts = {workbench.tree.text_to(n.id) for n in workbench.tree if workbench.is_visible(n.id)}
    assert texts == {"a", "ab", "abc", "abcd", "abcx"}
    moved = next(n for n in workbench.visible_children(greedy) if workbench.tags.get(n))
    assert workbench.notes[greedy] == "both"
    assert [node for node in workbench.bookmarks if workbench.is_visible(node)] == [moved]
    assert is_fresh(workbench, engine, moved)
    undone_and_redone(workbench, before, "join")
    assert workbench.join(prompt) == 0


def test_equal_tokens_with_different_parts_in_a_comparison_stay_apart(workbench, prompt, tokens):
    error = workbench.insert(prompt, tokens("cx"), role=Role.ERROR)
    control = workbench.insert(prompt, tokens("cy"), role=Role.CONTROL)
    assert workbench.join(prompt) == 0
    partless = workbench.insert(prompt, tokens("cz"), role=Role.OTHER)
    assert workbench.join(prompt) == 1
    assert not workbench.is_visible(partless)
    texts = {workbench.tree.text_to(n) for n in workbench.visible_children(NodeId(error - 1))}
    assert texts == {"abcx", "abcz"}
    assert workbench.is_visible(control)


def test_tags_and_watched_words_are_undone_and_done_again(workbench, tip):
    before = state(workbench)
    workbench.tag(tip, [" odd  one ", "odd one", "", "x"])
    assert workbench.tags[tip] == ("odd one", "x")
    undone_and_redone(workbench, before, "tag")
    before = state(workbench)
    workbench.watch(["Paris"], ["Rome", "Lyon"])
    assert workbench.watched == Watched(("Paris",), ("Rome", "Lyon"))
    undone_and_redone(workbench, before, "watch")
    workbench.watch(["Paris"], ["Rome", "Lyon"])
    workbench.undo()
    assert workbench.watched == Watched()


def test_tags_and_watched_words_are_in_the_file(bench, path, tokens):
    workbench = bench()
    workbench.start_untitled(path)
    tip = workbench.start_prompt(tokens("ab"))
    workbench.tag(tip, ["odd"])
    workbench.watch(["Paris"], [])
    workbench.close()
    again = bench()
    again.open(path)
    assert again.tags == {tip: ("odd",)}
    assert again.watched == Watched(("Paris",), ())


def test_text_is_found_across_tokens_in_either_case_and_only_where_it_is_seen(
    workbench, tip, tokens
):
    other = workbench.insert(NodeId(2), tokens("CDx"))
    spots = find(workbench, "cd")
    assert [workbench.tree.text_to(node) for node in spots] == ["abcd", "abCD"]
    assert find(workbench, "bCdX") == (other,)
    assert find(workbench, "") == ()
    assert find(workbench, "nowhere") == ()
    workbench.hide(workbench.tree.path_to(other)[2])
    assert len(find(workbench, "cd")) == 1
    assert find(workbench, "a") == (NodeId(1),)


def test_a_token_is_found_by_its_id_and_half_a_character_by_its_bytes(workbench, tip, tokens):
    half = workbench.insert(NodeId(2), tokens("é")[:1])
    whole = workbench.insert(NodeId(3), tokens("é"))
    halves = {half, workbench.tree.parent(whole)}
    assert set(find(workbench, "#195")) == set(find(workbench, "x'c3'")) == halves
    assert set(find(workbench, "⟨C3⟩")) == halves
    assert find(workbench, "⟨C3 A9⟩") == find(workbench, "X'C3A9'") == find(workbench, "é")
    assert find(workbench, "é") == (whole,)
    assert find(workbench, "#100") == (workbench.tree.path_to(tip)[3],)
    assert find(workbench, "x'c'") == find(workbench, "#") == find(workbench, "#999") == ()
    literal = workbench.insert(NodeId(2), tokens("#100"))
    assert literal in find(workbench, "#100"), "it may be text all the same"


def test_while_a_part_is_looked_at_only_what_is_in_it_is_found(workbench, tip, tokens):
    outside = workbench.insert(NodeId(2), tokens("\x00d"))
    part = workbench.tree.path_to(tip)[3]
    inside = set(workbench.tree.subtree(part))
    assert set(find(workbench, "d")) == {part, outside}
    workbench.hoist(part)
    assert find(workbench, "d") == (part,)
    assert find(workbench, "bcdE") == (workbench.tree.path_to(tip)[4],)
    for step in (next_surprising, next_uncertain):
        assert step(workbench, part) in inside
        assert step(workbench, outside) in inside
    workbench.insert(part, tokens("x"))
    assert fork_before(workbench, tip) == part
    assert fork_before(workbench, part) is None
    assert fork_before(workbench, outside) is None
    assert parent_in_sight(workbench, part) is None
    assert parent_in_sight(workbench, tip) in inside
    assert first_in_sight(workbench, tip) == part


def test_the_next_surprising_token_is_one_of_the_highest_tenth_round_the_end(
    workbench, tip, tokens
):
    path = workbench.tree.path_to(tip)
    odd = workbench.insert(NodeId(2), tokens("\x00"))
    later = workbench.insert(NodeId(3), tokens("\xff"[:1]))
    highest = {odd, *workbench.tree.path_to(later)[3:]}
    first = next_surprising(workbench, path[0])
    assert first is not None
    assert first in highest
    second = next_surprising(workbench, first)
    assert second in highest
    assert workbench.readings.surprise(first) > 5
    assert next_surprising(workbench, odd) in highest


def test_the_next_uncertain_place_is_one_of_the_highest_entropies_and_not_of_the_surprises(
    workbench, engine, tokens
):
    plain = engine.expects
    engine.expects = lambda token, *, exact=True: replace(
        plain(token, exact=exact), entropy=5.0 if token == ord("e") else 0.5
    )
    tip = workbench.start_prompt(tokens("abcdefghiz"))  # "z" is the surprise
    uncertain = workbench.tree.path_to(tip)[4]
    for node in (ROOT, uncertain, tip):
        assert next_uncertain(workbench, node) == uncertain
        assert next_surprising(workbench, node) == tip


def test_without_readings_there_is_nothing_surprising_to_go_to(workbench, tokens):
    workbench.attach_engine(None)
    workbench.start_prompt(tokens("ab"))
    assert next_surprising(workbench, ROOT) is None
    assert next_uncertain(workbench, ROOT) is None
