"""Raw rows as JSON lines: what a run keeps as it goes, and resumes from."""

import json
from collections.abc import Mapping
from typing import cast

from core.known_error import KnownError
from core.lab.experiment import Row, Value

FORMAT = 1


def header_line(facts: Mapping[str, str | int]) -> str:
    """Return the first line: what the rows belong to."""
    return json.dumps({"swerve_rows": FORMAT, **facts}, ensure_ascii=False) + "\n"


def row_line(row: Row) -> str:
    """Return one row as a line."""
    return (
        json.dumps(
            {"item": row.item, "dropped": row.why_dropped, "values": dict(row.values)},
            ensure_ascii=False,
        )
        + "\n"
    )


def read_rows(text: str, facts: Mapping[str, str | int], name: str) -> tuple[Row, ...]:
    """Read the rows of an earlier run. Raises `KnownError` when they belong to another one.

    A last line that was not finished, because the run was cut off, is left out.
    """
    lines = text.split("\n")[:-1]
    if not lines:
        return ()
    try:
        found = [json.loads(line) for line in lines]
    except json.JSONDecodeError:
        raise KnownError(f"{name} holds no rows of the lab: name another file.") from None
    if not isinstance(found[0], dict) or "swerve_rows" not in found[0]:
        raise KnownError(f"{name} holds no rows of the lab: name another file.")
    first = cast("dict[str, object]", found[0])
    for key in {**facts, **first}:
        value = facts.get(key, "not told")
        if key != "swerve_rows" and first.get(key) != value:
            raise KnownError(
                f"{name} holds rows of another run ({key} was {first.get(key, 'not told')}, now"
                f" {value}):"
                " name another file."
            )
    try:
        return tuple(
            Row(
                str(entry["item"]),
                cast("Mapping[str, Value]", entry["values"]),
                str(entry["dropped"]),
            )
            for entry in cast("list[dict[str, object]]", found[1:])
        )
    except (KeyError, TypeError):
        raise KnownError(f"{name} holds no rows of the lab: name another file.") from None
