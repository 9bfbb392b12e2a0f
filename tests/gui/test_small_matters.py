"""Over the tree: lines that Escape closes, a legend in little room, a map out of the way."""

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication, QLineEdit

from core.branches import Role
from core.tree import NodeId
from gui.belief_bars import BeliefGroup, figure_words
from gui.legend import LEAST_WIDTH, Legend
from gui.look import Look, Size, ThemeChoice


@pytest.fixture
def stopped(window, monkeypatch):
    """The window while work is going on, and how often it was stopped."""
    found = []
    stop = window.actions_by_id["tree.stop"]
    stop.setEnabled(True)
    stop.triggered.connect(lambda: found.append(1))
    return found


LINES = {
    "tree.tags": lambda window: window.tree.ask,
    "tree.grow": lambda window: window.tree.grow_line,
    "view.likely": lambda window: window.tree.likely,
    "tree.note": lambda window: window.tree.note,
}


@pytest.mark.parametrize("action", LINES)
def test_escape_closes_the_line_over_the_tree_before_it_stops_the_work(
    qtbot, window, stopped, action
):
    line = LINES[action](window)
    window.actions_by_id[action].trigger()
    field = line.findChild(QLineEdit) or line
    field.setFocus()
    window.actions_by_id["tree.stop"].setEnabled(True)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not line.isVisible()
    assert not stopped
    window.actions_by_id["tree.stop"].setEnabled(True)
    qtbot.keyClick(window.tree.canvas, Qt.Key.Key_Escape)
    assert stopped


def test_escape_closes_the_palette_before_it_stops_the_work(qtbot, window, stopped):
    window.actions_by_id["view.palette"].trigger()
    field = QApplication.focusWidget()
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert not stopped


def test_a_legend_says_something_wherever_it_takes_keys(qtbot):
    legend = Legend(Look(ThemeChoice.LIGHT))
    qtbot.addWidget(legend)
    legend.show()
    for width in (LEAST_WIDTH, 60, 90, 140, 300):
        legend.resize(width, 30)
        image = legend.grab().toImage()
        colours = {image.pixel(x, y) for x in range(image.width()) for y in range(image.height())}
        assert len(colours) > 1
        assert legend.focusPolicy() == Qt.FocusPolicy.TabFocus
    legend.resize(LEAST_WIDTH - 1, 30)
    assert legend.focusPolicy() == Qt.FocusPolicy.NoFocus


def under(canvas, area):
    """Return the chips that lie under an area of the view."""
    return [n for n in canvas.nodes_in_view() if canvas.box_of(NodeId(n)).intersects(area)]


@pytest.mark.parametrize("room", range(12, 120, 3))
def test_figures_over_bars_never_touch_those_of_their_neighbours(qapp, room):
    metrics = QFontMetricsF(Look(ThemeChoice.LIGHT).font(Size.SMALL))
    mark = Look(ThemeChoice.LIGHT).theme.mark(Role.CLEAN)
    groups = [
        BeliefGroup("clean", mark, truth=0.817, error=0.0001),
        BeliefGroup("error", mark, truth=0.162, error=1.0),
    ]
    pairs = figure_words(groups, metrics, room)
    assert all(any(pair) for pair in pairs)
    if all(all(pair) for pair in pairs):
        assert 2 * max(metrics.horizontalAdvance(one) for pair in pairs for one in pair) < room
    else:  # the higher bar has its figure
        assert [bool(truth) for truth, _ in pairs] == [True, False]


def test_the_map_stands_where_no_chip_is_hidden_by_it(window):
    canvas = window.tree.canvas
    canvas.minimap.want(is_wanted=True)
    canvas.zoom_by(1.6)
    assert canvas.minimap.isVisible()
    across, found = canvas.horizontalScrollBar(), set()
    for place in range(0, across.maximum() + 1, max(1, across.maximum() // 8)):
        across.setValue(place)
        view = canvas.minimap._view
        for corner in (QPoint(10, 10), QPoint(200, 40), QPoint(300, 200), QPoint(20, 290)):
            shadow = QRectF(corner, canvas.minimap.size())
            zoom = canvas.viewport().width() / view.width()
            is_covered = canvas.minimap._covers(corner, view, zoom)
            assert is_covered or not under(canvas, shadow)
            found.add(is_covered)
    assert found == {True, False}


def test_a_map_over_a_chip_goes_to_another_corner_and_back_when_all_are_full(window):
    canvas = window.tree.canvas
    found = canvas.minimap
    own: list[QPoint] = []
    found._covers = lambda corner, *_: corner == own[0] if own else False
    found.want(is_wanted=True)
    canvas.zoom_by(2.0)
    assert found.isVisible()
    own.append(found.pos())
    found.want(is_wanted=True)
    assert found.pos() != own[0]
    found._covers = lambda *_: True
    found.want(is_wanted=True)
    assert found.pos() == own[0]


def test_news_goes_by_itself_and_a_problem_stays(qtbot, empty_window):
    strip = empty_window.problem
    strip._passing.setInterval(1)
    strip.tell("It is copied.")
    assert strip.words() == "It is copied."
    qtbot.waitUntil(lambda: not strip.words())
    strip.tell("It is copied.")
    strip.say("It cannot be written.")
    qtbot.wait(20)
    assert strip.words() == "It cannot be written."
    strip.tell("It was found again.", stays=True)
    qtbot.wait(20)
    assert strip.words() == "It was found again."
