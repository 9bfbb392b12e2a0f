"""A session file that is written as the user works."""

import os
import sqlite3
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.disk_trouble import CHANGED, ELSEWHERE, GOES_ON, is_full, reason_of
from core.file_lock import FileLock, place_of
from core.known_error import KnownError
from core.network_places import is_on_network
from core.records import Contents, Record
from core.session_schema import MIGRATIONS, migrate, version_of
from core.session_writing import ends_of, everything, write

Ends = tuple[int | None, ...]
"""Where the tables of a file end; None: an empty one."""

Stamp = tuple[int, int]
"""The size of a file in bytes and when it was changed, in nanoseconds."""


FAULTS = (OSError, sqlite3.Error, ValueError, OverflowError)
"""What writing may raise: the disk's, the database's, and that of a value which no file holds."""


class UnwritableSessionError(KnownError):
    """The file cannot be written to just now."""


@dataclass(frozen=True, slots=True)
class _Doubt:
    """A write that ended in an error: where the tables ended before it, and which records it was.

    The first `known` of all that wait were on the disk before; those up to `tried` may be.
    """

    ends: Ends
    known: int
    tried: int


class SessionFile:
    """A session file that may be written to. Used from one thread.

    It is opened for writing with the first batch: a file that is only looked at keeps its bytes.
    When writing fails it is let go, so that its disk can be taken out, mended and put back, and the
    next try finds it anew; what is not as it was left then is not written to.
    """

    def __init__(self, path: Path, lock: FileLock | None, stamp: Stamp | None = None) -> None:
        self.path = place_of(path)
        self._lock = lock
        self._db: sqlite3.Connection | None = None
        self._doubt: _Doubt | None = None
        self._ends: Ends | None = None  # where its tables ended when it was last written
        self._stamp = stamp  # what it looked like when it was read, until it is opened
        self._eye: BinaryIO | None = None  # sees which file is open, and how it begins
        self._head: bytes | None = None  # how it began when it was last written

    @classmethod
    def create(cls, path: Path, contents: Contents) -> "SessionFile":
        """Write a new file with everything in it, replacing what is there, all or nothing.

        Raises `UnwritableSessionError`.
        """
        path = place_of(path)
        with _told_as_unwritable(path, then=""):
            path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock.take(path)
            if lock is None:
                raise UnwritableSessionError(ELSEWHERE.format(name=path.name))
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
            try:
                # Folded, so that no log of the old file lies beside the new one if we die between.
                self._reach().execute("PRAGMA journal_mode = DELETE")
                self._let_go(keep_lock=True)
                _replace_by(self.path, contents)
                self._doubt = self._ends = self._head = None
            except (*FAULTS, KnownError) as error:
                self._let_go(keep_lock=is_full(error))
                raise

    def append(self, records: Iterable[Record]) -> None:
        """Write records, all or none. Raises `UnwritableSessionError`; then try again later.

        To what somebody else added to meanwhile, past the lock, nothing is written.

        The next try begins with the same records. A disk that goes away during a commit leaves it
        open whether the commit is on it: that is looked up before anything is written twice.
        """
        every = tuple(records)
        with _told_as_unwritable(self.path):
            try:
                db = self._reach()
                ends, doubt = ends_of(db), self._doubt
                known = 0
                if doubt is None and ends != self._ends:
                    raise UnwritableSessionError(CHANGED.format(name=self.path.name))
                if doubt is not None:
                    known = doubt.known if doubt.ends == ends else doubt.tried
                self._doubt = _Doubt(ends, known, len(every))
                write(db, every[known:])
                self._doubt = None
                self._ends = ends_of(db)
                if self._eye is not None:
                    self._head = _head_in(self._eye)
            except (*FAULTS, KnownError) as error:
                self._let_go(keep_lock=is_full(error))
                raise

    def _reach(self) -> sqlite3.Connection:
        """Return the open file; open it first, or anew when another lies in its place."""
        there = self.path.stat()
        if self._db is not None:
            if self._eye is not None and os.path.samestat(there, os.fstat(self._eye.fileno())):
                return self._db
            self._let_go()
        if self._lock is None:
            self._lock = FileLock.take(self.path)
            if self._lock is None:
                raise UnwritableSessionError(ELSEWHERE.format(name=self.path.name))
        self._refuse_another()
        self._db = self._connect()
        # Held open as long as the database: closing any handle drops SQLite's locks on a file.
        self._eye = self.path.open("rb", buffering=0)
        self._head, self._stamp = _head_in(self._eye), None
        ends = ends_of(self._db)
        if not self._is_as_left(ends):
            raise UnwritableSessionError(CHANGED.format(name=self.path.name))
        self._ends = self._ends or ends
        return self._db

    def _refuse_another(self) -> None:
        """Refuse a file that somebody else wrote, before SQLite lays our log over it."""
        is_ours = self._head in {None, _head_of(self.path)} or self._doubt is not None
        if self._stamp is not None:
            is_ours = self._stamp == stamp_of(self.path)
        if not is_ours:
            _remove_logs(self.path)  # pages of a file that is no more: they would spoil this one
            raise UnwritableSessionError(CHANGED.format(name=self.path.name))

    def _is_as_left(self, ends: Ends) -> bool:
        """Return whether a file that is opened again is the one that was written before."""
        if self._ends is None or ends == self._ends:
            return True
        pairs = zip(ends, self._ends, strict=True)
        return self._doubt is not None and all((now or 0) >= (was or 0) for now, was in pairs)

    def _let_go(self, *, keep_lock: bool = False) -> None:
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
            self._db = None
        if self._eye is not None:
            with suppress(OSError):
                self._head = _head_in(self._eye)  # closing may have folded the log
            with suppress(OSError):  # of a network that is away; it is closed all the same
                self._eye.close()
            self._eye = None
        if self._lock is not None and not keep_lock:
            self._lock.release()
            self._lock = None

    def close(self) -> None:
        """Fold everything into one file and let it go."""
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.execute("PRAGMA journal_mode = DELETE")
        self._let_go()

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
        _remove_logs(path)
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise


def _remove_logs(path: Path) -> None:
    """Remove the logs of a file that is replaced."""
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


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


def _head_of(path: Path) -> bytes:
    """Return SQLite's own header, in which it counts pages and changes."""
    with path.open("rb") as file:
        return _head_in(file)


def _head_in(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(100)


def stamp_of(path: Path) -> Stamp:
    """Return what tells that a file was changed. Raises OSError."""
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns


@contextmanager
def _told_as_unwritable(path: Path, *, then: str = f" {GOES_ON}") -> Generator[None]:
    try:
        yield
    except FAULTS as error:
        reason = reason_of(path, error)
        raise UnwritableSessionError(f"{path.name} cannot be written: {reason}.{then}") from error
