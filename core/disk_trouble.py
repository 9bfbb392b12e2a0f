"""What is said when a session's file cannot be written to, and why that is."""

import errno
import os
import sqlite3
import sys
from pathlib import Path

GOES_ON = "The work goes on in memory, and is written as soon as that is possible."
ELSEWHERE = "{name} is open in another window of Swerve."
IN_USE = "{name} is open in another window: changes made here are not saved."
CHANGED = (
    "{name} is not the file that Swerve wrote last, and is left alone. The work goes on in memory:"
    " save it under another name."
)
SILENT = "{name} does not answer: its disk or its network is busy or away. {goes_on}"


def reason_of(path: Path, error: OSError | sqlite3.Error) -> str:
    """Say why `path` cannot be written; what SQLite knows of it is often only that it failed."""
    if isinstance(error, FileNotFoundError):
        return "it is not where it was"
    if is_full(error):
        return "its disk is full"
    if getattr(error, "errno", None) == errno.EROFS or _is_on_read_only_disk(path):
        return "its disk is read-only now"
    told = error.strerror if isinstance(error, OSError) else str(error)
    return told or type(error).__name__


def is_full(error: Exception) -> bool:
    """Return whether a disk has no room: the disk itself is still there."""
    code = getattr(error, "sqlite_errorcode", None)
    return code == sqlite3.SQLITE_FULL or getattr(error, "errno", None) == errno.ENOSPC


def _is_on_read_only_disk(path: Path) -> bool:
    if sys.platform == "win32":
        return False
    try:
        return bool(os.statvfs(path.parent).f_flag & os.ST_RDONLY)
    except OSError:
        return False
