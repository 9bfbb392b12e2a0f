"""The lab in the real window: started from the menu, paused, resumed, reopened, clicked."""

import json
import re
import threading
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QScrollArea

from core.branches import Role
from core.jobs import InlineRunner, ThreadRunner, run_now
from core.lab.self_checks import Size
from core.lab.self_test import self_test
from core.lab_answers import finite
from core.lab_plans import Extent
from core.lab_products import Choices, Wish
from core.lab_records import RunState
from core.storage import InlineStorage
from core.workbench import Workbench
from gui import figures
from gui.analyst import ProcessAnalyst, run_order
from gui.bridge import Bridge
from gui.lab_overlay import OverlayWindow
from gui.lab_words import number_words
from gui.resources import asset
from gui.self_test_window import CHECKS, SelfTestWindow
from gui.text_items import Cell, TextTable
from models.fake_model import FakeModel
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


def test_what_a_run_cost_is_known_when_its_model_lies_elsewhere(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    run_steps(qtbot, window)
    moved = LookupEngine(contagion=2)
    moved.card = replace(moved.card, path="elsewhere.gguf")
    lab_bench.attach_engine(moved)
    qtbot.wait(150)
    assert "on this model, measured" in window.lab.form.cost.text()


def test_the_cost_is_measured_before_a_run(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    form = window.lab.form
    form.choose("steps")
    assert "not measured yet" in form.cost.text()
    form.measure.click()
    qtbot.waitUntil(lambda: "on this model, measured" in form.cost.text())
    assert not lab_bench.lab_runs
    form.effect.setValue(0.3)
    assert form.needs.text() == "needs 88 sequences: use that"
    form.needs.click()
    assert form.items.value() == 88
    assert form.size_box.currentText() == "other size"


def tokens_told(form):
    return form.cost.text().partition(" tokens")[0]


def test_what_is_written_side_by_side_is_measured_whole(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    form = window.lab.form
    form.choose("compounding")
    form.items.setValue(16)
    form.measure.click()
    qtbot.waitUntil(lambda: "on this model, measured" in form.cost.text())
    measured = tokens_told(form)
    press(window, "lab.run")
    tokens = lab_bench.lab_runs[1].row.tokens
    assert measured == f"About {tokens}"  # a request costs this engine one token, shared by eight


def test_runs_that_are_alike_are_told_apart_by_when_they_were_begun(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    window.lab.form.items.setValue(1)
    for number in (1, 2):
        press(window, "lab.run")
        until_known(qtbot, window, number)
        if number == 1:
            assert window.lab.runs.item(0).text().endswith("done")
        moment = replace(lab_bench.lab_runs[number].row, moment=f"2026-11-29T10:00:0{number}+00:00")
        lab_bench.lab_runs[number].row = moment
    window.lab._refresh()
    first, second = (window.lab.runs.item(row).text() for row in (1, 0))
    assert first != second
    assert re.search(r"done · \d\d:00:01$", first)


def test_what_is_read_once_is_no_part_of_the_price_of_an_item(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    form = window.lab.form
    form.choose("steps")
    form.items.setValue(4)
    form.measure.click()
    qtbot.waitUntil(lambda: "on this model, measured" in form.cost.text())
    assert tokens_told(form) == "About 88"  # 22 requests for each item, floors apart


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


def test_every_experiment_says_how_small_an_effect_it_shows(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    form = window.lab.form
    form.choose("compounding")
    assert "an odds ratio of 2.60" in form.sought.shows.text()
    assert form.needs.text() == "needs 87 sequences: use that"
    form.choose("recovery")
    assert "more than false corrections" in form.sought.shows.text()
    form.effect.setValue(0.1)
    assert form.needs.text() == "needs 138 facts: use that"


def test_a_run_is_paused_and_resumed_and_gives_no_verdict_meanwhile(qtbot, preferences):
    engine = GatedEngine()
    bridge = Bridge()
    bench = Workbench(bridge.post, ThreadRunner, None)
    bench.attach_engine(engine)
    window = lab_window(qtbot, bench, preferences)
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
    bench.close()


def test_the_page_and_the_status_line_tell_the_same_time_left(qtbot, preferences):
    engine = GatedEngine()
    bridge = Bridge()
    bench = Workbench(bridge.post, ThreadRunner, None)
    bench.attach_engine(engine)
    window = lab_window(qtbot, bench, preferences)
    press(window, "lab.show")
    window.lab.start(Wish("steps", "", "", 0, 4))
    engine.gate.release(45)  # an item asks 22 times, and the run once for its floors
    qtbot.waitUntil(lambda: bench.lab_runs[1].counted == 2)
    qtbot.waitUntil(lambda: "left" in window.lab.result.state.text())
    window.status.clock = lambda: 1e9

    def tell_the_same():
        window.status.refresh()
        told = window.lab.result.state.text().rpartition(" · ")[2].rstrip(".")
        return f"2/4, {told} ·" in window.status.words()[0]

    qtbot.waitUntil(tell_the_same)
    bench.stop_experiment()
    engine.gate.release(1000)
    bench.close()


def test_measuring_the_cost_tells_how_far_it_is(qtbot, preferences):
    engine = GatedEngine()
    bridge = Bridge()
    bench = Workbench(bridge.post, ThreadRunner, None)
    bench.attach_engine(engine)
    window = lab_window(qtbot, bench, preferences)
    window.lab.form.choose("steps")
    press(window, "lab.cost")
    engine.gate.release(23)
    label = "measure the cost of steps"
    qtbot.waitUntil(lambda: [(label, 1, 2)] == [*bench.jobs.values()])
    engine.gate.release(1000)
    qtbot.waitUntil(lambda: not bench.busy)
    qtbot.waitUntil(lambda: window.lab.form.cost.text().startswith("About"))
    bench.close()


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


@pytest.mark.parametrize(
    ("value", "words"),
    [(3230.0, "3\N{NARROW NO-BREAK SPACE}230"), (999.7, "1\N{NARROW NO-BREAK SPACE}000")],
)
def test_no_number_of_a_table_is_written_with_a_power_of_ten(value, words):
    assert number_words(value) == words
    assert number_words(value, signed=True) == f"+{words}"
    assert number_words(-value) == f"{figures.MINUS}{words}"


def test_a_column_widens_with_its_rows_unless_it_was_dragged(qtbot):
    table = TextTable("rows")
    qtbot.addWidget(table)
    heads, short, long = ("item", "why"), Cell("a"), Cell("the name of an item that came later")
    table.show_rows(heads, [(short, short)])
    table.setColumnWidth(1, 80)
    before = table.columnWidth(0)
    table.show_rows(heads, [(short, short), (long, long)])
    assert table.columnWidth(0) > before
    assert table.columnWidth(0) >= table.fontMetrics().horizontalAdvance(long.text)
    assert table.columnWidth(1) == 80
    wide = table.columnWidth(0)
    table.show_rows(heads, [(short, short)])
    assert table.columnWidth(0) == wide


def test_esc_stops_a_run_and_keeps_its_rows(qtbot, preferences):
    engine = GatedEngine()
    bridge = Bridge()
    bench = Workbench(bridge.post, ThreadRunner, None)
    bench.attach_engine(engine)
    window = lab_window(qtbot, bench, preferences)
    window.lab.start(Wish("steps", "", "", 0, 4))
    engine.gate.release(23)
    qtbot.waitUntil(lambda: len(bench.lab_runs[1].rows) == 1)
    qtbot.waitUntil(window.actions_by_id["tree.stop"].isEnabled)
    press(window, "tree.stop")
    assert state_of(bench.lab_runs[1]) is RunState.PAUSED
    assert len(bench.lab_runs[1].rows) == 1
    engine.gate.release(1000)
    bench.close()


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


def test_a_reopened_session_shows_its_runs_without_a_model(qtbot, preferences, tmp_path):
    path = tmp_path / "kept.swerve"
    bench = Workbench(run_now, InlineRunner, InlineStorage)
    bench.start_untitled(path)
    bench.attach_engine(LookupEngine(contagion=2))
    window = lab_window(qtbot, bench, preferences)
    run_steps(qtbot, window)
    said = window.lab.result.sentence.text()
    bench.close()
    again = Workbench(run_now, InlineRunner, InlineStorage)
    again.open(path)
    other = lab_window(qtbot, again, preferences)
    press(other, "lab.show")
    assert other.lab.result.sentence.text() == said
    assert other.lab.result.verdicts.isVisible()
    other.lab.show_item("sequence 1")
    assert "This run was made with look-up" in other.problem.words()
    again.close()


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


def test_two_runs_are_laid_over_each_other(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    run_steps(qtbot, window)
    assert not window.lab.overlay_button.isEnabled()
    lab_bench.attach_engine(LookupEngine(contagion=4))
    run_steps(qtbot, window)
    press(window, "lab.overlay")
    overlay = window.findChild(OverlayWindow)
    curves = overlay.plot.picture.curves
    assert [curve.is_second for curve in curves] == [False, True]
    row = overlay.table.items.rows[0]
    assert row[3].value == pytest.approx(-0.693, abs=1e-3)
    assert "paired over the 4 items" in row[4].text
    overlay.close()


def test_the_self_test_tells_each_check_and_a_plain_result(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.self_test")
    test = window.lab.findChild(SelfTestWindow)
    share = {"estimate": 0.05, "low": 0.02, "high": 0.1, "items": 30, "kind": "Wilson"}
    check = {"name": "n", "truth": "t", "share": share, "wanted": [0.03, 0.07], "passed": True}

    class Told:
        def ask(self, order, take):
            assert '"simulations": 30' in order
            for passed in (True, False):
                take({"found": {**check, "passed": passed}})
            take({"end": True})

        def give_up(self):
            pass

    test.analyst = Told()
    test.start_button.click()
    assert len(test.table.items.rows) == 2
    assert test.verdict.text() == "1 of 2 checks are not as they should be: n."
    test.close()


def test_the_self_tests_bar_is_full_when_its_last_check_is_done(monkeypatch):
    monkeypatch.setattr("core.lab.self_checks.LEAST_RUNS", 1)
    tiny = Size(simulations=1, sequences=20, steps=12, items=6, draws=19)
    assert sum(1 for _ in self_test(FakeModel, tiny)) == CHECKS


def test_the_lab_analyses_in_a_process_of_its_own(qtbot, lab_bench):
    lab_bench.start_experiment(Wish("steps", "", "", 0, 3))
    analyst = ProcessAnalyst()
    heard: list[dict[str, Any]] = []
    order = run_order(lab_bench.lab_wish(1))
    analyst.ask(f'"do": "analyse", {order}', heard.append)
    analyst.ask(f'"do": "report", "is_whole": true, "about": {{"seed": 0}}, {order}', heard.append)
    analyst.ask('"do": "dance"', heard.append)
    qtbot.waitUntil(lambda: sum("end" in answer for answer in heard) == 3, timeout=20000)
    assert "multiplied the odds" in heard[0]["found"]["sentence"]
    assert "<svg" in heard[2]["found"]["html"]
    assert heard[2]["found"]["csv"].startswith("item,dropped")
    assert heard[4]["problem"] == "The lab cannot dance."
    analyst.give_up()


def test_the_report_and_the_rows_are_saved(qtbot, lab_bench, preferences, tmp_path, monkeypatch):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    run_steps(qtbot, window)
    for action, suffix in (("save_report", "html"), ("save_csv", "csv"), ("save_json", "json")):
        path = tmp_path / f"run.{suffix}"
        monkeypatch.setattr(
            "gui.file_dialogs.QFileDialog.getSaveFileName", lambda *_, path=path: (str(path), "")
        )
        press(window, f"lab.{action}")
        assert path.read_text()
    told = json.loads((tmp_path / "run.json").read_text())
    assert told["settings"]["seed"] == 0
    assert len(told["rows"]) == 4
    assert told["verdicts"]


def test_a_run_that_is_held_saves_no_verdict(qtbot, preferences, tmp_path, monkeypatch):
    engine = GatedEngine()
    bridge = Bridge()
    bench = Workbench(bridge.post, ThreadRunner, None)
    bench.attach_engine(engine)
    window = lab_window(qtbot, bench, preferences)
    press(window, "lab.show")
    window.lab.start(Wish("steps", "", "", 0, 4))
    engine.gate.release(67)  # an item asks 22 times, and the run once for its floors
    qtbot.waitUntil(lambda: len(bench.lab_runs[1].rows) == 3)
    qtbot.waitUntil(window.actions_by_id["tree.stop"].isEnabled)
    press(window, "tree.stop")
    engine.gate.release(1000)
    qtbot.waitUntil(window.lab.resume.isVisible)
    until_known(qtbot, window, 1)
    kept = json.loads(bench.lab_runs[1].row.outcome)
    assert kept["verdicts"] == []
    assert "Provisional, 3 of 4 items" in kept["sentence"]
    for action, suffix in (("save_report", "html"), ("save_json", "json")):
        path = tmp_path / f"run.{suffix}"
        monkeypatch.setattr(
            "gui.file_dialogs.QFileDialog.getSaveFileName", lambda *_, path=path: (str(path), "")
        )
        press(window, f"lab.{action}")
        assert "Provisional, 3 of 4 items" in path.read_text()
        of_this_run = path.read_text().partition("<h2>On models of known errors")[0]
        assert "CONTAGIOUS" not in of_this_run
    bench.close()


def test_numbers_stand_with_their_corrected_p(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    run_steps(qtbot, window)
    rows = window.lab.result.numbers.items.rows
    dose = [row for row in rows if "dose" in row[0].text]
    assert all(row[3].value >= row[2].value for row in dose)
    assert {row[3].tip for row in dose} == {"Holm", "Benjamini-Hochberg"}
