"""The engine in a child: it dies alone, it leaves no orphan, and it stops when told."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.engine import Expected, Read, Reading
from core.known_error import KnownError
from core.tokens import TokenId
from models.catalog import starter_model
from models.engine_process import EngineProcess

pytestmark = [pytest.mark.model, pytest.mark.timeout(60)]


@pytest.fixture
def deaths():
    return []


@pytest.fixture
def child(deaths):
    engine = EngineProcess(starter_model(), lambda _: True, lambda: deaths.append("died"))
    yield engine
    engine.close()


def ids(*tokens):
    return tuple(TokenId(token) for token in tokens)


def is_alive(process_id):
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{process_id}/stat").read_text().split()[2] != "Z"


def wait_until(condition, seconds=5):
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    assert condition()


def test_a_killed_engine_is_a_sentence_and_an_event_once(child, deaths):
    asked = child.ask(Read((Reading(ids(*range(1000, 4000))),)))
    next(asked)
    os.kill(child.process_id, signal.SIGKILL)
    with pytest.raises(KnownError, match="stopped unexpectedly"):
        list(asked)
    wait_until(lambda: deaths)
    with pytest.raises(KnownError):
        child.tokenize("x")
    with pytest.raises(KnownError):
        list(child.ask(Read((Reading(ids(1, 2)),))))
    assert deaths == ["died"]


def test_an_interrupt_from_the_terminal_is_the_parents_to_answer(child, deaths):
    os.kill(child.process_id, signal.SIGINT)
    assert len(list(child.ask(Read((Reading(ids(1, 2)),))))) > 1
    assert deaths == []


def test_closing_is_not_a_death(child, deaths):
    process = child.process_id
    child.close()
    assert not is_alive(process)
    assert deaths == []
    with pytest.raises(KnownError, match="unloaded"):
        child.tokenize("x")


def test_stopping_a_long_prompt_frees_the_engine_at_once(child):
    path = child.tokenize("Mark Zuckerberg")
    asked = child.ask(Read((Reading(ids(*range(1000, 5000))),)))
    next(asked)
    stopped = time.monotonic()
    asked.close()
    answers = list(child.ask(Read((Reading(path),))))
    assert time.monotonic() - stopped < 5, "reading on would take 20 seconds"
    assert sum(isinstance(answer, Expected) for answer in answers) == len(path)


def test_loading_can_be_stopped():
    with pytest.raises(KnownError, match="was stopped"):
        EngineProcess(starter_model(), lambda _: False, lambda: None)


def test_a_llama_cpp_for_another_processor_says_so():
    program = ("-c", "import os, signal; os.kill(os.getpid(), signal.SIGILL)")
    with pytest.raises(KnownError, match="another processor"):
        EngineProcess(starter_model(), lambda _: True, lambda: None, program=program)


ORPHAN = """
import sys, time
from models.catalog import starter_model
from models.engine_process import EngineProcess
engine = EngineProcess(starter_model(), lambda _: True, lambda: None)
print(engine.process_id, flush=True)
time.sleep(60)
"""


def test_no_orphan_outlives_a_killed_window():
    parent = subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    engine = int(parent.stdout.readline())
    assert is_alive(engine)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    wait_until(lambda: not is_alive(engine))
