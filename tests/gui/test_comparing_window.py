"""The compare panel's views and the window of errors, driven as a user drives them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from core.branches import Role
from core.jobs import InlineRunner, run_now
from core.storage import InlineStorage
from core.tree import NodeId
from core.workbench import Workbench
from gui import compare_export
from gui.actions import placed
from gui.app import CLOSED, build_window
from tests.gui.conftest import FORK

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def bench(forked):
    return forked


@pytest.fixture
def window(forked_window):
    return forked_window


def view(window, name):
    window.compare.show_view(name)
    QApplication.processEvents()
    return window.compare.current()


def test_the_view_menu_switches_the_view_and_the_overview_comes_back(window):
    names = [action.text() for action in window.compare.view_button.menu().actions()]
    assert names == ["Overview", "Table", "Distance", "Watched", "Samples", "Findings"]
    for action, name in zip(window.compare.view_button.menu().actions(), names, strict=True):
        action.trigger()
        assert window.compare.view == name
        assert window.compare.view_button.text() == f"{name} ▾"
        shown = window.compare.current()
        assert shown.isVisible()
        assert window.compare.plot.isVisible() == (name == "Overview")


def test_every_view_is_found_by_its_name(window):
    window.toggle(window.panes.compare)
    for name in ("Overview", "Table", "Distance", "Watched", "Samples", "Findings"):
        action = window.actions_by_id[f"view.compare_{name.lower()}"]
        assert "Compare as" in placed(f"view.compare_{name.lower()}", action.text())
        action.trigger()
        assert window.compare.isVisible()
        assert window.compare.view == name


def test_the_table_says_its_floor_and_a_click_selects_the_token(qtbot, window, bench):
    table = view(window, "Table")
    assert "rounding floor" in table._note.text()
    assert "being measured" not in table._note.whole()
    assert table.items.rowCount() == 7
    error = bench.fork.branches[Role.ERROR]
    column = next(c for c in range(20) if table.items.node_at(table.items.index(0, c)) == error)
    place = table.table.visualRect(table.items.index(0, column)).center()
    qtbot.mouseClick(table.table.viewport(), LEFT, pos=place)
    assert window.selection.selected == error
    assert "perplexity" in table._totals.text()


def test_another_alignment_moves_the_rows(window):
    table = view(window, "Table")
    before = table.items.rowCount()
    table.alignment.setCurrentIndex(2)
    assert table.items.rowCount() > before


def test_pointing_at_a_node_in_another_view_lights_its_row(window, bench):
    table = view(window, "Table")
    nodes = bench.nodes_of(bench.fork.branches[Role.CLEAN])
    window.selection.point(nodes[3])
    assert table.table.selectionModel().selectedRows()[0].row() == 3


def test_a_branch_is_measured_in_the_place_of_others_with_both_floors(qtbot, window):
    distance = view(window, "Distance")
    qtbot.mouseClick(distance.measure, LEFT)
    assert len(distance.curves) == 2
    assert all(len(curve.sqrt_js) == 7 for curve in distance.curves.values())
    words = distance._summary.text()
    assert "floors: rounding" in words
    assert "flips" in words
    assert "half" in words
    assert len(distance.plot._bands) == 2
    rows = distance.rows()
    assert rows[0][3:6] == ["distance", "kl_nats", "sqrt_js"]
    assert rows[-1][0] == "repeat floor"
    distance.logarithmic.setChecked(True)
    assert distance.plot._scales.logarithmic
    distance.source_box.setCurrentIndex(distance.source_box.count() - 1)
    distance.quantity.setCurrentIndex(1)
    qtbot.mouseClick(distance.measure, LEFT)
    assert distance.rows()[1][2] == "neutral text"
    floors = distance.book.floors
    assert [band.level for band in distance.plot._bands] == [floors.rounding_kl, floors.repeat_kl]
    assert "KL floors: rounding" in distance._summary.text()
    assert distance.rows()[-2][4] == repr(floors.rounding_kl)


def test_unticking_a_measured_branch_forgets_the_measurement(qtbot, window, bench):
    distance = view(window, "Distance")
    qtbot.mouseClick(distance.measure, LEFT)
    window.compare.legend.boxes[bench.fork.branches[Role.CONTROL]].click()
    assert not distance.curves


def test_watched_strings_come_from_the_fork_and_are_read_on_every_branch(qtbot, window, bench):
    watched = view(window, "Watched")
    assert (watched.truth.text(), watched.error.text()) == (" Facebook", " Apple")
    qtbot.mouseClick(watched.read, LEFT)
    assert len(watched.points) == 3 * 8
    assert "P(truth) + P(error)" in watched._note.text()
    node = bench.nodes_of(bench.fork.branches[Role.ERROR])[2]
    window.selection.point(node)
    assert len(watched.plot._ring.data) == 1
    watched.error.clear()
    assert not watched.read.isEnabled()


def test_several_probes_are_asked_and_their_mean_or_one_of_them_is_shown(qtbot, window):
    watched = view(window, "Watched")
    watched.probe.setText("⏎In fact, he leads|⏎The company is called")
    assert "no space" not in watched._note.text()
    qtbot.mouseClick(watched.read, LEFT)
    assert {at.probe for at in watched.points} == {0, 1}
    assert watched.which.isVisible()
    assert [watched.which.itemText(n) for n in range(3)] == [
        "mean of 2",
        "probe 1",
        "probe 2",
    ]
    own = [at.log_odds for at in watched.points if (at.branch, at.index) == (0, 0)]
    assert watched.plot._lines[0].y[0] == pytest.approx(sum(own) / 2)
    watched.which.setCurrentIndex(2)
    assert watched.plot._lines[0].y[0] == pytest.approx(own[1])
    assert "rounding floor of log-odds" in watched._note.text()
    assert watched.plot._bands[0].level >= watched.book.floors.rounding_log_odds
    watched.truth.setText("Facebook")
    watched.points.clear()
    watched._draw()
    assert "“Facebook” has no space before it" in watched._note.text()


def test_samples_are_grouped_with_intervals_and_can_be_overruled(qtbot, window):
    samples = view(window, "Samples")
    samples.number.setValue(5)
    samples.length.setValue(4)
    qtbot.mouseClick(samples.draw, LEFT)
    top = samples.list.topLevelItem(0)
    assert samples.list.topLevelItemCount() == 3
    assert top.childCount() == 5
    assert " of 5 (" in top.text(3)
    assert "the watched string that comes first is the outcome" in samples._note.whole()
    before = samples.outcome((0, 0))
    samples.list.itemDoubleClicked.emit(top.child(0), 1 if before else 2)
    assert samples.outcome((0, 0)) != before
    assert len(samples.rows()) == 16


def test_every_view_is_copied_and_saved_as_a_table(window, tmp_path):
    for name in ("Overview", "Table"):
        view(window, name)
        window.compare.export_button.copy_table()
        head = QGuiApplication.clipboard().text().split("\n")[0]
        assert len(head.split("\t")) > 3
        assert window.compare.export_button.save_to(str(tmp_path / f"{name}.csv"))
        assert window.compare.export_button.save_to(str(tmp_path / f"{name}.png"))
        lines = (tmp_path / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        assert len(lines) > 7
    assert not window.compare.export_button.save_to(str(tmp_path / "nowhere" / "a.csv"))


def test_the_overview_plots_entropy_and_the_surprise_so_far_too(window, bench):
    compare = window.compare
    first = bench.fork.branches[Role.CLEAN]
    bits = compare.overview.values(bench.nodes_of(first))
    compare.overview.quantity_button.menu().actions()[1].trigger()
    assert compare.overview.values(bench.nodes_of(first))[-1] == pytest.approx(sum(bits))
    compare.overview.quantity_button.menu().actions()[2].trigger()
    parent = bench.tree.parent(first)
    assert compare.overview.values(bench.nodes_of(first))[0] == bench.readings.entropy(parent)


def test_the_crosshair_reads_every_branch_of_the_overview(qtbot, window, bench):
    overview = window.compare.overview
    first = bench.fork.branches[Role.CLEAN]
    node = bench.nodes_of(first)[2]
    qtbot.waitUntil(lambda: not window.compare._later.isActive())
    viewport = overview.plot._plot.viewport()
    qtbot.mouseMove(viewport, overview.plot.place_of(node).toPoint())
    qtbot.waitUntil(lambda: overview._reading.whole().startswith("2: clean"))
    assert f"clean {overview.values(bench.nodes_of(first))[2]:.2f}" in overview._reading.whole()
    assert "error" in overview._reading.whole()
    overview.plot.crossed.emit(-1)
    assert not overview._reading.whole()


def test_all_compared_branches_go_on_with_the_same_noise_in_one_act(window, bench):
    growth = window.next_token.growth
    growth.way.setCurrentIndex(1)
    growth.tokens.setValue(2)
    before = {first: bench.tip_of(first) for first in window.compare.chosen()}
    window.actions_by_id["tree.continue_all"].trigger()
    for first, tip in before.items():
        assert bench.tree.depth(bench.tip_of(first)) == bench.tree.depth(tip) + 2
    bench.undo()
    assert {first: bench.tip_of(first) for first in before} == before


def test_what_is_saved_is_told_with_its_place(window, tmp_path, monkeypatch):
    monkeypatch.setattr(compare_export, "choose_place", lambda *_: (str(tmp_path / "t"), ""))
    window.compare.show_view("Table")
    window.compare.refresh()
    next(a for a in window.compare.export_button.menu().actions() if "CSV" in a.text()).trigger()
    assert (tmp_path / "t.csv").exists()
    assert window.problem.words() == f"Saved to {tmp_path / 't.csv'}."


def test_what_was_kept_is_shown_to_three_figures_and_told_whole(qtbot, window):
    qtbot.mouseClick(view(window, "Distance").measure, LEFT)
    window.compare.keep_finding()
    table = view(window, "Findings").table
    cells = [table.item(0, column) for column in range(table.columnCount())]
    shortened = [cell for cell in cells if cell.toolTip()]
    assert shortened
    assert all(len(cell.text()) < len(cell.toolTip()) for cell in shortened)


def test_a_comparison_is_kept_with_its_floors_and_read_again_without_a_model(
    qtbot, scripted, preferences, tmp_path
):
    bench = Workbench(run_now, InlineRunner, InlineStorage)
    bench.attach_engine(scripted)
    bench.start_untitled(tmp_path / "kept.swerve")
    bench.tell_fork(FORK)
    window = build_window(bench, preferences, CLOSED)
    qtbot.addWidget(window)
    window.show()
    distance = view(window, "Distance")
    keep = window.compare.export_button.menu().actions()[0]
    keep.trigger()
    assert "no numbers to keep" in window.problem.words()
    qtbot.mouseClick(distance.measure, LEFT)
    numbers = distance.rows()
    keep.trigger()
    assert window.compare.view == "Findings"
    findings = view(window, "Findings")
    findings._title.setText("Apple stays near")
    findings._title.editingFinished.emit()
    branches = list(findings.findings[0].branches)
    bench.close()

    again = Workbench(run_now, InlineRunner, InlineStorage)
    again.open(tmp_path / "kept.swerve")
    second = build_window(again, preferences, CLOSED)
    qtbot.addWidget(second)
    second.show()
    findings = view(second, "Findings")
    one = findings.current()
    assert (one.title, one.view) == ("Apple stays near", "Distance")
    assert [list(row) for row in one.rows] == numbers
    assert findings.rows()[-1][0] == "repeat floor"
    card = scripted.card
    about, meaning = findings._about.whole(), findings._about.toolTip()
    assert "Scripted model" in about
    assert f"SHA-256 {card.sha256}" in about
    assert card.engine in about
    assert f"to {card.arithmetic.most_rows} rows" in meaning
    assert f"SHA-256 {card.sha256}" in findings.rows()[0]
    assert again.model_card(one.number) == card
    findings._forget.click()
    assert findings.current() is None
    second.actions_by_id["edit.undo"].trigger()
    assert findings.current() == one
    second.actions_by_id["edit.redo"].trigger()
    assert findings.current() is None
    second.actions_by_id["edit.undo"].trigger()
    findings._again.click()
    assert second.compare.view == "Distance"
    assert second.compare.chosen() == branches
    again.close()


def test_names_that_need_no_more_leave_their_room_and_roles_are_said_where_names_are_too_long(
    window, bench
):
    legend = window.compare.legend
    for text in (" Amazon", " Microsoft"):
        bench.insert(NodeId(8), bench.vocabulary.tokens(bench._engine.tokenize(text)))
    window.compare.choose(list(bench.branches))
    legend.show_branches(list(bench.branches), list(bench.branches))
    whole = {first: legend._marks.label(first) for first in legend.boxes}
    assert any(" · " in label for label in whole.values())
    legend.cut_to(10_000)
    assert {first: box.text() for first, box in legend.boxes.items()} == whole
    legend.cut_to(legend.wanted_width() - 20)
    cut = [first for first, box in legend.boxes.items() if box.text() != whole[first]]
    longest = max(whole, key=lambda first: len(whole[first]))
    assert cut == [longest]
    half = round(0.7 * legend.wanted_width())
    legend.cut_to(half)
    assert [row.count() for row in legend._rows] == [3, 3], "in two lines nothing is cut"
    assert {first: box.text() for first, box in legend.boxes.items()} == whole
    legend.cut_to(10_000)
    assert [row.count() for row in legend._rows] == [6, 0]
    legend.cut_to(110 * len(legend.boxes) // 2)
    for first, box in legend.boxes.items():
        head = box.text().partition("…")[0]
        assert head, "no name is cut to its dots"
        assert whole[first].startswith(head)


def test_what_was_undone_is_not_counted(window, bench):
    assert window.tree._subtitle.whole().startswith(f"{len(bench.tree)} tokens")
    tip = bench.fork.branches[Role.ERROR]
    bench.hide(tip)
    left = sum(bench.is_visible(node.id) for node in bench.tree)
    assert left < len(bench.tree)
    assert window.tree._subtitle.whole().startswith(f"{left} tokens")
    while bench.undo_label is not None:
        bench.undo()
    assert window.tree._subtitle.whole() == ""


def test_a_plot_of_nothing_shows_no_figures(qtbot, window):
    distance = view(window, "Distance")
    axes = [distance.plot._plot.axis(side) for side in ("left", "bottom")]
    assert [axis.style["showValues"] for axis in axes] == [False, False]
    qtbot.mouseClick(distance.measure, LEFT)
    assert [axis.style["showValues"] for axis in axes] == [True, True]


def test_the_menu_of_branches_says_which_are_compared_and_stays_for_the_next(qtbot, window, bench):
    panel = window.compare
    panel._fill_menu()
    boxes = [action.defaultWidget() for action in panel._choose.menu().actions()]
    assert [box.isChecked() for box in boxes] == [True] * 3
    boxes[0].click()
    assert panel.chosen() == list(panel._marks.forked[1:])
    assert not boxes[0].isChecked()
    boxes[0].click()
    assert panel.chosen() == list(panel._marks.forked)


def test_the_choice_of_branches_stays_when_a_model_is_attached(window, bench):
    panel = window.compare
    chosen = panel.chosen()[:2]
    panel.choose(chosen)
    bench.attach_engine(bench._engine)
    assert panel.chosen() == chosen


def test_errors_with_controls_take_the_place_of_a_full_comparison(window, bench):
    fork = bench.tree.parent(bench.fork.branches[Role.ERROR])
    tokens = lambda text: bench.vocabulary.tokens(bench._engine.tokenize(text))  # noqa: E731
    for letter in "bcdefg":
        bench.insert(fork, tokens(letter))
    panel = window.compare
    panel.choose(panel._candidates()[:8])
    before = panel.chosen()
    bench.insert(fork, tokens("h"))
    assert panel.chosen() == before
    assert "8 branches" in window.problem.words()
    known = set(panel._candidates())
    window.selection.select(fork)
    window.actions_by_id["tree.errors"].trigger()
    dialog = window.beside.errors
    dialog.table.selectRow(0)
    dialog.fork.click()
    new = [one for one in panel._candidates() if one not in known]
    assert len(new) > 1
    assert panel.chosen() == new
    assert "new branches" in window.problem.words()


def test_a_ninth_branch_is_refused_and_the_reference_stays(window, bench):
    fork = bench.tree.parent(bench.fork.branches[Role.ERROR])
    for letter in "bcdefg":
        bench.insert(fork, bench.vocabulary.tokens(bench._engine.tokenize(letter)))
    panel = window.compare
    said: list[str] = []
    panel.told.connect(said.append)
    known = [first for first, branch in bench.branches.items() if branch.role is not Role.BASE]
    panel.choose(known[:8])
    before = panel.chosen()
    assert len(before) == 8 < len(known)
    panel._on_toggled(known[-1], True)
    assert panel.chosen() == before
    assert "8 branches" in said[0]
    panel._on_toggled(before[1], False)
    panel._on_toggled(known[-1], True)
    assert panel.chosen() == [before[0], *before[2:], known[-1]]
    assert set(panel.chosen()) <= set(panel.legend.boxes)
