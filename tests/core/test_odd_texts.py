"""What no file can hold as it is never stops a session from being saved."""

import queue
from dataclasses import replace

import pytest

from core.records import ReadingRow
from core.saving import Copied, NotSaved, Refused
from core.session import Session
from core.session_reading import load
from core.sound_text import sound
from core.storage import InlineStorage, StorageThread
from core.tree import NodeId
from core.workbench import SavedState
from gui.command_line import main

TOO_LARGE = (ReadingRow(1, (NodeId(1), -1.0, 2**70, None, None, None, 1)),)


@pytest.mark.parametrize(
    ("odd", "whole"),
    [
        ("plain", "plain"),
        ("\ufeffé", "\ufeffé"),
        ("mod\udce8les", "mod\ufffdles"),
        ("half \ud83d", "half \ufffd"),
        ("\ud83d\ude00", "\N{GRINNING FACE}"),
    ],
)
def test_text_keeps_all_but_lone_surrogates(odd, whole):
    assert sound(odd) == whole
    sound(odd).encode()


def test_a_model_in_a_folder_with_an_odd_name_and_odd_words_of_the_user_are_saved(
    bench, path, make_engine, tokens
):
    engine = make_engine()
    engine.card = replace(engine.card, path="/mod\udce8les/x.gguf")
    workbench = bench(attached=engine)
    workbench.start_untitled(path)
    tip = workbench.start_prompt(tokens("ab"))
    workbench.note(tip, "half \ud83d an emoji")
    workbench.set_setting("odd", "\udfff")
    workbench.insert(tip, tokens("cd"), name="\ud800")
    assert workbench.problems == []
    assert workbench.saved_state is SavedState.SAVED
    workbench.save_as(path.with_name("copy.swerve"))
    assert workbench.file == path.with_name("copy.swerve")
    workbench.close()
    for file in (path, path.with_name("copy.swerve")):
        session = load(file)
        assert len(session.tree) == 4
        assert [model.card.path for model in session.models] == ["/mod\ufffdles/x.gguf"]
        assert session.notes[tip] == "half \ufffd an emoji"
        assert session.settings["odd"] == "\ufffd"


def too_large(session):
    contents = session.contents()
    return replace(contents, readings={1: [each.row for each in TOO_LARGE]})


def test_the_storage_thread_outlives_what_it_cannot_write_and_says_why(saved, path, tmp_path):
    heard: queue.SimpleQueue[object] = queue.SimpleQueue()
    storage = StorageThread(heard.put)
    place = tmp_path / "new.swerve"
    storage.copy_to(place, too_large(load(path)), 1)
    refused = heard.get(timeout=10)
    assert isinstance(refused, Refused)
    assert "new.swerve cannot be written: something in the session fits into no file" in str(
        refused.problem
    )
    assert not list(tmp_path.glob("new.swerve*")), "nothing is left of the try"
    storage.copy_to(place, Session().contents(), 2)
    assert isinstance(heard.get(timeout=10), Copied)
    storage.write(3, TOO_LARGE)
    told = heard.get(timeout=10)
    assert isinstance(told, NotSaved)
    assert "fits into no file" in told.problem
    storage.close()
    assert not storage._thread.is_alive()


def test_what_cannot_be_written_is_kept_and_not_taken_for_written(path):
    heard: list[object] = []
    storage = InlineStorage(heard.append)
    storage.copy_to(path, Session().contents(), 1)
    storage.write(2, TOO_LARGE)
    assert storage.has_pending
    assert isinstance(heard[-1], NotSaved)
    storage.close()


def test_a_command_prints_a_name_with_an_undecodable_byte(saved, path, capsys):
    odd = path.with_name("afternoon \udce8.swerve")
    try:
        path.rename(odd)
    except OSError:
        pytest.skip("this disk has no such names")
    assert main(["session", "info", str(odd)]) == 0
    assert "afternoon \ufffd.swerve" in capsys.readouterr().out
