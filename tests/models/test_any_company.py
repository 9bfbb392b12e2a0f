"""Whatever is asked at once, broken off, cancelled or crowded out: every number is the true one."""

import random
import threading
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.comparison import divergence, log_softmax
from core.engine import (
    Answer,
    Arithmetic,
    Continue,
    Contrast,
    End,
    Expected,
    Grow,
    Growth,
    Meter,
    Priority,
    Read,
    Reading,
    Stepped,
    Stopped,
)
from core.known_error import KnownError
from core.sampling import FREE, GREEDY, Sampler, Stream
from core.tokens import TokenId, Vocabulary
from models.decoder import Interrupted
from models.reading_loop import ReadingLoop
from models.readout import Readout
from models.scripted_decoder import ScriptedDecoder
from models.scripted_engine import ScriptedEngine
from models.tasks import Desk, task_for

SIZE = 30
END = SIZE - 1


class CapriciousDecoder(ScriptedDecoder):
    """Breaks off when `chance` wants it, and rounds differently in batches of another shape."""

    def __init__(self, chance, arithmetic, *, interrupts=0.0, cells=1000, sequences=64):
        super().__init__(SIZE, {}, cells=cells, sequences=sequences)
        self.chance = chance
        self.arithmetic = arithmetic
        self.interrupts = interrupts
        self.rough = set()
        self.breaks = []

    def decode(self, rows):
        if self.breaks:
            raise self.breaks.pop()
        if self.chance.random() < self.interrupts:
            super().decode(rows[: self.chance.randint(0, len(rows))])
            raise Interrupted
        logits = super().decode(rows)
        shape = self.arithmetic
        is_rough = len(rows) < shape.least_rows or len(rows) % shape.row_multiple
        paths = [self._held[row.sequences[0]][: row.position + 1] for row in rows]
        new = {path[-1] for path in paths}
        self.rough = self.rough | new if is_rough else self.rough - new
        wanted = [path for row, path in zip(rows, paths, strict=True) if row.wanted]
        for path, output in zip(wanted, logits, strict=True):
            if not self.rough.isdisjoint(path):
                output[::3] += 0.5
        return logits


def make_task(desk, request):
    return task_for(desk, request)


class Table:
    """A loop without a thread, what was asked of it, and the truth."""

    def __init__(self, decoder, *, context=900):
        pieces = tuple(bytes([token]) for token in range(SIZE))
        vocabulary = Vocabulary(pieces, frozenset(), None, frozenset({END}))
        desk = Desk(Readout(SIZE), vocabulary, context, lambda: self.loop.root)
        self.decoder = decoder
        self.loop = ReadingLoop(decoder, decoder.arithmetic, partial(make_task, desk))
        self.asked = {}
        self._readout = Readout(SIZE)

    def ask(self, request):
        answers: list[Answer | BaseException] = []
        number = self.loop.submit(request, answers.extend)
        self.asked[number] = (request, answers)
        return number

    def cancel(self, number):
        self.loop.cancel(number)
        del self.asked[number]

    def finish(self):
        for _ in range(20_000):
            if not self.loop.step():
                return
        raise AssertionError("the loop does not come to an end")

    def truth(self, path):
        self._readout.load(self.decoder.logits_after(tuple(path)))
        return self._readout

    def assert_all_true(self):
        for request, answers in self.asked.values():
            *answers, last = answers  # noqa: PLW2901 - what is left
            assert isinstance(last, Meter), last
            match request:
                case Read():
                    self._check_read(request, answers)
                case Continue():
                    self._check_continue(request, answers)
                case Grow():
                    self._check_grow(request, answers)
                case Contrast():
                    self._check_contrast(request, answers)
                case _:
                    raise AssertionError(request)

    def _check_read(self, request, answers):
        assert len(answers) == sum(len(r.path) - r.since for r in request.readings)
        for answer in answers:
            reading = request.readings[answer.reading]
            after = answer.index + 1
            truth = self.truth(reading.path[:after])
            assert answer.expects == truth.distribution(request.top, exact=True)
            assert answer.watched == tuple(truth.score(token) for token in reading.watch)
            following = truth.score(reading.path[after]) if after < len(reading.path) else None
            assert answer.following == following

    def _check_continue(self, request, answers):
        for number, growth in enumerate(request.growths):
            *steps, stopped = [a for a in answers if a.growth == number]
            assert isinstance(stopped, Stopped)
            assert stopped.end is not End.LIMIT or len(steps) == request.limit
            path = list(growth.path)
            was_exact = not request.quick
            for drawn, step in enumerate(steps):
                assert isinstance(step, Stepped)
                truth = self.truth(path)
                if was_exact:
                    draw = truth.draw(growth.sampler, growth.stream, drawn, path)
                    assert step.token == truth.score(draw.id)
                    assert step.drawn_logprob == draw.logprob
                path.append(step.token.id)
                was_exact = step.expects.exact
                assert was_exact or request.quick
                if was_exact:
                    expects = self.truth(path).distribution(request.top, exact=True)
                    assert step.expects == expects

    def _check_grow(self, request, answers):
        grown = {answer.index: answer for answer in answers}
        assert len(grown) == len(answers)
        for answer in answers:
            tail, node = [], answer
            while node.token is not None:
                tail.append(node.token.id)
                node = grown[node.parent]
            truth = self.truth((*request.path, *reversed(tail)))
            assert answer.expects == truth.distribution(max(request.top, request.width), exact=True)

    def _check_contrast(self, request, answers):
        assert len(answers) == len(request.others) * (len(request.continuation) + 1)
        for answer in answers:
            forced = request.continuation[: answer.distance]
            one, two = (
                log_softmax(self.decoder.logits_after((*path, *forced)))
                for path in (request.reference, request.others[answer.other])
            )
            found = divergence(one, two)
            told = answer.kl, answer.sqrt_js, answer.flip
            assert told == (found.kl, found.sqrt_js, found.flip)

    def assert_books_are_right(self):
        """The tree knows of every sequence what it holds and of every place who owns it."""
        tree = self.loop._tree
        for sequence, tip in tree._tips.items():
            path, node = [], tip
            while node.parent is not None:
                assert node.owner is not None
                assert node.row is None
                assert node.parent.children[node.token if node.exact else ~node.token] is node
                over = tree._tips[node.owner]
                while over.depth > node.depth:
                    assert over.parent is not None
                    over = over.parent
                assert over is node
                path.append(node.token)
                node = node.parent
            assert self.decoder.tokens_of(sequence) == tuple(reversed(path))
        assert all(self.decoder.tokens_of(sequence) == () for sequence in tree._free)
        assert self.decoder.tokens_of(tree.scratch) == ()


def exactly(least, multiple, most=56):
    return Arithmetic(least, multiple, most, repeats=True, check="")


def request_from(chance, longest):
    letters = chance.randint(0, 2)

    def path():
        length = chance.randint(1, min(longest, chance.choice((3, 10, 40, 200))))
        return tuple(TokenId(chance.randint(0, letters)) for _ in range(length))

    priority = chance.choice(tuple(Priority))
    match chance.randint(0, 3):
        case 0:
            paths = [path() for _ in range(chance.randint(1, 5))]
            watch = (TokenId(chance.randrange(SIZE)),)
            readings = tuple(Reading(p, chance.randrange(len(p)), watch) for p in paths)
            return Read(readings, chance.randint(1, SIZE), priority)
        case 1:
            samplers = FREE, GREEDY, Sampler(temperature=0.5, top_k=5)
            growths = tuple(
                Growth(path(), chance.choice(samplers), Stream(1, number))
                for number in range(chance.randint(1, 4))
            )
            quick = chance.random() < 0.5
            return Continue(growths, chance.randint(1, 8), quick, priority=priority)
        case 2:
            width, depth = chance.randint(1, 3), chance.randint(1, 4)
            return Grow(path(), width, depth, chance.choice((0, 0.05)), 2, priority)
        case _:
            others = tuple(path() for _ in range(chance.randint(1, 3)))
            continuation = tuple(TokenId(chance.randint(0, letters)) for _ in range(7))
            return Contrast(path(), others, continuation[: chance.randint(0, 7)], priority)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_number_is_true_and_every_request_ends_in_any_company(seed):
    chance = random.Random(seed)
    cells = chance.choice((60, 120, 200, 400, 1000))
    most = min(chance.choice((8, 16, 56)), cells // 4 // 8 * 8)
    decoder = CapriciousDecoder(
        chance,
        exactly(*chance.choice(((1, 1), (2, 1), (8, 8))), most),
        interrupts=chance.choice((0, 0.1, 0.4)),
        cells=cells,
        sequences=chance.choice((3, 4, 6, 8, 20, 64)),
    )
    table = Table(decoder, context=cells - most)
    for _ in range(chance.randint(1, 10)):
        table.ask(request_from(chance, cells - most - 8))
        for _ in range(chance.randint(0, 6)):
            table.loop.step()
        if chance.random() < 0.2:
            table.cancel(chance.choice(tuple(table.asked)))
    table.finish()
    table.assert_all_true()
    table.assert_books_are_right()


def ids(*tokens):
    return tuple(TokenId(token) for token in tokens)


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
