"""Foreign, future and damaged files end in one sentence, and keep their bytes."""

import random
import sqlite3

import pytest

from core.known_error import KnownError
from core.parallels import replanted_from
from core.session_reading import (
    DamagedSessionError,
    NewerSessionError,
    NotASessionError,
    UnreadableSessionError,
    load,
)
from core.tree import NodeId


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
    (problem,) = workbench.problems
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
        f"UPDATE act SET made_by = '{'[' * 100_000}' WHERE id = 1",  # noqa: S608 - ours
        "UPDATE setting SET value = 'the first' WHERE key = 'last model'",
        "UPDATE finding SET payload = json_set(payload, '$.logprob_truth', 'likely')",
        "UPDATE finding SET model = 7",
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


@pytest.mark.parametrize(
    ("outcome", "choices", "values"),
    [("[", "", "{}"), ("[1]", "", "{}"), ("{}", "7", "{}"), ("{}", "", "7")],
)
def test_a_run_of_the_lab_that_cannot_be_read_is_refused_with_its_file(
    saved, path, outcome, choices, values
):
    db = sqlite3.connect(path)
    cells = (1, "steps", 4, 0, "", 1, "1", "now", "done", "", 0, 0.0, outcome, choices)
    db.execute("INSERT INTO experiment VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", cells)
    db.execute("INSERT INTO experiment_row VALUES (1, 0, 'sequence 0', '', ?)", (values,))
    db.commit()
    db.close()
    with pytest.raises(DamagedSessionError):
        load(path)


def test_a_branch_planted_again_from_a_node_that_is_not_there_is_linked_to_none(saved, path):
    told = '{"replanted": {"tips": [99999, null], "vocabulary": "x"}}'
    write_database(path, f"UPDATE act SET made_by = '{told}' WHERE id = 1")  # noqa: S608 - ours
    assert replanted_from(load(path), NodeId(1)) is None


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
