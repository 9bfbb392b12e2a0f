"""Stored numbers are verified from the menu: progress, stop, and one plain result."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from core.verifying import Checked
from gui.verify_dialog import NO_MODEL, VerifyDialog

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def engine(engine):
    engine.card = replace(engine.card, sha256="ab" * 32)
    return engine


@pytest.fixture
def dialog(qtbot, window):
    window.actions_by_id["model.verify"].trigger()
    (found,) = window.findChildren(VerifyDialog)
    assert found.isVisible()
    yield found
    found.close()


def test_all_numbers_of_the_session_are_verified_and_the_result_can_be_copied(qtbot, dialog, told):
    dialog.all.click()
    qtbot.mouseClick(dialog.start, LEFT)
    assert dialog.verdict is not None
    assert dialog.verdict.ok
    assert dialog.verdict.checked == dialog.verdict.of == len(told.tree)
    words = dialog.words()
    assert words.startswith("All is as it was: ")
    assert "largest deviation 0 nats" in words
    assert "rounding floor" in words
    assert dialog.left.text() == f"{len(told.tree)} of {len(told.tree)}"
    qtbot.mouseClick(dialog.copy, LEFT)
    assert QGuiApplication.clipboard().text() == words
    assert told.undo_label == "tell the fork"


def test_another_model_is_named_by_its_hash(qtbot, dialog, told, engine):
    engine.card = replace(engine.card, sha256="cd" * 32, name="another")
    told.attach_engine(engine)
    qtbot.mouseClick(dialog.start, LEFT)
    assert "cd" * 32 in dialog.words()
    assert "ab" * 32 in dialog.words()
    assert "nothing was compared" in dialog.words()


def test_a_wrong_number_is_told(qtbot, dialog, told):
    readings = told.readings
    node, logprob, *rest = readings.row(5)
    readings._rows[5] = (node, logprob - 0.5, *rest)
    qtbot.mouseClick(dialog.start, LEFT)
    assert dialog.words().startswith("The numbers do not hold: ")
    assert "0.5 nats" in dialog.words()


def test_without_a_model_the_dialog_says_what_to_do(qtbot, dialog, told):
    told.attach_engine(None)
    assert not dialog.start.isEnabled()
    assert dialog.words() == NO_MODEL


def test_it_says_how_long_it_will_take_and_can_be_stopped(qtbot, dialog, told, monkeypatch):
    waiting = []
    monkeypatch.setattr(told._runner, "submit", lambda *job: waiting.append(job))
    qtbot.mouseClick(dialog.start, LEFT)
    assert not dialog.start.isEnabled()
    dialog._began -= 30
    dialog._take(Checked(16, 64))
    assert dialog.left.text() == "16 of 64 · about 2 min left"
    assert (dialog.progress.value(), dialog.progress.maximum()) == (16, 64)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert dialog.words() == "Stopped after 16 of 64 readings: no verdict."
    assert not told.busy
    assert dialog.start.isEnabled()
