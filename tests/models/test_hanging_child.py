"""A child that does not answer is found out, ended and replaced; one that only works is not."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from core.engine import Answer, Continue, Expected, Growth, Meter, Read, Reading, Turn
from core.known_error import KnownError
from core.sampling import GREEDY, Stream
from core.tokens import TokenId
from models import engine_child, engine_process
from models.engine_process import EngineProcess
from models.scripted_engine import ScriptedEngine
from models.wire import Ask, Cancel, RenderChat, Tokenize, Wire

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


def is_alive(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process_id}/stat").read_text().split()[2] != "Z"


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


def test_a_child_tells_what_a_cancelled_request_has_cost(start):
    engine, _, _ = start("plain")
    path = engine.tokenize("Mark Zuckerberg is")
    asked = engine.ask(Continue((Growth(path, GREEDY, Stream(0, 0)),), 5000))
    for _ in range(3):
        next(asked)
    asked.close()
    meter = asked.cost(5.0)
    assert meter is not None
    assert 3 <= meter.tokens_read < 5000
    wait_until(lambda: not engine._asked)


ORPHAN = """
import sys
from pathlib import Path
from models.engine_process import EngineProcess

def tell(fraction):
    print(fraction, flush=True)
    return True

EngineProcess(Path("loading"), tell, lambda: None, program=tuple(sys.argv[1:]))
"""

NUMBERED = "import os, runpy, sys; print(os.getpid(), file=sys.stderr, flush=True); "
NUMBERED += f"sys.argv[0] = {CHILD!r}; runpy.run_path({CHILD!r}, run_name='__main__')"


@pytest.mark.usefixtures("start")
def test_no_orphan_outlives_a_window_that_is_killed_while_a_model_loads():
    parent = subprocess.Popen(
        [sys.executable, "-c", ORPHAN, "-c", NUMBERED],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    assert parent.stderr is not None
    child = int(parent.stderr.readline())
    assert float(parent.stdout.readline()) >= 0
    parent.kill()
    parent.wait()
    wait_until(lambda: not is_alive(child), 3)
    parent.stdout.close()
    parent.stderr.close()


@pytest.mark.usefixtures("start")
def test_loading_that_tells_nothing_can_be_stopped():
    heard: list[float] = []
    began = time.monotonic()

    def hear(fraction):
        heard.append(fraction)
        return heard.count(0.5) < 4

    with pytest.raises(KnownError, match="was stopped"):
        EngineProcess(Path("loading"), hear, lambda: None, program=(CHILD,))
    assert heard[-4:] == [0.5] * 4, "what was reported once is told again"
    assert time.monotonic() - began < 10, "loading would take half a minute"


class Failing(ScriptedEngine):
    """Cannot split a text."""

    def tokenize(self, text):
        if text == "fails":
            raise OSError(12, "Cannot allocate memory")
        return super().tokenize(text)

    def render_chat(self, turns):
        return self.tokenize("fails")


@pytest.mark.parametrize("order", [Tokenize(1, "fails"), RenderChat(1, (Turn("user", "x"),))])
def test_who_waits_for_tokens_hears_whatever_goes_wrong(order):
    engine, ear = Failing(), Ear()
    engine_child._Desk(ear, engine).carry_out(order)
    wait_until(lambda: ear.sent)
    (split,) = ear.sent
    assert split.number == 1
    assert isinstance(split.tokens, KnownError)
    assert "Cannot allocate memory" in str(split.tokens)
    engine.close()


def test_who_asks_hears_that_a_request_was_not_taken(monkeypatch):
    engine, ear = ScriptedEngine(), Ear()

    def fail(*_):
        raise ValueError("no such request")

    monkeypatch.setattr(engine, "submit", fail)
    engine_child._Desk(ear, engine).carry_out(Ask(7, long_text(3)))
    (told,) = ear.sent
    assert told.number == 7
    assert "no such request" in str(told.answers[0])
    engine.close()


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
