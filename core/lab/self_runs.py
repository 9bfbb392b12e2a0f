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
QUIET, SEEN = (0.0, 0.07), (0.8, 1.0)
"""Where the share of runs that claim something should lie: without an effect, and with one."""

CLAIMS = {
    Answer.CONTAGIOUS: "contagious.",
    Answer.PROTECTIVE: "protective.",
    Answer.RECOVERS: "recovers.",
    Answer.OUTLASTS: "outlasts the placebo's.",
    Answer.NO_LONGER: "no longer than the placebo's.",
}
"""Verdicts that claim an effect, and how a sentence ends that tells them."""


@dataclass(frozen=True, slots=True)
class Whole:
    """An experiment, its made-up rows by seed, and the words with which its sentence claims."""

    experiment: Experiment
    rows: Callable[[Fake, int], Sequence[Row]]
    says: tuple[str, ...]


def run_checks(make: MakeFake, size: Size) -> Iterator[Check]:
    """Yield for each experiment how often a whole run claims what is not there, and what is."""
    idle = make(e=0.12, contagion=1.0, recovery=0.0, spread=0.5, trend=0.0)
    active = make(e=0.12, contagion=4.0, recovery=0.5, spread=0.5, trend=0.0)
    for whole in _wholes(size):
        name = f"{whole.experiment.name}, a whole run: effect told"
        for fake, truth, wanted in ((idle, NONE, QUIET), (active, SOME, SEEN)):
            claims = sum(_claims(whole, fake, seed) for seed in range(size.runs))
            share = wilson(claims, size.runs)
            yield Check(name, truth, share, *wanted, (whole.experiment.name,))
    hopeless = make(e=0.8, contagion=1.0, recovery=0.0, spread=0.5, trend=0.0)
    refused = sum(_refuses(hopeless, size, seed) for seed in range(size.runs))
    share = wilson(refused, size.runs)
    name = "compounding, a whole run: the gate turns a model away"
    yield Check(name, "four of five steps are wrong", share, *SEEN, ("compounding",))


def _wholes(size: Size) -> tuple[Whole, ...]:
    n = size.items
    return (
        Whole(STEPS, lambda fake, seed: steps_rows(fake, n, seed), ("contagious.", "protective.")),
        Whole(INFLUENCE, lambda fake, seed: influence_rows(fake, n, seed), ("the placebo's.",)),
        Whole(BELIEF, lambda fake, seed: belief_rows(fake, n, seed), ("the claim itself did",)),
        Whole(
            COMPOUNDING,
            lambda fake, seed: compounding_rows(fake, size.sequences, size.steps, seed),
            (),
        ),
        Whole(RECOVERY, lambda fake, seed: recovery_rows(fake, n, seed), ("recovers.",)),
        Whole(PREAMBLE, lambda fake, seed: preamble_rows(fake, n, seed), ("on clean branches.",)),
    )


def _claims(whole: Whole, fake: Fake, seed: int) -> bool:
    """Return whether a run claims its effect; verdict, sentence and number must agree on it."""
    outcome = _analysed(whole.experiment, whole.rows(fake, seed), seed)
    told = {verdict.answer for verdict in outcome.verdicts} & set(CLAIMS)
    said = any(words in outcome.sentence for words in whole.says)
    if outcome.verdicts and bool(told) != said:
        raise AssertionError(f"{outcome.sentence} does not say {told}")
    return said if whole.says else _number_claims(outcome)


def _number_claims(outcome: Outcome) -> bool:
    """Return whether the primary number of an outcome without verdicts is told from no effect."""
    main = next(one for one in outcome.findings if is_primary(one))
    return main.p is not None and main.p <= ALPHA


def _refuses(fake: Fake, size: Size, seed: int) -> bool:
    rows = compounding_rows(fake, size.sequences, size.steps, seed)
    outcome = _analysed(COMPOUNDING, rows, seed)
    return [verdict.answer for verdict in outcome.verdicts] == [Answer.CANNOT]


def _analysed(experiment: Experiment, rows: Sequence[Row], seed: int) -> Outcome:
    return experiment.analyse(rows, Settings((), seed, len(rows)))
