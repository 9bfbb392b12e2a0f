"""A session leaves as text and comes back as it was."""

import csv
import io
import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.csv_text import csv_text
from core.exports.session_csv import (
    CANDIDATE_COLUMNS,
    TOKEN_COLUMNS,
    candidates_csv,
    tokens_csv,
)
from core.exports.session_json import UnfitJsonError, session_from_json, session_json
from core.exports.session_markdown import session_markdown
from core.session_reading import load
from core.tokens import Token, TokenId
from core.tree import ROOT, NodeId

RUN = {
    "number": 1,
    "experiment": "steps",
    "items": 1,
    "seed": 1,
    "facts": "",
    "model": 1,
    "version": "1",
    "moment": "now",
    "state": "done",
    "why": "",
    "tokens": 0,
    "seconds": 0.0,
    "outcome": None,
}


@pytest.fixture
def session(saved, path):
    return load(path)


def rows(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_session_comes_back_from_json_as_it_was(session):
    text = json.dumps(session_json(session), ensure_ascii=False)
    again = session_from_json(text)
    assert again.contents() == session.contents()
    assert (again.notes, again.bookmarks, again.tags, again.watched) == (
        session.notes,
        session.bookmarks,
        session.tags,
        session.watched,
    )
    assert json.dumps(session_json(again), ensure_ascii=False) == text


def test_what_is_told_beside_the_facts_is_not_read_back(session):
    told = session_json(session)
    told["derived"] = {"visible": "nonsense"}
    assert session_from_json(json.dumps(told)).contents() == session.contents()


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("nodes", [{"id": 1, "parent": 7, "token": 0, "origin": "prompt", "act": 1}]),
        ("nodes", 5),
        ("tokens", []),
        ("acts", []),
        ("models", []),
        ("version", "new"),
        ("settings", []),
        ("readings", [{"model": 1, "node": 9999}]),
    ],
)
def test_json_that_does_not_hold_together_is_refused(session, place, value):
    told = session_json(session) | {place: value}
    with pytest.raises(UnfitJsonError, match="damaged"):
        session_from_json(json.dumps(told))


def changed(told, place, value):
    """Put a value where `place` leads; `reversed` turns the list around."""
    *way, last = place
    for step in way:
        told = told[step]
    told[last] = told[last][::-1] if value == "reversed" else value


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("tokens",), "reversed"),
        (("tokens", 1, "slot"), 0),
        (("tokens", 1, "slot"), True),
        (("tokens", 0, "id"), 2**70),
        (("tokens", 0, "id"), -1),
        (("tokens", 0, "special"), "no"),
        (("nodes", 1, "parent"), 2**70),
        (("nodes", 1, "parent"), 0.5),
        (("readings", 1, "rank"), 2**70),
        (("readings", 1, "rank"), 1.5),
        (("readings", 1, "logprob"), "nan"),
        (("readings", 1, "entropy"), "nan"),
        (("readings", 1, "ids", 0), -5),
        (("readings", 1, "ids", 0), 2**40),
        (("readings", 1, "logprobs", 0), 1.0),
        (("readings", 1, "exact"), 1),
        (("readings", 1, "node"), 1),
        (("events", 0, "act"), 999),
        (("events", 0, "act"), 2**70),
        (("pieces", 0, "id"), 2**70),
        (("pieces", 0, "model"), 9),
        (("models", 0, "card", "name"), 5),
        (("models", 0, "card", "sha256"), None),
        (("settings", "last model"), "9" * 5000),
        (("settings", "last model"), "\N{SUPERSCRIPT TWO}"),
        (("drawn",), [{"node": 2, "logprob": float("nan")}]),
        (("acts", 0, "effects"), [["fork", None, 99]]),
        (("version",), 0),
        (("version",), True),
        (("experiments",), {"runs": [RUN | {"seed": 2**70}]}),
        (("experiments",), {"runs": [RUN | {"number": 2**70}]}),
        (("experiments",), {"runs": [RUN | {"seconds": float("nan")}]}),
    ],
)
def test_json_with_one_value_that_no_session_holds_is_refused(session, place, value):
    told = json.loads(json.dumps(session_json(session)))
    changed(told, place, value)
    with pytest.raises(UnfitJsonError, match="damaged"):
        session_from_json(json.dumps(told))


def test_a_candidate_that_is_not_a_number_is_null_and_keeps_nothing_else_back(session):
    contents = session.contents()
    node, *own, logprobs, entropy, exact = contents.readings[1][3]
    contents.readings[1][3] = (node, *own, b"\x00\x00\xc0\x7f" + logprobs[4:], entropy, exact)
    odd = type(session).restored(contents)
    text = json.dumps(session_json(odd), allow_nan=False)
    assert json.loads(text)["readings"][3]["logprobs"][0] is None
    again = session_from_json(text)
    expects = again.readings_of(None).expects(NodeId(node))
    assert expects is not None
    assert math.isnan(expects.logprob_array[0])
    assert json.dumps(session_json(again)) == text


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "else"}', '{"format": 5', "null"])
def test_json_of_something_else_is_refused(text):
    with pytest.raises(UnfitJsonError):
        session_from_json(text)


def test_json_of_a_newer_swerve_is_named_as_such(session):
    with pytest.raises(UnfitJsonError, match="newer"):
        session_from_json(json.dumps(session_json(session) | {"version": 2}))


def test_the_csv_has_a_row_a_token_with_the_models_own_numbers(session, saved):
    told = rows(tokens_csv(session))
    assert [int(row["node"]) for row in told] == [node.id for node in session.tree]
    for row in told:
        node = NodeId(int(row["node"]))
        logprob = saved.readings.logprob(node)
        assert row["logprob"] == ("" if logprob is None else repr(logprob))
        assert bytes.fromhex(row["bytes"]) == session.tree.token(node).piece
        assert bool(int(row["visible"])) == session.visibility.is_visible(node)
        rank = saved.readings.rank(node)
        assert row["rank"] == ("" if rank is None else str(rank))
        assert row["entropy_after"] == repr(saved.readings.entropy(node))
        assert row["exact"] == str(int(saved.readings.is_exact(node)))
        if logprob is not None:
            assert float(row["surprise_bits"]) == pytest.approx(-logprob / math.log(2))
    assert {row["rank"] for row in told} == {"", "1", "2", "3"}
    assert {row["exact"] for row in told} == {"1"}
    assert [row["note"] for row in told if row["note"]] == ["here it turns"]
    assert [row["node"] for row in told if row["bookmark"] == "1"] == ["2"]


def test_the_csv_of_candidates_has_a_row_a_candidate(session, saved):
    told = rows(candidates_csv(session))
    read = [node.id for node in session.tree if saved.readings.expects(node.id) is not None]
    assert len(told) == 20 * len(read)
    first = [row for row in told if row["node"] == "1"]
    assert first[0]["logprob"] == repr(float(saved.readings.expects(NodeId(1)).logprob_array[0]))
    assert [row["rank"] for row in first[:3]] == ["1", "2", "3"]
    followed = {(row["node"], row["token_id"]): row["followed_by"] for row in told}
    for (node, token), after in followed.items():
        children = session.visibility.children(NodeId(int(node)))
        held = [str(n) for n in children if session.tree.token(n).id == int(token)]
        assert after == (held[0] if held else "")
    assert len(session.visibility.children(NodeId(5))) > 1
    assert sum(map(bool, followed.values())) > len(session.branches.visible())


def test_what_was_read_in_a_hurry_is_told_as_such(session):
    contents = session.contents()
    contents.readings[1][3] = (*contents.readings[1][3][:6], 0)
    odd = type(session).restored(contents)
    node = str(contents.readings[1][3][0])
    for table in (tokens_csv(odd), candidates_csv(odd)):
        assert {row["node"] for row in rows(table) if row["exact"] == "0"} == {node}


def test_tags_with_semicolons_are_told_apart(session):
    session.tags[NodeId(1)] = ("a;b", "c\\", "d")
    assert rows(tokens_csv(session))[0]["tags"] == r"a\;b;c\\;d"


@pytest.mark.parametrize("cell", ["a\rb", "\r", 'a\r"b"', "a\nb", 'say "a, b"'])
def test_a_csv_gives_back_every_cell(cell):
    text = csv_text([("a", "b"), (cell, 1.5), (None, cell)])
    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["a", "b"],
        [cell, "1.5"],
        ["", cell],
    ]


def test_the_markdown_tells_branches_notes_and_whose_numbers_they_are(session):
    text = session_markdown(session, "after`noon")
    assert text.startswith("# after\\`noon\n")
    assert "Read by bytes" in text
    assert "## x (error)" in text
    assert "After: `hello`" in text
    assert "here it turns" in text
    assert "(control)" not in text, "what is hidden is not told"


def test_readings_are_those_of_the_number_they_are_kept_under(session):
    contents = session.contents()
    (model,) = contents.models
    nameless = replace(contents, models=(replace(model, card=model.card.with_hash("")),))
    odd = type(session).restored(nameless)
    assert [row["logprob"] for row in rows(tokens_csv(odd))] == [
        row["logprob"] for row in rows(tokens_csv(session))
    ]
    assert len(rows(candidates_csv(odd))) == len(rows(candidates_csv(session)))
    assert "0 of them read exactly" not in session_markdown(odd, "x")


def test_pandas_reads_the_tables_as_the_page_about_them_says(bench, path, tmp_path, monkeypatch):
    workbench = bench()
    workbench.start_untitled(path)
    tip = ROOT
    pieces = [b"nan", b"NA", b"null", b"1", b"\x00", b"None"]
    for number, piece in enumerate(pieces):
        tip = workbench.branch_here(tip, Token(TokenId(number), piece))
    workbench.note(tip, "None")
    workbench.close()
    session = load(path)
    (tmp_path / "t.csv").write_text(tokens_csv(session))
    (tmp_path / "t.candidates.csv").write_text(candidates_csv(session))
    page = Path(__file__).parent.parent.parent / "docs" / "session-csv.md"
    asked = page.read_text().split("```python")[1].split("```")[0]
    found: dict[str, Any] = {}
    monkeypatch.chdir(tmp_path)
    exec(asked, found)  # noqa: S102 - ours
    tokens = found["tokens"]
    assert list(tokens.columns) == list(TOKEN_COLUMNS)
    assert list(found["candidates"].columns) == list(CANDIDATE_COLUMNS)
    assert list(tokens["piece"]) == [piece.decode() for piece in pieces]
    assert list(tokens["bytes"]) == [piece.hex() for piece in pieces]
    assert list(tokens["note"])[-1] == "None"
    assert tokens["logprob"].dtype == float
    assert tokens["rank"].dtype == float
