"""What is made of rows, as JSON: outcomes, reports, two runs laid over each other."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from core.lab.experiment import Experiment, Outcome, Row, Settings
from core.lab.facts import parse_facts
from core.lab.outcome_json import outcome_json, rows_json
from core.lab.provisional import provisional
from core.lab.registry import find_experiment
from core.lab.report import report_html
from core.lab.rows_csv import rows_csv
from core.lab_overlay import differences
from core.lab_points import floors_of, points_of
from core.lab_products import choices_of
from core.lab_running import settings_with

Json = dict[str, Any]


def analysed(order: Mapping[str, Any]) -> Json:
    """Return what the rows of a run say: outcome, one point per item, floors."""
    experiment, settings, rows = _run(order)
    return _told(experiment, experiment.analyse(rows, settings), rows)


def reported(order: Mapping[str, Any]) -> Json:
    """Return the report of a run as one HTML text, and its numbers and rows as JSON.

    A run that is not whole has no verdict yet.
    """
    experiment, settings, rows = _run(order)
    outcome = experiment.analyse(rows, settings)
    about: Json = order["about"]
    is_whole = bool(order["is_whole"])
    if not is_whole:
        done = sum(row.counts for row in rows)
        outcome = provisional(outcome, done=done, wanted=settings.items)
    return {
        "html": report_html(experiment, outcome, rows, about),
        "csv": rows_csv(rows),
        "json": {
            "experiment": experiment.name,
            "settings": about,
            "provisional": not is_whole,
            **outcome_json(outcome),
            "rows": rows_json(rows),
        },
    }


def compared(order: Mapping[str, Any]) -> Json:
    """Return two runs of one experiment: each analysed, and how they differ."""
    told: list[Json] = []
    outcomes: list[Outcome] = []
    measured: list[tuple[Row, ...]] = []
    name = ""
    for one in cast("Sequence[Mapping[str, Any]]", order["runs"]):
        experiment, settings, rows = _run(one)
        outcomes.append(experiment.analyse(rows, settings))
        measured.append(rows)
        told.append(_told(experiment, outcomes[-1], rows))
        name = experiment.name
    found = differences(name, (outcomes[0], outcomes[1]), (measured[0], measured[1]))
    return {"outcomes": told, "differences": [asdict(one) for one in found]}


def finite(value: Any) -> Any:
    """Return the same with null for every number that JSON cannot write."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite(one) for key, one in cast("Json", value).items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in cast("Sequence[Any]", value)]
    return value


def _run(order: Mapping[str, Any]) -> tuple[Experiment, Settings, tuple[Row, ...]]:
    text = str(order["facts"])
    facts = parse_facts(text, "the run's pack") if text else ()
    choices = choices_of(json.dumps(order.get("choices") or {}))
    settings = settings_with(facts, int(order["seed"]), int(order["items"]), choices)
    rows = tuple(Row(one["item"], one["values"], one["dropped"]) for one in order["rows"])
    return find_experiment(str(order["experiment"])), settings, rows


def _told(experiment: Experiment, outcome: Outcome, rows: Sequence[Row]) -> Json:
    words, points = points_of(experiment.name, rows)
    return {
        **outcome_json(outcome),
        "figures": [
            {
                **asdict(figure),
                "series": [asdict(one) for one in figure.series],
                "band": figure.intervals,
            }
            for figure in outcome.figures
        ],
        "points": [asdict(point) for point in points],
        "points_are": words,
        "floors": dict(floors_of(rows)),
        "method": experiment.method,
    }
