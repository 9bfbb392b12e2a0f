"""A window whose work is not in its file yet asks before it closes."""

import threading

import pytest
from PySide6.QtWidgets import QMessageBox

from core import session_file
from core.jobs import InlineRunner
from core.session_reading import load
from core.session_writing import write
from core.storage import StorageThread
from core.tree import NodeId
from core.workbench import SavedState, Workbench
from gui import losing
from gui.app import CLOSED, build_window
from gui.bridge import Bridge


@pytest.fixture
def stalled(monkeypatch):
    """A disk that answers while `gate` is set."""
    gate = threading.Event()
    gate.set()

    def writing(db, records):
        assert gate.wait(10)
        write(db, records)

    monkeypatch.setattr(session_file, "write", writing)
    monkeypatch.setattr(losing, "PATIENCE", 0.05)
    yield gate
    gate.set()


@pytest.fixture
def window(qtbot, engine, preferences, tmp_path, stalled):
    bench = Workbench(Bridge().post, InlineRunner, StorageThread)
    bench.attach_engine(engine)
    bench.start_untitled(tmp_path / "s.swerve")
    bench.start_prompt(engine.vocabulary.tokens([97, 98]))
    shown = build_window(bench, preferences, CLOSED)
    qtbot.addWidget(shown)
    shown.show()
    qtbot.waitUntil(lambda: bench.saved_state is SavedState.SAVED)
    yield shown
    stalled.set()
    bench.close()


def test_a_note_that_waits_for_a_stalled_disk_is_not_closed_away(
    qtbot, window, stalled, tmp_path, monkeypatch
):
    bench = window._workbench
    stalled.clear()
    bench.note(NodeId(1), "typed while the network stalls")
    assert bench.saved_state is SavedState.SAVING
    window.close()
    assert window.isVisible()
    (box,) = window.findChildren(QMessageBox)
    assert box.text() == losing.SILENT
    box.button(QMessageBox.StandardButton.Cancel).click()
    stalled.set()
    monkeypatch.setattr(losing, "PATIENCE", 10)
    bench.note(NodeId(2), "and one more")
    window.close()
    assert not window.isVisible(), "what is written at once needs no question"
    assert load(tmp_path / "s.swerve").notes == {
        1: "typed while the network stalls",
        2: "and one more",
    }


def test_it_closes_all_the_same_when_that_is_wanted(qtbot, window, stalled):
    stalled.clear()
    window._workbench.note(NodeId(1), "lost")
    window.close()
    (box,) = window.findChildren(QMessageBox)
    next(each for each in box.buttons() if each.text() == "Close without saving").click()
    assert not window.isVisible()
