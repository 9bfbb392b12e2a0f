"""The self-test of whole runs: made-up rows through gate, numbers, verdict and sentence."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from core.lab.belief import BELIEF
from core.lab.compounding import COMPOUNDING
from core.lab.experiment import Experiment, Outcome, Row, Settings
from core.lab.influence import INFLUENCE
from core.lab.multiplicity import is_primary
from core.lab.preamble import PREAMBLE
from core.lab.recovery import RECOVERY
from core.lab.self_checks import ALPHA, Check, Fake, MakeFake, Size
from core.lab.self_rows import (
    belief_rows,
    compounding_rows,
    influence_rows,
    preamble_rows,
    recovery_rows,
    steps_rows,
)
from core.lab.statistics.intervals import wilson
from core.lab.statistics.verdicts import Answer
from core.lab.steps import STEPS

NONE, SOME = "nothing is there", "something is there"
QUIET, SEEN = (0.0, 0.1), (0.8, 1.0)
"""Where the share of runs that claim something should lie: without an effect, and with one.

A run asks up to two questions: one answers falsely in a twentieth of the cases, one in a fortieth.
"""

CLAIMS = {
    Answer.CONTAGIOUS: "contagious.",
    Answer.PROTECTIVE: "protective.",
    Answer.RECOVERS: "recovers.",
    Answer.OUTLASTS: "outlasts.",
    Answer.NO_LONGER: "no longer than the placebo's.",
}
"""Verdicts that claim an effect, and how a sentence tells them."""

BELIEF_CLAIMS, PREAMBLE_CLAIMS = "the claim itself did", "on clean branches."
"""What sentences say that claim an effect without a verdict."""


@dataclass(frozen=True, slots=True)
class Whole:
    """An experiment, its made-up rows by seed, and how an outcome of it claims something."""

    experiment: Experiment
    rows: Callable[[Fake, int], Sequence[Row]]
    claims: Callable[[Outcome], bool]


def run_checks(make: MakeFake, size: Size) -> Iterator[Check]:
    """Yield for each experiment how often a whole run claims what is not there, and what is."""
    idle = make(e=0.12, contagion=1.0, recovery=0.0, spread=0.5, trend=0.0)
    active = make(e=0.12, contagion=4.0, recovery=0.5, spread=0.5, trend=0.0)
    agree: list[bool] = []
    for whole in _wholes(size):
        name = f"{whole.experiment.name}, a whole run: effect told"
        for fake, truth, wanted in ((idle, NONE, QUIET), (active, SOME, SEEN)):
            outcomes = [
                _analysed(whole.experiment, whole.rows(fake, seed), seed)
                for seed in range(size.runs)
            ]
            agree += [_agrees(outcome) for outcome in outcomes]
            share = wilson(sum(map(whole.claims, outcomes)), size.runs)
            yield Check(name, truth, share, *wanted, (whole.experiment.name,))
    yield Check(
        "whole runs: sentences say what verdicts say",
        "all of these runs",
        wilson(sum(agree), len(agree)),
        1,
        1,
        tuple(whole.experiment.name for whole in _wholes(size)),
    )
    hopeless = make(e=0.8, contagion=1.0, recovery=0.0, spread=0.5, trend=0.0)
    refused = sum(_refuses(hopeless, size, seed) for seed in range(size.runs))
    share = wilson(refused, size.runs)
    name = "compounding, a whole run: the gate turns a model away"
    yield Check(name, "four of five steps are wrong", share, *SEEN, ("compounding",))


def _wholes(size: Size) -> tuple[Whole, ...]:
    n = size.items
    return (
        Whole(STEPS, lambda fake, seed: steps_rows(fake, n, seed), _verdict_claims),
        Whole(INFLUENCE, lambda fake, seed: influence_rows(fake, n, seed), _verdict_claims),
        Whole(
            BELIEF,
            lambda fake, seed: belief_rows(fake, n, seed),
            lambda outcome: BELIEF_CLAIMS in outcome.sentence,
        ),
        Whole(
            COMPOUNDING,
            lambda fake, seed: compounding_rows(fake, size.sequences, size.steps, seed),
            _number_claims,
        ),
        Whole(RECOVERY, lambda fake, seed: recovery_rows(fake, n, seed), _verdict_claims),
        Whole(
            PREAMBLE,
            lambda fake, seed: preamble_rows(fake, n, seed),
            lambda outcome: PREAMBLE_CLAIMS in outcome.sentence,
        ),
    )


def _verdict_claims(outcome: Outcome) -> bool:
    return any(verdict.answer in CLAIMS for verdict in outcome.verdicts)


def _number_claims(outcome: Outcome) -> bool:
    """Return whether the primary number of an outcome without verdicts is told from no effect."""
    main = next(one for one in outcome.findings if is_primary(one))
    return main.p is not None and main.p <= ALPHA


def _agrees(outcome: Outcome) -> bool:
    """Return whether a sentence claims what the verdicts claim, and nothing else."""
    told = {verdict.answer for verdict in outcome.verdicts} & set(CLAIMS)
    return told == {answer for answer, words in CLAIMS.items() if words in outcome.sentence}


def _refuses(fake: Fake, size: Size, seed: int) -> bool:
    rows = compounding_rows(fake, size.sequences, size.steps, seed)
    outcome = _analysed(COMPOUNDING, rows, seed)
    return [verdict.answer for verdict in outcome.verdicts] == [Answer.CANNOT]


def _analysed(experiment: Experiment, rows: Sequence[Row], seed: int) -> Outcome:
    return experiment.analyse(rows, Settings((), seed, len(rows)))
