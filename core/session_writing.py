"""Session records, written to the tables of a file."""

import json
import sqlite3
from collections.abc import Iterable, Iterator

from core.forks import spec_to_json
from core.history import Act
from core.lab_records import FactPackRow, ItemRow, LabRecord, RunRow, lab_statement
from core.records import (
    ActRow,
    Contents,
    DrawnRow,
    EventRow,
    FindingRow,
    ForkRow,
    ModelRow,
    NodeRow,
    PieceRow,
    ReadingRow,
    Record,
    SettingRow,
    TokenRow,
    ViewRow,
)
from core.session_rows import card_to_json, effects_to_json, finding_to_json
from core.sound_text import sound
from core.tree import ActId, NodeId
from core.view_state import view_to_json


def everything(contents: Contents) -> Iterator[Record]:
    """Yield the records that make a whole session."""
    for slot, token in enumerate(contents.tokens):
        yield TokenRow(slot, token)
    for number, (parent, slot, origin, act) in enumerate(
        zip(*contents.nodes, strict=True), start=1
    ):
        yield NodeRow(NodeId(number), NodeId(parent), slot, origin, ActId(act))
    yield from contents.models
    for model, rows in contents.readings.items():
        yield from (ReadingRow(model, row) for row in rows)
    for act_row in contents.acts:
        yield ActRow(act_row)
    yield from contents.events
    yield from contents.forks
    yield from contents.findings
    for key, value in contents.settings.items():
        yield SettingRow(key, value)
    for key, state in contents.views.items():
        yield ViewRow(key, state)
    for drawn, logprob in contents.drawn.items():
        yield DrawnRow(drawn, logprob)
    for owner, pieces in contents.pieces.items():
        yield from (PieceRow(owner, token) for token in pieces.values())
    yield from contents.lab


def write(db: sqlite3.Connection, records: Iterable[Record]) -> None:
    """Write records in one transaction."""
    db.execute("BEGIN IMMEDIATE")
    try:
        for statement, rows in _grouped(records).items():
            db.executemany(statement, rows)
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def ends_of(db: sqlite3.Connection) -> tuple[int | None, ...]:
    """Return where each table ends to which rows are appended; every commit of new rows moves one.

    Tables without rowids are left out: their rows replace one another.
    """
    tables = db.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE '%WITHOUT ROWID'"
    ).fetchall()
    ends = ", ".join(f"(SELECT max(rowid) FROM {name})" for (name,) in tables)  # noqa: S608 - ours
    return tuple(db.execute(f"SELECT {ends}").fetchone())


def _grouped(records: Iterable[Record]) -> dict[str, list[tuple[object, ...]]]:
    """Sort records by statement; the order within a table is kept."""
    groups: dict[str, list[tuple[object, ...]]] = {}
    acts: dict[ActId, Act] = {}
    for record in records:
        if isinstance(record, ActRow):
            acts[record.act.id] = record.act  # a later state of an act replaces an earlier one
        else:
            statement, row = _statement(record)
            groups.setdefault(statement, []).append(row)
    for act in acts.values():
        effects = effects_to_json(act.effects)
        row = _sound(act.id, act.label, act.moment, effects, act.state.value, act.made_by)
        groups.setdefault("INSERT OR REPLACE INTO act VALUES (?, ?, ?, ?, ?, ?)", []).append(row)
    return groups


_Kept = (
    TokenRow
    | NodeRow
    | ModelRow
    | ReadingRow
    | EventRow
    | ForkRow
    | FindingRow
    | SettingRow
    | ViewRow
    | DrawnRow
    | PieceRow
    | LabRecord
)


def _statement(  # noqa: C901, PLR0911 - one for each kind of record
    record: _Kept,
) -> tuple[str, tuple[object, ...]]:
    match record:
        case NodeRow(node, parent, slot, origin, act):
            return "INSERT INTO node VALUES (?, ?, ?, ?, ?)", (node, parent, slot, origin, act)
        case ReadingRow(model, (node, *rest)):
            return "INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (
                node,
                model,
                *rest,
            )
        case DrawnRow(node, logprob):
            return "INSERT OR REPLACE INTO drawn VALUES (?, ?)", (node, logprob)
        case PieceRow(model, token):
            return "INSERT OR REPLACE INTO piece VALUES (?, ?, ?, ?)", (
                model,
                token.id,
                token.piece,
                int(token.special),
            )
        case TokenRow(slot, token):
            return "INSERT INTO token VALUES (?, ?, ?, ?)", (
                slot,
                token.id,
                token.piece,
                int(token.special),
            )
        case ModelRow(number, card):
            arithmetic = json.dumps(
                [
                    card.arithmetic.least_rows,
                    card.arithmetic.row_multiple,
                    card.arithmetic.most_rows,
                ]
            )
            return "INSERT OR REPLACE INTO model VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _sound(
                number,
                card.name,
                card.sha256,
                card.quantization,
                card.fingerprint,
                card.engine,
                arithmetic,
                card_to_json(card),
            )
        case EventRow(moment, verb, act):
            return "INSERT INTO event (moment, verb, act) VALUES (?, ?, ?)", _sound(
                moment, verb, act
            )
        case ForkRow(act, spec, branches):
            return "INSERT OR REPLACE INTO fork VALUES (?, ?, ?)", _sound(
                act,
                spec_to_json(spec),
                json.dumps(branches),
            )
        case FindingRow(act, model, finding):
            return "INSERT INTO finding (act, model, kind, payload) VALUES (?, ?, ?, ?)", _sound(
                act,
                model,
                *finding_to_json(finding),
            )
        case SettingRow(key, value):
            return "INSERT OR REPLACE INTO setting VALUES (?, ?)", _sound(key, value)
        case ViewRow(key, state):
            return "INSERT OR REPLACE INTO view VALUES (?, ?)", _sound(key, view_to_json(state))
        case FactPackRow() | RunRow() | ItemRow():
            statement, row = lab_statement(record)
            return statement, _sound(*row)


def _sound(*row: object) -> tuple[object, ...]:
    """Return a row of cells whose text can be written."""
    return tuple(sound(cell) if isinstance(cell, str) else cell for cell in row)
