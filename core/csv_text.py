"""Tables as comma-separated values."""

import csv
import io
from collections.abc import Iterable, Sequence


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as lines that any reader parts as they were; None is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    # A carriage return is a token in many vocabularies, and the writer does not quote it.
    quoting = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    for row in rows:
        is_broken = any(isinstance(cell, str) and "\r" in cell for cell in row)
        (quoting if is_broken else writer).writerow(row)
    return text.getvalue()
