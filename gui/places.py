"""Where Swerve keeps what is the user's: sessions, settings."""

from datetime import datetime
from pathlib import Path

from platformdirs import user_config_path, user_data_path

NAME = "swerve"


def sessions_folder() -> Path:
    """Return the folder of sessions that were not given a place by the user."""
    return user_data_path(NAME, appauthor=False) / "sessions"


def settings_file() -> Path:
    """Return the file that the window's preferences are kept in."""
    return user_config_path(NAME, appauthor=False) / "window.ini"


def untitled(moment: datetime) -> Path:
    """Return a free path for a session that has no name yet."""
    folder = sessions_folder()
    stem = f"Session {moment:%Y-%m-%d %H.%M.%S}"
    path = folder / f"{stem}.swerve"
    number = 2
    while path.exists():
        path = folder / f"{stem} ({number}).swerve"
        number += 1
    return path


def interrupted() -> Path | None:
    """Return the newest session without a name that was open when Swerve last ended, if any.

    A session that was closed is one file; a write-ahead log beside it means that it was not.
    """
    logs = [log for log in sessions_folder().glob("*.swerve-wal") if log.stat().st_size]
    if not logs:
        return None
    newest = max(logs, key=lambda log: log.stat().st_mtime)
    path = newest.with_name(newest.name.removesuffix("-wal"))
    return path if path.exists() else None
