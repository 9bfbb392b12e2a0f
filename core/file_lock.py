"""Who may write to a session file: one process, told by a lock beside it."""

import os
import sys
from contextlib import suppress
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_lock(handle: int) -> bool:
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def place_of(path: Path) -> Path:
    """Return where the file at `path` lies: elsewhere when `path` is a link to it.

    Folders may be linked as they like, for what lies beside the file lies there under both names.
    """
    return Path(os.path.realpath(path)) if path.is_symlink() else path


class FileLock:
    """A lock that the system lets go when its process ends, however it ends.

    It lies on a file of its own: closing any handle of a database drops SQLite's locks on it.
    """

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle: int | None = handle

    @classmethod
    def take(cls, path: Path) -> "FileLock | None":
        """Lock the session at `path`; return None when another holder has it. Raises OSError.

        A file has one lock, by whichever link it is reached.
        """
        place = place_of(path)
        lock = place.with_name(place.name + ".lock")
        while True:
            handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
            if not _try_lock(handle):
                os.close(handle)
                return None
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(handle), lock.stat()):
                    return cls(lock, handle)
            os.close(handle)  # its last holder removed it under our hands: take the new one

    def release(self) -> None:
        """Let the lock go and remove its file."""
        if self._handle is None:
            return
        with suppress(OSError):  # Windows removes no open file: the next holder finds it
            # After a disk was away, another holder's lock may lie where this one was.
            if os.path.samestat(os.fstat(self._handle), self._path.stat()):
                self._path.unlink()
        handle, self._handle = self._handle, None
        with suppress(OSError):  # of a network that is away; it is closed all the same
            os.close(handle)
