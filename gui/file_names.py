"""The ending of a file that the user named: a point within a name, as in “run 1.5”, begins none."""

from collections.abc import Collection
from pathlib import Path


def with_ending(name: str, wanted: str, known: Collection[str] = ()) -> Path:
    """Return the named file, with the `wanted` ending put behind it unless it ends as known."""
    path = Path(name)
    if path.suffix.lower() in {wanted, *known}:
        return path
    return path.with_name(path.name + wanted)
