"""Raw rows as a table for pandas or a spreadsheet: one line a number, or a text."""

from collections.abc import Iterator, Sequence

from core.csv_text import csv_text
from core.lab.experiment import Row, Value

COLUMNS = ("item", "dropped", "name", "place", "value")


def rows_csv(rows: Sequence[Row]) -> str:
    """Return every value of every row; `place` is its index in a list ("2", or "2.0" in a table).

    An item without values has one line, so that none is lost.
    """
    lines: list[tuple[object, ...]] = [COLUMNS]
    for row in rows:
        written = [
            (row.item, row.why_dropped, name, place, value)
            for name, values in row.values.items()
            for place, value in _places(values)
        ]
        lines += written or [(row.item, row.why_dropped, "", "", "")]
    return csv_text(lines)


def _places(value: Value) -> Iterator[tuple[str, object]]:
    if not isinstance(value, list):
        yield "", value
        return
    for place, one in enumerate(value):
        if isinstance(one, list):
            yield from ((f"{place}.{inner}", number) for inner, number in enumerate(one))
        else:
            yield str(place), one
