"""Raw rows of a run as CSV, and texts on their way to a file."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from core.lab_records import ItemRow

HEADS = ("item", "dropped", "measure", "index", "value")


def rows_csv(rows: Sequence[ItemRow]) -> str:
    """Return rows as CSV, one number a line: `index` is its place, 0.2.1 in lists of lists."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(HEADS)
    for row in rows:
        values: dict[str, object] = json.loads(row.values)
        for measure, value in values.items():
            for index, number in _numbers(value, ()):
                table.writerow((row.item, row.dropped, measure, index, number))
    return text.getvalue()


def _numbers(value: object, place: tuple[int, ...]) -> Iterator[tuple[str, object]]:
    if isinstance(value, list):
        many: list[object] = value
        for number, one in enumerate(many):
            yield from _numbers(one, (*place, number))
    else:
        yield ".".join(map(str, place)), "" if value is None else value


def write_text(path: Path, text: str) -> str:
    """Write a file; return a sentence about what went wrong, "" when nothing did."""
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        return f"{path.name} cannot be written: {error.strerror}."
    return ""
