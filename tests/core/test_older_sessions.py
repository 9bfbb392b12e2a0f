"""A file of every version that was shipped opens, and is lifted only when it is written to."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core import session_schema
from core.branches import Role
from core.session_reading import load
from core.tree import NodeId

FILES = Path(__file__).parent.parent / "files"
OLDER = sorted(FILES.glob("version-*.swerve"))


@pytest.mark.parametrize("older", OLDER, ids=[each.stem for each in OLDER])
def test_an_older_session_opens_with_everything_and_goes_on(older, bench, path):
    shutil.copyfile(older, path)
    path.chmod(0o644)
    before = path.read_bytes()
    workbench = bench()
    workbench.open(path)
    error = workbench.fork.branches[Role.ERROR]
    tip = workbench.tip_of(error)
    assert workbench.notes[tip] == "here it turns"
    assert workbench.tags[tip] == ("odd",)
    assert workbench.watched.truths == ("q",)
    assert workbench.readings.is_exact(tip)
    assert not workbench.is_visible(workbench.fork.branches[Role.CONTROL])
    workbench.close()
    assert path.read_bytes() == before
    again = bench()
    again.open(path)
    again.undo()
    assert again.is_visible(again.fork.branches[Role.CONTROL])
    again.bookmark(tip, True)
    again.close()
    assert NodeId(tip) in load(path).bookmarks
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(session_schema.MIGRATIONS),)


def fails_half_way(db):
    db.execute("CREATE TABLE half (done INTEGER)")
    raise sqlite3.OperationalError("half way")


def test_a_failed_migration_changes_nothing(saved, path, monkeypatch):
    before = path.read_bytes()
    monkeypatch.setattr(session_schema, "MIGRATIONS", (*session_schema.MIGRATIONS, fails_half_way))
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as db,
        pytest.raises(sqlite3.OperationalError, match="half way"),
    ):
        session_schema.migrate(db)
    assert path.read_bytes() == before
