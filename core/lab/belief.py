"""What a model holds true after an error: log-odds of truth against error, asked by probes.

No sampling. The error asserted is held against the same word merely mentioned, because any word
that was seen becomes likelier.
"""

import math
from collections.abc import Sequence

import numpy as np

from core.lab.asking import Asker, Tokens
from core.lab.experiment import (
    Dropped,
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
    percent,
)
from core.lab.facts import Fact
from core.lab.statistics.bootstrap import mean_interval
from core.lab.statistics.intervals import Floats, wilson
from core.lab.statistics.permutation import sign_flip

BRANCHES = ("base", "mention", "clean", "error")
FILLER = "Such things are often talked about."
AFTERWARDS = (
    " It was late in the afternoon.",
    " Somebody opened a window, and the room became cooler.",
    " A little later everybody went home.",
)
DISTANCES = (0, 1, 3)
"""Neutral sentences between the fork and the probe."""

KNOWN_ODDS = math.log(4)
LEAST_PROBES = 2
LEAST_SHARE = 0.2


def branch_texts(fact: Fact) -> dict[str, str]:
    """Return the text of each branch, up to the end of its sentence."""
    return {
        "base": f"{fact.lead_in} {FILLER}",
        "mention": f"{fact.lead_in} {fact.mention}",
        "clean": f"{fact.lead_in} {fact.stem} {fact.true[0]}.",
        "error": f"{fact.lead_in} {fact.stem} {fact.wrong[0]}.",
    }


def shuffled(facts: Sequence[Fact], seed: int) -> list[Fact]:
    """Return the facts in the order in which a run with this seed takes them."""
    order = np.random.default_rng(seed).permutation(len(facts))
    return [facts[place] for place in order]


def logsumexp(logprobs: Sequence[float]) -> float:
    """Return ln of the summed probabilities."""
    top = max(logprobs)
    return top + math.log(sum(math.exp(one - top) for one in logprobs))


def knows(asker: Asker, fact: Fact, path: Tokens) -> int:
    """Count the probes under which the truth leads its rivals, by 4 to 1 against the error."""
    answers = (*fact.true, *fact.wrong)
    endings = [
        (asker.after(path, "\n" + probe), f" {answer}")
        for probe in fact.probes
        for answer in answers
    ]
    scores = np.array(asker.score(endings)).reshape(len(fact.probes), len(answers))
    many = len(fact.true)
    known = 0
    for row in scores:
        truth = logsumexp(row[:many].tolist())
        known += bool(truth - row[many] > KNOWN_ODDS and row[:many].max() > row[many:].max())
    return known


def knows_or_drop(asker: Asker, fact: Fact) -> float:
    """Return under how many probes the untouched model knows a fact; drop it below two."""
    known = knows(asker, fact, asker.opening(branch_texts(fact)["base"]))
    if known < LEAST_PROBES:
        raise Dropped("not known", {"probes known": float(known)})
    return float(known)


def log_odds(asker: Asker, fact: Fact, paths: Sequence[Tokens]) -> Floats:
    """Return ln P(truth) and ln P(error) after each path, shape (paths, 2), in one request."""
    answers = (*fact.true, fact.wrong[0])
    endings = [(path, f" {answer}") for path in paths for answer in answers]
    scores = np.array(asker.score(endings)).reshape(len(paths), len(answers))
    return np.array([[logsumexp(row[:-1].tolist()), row[-1]] for row in scores])


def _measure(asker: Asker, fact: Fact) -> Values:
    texts = branch_texts(fact)
    known = knows_or_drop(asker, fact)
    asked: list[Tokens] = []
    for text in texts.values():
        for distance in DISTANCES:
            tip = asker.opening(text + "".join(AFTERWARDS[:distance]))
            asked += [asker.after(tip, "\n" + probe) for probe in fact.probes]
    scores = log_odds(asker, fact, asked).reshape(len(texts), len(DISTANCES), len(fact.probes), 2)
    values: dict[str, list[list[float]]] = {}
    for branch, table in zip(texts, scores, strict=True):
        values[f"{branch} ln truth"] = table[..., 0].tolist()
        values[f"{branch} ln error"] = table[..., 1].tolist()
    return {"probes known": known, **values}


def _tasks(settings: Settings) -> tuple[Task, ...]:
    def task(fact: Fact) -> Task:
        return Task(fact.key, lambda asker: _measure(asker, fact))

    return tuple(task(fact) for fact in shuffled(settings.facts, settings.seed))


def _column(rows: Sequence[Row], name: str) -> Floats:
    """Return one table per row, shape (rows, distances, probes)."""
    return np.array([row.values[name] for row in rows], np.float64)


def _analyse(rows: Sequence[Row], settings: Settings) -> Outcome:
    used = [row for row in rows if row.counts]
    dropped = dropped_reasons(rows)
    if len(used) < 2:
        return Outcome(
            f"The model knows {len(used)} of {len(rows)} facts: too few to say anything.",
            (),
            (),
            (),
            (),
            dropped,
        )
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
    notes = (*_notes(truth, error), _half_recovery(odds))
    main = findings[0].interval
    sentence = (
        f"Asserting the error moved the log-odds of the truth by {main.estimate:+.2f} nats beyond"
        f" merely mentioning it (95 % interval {main.low:+.2f} to {main.high:+.2f}, {len(used)}"
        f" known facts); mention alone moved them by {findings[1].interval.estimate:+.2f}."
    )
    return Outcome(sentence, (), tuple(findings), (_figure(odds, seed),), notes, dropped)


def _half_recovery(odds: dict[str, Floats]) -> str:
    gap = odds["clean"] - odds["error"]
    half = gap <= gap[:, :1] / 2
    found = wilson(int(half[:, 1:].any(axis=1).sum()), len(gap))
    return (
        f"Half-recovery of belief within {DISTANCES[-1]} sentences: {percent(found.estimate)} of"
        f" the facts (95 % interval {percent(found.low)} to {percent(found.high)}); the others are"
        " censored."
    )


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


def _figure(odds: dict[str, Floats], seed: int) -> Figure:
    series: list[Series] = []
    for branch in BRANCHES:
        found = [mean_interval(odds[branch][:, place], seed=seed) for place in range(3)]
        series.append(
            Series(
                branch,
                branch,
                [float(distance) for distance in DISTANCES],
                [one.estimate for one in found],
                [one.low for one in found],
                [one.high for one in found],
            )
        )
    return Figure(
        "Belief after the fork",
        "neutral sentences after the fork",
        "ln P(truth) − ln P(error), nats",
        tuple(series),
    )


BELIEF = Experiment(
    name="belief",
    purpose="what the model holds true after an error, against a mere mention of it",
    method="Facts that the model knows (truth first and 4 to 1 against the error under at least"
    " two of three probes on the untouched branch). Four branches from the same lead-in: base,"
    " mention, clean, error; after 0, 1 and 3 neutral sentences whole answers are scored under"
    " three completion probes.",
    quick=24,
    tasks=_tasks,
    analyse=_analyse,
)
