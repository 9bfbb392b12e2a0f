"""The lab in the real window: started from the menu, paused, resumed, stopped, clicked."""

import json

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QScrollArea

from core.branches import Role
from core.jobs import InlineRunner, ThreadRunner, run_now
from core.lab_plans import Extent
from core.lab_products import Choices, Wish
from core.lab_records import RunState
from core.workbench import Workbench
from gui.bridge import Bridge
from tests.gui.lab.conftest import (
    FACTS,
    lab_window,
    press,
    run_steps,
    state_of,
    until_known,
)


def test_an_empty_lab_says_what_to_do_first(qtbot, preferences):
    bench = Workbench(run_now, InlineRunner, None)
    window = lab_window(qtbot, bench, preferences)
    press(window, "lab.show")
    assert window.lab.isVisible()
    assert not window.tree.isVisible()
    assert "Nothing has been run" in window.lab.result.empty.text()
    assert "No model is loaded" in window.lab.result.empty.text()
    assert not window.lab.form.run.isEnabled()
    assert not window.actions_by_id["lab.run"].isEnabled()
    press(window, "lab.show")
    assert window.tree.isVisible()
    bench.close()


def test_a_run_ends_with_its_verdict_its_numbers_and_its_rows(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    run_steps(qtbot, window)
    result = window.lab.result
    assert "multiplied the odds" in result.sentence.text()
    shown = [result._grid.itemAtPosition(row, 1).widget().text() for row in (0, 1)]
    assert shown[0] == "CONTAGIOUS"
    assert len(result.rows.items.rows) == 4
    assert any("dose 1" in row[0].text for row in result.numbers.items.rows)
    result.rows.copy_rows()
    copied = QApplication.clipboard().text().splitlines()
    assert copied[0].startswith("item\teffect")
    assert len(copied) == 5
    assert "Look-up of digits" in result.method.text()
    assert "measured" in window.lab.form.cost.text()


def test_verdicts_are_whole_in_the_smallest_window(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    run_steps(qtbot, window)
    window.resize(1100, 700)
    qtbot.wait(50)
    grid = window.lab.result._grid
    for label in (grid.itemAt(place).widget() for place in range(grid.count())):
        assert label.height() >= label.heightForWidth(label.width()), label.text()
        assert label.width() >= 80 or not label.text(), label.text()


def test_a_run_is_as_long_as_its_size_and_has_the_tasks_and_the_preamble_chosen(
    qtbot, lab_bench, preferences
):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    form = window.lab.form
    form.choose("recovery")
    assert form.choices.extent.currentText() == "24 tokens, 4 samples"
    form.size_box.setCurrentText("standard")
    assert form.choices.extent.currentText() == "40 tokens, 5 samples"
    assert form.wish().choices.extent == Extent(40, 5)
    form.choices.extent.setCurrentIndex(0)
    assert form.size_box.currentText() == "other size"
    form.choose("steps")
    assert not form.choices.extent.isVisible()
    for action in form.choices.tasks.menu().actions():
        action.setChecked(action.text() == "colours")
    form.choices.preamble.setText("A quiet beginning.")
    form.items.setValue(2)
    press(window, "lab.run")
    until_known(qtbot, window, 1)
    assert lab_bench.lab_wish(1).choices == Choices(None, ("colours",), "A quiet beginning.")
    assert "A quiet beginning." in window.lab.runs.item(0).toolTip()
    names = {name for row in lab_bench.lab_runs[1].rows for name in json.loads(row.values)}
    assert any(name.startswith("colours") for name in names)
    assert not any(name.startswith("look-up") for name in names)


def test_a_run_is_paused_and_resumed_and_gives_no_verdict_meanwhile(qtbot, gated):
    window, bench, engine = gated
    window.lab.form.choose("steps")
    window.lab.form.items.setValue(4)
    press(window, "lab.run")
    engine.gate.release(45)  # an item asks 22 times, and the run once for its floors
    run = bench.lab_runs[1]
    result = window.lab.result
    qtbot.waitUntil(lambda: len(run.rows) == 2)
    qtbot.waitUntil(lambda: "Provisional, 2 of 4 items" in result.sentence.text(), timeout=8000)
    assert not result.verdicts.isVisible()
    assert window.lab.pause.isVisible()
    press(window, "lab.pause")
    assert state_of(run) is RunState.PAUSED
    engine.gate.release(1000)
    qtbot.waitUntil(window.lab.resume.isVisible)
    qtbot.wait(20)
    assert len(run.rows) == 2
    window.lab.resume.click()
    qtbot.waitUntil(lambda: state_of(run) is RunState.DONE)
    until_known(qtbot, window, 1)
    assert result.verdicts.isVisible()


def test_the_buttons_under_the_runs_are_whole_while_the_form_leaves_room(
    qtbot, lab_bench, preferences
):
    window = lab_window(qtbot, lab_bench, preferences)
    window.resize(1600, 1000)
    press(window, "lab.show")
    page = window.lab
    page.form.set_pace((1100.0, 22.0))
    page.form.cost.setText(page.form.cost.text() * 3)
    qtbot.waitUntil(lambda: page.form.cost.height() > 2 * page.form.cost.fontMetrics().height())
    button, area = page.test_button, page.findChild(QScrollArea)
    assert area.verticalScrollBar().maximum() == 0
    assert (
        area.viewport().rect().contains(button.mapTo(area.viewport(), button.rect().bottomRight()))
    )


def test_esc_stops_a_run_and_keeps_its_rows(qtbot, gated):
    window, bench, engine = gated
    window.lab.start(Wish("steps", "", "", 0, 4))
    engine.gate.release(23)
    qtbot.waitUntil(lambda: len(bench.lab_runs[1].rows) == 1)
    qtbot.waitUntil(window.actions_by_id["tree.stop"].isEnabled)
    press(window, "tree.stop")
    assert state_of(bench.lab_runs[1]) is RunState.PAUSED
    assert len(bench.lab_runs[1].rows) == 1


def test_a_click_goes_first_while_a_run_goes_on(qtbot, preferences, scripted):
    bridge = Bridge()
    bench = Workbench(bridge.post, ThreadRunner, None)
    bench.attach_engine(scripted)
    window = lab_window(qtbot, bench, preferences)
    window.lab.analyst = type("Silent", (), {"ask": lambda *_: None, "give_up": lambda _: None})()
    window.lab.start(Wish("influence", FACTS, "own", 0, 60))
    qtbot.waitUntil(lambda: len(bench.lab_runs[1].rows) > 0, timeout=8000)
    tip = bench.start_prompt([scripted.vocabulary[token] for token in scripted.tokenize("Mark is")])
    qtbot.waitUntil(lambda: bench.readings.expects(tip) is not None, timeout=1000)
    assert bench.lab_going == 1
    bench.stop_experiment()
    bench.close()


def test_a_click_on_a_point_lands_in_the_tree_at_its_fork(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    run_steps(qtbot, window)
    result = window.lab.result
    result.figures.setCurrentText("By item")
    QApplication.processEvents()
    place = result.plot.place_of("sequence 2")
    qtbot.mouseClick(
        result.plot.viewport, Qt.MouseButton.LeftButton, pos=QPoint(*map(round, place.toTuple()))
    )
    assert window.tree.isVisible()
    first = next(f for f, b in lab_bench.branches.items() if b.role is Role.ERROR)
    assert window.selection.selected == lab_bench.tree.parent(first)
    assert lab_bench.branches[1].name == "steps: sequence 2"
    press(window, "edit.undo")
    assert not lab_bench.branches


def test_a_file_dialog_that_is_cancelled_leaves_the_fact_pack(
    qtbot, lab_bench, preferences, tmp_path, monkeypatch
):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    form, mine = window.lab.form, tmp_path / "mine.csv"
    form.use_pack(mine)
    answers = iter([("", ""), (str(tmp_path / "other.csv"), "")])
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: next(answers))
    from_own, from_file = form.pack.menu().actions()
    from_file.trigger()
    assert form.pack.text() == "mine.csv"
    from_file.trigger()
    assert form.pack.text() == "other.csv"
    from_own.trigger()
    assert form.pack.text() == "Swerve's own facts"


def test_a_bad_pack_and_too_few_facts_are_one_sentence(qtbot, lab_bench, preferences, tmp_path):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    form = window.lab.form
    form.choose("belief")
    bad = tmp_path / "mine.json"
    bad.write_text('[\n{"relation": 1}]')
    form.use_pack(bad)
    assert "line 2" in form.problem.text()
    form.run.click()
    assert not lab_bench.lab_runs
    form.use_pack(None)
    assert not form.problem.isVisible()
    form.items.setValue(2000)
    form.run.click()
    assert "are asked for: choose fewer" in form.problem.text()
    assert not lab_bench.lab_runs
