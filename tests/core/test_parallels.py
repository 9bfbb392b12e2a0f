"""A model with other tokens: texts are planted again beside, and compared by their bytes."""

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest

from core.aligning import Alignment, align_bytes
from core.branch_table import tabulate
from core.branches import Role
from core.exports.session_csv import candidates_csv
from core.exports.session_json import session_from_json, session_json
from core.exports.session_markdown import session_markdown
from core.sampling import FREE
from core.session import Session
from core.session_reading import load
from core.tokens import Vocabulary, text_of
from core.tree import NodeId, Origin
from gui.session_commands import session_info


@pytest.fixture
def other(make_engine):
    """An engine whose tokens are pairs of letters where it has them, with ids of its own."""

    engine = make_engine(name="pairs")
    pieces = (b"he", b"ll", b"ax", *engine.vocabulary.pieces[:256])
    engine.vocabulary = Vocabulary(pieces, frozenset(), None, frozenset())
    engine.card = replace(engine.card, fingerprint=engine.vocabulary.fingerprint)

    def tokenize(text):
        ids, data = [], text.encode()
        while data:
            size = 2 if data[:2] in pieces else 1
            ids.append(pieces.index(data[:size]))
            data = data[size:]
        return tuple(ids)

    engine.tokenize = tokenize
    return engine


@pytest.fixture
def both(bench, path, tokens, other):
    """A session read by one model, then opened with another of other tokens."""
    workbench = bench()
    workbench.start_untitled(path)
    tip = workbench.start_prompt(tokens("hello"), name="greeting")
    workbench.insert(tip, tokens("ax"), name="wrong")
    workbench.attach_engine(other)
    return workbench


def first_of(workbench, role, *, last=False):
    found = [first for first, branch in workbench.branches.items() if branch.role is role]
    return found[-1 if last else 0]


def test_a_branch_in_other_tokens_is_refused_until_it_is_planted_again(both):
    error = first_of(both, Role.ERROR)
    before = len(both.tree)
    both.continue_from([both.tip_of(error)], tokens=2, sampler=FREE, seed=0)
    assert "plant it again" in both.problems[-1]
    assert not both.speaks(both.tip_of(error))
    assert not both.speaks_all
    planted: list[NodeId] = []
    both.plant_again([error], planted.append)
    (tip,) = planted
    new = both.branch_of(tip)
    assert (new.name, new.role) == ("pairs: wrong", Role.ERROR)
    assert both.tree.text_to(tip) == "helloax"
    path = both.tree.path_to(tip)
    assert [both.tree.token(n).piece for n in path] == [b"he", b"ll", b"o", b"ax"]
    assert [both.tree.origin(n) for n in path] == [Origin.PROMPT] * 3 + [Origin.INSERTED]
    assert both.speaks(tip)
    assert both.readings.is_exact(tip)
    assert both.replanted_from(new.first) == error
    assert both.replanted_from(error) is None
    assert len(both.tree) == before + 4
    both.undo()
    assert not both.is_visible(tip)
    both.redo()
    assert both.is_visible(tip)


def test_a_space_that_the_other_model_wants_before_a_text_moves_no_border(both, other):
    other.vocabulary = replace(other.vocabulary, lead=" ")
    error = first_of(both, Role.ERROR)
    planted: list[NodeId] = []
    both.plant_again([error], planted.append)
    path = both.tree.path_to(planted[0])
    assert [both.tree.token(n).piece for n in path] == [b" ", b"he", b"ll", b"o", b"ax"]
    assert [both.tree.origin(n) for n in path] == [Origin.PROMPT] * 4 + [Origin.INSERTED]
    assert both.replanted_from(both.branch_of(planted[0]).first) == error


def test_old_numbers_stay_with_the_old_model(both, engine):
    error = first_of(both, Role.ERROR)
    old = both.reader_of(error)
    assert old.name == "bytes"
    logprob = both.readings.logprob(error)
    assert logprob is not None
    assert text_of([both.pieces_at(error)[engine.expects(ord("a")).candidates[0].id]]) == "b"
    both.plant_again([error], lambda _: None)
    assert both.readings.logprob(error) == logprob
    assert both.reader_of(first_of(both, Role.ERROR, last=True)).name == "pairs"
    both.attach_engine(engine)
    assert both.readings.logprob(error) == logprob
    assert both.reader_of(error).name == "bytes"
    assert both.reader_of(first_of(both, Role.ERROR, last=True)).name == "pairs"


def test_the_pair_is_compared_by_bytes(both):
    error = first_of(both, Role.ERROR)
    both.plant_again([error], lambda _: None)
    new = first_of(both, Role.ERROR, last=True)
    runs = [(first, both.nodes_of(first)) for first in (error, new)]
    table = tabulate(both.tree, both.readings, runs, Alignment.BYTES)
    pieces = [[None if c is None else c.token.piece for c in row] for row in table.rows]
    assert pieces == [[b"a", b"ax"], [b"x", None]]
    assert [[c.change for c in row if c is not None] for row in table.rows] == [[None] * 2, [None]]
    assert all(total.read == total.tokens for total in table.totals)
    prompts = [first_of(both, Role.BASE), first_of(both, Role.BASE, last=True)]
    runs = [(first, both.nodes_of(first)) for first in prompts]
    shared: Any = tabulate(both.tree, both.readings, runs, Alignment.BYTES).rows[-1]
    assert shared[0].token.piece == shared[1].token.piece == b"o"
    assert shared[1].change == pytest.approx(shared[1].logprob - shared[0].logprob)


def test_all_branches_are_planted_in_one_act_and_share_their_prompt(both, path):
    firsts = sorted(both.branches, key=lambda first: both.branches[first].role is Role.BASE)
    both.plant_again(firsts, lambda _: None)
    assert [branch.name for branch in both.branches.values()] == [
        "greeting",
        "wrong",
        "pairs: greeting",
        "pairs: wrong",
    ]
    assert both.undo() == "plant again for pairs"
    assert len(both.branches) == 2
    both.redo()
    contents = both._session.contents()
    told = session_json(both._session)
    assert session_from_json(json.dumps(told)).contents() == contents
    both.close()
    again = load(path)
    assert again.contents() == contents


def test_a_branch_is_told_from_its_own_source_whichever_was_listed_first(both):
    prompt, error = first_of(both, Role.BASE), first_of(both, Role.ERROR)
    both.plant_again([prompt, error], lambda _: None)
    assert both.replanted_from(first_of(both, Role.ERROR, last=True)) == error
    assert both.replanted_from(first_of(both, Role.BASE, last=True)) == prompt


def test_the_link_outlives_compacting(both, tokens):
    both.hide(both.insert(NodeId(2), tokens("zzz"), name="gone"))
    error = first_of(both, Role.ERROR)
    both.plant_again([error], lambda _: None)
    both.compact()
    old, new = first_of(both, Role.ERROR), first_of(both, Role.ERROR, last=True)
    assert both.replanted_from(new) == old


def test_half_a_character_is_refused_in_a_sentence(both, tokens):
    half = both.insert(NodeId(5), tokens("é")[:1], name="half")
    assert both.plant_again([half], lambda _: None) is None
    assert "half a character" in both.problems[-1]


def test_rows_begin_where_all_texts_have_a_token():
    rows = align_bytes([[b"ab", b"c", b"d"], [b"a", b"b", b"cd"]], [0, 0])
    assert rows == ((0, 0), (None, 1), (1, 2), (2, None))
    assert align_bytes([[b"ab"], [b"c"]], [0, 2]) == ((0, None), (None, 0))
    assert align_bytes([[], [b"c"]], [0, 0]) == ((None, 0),)
    assert align_bytes([], []) == ()


@pytest.fixture
def told_again(both, path, other):
    """The same, with the error planted again for the other model and read by it."""
    both.plant_again([first_of(both, Role.ERROR)], list[NodeId]().append)
    both.close()
    return load(path)


def test_each_branch_is_told_with_the_readings_of_who_read_it(told_again, path):
    text = session_markdown(told_again, "two")
    assert "Read by pairs" in text
    assert "Read by bytes" in text
    assert "0 of them read exactly" not in text
    assert "2 tokens, 2 of them read exactly by bytes" in text
    assert "1 tokens, 1 of them read exactly by pairs" in text
    told = session_info(path)
    assert told["readings"] == told["exact"] == told["nodes"] == len(told_again.tree)


@pytest.mark.parametrize("forgets", [False, True])
def test_candidates_are_told_in_the_words_of_their_own_vocabulary(
    told_again, engine, other, forgets
):
    contents = told_again.contents()
    session = Session.restored(replace(contents, pieces={}) if forgets else contents)
    vocabularies = {"bytes": engine.vocabulary, "pairs": other.vocabulary}
    table = list(csv.DictReader(io.StringIO(candidates_csv(session), newline="")))
    assert {row["model"] for row in table} == set(vocabularies)
    for row in table:
        piece = vocabularies[row["model"]].pieces[int(row["token_id"])]
        assert row["bytes"] in {piece.hex(), ""}
        assert forgets or row["bytes"]
        if row["followed_by"]:
            assert session.tree.token(NodeId(int(row["followed_by"]))).piece == piece
    assert any(row["followed_by"] and row["model"] == "bytes" for row in table)
