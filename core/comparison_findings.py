"""Comparisons kept as findings: what was compared, how, and the numbers with their floors."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from core.tree import NodeId
from core.view_state import ViewState

KEY = "findings of comparisons"
"""Under this name a session keeps them."""

VERSION = 1


@dataclass(frozen=True, slots=True)
class ComparisonFinding:
    """One finding. `rows` are the table as it was shown, its head first, with full digits.

    `view` is the way of comparing, `moment` when it was kept (ISO 8601, UTC), `model` what the
    numbers are of. `branches` are the first nodes of what was compared, as far as they are left.
    """

    title: str
    view: str
    moment: str
    model: str
    rows: tuple[tuple[str, ...], ...]
    branches: tuple[NodeId, ...]


def to_view_state(findings: Sequence[ComparisonFinding]) -> ViewState:
    """Return findings as a session keeps them."""
    told = [
        {
            "title": one.title,
            "view": one.view,
            "moment": one.moment,
            "model": one.model,
            "rows": [list(row) for row in one.rows],
        }
        for one in findings
    ]
    nodes = {str(number): one.branches for number, one in enumerate(findings)}
    return ViewState(VERSION, {"findings": told}, nodes)


def from_view_state(state: ViewState | None) -> tuple[ComparisonFinding, ...]:
    """Return what a session keeps; what is not a finding is left out."""
    told: Any = None if state is None else state.values.get("findings")
    if state is None or not isinstance(told, list):
        return ()
    found: list[ComparisonFinding] = []
    for number, one in enumerate(cast("list[dict[str, Any]]", told)):
        try:
            finding = ComparisonFinding(
                title=str(one["title"]),
                view=str(one["view"]),
                moment=str(one["moment"]),
                model=str(one["model"]),
                rows=tuple(tuple(str(cell) for cell in row) for row in one["rows"]),
                branches=state.nodes.get(str(number), ()),
            )
        except (KeyError, TypeError):
            continue
        found.append(finding)
    return tuple(found)
