"""The tables of a session file, one migration a version."""

import sqlite3
from collections.abc import Callable
from typing import Final

from core.lab_records import add_lab_choices, add_lab_tables

APPLICATION_ID: Final = 0x53575256
"""The letters SWRV: shown by `file`, checked on opening."""


def _first_tables(db: sqlite3.Connection) -> None:
    for table in (
        (
            "token (slot INTEGER PRIMARY KEY, id INTEGER NOT NULL, piece BLOB NOT NULL,"
            " special INTEGER NOT NULL)"
        ),
        (
            "node (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, token INTEGER NOT NULL,"
            " origin INTEGER NOT NULL, act INTEGER NOT NULL)"
        ),
        (
            "model (number INTEGER PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL,"
            " quantization TEXT NOT NULL, vocabulary TEXT NOT NULL, engine TEXT NOT NULL,"
            " arithmetic TEXT NOT NULL, card TEXT NOT NULL)"
        ),
        (
            "reading (node INTEGER NOT NULL, model INTEGER NOT NULL, logprob REAL, rank INTEGER,"
            " ids BLOB, logprobs BLOB, entropy REAL, exact INTEGER NOT NULL,"
            " PRIMARY KEY (model, node))"
        ),
        (
            "act (id INTEGER PRIMARY KEY, label TEXT NOT NULL, moment TEXT NOT NULL,"
            " effects TEXT NOT NULL, state TEXT NOT NULL, made_by TEXT NOT NULL)"
        ),
        (
            "event (number INTEGER PRIMARY KEY, moment TEXT NOT NULL, verb TEXT NOT NULL,"
            " act INTEGER NOT NULL)"
        ),
        "fork (act INTEGER PRIMARY KEY, spec TEXT NOT NULL, branches TEXT NOT NULL)",
        (
            "finding (number INTEGER PRIMARY KEY, act INTEGER NOT NULL, model INTEGER NOT NULL,"
            " kind TEXT NOT NULL, payload TEXT NOT NULL)"
        ),
        "setting (key TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ):
        # Without rowids, rows of readings lie in the order in which they are loaded.
        options = "STRICT, WITHOUT ROWID" if table.startswith("reading") else "STRICT"
        db.execute(f"CREATE TABLE {table} {options}")


def _views(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE view (key TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT")


def _draws_and_pieces(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE drawn (node INTEGER PRIMARY KEY, logprob REAL NOT NULL) STRICT")
    db.execute(
        "CREATE TABLE piece (model INTEGER NOT NULL, id INTEGER NOT NULL, piece BLOB NOT NULL,"
        " special INTEGER NOT NULL, PRIMARY KEY (model, id)) STRICT, WITHOUT ROWID"
    )


MIGRATIONS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (
    _first_tables,
    _views,
    _draws_and_pieces,
    add_lab_tables,
    add_lab_choices,
)
"""Each entry lifts a file by one version. Never edit an entry that has shipped."""


def version_of(db: sqlite3.Connection) -> int:
    """Return how many migrations the file has seen."""
    return pragma(db, "user_version")


def pragma(db: sqlite3.Connection, name: str) -> int:
    """Return the value of a pragma that is a number."""
    (value,) = db.execute(f"PRAGMA {name}").fetchone()
    return int(value)


def migrate(db: sqlite3.Connection) -> None:
    """Lift a file to the newest version, one transaction a migration."""
    start = version_of(db)
    for number, lift in enumerate(MIGRATIONS[start:], start=start + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            lift(db)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {number}")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")


def has_our_tables(db: sqlite3.Connection) -> bool:
    """Return whether the file holds exactly the tables of its version, and nothing that acts."""
    blank = sqlite3.connect(":memory:", isolation_level=None)
    try:
        for lift in MIGRATIONS[: version_of(db)]:
            lift(blank)
        return _schema(db) == _schema(blank)
    finally:
        blank.close()


def _schema(db: sqlite3.Connection) -> list[tuple[str, str, str]]:
    rows = db.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_schema").fetchall()
    return sorted(rows)
