"""The lab in the real window, on an engine that looks answers up."""

import json
import threading

import pytest
from PySide6.QtWidgets import QApplication

from core.jobs import InlineRunner, ThreadRunner, run_now
from core.lab_answers import finite
from core.workbench import Workbench
from gui.bridge import Bridge
from gui.resources import asset
from models.lab_process import answers
from tests.core.lab.conftest import LookupEngine
from tests.gui.conftest import open_window

FACTS = asset("facts/facts.json").read_text(encoding="utf-8")


class InlineAnalyst:
    """Answers at once, in this process."""

    def ask(self, order, take):
        for answer in answers(json.loads("{" + order + "}")):
            take(finite(answer))

    def give_up(self):
        pass


class GatedEngine(LookupEngine):
    """Answers the lab only while it may."""

    def __init__(self):
        super().__init__(contagion=2)
        self.gate = threading.Semaphore(0)

    def ask(self, request):
        self.gate.acquire()
        yield from super().ask(request)


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch):
    monkeypatch.setattr("core.lab.influence_outcome.FAMILY_RESAMPLES", 4)


@pytest.fixture
def lab_bench():
    bench = Workbench(run_now, InlineRunner, None)
    bench.attach_engine(LookupEngine(contagion=2))
    yield bench
    bench.close()


def state_of(run):
    return run.row.state


def lab_window(qtbot, bench, preferences):
    window = open_window(qtbot, bench, preferences)
    window.lab.analyst.give_up()
    window.lab.analyst = InlineAnalyst()
    return window


@pytest.fixture
def gated(qtbot, preferences):
    """A window, its session, and the model of both that answers the lab only while it may."""
    engine, bridge = GatedEngine(), Bridge()
    bench = Workbench(bridge.post, ThreadRunner, None)
    bench.attach_engine(engine)
    yield lab_window(qtbot, bench, preferences), bench, engine
    engine.gate.release(1000)
    bench.close()


def press(window, name):
    QApplication.processEvents()
    action = window.actions_by_id[name]
    assert action.isEnabled(), name
    action.trigger()


def until_known(qtbot, window, number):
    qtbot.waitUntil(lambda: bool(window._workbench.lab_runs[number].row.outcome), timeout=8000)
    window.lab._refresh()


def run_steps(qtbot, window, items=4):
    window.lab.form.choose("steps")
    window.lab.form.items.setValue(items)
    press(window, "lab.run")
    number = window.lab.shown
    until_known(qtbot, window, number)
    return number
