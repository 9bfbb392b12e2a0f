"""Foreign, future and damaged files end in one sentence, and keep their bytes."""

import random
import shutil
import sqlite3

import pytest

from core.exports.session_json import session_from_json
from core.jobs import InlineRunner, run_now
from core.known_error import KnownError
from core.parallels import replanted_from
from core.session_reading import (
    DamagedSessionError,
    NewerSessionError,
    NotASessionError,
    UnreadableSessionError,
    load,
)
from core.storage import InlineStorage
from core.tree import NodeId
from core.workbench import Workbench
from gui.session_commands import session_info
from gui.session_texts import export_session


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
        "UPDATE node SET act = 4294967297 WHERE id = 3",
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
        "UPDATE act SET effects = replace(effects, '[\"fork\", null, 1]', '[\"fork\", null, 7]')",
        "UPDATE act SET effects = replace(effects, '[\"fork\", null, 1]', '[\"fork\", 7, 1]')",
        "UPDATE model SET card = json_set(card, '$.name', 5)",
        "UPDATE model SET card = json_set(card, '$.context', 'wide')",
        "UPDATE model SET card = json_set(card, '$.vocabulary_size', 3)",
        "UPDATE model SET card = json_set(card, '$.arithmetic.repeats', 1)",
        "UPDATE reading SET ids = x'02010000', logprobs = x'000080bf' WHERE node = 2",
        "UPDATE reading SET ids = x'ffffffff', logprobs = x'000080bf' WHERE node = 2",
        "UPDATE reading SET ids = x'01000000', logprobs = x'0000803f' WHERE node = 2",
        "UPDATE reading SET ids = x'0000', logprobs = x'80bf' WHERE node IN (2, 3)",
        "UPDATE reading SET ids = x'01000000', logprobs = x'000080bf000080bf' WHERE node = 2",
        "UPDATE reading SET entropy = NULL WHERE node = 2",
        "UPDATE reading SET logprob = NULL WHERE node = 2",
        "UPDATE reading SET rank = 259 WHERE node = 2",
        "UPDATE reading SET rank = 9223372036854775807 WHERE node = 2",
        "UPDATE token SET id = -1 WHERE slot = 1",
        "UPDATE token SET id = 4294967296 WHERE slot = 1",
        "UPDATE token SET slot = slot + 1000 WHERE slot = 1",
        "UPDATE token SET slot = -1 WHERE slot = (SELECT max(slot) FROM token)",
        "DELETE FROM token WHERE slot = 0",
        "UPDATE token SET (id, piece) = (SELECT t.id, t.piece FROM token t LIMIT 1) WHERE slot = 1",
        "UPDATE event SET act = 99 WHERE number = 1",
        f"UPDATE setting SET value = '{'9' * 5000}' WHERE key = 'last model'",  # noqa: S608 - ours
        "UPDATE piece SET id = 999 WHERE id = (SELECT max(id) FROM piece)",
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


def use(path, engine):
    """Do with a session what the window and the commands do, on a copy of its file."""
    copy = path.with_name(f"{path.stem} used.swerve")
    shutil.copyfile(path, copy)
    workbench = Workbench(run_now, InlineRunner, InlineStorage)
    workbench.attach_engine(engine)
    workbench.open(copy)
    tree, readings = workbench.tree, workbench.readings
    for node in tree.ids():
        expects, pieces = readings.expects(node), workbench.pieces_at(node)
        if expects is not None:
            assert expects.rest >= 0
            assert pieces is None or all(pieces[each.id] for each in expects.candidates)
        readings.surprise(node)
        workbench.maker_of(node)
        workbench.conversation_of(node)
    while True:
        assert workbench.fork is None or workbench.fork.branches is not None
        for branch in workbench.branches:
            assert workbench.head_of(branch) in workbench.nodes_of(branch)
            workbench.error_of(branch)
            workbench.replanted_from(branch)
        if workbench.undo() is None:
            break
    while workbench.redo() is not None:
        pass
    workbench.compacting_loses()
    workbench.close()
    copy.unlink()
    session_info(path)
    for form, rows in (("json", None), ("csv", None), ("csv", "candidates"), ("markdown", None)):
        text = export_session(path, form, rows)
        assert form != "json" or session_from_json(text).contents() == load(path).contents()


def test_a_sound_session_is_used_to_the_end(saved, path, engine):
    use(path, engine)


def test_two_hundred_damaged_files_end_in_a_sentence_or_can_be_used_and_keep_their_bytes(
    saved, path, tmp_path, engine
):
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
        if sentence is None:
            use(broken, engine)
        assert broken.read_bytes() == data
    assert refused > 60
