"""The SHA-256 of a model file, computed once for each path, size and time."""

import hashlib
from pathlib import Path

from models.file_facts import remembered


def sha256_of(path: Path) -> str:
    """Return the hex digest of a file, from the cache when the file has not changed."""

    def find() -> str:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    return remembered(path, "sha256", find)
