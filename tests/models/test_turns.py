"""Where not all fit beside each other, nobody waits who need not, and little is read twice."""

import random
from dataclasses import replace

import pytest

from core.engine import Continue, Growth, Meter, Priority, Read, Reading, Speed, Stepped
from core.sampling import FREE, Stream
from core.tokens import TokenId
from models.turns import ROOM
from tests.models.company import END, CapriciousDecoder, Table, exactly, ids


class Endless(CapriciousDecoder):
    """Never ends a text, and counts the rows of each batch."""

    def __init__(self, rule=(2, 1), **how):
        super().__init__(random.Random(1), exactly(*rule), **how)
        self.sizes = []

    def logits_after(self, path):
        logits = super().logits_after(path).copy()
        logits[END] = -60
        return logits

    def decode(self, rows):
        logits = super().decode(rows)
        self.sizes.append(len(rows))
        return logits


def some_text(number, length):
    return tuple(TokenId((number * 7 + index * 11) % END) for index in range(length))


def too_many(priority=Priority.USER):
    """Return a request whose eight branches of 90 tokens do not fit into 400 cells."""
    growths = tuple(Growth(some_text(n, 90), FREE, Stream(1, n)) for n in range(8))
    return Continue(growths, 100, priority=priority)


def is_answered(table, number):
    answers = table.asked[number][1]
    return bool(answers) and isinstance(answers[-1], Meter)


def batches_until(table, number):
    count = 0
    while not is_answered(table, number):
        assert table.loop.step()
        count += 1
    return count


@pytest.fixture
def crowded():
    """A table of 400 cells at which too many branches grow since the cache ran full."""
    table = Table(Endless(cells=400, sequences=250), context=340)
    crowd = table.ask(too_many())
    while not table.loop._turns._crowd:
        assert table.loop.step()
    return table, crowd


def test_more_requests_than_rows_share_a_batch():
    table = Table(Endless(sequences=250))
    for number in range(70):
        table.ask(Read((Reading(ids(number % 29, number // 29, 3)),)))
    table.finish()
    table.assert_all_true()


def test_a_click_beside_branches_that_do_not_fit_is_answered_at_once(crowded):
    table, crowd = crowded
    click = table.ask(Read((Reading(ids(1, 2)),)))
    assert batches_until(table, click) <= 2
    assert not is_answered(table, crowd)
    table.finish()
    table.assert_all_true()
    table.assert_books_are_right()


def test_a_branch_that_grows_beside_them_does_not_wait_when_the_cache_runs_full_again(crowded):
    table, crowd = crowded
    growth = Growth(ids(1, 2), FREE, Stream(1, 20))
    branch = table.ask(Continue((growth,), 80))
    assert batches_until(table, branch) < 2 * 80
    assert not is_answered(table, crowd)
    table.finish()
    table.assert_all_true()


def test_a_user_does_not_wait_for_an_experiment_that_does_not_fit():
    table = Table(Endless(cells=400, sequences=250), context=340)
    table.ask(too_many(Priority.BACKGROUND))
    for _ in range(30):
        table.loop.step()
    click = table.ask(Read((Reading(ids(1, 2)),)))
    assert batches_until(table, click) == 1


@pytest.mark.parametrize(
    ("tokens_a_second", "rule", "rows"),
    [
        (None, (2, 1), 16),
        (3, (2, 1), 2),
        (3, (8, 8), 8),
        (50, (8, 8), 24),
        (170, (2, 1), 56),
        (9000, (2, 1), 56),
    ],
)
def test_what_nobody_waits_for_is_read_in_batches_no_longer_than_what_a_click_may_waste(
    tokens_a_second, rule, rows
):
    speed = None if tokens_a_second is None else Speed(tokens_a_second, 1.0)
    decoder = Endless(rule=rule)
    table = Table(decoder, speed=speed)
    table.ask(Read((Reading(some_text(1, 300)),), priority=Priority.BACKGROUND))
    table.loop.step()
    assert decoder.sizes == [rows]
    table.ask(Read((Reading(some_text(2, 300)),)))
    table.loop.step()
    assert decoder.sizes == [rows, 56], "what a user waits for is read as fast as it can be"
    table.finish()
    table.assert_all_true()


def test_a_branch_that_a_user_watches_grows_beside_an_experiment_as_if_it_were_alone():
    decoder = Endless()
    table = Table(decoder)
    table.ask(Read((Reading(some_text(1, 300)),), priority=Priority.BACKGROUND))
    branch = table.ask(Continue((Growth(ids(1, 2), FREE, Stream(1, 20)),), 10))
    batches_until(table, branch)
    assert max(decoder.sizes) == 2, "the experiment takes only the row that fills the batch"
    table.finish()
    table.assert_all_true()
    table.assert_books_are_right()


def test_a_batch_full_of_what_users_wait_for_takes_nothing_of_an_experiment():
    decoder = Endless(rule=(8, 8))
    decoder.arithmetic = replace(decoder.arithmetic, most_rows=20)
    table = Table(decoder)
    table.ask(Read((Reading(some_text(1, 300)),), priority=Priority.BACKGROUND))
    table.ask(Read((Reading(some_text(2, 300)),)))
    table.loop.step()
    assert decoder.sizes == [20], "not 24, which the multiple alone would make of 20"


def test_when_the_crowd_is_stopped_all_share_again(crowded):
    table, crowd = crowded
    table.cancel(crowd)
    table.finish()
    table.decoder.sizes.clear()
    for number in range(4):
        table.ask(Read((Reading(ids(number, 2, 3, 4, 5)),)))
    table.finish()
    assert table.decoder.sizes == [20]
    table.assert_all_true()


def test_a_cache_full_of_old_branches_is_no_reason_to_grow_one_by_one():
    table = Table(Endless(cells=820, sequences=250), context=700)
    trunk = some_text(0, 300)
    for number in range(2):
        table.ask(Read((Reading(some_text(number, 300)),)))
        table.finish()
    table.decoder.sizes.clear()
    growths = tuple(Growth((*trunk, TokenId(n)), FREE, Stream(1, n)) for n in range(8))
    table.ask(Continue(growths, 40))
    table.finish()
    read_again = (len(trunk) + 8 * 40) / 56
    assert len(table.decoder.sizes) < 41 + 1.5 * read_again
    assert ROOM * 820 > 300 + 8 * 28, "what is at work when it runs full leaves room"
    table.assert_all_true()


def test_more_branches_than_sequences_are_hardly_read_twice():
    table = Table(Endless(cells=60_000, sequences=80), context=50_000)
    growths = tuple(Growth(ids(1, 2, 3), FREE, Stream(1, n)) for n in range(140))
    number = table.ask(Continue(growths, 30))
    table.finish()
    *answers, meter = table.asked[number][1]
    assert sum(isinstance(answer, Stepped) for answer in answers) == 140 * 30
    assert meter.tokens_read < 1.25 * 140 * 30
    table.assert_books_are_right()
