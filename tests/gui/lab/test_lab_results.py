"""What was found: shown again, laid over each other, saved; and the lab's own test."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from core.jobs import InlineRunner, run_now
from core.lab.self_checks import Size
from core.lab.self_test import self_test
from core.lab_products import Wish
from core.storage import InlineStorage
from core.workbench import Workbench
from gui import figures
from gui.analyst import ProcessAnalyst, run_order
from gui.lab_overlay import OverlayWindow
from gui.lab_words import number_words
from gui.self_test_window import CHECKS, SelfTestWindow
from gui.text_items import Cell, TextTable
from models.fake_model import FakeModel
from tests.core.lab.conftest import LookupEngine
from tests.gui.lab.conftest import (
    lab_window,
    press,
    run_steps,
    until_known,
)


def test_runs_that_are_alike_are_told_apart_by_when_they_were_begun(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    window.lab.form.choose("steps")
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
    test.stop()
    assert "Stopped after 2 checks: 1 of them failed; the rest were not made" in test.verdict.text()
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


def test_a_run_that_is_held_saves_no_verdict(qtbot, gated, tmp_path, monkeypatch):
    window, bench, engine = gated
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


def test_numbers_stand_with_their_corrected_p(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    run_steps(qtbot, window)
    rows = window.lab.result.numbers.items.rows
    dose = [row for row in rows if "dose" in row[0].text]
    assert all(row[3].value >= row[2].value for row in dose)
    assert {row[3].tip for row in dose} == {"Holm", "Benjamini-Hochberg"}
