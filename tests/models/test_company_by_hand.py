"""Requests that met badly once: each is served as if it were alone."""

import random
import threading

import pytest

from core.engine import (
    Continue,
    Contrast,
    Expected,
    Growth,
    Meter,
    Priority,
    Read,
    Reading,
    Stepped,
)
from core.known_error import KnownError
from core.sampling import FREE, GREEDY, Stream
from core.tokens import TokenId
from models.scripted_engine import ScriptedEngine
from tests.models.company import SIZE, CapriciousDecoder, Table, exactly, ids


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


def test_what_was_streamed_quickly_is_never_the_base_of_an_exact_number(table):
    path = ids(1, 2, 3)
    table.ask(Continue((Growth(path, FREE, Stream(1, 1)),), 5, quick=True))
    table.finish()
    steps = [a for a in table.asked[1][1] if isinstance(a, Stepped)]
    assert not any(step.expects.exact for step in steps)
    grown = (*path, *(step.token.id for step in steps))
    table.ask(Read((Reading(grown, len(grown) - 1),)))
    table.finish()
    table.assert_all_true()
    table.assert_books_are_right()


def test_what_was_read_exactly_again_crowds_out_what_was_streamed(table):
    path = ids(1, 2, 3)
    table.ask(Continue((Growth(path, FREE, Stream(1, 1)),), 5, quick=True))
    table.finish()
    steps = [a for a in table.asked[1][1] if isinstance(a, Stepped)]
    grown = (*path, *(step.token.id for step in steps))
    table.ask(Read((Reading(grown),)))
    table.finish()
    assert all(tip.exact for tip in table.loop._tree._tips.values())
    table.assert_books_are_right()


def test_an_exact_reading_that_shares_a_quick_row_is_exact(table):
    path = ids(1)
    table.ask(Continue((Growth(path, FREE, Stream(1, 1)),), 1, quick=True))
    table.ask(Read((Reading(path),)))
    table.finish()
    table.assert_all_true()


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
