"""A session leaves as text and comes back as it was."""

import csv
import io
import json
import math

import pytest

from core.csv_text import csv_text
from core.exports.session_csv import candidates_csv, tokens_csv
from core.exports.session_json import UnfitJsonError, session_from_json, session_json
from core.exports.session_markdown import session_markdown
from core.session_reading import load
from core.tree import NodeId


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
        if logprob is not None:
            assert float(row["surprise_bits"]) == pytest.approx(-logprob / math.log(2))
    assert [row["note"] for row in told if row["note"]] == ["here it turns"]
    assert [row["node"] for row in told if row["bookmark"] == "1"] == ["2"]


def test_the_csv_of_candidates_has_a_row_a_candidate(session, saved):
    told = rows(candidates_csv(session))
    read = [node.id for node in session.tree if saved.readings.expects(node.id) is not None]
    assert len(told) == 20 * len(read)
    first = [row for row in told if row["node"] == "1"]
    assert first[0]["logprob"] == repr(float(saved.readings.expects(NodeId(1)).logprob_array[0]))
    assert [row["rank"] for row in first[:3]] == ["1", "2", "3"]
    heads = [row for row in told if row["node"] == "5" and row["followed_by"]]
    after = {str(child) for child in session.visibility.children(NodeId(5))}
    assert {row["followed_by"] for row in heads} <= after


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
