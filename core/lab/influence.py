"""How long an error shows in the distributions after it, against changes that are no errors."""

import math
from collections.abc import Sequence

import numpy as np

from core.lab.asking import Asker, Tokens
from core.lab.belief import shuffled
from core.lab.experiment import (
    Experiment,
    Figure,
    Finding,
    Outcome,
    Row,
    Series,
    Settings,
    Task,
    Values,
    dropped_reasons,
)
from core.lab.facts import Fact
from core.lab.statistics.bootstrap import geometric_band, mean_interval
from core.lab.statistics.decay import distance_to, favoured, fit_decay
from core.lab.statistics.intervals import Floats
from core.lab.statistics.permutation import sign_flip
from core.lab.statistics.verdicts import influence

ARMS = ("error", "placebo", "control", "ceiling")
LENGTH = 32
FAR = 16
"""From this distance on, wrongness is held against the placebo."""

FAMILY_RESAMPLES = 60
MATCHED_BITS = 1.0
SUFFIXES = (
    (
        ". The train left the station a few minutes late, and most of the passengers were reading"
        " or looking out of the window while the fields went by under a grey sky."
    ),
    (
        ". To make the soup, cut two onions into small pieces, warm some oil in a pot, add the"
        " onions with a little salt, and stir them slowly until they are soft and golden."
    ),
    (
        ". In the second half of the meeting the members talked about the new roof, about who would"
        " pay for it, and about the letters that had arrived since the summer."
    ),
    (
        ". She put the keys on the table, took off her coat, and listened for a while to the rain"
        " before she went into the kitchen to see whether anybody was at home."
    ),
)
"""Neutral texts in four styles, forced after every branch."""

NO_FLOORS: Values = {
    "repeat floor": float("nan"),
    "rounding floor": float("nan"),
    "rounding floor, median": 0.0,
}
"""What stands for floors that no row holds, because no item was read."""

FLOOR = 1e-4
"""Where the logarithm of √JS is cut off: axes and ratios go no deeper."""


def _measure(asker: Asker, fact: Fact, other: Fact, *, first: bool) -> Values:
    prompt = asker.opening(f"{fact.lead_in} {fact.stem}")
    clean = asker.after(prompt, f" {fact.true[0]}")
    error = asker.after(prompt, f" {fact.wrong[0]}")
    surprise = {
        "error": asker.score([(prompt, f" {fact.wrong[0]}")])[0],
    }
    others: dict[str, Tokens] = {"error": error}
    control = _control(asker, prompt, fact, surprise["error"])
    if control is not None:
        others["control"] = control
    others["ceiling"] = asker.opening(f"{other.lead_in} {other.stem} {other.true[0]}")
    carrier = asker.opening(f"{fact.lead_in} {fact.carrier}")
    placebo = [asker.after(carrier, f" {answer}") for answer in (fact.true[0], fact.wrong[0])]
    found: dict[str, list[list[float]]] = {arm: [] for arm in (*others, "placebo")}
    for suffix in SUFFIXES:
        text = asker.engine.tokenize(suffix)[:LENGTH]
        rows = asker.distances(clean, list(others.values()), text)
        for arm, row in zip(others, rows, strict=True):
            found[arm].append(row.tolist())
        found["placebo"].append(asker.distances(placebo[0], placebo[1:], text)[0].tolist())
    values: dict[str, float | list[list[float]]] = {"ln P(error)": surprise["error"], **found}
    if first:
        floors = asker.floors(asker.after(clean, "".join(SUFFIXES)))
        values["repeat floor"] = floors.repeat_sqrt_js
        values["rounding floor"] = floors.rounding_sqrt_js
        values["rounding floor, median"] = floors.rounding_median
    return values


def _control(asker: Asker, prompt: Tokens, fact: Fact, logprob: float) -> Tokens | None:
    """Return the branch of a small-letter word within 1 bit of the error's surprise, or None."""
    answers = {answer.lower() for answer in (*fact.true, *fact.wrong)}
    best: tuple[float, Tokens] | None = None
    for token, candidate in asker.candidates(prompt, 4000):
        word = token.piece.decode("utf-8", errors="replace")
        if not (word[:1] == " " and word[1:].isalpha() and word.islower()):
            continue
        off = abs(candidate - logprob) / math.log(2)
        if word.strip() not in answers and (best is None or off < best[0]):
            best = (off, (*prompt, token))
    return best[1] if best is not None and best[0] <= MATCHED_BITS else None


def _tasks(settings: Settings) -> tuple[Task, ...]:
    facts = shuffled(settings.facts, settings.seed)

    def task(number: int) -> Task:
        fact, other = facts[number], facts[(number + len(facts) // 2) % len(facts)]
        return Task(fact.key, lambda asker: _measure(asker, fact, other, first=number == 0))

    return tuple(task(number) for number in range(len(facts)))


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


def _analyse(rows: Sequence[Row], settings: Settings) -> Outcome:
    seed = settings.seed
    floors = next((row.values for row in rows if "rounding floor" in row.values), NO_FLOORS)
    repeat = float(str(floors["repeat floor"]))
    rounding = float(str(floors["rounding floor"]))
    middle = float(str(floors["rounding floor, median"]))
    tables = {arm: _table(rows, arm) for arm in ARMS}
    curves = {arm: _corrected(js, middle) for arm, js in tables.items()}
    if len(rows) < 2:
        return Outcome("Too few facts were read to say anything.", (), (), ())
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
    total = curves["error"].sum(axis=1)
    findings.append(
        Finding(
            f"sum of √JS after the error, distances 1 to {LENGTH}", mean_interval(total, seed=seed)
        )
    )
    sentence = (
        f"{FAR} to {LENGTH} tokens on, the error's influence was {math.exp(interval.estimate):.2f}"
        f" times its placebo's (95 % interval {math.exp(interval.low):.2f} to"
        f" {math.exp(interval.high):.2f}, {len(ratio)} facts): {verdict.answer.lower()}"
        + (" the placebo's." if verdict.answer.value == "NO LONGER THAN" else ".")
    )
    notes = (
        *_distances(rows, curves, seed),
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
    figure = _figure(curves, seed)
    return Outcome(sentence, (verdict,), tuple(findings), (figure,), notes, dropped_reasons(rows))


def _distances(rows: Sequence[Row], curves: dict[str, Floats], seed: int) -> tuple[str, ...]:
    notes: list[str] = []
    for arm in ("error", "placebo"):
        mean = np.exp(np.log(curves[arm]).mean(axis=0))
        half, tenth = distance_to(mean, 0.5), distance_to(mean, 0.1)
        _, power = fit_decay(mean)
        family = favoured(_by_suffix(rows, arm), seed=seed, resamples=FAMILY_RESAMPLES)
        notes.append(
            f"After the {arm}: half at {_place(half)}, a tenth at {_place(tenth)}; family"
            f" {family}" + (f", exponent {power.rate:.2f}." if family == "power law" else ".")
        )
    return tuple(notes)


def _place(distance: int | None) -> str:
    return f"{distance} tokens" if distance is not None else f"more than {LENGTH} tokens"


def _figure(curves: dict[str, Floats], seed: int) -> Figure:
    x = [float(r) for r in range(1, LENGTH + 1)]
    series: list[Series] = []
    for arm in ARMS:
        if len(curves[arm]) > 1:
            low, middle, high = geometric_band(curves[arm], seed=seed).tolist()
            series.append(Series(arm, arm, x, middle, low, high))
    return Figure(
        "Influence against distance",
        "tokens after the fork",
        "√JS to the clean branch (√nats)",
        tuple(series),
        log_x=True,
        log_y=True,
    )


INFLUENCE = Experiment(
    name="influence",
    purpose="how long an error shows in what the model expects, against harmless changes",
    method=f"The same {LENGTH} neutral tokens in four styles forced after each branch; √JS to the"
    " clean branch over the whole vocabulary. Placebo: the same two words in a carrier where"
    " neither is false. Control: a word as surprising as the error. Ceiling: an unrelated fact."
    " Geometric means over suffixes, then over facts.",
    quick=16,
    tasks=_tasks,
    analyse=_analyse,
)
