"""What the compare panel does while work is under way, when it is stopped, and when it fails."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from core.branches import Role
from core.jobs import InlineRunner, run_now
from core.known_error import KnownError
from core.workbench import Workbench
from gui.compare_table_items import CHANGE
from gui.theme import blend
from models.scripted_engine import ScriptedEngine
from tests.gui.conftest import FORK, open_window

LEFT = Qt.MouseButton.LeftButton
COLOUR = Qt.ItemDataRole.ForegroundRole


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


def faint_mark(window):
    theme = window.compare._look.theme
    return QColor(blend(theme.muted, theme.panel, 0.45)).name()


def faint_words(window):
    theme = window.compare._look.theme
    return QColor(blend(theme.muted, theme.panel, 0.35))


def changes(table):
    """Return the cells of a table that tell a change."""
    cells = [
        table.items.index(row, column)
        for row in range(table.items.rowCount())
        for column in range(table.items.columnCount())
        if table.items.column(column)[1] == CHANGE
    ]
    return [index for index in cells if index.data()]


def painted(plot):
    """Return the colours of the marks of each line."""
    marked = [item for item in plot._plot.shown if hasattr(item, "_colours")]
    assert len(marked) == len(plot._lines)
    return [[colour.name() for colour in item._colours] for item in marked]


def test_nothing_is_told_from_a_distance_while_the_floors_are_not_known(qtbot, window, slow):
    distance = view(window, "Distance")
    slow._runner.holds = True
    qtbot.mouseClick(distance.measure, LEFT)
    slow._runner.go(lambda job: slow.jobs[job][0].startswith("hold"))
    assert len(distance.curves) == 2
    assert {name for line in painted(distance.plot) for name in line} == {faint_mark(window)}
    assert "floors being measured" in distance._summary.text()
    assert "after" not in distance._summary.text()
    assert "half" in distance._summary.text()
    assert distance.rows()[-2][4] == "not measured"
    window.compare.export_button.menu().actions()[0].trigger()
    assert "floors are being measured" in window.problem.words()
    assert not slow.kept_comparisons
    slow._runner.go()
    assert painted(distance.plot)[0][0] != faint_mark(window)
    assert "after" in distance._summary.text()
    window.compare.export_button.menu().actions()[0].trigger()
    assert slow.kept_comparisons


def test_floors_that_were_stopped_are_not_measured_by_themselves_but_on_the_next_click(
    qtbot, window, slow
):
    distance = view(window, "Distance")
    slow._runner.holds = True
    qtbot.mouseClick(distance.measure, LEFT)
    slow.stop_all()
    slow._runner.held.clear()
    slow._runner.holds = False
    assert distance.book.missing == "not measured"
    distance.show_branches(distance.chosen)
    assert distance.book.floors is None
    qtbot.mouseClick(distance.measure, LEFT)
    assert distance.book.floors is not None


def test_the_table_measures_its_floors_again_when_it_is_shown_again_after_a_stop(window, slow):
    slow._runner.holds = True
    table = view(window, "Table")
    assert "being measured" in table._note.whole()
    assert all(table.items.data(index, COLOUR) == faint_words(window) for index in changes(table))
    slow.stop_all()
    slow._runner.held.clear()
    slow._runner.holds = False
    window.compare.refresh()
    assert "not measured" in table._note.whole()
    assert [row[1] for row in table.rows()[-2:]] == ["not measured"] * 2
    view(window, "Overview")
    view(window, "Table")
    assert "not measured" not in table._note.whole()


def test_a_measurement_of_floors_that_fails_is_not_repeated_without_end(
    window, slow, scripted, monkeypatch
):
    asked = []

    def fail(tokens):
        asked.append(tokens)
        raise KnownError("The rounding floor could not be measured: free some memory.")

    monkeypatch.setattr(scripted, "other_arithmetic", fail)
    table = view(window, "Table")
    for _ in range(3):
        window.compare.refresh()
    assert len(asked) == 1
    assert "not measured" in table._note.whole()


def test_watched_odds_are_grey_and_say_so_while_their_floor_is_not_known(qtbot, window, slow):
    watched = view(window, "Watched")
    slow._runner.holds = True
    qtbot.mouseClick(watched.read, LEFT)
    slow._runner.go(lambda job: slow.jobs[job][0].startswith("watch"))
    watched._draw()
    assert {name for line in painted(watched.plot) for name in line} == {faint_mark(window)}
    assert "rounding floor being measured" in watched._note.text()
    assert [row[2] for row in watched.rows()[-3:]] == ["not measured"] * 3
