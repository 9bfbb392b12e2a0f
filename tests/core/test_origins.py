"""How a token came to be: which noise drew it, and what of that a join carries along."""

import json

import pytest

from core.branches import Role
from core.error_list import inserted_errors
from core.error_records import ErrorKind, ErrorRecord
from core.exports.session_json import session_from_json, session_json
from core.intake import Cutting, Running, plant, take
from core.products import Grew, Withdrew
from core.sampling import FREE
from core.session import Deed, Session
from core.session_reading import load
from core.streams import stream_of
from core.tokens import TokenId
from core.tree import ROOT, NodeId, Origin

RECORD = ErrorRecord(
    kind=ErrorKind.NUMBER,
    detail="+1",
    role=Role.ERROR,
    text="x",
    ids=(120,),
    displaced="y",
    depth=3,
    logprob=-3.2,
    rank=7,
    entropy=1.1,
    canonical=True,
    seed=4,
    after="",
)


@pytest.fixture
def parting(engine):
    """An engine whose streams 0 and 2 draw the same first token, and part after it."""

    def following(growth, tip):
        number = growth.stream.number
        is_first = tip == growth.path[-1]
        token = TokenId((tip + (1 + number % 2 if is_first else 1 + number)) % 256)
        return token, engine.scored(tip, token)

    engine._next = following
    return engine


@pytest.fixture
def drawn(bench, path, parting, tokens):
    """Four samples after a token that stands there twice: the tip of the second."""
    workbench = bench(attached=parting)
    workbench.start_untitled(path)
    prompt = workbench.start_prompt(tokens("ab"))
    workbench.insert(prompt, tokens("cx"), role=Role.OTHER, name="first")
    return workbench, prompt, _grown(workbench, prompt, tokens)


def _grown(workbench, prompt, tokens):
    tip = workbench.insert(prompt, tokens("c"), role=Role.ERROR, name="second")
    workbench.continue_from([tip], tokens=3, sampler=FREE, seed=7, samples=4)
    workbench.set_role(tip, Role.OTHER)
    return tip


def streams(workbench):
    """Tell the stream of each visible sampled token, by its text."""
    return {
        workbench.tree.text_to(node.id): workbench.stream_of(node.id)
        for node in workbench.tree
        if node.origin is Origin.SAMPLED and workbench.is_visible(node.id)
    }


OF_EACH = (
    ("abcd", "abcde", "abcdef"),
    ("abce", "abceg", "abcegi"),
    ("abcdg", "abcdgj"),
    ("abcei", "abceim"),
)
STREAMS = {text: stream for stream, texts in enumerate(OF_EACH) for text in texts}


def test_each_token_knows_the_stream_that_drew_it_also_where_samples_share_some(drawn):
    workbench, _, _ = drawn
    assert streams(workbench) == STREAMS


def test_streams_are_in_the_file_while_the_samples_still_grow(bench, path, parting, tokens):
    workbench = bench(attached=parting)
    workbench.start_untitled(path)
    tip = workbench.start_prompt(tokens("ab"))
    halted: list[object] = []
    following = parting._next

    def halts(growth, tip):
        if len(halted) == 6:
            raise RuntimeError
        halted.append(tip)
        return following(growth, tip)

    parting._next = halts
    workbench.continue_from([tip], tokens=3, sampler=FREE, seed=7, samples=4)
    workbench.close()
    again = bench(attached=None)
    again.open(path)
    assert streams(again) == {"abc": 0, "abd": 1, "abcd": 0, "abdf": 1}


def test_streams_survive_undo_reopening_compacting_and_json(drawn, bench, path, tokens):
    workbench, prompt, _ = drawn
    workbench.hide(workbench.visible_children(prompt)[0])
    workbench.undo()
    workbench.undo()
    workbench.redo()
    workbench.close()
    assert session_from_json(json.dumps(session_json(load(path)))).contents() == (
        load(path).contents()
    )
    again = bench()
    again.open(path)
    again.hide(again.visible_children(prompt)[0])
    assert again.compacting_loses()
    again.compact()
    assert streams(again) == STREAMS


def made(workbench):
    """Tell how each visible sampled token was made, by its text."""
    rows = {}
    for node in workbench.tree:
        if node.origin is Origin.SAMPLED and workbench.is_visible(node.id):
            act = workbench.maker_of(node.id)
            told = json.loads(act.made_by)
            rows[workbench.tree.text_to(node.id)] = (
                *(act.label, act.moment, told["model"], told["seed"], told["sampler"]),
                workbench.stream_of(node.id),
                workbench.drawn_logprob(node.id),
            )
    return rows


def test_joined_tokens_keep_the_model_seed_sampler_and_stream_that_drew_them(drawn, bench, path):
    workbench, prompt, _ = drawn
    before = made(workbench)
    assert len(before) == len(STREAMS)
    assert workbench.join(prompt) == 1
    assert made(workbench) == before
    workbench.undo()
    workbench.redo()
    workbench.compact()
    assert made(workbench) == before
    workbench.close()
    again = bench()
    again.open(path)
    assert made(again) == before
    labels = []
    while (label := again.undo()) is not None:
        labels.append(label)
    assert "join" in labels
    assert "continue" not in labels, "what is left of it is the join's"
    while again.redo():
        pass
    assert made(again) == before


def test_a_joined_error_keeps_its_record_and_its_part(drawn, tokens):
    workbench, prompt, tip = drawn
    wrong = workbench.insert(tip, tokens("x"), error=RECORD)
    assert [(each.first, each.record) for each in inserted_errors(workbench)] == [(wrong, RECORD)]
    assert workbench.join(prompt) == 1
    (joined,) = inserted_errors(workbench)
    assert joined.record == RECORD
    assert joined.first != wrong
    assert workbench.branches[joined.first].role is Role.ERROR
    workbench.compact()
    assert [each.record for each in inserted_errors(workbench)] == [RECORD]


def test_folds_bookmarks_and_the_part_that_is_looked_at_are_joined_too(drawn):
    workbench, prompt, tip = drawn
    one, two = workbench.visible_children(tip)
    workbench.fold(one, True)
    workbench.bookmark(two, True)
    workbench.hoist(two)
    assert workbench.join(prompt) == 1
    text = workbench.tree.text_to

    def told():
        return (
            [text(node) for node in workbench.folded if workbench.is_visible(node)],
            [text(node) for node in workbench.bookmarks if workbench.is_visible(node)],
            text(workbench.hoisted),
        )

    assert told() == (["abcd"], ["abce"], "abce")
    assert workbench.is_visible(workbench.hoisted)
    workbench.undo()
    assert told() == (["abcd"], ["abce"], "abce")
    assert workbench.hoisted == two
    assert NodeId(two) in workbench.bookmarks


@pytest.mark.parametrize("odd", [None, 3, "abc", {"8": 1}, [None, [1], "8", 10**30]])
def test_chains_that_make_no_sense_are_taken_for_none(drawn, odd):
    workbench, prompt, tip = drawn
    session = workbench._session
    node = workbench.visible_children(tip)[0]
    act = workbench.maker_of(node)
    told = json.loads(act.made_by)
    for growth in told["growths"]:
        growth["chains"] = odd
    session.tell(act.id, json.dumps(told))
    assert workbench.stream_of(node) is None
    assert workbench.join(prompt) == 1
    workbench.compact()
    assert set(streams(workbench)) == set(STREAMS)


def test_a_draft_that_its_own_stream_withdraws_is_of_the_stream_that_keeps_it(engine, tokens):
    session = Session()
    (prompt,) = plant(session, Deed("start"), ROOT, Cutting(tokens("a"), Origin.PROMPT, None))
    made_by = json.dumps({"growths": [{"tip": prompt, "stream": number} for number in (0, 1)]})
    places = {0: [prompt], 1: [prompt]}
    deed = Deed("continue", made_by)
    running = Running(deed, engine.card, engine.vocabulary, places, total=4)
    draft = engine.expects(98, exact=False)
    for place in (1, 0):
        take(session, running, Grew(place, engine.scored(97, 98), draft, -1.0))
    (shared,) = session.visibility.children(prompt)
    take(session, running, Withdrew(1, 1))
    take(session, running, Grew(1, engine.scored(97, 99), draft, -1.0))
    _, other = session.visibility.children(prompt)
    assert deed.act is not None
    made_by = session.history[deed.act].made_by
    assert [stream_of(session.tree, made_by, node) for node in (shared, other)] == [0, 1]
