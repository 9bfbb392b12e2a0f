"""Comparisons kept as findings: what was compared, how, and the numbers with their floors."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from core.tree import NodeId


@dataclass(frozen=True, slots=True)
class ComparisonFinding:
    """One finding. `rows` are the table as it was shown, its head first, with full digits.

    `view` is the way of comparing, `moment` when it was kept (ISO 8601, UTC), `model` what the
    numbers are of, in words, and `number` what the session keeps that model under, with its hash,
    build and arithmetic: None in what older versions kept. `branches` are the first nodes of what
    was compared, as far as they are left.
    """

    title: str
    view: str
    moment: str
    model: str
    rows: tuple[tuple[str, ...], ...]
    branches: tuple[NodeId, ...]
    number: int | None = None

    def moved(self, place: Callable[[NodeId], NodeId | None]) -> "ComparisonFinding":
        """Return the same with every branch where `place` says; None drops it."""
        places = (place(first) for first in self.branches)
        return replace(self, branches=tuple(here for here in places if here is not None))


def kept_to_json(finding: ComparisonFinding | None) -> Any:
    """Return a finding as JSON values; None for none."""
    if finding is None:
        return None
    return {
        "title": finding.title,
        "view": finding.view,
        "moment": finding.moment,
        "model": finding.model,
        "rows": [list(row) for row in finding.rows],
        "branches": list(finding.branches),
        "number": finding.number,
    }


def kept_from_json(told: Any) -> ComparisonFinding | None:
    """Read what `kept_to_json` wrote; ValueError, KeyError or TypeError on anything else."""
    if told is None:
        return None
    return ComparisonFinding(
        title=str(told["title"]),
        view=str(told["view"]),
        moment=str(told["moment"]),
        model=str(told["model"]),
        rows=tuple(tuple(str(cell) for cell in row) for row in told["rows"]),
        branches=tuple(NodeId(int(first)) for first in told["branches"]),
        number=None if (number := told.get("number")) is None else int(number),
    )
