"""The port through which a session reaches its file, and what comes back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from core.records import Contents, Record
from core.session import Session
from core.tokens import Token


class SavedState(StrEnum):
    """How the file stands to the screen."""

    SAVED = "saved"
    SAVING = "saving"
    NOT_SAVED = "not saved"


@dataclass(frozen=True, slots=True)
class Saved:
    """Everything up to batch `number` is in the file."""

    number: int
    moment: datetime


@dataclass(frozen=True, slots=True)
class NotSaved:
    """The last batches are kept in memory, and will be tried again. `problem` is one sentence."""

    problem: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A session was read from `path`. `hindrance` is a sentence when it cannot be written to.

    With `goes_on`, what is done is written as soon as that is possible; else it never is.
    """

    path: Path
    session: Session
    hindrance: str | None
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Coming:
    """These are the tokens of a session that is being read."""

    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Copied:
    """The whole session is in the file at `path`, and goes on there."""

    path: Path
    moment: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """A file could not be opened or written to; the session goes on where it was."""

    problem: str


SavingEvent = Saved | NotSaved | Coming | Opened | Copied | Refused


class Storage(Protocol):
    """Keeps a session's file. Its answers arrive as `SavingEvent`s."""

    def open(self, path: Path) -> None:
        """Read the session at `path` and go on there."""
        ...

    def copy_to(self, path: Path, contents: Contents, number: int) -> None:
        """Write everything, up to batch `number`, to a new file at `path` and go on there."""
        ...

    def write(self, number: int, records: tuple[Record, ...]) -> None:
        """Append batch `number` to the file."""
        ...

    def rewrite(self, number: int, contents: Contents) -> None:
        """Let these contents, complete up to batch `number`, take the place of all in the file."""
        ...

    def flush(self, patience: float) -> bool:
        """Write what is pending now; return whether all is in the file within so many seconds."""
        ...

    def close(self) -> None:
        """Write what is pending, and let the file go as a single file."""
        ...


MakeStorage = Callable[[Callable[[SavingEvent], None]], Storage]
