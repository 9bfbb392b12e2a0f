"""The step tasks: prompts with errors inserted on purpose, and how likely the right answers are.

Tasks without a state (look-up, sums) have a placebo: the same written answers over a table, or
sums, that make them right. Tasks with a state (counting, running sum) have two right answers after
an error: the one that follows what was written, and the one that restores the truth.
"""

import math
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from core.lab.asking import Asker, Tokens
from core.lab.weighing import weights_of_lines

WARM_KEYS, INSERTED, SCORED = 5, 4, 3
WARM_UP = 8
DOSES = (1, 4)
RARE = 1e-4
MOST_COUNT = 99
COUNTS = tuple(str(number) for number in range(10, MOST_COUNT + 1))
DIGITS = tuple(str(digit) for digit in range(10))
COLOURS = ("red", "blue", "green", "yellow", "black", "white")
NEAR = range(-10, 10)
"""Sums this far from the right one count as valid; the mass of all numbers is never less."""

Arm = tuple[str, float, bool]


def arms_at(doses: Sequence[float]) -> tuple[Arm, ...]:
    """Return each arm's name, its dose of errors, and whether it is a placebo."""
    return (
        ("clean", 0, False),
        *((f"error {dose}", dose, False) for dose in doses),
        *((f"placebo {dose}", dose, True) for dose in doses),
    )


ARMS = arms_at(DOSES)
"""Here the dose is how many of the last inserted answers are wrong."""

Found = dict[str, list[float] | float]
Query = tuple[str, str, tuple[str, ...]]
"""What is asked, the right answer, and all answers that count as valid."""


@dataclass(frozen=True, slots=True)
class StepTask:
    """A task by name; `state` says whether it carries one, `words` names it in sentences.

    `arms` are the texts that a task without a state writes, in their order.
    """

    name: str
    words: str
    state: bool
    measure: Callable[[Asker, np.random.Generator], Found]
    arms: tuple[Arm, ...] = ARMS


def table_text(table: dict[str, str]) -> str:
    """Write a look-up table as the prompt shows it."""
    return "Table:\n" + "".join(f"{key}: {value}\n" for key, value in table.items()) + "Answers:\n"


def look_up_text(rng: np.random.Generator) -> str:
    """Write a look-up of digits with all its answers, as long as those that are measured."""
    keys = [str(key) for key in rng.permutation(list(string.ascii_uppercase))[:12]]
    table = {key: str(rng.integers(10)) for key in keys}
    asked = (str(key) for key in rng.permutation(keys))
    return table_text(table) + "".join(f"{key}: {table[key]}\n" for key in asked)


def score_queries(asker: Asker, path: Tokens, queries: Sequence[Query], *, whole: bool) -> Found:
    """Return ln q of each right answer with its line end, while right ones are written.

    With `whole`, all valid answers are scored, and their mass is told.
    """
    endings: list[tuple[Tokens, str]] = []
    many: list[int] = []
    for asked_text, right, valid in queries:
        asked = asker.after(path, asked_text)
        others = [one for one in valid if one != right] if whole else []
        endings += [(asked, f" {value}\n") for value in (right, *others)]
        many.append(1 + len(others))
        path = asker.after(asked, f" {right}\n")
    scores = np.array(asker.score(endings))
    parts = np.split(scores, np.cumsum(many)[:-1])
    found: Found = {"q": [float(part[0]) for part in parts]}
    if whole:
        found["mass"] = [float(np.exp(part).sum()) for part in parts]
    return found


def valid_mass(asker: Asker, path: Tokens, values: Sequence[str]) -> float:
    """Return how much probability whole values with their line end hold after a path.

    What the model finds rarer than `RARE` is not followed to its end, so that the mass is too
    small rather than too large, by less than `RARE` for each value.
    """
    left = [asker.after(path, f" {value}")[len(path) :] for value in values]
    reached = {path: 1.0}
    whole: dict[Tokens, float] = {}
    while reached:
        heads = {tip: [way for way in left if _goes_on(path, tip, way)] for tip in reached}
        asked = {
            tip: tuple(dict.fromkeys(way[len(tip) - len(path)].id for way in ways))
            for tip, ways in heads.items()
        }
        read = asker.chances([(tip, len(tip) - 1, ids) for tip, ids in asked.items()])
        further: dict[Tokens, float] = {}
        for (tip, ids), (_, chances) in zip(asked.items(), read, strict=True):
            for token, chance in zip(ids, chances.tolist(), strict=True):
                if (p := reached[tip] * chance) >= RARE:
                    further[(*tip, asker.engine.vocabulary[token])] = p
        whole |= {tip: p for tip, p in further.items() if tip[len(path) :] in left}
        reached = {
            tip: p for tip, p in further.items() if any(_goes_on(path, tip, w) for w in left)
        }
    ends = asker.score([(tip, "\n") for tip in whole])
    return sum(p * math.exp(end) for p, end in zip(whole.values(), ends, strict=True))


def _goes_on(path: Tokens, tip: Tokens, way: Tokens) -> bool:
    """Return whether a value is begun by what a tip has beyond a path, and goes on after it."""
    begun = len(tip) - len(path)
    return len(way) > begun and way[:begun] == tip[len(path) :]


def look_up(name: str, values: tuple[str, ...], asker: Asker, rng: np.random.Generator) -> Found:
    """Look values up among 12 keys; the answers scored belong to keys not asked before."""
    keys = [str(key) for key in rng.permutation(list(string.ascii_uppercase))[:12]]
    table = {key: str(values[rng.integers(len(values))]) for key in keys}
    order = [str(key) for key in rng.permutation(keys)]
    warm, inserted, scored = order[:WARM_KEYS], order[WARM_KEYS:-SCORED], order[-SCORED:]
    queries = [*warm, *(str(key) for key in rng.choice(warm, WARM_UP - WARM_KEYS, replace=False))]
    wrong = {
        key: values[(values.index(table[key]) + int(rng.integers(1, len(values)))) % len(values)]
        for key in inserted
    }

    def prompt(dose: int, *, placebo: bool) -> str:
        spoiled = set(inserted[INSERTED - dose :]) if dose else set[str]()
        written = {key: wrong[key] if key in spoiled else table[key] for key in inserted}
        shown = {**table, **written} if placebo else table
        answers = [(key, table[key]) for key in queries] + list(written.items())
        return table_text(shown) + "".join(f"{key}: {value}\n" for key, value in answers)

    asks = [(f"{key}:", table[key], values) for key in scored]
    return measure_arms(name, asker, prompt, asks, ARMS)


def sums(name: str, asker: Asker, rng: np.random.Generator) -> Found:
    """Add two numbers per line; the placebo changes a summand so that what is written is right."""
    many = WARM_UP + INSERTED + SCORED
    first = [int(one) for one in rng.integers(10, 40, many)]
    second = [int(one) for one in rng.integers(12, 40, many)]
    off = [int(one) for one in rng.integers(1, 10, many) * rng.choice([-1, 1], many)]

    def line(number: int, *, wrong: bool, placebo: bool) -> str:
        a, b = first[number], second[number]
        shift = off[number] if wrong else 0
        return f"{a} + {b + (shift if placebo else 0)} = {a + b + shift}\n"

    def prompt(dose: int, *, placebo: bool) -> str:
        start = WARM_UP + INSERTED - dose
        lines = range(WARM_UP + INSERTED)
        return "".join(line(n, wrong=n >= start, placebo=placebo) for n in lines)

    asks: list[Query] = []
    for n in range(WARM_UP + INSERTED, many):
        right = first[n] + second[n]
        valid = tuple(str(right + near) for near in NEAR)
        asks.append((f"{first[n]} + {second[n]} =", str(right), valid))
    return measure_arms(name, asker, prompt, asks, ARMS)


def measure_arms(
    name: str, asker: Asker, prompt: Callable[..., str], asks: Sequence[Query], arms: Sequence[Arm]
) -> Found:
    """Score the same questions after each arm's text; beside the clean one all valid answers."""
    found: Found = {}
    paths = {arm: asker.opening(prompt(dose, placebo=placebo)) for arm, dose, placebo in arms}
    for arm, path in paths.items():
        read = score_queries(asker, path, asks, whole=arm == "clean")
        found[f"{name} {arm}"] = read["q"]
        if "mass" in read:
            found[f"{name} mass"] = read["mass"]
    errors = {f"{name} {arm}": paths[arm] for arm, dose, placebo in arms if dose and not placebo}
    return {**found, **weights_of_lines(asker, paths["clean"], errors)}


def counting(name: str, asker: Asker, rng: np.random.Generator) -> Found:
    """Count by one; each line begins with its number, which can restore a wrong count."""
    first = int(rng.integers(11, 60))
    keys = [str(n) for n in range(1, WARM_UP + 2 + SCORED)]
    return _walk(name, asker, rng, keys, [first + n for n in range(1, len(keys) + 1)])


def running_sum(name: str, asker: Asker, rng: np.random.Generator) -> Found:
    """Keep a running sum of small numbers; nothing on a line restores it."""
    deltas = [int(one) for one in rng.integers(1, 6, WARM_UP + 1 + SCORED)]
    values = np.cumsum([int(rng.integers(11, 40)), *deltas])[1:]
    return _walk(name, asker, rng, [f"+{one}" for one in deltas], [int(one) for one in values])


def _walk(
    name: str, asker: Asker, rng: np.random.Generator, keys: Sequence[str], true: Sequence[int]
) -> Found:
    """Write one wrong value after the warm-up, and score what may come after it.

    "error" follows the wrong value, "repaired" puts the next line right; a decoy lies as far from
    what was written as the truth does.
    """
    delta = int(rng.integers(3, 9)) * int(rng.choice([-1, 1]))
    start = "".join(f"{keys[n]}: {true[n]}\n" for n in range(WARM_UP))
    found: Found = {}
    tips: dict[str, Tokens] = {}
    for arm, first, then in (("clean", 0, 0), ("error", delta, delta), ("repaired", delta, 0)):
        tip = asker.opening(f"{start}{keys[WARM_UP]}: {true[WARM_UP] + first}\n")
        tips[arm] = tip
        if arm == "clean":
            next_line = asker.after(tip, f"{keys[WARM_UP + 1]}:")
            found[f"{name} mass"] = [valid_mass(asker, next_line, COUNTS)]
        endings: list[tuple[Tokens, str]] = []
        for k in range(WARM_UP + 1, WARM_UP + 1 + SCORED):
            asked = asker.after(tip, f"{keys[k]}:")
            choices = (true[k], true[k] + delta, true[k] + 2 * delta)
            endings += [(asked, f" {value}\n") for value in choices]
            tip = asker.after(asked, f" {true[k] + then}\n")
        scores = np.array(asker.score(endings)).reshape(SCORED, 3)
        if arm == "repaired":
            found[f"{name} repaired right"] = scores[:, 0].tolist()
            continue
        for place, kind in enumerate(("restored", "propagated", "decoy")):
            found[f"{name} {arm} {kind}"] = scores[:, place].tolist()
    errors = {f"{name} error": tips["error"]}
    return {**found, **weights_of_lines(asker, tips["clean"], errors)}


TASKS = (
    StepTask("look-up", "look-up", state=False, measure=partial(look_up, "look-up", DIGITS)),
    StepTask("counting", "indexed counting", state=True, measure=partial(counting, "counting")),
    StepTask(
        "colours",
        "look-up of colours",
        state=False,
        measure=partial(look_up, "colours", COLOURS),
    ),
    StepTask("sums", "sums of two numbers", state=False, measure=partial(sums, "sums")),
    StepTask(
        "running sum", "the running sum", state=True, measure=partial(running_sum, "running sum")
    ),
)
