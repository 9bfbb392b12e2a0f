"""What the compare panel does while work is under way, when it is stopped, and when it fails."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from core.branches import Role
from core.jobs import InlineRunner, run_now
from core.workbench import Workbench
from models.scripted_engine import ScriptedEngine
from tests.gui.conftest import FORK, open_window

LEFT = Qt.MouseButton.LeftButton


class HeldRunner(InlineRunner):
    """Holds jobs back while `holds` is set, as a slow model does."""

    def __init__(self, deliver):
        super().__init__(deliver)
        self.holds = False
        self.held = []

    def submit(self, job, work, engine):
        if self.holds:
            self.held.append((job, work, engine))
        else:
            super().submit(job, work, engine)

    def go(self, of=lambda _job: True):
        """Run what is held, or some of it."""
        going = [one for one in self.held if of(one[0])]
        self.held = [one for one in self.held if one not in going]
        for one in going:
            self._run(*one)


@pytest.fixture
def slow(scripted):
    """A session with a fork whose jobs can be held back; the runner is its `_runner`."""
    bench = Workbench(run_now, HeldRunner, None)
    bench.attach_engine(scripted)
    bench.tell_fork(FORK)
    yield bench
    bench.close()


@pytest.fixture
def window(qtbot, slow, preferences):
    return open_window(qtbot, slow, preferences)


def view(window, name):
    window.compare.show_view(name)
    QApplication.processEvents()
    return window.compare.current()


def test_unticking_a_branch_ends_the_measurement_and_another_can_begin(qtbot, window, slow):
    distance = view(window, "Distance")
    slow._runner.holds = True
    qtbot.mouseClick(distance.measure, LEFT)
    assert distance.measure.text() == "Measuring…"
    window.compare.legend.boxes[slow.fork.branches[Role.CONTROL]].click()
    assert [label for label, _, _ in slow.jobs.values()] == ["measure the floors"]
    slow._runner.go()
    assert not distance.curves
    assert not slow.busy
    slow._runner.holds = False
    qtbot.mouseClick(distance.measure, LEFT)
    assert len(distance.curves) == 1


def test_another_model_forgets_what_was_measured_with_the_one_before(qtbot, window, slow):
    distance = view(window, "Distance")
    qtbot.mouseClick(distance.measure, LEFT)
    assert distance.curves
    slow.recognise()
    assert distance.curves
    other = ScriptedEngine()
    slow.attach_engine(other)
    assert not distance.curves
    assert distance.rows() == []
    other.close()
