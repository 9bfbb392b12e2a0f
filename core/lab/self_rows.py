"""Rows as each experiment would have read them from a model of known truth."""

from collections.abc import Callable

import numpy as np

from core.lab.belief_outcome import BRANCHES, DISTANCES
from core.lab.end_states import EndState
from core.lab.experiment import Row, Values
from core.lab.free_running import Label
from core.lab.influence_outcome import LENGTH
from core.lab.preamble import ARMS, FACTUAL, SHOWN
from core.lab.recovery_ends import ARMS as TURNS
from core.lab.recovery_ends import SAMPLES, twin
from core.lab.self_checks import APART, Fake
from core.lab.statistics.intervals import Floats
from core.lab.step_tasks import DOSES, SCORED

TEXTS, PROBES = 4, 3


def steps_rows(fake: Fake, items: int, seed: int) -> tuple[Row, ...]:
    """Look-up whose errors cost what the model says, and counting that comes back as often."""
    effects = fake.paired_logits(items, seed)
    rng = np.random.default_rng(seed + APART)
    base = 2.0 + 0.3 * rng.standard_normal(items)
    restored, decoy = (tries.mean(axis=1) for tries in fake.corrections(items, 40, seed))

    def one(n: int) -> Values:
        values: dict[str, list[float]] = {
            "look-up clean": _ln_q(base[n]),
            "look-up mass": [0.99] * SCORED,
            "counting clean restored": _ln_q(base[n]),
        }
        for dose in DOSES:
            values[f"look-up placebo {dose}"] = _ln_q(base[n])
            values[f"look-up error {dose}"] = _ln_q(base[n] + effects[n])
        for name, chance in (("restored", restored[n]), ("decoy", decoy[n]), ("propagated", 0.6)):
            values[f"counting error {name}"] = [float(np.log(max(chance, 1e-6)))] * SCORED
        return values

    return _rows(items, one)


def _ln_q(logit: float) -> list[float]:
    return [float(-np.logaddexp(0.0, -logit))] * SCORED


def influence_rows(fake: Fake, items: int, seed: int) -> tuple[Row, ...]:
    """√JS that fades alike after error and placebo; wrongness lowers it by the model's effect.

    Both arms are read under the same texts: what a text does is no difference between them.
    """
    effects = fake.paired_logits(items, seed)
    shared = fake.fading(items, TEXTS, LENGTH + 1, seed)
    noise = np.exp(0.3 * np.random.default_rng(seed + APART).standard_normal((2, *shared.shape)))
    placebo = shared * noise[0]
    error = shared * noise[1] * np.exp(effects)[:, None, None]
    floors = {"repeat floor": 0.0, "rounding floor": 2e-3, "rounding floor, median": 1e-3}

    def one(n: int) -> Values:
        return {"error": error[n].tolist(), "placebo": placebo[n].tolist(), **floors}

    return _rows(items, one)


def belief_rows(fake: Fake, items: int, seed: int) -> tuple[Row, ...]:
    """Log-odds that mentioning lowers by 4, and asserting by the model's effect beyond that."""
    effects = fake.paired_logits(items, seed)
    odds = {"base": 5.0, "mention": 1.0, "clean": 6.0}

    def one(n: int) -> Values:
        values: dict[str, list[list[float]]] = {}
        for branch in BRANCHES:
            level = odds["mention"] + float(effects[n]) if branch == "error" else odds[branch]
            values[f"{branch} ln truth"] = [[-1.0] * PROBES for _ in DISTANCES]
            values[f"{branch} ln error"] = [[-1.0 - level] * PROBES for _ in DISTANCES]
        return values

    return _rows(items, one)


def compounding_rows(fake: Fake, sequences: int, steps: int, seed: int) -> tuple[Row, ...]:
    """Sequences of a look-up with the model's errors, and of a count that fails its gate."""
    errors = fake.errors(sequences, steps, seed).astype(float)

    def one(n: int) -> Values:
        wrong: list[float] = errors[n].tolist()
        labels = [(Label.LOCAL if step else Label.CORRECT).value for step in wrong]
        lasting = [0.99] * steps
        values: dict[str, list[float] | list[str]] = {}
        for task, faults in (("look-up", wrong), ("counting", [1.0] * steps)):
            values[f"{task} labels"] = labels
            values[f"{task} local error"] = values[f"{task} wrong"] = faults
            values[f"{task} valid mass"] = values[f"{task} line end"] = lasting
        return values

    return _rows(sequences, one)


def recovery_rows(fake: Fake, items: int, seed: int) -> tuple[Row, ...]:
    """Continuations that correct an error, and what was right, as often as the model says."""
    found = {
        turn: fake.corrections(items, 1 + SAMPLES, seed + place * APART)
        for place, turn in enumerate(TURNS)
    }
    tokens = np.random.default_rng(seed).integers(1, 20, (items, 1 + SAMPLES)).astype(float)

    def one(n: int) -> Values:
        values: dict[str, list[float] | list[str]] = {}
        for turn in TURNS:
            for name, tries, state in (
                (turn, found[turn][0][n], EndState.EXPLICIT),
                (twin(turn), found[turn][1][n], EndState.FALSE_FIX),
            ):
                states = [(state if yes else EndState.ENDED).value for yes in tries]
                values[f"{name} states"] = states
                values[f"{name} tokens"] = tokens[n].tolist()
                values[f"{name} texts"] = states
        return values

    return _rows(items, one)


def preamble_rows(fake: Fake, items: int, seed: int) -> tuple[Row, ...]:
    """Log-odds that factual wordings move after the error alone, by the model's effect."""
    factual, neutral = fake.preambles(items, len(FACTUAL), seed)

    def one(n: int) -> Values:
        values: dict[str, float | list[float]] = {"ln P(truth) at the fork, none": -1.0}
        for arm in (*ARMS, "ln P(truth) at the fork"):
            first: Floats = factual if arm == "error" else neutral
            values[f"{arm}, factual"] = first[n].tolist()
            values[f"{arm}, neutral"] = neutral[n].tolist()
        for name in (*SHOWN, "Wait after a neutral one"):
            values |= {f"error, {name}": 0.0, f"clean, {name}": 0.0}
        return values

    return _rows(items, one)


def _rows(items: int, one: Callable[[int], Values]) -> tuple[Row, ...]:
    return tuple(Row(f"item {n}", one(n)) for n in range(items))
