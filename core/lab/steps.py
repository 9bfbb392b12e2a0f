"""Steps in exact mode: errors inserted on purpose, and how likely the right answer is after them.

Look-up carries no state, so an error can only spread by contagion; its placebo is the same written
answers over a table in which they are right. Indexed counting carries a state that the index can
restore. No sampling: probabilities of whole values with their line end.
"""

import string
from collections.abc import Sequence

import numpy as np

from core.lab.asking import Asker, Tokens
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
from core.lab.statistics.bootstrap import mean_interval
from core.lab.statistics.intervals import Floats, Interval
from core.lab.statistics.permutation import sign_flip
from core.lab.statistics.verdicts import Answer, Verdict, absorption, dependence

WARM_KEYS, INSERTED, SCORED = 5, 4, 3
WARM_UP = 8
DOSES = (1, 4)
DIGITS = tuple(str(digit) for digit in range(10))
LEAST_Q, LEAST_MASS = 0.5, 0.8
"""The gate: a model below these cannot do the task, and nothing else is said."""


def table_text(table: dict[str, str]) -> str:
    """Write a look-up table as the prompt shows it."""
    return "Table:\n" + "".join(f"{key}: {value}\n" for key, value in table.items()) + "Answers:\n"


def logit(logprob: float) -> float:
    """Turn ln q into ln(q / (1 − q))."""
    return logprob - float(np.log(-np.expm1(min(logprob, -1e-9))))


def _lookup(asker: Asker, rng: np.random.Generator) -> dict[str, list[float]]:
    keys = [str(key) for key in rng.permutation(list(string.ascii_uppercase))[:12]]
    table = {key: str(rng.integers(10)) for key in keys}
    order = [str(key) for key in rng.permutation(keys)]
    warm, inserted, scored = order[:WARM_KEYS], order[WARM_KEYS:-SCORED], order[-SCORED:]
    queries = [*warm, *(str(key) for key in rng.choice(warm, WARM_UP - WARM_KEYS, replace=False))]
    wrong = {key: str((int(table[key]) + int(rng.integers(1, 10))) % 10) for key in inserted}
    found: dict[str, list[float]] = {}
    for arm, dose, altered in (
        ("clean", 0, False),
        *((f"error {dose}", dose, False) for dose in DOSES),
        *((f"placebo {dose}", dose, True) for dose in DOSES),
    ):
        spoiled = set(inserted[INSERTED - dose :]) if dose else set[str]()
        written = {key: wrong[key] if key in spoiled else table[key] for key in inserted}
        shown = {**table, **written} if altered else table
        answers = [(key, table[key]) for key in queries] + list(written.items())
        path = asker.opening(
            table_text(shown) + "".join(f"{key}: {value}\n" for key, value in answers)
        )
        endings: list[tuple[Tokens, str]] = []
        for key in scored:
            asked = asker.after(path, f"{key}:")
            choices = DIGITS if arm == "clean" else (table[key],)
            endings += [(asked, f" {value}\n") for value in choices]
            path = asker.after(asked, f" {table[key]}\n")
        scores = asker.score(endings)
        if arm == "clean":
            each = np.exp(np.array(scores).reshape(SCORED, 10))
            found["look-up mass"] = each.sum(axis=1).tolist()
            scores = [scores[10 * n + int(table[key])] for n, key in enumerate(scored)]
        found[f"look-up {arm}"] = [float(score) for score in scores]
    return found


def _counting(asker: Asker, rng: np.random.Generator) -> dict[str, list[float]]:
    first = int(rng.integers(11, 60))
    delta = int(rng.integers(3, 9)) * int(rng.choice([-1, 1]))
    lines = [(n, first + n) for n in range(1, WARM_UP + 1)]
    step = WARM_UP + 1
    start = "".join(f"{n}: {value}\n" for n, value in lines)
    found: dict[str, list[float]] = {}
    written = asker.opening(start + f"{step}: {first + step + delta}\n")
    right = asker.opening(start + f"{step}: {first + step}\n")
    for arm, path in (("clean", right), ("error", written), ("repaired", written)):
        endings: list[tuple[Tokens, str]] = []
        tip = path
        for k in range(1, SCORED + 1):
            true = first + step + k
            asked = asker.after(tip, f"{step + k}:")
            endings += [(asked, f" {value}\n") for value in (true, true + delta, true + 2 * delta)]
            tip = asker.after(asked, f" {true + (delta if arm == 'error' else 0)}\n")
        scores = np.array(asker.score(endings)).reshape(SCORED, 3)
        if arm == "repaired":
            found["counting repaired right"] = scores[:, 0].tolist()
            continue
        found[f"counting {arm} restored"] = scores[:, 0].tolist()
        found[f"counting {arm} propagated"] = scores[:, 1].tolist()
        found[f"counting {arm} decoy"] = scores[:, 2].tolist()
    return found


def _tasks(settings: Settings) -> tuple[Task, ...]:
    def measure(number: int) -> Task:
        def both(asker: Asker) -> Values:
            rng = np.random.default_rng([settings.seed, number])
            return {**_lookup(asker, rng), **_counting(asker, rng)}

        return Task(f"sequence {number}", both)

    return tuple(measure(number) for number in range(settings.items))


def column(rows: Sequence[Row], name: str) -> Floats:
    """Return one value list per row as an array, shape (rows, …)."""
    return np.array([row.values[name] for row in rows], np.float64)


def _analyse(rows: Sequence[Row], settings: Settings) -> Outcome:
    used = [row for row in rows if row.counts]
    lookup = _lookup_outcome(used, settings.seed)
    counting = _counting_outcome(used, settings.seed)
    return Outcome(
        f"{lookup.sentence} {counting.sentence}",
        lookup.verdicts + counting.verdicts,
        lookup.findings + counting.findings,
        lookup.figures + counting.figures,
        lookup.notes + counting.notes,
        dropped_reasons(rows),
    )


def _cannot(task: str, q: float, mass: str) -> Outcome:
    sentence = (
        f"The model cannot do {task}: without errors the right value has a mean probability of"
        f" {q:.2f}{mass}, and the gate asks for more than {LEAST_Q} (mass {LEAST_MASS})."
    )
    verdict = Verdict(f"{task}: can the model do it?", Answer.CANNOT, None, "gate", None)
    return Outcome(sentence, (verdict,), (), ())


def _lookup_outcome(rows: Sequence[Row], seed: int) -> Outcome:
    clean = np.exp(column(rows, "look-up clean"))
    mass = float(column(rows, "look-up mass").mean())
    if clean.mean() <= LEAST_Q or mass <= LEAST_MASS:
        return _cannot("look-up", float(clean.mean()), f" and valid answers hold {mass:.2f}")
    findings = [
        Finding("look-up: probability of the right value, no error", _mean(clean, seed)),
        Finding(
            "look-up: probability of any valid value", _mean(column(rows, "look-up mass"), seed)
        ),
    ]
    effects: list[Interval] = []
    by_dose: list[Floats] = []
    for dose in DOSES:
        logits = {
            arm: np.vectorize(logit)(column(rows, f"look-up {arm} {dose}")).mean(axis=1)
            for arm in ("error", "placebo")
        }
        effect = logits["error"] - logits["placebo"]
        effects.append(mean_interval(effect, seed=seed))
        by_dose.append(effect)
        findings.append(
            Finding(
                f"look-up: error − placebo in logit q, dose {dose}",
                effects[-1],
                sign_flip(effect, seed=seed),
                "primary" if dose == 1 else "exploratory",
            )
        )
    more = by_dose[-1] - by_dose[0]
    findings.append(
        Finding(
            f"look-up: dose {DOSES[-1]} − dose {DOSES[0]}, in logit q",
            mean_interval(more, seed=seed),
            sign_flip(more, seed=seed),
            "exploratory",
        )
    )
    verdict = dependence(effects[0])
    odds = np.exp([effects[0].estimate, effects[0].low, effects[0].high])
    sentence = (
        f"On look-up, one inserted error multiplied the odds of the next right answer by"
        f" {odds[0]:.2f} against its placebo (95 % interval {odds[1]:.2f} to {odds[2]:.2f},"
        f" {len(rows)} sequences): {verdict.answer.lower()}."
    )
    series = Series(
        "error − placebo",
        "error",
        [float(dose) for dose in DOSES],
        [one.estimate for one in effects],
        [one.low for one in effects],
        [one.high for one in effects],
    )
    figure = Figure(
        "Contagion by dose, look-up", "errors inserted", "error − placebo, logit q", (series,)
    )
    return Outcome(sentence, (verdict,), tuple(findings), (figure,))


def _counting_outcome(rows: Sequence[Row], seed: int) -> Outcome:
    clean = np.exp(column(rows, "counting clean restored"))
    if clean.mean() <= LEAST_Q:
        return _cannot("indexed counting", float(clean.mean()), "")
    after = {
        name: np.exp(column(rows, f"counting error {name}"))
        for name in ("restored", "propagated", "decoy")
    }
    beyond = after["restored"] - after["decoy"]
    restored = mean_interval(beyond[:, 0], seed=seed)
    verdict = absorption(restored)
    findings = [
        Finding("counting: probability of the right value, no error", _mean(clean, seed)),
        *(
            Finding(
                f"counting: probability of the {name} value right after an error",
                mean_interval(after[name][:, 0], seed=seed),
            )
            for name in after
        ),
        Finding("counting: restoration beyond the decoy", restored),
        *_after_repair(rows, seed),
    ]
    sentence = (
        f"On indexed counting the value that the index asks for came back with probability"
        f" {restored.estimate:.3f} beyond a decoy as far off (95 % interval {restored.low:.3f} to"
        f" {restored.high:.3f}, {len(rows)} sequences): {verdict.answer.lower()}."
    )
    x = [float(k) for k in range(1, SCORED + 1)]
    curves: list[Series] = []
    for name, role in (("restored", "clean"), ("propagated", "error"), ("decoy", "control")):
        found = [mean_interval(after[name][:, k], seed=seed) for k in range(SCORED)]
        curves.append(
            Series(
                name,
                role,
                x,
                [one.estimate for one in found],
                [max(0.0, one.low) for one in found],
                [min(1.0, one.high) for one in found],
            )
        )
    figure = Figure(
        "After a wrong count that is followed",
        "steps after the error",
        "probability",
        tuple(curves),
    )
    note = (
        "Restoration is the probability of the index's value less that of a decoy equally far from"
        " what was written: a probability itself is never 0."
    )
    return Outcome(sentence, (verdict,), tuple(findings), (figure,), (note,))


def _after_repair(rows: Sequence[Row], seed: int) -> tuple[Finding, ...]:
    """Tell what an error that was put right in the next line still costs, in logit q."""
    if not all("counting repaired right" in row.values for row in rows):
        return ()
    logits = {
        arm: np.vectorize(logit)(column(rows, name))[:, 1:].mean(axis=1)
        for arm, name in (
            ("repaired", "counting repaired right"),
            ("clean", "counting clean restored"),
        )
    }
    cost = logits["repaired"] - logits["clean"]
    return (
        Finding(
            "counting: right value once the next line is right again, error − clean, logit q",
            mean_interval(cost, seed=seed),
            sign_flip(cost, seed=seed),
            "exploratory; put right by us, not by the model",
        ),
    )


def _mean(values: Floats, seed: int) -> Interval:
    return mean_interval(values.mean(axis=1), seed=seed)


STEPS = Experiment(
    name="steps",
    purpose="does an inserted error make the next one likelier, and is it undone",
    method="Exact probabilities of whole values with their line end after eight right warm-up"
    " steps. Look-up of digits among 12 keys: error − placebo at doses 1 and 4, where the placebo"
    " is the same written answers over a table that makes them right; the three answers scored"
    " belong to keys not asked before. Indexed counting by one: one wrong value that the following"
    " lines follow, or that the next line puts right.",
    quick=12,
    tasks=_tasks,
    analyse=_analyse,
)
