"""A session, read from its file without changing a byte of it."""

import json
import sqlite3
from array import array
from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import numpy as np

from core.file_lock import place_of
from core.forks import spec_from_json
from core.history import Act, ActState
from core.known_error import KnownError
from core.lab_records import read_lab
from core.readings import Row
from core.records import Contents, EventRow, FindingRow, ForkRow, ModelRow
from core.remembered import RememberedPieces
from core.session import Session
from core.session_checking import check_contents
from core.session_rows import card_from_json, effects_from_json, finding_from_json
from core.session_schema import (
    APPLICATION_ID,
    MIGRATIONS,
    has_our_tables,
    migrate,
    pragma,
    version_of,
)
from core.tokens import Token, TokenId
from core.tree import ActId, NodeId
from core.view_state import ViewState, view_from_json


class NotASessionError(KnownError):
    """The file is something else."""


class NewerSessionError(KnownError):
    """The file was written by a later version of this app."""


class DamagedSessionError(KnownError):
    """The file was a session once."""


class UnreadableSessionError(KnownError):
    """The file is not there, or may not be read."""


UNFIT = (
    *(ValueError, KeyError, TypeError, IndexError, OverflowError, AttributeError),
    RecursionError,
)
"""What reading parts that were not written by us may raise: too deep a nesting among it."""


def load(path: Path, tell: Callable[[tuple[Token, ...]], None] = lambda _: None) -> Session:
    """Read a whole session; `tell` hears its tokens before the rest is read.

    Raises `NotASessionError`, `NewerSessionError`, `DamagedSessionError` or
    `UnreadableSessionError`, each a sentence that names the file.
    """
    try:
        place = place_of(path)  # its log lies beside the file, not beside a link to it
        with place.open("rb") as file:
            head = file.read(100)
        if not head.startswith(b"SQLite format 3\0") or len(head) < 100:
            raise NotASessionError(f"{path.name} is not a Swerve session.")
        with closing(_connect_to_read(place)) as db:
            version = _check(db, path)
            if version == len(MIGRATIONS):
                return Session.restored(_contents(db, tell))
            with closing(sqlite3.connect(":memory:", isolation_level=None)) as lifted:
                db.backup(lifted)
                migrate(lifted)
                return Session.restored(_contents(lifted, tell))
    except OSError as error:
        raise UnreadableSessionError(f"{path.name} cannot be read: {error.strerror}.") from error
    except sqlite3.OperationalError as error:
        if "unable to open" in str(error) or "locked" in str(error):
            raise UnreadableSessionError(f"{path.name} cannot be opened: {error}.") from error
        raise _damaged(path) from error
    except (sqlite3.Error, *UNFIT) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> DamagedSessionError:
    return DamagedSessionError(f"{path.name} is damaged and was left as it is.")


def _connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a file so that not even its companions change, where nobody else writes to it."""
    log, journal = (path.with_name(path.name + ending) for ending in ("-wal", "-journal"))
    mode = "mode=ro" if log.exists() and log.stat().st_size else "mode=ro&immutable=1"
    if _is_hot(journal):
        mode = "mode=rw"  # a commit that died half way is taken back first
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}", uri=True, isolation_level=None, timeout=1.0
    )


def _is_hot(journal: Path) -> bool:
    """Return whether a rollback journal holds what a commit that died would have overwritten."""
    if not journal.exists():
        return False
    with journal.open("rb") as file:
        return any(file.read(8))


def _check(db: sqlite3.Connection, path: Path) -> int:
    """Return the version of a sound session file; raise what it is otherwise."""
    db.execute("PRAGMA trusted_schema = OFF")
    if pragma(db, "application_id") != APPLICATION_ID:
        raise NotASessionError(f"{path.name} is a database of another program.")
    version = version_of(db)
    if version > len(MIGRATIONS):
        raise NewerSessionError(f"{path.name} was written by a newer Swerve: update to open it.")
    if version < 1 or not has_our_tables(db):
        raise _damaged(path)
    if db.execute("PRAGMA quick_check(1)").fetchone() != ("ok",):
        raise _damaged(path)
    return version


def _contents(db: sqlite3.Connection, tell: Callable[[tuple[Token, ...]], None]) -> Contents:
    spoken = db.execute("SELECT slot, id, piece, special FROM token ORDER BY slot").fetchall()
    if [row[0] for row in spoken] != list(range(len(spoken))):
        raise ValueError("a token is missing")
    tokens = tuple(
        Token(TokenId(number), piece, bool(special)) for _, number, piece, special in spoken
    )
    tell(tokens)
    acts = tuple(
        Act(ActId(number), label, moment, effects_from_json(effects), ActState(state), made_by)
        for number, label, moment, effects, state, made_by in db.execute(
            "SELECT id, label, moment, effects, state, made_by FROM act ORDER BY id"
        )
    )
    models = tuple(
        ModelRow(number, card_from_json(card))
        for number, card in db.execute("SELECT number, card FROM model ORDER BY number")
    )
    *nodes, ids = _node_columns(db)
    parents, slots, origins, made_in = nodes
    contents = Contents(
        tokens=tokens,
        nodes=(parents, slots, origins, made_in),
        models=models,
        readings={model.number: _readings(db, model.number) for model in models},
        acts=acts,
        events=tuple(
            EventRow(moment, verb, ActId(act))
            for moment, verb, act in db.execute(
                "SELECT moment, verb, act FROM event ORDER BY number"
            )
        ),
        forks=tuple(
            ForkRow(
                ActId(act),
                spec_from_json(spec),
                tuple((str(role), NodeId(int(node))) for role, node in json.loads(branches)),
            )
            for act, spec, branches in db.execute(
                "SELECT act, spec, branches FROM fork ORDER BY act"
            )
        ),
        findings=tuple(
            FindingRow(ActId(act), model, finding_from_json(kind, payload))
            for act, model, kind, payload in db.execute(
                "SELECT act, model, kind, payload FROM finding ORDER BY number"
            )
        ),
        settings=dict(db.execute("SELECT key, value FROM setting").fetchall()),
        views=views_from(db.execute("SELECT key, state FROM view").fetchall(), len(ids)),
        drawn=dict(db.execute("SELECT node, logprob FROM drawn ORDER BY node")),
        pieces=_pieces(db),
        lab=read_lab(db),
    )
    check_contents(contents, ids)
    return contents


def _node_columns(db: sqlite3.Connection) -> "list[array[int]]":
    """Return parent, slot, place in ORIGINS, act and id of each node, oldest first.

    Each column comes as one text: a row of Python's for each node would take three times as long.
    """
    texts = db.execute(
        "SELECT group_concat(parent), group_concat(token), group_concat(origin), group_concat(act),"
        " group_concat(id) FROM (SELECT * FROM node ORDER BY id)"
    ).fetchone()
    return [_small_numbers(text or "") for text in texts]


def _small_numbers(text: str) -> "array[int]":
    """Return whole numbers between commas. Raises OverflowError when one needs over 32 bits."""
    numbers = np.fromstring(text, np.int64, sep=",")
    small = numbers.astype(np.int32)
    if (numbers != small).any():
        raise OverflowError("a number is too large")
    return array("i", small.tobytes())


def _readings(db: sqlite3.Connection, model: int) -> list[Row]:
    rows: list[Row] = db.execute(
        "SELECT node, logprob, rank, ids, logprobs, entropy, exact FROM reading WHERE model = ?"
        " ORDER BY node",
        (model,),
    ).fetchall()
    return rows


def _pieces(db: sqlite3.Connection) -> dict[int, RememberedPieces]:
    models = db.execute("SELECT DISTINCT model FROM piece ORDER BY model").fetchall()
    query = "SELECT id, piece, special FROM piece WHERE model = ? ORDER BY id"
    return {model: RememberedPieces(db.execute(query, (model,)).fetchall()) for (model,) in models}


def views_from(rows: Iterable[tuple[str, str]], count: int) -> dict[str, ViewState]:
    """Return the views that can be read, about the nodes that are there: 1 to `count`."""
    told = ((key, view_from_json(text)) for key, text in rows)
    return {
        key: state.moved(lambda node: node if 1 <= node <= count else None)
        for key, state in told
        if state is not None
    }
