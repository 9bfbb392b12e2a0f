"""Experiments as a session file keeps them: runs, their rows, the fact packs they used."""

import json
import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class RunState(StrEnum):
    """Where a run stands; the words are in files."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class FactPackRow:
    """A fact pack as it was read, so that a run can be repeated when its file is gone."""

    sha256: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run as it now is; a later record of the same number replaces it.

    `facts` is the SHA-256 of its pack, "" for none; `model` the number of the session's model;
    `version` Swerve's. `why` is a sentence about a run that ended early. `tokens` and `seconds`
    are what it cost so far. `outcome` is JSON: what the rows say, "" while nobody has asked.
    `choices` is JSON: what was chosen beside size and seed, "" for nothing.
    """

    number: int
    experiment: str
    items: int
    seed: int
    facts: str
    model: int
    version: str
    moment: str
    state: RunState
    why: str = ""
    tokens: int = 0
    seconds: float = 0.0
    outcome: str = ""
    choices: str = ""


@dataclass(frozen=True, slots=True)
class ItemRow:
    """What one item of a run gave: `dropped` says why it does not count, `values` is JSON."""

    run: int
    place: int
    item: str
    dropped: str
    values: str


LabRecord = FactPackRow | RunRow | ItemRow


def add_lab_tables(db: sqlite3.Connection) -> None:
    """Lift a file to the version that holds experiments."""
    for table in (
        "fact_pack (sha256 TEXT PRIMARY KEY, name TEXT NOT NULL, text TEXT NOT NULL)",
        (
            "experiment (number INTEGER PRIMARY KEY, name TEXT NOT NULL, items INTEGER NOT NULL,"
            " seed INTEGER NOT NULL, facts TEXT NOT NULL, model INTEGER NOT NULL,"
            " version TEXT NOT NULL, moment TEXT NOT NULL, state TEXT NOT NULL, why TEXT NOT NULL,"
            " tokens INTEGER NOT NULL, seconds REAL NOT NULL, outcome TEXT NOT NULL)"
        ),
        (
            "experiment_row (run INTEGER NOT NULL, place INTEGER NOT NULL, item TEXT NOT NULL,"
            " dropped TEXT NOT NULL, payload TEXT NOT NULL, PRIMARY KEY (run, place))"
        ),
    ):
        db.execute(f"CREATE TABLE {table} STRICT")


def add_lab_choices(db: sqlite3.Connection) -> None:
    """Lift a file to the version whose runs hold choices; earlier ones chose nothing."""
    db.execute("ALTER TABLE experiment ADD COLUMN choices TEXT NOT NULL DEFAULT ''")


def lab_statement(record: LabRecord) -> tuple[str, tuple[object, ...]]:
    """Return how a record is written."""
    match record:
        case FactPackRow(sha256, name, text):
            return "INSERT OR REPLACE INTO fact_pack VALUES (?, ?, ?)", (sha256, name, text)
        case RunRow():
            return (
                (
                    "INSERT OR REPLACE INTO experiment"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                ),
                (
                    record.number,
                    record.experiment,
                    record.items,
                    record.seed,
                    record.facts,
                    record.model,
                    record.version,
                    record.moment,
                    record.state.value,
                    record.why,
                    record.tokens,
                    record.seconds,
                    record.outcome,
                    record.choices,
                ),
            )
        case ItemRow(run, place, item, dropped, values):
            return "INSERT OR REPLACE INTO experiment_row VALUES (?, ?, ?, ?, ?)", (
                run,
                place,
                item,
                dropped,
                values,
            )


def read_lab(db: sqlite3.Connection) -> tuple[LabRecord, ...]:
    """Read all records of the lab.

    Raises ValueError on a state that is none, and on outcomes, choices or values that are no JSON
    object.
    """
    packs = db.execute("SELECT sha256, name, text FROM fact_pack ORDER BY sha256").fetchall()
    runs = db.execute(
        "SELECT number, name, items, seed, facts, model, version, moment, state, why, tokens,"
        " seconds, outcome, choices FROM experiment ORDER BY number"
    ).fetchall()
    rows = db.execute(
        "SELECT run, place, item, dropped, payload FROM experiment_row ORDER BY run, place"
    ).fetchall()
    objects = (text for run in runs for text in run[12:14] if text)
    if not all(map(_is_object, (*objects, *(row[4] for row in rows)))):
        raise ValueError("a run or a row of the lab cannot be read")
    return (
        *(FactPackRow(*pack) for pack in packs),
        *(_run_of(run) for run in runs),
        *(ItemRow(*row) for row in rows),
    )


def _is_object(text: str) -> bool:
    return isinstance(json.loads(text), dict)


def _run_of(columns: tuple[Any, ...]) -> RunRow:
    fields: list[Any] = list(columns)
    fields[8] = RunState(fields[8])
    return RunRow(*fields)
