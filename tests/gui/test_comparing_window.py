"""The compare panel's views and the window of errors, driven as a user drives them."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from core.branches import Role
from core.forks import ForkSpec
from core.jobs import InlineRunner, run_now
from core.storage import InlineStorage
from core.tree import ROOT
from core.workbench import Workbench
from gui.app import CLOSED, build_window

LEFT = Qt.MouseButton.LeftButton
SPEC = ForkSpec("Mark Zuckerberg is the CEO of", " Facebook", " Apple", " a", None, None, 6)


@pytest.fixture
def bench(scripted):
    bench = Workbench(run_now, InlineRunner, None)
    bench.attach_engine(scripted)
    bench.tell_fork(SPEC)
    yield bench
    bench.close()


@pytest.fixture
def window(qtbot, bench, preferences):
    found = build_window(bench, preferences, CLOSED)
    qtbot.addWidget(found)
    found.show()
    qtbot.waitExposed(found)
    QApplication.processEvents()
    return found


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


def open_errors(window, bench):
    window.selection.select(bench.tree.parent(bench.fork.branches[Role.ERROR]))
    window.actions_by_id["tree.errors"].trigger()
    return window.beside.errors


def test_errors_are_proposed_and_the_whole_fork_is_one_click(qtbot, window, bench):
    dialog = open_errors(window, bench)
    dialog.wrong.setText(" Google")
    dialog.propose()
    row = next(r for r in range(20) if dialog.items.at(r).record.text == " Google")
    dialog.table.selectRow(row)
    assert any("the error" in words for words in dialog.controls.words())
    place = bench.tree.parent(bench.fork.branches[Role.ERROR])
    before = set(bench.visible_children(place))
    qtbot.mouseClick(dialog.fork, LEFT)
    new = set(bench.visible_children(place)) - before
    roles = {bench.branch_of(node).role for node in new}
    assert roles >= {Role.ERROR, Role.MENTION, Role.PLACEBO, Role.MUTE, Role.BASE}
    base = next(node for node in new if bench.branch_of(node).role is Role.BASE)
    assert window.compare._marks.label(base) == "base"
    assert base in window.compare._candidates()
    error = next(node for node in new if bench.branch_of(node).role is Role.ERROR)
    window.selection.select(error)
    assert window.this_token.value("origin").startswith("error · wrong answer · 4.")
    listed = window.branches.items
    assert "wrong answer" in listed._second_line(bench.branches[error])
    bench.undo()
    assert set(bench.visible_children(place)) == before


def test_a_changed_control_is_weighed_again(qtbot, window, bench):
    dialog = open_errors(window, bench)
    dialog.table.selectRow(0)
    before = list(dialog.controls.words())
    field = dialog.controls._fields[4]
    field.setText(" the company")
    assert dialog.controls.is_busy
    qtbot.waitUntil(lambda: not dialog.controls.is_busy)
    assert dialog.controls.words()[4] != before[4]
    assert dialog.controls.insertions()[4].record.text == " the company"


def test_a_text_typed_beside_the_candidates_is_remembered_as_an_error(qtbot, window, bench):
    place = bench.tree.parent(bench.fork.branches[Role.ERROR])
    window.selection.select(place)
    window.next_token.field.setText(" Google")
    qtbot.waitUntil(window.next_token.insert.isEnabled)
    qtbot.mouseClick(window.next_token.insert, LEFT)
    record = bench.error_of(window.selection.selected)
    assert record.title == "typed text"
    assert record.displaced == " Facebook"


def test_a_sweep_colours_the_text_and_its_errors_are_planted_at_chosen_places(qtbot, window, bench):
    window.selection.select(bench.fork.branches[Role.CLEAN])
    window.actions_by_id["tree.errors"].trigger()
    page = window.beside.errors.sweep
    window.beside.errors.tabs.setCurrentIndex(1)
    qtbot.mouseClick(page.run, LEFT)
    tip = bench.tip_of(bench.fork.branches[Role.CLEAN])
    assert len(page.harms) == bench.tree.depth(tip) - 1
    assert "bits more" in page._result.text()
    QApplication.processEvents()
    for place in (2, 9):
        box = page.strip._boxes(page.strip.width())[place]
        qtbot.mouseClick(page.strip, LEFT, pos=box.center().toPoint())
    assert bench.tree.depth(window.selection.selected) == 11
    assert page.plant.text() == "Plant 2 errors"
    qtbot.mouseClick(page.plant, LEFT)
    records = [bench.error_of(first) for first in bench.branches]
    planted = [one for one in records if one is not None and one.depth in {3, 10}]
    assert [one.title for one in planted] == ["rank 2", "rank 2"]
    assert [one.text for one in planted] == [page.harms[at].record.text for at in (3, 10)]
    bench.undo()
    assert not {one for one in map(bench.error_of, bench.branches) if one in planted}
    qtbot.mouseClick(page.run, LEFT)  # at the chosen places alone
    assert set(page.harms) == {3, 10}
    qtbot.mouseClick(page.worst, LEFT)
    assert page.chosen == {3}  # after the other too few tokens follow for a comparison
    qtbot.mouseClick(page.none, LEFT)
    assert page._where.text() == "at every place"
    assert window.selection.selected != ROOT


def test_all_errors_are_listed_found_by_kind_or_text_and_exported(qtbot, window, bench, tmp_path):
    dialog = open_errors(window, bench)
    dialog.wrong.setText(" Google")
    dialog.propose()
    row = next(r for r in range(20) if dialog.items.at(r).record.text == " Google")
    dialog.table.selectRow(row)
    qtbot.mouseClick(dialog.fork, LEFT)
    dialog.close()
    window.actions_by_id["tree.error_list"].trigger()
    page = dialog.all
    qtbot.waitUntil(lambda: [one.record.text for one in page.errors] == [" Apple", " Google"])
    told = page.errors[0].record  # the fork's, whose numbers are the readings'
    assert told.logprob == bench.readings.logprob(page.errors[0].first)
    assert told.canonical is None
    assert told.displaced == " Facebook"
    page.controls.click()
    qtbot.waitUntil(lambda: len(page.errors) >= 5)
    page.sought.setText("PLACEBO")
    qtbot.waitUntil(lambda: len(page.errors) == 2)
    assert page.table.items.index(0, 0).data() == "placebo, typed text"
    page.sought.setText("wrong answer")
    qtbot.waitUntil(lambda: len(page.errors) == 1)
    page.table.clicked.emit(page.table.items.index(0, 0))
    assert window.selection.selected == page.errors[0].first
    assert bench.error_of(window.selection.selected).text == " Google"
    assert page.save_to(str(tmp_path / "errors.csv"))
    assert page.save_to(str(tmp_path / "errors.json"))
    [told] = json.loads((tmp_path / "errors.json").read_text(encoding="utf-8"))
    assert (told["kind"], told["text"], told["displaced"]) == (
        "wrong answer",
        " Google",
        " Facebook",
    )
    assert "wrong answer" in (tmp_path / "errors.csv").read_text(encoding="utf-8")
    page.copy()
    assert QGuiApplication.clipboard().text().startswith("branch\tkind")
    assert not page.save_to(str(tmp_path / "nowhere" / "errors.json"))


def test_a_branch_is_put_under_preambles_and_neutral_ones_of_equal_length(qtbot, window, bench):
    error = bench.fork.branches[Role.ERROR]
    window.selection.select(error)
    window.actions_by_id["tree.preambles"].trigger()
    dialog = window.beside.preambles
    assert [one.neutral for one in dialog.found] == [False, True] * 6
    dialog.wording.setCurrentText("my own")
    dialog.texts.setPlainText("The following is a factual statement.")
    dialog.propose()
    own, neutral = dialog.found
    as_long = len(own.tokens) == len(neutral.tokens)
    assert ("as long" in dialog.list.topLevelItem(1).text(2)) == as_long
    dialog.clean.setChecked(True)
    before = set(bench.branches)
    qtbot.mouseClick(dialog.plant, LEFT)
    new = [bench.branches[first] for first in bench.branches if first not in before]
    roles = [one.role for one in new if one.role is not Role.BASE]
    assert sorted(roles) == [Role.CLEAN, Role.CLEAN, Role.ERROR, Role.ERROR]
    ids = [int(bench.tree.token(node).id) for node in bench.nodes_of(error)]
    for one in new:
        if one.role is Role.ERROR:
            nodes = bench.nodes_of(one.first)
            assert [int(bench.tree.token(node).id) for node in nodes] == ids
            assert bench.head_of(one.first) == one.first  # what followed is forced, not its head
            assert bench.readings.is_exact(nodes[-1])
            assert bench.tree.text_to(nodes[0]).endswith(f"\n{SPEC.prompt} Apple")
    bench.undo()
    assert set(bench.branches) == before


def test_the_same_error_is_put_into_either_turn_of_a_conversation(
    qtbot, window, bench, scripted, plain_chat
):
    assert plain_chat is scripted
    dialog = open_errors(window, bench)
    dialog.table.selectRow(0)
    dialog.tabs.setCurrentIndex(2)
    page = dialog.turns
    assert page.stem.text() == SPEC.prompt
    page.wrong.setText(" Apple")
    qtbot.mouseClick(page.weigh, LEFT)
    assert [one.name for one in page.spoken] == [
        "Facebook in the assistant's turn",
        "Apple in the assistant's turn",
        "Facebook in the user's turn",
        "Apple in the user's turn",
    ]
    before = set(bench.branches)
    qtbot.mouseClick(page.plant, LEFT)
    new = [bench.branches[first] for first in bench.branches if first not in before]
    assert sorted(one.role for one in new if one.role is not Role.BASE) == [
        Role.CLEAN,
        Role.CLEAN,
        Role.ERROR,
        Role.ERROR,
    ]
    error = next(one for one in new if one.name == "Apple in the user's turn")
    record = bench.error_of(error.first)
    assert (record.title, record.text) == ("turn of the user", " Apple")
    assert "Apple. " in bench.tree.text_to(bench.tip_of(error.first)).replace("\n", " ") + " "
    bench.undo()
    assert set(bench.branches) == before


def test_a_comparison_is_kept_with_its_floors_and_read_again_without_a_model(
    qtbot, scripted, preferences, tmp_path
):
    bench = Workbench(run_now, InlineRunner, InlineStorage)
    bench.attach_engine(scripted)
    bench.start_untitled(tmp_path / "kept.swerve")
    bench.tell_fork(SPEC)
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
    assert "Scripted model" in findings._about.whole()
    findings._forget.click()
    assert findings.current() is None
    findings._back.click()
    assert findings.current() == one
    findings._again.click()
    assert second.compare.view == "Distance"
    assert second.compare.chosen() == branches
    again.close()
