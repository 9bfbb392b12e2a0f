"""What the user arranged in the window is there again when the session is opened again."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from core.branches import Role
from core.forks import ForkSpec
from core.jobs import InlineRunner, run_now
from core.sampling import Sampler
from core.session_reading import load
from core.storage import InlineStorage
from core.tree import ROOT
from core.workbench import Workbench
from gui.app import CLOSED, build_window
from gui.preferences import Preferences
from gui.view_keeping import WAIT_MS
from tests.gui.test_panel_windows import windows_of

LEFT = Qt.MouseButton.LeftButton
SPEC = ForkSpec("Mark Zuckerberg is the CEO of", " Facebook", " Apple", " a", None, None, 6)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "s.swerve"


@pytest.fixture
def begin(qtbot, engine, tmp_path):
    """Show windows over sessions that are kept; each has preferences of its own."""
    running: list[Workbench] = []

    def start(path):
        bench = Workbench(run_now, InlineRunner, InlineStorage)
        bench.attach_engine(engine)
        if not path.exists():
            bench.start_untitled(path)
        window = build_window(bench, Preferences(tmp_path / f"{len(running)}.ini"), CLOSED)
        qtbot.addWidget(window)
        window.show()
        qtbot.waitExposed(window)
        assert window.compare.isVisible()
        QApplication.processEvents()
        if path.exists():
            bench.open(path)
        else:
            bench.tell_fork(SPEC)
        QApplication.processEvents()
        running.append(bench)
        return window, bench

    yield start
    for bench in running:
        bench.close()


def end(window, bench):
    window.close()
    bench.close()


def test_a_session_shows_what_was_on_the_screen(qtbot, begin, path):
    window, bench = begin(path)
    canvas, compare = window.tree.canvas, window.compare
    error, control = (bench.fork.branches[role] for role in (Role.ERROR, Role.CONTROL))
    qtbot.mouseClick(
        canvas.viewport(), LEFT, pos=canvas.box_of(bench.tip_of(error)).center().toPoint()
    )
    assert window.selection.selected == bench.tip_of(error)
    for _ in range(3):
        window.actions_by_id["view.zoom_in"].trigger()
    canvas.horizontalScrollBar().setValue(90)
    window.actions_by_id["view.side"].trigger()
    window.actions_by_id["view.reading"].trigger()
    window.panes.edges.middle.setSizes([300, 100, 320])
    window.panes.edges.middle.splitterMoved.emit(300, 1)  # what a drag of the handle says
    compare.show_view("Watched")
    compare.current().truth.setText(" Meta | Facebook")
    compare.current().quantity.setCurrentText("ln P(error)")
    compare.show_view("Table")
    compare.current().alignment.setCurrentIndex(2)
    compare.legend.boxes[control].click()
    growth = window.next_token.growth
    window.sampler.choose(Sampler(temperature=0.7))
    growth.seed.setValue(9)
    QApplication.processEvents()
    zoom, sizes, shown = canvas.zoom, window.panes.edges.middle.sizes(), compare.chosen()
    alignment = compare.current().alignment.currentText()
    end(window, bench)

    window, bench = begin(path)
    canvas, compare = window.tree.canvas, window.compare
    assert window.selection.selected == bench.tip_of(error)
    assert canvas.zoom == pytest.approx(zoom)
    assert canvas.horizontalScrollBar().value() == pytest.approx(90, abs=1)
    assert window.panes.side.isHidden()
    assert window.reading.isVisible()
    assert window.panes.edges.middle.sizes() == sizes
    assert (compare.view, compare.chosen()) == ("Table", shown)
    assert control not in shown
    assert compare.current().alignment.currentText() == alignment
    assert window.sampler.sampler == Sampler(temperature=0.7)
    assert window.next_token.growth.seed.value() == 9
    compare.show_view("Watched")
    assert compare.current().truth.text() == " Meta | Facebook"
    assert compare.current().quantity.currentText() == "ln P(error)"
    assert bench.undo_label == "tell the fork", "how a window stands is no step of the history"
    bench.attach_engine(bench._engine)  # the model arrives after the session
    QApplication.processEvents()
    assert canvas.zoom == pytest.approx(zoom)
    assert window.selection.selected == bench.tip_of(error)


def test_opening_and_closing_a_session_changes_no_byte_of_it(qtbot, begin, path):
    window, bench = begin(path)
    window.actions_by_id["view.reading"].trigger()
    end(window, bench)
    before = path.read_bytes()
    window, bench = begin(path)
    QApplication.processEvents()
    window.resize(1500, 900)
    end(window, bench)
    assert path.read_bytes() == before


def test_a_view_is_kept_a_moment_after_it_was_moved_and_restored_where_it_can_be(
    qtbot, begin, path
):
    window, bench = begin(path)
    node = bench.tip_of(bench.fork.branches[Role.CLEAN])
    window.selection.select(node)
    assert load(path).views.get("selection") is None
    qtbot.waitUntil(lambda: bench.view("selection", 1) is not None, timeout=WAIT_MS * 4)
    assert load(path).views["selection"].node("selected") == node
    bench.hide(bench.fork.branches[Role.CLEAN])
    bench.close()  # killed before the window kept what is selected now
    window, bench = begin(path)
    assert window.selection.selected not in {ROOT, node}


def test_arranging_an_empty_window_makes_no_file(qtbot, engine, preferences, path):
    bench = Workbench(run_now, InlineRunner, InlineStorage)
    bench.attach_engine(engine)
    bench.start_untitled(path)
    window = build_window(bench, preferences, CLOSED)
    qtbot.addWidget(window)
    window.show()
    QApplication.processEvents()
    window.actions_by_id["view.side"].trigger()
    window.keeping.flush()
    assert bench.view("layout", 1) is not None
    assert not path.exists()
    window.close()
    bench.close()
    assert not path.exists()


def test_the_form_of_the_lab_stands_as_it_stood(begin, path):
    window, bench = begin(path)
    window.actions_by_id["lab.show"].trigger()
    QApplication.processEvents()
    form = window.lab.form
    form.name.setCurrentIndex(1)
    form.items.setValue(7)
    form.seed.setValue(41)
    chosen = form.plan.name
    end(window, bench)
    window, _ = begin(path)
    form = window.lab.form
    assert (form.plan.name, form.items.value(), form.seed.value()) == (chosen, 7, 41)


def test_panels_in_windows_of_their_own_stand_there_again(begin, path):
    window, bench = begin(path)
    window.actions_by_id["view.compare_apart"].trigger()
    (apart,) = windows_of(window)
    apart.setGeometry(30, 40, 620, 410)
    end(window, bench)
    assert not windows_of(window)

    window, bench = begin(path)
    (apart,) = windows_of(window)
    assert apart.panel is window.compare
    assert apart.place() == [30, 40, 620, 410]
    apart.close()
    end(window, bench)

    window, _ = begin(path)
    assert not windows_of(window)
    assert window.compare.window() is window


def test_quitting_with_a_panel_out_closes_all_and_finds_it_out_again(begin, path):
    window, bench = begin(path)
    window.actions_by_id["view.reading_apart"].trigger()
    window.actions_by_id["file.quit"].trigger()
    assert not window.isVisible()
    assert not windows_of(window)
    bench.close()
    window, _ = begin(path)
    (apart,) = windows_of(window)
    assert apart.panel is window.reading
