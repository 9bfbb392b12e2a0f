"""The session is exported from the File menu, in the background."""

import json

import pytest
from PySide6.QtWidgets import QFileDialog

from core.exports.session_json import session_from_json
from core.jobs import InlineRunner, run_now
from core.storage import InlineStorage
from core.tree import ROOT
from core.workbench import Workbench
from gui.app import CLOSED, build_window
from gui.exporting import FORMS, OTHER_ENDING, UNSAVED


@pytest.fixture
def window(qtbot, engine, preferences, tmp_path):
    bench = Workbench(run_now, InlineRunner, InlineStorage)
    bench.attach_engine(engine)
    bench.start_untitled(tmp_path / "s.swerve")
    bench.branch_here(bench.start_prompt(engine.vocabulary.tokens([97, 98])), engine.vocabulary[99])
    shown = build_window(bench, preferences, CLOSED)
    qtbot.addWidget(shown)
    shown.show()
    yield shown
    bench.close()


def choose(monkeypatch, name, kind=""):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(name), kind))


def test_each_kind_is_written_and_told(qtbot, window, tmp_path, monkeypatch):
    for kind, ending in FORMS.items():
        choose(monkeypatch, tmp_path / "out", kind)
        with qtbot.waitSignal(window.exporting.told, timeout=8000):
            window.actions_by_id["file.export"].trigger()
        assert window.problem.words().startswith(f"Exported to out{ending}")
        assert "Problem" not in window.problem.accessibleName()
        assert (tmp_path / f"out{ending}").stat().st_size
    assert (tmp_path / "out.candidates.csv").exists()
    session = session_from_json((tmp_path / "out.json").read_text())
    assert session.contents() == window._workbench._session.contents()
    assert json.loads((tmp_path / "out.json").read_text())["pieces"]


def test_the_name_that_is_proposed_for_an_untitled_session_can_be_taken(
    qtbot, window, tmp_path, monkeypatch
):
    window._workbench.save_as(tmp_path / "Session 2026-11-29 07.57.01.swerve")
    monkeypatch.setattr("gui.file_dialogs._left", [tmp_path])
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda _over, _title, stem, kinds: (stem, next(iter(FORMS)))
    )
    with qtbot.waitSignal(window.exporting.told, timeout=8000):
        window.actions_by_id["file.export"].trigger()
    assert (tmp_path / "Session 2026-11-29 07.57.01.json").stat().st_size


def test_what_cannot_be_exported_is_said(qtbot, window, empty_window, tmp_path, monkeypatch):
    choose(monkeypatch, tmp_path / "out.xyz")
    window.actions_by_id["file.export"].trigger()
    assert window.problem.words() == OTHER_ENDING
    choose(monkeypatch, tmp_path / "nowhere" / "out.md")
    assert window.problem.accessibleName().startswith("Problem")
    with qtbot.waitSignal(window.exporting.failed, timeout=8000):
        window.actions_by_id["file.export"].trigger()
    assert "cannot be written" in window.problem.words()
    empty_window.exporting.export(tmp_path / "out.md")
    assert empty_window.problem.words() == UNSAVED
    assert window.selection.selected != ROOT
