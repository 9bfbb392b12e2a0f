"""What is made of log-odds after an error: assertion, mention, and what comes back."""

from collections.abc import Sequence

import numpy as np

from core.lab.experiment import (
    Figure,
    Finding,
    Outcome,
    Row,
    Series,
    Settings,
    Shape,
    dropped_reasons,
    percent,
    signed,
)
from core.lab.known_facts import too_few_known
from core.lab.statistics.bootstrap import mean_interval
from core.lab.statistics.intervals import Floats, wilson
from core.lab.statistics.permutation import sign_flip
from core.lab.statistics.survival import Events, kaplan_meier

BRANCHES = ("base", "mention", "clean", "error")
DISTANCES = (0, 1, 3)
"""Neutral sentences between the fork and the probe."""

LEAST_SHARE = 0.2


def _column(rows: Sequence[Row], name: str) -> Floats:
    """Return one table or list per row, shape (rows, distances, probes) or (rows, positions)."""
    return np.array([row.values[name] for row in rows], np.float64)


def analyse_belief(rows: Sequence[Row], settings: Settings) -> Outcome:
    """Tell assertion and entrainment apart, and how many beliefs come back."""
    used = [row for row in rows if row.counts]
    if (nothing := too_few_known(rows)) is not None:
        return nothing
    dropped = dropped_reasons(rows)
    truth = {branch: _column(used, f"{branch} ln truth") for branch in BRANCHES}
    error = {branch: _column(used, f"{branch} ln error") for branch in BRANCHES}
    odds = {branch: (truth[branch] - error[branch]).mean(axis=2) for branch in BRANCHES}
    seed = settings.seed
    findings: list[Finding] = []
    for place, distance in enumerate(DISTANCES):
        where = f"distance {distance}"
        for name, one, other in (
            ("assertion: error − mention", "error", "mention"),
            ("entrainment: mention − base", "mention", "base"),
        ):
            effect = odds[one][:, place] - odds[other][:, place]
            findings.append(
                Finding(
                    f"{name}, log-odds, {where}",
                    mean_interval(effect, seed=seed),
                    sign_flip(effect, seed=seed),
                    "primary" if place == 0 and one == "error" else "exploratory",
                )
            )
    for name, table in (("truth", truth), ("error", error)):
        change = (table["error"] - table["base"]).mean(axis=2)[:, 0]
        findings.append(
            Finding(f"change of ln P({name}) by the error", mean_interval(change, seed=seed))
        )
    last = truth["error"][:, -1] - error["error"][:, -1]
    absorbed = wilson(int((last < 0).all(axis=1).sum()), len(used))
    findings.append(Finding("error preferred by all probes at the end", absorbed))
    findings += _passive(used, seed)
    came_back, recovery = _half_recovery(odds)
    notes = (*_notes(truth, error), *came_back)
    main, mention = findings[0].interval, findings[1].interval
    if main.low <= 0 <= main.high:
        ending = "asserting is not told apart from mentioning"
    else:
        ending = "the claim itself did " + ("more" if main.high < 0 else "less") + " than the word"
    sentence = (
        f"Asserting the error moved the log-odds of the truth by {signed(main.estimate, 2)} nats"
        f" beyond merely mentioning it (95 % interval {signed(main.low, 2)} to"
        f" {signed(main.high, 2)}, {len(used)} known facts), where mention alone had moved them by"
        f" {signed(mention.estimate, 2)} ({signed(mention.low, 2)} to {signed(mention.high, 2)}):"
        f" {ending}."
    )
    return Outcome(
        sentence, (), tuple(findings), (*_figures(odds, seed), *recovery), notes, dropped
    )


def _passive(rows: Sequence[Row], seed: int) -> list[Finding]:
    """Tell what happens along the neutral text, where nothing is asked."""
    findings: list[Finding] = []
    if not all("error passive ln error" in row.values for row in rows):
        return findings
    for word in ("error", "truth"):
        means = {
            branch: _column(rows, f"{branch} passive ln {word}").mean(axis=1) for branch in BRANCHES
        }
        for one, other in (("error", "mention"), ("mention", "base")):
            findings.append(
                Finding(
                    f"passive: ln P({word}) along the neutral text, {one} − {other}",
                    mean_interval(means[one] - means[other], seed=seed),
                    sign_flip(means[one] - means[other], seed=seed),
                    "exploratory; first token of the answer",
                )
            )
    for branch in ("error", "mention"):
        share = _column(rows, f"{branch} flips").mean(axis=1)
        findings.append(
            Finding(
                f"likeliest token differs from the clean branch's, {branch}",
                mean_interval(share, seed=seed),
                note="exploratory",
            )
        )
    return findings


def _half_recovery(odds: dict[str, Floats]) -> tuple[list[str], tuple[Figure, ...]]:
    """Tell how many gaps to the clean branch halve, after the error and after a mention."""
    notes: list[str] = []
    series: list[Series] = []
    for branch in ("error", "mention"):
        gap = odds["clean"] - odds[branch]
        gap = gap[gap[:, 0] > 0]
        if not len(gap):
            continue
        half = gap <= gap[:, :1] / 2
        came: Events = np.asarray(half[:, 1:].any(axis=1))
        first = np.where(came, half[:, 1:].argmax(axis=1) + 1, len(DISTANCES) - 1)
        times = np.array(DISTANCES, np.int64)[first]
        curve = kaplan_meier(times, came)
        found = wilson(int(came.sum()), len(gap))
        notes.append(
            f"Half-recovery of belief after the {branch}, within {DISTANCES[-1]} sentences:"
            f" {percent(found.estimate)} of the {len(gap)} facts with a gap (95 % interval"
            f" {percent(found.low)} to {percent(found.high)}); the others are censored there."
        )
        series.append(
            Series(
                branch,
                branch,
                [0.0, *(float(t) for t in curve.times)],
                [1.0, *curve.value.tolist()],
                [1.0, *curve.low.tolist()],
                [1.0, *curve.high.tolist()],
            )
        )
    if not series:
        return notes, ()
    figure = Figure(
        "Beliefs that have not come back by half",
        "neutral sentences after the fork",
        "share (Kaplan-Meier)",
        tuple(series),
        band="95 %, Greenwood's on the log-log scale, over facts",
    )
    return notes, (figure,)


def _notes(truth: dict[str, Floats], error: dict[str, Floats]) -> tuple[str, ...]:
    shares = np.exp(truth["base"]) + np.exp(error["base"])
    low = int((shares[:, 0].mean(axis=1) < LEAST_SHARE).sum())
    notes: tuple[str, ...] = (
        (
            "Probes: the first begins with “In fact”, which is itself a cue of correction; the"
            " other two ask in other words. Numbers are means over the three."
        ),
    )
    if low:
        few = (
            f"For {low} facts truth and error together have less than {LEAST_SHARE} probability"
            " on the untouched branch: their log-odds say little."
        )
        notes = (*notes, few)
    return notes


def _figures(odds: dict[str, Floats], seed: int) -> tuple[Figure, Figure]:
    """Draw every fact's way after the error among the means, and where all facts end."""
    x = [float(distance) for distance in DISTANCES]
    series = [
        Series("error, each fact", "error", x, row.tolist(), shape=Shape.THREAD)
        for row in odds["error"]
    ]
    for branch in BRANCHES:
        found = [mean_interval(column, seed=seed) for column in odds[branch].T]
        series.append(
            Series(
                branch,
                branch,
                x,
                [one.estimate for one in found],
                [one.low for one in found],
                [one.high for one in found],
            )
        )
    ways = Figure(
        "Belief after the fork",
        "neutral sentences after the fork",
        "ln P(truth) − ln P(error), nats",
        tuple(series),
        zero=True,
        band="95 %, over facts, of the means; thin lines are facts",
    )
    ends = odds["error"][:, -1]
    edges = np.histogram_bin_edges(np.append(ends, 0.0), bins="auto")
    counts, edges = np.histogram(ends, edges)
    middles = ((edges[:-1] + edges[1:]) / 2).tolist()
    end = Figure(
        "Where belief stands at the end",
        f"ln P(truth) − ln P(error) after the error, {DISTANCES[-1]} sentences on, nats",
        "facts",
        (Series("error", "error", middles, counts.astype(float).tolist(), shape=Shape.COLUMNS),),
    )
    return ways, end
