"""What is made of distances after an error: its length against a placebo's, and its shape."""

import math
from collections.abc import Sequence

import numpy as np

from core.lab.experiment import (
    Figure,
    Finding,
    Outcome,
    Row,
    Series,
    Settings,
    Values,
    decimal,
    dropped_reasons,
)
from core.lab.statistics.bootstrap import draw_items, geometric_band, mean_interval
from core.lab.statistics.decay import distance_to, favoured, fit_decay
from core.lab.statistics.intervals import Floats
from core.lab.statistics.permutation import sign_flip
from core.lab.statistics.verdicts import influence

ARMS = ("error", "placebo", "control", "ceiling")
LENGTH = 32
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

MOST = math.log(2) ** 0.5
"""√JS of two expectations that share nothing."""

FLOOR = 1e-4
"""Where the logarithm of √JS is cut off: axes and ratios go no deeper."""


def _table(rows: Sequence[Row], arm: str) -> Floats:
    """Return JS as a mean over suffixes, shape (items that have this arm, LENGTH)."""
    table = np.array([row.values[arm] for row in rows if arm in row.values], np.float64)
    if not len(table):
        return np.empty((0, LENGTH))
    js: Floats = (table[:, :, 1:] ** 2).mean(axis=1)
    return js


def _by_suffix(rows: Sequence[Row], arm: str) -> Floats:
    """Return √JS as read, shape (items, suffixes, LENGTH); the fits have a floor of their own."""
    table = np.array([row.values[arm] for row in rows if arm in row.values], np.float64)
    roots: Floats = np.maximum(table[:, :, 1:], FLOOR)
    return roots


def _corrected(js: Floats, floor: float) -> Floats:
    """Return √(JS − floor²), cut off at 1e-4."""
    roots: Floats = np.sqrt(np.maximum(js - floor**2, FLOOR**2))
    return roots


def analyse_influence(rows: Sequence[Row], settings: Settings) -> Outcome:
    """Tell whether wrongness outlasts its placebo, and how fast both fade."""
    dropped = dropped_reasons(rows)
    rows = [row for row in rows if row.counts]
    seed = settings.seed
    if len(rows) < 2:
        return Outcome("Too few facts were read to say anything.", (), (), ())
    floors = next((row.values for row in rows if "rounding floor" in row.values), NO_FLOORS)
    repeat = float(str(floors["repeat floor"]))
    rounding = float(str(floors["rounding floor"]))
    middle = float(str(floors["rounding floor, median"]))
    tables = {arm: _table(rows, arm) for arm in ARMS}
    curves = {arm: _corrected(js, middle) for arm, js in tables.items()}
    far = {
        arm: np.log(_corrected(tables[arm][:, FAR - 1 :].mean(axis=1), middle))
        for arm in ("error", "placebo")
    }
    ratio = far["error"] - far["placebo"]
    interval = mean_interval(ratio, seed=seed)
    above = min(float(np.exp(one.mean())) for one in far.values()) > middle
    verdict = influence(interval, above_floor=above)
    findings = [
        Finding(
            f"ln(error/placebo) of √JS, distances {FAR} to {LENGTH}",
            interval,
            sign_flip(ratio, seed=seed),
            "primary",
        )
    ]
    near = np.log(_corrected(tables["error"][:, :4].mean(axis=1), middle)) - np.log(
        _corrected(tables["placebo"][:, :4].mean(axis=1), middle)
    )
    findings.append(
        Finding(
            "ln(error/placebo) of √JS, distances 1 to 4",
            mean_interval(near, seed=seed),
            sign_flip(near, seed=seed),
            "exploratory",
        )
    )
    findings += [one for arm in ("control", "ceiling") for one in _against(rows, arm, middle, seed)]
    total = curves["error"].sum(axis=1)
    findings += [
        Finding(
            f"sum of √JS after the error, distances 1 to {LENGTH}", mean_interval(total, seed=seed)
        ),
        *_beside(rows, seed),
    ]
    sentence = (
        f"{FAR} to {LENGTH} tokens on, the error's influence was {math.exp(interval.estimate):.2f}"
        f" times its placebo's (95 % interval {math.exp(interval.low):.2f} to"
        f" {math.exp(interval.high):.2f}, {len(ratio)} facts): {verdict.answer.lower()}"
        + (" the placebo's." if verdict.answer.value == "NO LONGER THAN" else ".")
    )
    notes = (
        *_distances(rows, curves, seed),
        (
            "Whatever changes in a text shows less and less behind it: distances after the error"
            " mean nothing without those after the placebo."
        ),
        (
            f"Floors, √JS: repeat {repeat:.2g}, rounding"
            f" {rounding:.2g} at most and {middle:.2g} in the middle. Curves are corrected by the"
            " middle one, and a verdict asks that both bands lie above it: a mean over positions is"
            " held against a typical position."
        ),
        (
            f"A control as surprising as the error (within {MATCHED_BITS:g} bit) was found for"
            f" {len(curves['control'])} of {len(rows)} facts."
        ),
    )
    figures = (_figure(curves, seed), *_flips_figure(rows, seed))
    return Outcome(sentence, (verdict,), tuple(findings), figures, notes, dropped)


def _against(rows: Sequence[Row], arm: str, floor: float, seed: int) -> tuple[Finding, ...]:
    """Hold the error far from the fork against another arm, in the facts that have it."""
    having = [row for row in rows if arm in row.values]
    if len(having) < 2:
        return ()
    one, other = (
        np.log(_corrected(_table(having, name)[:, FAR - 1 :].mean(axis=1), floor))
        for name in ("error", arm)
    )
    return (
        Finding(
            f"ln(error/{arm}) of √JS, distances {FAR} to {LENGTH}",
            mean_interval(one - other, seed=seed),
            sign_flip(one - other, seed=seed),
            "exploratory",
        ),
    )


def _beside(rows: Sequence[Row], seed: int) -> list[Finding]:
    """Tell what is measured beside √JS under neutral texts: KL, and the branches' own words."""
    findings: list[Finding] = []
    if all("error KL" in row.values for row in rows):
        far = {
            arm: np.log(
                np.maximum(_values(rows, f"{arm} KL")[:, :, FAR:].mean(axis=(1, 2)), FLOOR**2)
            )
            for arm in ("error", "placebo")
        }
        ratio = far["error"] - far["placebo"]
        findings.append(
            Finding(
                f"ln(error/placebo) of KL, distances {FAR} to {LENGTH}",
                mean_interval(ratio, seed=seed),
                sign_flip(ratio, seed=seed),
                "exploratory; about twice that of √JS where differences are small",
            )
        )
    gains = [gain for row in rows if (gain := _amplified(row)) is not None]
    if len(gains) > 1:
        findings.append(
            Finding(
                "ln(√JS under the error's own words / under the clean branch's)",
                mean_interval(np.array(gains), seed=seed),
                sign_flip(np.array(gains), seed=seed),
                f"exploratory; {len(rows) - len(gains)} facts left out whose text ended before"
                f" {LEAST_OWN} tokens",
            )
        )
    return findings


def _values(rows: Sequence[Row], name: str) -> Floats:
    return np.array([row.values[name] for row in rows], np.float64)


def _amplified(row: Row) -> float | None:
    """Return how much more a row's branches differ under the error's words than the clean ones."""
    curves: list[Floats] = []
    for whose in ("its own", "clean's"):
        curve = np.asarray(row.values.get(f"error, {whose} words", []), np.float64)[1:]
        curves.append(np.maximum(curve, FLOOR))
    length = min(len(curve) for curve in curves)
    if length < LEAST_OWN:
        return None
    own, clean = (float(np.log(curve[:length]).mean()) for curve in curves)
    return own - clean


def _distances(rows: Sequence[Row], curves: dict[str, Floats], seed: int) -> tuple[str, ...]:
    notes: list[str] = []
    for arm in ("error", "placebo"):
        logs = np.log(curves[arm])
        draws = np.exp([logs[row].mean(axis=0) for row in draw_items(len(logs), 200, seed)])
        half, tenth = (_told(np.exp(logs.mean(axis=0)), draws, share) for share in (0.5, 0.1))
        tables = _by_suffix(rows, arm)
        family = favoured(tables, seed=seed, resamples=FAMILY_RESAMPLES)
        p = family.exponent
        each = ", ".join(
            decimal(fit_decay(np.exp(np.log(tables[:, place]).mean(axis=0)))[1].rate, 2)
            for place in range(tables.shape[1])
        )
        if family.name == "power law":
            said = (
                f"a power law with exponent {decimal(p.estimate, 2)} (95 % interval"
                f" {decimal(p.low, 2)} to {decimal(p.high, 2)}; by text {each})"
            )
        elif family.name == "exponential":
            tau = family.length
            said = (
                f"an exponential with a length of {decimal(tau.estimate, 1)} tokens (95 % interval"
                f" {decimal(tau.low, 1)} to {decimal(tau.high, 1)})"
            )
        else:
            said = "exponential or power law: undecided, so no exponent is told"
        notes.append(f"After the {arm}: half at {half}, a tenth at {tenth}; {said}.")
    return tuple(notes)


def _told(curve: Floats, draws: Floats, share: float) -> str:
    """Tell the distance at which a curve falls to a share, with the middle 95 % of resamples."""
    beyond = LENGTH + 1
    found = sorted(distance_to(draw, share) or beyond for draw in draws)
    low = found[int(0.025 * len(found))]
    high = found[min(len(found) - 1, int(0.975 * len(found)))]
    end = f"{high}" if high < beyond else f"more than {LENGTH}"
    if low == beyond:
        return _place(None)
    return f"{_place(distance_to(curve, share))} (95 % interval {low} to {end})"


def _place(distance: int | None) -> str:
    return f"{distance} tokens" if distance is not None else f"more than {LENGTH} tokens"


def _figure(curves: dict[str, Floats], seed: int) -> Figure:
    x = [float(r) for r in range(1, LENGTH + 1)]
    series: list[Series] = []
    for arm in ARMS:
        if len(curves[arm]) > 1:
            band = np.minimum(geometric_band(curves[arm], seed=seed), MOST)
            low, middle, high = band.tolist()
            series.append(Series(arm, arm, x, middle, low, high))
    return Figure(
        "Influence against distance",
        "tokens after the fork",
        "√JS to the clean branch (√nats)",
        tuple(series),
        log_x=True,
        log_y=True,
    )


def _flips_figure(rows: Sequence[Row], seed: int) -> tuple[Figure, ...]:
    """Draw how often the likeliest token differs, at each distance."""
    if not all("error flips" in row.values for row in rows):
        return ()
    x = [float(r) for r in range(1, LENGTH + 1)]
    series: list[Series] = []
    for arm in ("error", "placebo"):
        flips = _values(rows, f"{arm} flips")[:, :, 1:].mean(axis=1)
        found = [mean_interval(flips[:, place], seed=seed) for place in range(LENGTH)]
        low = [max(0.0, one.low) for one in found]
        high = [min(1.0, one.high) for one in found]
        series.append(Series(arm, arm, x, [one.estimate for one in found], low, high))
    return (
        Figure(
            "How often the likeliest token differs",
            "tokens after the fork",
            "share of texts and facts",
            tuple(series),
            log_x=True,
        ),
    )
