"""A session file that is written as the user works."""

import sqlite3
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from core.file_lock import FileLock
from core.known_error import KnownError
from core.network_places import is_on_network
from core.records import Contents, Record
from core.session_schema import MIGRATIONS, migrate, version_of
from core.session_writing import ends_of, everything, write


class UnwritableSessionError(KnownError):
    """The file cannot be written to just now."""


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A write that ended in an error: where the tables ended before it, and which records it was.

    The first `known` of all that wait were on the disk before; those up to `tried` may be.
    """

    ends: tuple[object, ...]
    known: int
    tried: int


class SessionFile:
    """A session file that may be written to. Used from one thread.

    It is opened for writing with the first batch: a file that is only looked at keeps its bytes.
    """

    def __init__(self, path: Path, lock: FileLock) -> None:
        self.path = path
        self._lock = lock
        self._db: sqlite3.Connection | None = None
        self._doubt: _Doubt | None = None

    @classmethod
    def create(cls, path: Path, contents: Contents) -> "SessionFile":
        """Write a new file with everything in it, replacing what is there, all or nothing.

        Raises `UnwritableSessionError`.
        """
        with _told_as_unwritable(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock.take(path)
            if lock is None:
                raise UnwritableSessionError(f"{path.name} is open in another window of Swerve.")
            try:
                _replace_by(path, contents)
            except BaseException:
                lock.release()
                raise
        return cls(path, lock)

    def rewrite(self, contents: Contents) -> None:
        """Put another session in the place of all that is in the file, all or nothing.

        Raises `UnwritableSessionError`; then the file is as it was.
        """
        with _told_as_unwritable(self.path):
            if not self.path.exists():
                raise FileNotFoundError(self.path)
            if self._db is None:
                self._db = self._connect()
            # Folded, so that no log of the old file lies beside the new one if we die in between.
            self._db.execute("PRAGMA journal_mode = DELETE")
            self._db.close()
            self._db = None
            self._doubt = None
            _replace_by(self.path, contents)

    def append(self, records: Iterable[Record]) -> None:
        """Write records, all or none. Raises `UnwritableSessionError`; then try again later.

        The next try begins with the same records. A disk that goes away during a commit leaves it
        open whether the commit is on it: that is looked up before anything is written twice.
        """
        every = tuple(records)
        with _told_as_unwritable(self.path):
            if not self.path.exists():
                raise FileNotFoundError(self.path)
            if self._db is None:
                self._db = self._connect()
            try:
                ends, doubt = ends_of(self._db), self._doubt
                known = 0
                if doubt is not None:
                    known = doubt.known if doubt.ends == ends else doubt.tried
                self._doubt = _Doubt(ends, known, len(every))
                write(self._db, every[known:])
                self._doubt = None
            except sqlite3.Error:
                with suppress(sqlite3.Error):
                    self._db.close()  # the next try finds the file anew
                self._db = None
                raise

    def close(self) -> None:
        """Fold everything into one file and let it go."""
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.execute("PRAGMA journal_mode = DELETE")
            self._db.close()
            self._db = None
        self._lock.release()

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=1.0
        )
        db.execute("PRAGMA trusted_schema = OFF")
        if version_of(db) < len(MIGRATIONS):
            db.close()
            _lift_on_a_copy(self.path)
            return self._connect()
        # A write-ahead log is shared through memory, which machines do not share. The journal that
        # stays beside the file tells, like the log, that a session was not closed.
        mode = "PERSIST" if is_on_network(self.path) else "WAL"
        db.execute(f"PRAGMA journal_mode = {mode}")
        db.execute("PRAGMA synchronous = FULL")
        return db


def _replace_by(path: Path, contents: Contents) -> None:
    draft = path.with_name(path.name + ".new")
    try:
        draft.unlink(missing_ok=True)
        with closing(sqlite3.connect(draft, isolation_level=None)) as db:
            migrate(db)
            write(db, everything(contents))
        for suffix in ("-wal", "-shm", "-journal"):  # of a file that is replaced
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def _lift_on_a_copy(path: Path) -> None:
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with (
        closing(sqlite3.connect(path, isolation_level=None)) as old,
        closing(sqlite3.connect(draft, isolation_level=None)) as new,
    ):
        old.backup(new)
        migrate(new)
    draft.replace(path)


@contextmanager
def _told_as_unwritable(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnwritableSessionError(
            f"{path.name} cannot be written: {reason}. The work goes on in memory."
        ) from error
    except sqlite3.Error as error:
        raise UnwritableSessionError(
            f"{path.name} cannot be written: {error}. The work goes on in memory."
        ) from error
