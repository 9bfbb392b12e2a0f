"""What several houses' tests share."""

import gc
import os
import sys

import pytest
from hypothesis import settings

from gui.app import GARBAGE
from models.catalog import starter_model
from models.engine_process import EngineProcess
from models.scripted_engine import ScriptedEngine

if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Continuous integration tries the same examples every time; at the desk new ones are found.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


def pytest_addoption(parser):
    parser.addoption(
        "--freezes",
        action="store_true",
        help="tell how long the window's thread was busy at a time, and in which tests",
    )


def pytest_configure(config):
    _keep_to_own_processors()
    if config.getoption("--freezes"):
        if config.getoption("numprocesses", None):
            raise pytest.UsageError("--freezes measures in one process: add -n 0.")
        from tests import freezes  # noqa: PLC0415 - Qt is loaded for those who ask

        config.pluginmanager.register(freezes.Freezes())
        config.pluginmanager.register(freezes)


def _keep_to_own_processors():
    """Give each of several processes that run tests its share: models count what they may use.

    Two models on all processors at once wait for each other awake, ten times as long as they work.
    """
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if not worker or not hasattr(os, "sched_setaffinity"):
        return
    usable = sorted(os.sched_getaffinity(0))
    share = len(usable) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    first = int(worker.removeprefix("gw")) * share
    if share:
        os.sched_setaffinity(0, usable[first : first + share])


def pytest_collection_finish():
    """Look for garbage as seldom as the program does: what was imported stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


@pytest.fixture
def scripted():
    """A model without weights."""
    engine = ScriptedEngine()
    yield engine
    engine.close()


@pytest.fixture
def plain_chat(scripted, monkeypatch):
    """The scripted model with a chat format of its own: no template has to be rendered."""

    def render(turns):
        opened = "" if turns[-1].role == "assistant" else "<assistant>"
        said = "\n".join(f"<{turn.role}>{turn.text}" for turn in turns)
        return scripted.tokenize(said + ("\n" + opened if opened else ""))

    monkeypatch.setattr(scripted, "render_chat", render)
    return scripted


@pytest.fixture(scope="session")
def starter():
    """The starter model in its own process, loaded once for all tests."""
    engine = EngineProcess(starter_model(), lambda _: True, lambda: None)
    yield engine
    engine.close()
