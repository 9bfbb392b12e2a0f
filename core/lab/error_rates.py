"""Dose and response: histories in which a chosen share of the lines is wrong, and their placebo.

A line is made wrong with exactly this chance, drawn per sequence and nested: what is wrong at a low
rate is wrong at every higher one. The placebo is the same written lines over a table in which they
are right.
"""

import string
from collections.abc import Sequence

import numpy as np

from core.lab.asking import Asker
from core.lab.experiment import Figure, Finding, Outcome, Row, Series, decimal, percent
from core.lab.statistics.bootstrap import mean_interval, share_interval
from core.lab.statistics.intervals import Floats, Interval
from core.lab.statistics.permutation import sign_flip
from core.lab.step_tasks import DIGITS, SCORED, Found, StepTask, arms_at, measure_arms, table_text
from core.lab.step_values import at_gate, column, logits

RATES = (0.1, 0.25, 0.5)
WARM_KEYS, WARM_UP, LINES = 2, 8, 8
NAME = "error rates"
SHOWN = 0.25
"""The rate that the sentence tells of."""


def _measure(asker: Asker, rng: np.random.Generator) -> Found:
    many = WARM_KEYS + LINES + SCORED
    keys = [str(key) for key in rng.permutation(list(string.ascii_uppercase))[:many]]
    table = {key: str(rng.integers(10)) for key in keys}
    order = [str(key) for key in rng.permutation(keys)]
    warm, written, scored = order[:WARM_KEYS], order[WARM_KEYS:-SCORED], order[-SCORED:]
    queries = [*warm, *(str(key) for key in rng.choice(warm, WARM_UP - WARM_KEYS))]
    wrong = {key: str((int(table[key]) + int(rng.integers(1, 10))) % 10) for key in written}
    # Evenly spread places: the number wrong at a rate is the rate times the lines, up or down.
    places = (rng.permutation(LINES) + rng.random()) / LINES

    def spoiled(rate: float) -> set[str]:
        return {key for key, place in zip(written, places, strict=True) if place < rate}

    def prompt(rate: float, *, placebo: bool) -> str:
        bad = spoiled(rate)
        lines = {key: wrong[key] if key in bad else table[key] for key in written}
        shown = {**table, **lines} if placebo else table
        answers = [(key, table[key]) for key in queries] + list(lines.items())
        return table_text(shown) + "".join(f"{key}: {value}\n" for key, value in answers)

    asks = [(f"{key}:", table[key], DIGITS) for key in scored]
    shares = [len(spoiled(rate)) / LINES for rate in RATES]
    return {
        **measure_arms(NAME, asker, prompt, asks, ERROR_RATES.arms),
        f"{NAME} shares": shares,
    }


ERROR_RATES = StepTask(
    NAME, "look-up after many errors", state=False, measure=_measure, arms=arms_at(RATES)
)


def rates_outcome(rows: Sequence[Row], seed: int) -> Outcome:
    """Tell how the chance of the right value changes with the share of wrong lines before it."""
    shares = np.column_stack([np.zeros(len(rows)), column(rows, f"{NAME} shares")])
    q = float(np.exp(column(rows, f"{NAME} clean")).mean())
    failed = at_gate(ERROR_RATES.words, q, float(column(rows, f"{NAME} mass").mean()))
    if failed is not None:
        return failed
    clean = _logits(rows, "clean")
    curves = {
        arm: np.column_stack([clean, *(_logits(rows, f"{arm} {rate}") for rate in RATES)])
        for arm in ("error", "placebo")
    }
    effects = curves["error"] - curves["placebo"]
    slope = _slopes(shares, effects)
    plain = _slopes(shares, curves["error"])
    findings = [
        Finding(
            f"{NAME}: probability of the right value, no error",
            share_interval(np.exp(column(rows, f"{NAME} clean")).mean(axis=1), seed=seed),
        ),
        *(
            Finding(
                f"{NAME}: error − placebo in logit q, {percent(rate)} of the lines wrong",
                mean_interval(effects[:, place], seed=seed),
                sign_flip(effects[:, place], seed=seed),
                "exploratory",
            )
            for place, rate in enumerate(RATES, 1)
        ),
        Finding(
            f"{NAME}: slope of error − placebo, logit q per wrong tenth of the lines",
            mean_interval(slope / 10, seed=seed),
            sign_flip(slope, seed=seed),
            "exploratory",
        ),
        Finding(
            f"{NAME}: slope of logit q per wrong tenth, without the placebo",
            mean_interval(plain / 10, seed=seed),
            sign_flip(plain, seed=seed),
            "exploratory",
        ),
    ]
    shown = mean_interval(effects[:, 1 + RATES.index(SHOWN)], seed=seed)
    tenth = mean_interval(slope / 10, seed=seed)
    sentence = (
        f"A quarter of {LINES} look-ups made wrong multiplied the odds of the next right answer by"
        f" {_times(shown)} against its placebo, and each tenth of the lines by {_times(tenth)}"
        f" ({len(rows)} sequences)."
    )
    return Outcome(sentence, (), tuple(findings), (_figure(rows, seed),))


def _times(logit: Interval) -> str:
    odds = [decimal(one, 2) for one in np.exp([logit.estimate, logit.low, logit.high]).tolist()]
    return f"{odds[0]} (95 % interval {odds[1]} to {odds[2]})"


def _logits(rows: Sequence[Row], arm: str) -> Floats:
    found: Floats = logits(column(rows, f"{NAME} {arm}")).mean(axis=1)
    return found


def _slopes(shares: Floats, values: Floats) -> Floats:
    """Return each sequence's least-squares slope on the share of its lines that are wrong."""
    x = shares - shares.mean(axis=1, keepdims=True)
    found: Floats = (x * values).sum(axis=1) / (x**2).sum(axis=1)
    return found


def _figure(rows: Sequence[Row], seed: int) -> Figure:
    series: list[Series] = []
    for arm in ("error", "placebo"):
        names = [f"{NAME} clean", *(f"{NAME} {arm} {rate}" for rate in RATES)]
        found = [
            share_interval(np.exp(column(rows, name)).mean(axis=1), seed=seed) for name in names
        ]
        series.append(
            Series(
                arm,
                arm,
                [0.0, *RATES],
                [one.estimate for one in found],
                [one.low for one in found],
                [one.high for one in found],
            )
        )
    return Figure(
        "Dose and response, look-up",
        "share of the lines before that are wrong",
        "probability of the right value",
        tuple(series),
    )
