"""Stop takes effect while a long text is being read, whoever waits for it."""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.engine import Answer, End, Expected, Meter, Path, Priority, Read, Reading, Speed, Stopped
from core.generation import Route, read_routes
from core.jobs import JobEnded, JobId, JobStarted, ThreadRunner
from core.tokens import TokenId
from core.workbench import Workbench
from models.answers import Answers, Asked, Delivery
from models.decoder import Interrupted
from models.scripted_decoder import ScriptedDecoder
from models.scripted_engine import ScriptedEngine

LONG = tuple(TokenId(n) for n in range(200))
AT_ONCE = 0.1
"""Seconds; the batch itself would take half a minute."""


class SlowDecoder(ScriptedDecoder):
    """Takes half a minute for a batch of more than 20 rows, unless it is interrupted."""

    def __init__(self, size):
        super().__init__(size, {})
        self.began = threading.Event()
        self.stop = threading.Event()
        self.broken_off = threading.Event()
        self.is_slow = True

    def decode(self, rows):
        if len(rows) > 20 and self.is_slow:
            self.began.set()
            if self.stop.wait(30):
                self.stop.clear()
                self.broken_off.set()
                raise Interrupted
        return super().decode(rows)

    def interrupt(self):
        self.stop.set()


@pytest.fixture
def engine():
    engine = ScriptedEngine()
    engine.replace_decoder(SlowDecoder(len(engine.vocabulary)))
    yield engine
    engine.close()


def test_a_job_that_waits_for_a_long_text_stops_and_frees_the_engine(engine):
    events: queue.SimpleQueue[object] = queue.SimpleQueue()
    runner = ThreadRunner(events.put)
    decoder = engine._decoder
    runner.submit(JobId(1), lambda line: read_routes(line, [Route(0, LONG, 199)]), engine)
    assert isinstance(events.get(timeout=5), JobStarted)
    assert decoder.began.wait(5)
    stopped = time.monotonic()
    runner.stop(JobId(1))
    assert events.get(timeout=5) == JobEnded(JobId(1), stopped=True)
    assert decoder.broken_off.wait(5)
    assert time.monotonic() - stopped < AT_ONCE
    answers = list(engine.ask(Read((Reading(LONG[:3]),))))
    assert sum(isinstance(answer, Expected) for answer in answers) == 3
    runner.close()


def test_a_click_breaks_off_what_nobody_waits_for(engine):
    decoder = SlowDecoder(len(engine.vocabulary))
    engine._card = replace(engine.card, speed=Speed(1000, 100))  # so that its batches are full
    engine.replace_decoder(decoder)
    aside = engine.ask(Read((Reading(LONG, 199),), priority=Priority.BACKGROUND))
    assert decoder.began.wait(5)
    clicked = time.monotonic()
    answers = list(engine.ask(Read((Reading(LONG[:3]),))))
    assert sum(isinstance(answer, Expected) for answer in answers) == 3
    assert decoder.broken_off.is_set()
    assert time.monotonic() - clicked < AT_ONCE
    decoder.is_slow = False
    decoder.stop.set()
    assert isinstance(list(aside)[-1], Meter), "it goes on where it was"


def test_a_stopped_job_asks_nothing_more(engine):
    events: queue.SimpleQueue[object] = queue.SimpleQueue()
    runner = ThreadRunner(events.put)
    asked: list[Path] = []

    def work(line):
        for text in (LONG[:3], LONG[3:6], LONG[6:9]):
            for answer in line.ask(Read((Reading(text),))):
                asked.append(text)
                if isinstance(answer, Meter):
                    runner.stop(JobId(1))
        yield from ()

    runner.submit(JobId(1), work, engine)
    assert isinstance(events.get(timeout=5), JobStarted)
    assert events.get(timeout=5) == JobEnded(JobId(1), stopped=True)
    assert set(asked) == {LONG[:3]}
    runner.close()


def test_answers_can_be_closed_by_another_thread_than_the_one_that_waits(engine):
    asked = engine.ask(Read((Reading(LONG, 199),)))
    got: list[Answer] = []
    waiting = threading.Thread(target=lambda: got.extend(asked))
    waiting.start()
    assert engine._decoder.began.wait(5)
    asked.close()
    waiting.join(5)
    assert not waiting.is_alive()
    assert got == []


def test_answers_that_are_closed_while_one_is_taken_end_there():
    answers = Answers()
    asked = Asked(answers, lambda: None)

    class Closing(Delivery):
        def pop(self, *_):
            asked.close()  # as another thread may, at any moment
            return super().pop()

    one = Stopped(0, End.LIMIT)
    asked._next = Closing([one])
    assert next(asked) is one
    with pytest.raises(StopIteration):
        next(asked)


def test_a_closed_request_tells_what_it_had_cost():
    answers = Answers()
    asked = Asked(answers, lambda: answers.deliver([Meter(5, 2, 0.1)]))
    answers.deliver([Stopped(0, End.LIMIT), Stopped(1, End.LIMIT)])
    next(asked)
    asked.close()
    with pytest.raises(StopIteration):
        next(asked)
    assert asked.cost(5.0) == Meter(5, 2, 0.1)
    assert asked.cost(5.0) is None, "it is told once"
    told = Answers()
    told.deliver([Meter(1, 1, 0.1)])
    whole = Asked(told, lambda: None)
    assert list(whole) == [Meter(1, 1, 0.1)]
    assert whole.cost(5.0) is None, "it was told at the end"
    assert Asked(Answers(), lambda: None).cost(0.01) is None, "who is silent is not waited for"


class SteppedDecoder(ScriptedDecoder):
    """Reads on only as far as it is let."""

    def __init__(self, size):
        super().__init__(size, {})
        self.let = threading.Semaphore(0)
        self.batches = 0

    def decode(self, rows):
        assert self.let.acquire(timeout=5)
        self.batches += 1
        return super().decode(rows)

    def interrupt(self):
        self.let.release()


def test_what_a_stopped_job_has_read_is_in_the_total(engine):
    decoder = SteppedDecoder(len(engine.vocabulary))
    engine.replace_decoder(decoder)
    posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    workbench = Workbench(posted.put, ThreadRunner, None)
    workbench.attach_engine(engine)
    workbench.start_prompt(engine.vocabulary.tokens(LONG))
    decoder.let.release()
    until = time.monotonic() + 5
    while decoder.batches < 1 and time.monotonic() < until:
        time.sleep(0.001)
    workbench.stop_all()
    decoder.let.release(5)
    while not workbench.meter.tokens_read and time.monotonic() < until:
        posted.get(timeout=5)()
    assert 56 <= workbench.meter.tokens_read < len(LONG)
    assert workbench.meter.seconds > 0
    assert workbench.pace.rate("read") is None, "it tells nothing of the pace"
    workbench.close()
