"""Every verb, undone and done again with the file closed and opened in between, is the same."""

import json
import shutil

import pytest

from core.branches import Role
from core.comparison_findings import ComparisonFinding
from core.forks import ForkSpec
from core.jobs import InlineRunner, run_now
from core.preambles import Preamble
from core.sampling import FREE, GREEDY
from core.searching import find, fork_before, next_surprising, next_uncertain
from core.storage import InlineStorage
from core.tree import ROOT
from core.workbench import Workbench

SPEC = ForkSpec("hello", "a", "x", "q", None, None, tokens=3)


def facts(workbench):
    """Tell all that a window shows of a session."""
    tree = workbench.tree
    seen = [node.id for node in tree if workbench.is_visible(node.id)]
    branches = dict(workbench.branches)
    return {
        "seen": {node: (tree.text_to(node), tree.origin(node)) for node in seen},
        "branches": branches,
        "chains": {first: workbench.nodes_of(first) for first in branches},
        "errors": {first: workbench.error_of(first) for first in branches},
        "sources": {first: workbench.replanted_from(first) for first in branches},
        "notes": dict(workbench.notes),
        "bookmarks": workbench.bookmarks,
        "tags": dict(workbench.tags),
        "folds": workbench.folded,
        "part": workbench.hoisted,
        "watched": workbench.watched,
        "kept": list(workbench.kept_comparisons),
        "fork": workbench.fork,
        "readings": {node: workbench.readings.row(node) for node in seen},
        "draws": {node: workbench.drawn_logprob(node) for node in seen},
        "makers": {node: made_by(workbench.maker_of(node)) for node in seen},
        "streams": {node: workbench.stream_of(node) for node in seen},
        "turns": {node: workbench.conversation_of(node) for node in seen},
        "steps": {node: fork_before(workbench, node) for node in seen},
        "found": find(workbench, "a"),
        "remarkable": (next_surprising(workbench, ROOT), next_uncertain(workbench, ROOT)),
    }


def made_by(act):
    """Tell how nodes were made, but for the chains: a join that was undone leaves more of them."""
    told = json.loads(act.made_by or "{}")
    told.pop("growths", None)
    return act.label, act.moment, told


def typed(workbench, text):
    engine = workbench._engine
    return engine.vocabulary.tokens(engine.tokenize(text))


def first_of(workbench, role=Role.CLEAN):
    return workbench.fork.branches[role]


def tip_of(workbench, role=Role.CLEAN):
    return workbench.tip_of(first_of(workbench, role))


def prompt_of(workbench):
    return workbench.tree.parent(first_of(workbench))


def grown_from(workbench, *tips, **wishes):
    settings = {"tokens": 3, "sampler": FREE, "seed": 5} | wishes
    workbench.continue_from(tips, **settings)


def edited(workbench, begin, end, text):
    path = workbench.tree.path_to(tip_of(workbench))
    workbench.edit(path[begin:end], path[-1], typed(workbench, text))


def finding(workbench):
    rows = (("a", "b"), ("1", "2"))
    return ComparisonFinding("t", "v", "m", "bytes", rows, (first_of(workbench),))


def kept_two(workbench):
    workbench.keep_comparison(finding(workbench))
    workbench.keep_comparison(finding(workbench))


def equal_children(workbench):
    """Put a second " a" after the prompt, with a mark of each kind and samples."""
    twin = workbench.insert(prompt_of(workbench), typed(workbench, "aq"), role=Role.OTHER)
    first = workbench.tree.parent(twin)
    workbench.note(first, "x")
    workbench.tag(twin, ["t"])
    workbench.bookmark(twin, True)
    grown_from(workbench, twin, samples=2)
    workbench.fold(twin, True)
    workbench.hoist(twin)


def abandoned(workbench):
    workbench.insert(prompt_of(workbench), typed(workbench, "zz"))
    workbench.undo()
    workbench.note(prompt_of(workbench), "later")


def marked_twice(workbench):
    workbench.bookmark(first_of(workbench), True)
    workbench.bookmark(first_of(workbench, Role.ERROR), True)


def under_a_preamble(workbench):
    preamble = Preamble("w ", typed(workbench, "w "), neutral=False)
    workbench.put_under([tip_of(workbench, Role.ERROR)], [preamble])


def folded(workbench):
    workbench.fold(first_of(workbench), True)


def hidden(workbench):
    workbench.hide(first_of(workbench))


def nothing(_workbench):
    pass


VERBS = {
    "branch": (nothing, lambda w: w.branch_here(tip_of(w), typed(w, "!")[0])),
    "insert": (nothing, lambda w: w.insert(prompt_of(w), typed(w, "xyz"))),
    "continue": (nothing, lambda w: grown_from(w, tip_of(w), samples=3)),
    "continue greedily": (nothing, lambda w: grown_from(w, tip_of(w), sampler=GREEDY)),
    "continue several": (nothing, lambda w: grown_from(w, tip_of(w), tip_of(w, Role.ERROR))),
    "continue within": (nothing, lambda w: grown_from(w, first_of(w), samples=2)),
    "grow": (nothing, lambda w: w.grow(tip_of(w), width=2, depth=3)),
    "grow likely": (nothing, lambda w: w.grow(tip_of(w), width=3, depth=3, top_p=0.9)),
    "edit": (nothing, lambda w: edited(w, 6, 7, "uv")),
    "edit a run": (nothing, lambda w: edited(w, 6, 8, "u")),
    "edit away": (nothing, lambda w: edited(w, 6, 7, "")),
    "edit the prompt": (nothing, lambda w: edited(w, 1, 2, "u")),
    "splice": (nothing, lambda w: w.splice(w.nodes_of(first_of(w))[1], first_of(w, Role.ERROR))),
    "join": (equal_children, lambda w: w.join(prompt_of(w))),
    "put under": (nothing, under_a_preamble),
    "fold": (nothing, folded),
    "unfold": (folded, lambda w: w.fold(first_of(w), False)),
    "unfold all": (folded, lambda w: w.unfold_all()),
    "hide": (nothing, hidden),
    "show": (hidden, lambda w: w.show(first_of(w))),
    "show below": (hidden, lambda w: w.show(w.tree.children(first_of(w))[0])),
    "show what is hidden": (hidden, lambda w: w.show_hidden([prompt_of(w)])),
    "show what was abandoned": (abandoned, lambda w: w.show_hidden([prompt_of(w)])),
    "hoist": (nothing, lambda w: w.hoist(first_of(w))),
    "hoist back": (lambda w: w.hoist(first_of(w)), lambda w: w.hoist(ROOT)),
    "bookmark": (nothing, lambda w: w.bookmark(first_of(w), True)),
    "bookmark off": (marked_twice, lambda w: w.bookmark(first_of(w), False)),
    "note": (nothing, lambda w: w.note(first_of(w), 'hé,"\n')),
    "note again": (lambda w: w.note(first_of(w), "a"), lambda w: w.note(first_of(w), "b")),
    "tag": (lambda w: w.tag(first_of(w), ["a"]), lambda w: w.tag(first_of(w), ["c", "d"])),
    "rename": (nothing, lambda w: w.rename(first_of(w), "new")),
    "role": (nothing, lambda w: w.set_role(first_of(w), Role.OTHER)),
    "watch": (nothing, lambda w: w.watch(["a"], ["b"])),
    "prompt": (nothing, lambda w: w.start_prompt(typed(w, "other"))),
    "prompt that shares": (nothing, lambda w: w.start_prompt(typed(w, "help"))),
    "keep": (nothing, lambda w: w.keep_comparison(finding(w))),
    "rename a finding": (kept_two, lambda w: w.rename_comparison(0, "z")),
    "forget a finding": (kept_two, lambda w: w.forget_comparison(0)),
    "tell another fork": (
        nothing,
        lambda w: w.tell_fork(ForkSpec("hi", "a", "x", "q", None, None, 2)),
    ),
}


@pytest.fixture(scope="module")
def forked(tmp_path_factory, make_engine):
    """A file in which the fork is told, made once for all verbs."""
    path = tmp_path_factory.mktemp("verbs") / "forked.swerve"
    workbench = Workbench(run_now, InlineRunner, InlineStorage)
    workbench.attach_engine(make_engine())
    workbench.start_untitled(path)
    workbench.tell_fork(SPEC)
    workbench.close()
    return path


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_is_undone_and_done_again_across_reopening(name, forked, bench, path):
    setup, verb = VERBS[name]
    shutil.copyfile(forked, path)
    workbench = bench()
    workbench.open(path)
    setup(workbench)
    before, label = facts(workbench), workbench.undo_label
    verb(workbench)
    after, new_label = facts(workbench), workbench.undo_label
    assert after != before
    assert new_label is not None
    for step, expected in (
        ("undo", (before, label)),
        ("reopen", (before, label)),
        ("redo", (after, new_label)),
        ("reopen", (after, new_label)),
        ("undo", (before, label)),
        ("redo", (after, new_label)),
    ):
        if step == "reopen":
            workbench.close()
            workbench = bench()
            workbench.open(path)
        else:
            assert getattr(workbench, step)() == new_label
        assert (facts(workbench), workbench.undo_label) == expected, step
        assert not workbench.problems
