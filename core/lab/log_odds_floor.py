"""The rounding floor of log-odds: measured once per run, and told beside what lies below it."""

import re
from collections.abc import Sequence
from dataclasses import replace

from core.lab.asking import Asker
from core.lab.experiment import Finding, Outcome, Row, Values
from core.lab.statistics.verdicts import Answer, Verdict

FLOOR = "rounding floor, log-odds"
REPEAT = "repeat floor, log-odds"

IN_NATS = re.compile(r"log-odds|logit q(?! per)|ln P\(")
"""Names of numbers that are differences of log-odds or of log-probabilities, but for slopes."""

SIDED = frozenset({Answer.CONTAGIOUS, Answer.PROTECTIVE})


def log_odds_floors(asker: Asker, texts: Sequence[str]) -> Values:
    """Return below what one reading's log-odds mean nothing, on texts that a run writes."""
    measured = asker.floors(asker.opening("\n".join(texts)))
    return {REPEAT: measured.repeat_log_odds, FLOOR: measured.rounding_log_odds}


def held_to_floor(outcome: Outcome, rows: Sequence[Row]) -> Outcome:
    """Say beside each number in nats that it lies below the floor, where it does.

    A verdict that an error does something is none there, nor does the sentence claim it. Rows of
    earlier versions hold no floor.
    """
    floor = next((float(str(row.values[FLOOR])) for row in rows if FLOOR in row.values), None)
    if not floor or not outcome.findings:
        return outcome
    findings = tuple(_marked(finding, floor) for finding in outcome.findings)
    verdicts = tuple(_judged(verdict, floor) for verdict in outcome.verdicts)
    note = (
        f"Rounding floor: {floor:.2g} nats of log-odds, the largest over the positions of one text"
        " and the pairs of its 20 likeliest tokens, so of a single reading. A mean over items is"
        " another thing, and lies closer to its truth; a number below the floor says so all the"
        " same, because arithmetic may shift all items alike."
    )
    is_under = any(
        one.note.startswith("primary") and _is_under(one, floor) for one in outcome.findings
    )
    said = f" This lies below the rounding floor of one reading, {floor:.2g} nats."
    sentence = outcome.sentence
    for before, after in zip(outcome.verdicts, verdicts, strict=True):
        sentence = sentence.replace(f": {before.answer.lower()}.", f": {after.answer.lower()}.")
    return replace(
        outcome,
        sentence=sentence + (said if is_under else ""),
        findings=findings,
        verdicts=verdicts,
        notes=(*outcome.notes, note),
    )


def _is_under(finding: Finding, floor: float) -> bool:
    return bool(IN_NATS.search(finding.name)) and abs(finding.interval.estimate) < floor


def _marked(finding: Finding, floor: float) -> Finding:
    if not _is_under(finding, floor):
        return finding
    said = "below the rounding floor of one reading"
    return replace(finding, note=f"{finding.note}; {said}" if finding.note else said)


def _judged(verdict: Verdict, floor: float) -> Verdict:
    interval = verdict.interval
    if verdict.answer not in SIDED or interval is None or abs(interval.estimate) >= floor:
        return verdict
    rule = f"{verdict.rule}; here it lies below the rounding floor"
    return Verdict(verdict.question, Answer.UNDECIDED, interval, rule, None)
