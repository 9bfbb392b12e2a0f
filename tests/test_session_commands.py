"""`swerve session`: a session checked, exported, brought back and compacted from a terminal."""

import csv
import errno
import io
import json
from pathlib import Path

import pytest

from core.branches import Role
from core.forks import ForkSpec
from core.jobs import InlineRunner, run_now
from core.known_error import KnownError
from core.sampling import GREEDY
from core.session_reading import load
from core.storage import InlineStorage
from core.workbench import Workbench
from gui.command_line import main
from gui.session_commands import LOST, workbench_on
from models.scripted_engine import ScriptedEngine

SPEC = ForkSpec("Mark is the CEO of", " Facebook", " Apple", " a", None, None, tokens=4)


@pytest.fixture
def swerve(capfd):
    def run(*arguments):
        status = main([str(each) for each in arguments])
        printed = capfd.readouterr()
        return status, printed.out, printed.err.strip()

    return run


@pytest.fixture
def path(tmp_path):
    """A session whose control is hidden."""
    path = tmp_path / "story.swerve"
    engine = ScriptedEngine()
    workbench = Workbench(run_now, InlineRunner, InlineStorage)
    workbench.attach_engine(engine)
    workbench.start_untitled(path)
    workbench.tell_fork(SPEC)
    assert workbench.fork is not None
    workbench.hide(workbench.fork.branches[Role.CONTROL])
    workbench.close()
    engine.close()
    return path


def test_json_out_and_in_again_is_the_same_session(swerve, path, tmp_path):
    out, back = tmp_path / "s.json", tmp_path / "back.swerve"
    status, told, _ = swerve("session", "export", path, "--format", "json", "--out", out)
    assert status == 0
    assert json.loads(told)["files"][0]["path"] == str(out)
    status, told, _ = swerve("session", "import", out, "--out", back, "--json")
    assert status == 0
    assert json.loads(told)["nodes"] == len(load(path).tree)
    assert load(back).contents() == load(path).contents()
    status, _, said = swerve("session", "import", out, "--out", back)
    assert status == 2
    assert "there already" in said


def test_exports_are_printed_without_a_file(swerve, path):
    status, told, _ = swerve("session", "export", path, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(told)))
    assert status == 0
    assert len(rows) == len(load(path).tree)
    _, told, _ = swerve("session", "export", path, "--format", "csv", "--rows", "candidates")
    assert len(list(csv.DictReader(io.StringIO(told)))) == 20 * len(rows)
    _, told, _ = swerve("session", "export", path, "--format", "markdown")
    assert told.startswith("# story\n")
    assert json.loads(swerve("session", "export", path, "--format", "json")[1])["version"] == 1


def test_a_csv_file_comes_with_its_candidates(swerve, path, tmp_path):
    swerve("session", "export", path, "--format", "csv", "--out", tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text().startswith("node,parent,")
    assert (tmp_path / "t.candidates.csv").read_text().startswith("node,model,")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("export", "{path}"), "format"),
        (("export", "{path}", "--format", "json", "--rows", "tokens"), "--rows"),
        (("export", "{path}", "--format", "json", "--out", "/no/such/folder/x"), "written"),
        (("export", "nowhere.swerve", "--format", "json"), "nowhere.swerve"),
        (("import", "{path}", "--out", "{path}.new"), "text"),
        (("import", "nowhere.json", "--out", "{path}.new"), "nowhere.json"),
        (("compact", "nowhere.swerve", "--yes"), "nowhere.swerve"),
        (("export", "{path}", "--format", "csv", "--out", "{path}"), "is a session"),
        (("export", "{path}", "--format", "json", "--out", "{path}/../b.SWERVE"), "is a session"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(swerve, path, arguments, says):
    told = [each.replace("{path}", str(path)) for each in arguments]
    status, out, said = swerve("session", *told)
    assert (status, out) == (2, "")
    assert says in said
    assert len(said.splitlines()) == 1


def test_compacting_says_what_it_would_delete_and_waits_for_a_yes(swerve, path):
    before, size = path.read_bytes(), len(load(path).tree)
    status, out, said = swerve("session", "compact", path)
    assert (status, out) == (2, "")
    assert "hidden tokens" in said
    assert "--yes" in said
    assert path.read_bytes() == before
    status, out, _ = swerve("session", "compact", path, "--yes")
    told = json.loads(out)
    assert status == 0
    assert len(load(path).tree) == size - told["deleted"]["tokens"]
    assert told["deleted"]["tokens"] == 5
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    _, out, _ = swerve("session", "compact", path)
    assert not any(json.loads(out)["deleted"].values())


def test_an_export_replaces_no_session_whatever_its_name_is(swerve, path, tmp_path):
    plain = tmp_path / "story.candidates.csv"
    plain.write_bytes(path.read_bytes())
    link = tmp_path / "linked.json"
    link.symlink_to(path)
    before = path.read_bytes()
    for arguments in (
        (plain, "--format", "json", "--out", plain),
        (plain, "--format", "csv", "--out", tmp_path / "story.csv"),
        (path, "--format", "json", "--out", link),
    ):
        status, out, said = swerve("session", "export", *arguments)
        assert (status, out) == (2, "")
        assert "is a session" in said
    assert path.read_bytes() == plain.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir()) == [link.name, plain.name, path.name]


def test_an_export_that_fails_half_way_leaves_what_was_there(swerve, path, tmp_path, monkeypatch):
    out, also = tmp_path / "t.csv", tmp_path / "t.candidates.csv"
    out.write_text("the table of yesterday")
    real = Path.write_text

    def full(file, text, **wishes):
        if "candidates" in file.name:
            real(file, text[:10], **wishes)
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(file, text, **wishes)

    monkeypatch.setattr(Path, "write_text", full)
    status, _, said = swerve("session", "export", path, "--format", "csv", "--out", out)
    assert status == 2
    assert "t.candidates.csv cannot be written: No space left" in said
    assert out.read_text() == "the table of yesterday"
    assert not also.exists()
    assert sorted(each.name for each in tmp_path.iterdir()) == [path.name, out.name]


@pytest.fixture
def told(swerve, path, tmp_path):
    """The session as JSON, in a file that is written anew with another value in it."""
    file = tmp_path / "s.json"
    swerve("session", "export", path, "--format", "json", "--out", file)
    fields = json.loads(file.read_text())

    def write(place, value):
        *way, last = place
        part = fields
        for step in way:
            part = part[step]
        part[last] = value
        file.write_text(json.dumps(fields))
        return file

    return write


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("readings", 1, "rank"), 2**70),
        (("readings", 1, "entropy"), "nan"),
        (("events", 0, "act"), 2**70),
        (("settings", "last model"), "9" * 5000),
    ],
)
def test_what_cannot_be_imported_is_one_sentence_and_leaves_no_file(
    swerve, told, tmp_path, place, value
):
    status, out, said = swerve(
        "session", "import", told(place, value), "--out", tmp_path / "new.swerve"
    )
    assert (status, out) == (2, "")
    assert said == "This JSON is a damaged session: nothing was imported."
    assert not list(tmp_path.glob("new.swerve*"))


def test_what_is_imported_and_cannot_be_read_back_leaves_no_file(
    swerve, told, tmp_path, monkeypatch
):
    def unreadable(path):
        raise KnownError(f"{path.name} is damaged.")

    monkeypatch.setattr("gui.session_commands.load", unreadable)
    status, _, said = swerve(
        "session", "import", told(("settings", "a"), "b"), "--out", tmp_path / "new.swerve"
    )
    assert (status, said) == (2, "new.swerve is damaged.")
    assert not list(tmp_path.glob("new.swerve*"))


def test_json_with_half_an_emoji_and_a_byte_order_mark_is_imported(swerve, told, tmp_path):
    file, out = told(("acts", 0, "label"), "half \ud83d"), tmp_path / "new.swerve"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    status, _, said = swerve("session", "import", file, "--out", out)
    assert (status, said) == (0, "")
    assert load(out).contents().acts[0].label == "half \ufffd"
    status, text, _ = swerve("session", "export", out, "--format", "json")
    assert json.loads(text)["acts"][0]["label"] == "half \ufffd"


@pytest.mark.parametrize("place", ["file/new.swerve", "file/deep/new.swerve"])
def test_a_session_that_cannot_be_made_is_said_in_a_sentence_that_is_true_of_a_command(
    tmp_path, place
):
    (tmp_path / "file").write_text("no folder")
    engine = ScriptedEngine()
    with pytest.raises(KnownError) as told, workbench_on(tmp_path / place, engine) as workbench:
        workbench.tell_fork(SPEC)
    engine.close()
    assert str(told.value).startswith("new.swerve cannot be written: ")
    assert str(told.value).endswith(LOST)
    assert "in memory" not in str(told.value)


@pytest.mark.model
@pytest.mark.timeout(60)
def test_the_model_that_wrote_a_session_verifies_it_and_another_is_named_by_hash(
    swerve, path, tmp_path
):
    written = tmp_path / "read.swerve"
    swerve("read", "The capital of France is Paris.", "--session", written)
    status, out, _ = swerve("session", "verify", written, "--all", "--json")
    verdict = json.loads(out)
    assert status == 0
    assert verdict["ok"]
    assert verdict["model_matches"]
    assert verdict["max_abs_delta_logprob"] == 0
    assert verdict["checked"] == len(load(written).tree)
    status, out, said = swerve("session", "verify", path, "--json")
    verdict = json.loads(out)
    assert status == 2
    assert (verdict["checked"], verdict["model_matches"], verdict["ok"]) == (0, False, False)
    card = load(written).last_card()
    assert card is not None
    assert card.sha256 in said
    assert "scripted" in said


def test_a_command_that_finds_its_text_in_the_session_already_is_no_failure(tmp_path):
    engine = ScriptedEngine()
    file = tmp_path / "s.swerve"
    lengths = []
    for _ in range(2):
        with workbench_on(file, engine) as workbench:
            prompt = engine.vocabulary.tokens(engine.tokenize("ab"))
            workbench.continue_from(
                [workbench.start_prompt(prompt)], tokens=3, sampler=GREEDY, seed=1
            )
            lengths.append(len(workbench.tree))
    assert lengths == [5, 5]
    engine.close()
