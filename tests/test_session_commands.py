"""`swerve session`: a session checked, exported, brought back and compacted from a terminal."""

import csv
import io
import json

import pytest

from core.branches import Role
from core.forks import ForkSpec
from core.jobs import InlineRunner, run_now
from core.session_reading import load
from core.storage import InlineStorage
from core.workbench import Workbench
from gui.command_line import main
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
