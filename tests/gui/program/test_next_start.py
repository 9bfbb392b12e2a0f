"""What was open when Swerve ended, however it ended, is open at the next start."""

from gui import desktop as desktop_module
from gui.main_window import MainWindow
from gui.model_pill import ModelState
from tests.gui.program.conftest import copies_of_a_session, one_more, told


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
    own = [another.preferences.place_of(file) for file in files]
    assert None not in own
    assert places == [another.preferences.layout("window"), *own], "each window where it stood"
    another.windows[1].window.actions_by_id["file.close"].trigger()
    one_more(qtbot, another)
    another.windows[0].window.actions_by_id["file.close"].trigger()
    another.windows[0].window.actions_by_id["file.close"].trigger()
    last = begin()
    qtbot.waitUntil(lambda: last.windows[0].window.pill.state is ModelState.READY)
    assert len(last.windows[0].workbench.tree) == 0, "neither a session nor the story"


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
