"""The SHA-256 of a model file, computed once for each path, size and time."""

import hashlib
import json
from pathlib import Path
from typing import cast

from platformdirs import user_cache_path


def sha256_of(path: Path) -> str:
    """Return the hex digest of a file, from the cache when the file has not changed."""
    status = path.stat()
    key = f"{path.resolve()}|{status.st_size}|{status.st_mtime_ns}"
    cache = user_cache_path("swerve", appauthor=False) / "hashes.json"
    known = _load(cache)
    if key in known:
        return known[key]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    known[key] = digest
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        fresh = cache.with_suffix(f".{digest[:8]}")
        fresh.write_text(json.dumps(known, indent=1))
        fresh.replace(cache)
    except OSError:
        pass  # a cache that cannot be written costs a second next time, nothing else
    return digest


def _load(cache: Path) -> dict[str, str]:
    try:
        known: object = json.loads(cache.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    entries = cast("dict[object, object]", known)
    return {str(key): str(value) for key, value in entries.items()}
