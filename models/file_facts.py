"""Facts about model files that take long to find, kept until the file changes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

from platformdirs import user_cache_path


def remembered(path: Path, kind: str, find: Callable[[], str]) -> str:
    """Return a fact about a file: the one kept for its path, size and time, or what `find` says.

    `kind` names the fact and everything beside the file that it depends on.
    """
    status = path.stat()
    key = f"{kind}|{path.resolve()}|{status.st_size}|{status.st_mtime_ns}"
    cache = user_cache_path("swerve", appauthor=False) / "files.json"
    known = _load(cache)
    if key not in known:
        fact = find()
        _keep(cache, _load(cache) | {key: fact}, mark=f"{hash(key) & 0xFFFFFF:x}")
        return fact
    return known[key]


def _keep(cache: Path, facts: dict[str, str], *, mark: str) -> None:
    try:
        cache.parent.mkdir(parents=True, exist_ok=True)
        fresh = cache.with_suffix(f".{mark}")
        fresh.write_text(json.dumps(facts, indent=1))
        fresh.replace(cache)
    except OSError:
        pass  # a cache that cannot be written costs a second next time, nothing else


def _load(cache: Path) -> dict[str, str]:
    try:
        known: object = json.loads(cache.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(known, dict):
        return {}
    entries = cast("dict[object, object]", known)
    return {str(key): str(value) for key, value in entries.items()}
