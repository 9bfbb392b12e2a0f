"""A thread that owns one session file and commits what arrives, in batches."""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.disk_trouble import GOES_ON, IN_USE, reason_of
from core.file_lock import FileLock
from core.known_error import KnownError
from core.records import Contents, Record
from core.saving import Coming, Copied, NotSaved, Opened, Refused, Saved, SavingEvent
from core.session_file import SessionFile, Stamp, stamp_of
from core.session_reading import load

GATHER = 0.02
"""Seconds in which batches are gathered into one commit."""

PRECEDENCE = 0.25
"""Seconds that the window has to draw a session anew before all of it is written: both compute."""

RETRY = 2.0
"""Seconds after which a failed commit is tried again."""

Hear = Callable[[SavingEvent], None]


class InlineStorage:
    """Does everything at once, on the caller's thread: for tests and scripts."""

    def __init__(self, hear: Hear) -> None:
        self._hear = hear
        self._file: SessionFile | None = None
        self._records: list[Record] = []
        self._number = 0
        self._whole: Contents | None = None  # comes before the gathered records
        self._has_failed = False

    @property
    def has_pending(self) -> bool:
        """Whether something waits to be written."""
        return bool(self._number)

    def open(self, path: Path) -> None:
        """Read the session at `path` and go on there."""
        lock: FileLock | None = None
        stamp: Stamp | None = None
        hindrance: str | None = None
        goes_on = True
        try:
            try:
                lock = FileLock.take(path) if path.exists() else None
                if lock is None:
                    hindrance, goes_on = IN_USE.format(name=path.name), False
            except OSError as error:  # a disk that is read-only may not stay so
                hindrance = f"{path.name} cannot be written: {reason_of(path, error)}. {GOES_ON}"
                stamp = stamp_of(path)
            session = load(path, lambda tokens: self._hear(Coming(tokens)))
        except (KnownError, OSError) as error:
            if lock is not None:
                lock.release()
            self._hear(Refused(str(error)))
            return
        if goes_on:
            self._file = SessionFile(path, lock, stamp)
        self._hear(Opened(path, session, hindrance, goes_on=goes_on))

    def copy_to(self, path: Path, contents: Contents, number: int) -> None:
        """Write everything, up to batch `number`, to a new file at `path` and go on there."""
        del number  # the keeper knows how far the contents go
        try:
            self._file = SessionFile.create(path, contents)
        except KnownError as error:
            self._hear(Refused(str(error)))
        else:
            self._hear(Copied(path, _now()))

    def write(self, number: int, records: tuple[Record, ...]) -> None:
        """Append batch `number` to the file."""
        self.gather(number, records)
        self.commit()

    def rewrite(self, number: int, contents: Contents) -> None:
        """Let these contents, complete up to batch `number`, take the place of all in the file."""
        self.replace_by(number, contents)
        self.commit()

    def replace_by(self, number: int, contents: Contents) -> None:
        """Keep contents that replace the file, and all that was gathered, with the next commit."""
        self._whole = contents
        self._records.clear()
        self._number = number

    def gather(self, number: int, records: tuple[Record, ...]) -> None:
        """Keep a batch for the next commit."""
        self._records.extend(records)
        self._number = number

    def commit(self) -> None:
        """Write what was gathered; keep it when that fails."""
        if self._file is None or not self._number:
            return
        try:
            if self._whole is not None:
                self._file.rewrite(self._whole)
                self._whole = None
            self._file.append(self._records)
        except KnownError as error:
            if not self._has_failed:
                self._hear(NotSaved(str(error)))
            self._has_failed = True
        else:
            number, self._number = self._number, 0
            self._records.clear()
            self._has_failed = False
            self._hear(Saved(number, _now()))

    def flush(self, patience: float) -> bool:
        """Write what is pending now; return whether all is in the file. Waits for nobody."""
        del patience
        self.commit()
        return self._file is not None and not self.has_pending

    def close(self) -> None:
        """Write what is pending, and let the file go as a single file."""
        self.commit()
        if self._file is not None:
            self._file.close()
            self._file = None


@dataclass(frozen=True, slots=True)
class _Open:
    path: Path


@dataclass(frozen=True, slots=True)
class _Copy:
    path: Path
    contents: Contents
    number: int


@dataclass(frozen=True, slots=True)
class _Write:
    number: int
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class _Rewrite:
    number: int
    contents: Contents


@dataclass(frozen=True, slots=True)
class _Flush:
    answer: queue.SimpleQueue[bool]


@dataclass(frozen=True, slots=True)
class _Close:
    pass


_Order = _Open | _Copy | _Write | _Rewrite | _Flush | _Close


class StorageThread:
    """The same on its own thread: batches within 20 ms share a commit, failures are retried."""

    PATIENCE = 5.0
    """Seconds that `close` waits for a slow disk."""

    def __init__(self, hear: Hear) -> None:
        self._storage = InlineStorage(hear)
        self._orders: queue.SimpleQueue[_Order] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="storage", daemon=True)
        self._thread.start()

    def open(self, path: Path) -> None:
        """Read the session at `path` and go on there."""
        self._orders.put(_Open(path))

    def copy_to(self, path: Path, contents: Contents, number: int) -> None:
        """Write everything, up to batch `number`, to a new file at `path` and go on there."""
        self._orders.put(_Copy(path, contents, number))

    def write(self, number: int, records: tuple[Record, ...]) -> None:
        """Append batch `number` to the file."""
        self._orders.put(_Write(number, records))

    def rewrite(self, number: int, contents: Contents) -> None:
        """Let these contents, complete up to batch `number`, take the place of all in the file."""
        self._orders.put(_Rewrite(number, contents))

    def flush(self, patience: float) -> bool:
        """Write what is pending now; return whether all is in the file within so many seconds."""
        answer: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._orders.put(_Flush(answer))
        with suppress(queue.Empty):
            return answer.get(timeout=patience)
        return False

    def close(self) -> None:
        """Write what is pending, and let the file go as a single file."""
        self._orders.put(_Close())
        self._thread.join(self.PATIENCE)

    def _serve(self) -> None:
        due: float | None = None  # when what was gathered is written
        while True:
            if due is not None and due <= _clock():  # even while orders pour in
                self._storage.commit()
                due = _clock() + RETRY if self._storage.has_pending else None
            try:
                order = self._orders.get(timeout=None if due is None else max(0.0, due - _clock()))
            except queue.Empty:
                continue
            match order:
                case _Open(path):
                    self._storage.open(path)
                case _Copy(path, contents, number):
                    self._storage.copy_to(path, contents, number)
                case _Write(number, records):
                    self._storage.gather(number, records)
                    due = _clock() + GATHER if due is None else due
                case _Rewrite(number, contents):
                    self._storage.replace_by(number, contents)
                    due = _clock() + PRECEDENCE if due is None else due
                case _Flush(answer):
                    answer.put(self._storage.flush(0.0))
                    due = _clock() + RETRY if self._storage.has_pending else None
                case _Close():
                    self._storage.close()
                    return


def _clock() -> float:
    return time.monotonic()


def _now() -> datetime:
    return datetime.now().astimezone()
