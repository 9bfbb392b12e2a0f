"""Folding a subtree away, and looking at one part of the tree: kept, undone, done again."""

import json

import pytest

from core.compacting import compacted, planned
from core.exports.session_json import session_from_json, session_json
from core.jobs import InlineRunner, run_now
from core.session import Session
from core.tokens import Token, TokenId
from core.tree import ROOT, NodeId
from core.workbench import Change, Workbench

A, B, C = (Token(TokenId(n), piece) for n, piece in enumerate((b"a", b" b", b" c")))


@pytest.fixture
def bench():
    found = Workbench(run_now, InlineRunner, None)
    found.start_prompt([A])
    found.insert(NodeId(1), [B, C])
    found.insert(NodeId(1), [C, B])
    return found


def test_a_fold_is_undone_and_done_again(bench):
    bench.fold(1, True)
    assert bench.folded == {1}
    assert bench.undo() == "fold"
    assert bench.folded == frozenset()
    bench.redo()
    assert bench.folded == {1}
    bench.fold(2, True)
    bench.unfold_all()
    assert bench.folded == frozenset()
    bench.undo()
    assert bench.folded == {1, 2}


def test_what_nothing_follows_is_not_folded(bench):
    bench.fold(3, True)
    assert bench.folded == frozenset()
    assert bench.undo_label.startswith("insert")


def test_a_hoisted_part_leads_back_and_is_undone(bench):
    bench.hoist(2)
    bench.hoist(4)
    assert bench.hoisted == 4
    bench.undo()
    assert bench.hoisted == 2
    bench.hoist(ROOT)
    assert bench.hoisted == ROOT


def test_a_hoisted_part_that_is_hidden_shows_the_whole_tree(bench):
    bench.hoist(2)
    bench.hide(2)
    assert bench.hoisted == ROOT
    bench.undo()
    assert bench.hoisted == 2


def test_observers_hear_of_folds(bench):
    heard: list[Change] = []
    bench.observe(heard.append)
    bench.fold(1, True)
    bench.hoist(2)
    assert [change.folds for change in heard] == [True, True]


def test_folds_and_the_part_stay_in_a_session_that_is_stored_and_compacted(bench):
    bench.fold(4, True)
    bench.hoist(4)
    bench.hide(2)
    again = Session.restored(bench._session.contents())
    assert dict(again.folded) == {4: None}
    assert again.hoisted == 4
    told = session_from_json(json.dumps(session_json(bench._session)))
    assert (dict(told.folded), told.hoisted) == ({4: None}, 4)
    made = compacted(planned(again))
    smaller = Session.restored(made.contents)
    assert dict(smaller.folded) == {made.places[NodeId(4)]: None}
    assert smaller.hoisted == made.places[NodeId(4)]
