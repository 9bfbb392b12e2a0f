"""What is made of distances after an error: its length against a placebo's, and its shape."""

import math
from collections.abc import Sequence

import numpy as np

from core.lab.experiment import Finding, Outcome, Row, Settings, Values, dropped_reasons
from core.lab.influence_shape import distance_figure, fading_words, flips_figure
from core.lab.known_facts import too_few_known
from core.lab.statistics.bootstrap import mean_interval
from core.lab.statistics.intervals import Floats
from core.lab.statistics.permutation import sign_flip
from core.lab.statistics.verdicts import Answer, Verdict, influence

ARMS = ("error", "placebo", "control", "ceiling")
LENGTH = 32
"""Tokens after the fork where a run does not say how many."""

FAR = 16
"""From this distance on, wrongness is held against the placebo."""

LEAST_OWN = 8
"""Fewer tokens of a branch's own words say nothing."""

FAMILY_RESAMPLES = 60
MATCHED_BITS = 1.0

NO_FLOORS: Values = {
    "repeat floor": float("nan"),
    "rounding floor": float("nan"),
    "rounding floor, median": 0.0,
}
"""What stands for floors that no row holds, because no item was read."""

FLOOR = 1e-4
"""Where the logarithm of √JS is cut off: axes and ratios go no deeper."""


def _length(rows: Sequence[Row]) -> int:
    """Return to what distance the rows of a run reach."""
    return int(_values(rows[:1], "error").shape[-1]) - 1


def _far(rows: Sequence[Row]) -> tuple[int, int]:
    """Return the distances on which the verdict rests."""
    return FAR, _length(rows)


def _table(rows: Sequence[Row], arm: str) -> Floats:
    """Return JS as a mean over suffixes, shape (items that have this arm, distances)."""
    table = np.array([row.values[arm] for row in rows if arm in row.values], np.float64)
    if not len(table):
        return np.empty((0, _length(rows)))
    js: Floats = (table[:, :, 1:] ** 2).mean(axis=1)
    return js


def _by_suffix(rows: Sequence[Row], arm: str) -> Floats:
    """Return √JS as read, shape (items, suffixes, distances); fits have a floor of their own."""
    table = np.array([row.values[arm] for row in rows if arm in row.values], np.float64)
    roots: Floats = np.maximum(table[:, :, 1:], FLOOR)
    return roots


def corrected(js: Floats, floor: float) -> Floats:
    """Return √(JS − floor²), cut off at the floor: what lies under it has no size of its own."""
    roots: Floats = np.sqrt(np.maximum(js - floor**2, max(floor, FLOOR) ** 2))
    return roots


def _typical(rows: Sequence[Row], arm: str, band: tuple[int, int]) -> float:
    """Return the median √JS over facts, texts and the distances of a band, as read."""
    table = np.array([row.values[arm] for row in rows], np.float64)
    return float(np.median(table[:, :, band[0] : band[1] + 1]))


def _ratio(rows: Sequence[Row], arm: str, floor: float, band: tuple[int, int]) -> Floats | None:
    """Return ln(error/arm) of √JS per fact; None where either lies under the floor.

    The floor is that of a typical position, so it is held against a typical distance.
    """
    if min(_typical(rows, one, band) for one in ("error", arm)) <= floor:
        return None
    one, other = (
        np.log(corrected(_table(rows, name)[:, band[0] - 1 : band[1]].mean(axis=1), floor))
        for name in ("error", arm)
    )
    return np.asarray(one - other, np.float64)


def analyse_influence(rows: Sequence[Row], settings: Settings) -> Outcome:
    """Tell whether wrongness outlasts its placebo, and how fast both fade."""
    dropped = dropped_reasons(rows)
    floors = next((row.values for row in rows if "rounding floor" in row.values), NO_FLOORS)
    seed = settings.seed
    if (nothing := too_few_known(rows)) is not None:
        return nothing
    rows = [row for row in rows if row.counts]
    repeat = float(str(floors["repeat floor"]))
    rounding = float(str(floors["rounding floor"]))
    middle = float(str(floors["rounding floor, median"]))
    tables = {arm: _table(rows, arm) for arm in ARMS}
    curves = {arm: corrected(js, middle) for arm, js in tables.items()}
    bands = (_far(rows), (5, FAR - 1), (1, 4))
    told = [_held(rows, "placebo", middle, band, seed) for band in bands]
    told += [_held(rows, arm, middle, bands[0], seed) for arm in ("control", "ceiling")]
    far = told[0]
    verdict = influence(far.interval if isinstance(far, Finding) else None)
    total = np.sqrt(np.maximum(tables["error"] - middle**2, 0.0)).sum(axis=1)
    findings = (
        *(one for one in told if isinstance(one, Finding)),
        Finding(
            f"sum of √JS after the error, distances 1 to {bands[0][1]}",
            mean_interval(total, seed=seed),
        ),
        *_beside(rows, middle, seed),
    )
    under = [one for one in told if isinstance(one, str)]
    notes = (
        *(
            fading_words(arm, curves[arm], _by_suffix(rows, arm), seed, FAMILY_RESAMPLES)
            for arm in ("error", "placebo")
        ),
        (
            "Whatever changes in a text shows less and less behind it: distances after the error"
            " mean nothing without those after the placebo."
        ),
        (
            f"Floors, √JS: repeat {repeat:.2g}, rounding"
            f" {rounding:.2g} at most and {middle:.2g} in the middle. A verdict asks that error and"
            " placebo both lie above the middle one at a typical position (the median over facts,"
            " texts and distances): the largest of many positions would be held against a mean."
            " Numbers and curves are corrected by the middle one, and cut off at it."
        ),
        *(
            (f"Below the rounding floor, so no ratio is told: {'; '.join(under)}.",)
            if under
            else ()
        ),
        (
            f"A control as surprising as the error (within {MATCHED_BITS:g} bit) was found for"
            f" {len(curves['control'])} of {len(rows)} facts."
        ),
    )
    figures = [distance_figure(curves, middle, seed)]
    if all("error flips" in row.values for row in rows):
        flips = {
            arm: _values(rows, f"{arm} flips")[:, :, 1:].mean(axis=1)
            for arm in ("error", "placebo")
        }
        figures.append(flips_figure(flips, seed))
    sentence = _sentence(rows, verdict, middle)
    return Outcome(sentence, (verdict,), findings, tuple(figures), notes, dropped)


def _sentence(rows: Sequence[Row], verdict: Verdict, floor: float) -> str:
    interval, length = verdict.interval, _length(rows)
    if interval is None:
        error, placebo = (_typical(rows, arm, _far(rows)) for arm in ("error", "placebo"))
        return (
            f"{FAR} to {length} tokens on, √JS was {error:.2g} after the error and {placebo:.2g}"
            f" after its placebo at a typical position ({len(rows)} facts): not both above the"
            f" rounding floor of {floor:.2g}, and below the rounding floor nothing is told apart,"
            f" so no ratio is given: {verdict.answer.lower()}."
        )
    return (
        f"{FAR} to {length} tokens on, the error's influence was {math.exp(interval.estimate):.2f}"
        f" times its placebo's (95 % interval {math.exp(interval.low):.2f} to"
        f" {math.exp(interval.high):.2f}, {len(rows)} facts): {verdict.answer.lower()}"
        + (" the placebo's." if verdict.answer is Answer.NO_LONGER else ".")
    )


def _held(
    rows: Sequence[Row], arm: str, floor: float, band: tuple[int, int], seed: int
) -> Finding | str | None:
    """Hold the error against another arm in the facts that have it; in words if under the floor."""
    having = [row for row in rows if arm in row.values]
    if len(having) < 2:
        return None
    where = f"distances {band[0]} to {band[1]}"
    ratio = _ratio(having, arm, floor, band)
    if ratio is None:
        return f"{where} against the {arm}"
    is_main = arm == "placebo" and band == _far(rows)
    return Finding(
        f"ln(error/{arm}) of √JS, {where}",
        mean_interval(ratio, seed=seed),
        sign_flip(ratio, seed=seed),
        "primary" if is_main else "exploratory",
    )


def _beside(rows: Sequence[Row], floor: float, seed: int) -> list[Finding]:
    """Tell what is measured beside √JS under neutral texts: KL, and the branches' own words."""
    findings: list[Finding] = []
    is_told = _ratio(rows, "placebo", floor, _far(rows)) is not None
    if is_told and all("error KL" in row.values for row in rows):
        least = 4 * max(floor, FLOOR) ** 2  # JS is a quarter of KL where differences are small
        far = {
            arm: np.log(np.maximum(_values(rows, f"{arm} KL")[:, :, FAR:].mean(axis=(1, 2)), least))
            for arm in ("error", "placebo")
        }
        ratio = far["error"] - far["placebo"]
        findings.append(
            Finding(
                f"ln(error/placebo) of KL, distances {FAR} to {_length(rows)}",
                mean_interval(ratio, seed=seed),
                sign_flip(ratio, seed=seed),
                "exploratory; about twice that of √JS where differences are small",
            )
        )
    gains = [gain for row in rows if (gain := _amplified(row, floor)) is not None]
    if len(gains) > 1:
        findings.append(
            Finding(
                "ln(√JS under the error's own words / under the clean branch's)",
                mean_interval(np.array(gains), seed=seed),
                sign_flip(np.array(gains), seed=seed),
                f"exploratory; {len(rows) - len(gains)} facts left out whose text ended before"
                f" {LEAST_OWN} tokens or stayed below the rounding floor",
            )
        )
    return findings


def _values(rows: Sequence[Row], name: str) -> Floats:
    return np.array([row.values[name] for row in rows], np.float64)


def _amplified(row: Row, floor: float) -> float | None:
    """Return how much more a row's branches differ under the error's words than the clean ones.

    None where a text was too short, or neither differs by more than the floor.
    """
    curves: list[Floats] = []
    for whose in ("its own", "clean's"):
        curve = np.asarray(row.values.get(f"error, {whose} words", []), np.float64)[1:]
        curves.append(np.maximum(curve, max(floor, FLOOR)))
    length = min(len(curve) for curve in curves)
    if length < LEAST_OWN or max(float(np.median(curve[:length])) for curve in curves) <= floor:
        return None
    own, clean = (float(np.log(curve[:length]).mean()) for curve in curves)
    return own - clean
