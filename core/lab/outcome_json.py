"""What the lab found, as the JSON that `swerve lab` prints; the names are a public interface."""

import math
from collections.abc import Sequence

from core.lab.experiment import Figure, Finding, Outcome, Row
from core.lab.multiplicity import Corrected, corrected
from core.lab.self_checks import Check
from core.lab.statistics.intervals import Interval
from core.lab.statistics.verdicts import Verdict

Json = dict[str, object]


def outcome_json(outcome: Outcome) -> Json:
    """Tell the outcome of a run."""
    return {
        "sentence": outcome.sentence,
        "verdicts": [_verdict(verdict) for verdict in outcome.verdicts],
        "findings": [
            _finding(finding, fixed)
            for finding, fixed in zip(outcome.findings, corrected(outcome.findings), strict=True)
        ],
        "notes": list(outcome.notes),
        "dropped": dict(outcome.dropped),
        "figures": [_figure(figure) for figure in outcome.figures],
    }


def rows_json(rows: Sequence[Row]) -> list[Json]:
    """Tell the raw rows."""
    return [
        {"item": row.item, "dropped": row.why_dropped or None, "values": dict(row.values)}
        for row in rows
    ]


def check_json(check: Check) -> Json:
    """Tell one check of the self-test."""
    return {
        "name": check.name,
        "truth": check.truth,
        "share": interval_json(check.share),
        "wanted": [check.least, check.most],
        "passed": check.passed,
    }


def interval_json(interval: Interval) -> Json:
    """Tell an interval; an end without a bound is null."""
    return {
        "estimate": _finite(interval.estimate),
        "low": _finite(interval.low),
        "high": _finite(interval.high),
        "items": interval.items,
        "kind": interval.kind,
    }


def _verdict(verdict: Verdict) -> Json:
    return {
        "question": verdict.question,
        "answer": verdict.answer.value,
        "interval": None if verdict.interval is None else interval_json(verdict.interval),
        "rule": verdict.rule,
        "items_needed": verdict.items_needed,
    }


def _finding(finding: Finding, fixed: Corrected | None) -> Json:
    return {
        "name": finding.name,
        **interval_json(finding.interval),
        "p": None if finding.p is None else _finite(finding.p),
        "p_corrected": None if fixed is None else fixed.p,
        "correction": None if fixed is None else fixed.method,
        "note": finding.note,
    }


def _figure(figure: Figure) -> Json:
    return {
        "title": figure.title,
        "x": figure.x_label,
        "y": figure.y_label,
        "intervals": figure.intervals,
        "series": [
            {
                "name": one.name,
                "shape": one.shape.value,
                "x": list(one.x),
                "y": [_finite(value) for value in one.y],
                "low": [_finite(value) for value in one.low],
                "high": [_finite(value) for value in one.high],
            }
            for one in figure.series
        ],
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
