"""`swerve lab`: what it prints, what it keeps, and what it says when something is wrong."""

import argparse
import json
from itertools import islice

import pytest

from core.known_error import KnownError
from core.lab.registry import find_experiment
from core.lab.self_test import self_test
from gui.command_line import main
from gui.lab_commands import lab_run
from models.fake_model import FakeModel
from tests.core.lab.conftest import LookupEngine

ENGINE = LookupEngine(contagion=2)


def call(tmp_path, said, *, seed=0, engine=ENGINE, **files):
    options = argparse.Namespace(
        facts=files.get("facts"),
        items=files.get("items", 3),
        seed=seed,
        rows=str(tmp_path / files.get("rows", "rows.jsonl")),
        report=str(tmp_path / files.get("report", "report.html")),
        tasks=files.get("tasks"),
        preamble=files.get("preamble"),
        size=files.get("size", "quick"),
        csv=str(tmp_path / "rows.csv"),
    )
    return lab_run(
        engine,
        find_experiment(files.get("experiment", "steps")),
        options,
        said.append,
        sha256="table",
    )


def test_the_experiments_are_listed_without_a_model(capfd):
    assert main(["lab", "list", "--json"]) == 0
    names = [e["name"] for e in json.loads(capfd.readouterr().out)["experiments"]]
    assert names == [
        "influence",
        "belief",
        "steps",
        "compounding",
        "recovery",
        "preamble",
    ]


def test_an_experiment_that_is_not_there_is_one_sentence(capfd):
    assert main(["lab", "run", "alchemy", "--json"]) == 2
    assert "no experiment alchemy" in capfd.readouterr().err


def test_a_run_says_its_cost_keeps_its_rows_and_resumes(tmp_path):
    said: list[str] = []
    first = call(tmp_path, said)
    assert any("3 items cost about" in sentence for sentence in said)
    assert first["sentence"] in said
    assert len(first["rows"]) == 3
    kept = (tmp_path / "rows.jsonl").read_text()
    lines = kept.splitlines(keepends=True)
    (tmp_path / "rows.jsonl").write_text("".join(lines[:2]) + lines[2][:40])
    said.clear()
    assert call(tmp_path, said) == first
    assert said[0] == "Resuming after 1 items."
    assert (tmp_path / "rows.jsonl").read_text() == kept
    assert "<svg" in (tmp_path / "report.html").read_text()
    assert (tmp_path / "rows.csv").read_text().startswith("item,dropped,name,place,value\n")


def test_rows_of_another_seed_are_not_mixed_in(tmp_path):
    call(tmp_path, [])
    with pytest.raises(KnownError, match="another run"):
        call(tmp_path, [], seed=1)


def test_rows_of_another_size_or_another_swerve_are_not_mixed_in(tmp_path, monkeypatch):
    call(tmp_path, [])
    with pytest.raises(KnownError, match="items was 3, now 4"):
        call(tmp_path, [], items=4)
    monkeypatch.setattr("gui.lab_commands.version", lambda _: "0.0.9")
    with pytest.raises(KnownError, match=r"swerve was .*, now 0\.0\.9"):
        call(tmp_path, [])


def test_rows_whose_header_does_not_tell_their_size_are_not_taken_over(tmp_path):
    call(tmp_path, [])
    path = tmp_path / "rows.jsonl"
    first, _, rest = path.read_text().partition("\n")
    header = {k: v for k, v in json.loads(first).items() if k != "items"}
    path.write_text(json.dumps(header) + "\n" + rest)
    with pytest.raises(KnownError, match="items was not told"):
        call(tmp_path, [])


@pytest.mark.parametrize("text", [None, "[{}]"])
def test_a_bad_fact_pack_is_one_sentence(tmp_path, text):
    path = tmp_path / "mine.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(KnownError, match=r"mine\.json"):
        call(tmp_path, [], facts=str(path))
    assert not (tmp_path / "rows.jsonl").exists()


def test_rows_that_cannot_be_kept_are_one_sentence(tmp_path):
    with pytest.raises(KnownError, match="cannot be kept"):
        call(tmp_path, [], rows="no-such-folder/rows.jsonl")


@pytest.mark.parametrize("report", ["", "no-such-folder/report.html"])
def test_a_report_that_could_not_be_written_is_told_before_the_run(tmp_path, report):
    with pytest.raises(KnownError, match="folder"):
        call(tmp_path, [], report=report)
    assert not (tmp_path / "rows.jsonl").exists()


def test_a_preamble_is_in_the_header_and_in_the_report_and_parts_runs(tmp_path):
    told = call(tmp_path, [], preamble="A quiet beginning.")
    assert told["settings"]["preamble"] == "A quiet beginning."
    assert "A quiet beginning." in (tmp_path / "report.html").read_text()
    assert json.loads((tmp_path / "rows.jsonl").read_text().splitlines()[0])["preamble"]
    with pytest.raises(KnownError, match="another run"):
        call(tmp_path, [], preamble="A loud one.")
    with pytest.raises(KnownError, match="another run"):
        call(tmp_path, [])
    with pytest.raises(KnownError, match="shorten it"):
        call(tmp_path, [], preamble="x" * 5000, rows="other.jsonl")


def test_a_standard_run_goes_as_far_as_it_is_planned(tmp_path):
    said: list[str] = []
    told = call(tmp_path, said, experiment="compounding", size="standard")
    assert told["settings"]["length"] == 40
    assert len(told["rows"][0]["values"]["look-up written"]) == 40
    assert told["least_effect"]["in"] == "odds ratio"


class Interrupted(LookupEngine):
    """Is stopped by the keyboard in its second item."""

    def ask(self, request):
        self.asked = getattr(self, "asked", 0) + 1
        if self.asked > 25:
            raise KeyboardInterrupt
        return super().ask(request)


def test_a_run_that_is_stopped_says_where_its_rows_are(tmp_path):
    said: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        call(tmp_path, said, engine=Interrupted(contagion=2))
    assert "1 items are kept in" in said[-1]
    said.clear()
    assert len(call(tmp_path, said)["rows"]) == 3
    assert said[0] == "Resuming after 1 items."


class Blind:
    """Stands in for a model of known errors, and errs otherwise than it says."""

    def __new__(cls, **truth):
        return FakeModel(**{**truth, "contagion": 9.0})


@pytest.mark.parametrize(("make", "status"), [(FakeModel, 0), (Blind, 1)])
def test_the_self_test_ends_with_what_it_found(monkeypatch, capfd, make, status):
    monkeypatch.setattr("models.fake_model.FakeModel", make)
    first = 12  # of its checks; all of them are run in test_experiments.py
    monkeypatch.setattr(
        "gui.lab_commands.self_test", lambda make, size: islice(self_test(make, size), first)
    )
    assert main(["lab", "selftest", "--simulations", "6", "--json"]) == status
    assert json.loads(capfd.readouterr().out)["passed"] is (status == 0)
