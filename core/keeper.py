"""The owner thread's side of saving: which file a session has, and how far it is in it."""

import itertools
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path

from core.disk_trouble import GOES_ON, OWN_FILE, SILENT
from core.jobs import Outbox, Post
from core.records import Contents, Record
from core.saving import (
    Coming,
    Copied,
    MakeStorage,
    NotSaved,
    Opened,
    Refused,
    Saved,
    SavedState,
    SavingEvent,
    Storage,
)
from core.tree import ROOT, NodeId

RETRY = 2.0
"""Seconds after which another file is tried when the last one was refused."""

PATIENCE = 10.0
"""Seconds without an answer from the file after which the window says so."""

_Event = tuple[int, SavingEvent]


class Keeper:
    """Hands batches of records to the storage of the current file.

    A storage serves one file. Opening and copying start another one beside it, which takes over
    when it has succeeded: a session is never without the file it had.
    """

    def __init__(
        self,
        post: Post,
        make_storage: MakeStorage | None,
        *,
        on_coming: Callable[[Coming], None],
        on_opened: Callable[[Opened], None],
        on_news: Callable[[str | None], None],
    ) -> None:
        self.file: Path | None = None
        self.saved_at: datetime | None = None
        self.state = SavedState.NOT_SAVED
        self.problem: str | None = None
        """Why the file cannot be written to; None when it can."""
        self.settled_through = ROOT
        self._make_storage = make_storage
        self._on_coming = on_coming
        self._on_opened = on_opened
        self._on_news = on_news
        self._outbox: Outbox[_Event] = Outbox(post, self._take)
        self._batches = itertools.count(1)
        self._keys = itertools.count(1)
        self._storages: dict[int, Storage] = {}
        self._current: int | None = None
        self._coming: int | None = None
        self.is_closed = False
        self._coming_holds = 0  # the batch up to which a copy under way is complete; 0: not a copy
        self._pending: deque[tuple[int, NodeId]] = deque()
        self._acknowledged: dict[int, int] = {}
        self._next_try = 0.0
        self._waiting_since: float | None = None  # for an answer, while something is pending

    def wants_a_file(self) -> bool:
        """Return whether batches go nowhere, and a new file may be tried now."""
        has_none = self._current is None and not self._coming_holds
        return has_none and not self.is_closed and _clock() >= self._next_try

    @property
    def has_a_file(self) -> bool:
        """Whether batches go to a file, or to one that is about to take over."""
        return self._current is not None or bool(self._coming_holds)

    @property
    def has_unsaved(self) -> bool:
        """Whether there is something that is in memory only."""
        return bool(self._pending) and self.state is SavedState.NOT_SAVED

    @property
    def would_lose(self) -> bool:
        """Whether something would be lost if all ended now: a disk that cannot be written to."""
        return self._make_storage is not None and self.has_unsaved

    def open(self, path: Path) -> None:
        """Read the session at `path`; it takes over when it is there."""
        self._give_up_coming()
        self._coming, storage = self._start()
        storage.open(path)

    def watch(self) -> None:
        """Say so when the file does not answer: a disk or a network may hang without an error."""
        if self._waiting_since is None or self.state is SavedState.NOT_SAVED or self.file is None:
            return
        if _clock() - self._waiting_since >= PATIENCE:
            self._fail(SILENT.format(name=self.file.name, goes_on=GOES_ON))

    def copy_to(self, path: Path, contents: Contents, newest: NodeId) -> None:
        """Write everything to a new file, which takes over when it is complete."""
        if self._current is not None and not self.problem and self._is_own(path):
            self._on_news(OWN_FILE.format(name=path.name))
            return
        self._give_up_coming()
        number = next(self._batches)
        self._pending.append((number, newest))
        self._coming, storage = self._start()
        self._coming_holds = number
        storage.copy_to(path, contents, number)

    def write(self, records: tuple[Record, ...], newest: NodeId) -> None:
        """Append what happened since the last batch; `newest` is the last node in it."""
        number = next(self._batches)
        self._await(number, newest)
        keys = [self._current, self._coming if self._coming_holds else None]
        for key in keys:
            if key is not None:
                self._storages[key].write(number, records)

    def _is_own(self, path: Path) -> bool:
        """Return whether the session's file lies at `path`, under whichever name."""
        if self.file is None:
            return False
        try:
            return path == self.file or path.samefile(self.file)
        except OSError:  # nothing lies there
            return False

    @property
    def is_moving(self) -> bool:
        """Whether another file is about to take over."""
        return self._coming is not None

    def rewrite(self, contents: Contents, newest: NodeId) -> None:
        """Let another form of the session take the place of all that is in the file."""
        number = next(self._batches)
        self._pending.clear()
        self._await(number, newest)
        self.settled_through = ROOT
        if self._current is not None:
            self._storages[self._current].rewrite(number, contents)

    def flush(self, patience: float) -> bool:
        """Write what is pending now; return whether a file holds all within so many seconds.

        An empty session, and one that is only looked at, have nothing to write.
        """
        key = self._current or (self._coming if self._coming_holds else None)
        if key is None:
            return not self._pending or self._make_storage is None
        return not self._pending or self._storages[key].flush(patience)

    def close(self) -> None:
        """Write what is pending and let all files go; what comes later is written nowhere."""
        self.is_closed = True
        for storage in self._storages.values():
            storage.close()
        self._storages.clear()
        self._current = self._coming = None

    def _start(self) -> tuple[int, Storage]:
        assert self._make_storage is not None, "this workbench was made without a way to save"
        key = next(self._keys)
        self._storages[key] = self._make_storage(partial(self._hear, key))
        return key, self._storages[key]

    def _hear(self, key: int, event: SavingEvent) -> None:
        self._outbox.put((key, event))  # on the storage's thread

    def _take(self, events: tuple[_Event, ...]) -> None:
        for key, event in events:
            if key not in self._storages:
                continue
            match event:
                case Saved(number, moment):
                    self._saved(key, number, moment)
                case NotSaved(problem):
                    if key == self._current:
                        self._fail(problem)
                case Refused(problem):
                    self._refused(problem)
                case Copied(path, moment):
                    number = self._coming_holds
                    self._take_over(path)
                    self._saved(key, number, moment)
                case Coming():
                    self._on_coming(event)
                case Opened():
                    self._opened(event)

    def _await(self, number: int, newest: NodeId) -> None:
        """Note a batch that is on its way to the file."""
        self._pending.append((number, newest))
        if self._waiting_since is None:
            self._waiting_since = _clock()
        if self.state is SavedState.SAVED:
            self.state = SavedState.SAVING

    def _fail(self, problem: str) -> None:
        self.state = SavedState.NOT_SAVED
        self.problem = problem
        self._on_news(problem)

    def _refused(self, problem: str) -> None:
        # a file that cannot be read says nothing of one that can be written
        was_copy, self._next_try = bool(self._coming_holds), 0.0
        self._give_up_coming()
        if not was_copy or self._current is not None:
            self._on_news(problem)
            return
        self._next_try = _clock() + RETRY
        problem = f"{problem} {GOES_ON}"
        if problem != self.problem:  # it is tried again and again, and said once
            self._fail(problem)

    def _opened(self, event: Opened) -> None:
        self._take_over(event.path)
        self._pending.clear()
        self.settled_through = NodeId(len(event.session.tree))
        self.saved_at = None
        self.state = SavedState.SAVED
        self.problem = self._waiting_since = None
        if not event.goes_on:
            self._drop(self._current)
            self._current = None
            self.state = SavedState.NOT_SAVED
        self._on_opened(event)

    def _saved(self, key: int, number: int, moment: datetime) -> None:
        if key != self._current:
            self._acknowledged[key] = number
            return
        number = max(number, self._acknowledged.pop(key, 0))
        while self._pending and self._pending[0][0] <= number:
            _, self.settled_through = self._pending.popleft()
        self.saved_at = moment
        self.problem = None
        self._waiting_since = _clock() if self._pending else None
        self.state = SavedState.SAVING if self._pending else SavedState.SAVED
        self._on_news(None)

    def _take_over(self, path: Path) -> None:
        self._drop(self._current)
        self._current, self._coming, self._coming_holds = self._coming, None, 0
        self.file = path

    def _give_up_coming(self) -> None:
        self._drop(self._coming)
        self._coming, self._coming_holds = None, 0

    def _drop(self, key: int | None) -> None:
        if key is not None:
            self._storages.pop(key).close()


def _clock() -> float:
    return time.monotonic()
