"""What a session keeps beside readings: how likely draws were, and what candidates' ids mean."""

import csv
import io
import json
import math
from dataclasses import replace

import pytest

from core.branches import Role
from core.engine import Stepped
from core.exports.session_csv import candidates_csv, tokens_csv
from core.exports.session_json import session_from_json, session_json
from core.sampling import FREE, GREEDY
from core.session_reading import load
from core.tokens import text_of
from core.tree import Origin


@pytest.fixture
def sampling(make_engine):
    """An engine whose sampler is surer of each draw than the model is."""

    engine = make_engine()
    plain = engine.ask

    def ask(request):
        for answer in plain(request):
            surer = isinstance(answer, Stepped)
            yield replace(answer, drawn_logprob=math.log(0.9)) if surer else answer

    engine.ask = ask
    return engine


@pytest.fixture
def drawn(bench, path, sampling, tokens):
    """A session with two sampled tokens and one greedy one."""
    workbench = bench(attached=sampling)
    workbench.start_untitled(path)
    tip = workbench.start_prompt(tokens("ab"))
    workbench.continue_from([tip], tokens=2, sampler=FREE, seed=3)
    workbench.continue_from([tip], tokens=1, sampler=GREEDY, seed=0, samples=2)
    return workbench


def nodes_of(session, origin):
    return [node.id for node in session.tree if node.origin is origin]


def test_the_samplers_own_probability_of_each_draw_is_kept(drawn, path):
    drawn.close()
    session = load(path)
    sampled = nodes_of(session, Origin.SAMPLED)
    assert len(sampled) == 2
    assert {node: math.exp(x) for node, x in session.drawn.items()} == {
        node: pytest.approx(0.9) for node in sampled
    }
    rows = list(csv.DictReader(io.StringIO(tokens_csv(session))))
    told = {int(row["node"]): row["drawn_logprob"] for row in rows if row["drawn_logprob"]}
    assert told == {node: str(math.log(0.9)) for node in sampled}


def test_draws_and_pieces_go_through_json_compacting_and_joining(drawn, path, sampling):
    session = drawn._session
    text = json.dumps(session_json(session))
    assert session_from_json(text).contents() == session.contents()
    assert session.contents().drawn
    older = json.loads(text)
    del older["drawn"], older["pieces"]
    assert session_from_json(json.dumps(older)).drawn == {}
    first = nodes_of(session, Origin.SAMPLED)[0]
    drawn.hide(drawn.start_prompt(sampling.vocabulary.tokens(sampling.tokenize("x"))))
    drawn.compact()
    assert {n for n, _ in drawn._session.drawn.items()} == set(
        nodes_of(drawn._session, Origin.SAMPLED)
    )
    assert drawn.drawn_logprob(first) == pytest.approx(math.log(0.9))
    tree = drawn.tree
    prompt = next(node.id for node in tree if tree.text_to(node.id) == "ab")
    twin = drawn.insert(prompt, [tree.token(first)], role=Role.OTHER, name="twin")
    drawn.continue_from([twin], tokens=2, sampler=FREE, seed=4, samples=2)
    before = {tree.text_to(node): drawn.drawn_logprob(node) for node in tree.subtree(twin)}
    assert drawn.join(prompt)
    (kept,) = [c for c in drawn.visible_children(prompt) if tree.token(c) == tree.token(first)]
    after = {
        tree.text_to(node): drawn.drawn_logprob(node)
        for node in tree.subtree(kept)
        if drawn.is_visible(node)
    }
    drew = {text: chance for text, chance in before.items() if chance is not None}
    assert len(drew) > 2
    assert drew.items() <= after.items()


def test_candidates_are_shown_as_text_when_their_model_is_not_there(drawn, bench, path):
    node = nodes_of(drawn._session, Origin.SAMPLED)[0]
    expects = drawn.readings.expects(node)
    meant = [drawn.vocabulary[one.id] for one in expects.candidates]
    drawn.close()
    alone = bench(attached=None)
    alone.open(path)
    assert alone.vocabulary is None
    pieces = alone.pieces_at(node)
    assert [pieces[one.id] for one in expects.candidates] == meant
    new = alone.branch_here(node, meant[5])
    assert text_of([alone.tree.token(new)]) == text_of([meant[5]])
    rows = list(csv.DictReader(io.StringIO(candidates_csv(alone._session))))
    assert all(row["bytes"] for row in rows)


def test_pieces_are_kept_once_for_all_models_of_a_vocabulary(drawn, bench, path, make_engine):
    drawn.close()
    before = len(load(path).contents().pieces[1])
    other = bench(attached=make_engine(name="other"))
    other.open(path)
    other.read(other.tree.path_to(list(other.tree)[-1].id)[-1])
    other.close()
    pieces = load(path).contents().pieces
    assert list(pieces) == [1]
    assert len(pieces[1]) >= before


def test_what_is_to_be_written_stays_as_it_was_while_readings_mention_more(drawn):
    session = drawn._session
    contents = session.contents()
    before = list(contents.pieces[1])
    fresh = next(number for number in range(len(drawn.vocabulary)) if number not in before)
    session._pieces[drawn.card.fingerprint].add(drawn.vocabulary[fresh])
    assert list(contents.pieces[1]) == before


def test_without_a_piece_for_each_candidate_none_is_guessed(drawn, bench, path):
    node = nodes_of(drawn._session, Origin.SAMPLED)[0]
    drawn.close()
    alone = bench(attached=None)
    alone.open(path)
    assert alone.readings.expects(node) is not None
    alone._session._pieces.clear()  # as in a file of the first version
    assert alone.pieces_at(node) is None
