"""Windows that come and go, each with the session in it."""

import shutil

import pytest
from PySide6.QtWidgets import QMessageBox

from core.branches import Role
from core.lab_products import Wish
from core.tree import NodeId
from gui.examples import EXAMPLES, example_file
from gui.session_commands import workbench_on
from tests.gui.program.conftest import copies_of_a_session, drop, one_more, shut, told


def test_a_new_window_is_no_larger_than_its_screen_where_its_panels_allow(begin):
    window = begin().windows[0].window
    room, least = window.screen().availableSize(), window.minimumSize()
    assert window.width() <= max(room.width(), least.width())
    assert window.height() <= max(room.height(), least.height())


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


def test_two_sessions_dropped_on_an_empty_window_are_both_shown(qtbot, begin):
    copies = copies_of_a_session(qtbot, begin)
    other = begin(copies[0])
    qtbot.waitUntil(lambda: other.windows[0].workbench.file == copies[0])
    drop(one_more(qtbot, other).window, *copies[1:])
    qtbot.waitUntil(lambda: [each.workbench.file for each in other.windows] == copies)


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


def test_a_session_that_is_open_comes_forward_instead_of_opening_again(qtbot, begin):
    one = begin()
    first = told(qtbot, one)
    second = one_more(qtbot, one)
    second.open_session(first.workbench.file)
    assert len(one.windows) == 2
    assert not len(second.workbench.tree)
    qtbot.waitUntil(first.window.isActiveWindow)
    assert first.workbench.saved_state is first.workbench.saved_state.SAVED
