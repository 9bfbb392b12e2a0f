"""The running program: windows that come and go, models that load, fail and die."""

import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QToolTip

from core.branches import Role
from core.forks import DEFAULT_FORK
from core.known_error import KnownError
from core.lab_products import Wish
from core.tree import NodeId, Origin
from gui import desktop as desktop_module
from gui.desktop import REAL, Desktop, Engines
from gui.examples import EXAMPLES, example_file
from gui.first_steps import CLICK, INSERT
from gui.main_window import MainWindow
from gui.model_pill import ModelState
from gui.session_commands import workbench_on
from models.scripted_engine import ScriptedEngine

SHORT = replace(DEFAULT_FORK, tokens=3)


@pytest.fixture(autouse=True)
def user_folders(tmp_path, monkeypatch):
    """Sessions and settings of a user who has never started Swerve."""
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "HOME", "LOCALAPPDATA", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setattr(desktop_module, "DEFAULT_FORK", SHORT)


class Shelf:
    """Models by name; it can kill the one that it gave out last."""

    def __init__(self, engine):
        self.engine = engine
        self.loaded = 0
        self.kill = lambda: None
        self.hush = lambda silent: None

    def find(self, name):
        if name == "missing":
            raise KnownError("There is no model called missing: choose another.")
        return Path(name or "story").with_suffix(".gguf")

    def load(self, path, on_progress, on_death):
        if path.stem == "broken":
            raise KnownError("broken.gguf is damaged: choose another.")
        self.loaded += 1
        self.kill = on_death
        return self.engine

    def watch(self, engine, on_silence):
        self.hush = on_silence


@pytest.fixture
def shelf(engine):
    return Shelf(engine)


@pytest.fixture
def begin(qtbot, shelf):
    """Start programs; whatever is still open is closed at the end."""
    running = []

    def start(file=None, *, model=None):
        one = Desktop(model, Engines(shelf.find, shelf.load, shelf.watch))
        running.append(one)
        one.start(file)
        return one

    yield start
    for one in running:
        shut(one)


def shut(one):
    for each in tuple(one.windows):
        each.window.close()
        each.window.deleteLater()
    one.close()
    QApplication.sendPostedEvents(None, 52)  # QEvent.Type.DeferredDelete


def told(qtbot, one):
    bench = one.windows[0].workbench
    qtbot.waitUntil(lambda: len(bench.tree) > 20 and not bench.jobs, timeout=8000)
    qtbot.waitUntil(lambda: bench.saved_state is bench.saved_state.SAVED, timeout=8000)
    return one.windows[0]


def one_more(qtbot, one):
    """Begin a session in a window of its own; return it once it is built."""
    many = len(one.windows)
    one.new_session()
    qtbot.waitUntil(lambda: len(one.windows) == many + 1)
    return one.windows[-1]


def test_a_new_window_is_no_larger_than_its_screen_where_its_panels_allow(begin):
    window = begin().windows[0].window
    room, least = window.screen().availableSize(), window.minimumSize()
    assert window.width() <= max(room.width(), least.width())
    assert window.height() <= max(room.height(), least.height())


def test_the_first_start_tells_the_story_and_says_what_to_try(qtbot, begin):
    one = begin()
    assert one.windows[0].window.isVisible()
    assert one.windows[0].window.pill.state is ModelState.LOADING
    first = told(qtbot, one)
    assert first.window.steps.isVisible()
    assert first.workbench.tree.text_to(first.window.selection.selected) == SHORT.prompt
    canvas = first.window.tree.canvas
    apple = first.workbench.fork.branches[Role.ERROR]
    qtbot.mouseClick(
        canvas.viewport(), Qt.MouseButton.LeftButton, pos=canvas.box_of(apple).center().toPoint()
    )
    assert first.window.steps.done() == [CLICK]
    first.window.next_token.field.setText(" Google")
    qtbot.waitUntil(first.window.next_token.insert.isEnabled)
    first.window.next_token.insert.click()
    assert first.window.steps.done() == [CLICK, INSERT]


def test_a_clicked_step_says_what_to_do_and_leads_there(qtbot, begin):
    window = told(qtbot, begin()).window
    there = (
        window.tree.canvas,
        window.tree.story.fields["prompt"],
        window.next_token.field,
    )
    for button, place in zip(window.steps._buttons, there, strict=True):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert window.focusWidget() is place
        assert QToolTip.text() == button.toolTip()


def test_dismissed_steps_stay_away_until_they_are_asked_for(qtbot, begin):
    one = begin()
    one.windows[0].window.steps.dismiss()
    told(qtbot, one)
    shut(one)
    window = begin().windows[0].window
    assert window.steps.isHidden()
    window.actions_by_id["help.steps"].trigger()
    assert window.steps.isVisible()


def test_closing_a_window_ends_its_session_and_only_that(qtbot, begin):
    one = begin()
    first = told(qtbot, one)
    first.window.actions_by_id["file.new"].trigger()
    qtbot.waitUntil(lambda: len(one.windows) == 2)
    second = one.windows[1]
    second.window.verbs.start_prompt("Mark is")
    qtbot.waitUntil(lambda: len(second.workbench.tree) == 2)
    first.window.actions_by_id["file.close"].trigger()
    assert one.windows == [second]
    assert second.window.isVisible()
    assert first.workbench.file.exists()
    assert not list(first.workbench.file.parent.glob(f"{first.workbench.file.name}-wal"))


def test_a_theme_chosen_in_one_window_is_worn_by_all(qtbot, begin):
    one = begin()
    one_more(qtbot, one)
    first, second = (each.window for each in one.windows)
    first.actions_by_id["view.theme_dark"].trigger()
    assert second.actions_by_id["view.theme_dark"].isChecked()
    first.actions_by_id["view.theme_light"].trigger()


def test_what_was_open_when_swerve_ended_comes_back(qtbot, begin, tmp_path):
    one = begin()
    first = told(qtbot, one)
    file = first.workbench.file
    copy = file.with_name("left open.swerve")
    # what a killed process leaves behind: the file, its log, and a lock that nobody holds
    for ending in ("", "-wal"):
        copy.with_name(copy.name + ending).write_bytes(
            file.with_name(file.name + ending).read_bytes()
        )
    another = begin()  # beside the first, which still holds its own file
    back = another.windows[0]
    qtbot.waitUntil(lambda: len(back.workbench.tree) == len(first.workbench.tree))
    assert len(another.windows) == 1
    assert back.workbench.file == copy
    assert back.window.problem.words() == desktop_module.RECOVERED
    assert back.window.steps.isHidden()


def test_all_sessions_that_were_open_come_back_each_in_a_window(qtbot, begin, monkeypatch):
    copies = copies_of_a_session(qtbot, begin)
    monkeypatch.setattr(desktop_module, "interrupted", lambda: copies)
    another = begin()
    [left] = another.preferences.left_open  # closed in order: it comes back without a word
    qtbot.waitUntil(lambda: [each.workbench.file for each in another.windows] == [*copies, left])
    told = [each.window.problem.words() for each in another.windows]
    assert told == [desktop_module.RECOVERED] * 3 + [""]


def test_what_was_open_at_the_end_is_open_at_the_next_start_and_the_story_is_told_once(
    qtbot, begin, monkeypatch
):
    places = []
    monkeypatch.setattr(MainWindow, "restoreGeometry", lambda _, place: places.append(place))
    one = begin()
    first = told(qtbot, one)
    first.window.actions_by_id["file.new"].trigger()
    qtbot.waitUntil(lambda: len(one.windows) == 2)
    second = one.windows[1]
    second.window.verbs.start_prompt("Mark is")
    qtbot.waitUntil(lambda: second.workbench.saved_state is second.workbench.saved_state.SAVED)
    files = [first.workbench.file, second.workbench.file]
    second.window.actions_by_id["file.quit"].trigger()
    assert not one.windows
    another = begin()
    qtbot.waitUntil(lambda: [each.workbench.file for each in another.windows] == files)
    qtbot.waitUntil(lambda: len(another.windows[1].workbench.tree) == 2)
    assert another.windows[0].window.steps.isHidden()
    assert places == [another.preferences.layout("window")]
    another.windows[1].window.actions_by_id["file.close"].trigger()
    one_more(qtbot, another)
    another.windows[0].window.actions_by_id["file.close"].trigger()
    another.windows[0].window.actions_by_id["file.close"].trigger()
    last = begin()
    qtbot.waitUntil(lambda: last.windows[0].window.pill.state is ModelState.READY)
    assert len(last.windows[0].workbench.tree) == 0, "neither a session nor the story"


def test_two_sessions_dropped_on_an_empty_window_are_both_shown(qtbot, begin):
    copies = copies_of_a_session(qtbot, begin)
    other = begin(copies[0])
    qtbot.waitUntil(lambda: other.windows[0].workbench.file == copies[0])
    drop(one_more(qtbot, other).window, *copies[1:])
    qtbot.waitUntil(lambda: [each.workbench.file for each in other.windows] == copies)


def copies_of_a_session(qtbot, begin):
    """Tell a story and return three files of it that nobody has open."""
    one = begin()
    file = told(qtbot, one).workbench.file
    shut(one)
    copies = [file.with_name(f"{name}.swerve") for name in ("first", "second", "third")]
    for copy in copies:
        copy.write_bytes(file.read_bytes())
    return copies


def drop(window, *files):
    """Let go of files over a window; return whether it offered to take them."""
    dropped = QMimeData()
    dropped.setUrls([QUrl.fromLocalFile(str(file)) for file in files])
    left, plain = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    offered = QDragEnterEvent(QPoint(40, 40), Qt.DropAction.CopyAction, dropped, left, plain)
    QApplication.sendEvent(window, offered)
    let_go = QDropEvent(QPointF(40, 40), Qt.DropAction.CopyAction, dropped, left, plain)
    QApplication.sendEvent(window, let_go)
    return offered.isAccepted()


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


def test_a_damaged_session_is_said_and_work_goes_on_in_a_new_one(qtbot, begin, tmp_path):
    damaged = tmp_path / "damaged.swerve"
    damaged.write_bytes(b"SQLite format 3\0" + b"nonsense" * 900)
    one = begin(damaged)
    first = one.windows[0]
    qtbot.waitUntil(lambda: "damaged" in first.window.problem.words())
    qtbot.waitUntil(lambda: first.workbench.vocabulary is not None)
    first.window.verbs.start_prompt("Mark is")
    qtbot.waitUntil(lambda: first.workbench.file is not None)
    assert first.workbench.file != damaged
    assert damaged.read_bytes().startswith(b"SQLite format 3\0nonsense")


def test_a_dropped_session_opens_in_a_window_of_its_own(qtbot, begin):
    one = begin()
    first = told(qtbot, one)
    copy = first.workbench.file.with_name("copy.swerve")
    first.workbench.save_as(copy)
    qtbot.waitUntil(lambda: first.workbench.file == copy)
    original = next(p for p in copy.parent.glob("*.swerve") if p != copy)
    assert drop(first.window, original)
    qtbot.waitUntil(lambda: len(one.windows) == 2)
    qtbot.waitUntil(lambda: one.windows[1].workbench.file == original)
    assert len(one.windows[1].workbench.tree) == len(first.workbench.tree)


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


def test_a_session_that_holds_a_run_alone_is_not_replaced_by_another(qtbot, begin, tmp_path):
    one = begin()
    other = tmp_path / "other.swerve"
    shutil.copyfile(example_file("france"), other)
    first = one_more(qtbot, one)
    qtbot.waitUntil(lambda: first.workbench.vocabulary is not None)
    assert first.workbench.start_experiment(Wish("steps", "", "", 0, 1)) == 1
    assert len(first.workbench.tree) == 0
    many = len(one.windows)
    first.open_session(other)
    qtbot.waitUntil(lambda: len(one.windows) == many + 1)
    assert 1 in first.workbench.lab_runs
    shut(one)


def test_a_file_that_cannot_be_written_is_told_of_until_it_can(qtbot, begin, tmp_path):
    one = begin()
    shown = told(qtbot, one)
    window, workbench = shown.window, shown.workbench
    stick = tmp_path / "stick"
    workbench.save_as(stick / "s.swerve")
    qtbot.waitUntil(lambda: workbench.file == stick / "s.swerve")
    stick.rename(tmp_path / "away")
    workbench.bookmark(NodeId(1), True)
    qtbot.waitUntil(lambda: "s.swerve cannot be written" in window.problem.words())
    window.status.refresh()
    assert "not saved" in window.status.words()[1]
    workbench.bookmark(NodeId(2), True)
    (tmp_path / "away").rename(stick)
    qtbot.waitUntil(lambda: workbench.saving_problem is None, timeout=8000)
    assert window.problem.words() == ""
    window.status.refresh()
    assert "saved" in window.status.words()[1]
    assert "not saved" not in window.status.words()[1]


def test_a_session_that_no_file_holds_is_not_closed_without_a_question(
    qtbot, begin, tmp_path, monkeypatch
):
    one = begin()
    shown = told(qtbot, one)
    monkeypatch.setattr(type(shown.workbench), "would_lose", property(lambda _: True))
    shown.window.close()
    (box,) = shown.window.findChildren(QMessageBox)
    assert shown.window.isVisible()
    assert "in memory only" in box.text()
    words = [button.text() for button in box.buttons()]
    assert "Save as…" in words
    box.button(QMessageBox.StandardButton.Cancel).click()
    assert shown.window.isVisible()
    shown.window.close()
    box = shown.window.findChildren(QMessageBox)[-1]
    next(each for each in box.buttons() if each.text() == "Close without saving").click()
    assert not shown.window.isVisible()
    assert one.windows == []


def test_an_example_opens_as_a_copy_that_is_the_users(qtbot, begin):
    one = begin()
    qtbot.waitUntil(lambda: len(one.windows[0].workbench.tree) > 0)
    before = example_file("france").read_bytes()
    one.windows[0].window.actions_by_id["file.example_france"].trigger()
    qtbot.waitUntil(lambda: len(one.windows) == 2 and len(one.windows[1].workbench.tree) > 0)
    bench = one.windows[1].workbench
    assert bench.file is not None
    assert bench.file.stem.startswith("The capital of France")
    assert bench.fork.spec.wrong == " Berlin"
    assert Role.ERROR in bench.fork.branches
    bench.note(next(iter(bench.branches)), "mine")
    shut(one)
    assert example_file("france").read_bytes() == before


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_holds_together_and_names_no_place(name, tmp_path):
    copy = tmp_path / f"{name}.swerve"
    copy.write_bytes(example_file(name).read_bytes())
    with workbench_on(copy, None) as bench:
        assert len(bench.tree) > 50
        assert bench.notes
        assert bench.card is not None
        assert (bench.card.path, bool(bench.card.sha256)) == ("", True)
        assert all(bench.readings.is_exact(node) for node in map(NodeId, range(1, 20)))


def test_loading_tells_how_far_it_is_and_can_be_left(qtbot, begin, shelf):
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
    window.actions_by_id["model.cancel"].trigger()
    tried.set()
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [False]
    assert window.pill.state is ModelState.NONE
    assert window.problem.words() == ""


def test_swerve_that_is_left_while_sessions_come_back_brings_them_all_at_the_next_start(
    qtbot, begin, monkeypatch
):
    copies = copies_of_a_session(qtbot, begin)
    monkeypatch.setattr(desktop_module, "interrupted", lambda: copies)
    one = begin()
    [left] = one.preferences.left_open
    one.quit()
    one.close()
    assert one.preferences.left_open == [*copies, left]
    qtbot.wait(50)
    assert not one.windows, "what was not built yet is not built any more"


def test_a_session_that_is_open_comes_forward_instead_of_opening_again(qtbot, begin):
    one = begin()
    first = told(qtbot, one)
    second = one_more(qtbot, one)
    second.open_session(first.workbench.file)
    assert len(one.windows) == 2
    assert not len(second.workbench.tree)
    qtbot.waitUntil(first.window.isActiveWindow)
    assert first.workbench.saved_state is first.workbench.saved_state.SAVED
