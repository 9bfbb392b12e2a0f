"""Where Swerve keeps what is the user's: sessions, settings."""

from datetime import datetime
from pathlib import Path

from platformdirs import user_config_path, user_data_path, user_log_path

from core.file_lock import FileLock

NAME = "swerve"
LOGS = ("-wal", "-journal")
"""What stands beside a session file as long as it is open; the second one on networks."""


def sessions_folder() -> Path:
    """Return the folder of sessions that were not given a place by the user."""
    return user_data_path(NAME, appauthor=False) / "sessions"


def settings_file() -> Path:
    """Return the file that the window's preferences are kept in."""
    return user_config_path(NAME, appauthor=False) / "window.ini"


def engine_log() -> Path:
    """Return where the engine's process writes what llama.cpp says."""
    return user_log_path(NAME, appauthor=False) / "engine.log"


def untitled(moment: datetime, name: str = "Session") -> Path:
    """Return a free path for a session that has no place of the user's yet."""
    folder = sessions_folder()
    stem = f"{name} {moment:%Y-%m-%d %H.%M.%S}"
    path = folder / f"{stem}.swerve"
    number = 2
    while path.exists():
        path = folder / f"{stem} ({number}).swerve"
        number += 1
    return path


def is_there(path: Path) -> bool:
    """Return whether a file exists; one on a disk that cannot be asked does not."""
    try:
        return path.exists()
    except OSError:
        return False


def is_same(one: Path | None, other: Path) -> bool:
    """Return whether two names lead to the same file."""
    try:
        return one is not None and (one == other or one.samefile(other))
    except OSError:  # one of them is not there, or cannot be asked
        return False


def interrupted() -> list[Path]:
    """Return the sessions without a name that were open when Swerve last ended, newest first.

    A session that was closed is one file; a log or a journal beside it means that it was not,
    unless another running Swerve holds the lock.
    """
    logs = [
        log
        for ending in LOGS
        for log in sessions_folder().glob(f"*.swerve{ending}")
        if log.stat().st_size
    ]
    logs.sort(key=lambda log: log.stat().st_mtime, reverse=True)
    paths = [log.with_name(log.name.rpartition("-")[0]) for log in logs]
    return [path for path in paths if path.exists() and is_free(path)]


def is_free(path: Path) -> bool:
    """Return whether no running Swerve has a session open."""
    try:
        lock = FileLock.take(path)
    except OSError:
        return True  # no lock can be made here, so nobody holds one
    if lock is not None:
        lock.release()
    return lock is not None
