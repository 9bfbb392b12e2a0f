"""Full, read-only, removed and far disks: work goes on in memory, and nothing is lost."""

import errno
import shutil
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core import session_file
from core.disk_trouble import reason_of
from core.file_lock import FileLock
from core.known_error import KnownError
from core.saving import SavedState
from core.session_file import SessionFile
from core.session_reading import load
from core.session_writing import write

MOMENT = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


@pytest.fixture
def disk(monkeypatch):
    """A disk that writes go to; `fails` is how it fails now, `half` whether it commits first."""

    class Disk:
        fails: sqlite3.Error | None = None
        commits_first = False

    def writing(db, records):
        if Disk.fails is not None:
            if Disk.commits_first:
                write(db, records)
            raise Disk.fails
        write(db, records)

    monkeypatch.setattr(session_file, "write", writing)
    return Disk


@pytest.fixture
def make_saved(bench, path, tokens):
    workbench = bench()
    workbench.save_as(path)
    workbench.start_prompt(tokens("ab"))
    return workbench, path, tokens


@pytest.mark.parametrize(
    ("error", "commits_first"),
    [
        ("database or disk is full", False),
        ("attempt to write a readonly database", False),
        ("disk I/O error", False),
        ("disk I/O error", True),
    ],
    ids=["full", "read-only", "gone", "gone while it committed"],
)
def test_work_goes_on_in_memory_and_is_written_when_the_disk_is_back(
    make_saved, disk, error, commits_first
):
    workbench, path, tokens = make_saved
    disk.fails, disk.commits_first = sqlite3.OperationalError(error), commits_first
    tip = workbench.start_prompt(tokens("xy"))
    assert workbench.saved_state is SavedState.NOT_SAVED
    assert workbench.would_lose
    assert error in workbench.problems[-1]
    assert "goes on in memory" in workbench.problems[-1]
    assert not workbench.is_settled(tip)
    disk.commits_first = False
    workbench.note(tip, "in the dark")
    later = workbench.start_prompt(tokens("zz"))
    workbench.undo()
    disk.fails = None
    workbench.redo()
    assert str(workbench.saved_state) == "saved"
    assert not workbench.would_lose
    assert workbench.is_settled(later)
    contents = workbench._session.contents()
    workbench.close()
    assert load(path).contents() == contents


def test_a_disk_that_is_really_full_keeps_the_file_sound(bench, path, tokens):
    workbench = bench()
    workbench.save_as(path)
    workbench.start_prompt(tokens("ab"))
    file = workbench._keeper._storages[workbench._keeper._current]._file
    assert file._db is not None
    pages = file._db.execute("PRAGMA page_count").fetchone()[0]
    file._db.execute(f"PRAGMA max_page_count = {pages}")
    tip = workbench.start_prompt(tokens("long enough for another page " * 4))
    assert any("full" in problem for problem in workbench.problems)
    workbench.bookmark(tip, True)  # the next try finds room
    assert workbench.saved_state is SavedState.SAVED
    contents = workbench._session.contents()
    workbench.close()
    assert load(path).contents() == contents


def test_a_session_whose_file_could_not_be_made_is_tried_again_without_a_new_deed(
    bench, tmp_path, tokens
):
    blocked = tmp_path / "stick"
    blocked.write_text("not a folder yet")
    workbench = bench()
    workbench.start_untitled(blocked / "s.swerve")
    tip = workbench.start_prompt(tokens("ab"))
    assert "cannot be written" in workbench.problems[-1]
    assert workbench.would_lose
    blocked.unlink()
    workbench._keeper._next_try = 0.0
    workbench.retry_saving()
    assert workbench.is_settled(tip)
    assert not workbench.would_lose
    workbench.retry_saving()
    workbench.close()
    assert len(load(blocked / "s.swerve").tree) == 2


def test_a_file_that_cannot_be_made_is_tried_again_and_again_and_told_of_once(
    bench, tmp_path, tokens
):
    blocked = tmp_path / "stick"
    blocked.write_text("not a folder yet")
    workbench = bench()
    workbench.start_untitled(blocked / "s.swerve")
    workbench.start_prompt(tokens("ab"))
    told = len(workbench.problems)
    for _ in range(3):
        workbench._keeper._next_try = 0.0
        workbench.retry_saving()
    assert len(workbench.problems) == told


def test_closing_tries_a_last_time(bench, tmp_path, tokens):
    blocked = tmp_path / "stick"
    blocked.write_text("not a folder yet")
    workbench = bench()
    workbench.start_untitled(blocked / "s.swerve")
    workbench.start_prompt(tokens("ab"))
    blocked.unlink()
    workbench._keeper._next_try = 0.0
    workbench.close()
    assert len(load(blocked / "s.swerve").tree) == 2


def test_a_place_that_is_read_only_opens_and_says_so(saved, bench, path, monkeypatch, tokens):
    def refused(*_):
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr("core.storage.FileLock.take", refused)
    workbench = bench()
    workbench.open(path)
    assert "read-only" in workbench.problems[-1]
    assert len(workbench.tree) == len(saved.tree)
    assert not workbench.would_lose
    workbench.start_prompt(tokens("new"))
    assert workbench.would_lose
    monkeypatch.undo()
    workbench.save_as(path.with_name("copy.swerve"))
    assert not workbench.would_lose


def test_what_is_done_while_a_place_is_read_only_is_written_when_it_is_not(
    saved, bench, path, monkeypatch, tokens
):
    def refused(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(FileLock, "take", refused)
    workbench = bench()
    workbench.open(path)
    tip = workbench.start_prompt(tokens("new"))
    assert "disk is read-only now" in str(workbench.saving_problem)
    monkeypatch.undo()
    workbench.bookmark(tip, True)
    assert workbench.saving_problem is None
    contents = workbench._session.contents()
    workbench.close()
    assert load(path).contents() == contents


def test_a_session_opened_from_a_read_only_place_is_not_written_over_what_others_wrote_since(
    saved, bench, path, monkeypatch, tokens
):
    def refused(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(FileLock, "take", refused)
    late = bench()
    late.open(path)
    monkeypatch.undo()
    other = bench()
    other.open(path)
    other.start_prompt(tokens("theirs"))
    theirs = other._session.contents()
    other.close()
    late.start_prompt(tokens("mine"))
    assert "not the file that Swerve wrote last" in str(late.saving_problem)
    assert late.would_lose
    assert load(path).contents() == theirs


def test_a_network_that_fails_even_at_closing_is_let_go_all_the_same(make_saved, disk, monkeypatch):
    workbench, path, tokens = make_saved
    disk.fails = sqlite3.OperationalError("disk I/O error")
    file = workbench._keeper._storages[workbench._keeper._current]._file

    class Stale:
        """A handle whose server is gone."""

        def fileno(self):
            return real.fileno()

        def seek(self, _):
            raise OSError(errno.EIO, "Input/output error")

        def close(self):
            real.close()
            raise OSError(errno.EIO, "Input/output error")

    real, file._eye = file._eye, Stale()
    workbench.start_prompt(tokens("xy"))
    assert (file._eye, file._lock) == (None, None), "nothing of it is held any more"
    disk.fails = None
    tip = workbench.start_prompt(tokens("zz"))
    assert workbench.is_settled(tip)
    workbench.close()
    assert len(load(path).tree) == 6


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EROFS, "x"), "its disk is read-only now"),
        (OSError(errno.ENOSPC, "x"), "its disk is full"),
        (OSError(errno.EIO, "x"), "answers with an error"),
        (FileNotFoundError(errno.ENOENT, "x"), "it is not where it was"),
        (PermissionError(errno.EACCES, "Permission denied"), "Permission denied"),
        (sqlite3.SQLITE_FULL, "its disk is full"),
        (sqlite3.SQLITE_READONLY_DBMOVED, "read-only now"),
        (sqlite3.SQLITE_CANTOPEN, "cannot be reached"),
        (sqlite3.SQLITE_IOERR_WRITE, "answers with an error"),
    ],
)
def test_why_a_file_cannot_be_written_is_said_in_plain_words(tmp_path, error, words):
    if isinstance(error, int):
        code, error = error, sqlite3.OperationalError("x")
        error.sqlite_errorcode = code
    assert words in reason_of(tmp_path / "s.swerve", error)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a table of what is open")
def test_a_disk_in_trouble_is_let_go_so_that_it_can_be_taken_out(make_saved, disk):
    workbench, path, tokens = make_saved
    disk.fails = sqlite3.OperationalError("disk I/O error")
    workbench.start_prompt(tokens("xy"))
    held = [str(each.readlink()) for each in Path("/proc/self/fd").iterdir() if each.is_symlink()]
    assert not [name for name in held if name.startswith(str(path))]


def test_another_file_in_the_place_of_a_session_is_left_alone(make_saved, tmp_path):
    workbench, path, tokens = make_saved
    copy = tmp_path / "synchronised.swerve"
    SessionFile.create(copy, workbench._session.contents()).close()
    older = copy.read_bytes()
    workbench.start_prompt(tokens("xy"))
    copy.replace(path)
    tip = workbench.start_prompt(tokens("zz"))
    assert "not the file that Swerve wrote last" in str(workbench.saving_problem)
    assert not workbench.is_settled(tip)
    assert path.read_bytes() == older
    assert load(path).contents().nodes, "and it is as sound as it was"
    elsewhere = tmp_path / "elsewhere.swerve"
    workbench.save_as(elsewhere)
    assert workbench.saving_problem is None
    contents = workbench._session.contents()
    workbench.close()
    assert load(elsewhere).contents() == contents


def test_what_somebody_else_added_past_the_lock_is_left_alone(make_saved, tmp_path):
    workbench, path, tokens = make_saved
    db = sqlite3.connect(path)
    db.execute("INSERT INTO event (moment, verb, act) VALUES ('now', 'theirs', 1)")
    db.commit()
    db.close()
    for text in ("xy", "zz"):
        tip = workbench.start_prompt(tokens(text))
        assert "not the file that Swerve wrote last" in str(workbench.saving_problem)
        assert not workbench.is_settled(tip)
    assert load(path).contents().events[-1].verb == "theirs"
    elsewhere = tmp_path / "elsewhere.swerve"
    workbench.save_as(elsewhere)
    contents = workbench._session.contents()
    workbench.close()
    assert load(elsewhere).contents() == contents


def test_the_same_file_put_back_is_gone_on_with(make_saved, tmp_path):
    workbench, path, tokens = make_saved
    workbench.start_prompt(tokens("xy"))
    away = tmp_path / "away"
    for file in sorted(path.parent.glob(f"{path.name}*")):
        shutil.copy(file, away.with_name(file.name.replace(path.name, "away")))
        file.unlink()
    workbench.start_prompt(tokens("dark"))
    assert "not where it was" in str(workbench.saving_problem)
    for file in sorted(tmp_path.glob("away*")):
        file.rename(path.with_name(file.name.replace("away", path.name)))
    workbench.start_prompt(tokens("zz"))
    assert workbench.saving_problem is None
    contents = workbench._session.contents()
    workbench.close()
    assert load(path).contents() == contents


def test_a_removed_folder_loses_nothing(bench, tmp_path, tokens):
    folder = tmp_path / "stick"
    folder.mkdir()
    path = folder / "s.swerve"
    workbench = bench()
    workbench.save_as(path)
    workbench.start_prompt(tokens("ab"))
    away = tmp_path / "away"
    folder.rename(away)
    tip = workbench.start_prompt(tokens("xy"))
    assert workbench.saved_state is SavedState.NOT_SAVED
    assert "cannot be written" in workbench.problems[-1]
    assert not workbench.is_settled(tip)
    away.rename(folder)
    workbench.bookmark(tip, True)
    assert str(workbench.saved_state) == "saved"
    assert workbench.is_settled(tip)
    workbench.close()
    assert len(load(path).tree) == 4


def test_what_could_not_be_saved_is_saved_elsewhere(bench, tmp_path, tokens):
    folder = tmp_path / "stick"
    folder.mkdir()
    workbench = bench()
    workbench.save_as(folder / "s.swerve")
    workbench.start_prompt(tokens("ab"))
    shutil.rmtree(folder)
    tip = workbench.start_prompt(tokens("xy"))
    workbench.open(tmp_path / "other.swerve")
    assert "save it elsewhere" in workbench.problems[-1]
    workbench.save_as(tmp_path / "elsewhere.swerve")
    assert workbench.is_settled(tip)
    workbench.close()
    assert len(load(tmp_path / "elsewhere.swerve").tree) == 4


def test_a_place_that_cannot_be_written_is_refused_and_the_session_stays(bench, path, tokens):
    workbench = bench()
    workbench.save_as(path)
    workbench.start_prompt(tokens("ab"))
    blocked = path.with_name("file")
    blocked.write_text("not a folder")
    workbench.save_as(blocked / "s.swerve")
    assert "cannot be written" in workbench.problems[-1]
    assert workbench.file == path
    workbench.start_prompt(tokens("xy"))
    assert workbench.saved_state is SavedState.SAVED


def test_a_file_that_is_open_is_not_overwritten(saved, bench, path):
    first = bench()
    first.open(path)
    second = bench()
    second.save_as(path)
    assert "another window" in second.problems[-1]
    with pytest.raises(KnownError):
        SessionFile.create(path, second._session.contents())
