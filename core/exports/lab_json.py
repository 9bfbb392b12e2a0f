"""The experiments of a session as JSON, and back."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from core.exports.answers_json import Json
from core.lab_records import FactPackRow, ItemRow, LabRecord, RunRow, RunState


def lab_json(records: Iterable[LabRecord]) -> Json:
    """Tell packs, runs and rows; outcomes and values as they are, not as text."""
    told: dict[str, list[Json]] = {"packs": [], "runs": [], "rows": []}
    for record in records:
        match record:
            case FactPackRow():
                told["packs"].append(asdict(record))
            case RunRow():
                outcome = json.loads(record.outcome) if record.outcome else None
                choices = json.loads(record.choices) if record.choices else None
                told["runs"].append({**asdict(record), "outcome": outcome, "choices": choices})
            case ItemRow():
                told["rows"].append(asdict(record) | {"values": json.loads(record.values)})
    return dict(told)


def lab_from_json(told: dict[str, Any]) -> tuple[LabRecord, ...]:
    """Read what `lab_json` told. Raises ValueError, KeyError or TypeError on anything else."""
    packs = [FactPackRow(**{k: str(v) for k, v in row.items()}) for row in told.get("packs", ())]
    runs = [_run(row) for row in told.get("runs", ())]
    rows = [
        ItemRow(
            int(row["run"]),
            int(row["place"]),
            str(row["item"]),
            str(row["dropped"]),
            _object(row["values"]),
        )
        for row in told.get("rows", ())
    ]
    return (*packs, *runs, *rows)


def _run(row: dict[str, Any]) -> RunRow:
    return RunRow(
        number=int(row["number"]),
        experiment=str(row["experiment"]),
        items=int(row["items"]),
        seed=int(row["seed"]),
        facts=str(row["facts"]),
        model=int(row["model"]),
        version=str(row["version"]),
        moment=str(row["moment"]),
        state=RunState(row["state"]),
        why=str(row["why"]),
        tokens=int(row["tokens"]),
        seconds=float(row["seconds"]),
        outcome="" if row["outcome"] is None else _object(row["outcome"]),
        choices="" if row.get("choices") is None else _object(row["choices"]),
    )


def _object(told: object) -> str:
    if not isinstance(told, dict):
        raise TypeError("an outcome or values that are no object")
    return json.dumps(told, ensure_ascii=False)
