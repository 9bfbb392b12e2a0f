"""Models that load, fail, fall silent and die while windows are open."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from core.branches import Role
from core.known_error import KnownError
from core.tree import NodeId, Origin
from gui import desktop as desktop_module
from gui.desktop import REAL, Desktop
from gui.model_pill import ModelState
from models.scripted_engine import ScriptedEngine
from tests.gui.program.conftest import one_more, shut, told


def test_a_dead_model_leaves_a_session_that_is_read_and_revived(qtbot, begin, shelf):
    one = begin()
    first = told(qtbot, one)
    shelf.kill()
    qtbot.waitUntil(lambda: first.window.pill.state is ModelState.DEAD)
    assert "session is safe" in first.window.problem.words()
    first.window.selection.select(first.workbench.fork.branches[Role.ERROR])
    assert first.window.this_token.value("surprise") == "7.1 bits"
    assert not first.window.tree.story.tell.isEnabled()
    assert "load one" in first.window.next_token._empty.text()
    first.window.actions_by_id["model.reload"].trigger()
    qtbot.waitUntil(lambda: first.window.pill.state is ModelState.READY)
    assert first.window.problem.words() == ""
    assert shelf.loaded == 2


def test_a_hash_that_takes_long_is_noted_when_it_is_known(qtbot, begin, shelf, monkeypatch):
    monkeypatch.setattr(desktop_module, "HASH_DELAY_MS", 5)
    asked: list[int] = []

    class Slow(type(shelf.engine)):  # type: ignore[misc]
        @property
        def card(self):
            asked.append(len(asked))
            return self.known if is_known else self.known.with_hash("")

        @card.setter
        def card(self, card):
            self.known = replace(card, path="/models/large.gguf", sha256="abc")

    is_known = False
    shelf.engine = Slow()
    one = begin()
    first = told(qtbot, one)
    before = len(asked)
    qtbot.waitUntil(lambda: len(asked) > before + 20)  # several tries, with nothing else at work
    assert first.workbench.card.sha256 == ""
    is_known = True
    qtbot.waitUntil(lambda: first.workbench.card.sha256 == "abc")
    assert first.workbench.readings.is_exact(NodeId(1))


def test_a_silent_model_is_said_heard_again_and_replaced(qtbot, begin, shelf):
    one = begin()
    first = told(qtbot, one)
    shelf.hush(True)
    qtbot.waitUntil(lambda: first.window.pill.state is ModelState.SILENT)
    assert "does not answer" in first.window.problem.words()
    shelf.hush(False)
    qtbot.waitUntil(lambda: first.window.pill.state is ModelState.READY)
    assert first.window.problem.words() == ""
    shelf.hush(True)
    qtbot.waitUntil(lambda: first.window.pill.state is ModelState.SILENT)
    shelf.engine = ScriptedEngine()
    first.window.actions_by_id["model.reload"].trigger()
    assert "loading" in first.window.pill.words()
    qtbot.waitUntil(lambda: first.window.pill.state is ModelState.READY)
    assert first.window.problem.words() == ""
    shelf.engine.close()


def test_a_missing_model_is_one_sentence_and_another_can_be_loaded(qtbot, begin):
    one = begin(model="missing")
    window = one.windows[0].window
    assert window.problem.words() == "There is no model called missing: choose another."
    assert window.pill.state is ModelState.NONE
    one.open_model(Path("broken.gguf"))
    qtbot.waitUntil(lambda: "damaged" in window.problem.words())
    one.open_model(Path("story"))
    told(qtbot, one)
    assert window.problem.words() == ""


@pytest.mark.parametrize("way", ["model.cancel", "tree.stop"])
def test_loading_tells_how_far_it_is_and_can_be_left(qtbot, begin, shelf, way):
    started, goes_on, tried = threading.Event(), threading.Event(), threading.Event()
    answers = []

    def load(path, on_progress, on_death):
        on_progress(0.4)
        started.set()
        goes_on.wait(5)
        on_progress(1.0)
        tried.wait(5)
        answers.append(on_progress(1.0))
        raise KnownError("Loading was stopped: load the model again.")

    shelf.load = load
    one = begin()
    window = one.windows[0].window
    started.wait(5)
    qtbot.waitUntil(lambda: "40%" in window.pill.words())
    goes_on.set()
    qtbot.waitUntil(lambda: "trying it out" in window.pill.words())
    window.actions_by_id[way].trigger()
    tried.set()
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [False]
    assert window.pill.state is ModelState.NONE
    assert window.problem.words() == ""


@pytest.mark.model
@pytest.mark.timeout(60)  # it loads the model for itself, as a start does
def test_the_starter_models_story_is_lived_closed_and_found_again(qtbot):
    one = Desktop(None, REAL)
    one.start(None)
    bench = one.windows[0].workbench
    window = one.windows[0].window
    qtbot.waitUntil(lambda: len(bench.tree) > 25 and not bench.jobs, timeout=45000)
    assert bench.fork is not None
    assert bench.fork.beliefs
    window.next_token.field.setText(" Tesla")
    qtbot.waitUntil(window.next_token.insert.isEnabled, timeout=5000)
    window.next_token.insert.click()
    tesla = window.selection.selected
    assert bench.tree.origin(tesla) is Origin.INSERTED
    window.next_token.growth.tokens.setValue(4)
    qtbot.waitUntil(lambda: bench.readings.surprise(tesla) is not None, timeout=5000)
    window.next_token.growth.go.click()
    qtbot.waitUntil(lambda: len(bench.nodes_of(tesla)) == 5 and not bench.jobs, timeout=5000)
    qtbot.waitUntil(lambda: bench.saved_state is bench.saved_state.SAVED, timeout=5000)
    file, count = bench.file, len(bench.tree)
    assert file is not None
    text = bench.tree.text_to(bench.tip_of(tesla))
    surprise = bench.readings.surprise(tesla)
    again = one_more(qtbot, one)
    window.close()
    again.open_session(file)
    found = again.workbench
    qtbot.waitUntil(lambda: len(found.tree) == count, timeout=5000)
    assert found.tree.text_to(found.tip_of(tesla)) == text
    assert found.readings.surprise(tesla) == surprise
    qtbot.waitUntil(lambda: again.window.branches.items.rowCount() == 6)
    shut(one)
    window.deleteLater()
