"""A session is kept in its file, found again as it was, and goes on there."""

import csv
import io
import json
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from core.engine import Floors, Stepped
from core.exports.session_csv import tokens_csv
from core.exports.session_json import session_from_json, session_json
from core.file_lock import FileLock
from core.forks import ForkSpec
from core.jobs import ThreadRunner
from core.sampling import FREE
from core.session_reading import load
from core.storage import StorageThread
from core.tree import NodeId
from core.view_state import ViewState
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


def test_what_comes_after_closing_takes_the_file_no_more(bench, path, tokens):
    workbench = bench()
    workbench.start_untitled(path)
    tip = workbench.start_prompt(tokens("ab"))
    workbench.close()
    before = path.read_bytes()
    workbench.keep_view("layout", ViewState(1, {"late": True}))
    workbench.read(tip)
    workbench.note(tip, "late")
    workbench.retry_saving()
    assert not workbench.busy
    lock = FileLock.take(path)
    assert lock is not None
    lock.release()
    assert path.read_bytes() == before


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


def test_saving_as_the_own_file_changes_nothing_and_says_so(saved, bench, path):
    workbench = bench()
    workbench.open(path)
    link = path.with_name("link.swerve")
    link.symlink_to(path)
    for place in (path, link):
        workbench.save_as(place)
        assert workbench.problems[-1].startswith(f"{place.name} is this session's own file: ")
    workbench.note(NodeId(1), "goes on")
    assert (workbench.file, workbench.saved_state) == (path, SavedState.SAVED)
    workbench.close()
    assert load(path).notes[NodeId(1)] == "goes on"


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


def test_a_file_under_another_name_is_the_same_model(saved, bench, path, make_engine):
    engine = make_engine()
    engine.card = replace(engine.card, name="a copy", path="/elsewhere/copy.gguf")
    again = bench(attached=engine)
    again.open(path)
    assert again.readings.logprob(NodeId(2)) == saved.readings.logprob(NodeId(2))
    assert again.fork.beliefs == saved.fork.beliefs


def test_readings_stay_a_models_own_where_its_load_check_is_worded_anew(
    saved, bench, path, make_engine
):
    engine = make_engine()
    shapes = replace(engine.card.arithmetic, check="as an older version said it")
    engine.card = replace(engine.card, arithmetic=shapes)
    again = bench(attached=engine)
    again.open(path)
    assert again.readings.logprob(NodeId(2)) == saved.readings.logprob(NodeId(2))
    again.read(NodeId(5))
    assert len(again._session.models) == 1


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


def test_what_was_found_is_found_once_when_the_card_tells_more_of_the_same_model(
    bench, path, make_engine
):
    engine = make_engine()
    workbench = bench(attached=engine)
    workbench.start_untitled(path)
    workbench.tell_fork(SPEC)
    before = workbench.fork.beliefs
    engine.card = engine.card.with_floors(Floors(*(0.001,) * 9))
    workbench.recognise()
    assert workbench.fork.beliefs == before
    workbench.close()
    assert len(load(path).contents().findings) == len(before)


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


@pytest.mark.parametrize("leaving", ["close", "another model", "another session"])
def test_a_hash_that_arrives_after_the_last_job_is_in_the_file(
    bench, path, make_engine, tokens, leaving
):
    engine = make_engine()
    tell = hashed_later(engine)
    workbench = bench(attached=engine)
    workbench.start_untitled(path)
    tip = workbench.start_prompt(tokens("ab"))
    tell()
    match leaving:
        case "close":
            workbench.close()
        case "another model":
            workbench.attach_engine(None)
        case _:
            workbench.open(path)
    session = load(path)
    card = session.last_card()
    assert card is not None
    assert card.sha256 == engine.card.sha256
    assert session.readings_of(engine.card).is_exact(tip)


def test_what_was_made_before_the_hash_arrived_names_a_model_with_that_hash(
    saved, bench, path, make_engine
):
    engine = make_engine()
    tell = hashed_later(engine)
    again = bench(attached=engine)
    again.open(path)
    again.continue_from([NodeId(2)], tokens=2, sampler=FREE, seed=9)
    tip = NodeId(len(again.tree))
    tell()
    again.recognise()
    number = json.loads(again.maker_of(tip).made_by)["model"]
    assert again.model_card(number).sha256 == engine.card.sha256
    again.close()
    session = load(path)
    assert session.card_of(number).sha256 == engine.card.sha256
    rows = [row for kept in session.contents().readings.values() for row in kept]
    assert len({row[0] for row in rows}) == len(rows), "each reading is kept once"
    assert session.readings_of(engine.card).is_exact(tip)
    told = list(csv.DictReader(io.StringIO(tokens_csv(session))))
    assert len(told) == len(session.tree), "a token is listed once for each model that read it"
    again_told = session_from_json(json.dumps(session_json(session)))
    assert again_told.contents() == session.contents()


def test_a_model_that_was_loaded_again_before_its_hash_was_known_is_one_model(
    bench, path, make_engine, tokens
):
    engine = make_engine()
    tell = hashed_later(engine)
    workbench = bench(attached=engine)
    workbench.start_untitled(path)
    first = workbench.start_prompt(tokens("ab"))
    workbench.attach_engine(make_engine())
    second = workbench.start_prompt(tokens("xy"))
    workbench.attach_engine(engine)
    tell()
    workbench.recognise()
    assert workbench.readings.is_exact(first)
    assert workbench.readings.is_exact(second)


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
    assert "another window" in second.problems[-1]
    assert second.saved_state is SavedState.NOT_SAVED
    second.start_prompt(tokens("second!"))
    first.start_prompt(tokens("third"))
    assert first.saved_state is SavedState.SAVED
    first.close()
    assert len(load(path).tree) == len(first.tree)


@pytest.fixture
def owner():
    """A thread's queue: `post` hands over, `until` works it off until something holds."""
    posted: list[Callable[[], None]] = []
    ready = threading.Condition()

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

    return post, until


def test_saving_elsewhere_while_branches_grow_loses_nothing(owner, make_engine, path, tokens):
    post, until = owner
    gate = threading.Semaphore(0)
    engine = make_engine()
    at_once = engine.ask

    def ask(request):
        for answer in at_once(request):
            if isinstance(answer, Stepped):
                assert gate.acquire(timeout=10)
            yield answer

    engine.ask = ask
    workbench = Workbench(post, ThreadRunner, StorageThread)
    workbench.attach_engine(engine)
    workbench.start_untitled(path)
    tip = workbench.start_prompt(tokens("ab"))
    until(lambda: not workbench.busy)
    workbench.continue_from([tip], tokens=40, sampler=FREE, seed=1)
    gate.release(10)
    until(lambda: len(workbench.tree) > 8)
    copy = path.with_name("copy.swerve")
    workbench.save_as(copy)
    gate.release(30)
    until(lambda: not workbench.busy and workbench.file == copy)
    until(lambda: workbench.saved_state is SavedState.SAVED)
    contents = workbench._session.contents()
    assert workbench.is_settled(NodeId(len(workbench.tree)))
    workbench.close()
    assert load(copy).contents() == contents
    assert len(contents.nodes[0]) == 42
    assert 2 <= len(load(path).tree) <= 42
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name, copy.name]


def test_a_session_without_a_token_is_kept_and_opened_like_any_other(bench, path):
    empty = bench()
    empty.save_as(path)
    empty.close()
    again = bench()
    again.open(path)
    assert again.problems == []
    assert (again.file, len(again.tree)) == (path, 0)
    assert again.undo() is None


def test_a_session_whose_model_is_gone_shows_its_numbers_and_takes_notes(saved, bench, path):
    alone = bench(attached=None)
    alone.open(path)
    assert alone.card.name == "bytes"
    assert alone.readings.logprob(NodeId(2)) == saved.readings.logprob(NodeId(2))
    assert alone.fork.beliefs == saved.fork.beliefs
    alone.note(NodeId(2), "without a model")
    alone.read(NodeId(2))
    assert "No model is loaded" in alone.problems[-1]
    alone.close()
    assert load(path).notes[NodeId(2)] == "without a model"


def test_the_storage_thread_saves_and_the_owner_hears_of_it(owner, engine, path):
    """Everything the owner hears arrives through `post`, on the owner's thread."""
    post, until = owner
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


def test_a_link_to_a_session_leads_to_its_lock_and_to_all_that_is_in_it(bench, path, tokens):
    first = bench()
    first.start_untitled(path)
    tip = first.start_prompt(tokens("ab"))
    link = path.with_name("link.swerve")
    link.symlink_to(path)
    second = bench()
    second.open(link)
    assert len(second.tree) == 2, "what is still in the log is read through the link"
    assert "another window" in second.problems[-1]
    second.note(tip, "theirs")
    first.note(tip, "mine")
    assert second.saved_state is SavedState.NOT_SAVED
    first.close()
    third = bench()
    third.open(link)
    third.note(tip, "later")
    third.save_as(path.with_name("copy.swerve"))
    third.save_as(link)
    assert third.file == link
    assert link.is_symlink(), "the link stays, and the file behind it is replaced"
    third.close()
    assert load(path).notes == {tip: "later"}
    assert sorted(file.name for file in path.parent.iterdir()) == [
        path.name,
        "copy.swerve",
        link.name,
    ]
