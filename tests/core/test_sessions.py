import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from core.file_lock import FileLock
from core.forks import ForkSpec
from core.jobs import ThreadRunner
from core.known_error import KnownError
from core.session_file import SessionFile
from core.session_reading import (
    DamagedSessionError,
    NewerSessionError,
    NotASessionError,
    UnreadableSessionError,
    load,
)
from core.storage import StorageThread
from core.tree import NodeId
from core.workbench import SavedState, Workbench

SPEC = ForkSpec("hello", "a", "x", "q", "mno", "?h", tokens=3)


def everything(workbench):
    return (
        workbench._session.contents(),
        dict(workbench.branches),
        [workbench.is_visible(node.id) for node in workbench.tree],
        dict(workbench.notes),
        workbench.bookmarks,
        workbench.fork,
        workbench.undo_label,
        workbench.redo_label,
    )


def problems(workbench):
    return [change.problem for change in workbench.heard if change.problem]


def test_what_was_saved_is_found_as_it_was(saved, bench, path):
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    again = bench()
    again.open(path)
    assert any(change.reset for change in again.heard)
    assert everything(again) == everything(saved)
    assert again.file == path
    assert again.setting("watch") == "Facebook"


def test_history_goes_on_across_reopening(saved, bench, path):
    again = bench()
    again.open(path)
    assert again.redo() == "new prompt"
    while again.undo():
        pass
    assert not again.branches
    again.close()
    third = bench()
    third.open(path)
    assert third.undo_label is None
    labels = []
    while label := third.redo():
        labels.append(label)
    assert labels[0] == "tell the fork"
    assert labels[-1] == "new prompt"
    assert len(third.branches) == len(saved.branches) + 1


def test_looking_at_a_session_changes_no_byte_of_it(saved, bench, path):
    before = path.read_bytes()
    again = bench()
    again.open(path)
    again.close()
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_an_untitled_session_has_no_file_before_there_is_something_to_keep(bench, path, tokens):
    workbench = bench()
    workbench.start_untitled(path)
    assert not path.exists()
    tip = workbench.start_prompt(tokens("ab"))
    assert path.exists()
    assert workbench.is_settled(tip)
    assert workbench.saved_state is SavedState.SAVED
    assert workbench.saved_at is not None


def test_save_as_copies_and_goes_on_in_the_copy(saved, bench, path, tokens):
    workbench = bench()
    workbench.open(path)
    copy = path.with_name("copy.swerve")
    workbench.save_as(copy)
    before = path.read_bytes()
    workbench.start_prompt(tokens("later"))
    assert workbench.file == copy
    lock = FileLock.take(path)
    assert lock is not None, "the first file was let go"
    lock.release()
    assert workbench.is_settled(NodeId(len(workbench.tree)))
    workbench.close()
    assert path.read_bytes() == before
    assert len(load(copy).tree) == len(load(path).tree) + len("later")


def test_readings_of_another_model_are_kept_apart_in_the_file(saved, bench, path, make_engine):
    again = bench(attached=make_engine(name="other", shift=2))
    again.open(path)
    assert again.readings.row(NodeId(1)) is None
    assert again.fork.beliefs == ()
    again.read(NodeId(5))
    again.close()
    third = bench()
    third.open(path)
    assert third.readings.logprob(NodeId(2)) == saved.readings.logprob(NodeId(2))
    assert third.fork.beliefs == saved.fork.beliefs
    assert len(third._session.contents().readings) == 2


def hashed_later(engine):
    """Make an engine that does not know its hash yet, and what tells it."""
    known = engine.card
    engine.card = known.with_hash("")
    return lambda: setattr(engine, "card", known)


def test_what_was_read_before_the_hash_was_known_is_kept_under_it(bench, path, make_engine):
    engine = make_engine()
    tell = hashed_later(engine)
    workbench = bench(attached=engine)
    workbench.start_untitled(path)
    workbench.tell_fork(SPEC)
    before = workbench.readings.logprob(NodeId(2)), workbench.fork
    tell()
    workbench.recognise()
    assert workbench.heard[-1].reset
    assert (workbench.readings.logprob(NodeId(2)), workbench.fork) == before
    workbench.close()
    again = bench()
    again.open(path)
    assert (again.readings.logprob(NodeId(2)), again.fork) == before


def test_a_hash_that_the_session_knows_already_joins_the_readings(saved, bench, path, make_engine):
    engine = make_engine()
    tell = hashed_later(engine)
    again = bench(attached=engine)
    again.open(path)
    tip = again.start_prompt(engine.vocabulary.tokens(engine.tokenize("new")))
    assert again.readings.logprob(NodeId(2)) is None
    fresh = again.readings.logprob(tip)
    assert fresh is not None
    tell()
    again.recognise()
    assert again.readings.logprob(NodeId(2)) == saved.readings.logprob(NodeId(2))
    assert again.readings.logprob(tip) == fresh
    assert again.fork.beliefs == saved.fork.beliefs


def test_a_model_whose_hash_is_unknown_is_not_taken_for_one_whose_hash_is_known(
    saved, bench, path, make_engine
):
    unknown = make_engine()
    hashed_later(unknown)
    again = bench(attached=unknown)
    again.open(path)
    assert again.readings.row(NodeId(2)) is None


def test_a_second_window_reads_and_says_that_it_does_not_save(saved, bench, path, tokens):
    first = bench()
    first.open(path)
    first.start_prompt(tokens("first"))
    second = bench()
    second.open(path)
    assert len(second.tree) == len(first.tree)
    assert "another window" in problems(second)[-1]
    assert second.saved_state is SavedState.NOT_SAVED
    second.start_prompt(tokens("second!"))
    first.start_prompt(tokens("third"))
    assert first.saved_state is SavedState.SAVED
    first.close()
    assert len(load(path).tree) == len(first.tree)


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
    assert "cannot be written" in problems(workbench)[-1]
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
    assert "save it elsewhere" in problems(workbench)[-1]
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
    assert "cannot be written" in problems(workbench)[-1]
    assert workbench.file == path
    workbench.start_prompt(tokens("xy"))
    assert workbench.saved_state is SavedState.SAVED


def test_the_storage_thread_saves_and_the_owner_hears_of_it(engine, path, tokens):
    """Everything the owner hears arrives through `post`, on the owner's thread."""
    posted, ready = [], threading.Condition()

    def post(action):
        with ready:
            posted.append(action)
            ready.notify()

    def until(condition):
        while not condition():
            with ready:
                assert ready.wait_for(lambda: posted, timeout=10)
                actions, posted[:] = tuple(posted), []
            for action in actions:
                action()

    workbench = Workbench(post, ThreadRunner, StorageThread)
    workbench.attach_engine(engine)
    workbench.start_untitled(path)
    workbench.tell_fork(SPEC)
    until(lambda: not workbench.busy and workbench.saved_state is SavedState.SAVED)
    assert workbench.is_settled(NodeId(len(workbench.tree)))
    contents = workbench._session.contents()
    workbench.close()
    assert load(path).contents() == contents
    again = Workbench(post, ThreadRunner, StorageThread)
    again.open(path)
    until(lambda: len(again.tree) > 0)
    assert again._session.contents() == contents
    again.close()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def write_database(path, *statements):
    db = sqlite3.connect(path)
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def refusal(bench, path):
    workbench = bench()
    workbench.open(path)
    assert len(workbench.tree) == 0
    (problem,) = problems(workbench)
    assert path.name in problem
    return problem


def test_other_files_are_refused_by_name(bench, path):
    path.write_text("a poem")
    assert "not a Swerve session" in refusal(bench, path)
    path.unlink()
    with pytest.raises(UnreadableSessionError):
        load(path)
    write_database(path, "CREATE TABLE recipe (name TEXT)")
    with pytest.raises(NotASessionError, match="another program"):
        load(path)


def test_a_session_from_the_future_is_refused(saved, bench, path):
    write_database(path, "PRAGMA user_version = 99")
    with pytest.raises(NewerSessionError):
        load(path)
    assert "newer Swerve" in refusal(bench, path)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER evil AFTER INSERT ON node BEGIN DELETE FROM node; END",
        "CREATE VIEW evil AS SELECT 1",
        "DROP TABLE act",
        "DELETE FROM node WHERE id = 3",
        "UPDATE node SET parent = 100000 WHERE id = 3",
        'UPDATE act SET effects = \'[["note", 99999, "", "x"]]\' WHERE id = 1',
        "UPDATE act SET effects = '{}}' WHERE id = 1",
        "UPDATE act SET made_by = '{\"seed\": 3,' WHERE id = 1",
        "UPDATE act SET made_by = '{\"growths\": [5]}' WHERE id = 1",
        "UPDATE reading SET ids = x'0102' WHERE node = 2",
        "UPDATE model SET card = '[]'",
        "DELETE FROM fork",
    ],
)
def test_a_session_that_does_not_hold_together_is_refused_and_left_alone(
    saved, bench, path, statement
):
    write_database(path, statement)
    before = path.read_bytes()
    with pytest.raises(DamagedSessionError):
        load(path)
    assert "damaged" in refusal(bench, path)
    assert path.read_bytes() == before


def mutated(data, chance):
    data = bytearray(data)
    match chance.randrange(4):
        case 0:
            for _ in range(chance.randrange(1, 20)):
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        case 1:
            del data[chance.randrange(len(data)) :]
        case 2:
            page = chance.randrange(len(data) // 4096) * 4096
            data[page : page + 4096] = bytes(4096)
        case _:
            place = chance.randrange(min(100, len(data)))
            data[place] = chance.randrange(256)
    return bytes(data)


def refusal_of(path):
    try:
        load(path)
    except KnownError as error:
        return str(error)
    return None


def test_two_hundred_damaged_files_end_in_a_sentence_and_keep_their_bytes(saved, path, tmp_path):
    chance = random.Random(5)
    original = path.read_bytes()
    refused = 0
    for number in range(200):
        broken = tmp_path / f"{number}.swerve"
        data = mutated(original, chance)
        broken.write_bytes(data)
        sentence = refusal_of(broken)
        assert sentence is None or broken.name in sentence
        refused += sentence is not None
        assert broken.read_bytes() == data
    assert refused > 60


CHILD = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from core.engine import Scored
    from core.jobs import InlineRunner, ThreadRunner
    from core.storage import StorageThread
    from core.tokens import Token, TokenId
    from core.tree import ROOT, NodeId
    from core.workbench import Workbench
    import queue

    actions = queue.SimpleQueue()
    workbench = Workbench(actions.put, ThreadRunner, StorageThread)
    told = 0

    def tell(change):
        global told
        while told < len(workbench.tree) and workbench.is_settled(NodeId(told + 1)):
            told += 1
            print(told, flush=True)

    workbench.observe(tell)
    workbench.save_as(Path(sys.argv[1]))
    tip = ROOT
    while True:
        token = Token(TokenId(len(workbench.tree) % 50), b"x")
        tip = workbench.branch_here(tip, token)
        while not actions.empty() or tip > told + 100:
            actions.get()()
    """
)


@pytest.mark.skipif(sys.platform == "win32", reason="signal 9")
@pytest.mark.parametrize("lines", [1, 20, 70, 150, 333])
def test_every_announced_node_survives_signal_9(path, lines):
    here = Path(__file__).parent.parent.parent
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path)],
        cwd=here,
        env=os.environ | {"PYTHONPATH": str(here)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    announced = 0
    for _ in range(lines):
        announced = int(child.stdout.readline())
    child.send_signal(signal.SIGKILL)
    for line in child.stdout:
        if line.endswith("\n"):
            announced = int(line)
    child.wait()
    child.stdout.close()
    assert announced >= lines
    assert len(load(path).tree) >= announced
    db = sqlite3.connect(path)
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("SELECT count(*) FROM node").fetchone()[0] >= announced
    db.close()


def test_a_lock_is_held_by_one_and_leaves_nothing_behind(path):
    lock = FileLock.take(path)
    assert lock is not None
    assert FileLock.take(path) is None
    lock.release()
    again = FileLock.take(path)
    assert again is not None
    again.release()
    assert not list(path.parent.iterdir())


def test_a_file_that_is_open_is_not_overwritten(saved, bench, path):
    first = bench()
    first.open(path)
    second = bench()
    second.save_as(path)
    assert "another window" in problems(second)[-1]
    with pytest.raises(KnownError):
        SessionFile.create(path, second._session.contents())
