"""What is found late answers what was asked before: it is not taken for what is asked now."""

import pytest
from PySide6.QtCore import Qt

from core.branches import Role
from core.error_records import ErrorKind
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


def test_a_control_weighed_late_stays_with_the_error_that_it_was_weighed_for(
    qtbot, window, bench, slow
):
    dialog = errors_at(window, bench.tree.parent(bench.fork.branches[Role.ERROR]))
    dialog.wrong.setText(" Google")
    dialog.propose()
    dialog.table.selectRow(0)
    controls = dialog.controls
    slow.holds = True
    for place, text in ((4, " social"), (5, " pioneer")):
        controls._rows[place].field.setText(text)
        controls._weigh_again()
    slow.holds = False
    dialog.table.selectRow(1)
    slow.go()
    said = [row.text for row in controls._rows]
    assert " social" not in said
    assert [one.record.text for one in controls.insertions()] == said
    slow.holds = True
    controls._rows[4].field.setText(" social")
    controls._weigh_again()
    controls._rows[4].field.setText(" tech")
    slow.go()
    assert " social" not in {one.record.text for one in controls.insertions()}
    assert not dialog.fork.isEnabled()
    qtbot.waitUntil(lambda: not controls.is_busy)
    assert controls.insertions()[4].record.text == " tech"
    assert dialog.fork.isEnabled()


def test_proposals_for_one_place_cannot_be_put_at_another(qtbot, window, bench, slow):
    dialog = errors_at(window, bench.tree.parent(bench.fork.branches[Role.ERROR]))
    assert dialog.insert.isEnabled()
    window.selection.select(bench.nodes_of(bench.fork.branches[Role.CLEAN])[3])
    assert not dialog.insert.isEnabled()
    assert dialog._said.text().startswith("Looking for errors")
    before = len(bench.tree)
    dialog.insert_error()
    dialog.insert_fork()
    assert len(bench.tree) == before
    qtbot.waitUntil(dialog.insert.isEnabled)
    assert dialog.chosen().record.depth == bench.tree.depth(window.selection.selected)
    slow.holds = True
    dialog.propose()
    window.selection.select(bench.fork.branches[Role.ERROR])
    dialog._later.stop()
    slow.go()
    assert not dialog.items.rowCount()


def test_the_next_error_of_a_place_is_one_click_away_and_stands_for_the_same_text(
    qtbot, window, bench
):
    tip = bench.tip_of(bench.fork.branches[Role.CLEAN])
    dialog = errors_at(window, tip)
    qtbot.mouseClick(dialog.insert, LEFT)
    first = bench.branch_of(window.selection.selected).first
    assert bench.tree.parent(first) == tip
    displaced = bench.error_of(first).displaced
    dialog.table.selectRow(1)
    qtbot.mouseClick(dialog.insert, LEFT)
    assert bench.tree.parent(bench.branch_of(window.selection.selected).first) == tip
    dialog.propose()
    assert dialog.chosen().record.displaced == displaced  # what was inserted is not the text


def test_the_baseline_of_a_negation_is_what_stands_at_the_place(window, bench, scripted):
    place = bench.tree.parent(bench.fork.branches[Role.CLEAN])
    google = bench.branch_here(place, scripted.vocabulary[scripted.tokenize(" Google")[0]])
    bench.hide(bench.fork.branches[Role.CLEAN])
    assert google in bench.visible_children(place)
    dialog = errors_at(window, place)
    rows = range(dialog.items.rowCount())
    row = next(at for at in rows if dialog.items.at(at).record.kind is ErrorKind.NEGATION)
    dialog.table.selectRow(row)
    assert dialog.chosen().record.text == " not"
    assert dialog.controls.insertions()[0].record.role is Role.CLEAN
    assert dialog.controls.insertions()[0].record.text == " Google"
