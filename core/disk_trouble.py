"""What is said when a session's file cannot be written to, and why that is."""

import errno
import os
import sqlite3
import sys
from pathlib import Path

GOES_ON = "The work goes on in memory, and is written as soon as that is possible."
OWN_FILE = "{name} is this session's own file: all that is done is written there anyway."
ELSEWHERE = "{name} is open in another window of Swerve."
IN_USE = "{name} is open in another window: changes made here are not saved."
SAVE_ELSEWHERE = "The work goes on in memory: save it under another name."
CHANGED = f"{{name}} is not the file that Swerve wrote last, and is left alone. {SAVE_ELSEWHERE}"
SILENT = "{name} does not answer: its disk or its network is busy or away. {goes_on}"

REASONS: dict[int | None, str] = {
    sqlite3.SQLITE_READONLY: "it, or its disk, is read-only now",
    sqlite3.SQLITE_CANTOPEN: "it cannot be reached",
    sqlite3.SQLITE_IOERR: "its disk or its network answers with an error",
}
"""What SQLite's codes mean for the person at the screen."""


def reason_of(path: Path, error: Exception) -> str:
    """Say why `path` cannot be written; what SQLite knows of it is often only that it failed."""
    if isinstance(error, ValueError | OverflowError):
        return f"something in the session fits into no file ({error})"
    if isinstance(error, FileNotFoundError):
        return "it is not where it was"
    if is_full(error):
        return "its disk is full"
    if getattr(error, "errno", None) == errno.EROFS or _is_on_read_only_disk(path):
        return "its disk is read-only now"
    told = error.strerror if isinstance(error, OSError) else REASONS.get(_code_of(error))
    if getattr(error, "errno", None) == errno.EIO:
        told = REASONS[sqlite3.SQLITE_IOERR]
    return told or str(error) or type(error).__name__


def is_full(error: Exception) -> bool:
    """Return whether a disk has no room: the disk itself is still there."""
    return _code_of(error) == sqlite3.SQLITE_FULL or getattr(error, "errno", None) == errno.ENOSPC


def _code_of(error: Exception) -> int | None:
    """Return SQLite's code without what it adds to tell where it was met."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _is_on_read_only_disk(path: Path) -> bool:
    if sys.platform == "win32":
        return False
    try:
        return bool(os.statvfs(path.parent).f_flag & os.ST_RDONLY)
    except OSError:
        return False
