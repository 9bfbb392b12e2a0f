"""Requests that met badly once: each is served as if it were alone."""

import itertools
import random
import threading
from unittest.mock import patch

import pytest

from core.engine import (
    Answer,
    Continue,
    Contrast,
    Expected,
    Grow,
    Grown,
    Growth,
    Meter,
    Priority,
    Read,
    Reading,
    Settled,
    Stepped,
    Stopped,
    Withdrawn,
)
from core.known_error import KnownError
from core.sampling import FREE, GREEDY, Sampler, Stream
from core.tokens import TokenId
from models.continue_task import _Growing
from models.scripted_engine import ScriptedEngine
from tests.models.company import SIZE, CapriciousDecoder, Table, exactly, ids, what_is_left


@pytest.fixture
def table():
    chance = random.Random(1)
    return Table(CapriciousDecoder(chance, exactly(2, 1)))


def test_a_tip_can_be_read_again_and_built_upon_in_one_batch(table):
    path = ids(1, 2, 3)
    table.ask(Read((Reading(path),)))
    table.finish()
    table.ask(Read((Reading(path, 2), Reading((*path, TokenId(4)), 3))))
    table.finish()
    table.assert_all_true()
    table.assert_books_are_right()


def test_two_readings_that_share_rows_out_of_order_are_told_in_order(table):
    path = ids(1, 2, 3)
    table.ask(Read((Reading(path),)))
    table.finish()
    longer = (*path, TokenId(4))
    table.ask(Read((Reading(longer, 3), Reading(longer, 1))))
    table.finish()
    *answers, _ = table.asked[2][1]
    assert [a.index for a in answers if isinstance(a, Expected) and a.reading == 1] == [1, 2, 3]
    table.assert_all_true()


def grown_alone(table, path, limit, **how):
    """Let a branch grow with nobody beside it; return what was told of it."""
    how = {"block": 16} | how
    number = table.ask(Continue((Growth(path, FREE, Stream(1, 1)),), limit, **how))
    table.finish()
    return table.asked[number][1]


@pytest.fixture
def impatient(monkeypatch):
    """Every draft is told at once, as if the model were slow."""
    monkeypatch.setattr("models.continue_task.PATIENCE", 0.0)


@pytest.mark.usefixtures("impatient")
def test_a_branch_that_grows_alone_is_told_in_drafts_which_are_settled_or_taken_back(table):
    answers = grown_alone(table, ids(1, 2, 3), 40, drafts=True)
    assert {type(answer) for answer in answers} == {Stepped, Settled, Withdrawn, Stopped, Meter}
    table.assert_all_true()
    table.assert_books_are_right()


def test_drafts_that_are_proved_soon_are_not_told_before(table, monkeypatch):
    monkeypatch.setattr("models.continue_task.PATIENCE", 1e9)
    answers = grown_alone(table, ids(1, 2, 3), 40, drafts=True, block=8)
    assert {type(answer) for answer in answers} == {Stepped, Stopped, Meter}
    table.assert_all_true()


def test_without_drafts_only_what_is_proved_is_told(table):
    answers = grown_alone(table, ids(1, 2, 3), 40)
    assert all(answer.expects.exact for answer in answers[:-2])
    assert {type(answer) for answer in answers} == {Stepped, Stopped, Meter}
    table.assert_all_true()


@pytest.mark.parametrize("block", [1, 2, 16, 100])
def test_how_many_are_drafted_at_a_time_changes_no_text(table, block):
    path = ids(1, 2, 3)
    alone = what_is_left(grown_alone(table, path, 30, drafts=True, block=block), 0)
    company = Table(CapriciousDecoder(random.Random(1), exactly(2, 1)))
    company.ask(Continue(tuple(Growth(path, FREE, Stream(1, n)) for n in (1, 2, 3)), 30))
    company.finish()
    assert alone == what_is_left(company.asked[1][1], 0)


@pytest.mark.usefixtures("impatient")
def test_a_slow_model_s_drafts_are_told_one_by_one(table):
    told: list[list[object]] = []
    growth = Growth(ids(1, 2, 3), FREE, Stream(1, 1))
    table.loop.submit(Continue((growth,), 9, drafts=True, block=9), told.append)
    for _ in range(4):
        table.loop.step()
    assert [len(answers) for answers in told] == [1, 1, 1], "one a batch, after the tip's own"


@pytest.mark.parametrize("branches", [1, 3, 4])
def test_drafts_are_made_where_an_exact_batch_would_mostly_be_filling(branches):
    table = Table(CapriciousDecoder(random.Random(1), exactly(8, 8)))
    growths = tuple(Growth(ids(1, 2, n), FREE, Stream(1, n)) for n in range(branches))
    table.ask(Continue(growths, 9))
    with patch.object(table.decoder, "decode", wraps=table.decoder.decode) as decode:
        table.finish()
    smallest = min(len(call.args[0]) for call in decode.call_args_list)
    assert (smallest < 8) == (branches <= 3)
    table.assert_all_true()


def test_a_draft_is_never_the_base_of_an_exact_number(table):
    answers = grown_alone(table, ids(1, 2, 3), 12, drafts=True, block=100)
    drafts = [answer.token.id for answer in answers if isinstance(answer, Stepped)]
    grown = (*ids(1, 2, 3), *drafts)
    table.ask(Read((Reading(grown, len(grown) - 1),)))
    table.finish()
    table.assert_all_true()
    table.assert_books_are_right()


def test_what_was_proved_crowds_out_the_drafts(table):
    grown_alone(table, ids(1, 2, 3), 5, drafts=True)
    assert all(tip.exact for tip in table.loop._tree._tips.values())
    table.assert_books_are_right()


def test_an_exact_reading_that_shares_a_draft_is_exact(table):
    path = ids(1)
    table.ask(Continue((Growth(path, FREE, Stream(1, 1)),), 1, drafts=True))
    table.ask(Read((Reading(path),)))
    table.finish()
    table.assert_all_true()


def test_what_was_used_last_is_kept_when_sequences_run_short():
    table = Table(CapriciousDecoder(random.Random(1), exactly(2, 1), sequences=4))

    def tokens_read(path):
        number = table.ask(Read((Reading(path, len(path) - 1),)))
        table.finish()
        return table.asked[number][1][-1].tokens_read

    first, second, third, fourth = (ids(n, 2, 3, 4) for n in range(4))
    for path in (first, second, third):
        assert tokens_read(path) == 4
    assert tokens_read((*first, TokenId(5))) == 1
    assert tokens_read(fourth) == 4
    assert tokens_read((*first, *ids(5, 6))) == 1, "it was used after the second and the third"
    assert tokens_read((*third, TokenId(5))) == 1
    assert tokens_read((*second, TokenId(5))) == 5, "the idlest gave way"
    table.assert_all_true()


def test_a_tree_ends_where_the_context_does():
    table = Table(CapriciousDecoder(random.Random(1), exactly(2, 1)), context=20)
    table.ask(Grow(ids(*[1] * 18), width=2, depth=9))
    table.finish()
    table.assert_all_true()
    nodes = [answer for answer in table.asked[1][1] if isinstance(answer, Grown)]
    assert 1 <= len(nodes) <= 1 + 2 + 4
    assert max(len(tail_of(node, nodes)) for node in nodes) == 2


def tail_of(node, nodes):
    by_index = {each.index: each for each in nodes}
    tail = []
    while node.token is not None:
        tail.append(node.token.id)
        node = by_index[node.parent]
    return tail


def test_penalties_know_the_newest_token(table):
    sampler = Sampler(temperature=0, presence_penalty=1000.0, penalty_window=1)
    table.ask(Continue((Growth(ids(1, 2, 3), sampler, Stream(1, 1)),), 12))
    table.finish()
    table.assert_all_true()
    grown = [answer.token.id for answer in table.asked[1][1] if isinstance(answer, Stepped)]
    assert all(one != two for one, two in itertools.pairwise([3, *grown]))


def test_more_branches_than_cells_are_read_one_after_the_other():
    decoder = CapriciousDecoder(random.Random(1), exactly(1, 1), cells=100)
    table = Table(decoder, context=90)
    paths = [ids(n, *[1] * 39) for n in range(5)]
    table.ask(Continue(tuple(Growth(path, GREEDY, Stream(0, 0)) for path in paths), 3))
    table.finish()
    table.assert_all_true()


def test_a_text_that_never_fits_is_a_sentence():
    decoder = CapriciousDecoder(random.Random(1), exactly(1, 1), cells=20)
    table = Table(decoder)
    table.ask(Read((Reading(ids(*[1] * 30)),)))
    table.finish()
    (_, answers) = table.asked[1]
    assert isinstance(answers[-1], KnownError)


def test_a_failing_decoder_fails_who_asked_and_serves_the_next(table):
    table.decoder.breaks.append(KnownError("llama.cpp could not read the text"))
    table.ask(Read((Reading(ids(1, 2)),)))
    table.finish()
    assert [type(answer) for answer in table.asked.pop(1)[1]] == [KnownError]
    table.ask(Read((Reading(ids(1, 2)),)))
    table.finish()
    table.assert_all_true()
    table.assert_books_are_right()


def test_after_its_error_a_request_says_nothing_more(table):
    table.ask(Read((Reading(ids(1, 2, 3), watch=ids(5)), Reading(ids(1)))))
    other = table.ask(Read((Reading(ids(4, 5)),)))
    _, answers = table.asked[1]
    task = table.loop._arrivals[0].task
    take = task._take

    def take_badly(served, number, arrival):
        if arrival.place.depth == 2:
            raise RuntimeError("a bug")
        take(served, number, arrival)

    task._take = take_badly
    table.finish()
    assert isinstance(answers[-1], RuntimeError)
    assert not any(isinstance(answer, RuntimeError | Meter) for answer in answers[:-1])
    del table.asked[1]
    assert table.asked[other][1]
    table.assert_all_true()


def test_tokens_that_do_not_exist_are_a_sentence(table):
    nowhere = ids(SIZE)
    table.ask(Read((Reading(nowhere),)))
    table.ask(Read((Reading(ids(1), watch=nowhere),)))
    table.ask(Read((Reading(ids(1), since=4),)))
    table.ask(Contrast(ids(1), (ids(2),), nowhere))
    table.finish()
    assert all(isinstance(answers[-1], KnownError) for _, answers in table.asked.values())


def test_a_user_is_served_before_an_experiment(table):
    table.ask(Read((Reading(ids(*[1] * 500)),), priority=Priority.BACKGROUND))
    table.loop.step()
    table.ask(Read((Reading(ids(2, 3)),)))
    table.loop.step()
    assert isinstance(table.asked[2][1][-1], Meter)
    table.finish()
    table.assert_all_true()


def test_who_waits_when_the_model_is_unloaded_is_told(monkeypatch):
    engine = ScriptedEngine()
    started, release = threading.Event(), threading.Event()
    decode = engine._decoder.decode

    def wait(rows):
        started.set()
        assert release.wait(5)
        return decode(rows)

    monkeypatch.setattr(engine._decoder, "decode", wait)
    asked = engine.ask(Continue((Growth(ids(1), GREEDY, Stream(0, 0)),), limit=8000))
    assert started.wait(5)
    closing = threading.Thread(target=engine.close)
    closing.start()
    while not engine._closed:
        pass
    release.set()
    with pytest.raises(KnownError, match="unloaded"):
        list(asked)
    closing.join()
    with pytest.raises(KnownError, match="unloaded"):
        engine.ask(Read((Reading(ids(1)),)))


def test_a_cancelled_request_tells_what_was_read_and_nothing_more(table):
    told: list[Answer | BaseException] = []
    number = table.loop.submit(Read((Reading(ids(*[1] * 500), 499),)), told.extend)
    for _ in range(5):
        table.loop.step()
    table.loop.cancel(number)
    table.finish()
    (meter,) = told
    assert isinstance(meter, Meter)
    assert (meter.tokens_read, meter.tokens_reused) == (5 * 56, 0)
    assert meter.seconds > 0
    unread: list[Answer | BaseException] = []
    number = table.loop.submit(Read((Reading(ids(1)),)), unread.extend)
    table.loop.cancel(number)
    table.finish()
    assert unread == [Meter(0, 0, 0.0)]


@pytest.mark.parametrize("window", [0, 2, 3, 5, 64])
def test_penalties_look_at_the_end_of_a_path_and_no_further(window):
    sampler = Sampler(repeat_penalty=1.3, penalty_window=window)
    state = _Growing(Growth(ids(1, 2, 3), sampler, Stream(0, 0)), tokens=[4, 5, 6])
    for drawn in range(4):
        whole = [1, 2, 3, 4, 5, 6][: 3 + drawn]
        assert state.written(drawn) == whole[-window:]
