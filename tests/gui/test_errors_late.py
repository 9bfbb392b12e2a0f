"""What is found late answers what was asked before: it is not taken for what is asked now."""

import pytest
from PySide6.QtCore import Qt

from core.branches import Role
from core.jobs import InlineRunner, run_now
from core.tokens import text_of
from core.workbench import Workbench
from tests.gui.conftest import FORK, open_window

LEFT = Qt.MouseButton.LeftButton


class HeldRunner(InlineRunner):
    """Lets jobs wait while `holds`, as a slow model would; `go` does all that wait."""

    def __init__(self, deliver):
        super().__init__(deliver)
        self.holds = False
        self._held = []

    def submit(self, *job):
        if self.holds:
            self._held.append(job)
        else:
            super().submit(*job)

    def go(self):
        held, self._held, self.holds = self._held, [], False
        for job in held:
            super().submit(*job)


@pytest.fixture
def runner():
    return []


@pytest.fixture
def bench(scripted, runner):
    def make(deliver):
        runner.append(HeldRunner(deliver))
        return runner[0]

    bench = Workbench(run_now, make, None)
    bench.attach_engine(scripted)
    bench.tell_fork(FORK)
    yield bench
    bench.close()


@pytest.fixture
def slow(bench, runner):
    """The runner of that session's jobs."""
    return runner[0]


@pytest.fixture
def window(qtbot, bench, preferences):
    return open_window(qtbot, bench, preferences)


def errors_at(window, node):
    window.selection.select(node)
    window.actions_by_id["tree.errors"].trigger()
    return window.beside.errors


def test_a_sweep_ends_when_another_branch_is_looked_at(qtbot, window, bench, slow):
    page = errors_at(window, bench.fork.branches[Role.CLEAN]).sweep
    slow.holds = True
    qtbot.mouseClick(page.run, LEFT)
    window.selection.select(bench.tip_of(bench.fork.branches[Role.ERROR]))
    assert "sweep an error" not in {label for label, _, _ in bench.jobs.values()}
    slow.go()
    assert page.harms == {}
    qtbot.mouseClick(page.run, LEFT)
    tip = bench.tip_of(bench.fork.branches[Role.ERROR])
    here = [bench.tree.token(node) for node in bench.tree.path_to(tip)]
    assert page.harms
    for index, harm in page.harms.items():
        assert harm.record.displaced == text_of((here[index],))


@pytest.mark.parametrize("field", ["kind", "seed"])
def test_a_sweep_ends_when_another_error_is_wanted(qtbot, window, bench, slow, field):
    page = errors_at(window, bench.fork.branches[Role.CLEAN]).sweep
    slow.holds = True
    qtbot.mouseClick(page.run, LEFT)
    if field == "kind":
        page.kind.setCurrentIndex(page.kind.currentIndex() + 1)
    else:
        page.seed.setValue(5)
    slow.go()
    assert page.harms == {}
    assert page.run.isEnabled()
    assert not page.plant.isEnabled()


def test_conversations_of_other_fields_are_not_put_into_the_tree(
    qtbot, window, bench, slow, plain_chat
):
    dialog = errors_at(window, bench.tree.parent(bench.fork.branches[Role.ERROR]))
    page = dialog.turns
    page.stem.setText(FORK.prompt)
    page.right.setText(" Facebook")
    page.wrong.setText(" Apple")
    slow.holds = True
    qtbot.mouseClick(page.weigh, LEFT)
    page.wrong.setText(" Google")
    slow.go()
    assert page.spoken == []
    assert not page.plant.isEnabled()
    qtbot.mouseClick(page.weigh, LEFT)
    assert {one.weighed.record.text for one in page.spoken} == {" Facebook", " Google"}
