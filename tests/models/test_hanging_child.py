"""A child that does not answer is found out, ended and replaced; one that only works is not."""

import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from core.engine import Answer, Expected, Meter, Read, Reading
from core.known_error import KnownError
from core.tokens import TokenId
from models import engine_child, engine_process
from models.engine_process import EngineProcess
from models.scripted_engine import ScriptedEngine
from models.wire import Ask, Cancel, Wire

CHILD = str(Path(__file__).parent / "scripted_child.py")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals")


@pytest.fixture
def start(monkeypatch):
    """Start scripted children; whatever is left is ended."""
    here = str(Path(__file__).parent.parent.parent)
    monkeypatch.setenv("PYTHONPATH", here)
    monkeypatch.setattr(engine_process, "SILENCE", 1.2)
    started: list[EngineProcess] = []

    def begin(name):
        deaths: list[str] = []
        silences: list[bool] = []
        engine = EngineProcess(
            Path(name), lambda _: True, lambda: deaths.append("died"), program=(CHILD,)
        )
        engine.watch(silences.append)
        started.append(engine)
        return engine, silences, deaths

    yield begin
    for engine in started:
        engine.close()


def wait_until(condition, seconds=8.0):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


class Ear(Wire):
    """Hears what a child would send."""

    def __init__(self):
        self.sent: list[Any] = []

    def send(self, record):
        self.sent.append(record)


def long_text(count=60):
    return Read((Reading(tuple(TokenId(n) for n in range(count))),))


def test_a_stopped_child_is_said_to_be_silent_and_heard_again_when_it_goes_on(start):
    engine, silences, deaths = start("plain")
    path = engine.tokenize("Mark Zuckerberg is")
    os.kill(engine.process_id, signal.SIGSTOP)
    wait_until(lambda: silences == [True])
    os.kill(engine.process_id, signal.SIGCONT)
    wait_until(lambda: silences == [True, False])
    answers = list(engine.ask(Read((Reading(path),))))
    assert sum(isinstance(answer, Expected) for answer in answers) == len(path)
    assert deaths == []


def test_ending_a_stopped_child_ends_its_request_with_one_error(start):
    engine, silences, deaths = start("plain")
    os.kill(engine.process_id, signal.SIGSTOP)
    asked = engine.ask(long_text())
    wait_until(lambda: silences == [True])
    errors: list[str] = []

    def wait():
        try:
            list(asked)
        except KnownError as error:
            errors.append(str(error))

    waiting = threading.Thread(target=wait)
    waiting.start()
    began = time.monotonic()
    engine.close()
    assert time.monotonic() - began < 1, "it is not asked kindly any more"
    waiting.join(5)
    assert errors == [engine_process.CLOSED]
    assert deaths == []
    again, _, _ = start("plain")
    assert again.tokenize("Mark")


def test_a_batch_without_end_is_found_out(start, monkeypatch):
    monkeypatch.setattr(engine_process, "PATIENCE", 1.0)
    engine, silences, _ = start("stuck")
    asked = engine.ask(long_text())
    wait_until(lambda: silences == [True])
    engine.close()
    with pytest.raises(KnownError, match="unloaded"):
        list(asked)


def test_a_child_forgets_what_it_has_answered():
    engine, ear = ScriptedEngine(), Ear()
    desk = engine_child._Desk(ear, engine)
    for number in range(20):
        desk.carry_out(Ask(number, long_text(3)))
    wait_until(lambda: sum(isinstance(told.answers[-1], Meter) for told in ear.sent) == 20)
    wait_until(lambda: not desk._serving)
    desk.carry_out(Cancel(3))
    engine.close()


def test_a_child_that_only_reads_for_long_is_left_alone_and_stops_at_once(start):
    engine, silences, deaths = start("slow")
    asked = engine.ask(long_text())
    time.sleep(2.5)  # twice as long as silence is borne
    assert silences == []
    errors: list[KnownError] = []
    answers: list[Answer] = []

    def wait():
        try:
            answers.extend(asked)
        except KnownError as error:
            errors.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    stopped = time.monotonic()
    asked.close()
    waiting.join(5)
    path = engine.tokenize("Mark")
    list(engine.ask(Read((Reading(path),))))
    assert time.monotonic() - stopped < 0.5, "the batch would take half a minute"
    assert (errors, answers, deaths) == ([], [], [])
