"""The self-test: a fake model of known truth through every estimator, and through whole runs.

It must read zero when the truth is zero, find what is there, and its intervals must hold the truth
as often as they say.
"""

from collections.abc import Callable, Iterator

import numpy as np

from core.lab.end_states import Answers, EndState, end_of
from core.lab.self_checks import ALPHA, APART, Check, Count, Fake, MakeFake, Size
from core.lab.self_intervals import dear_checks, interval_checks
from core.lab.self_runs import run_checks
from core.lab.statistics.bootstrap import mean_interval
from core.lab.statistics.chain import fit_chain
from core.lab.statistics.crossed import crossed_interval, relabel
from core.lab.statistics.dynamic_logit import measure_dependence, measure_second
from core.lab.statistics.held_out import held_out
from core.lab.statistics.intervals import Interval, wilson
from core.lab.statistics.order import lagged
from core.lab.statistics.permutation import Errors, sign_flip, two_margin
from core.lab.statistics.sequences import error_rate, first_errors
from core.lab.statistics.shares import share_difference
from core.lab.statistics.survival import fit_beta_geometric, fit_geometric
from core.lab.statistics.verdicts import Answer, absorption, dependence

QUICK = Size(simulations=120, sequences=60, steps=30, items=12, draws=199)
FULL = Size(simulations=1000, sequences=100, steps=40, items=60, draws=199)

FREE, INSERTED = ("compounding",), ("influence", "belief", "steps")
RECOVERY, PREAMBLE = ("recovery",), ("preamble",)
FEW = 24
"""Below this many facts a share of corrections is told with less power and wider intervals."""

HOLDS, FALSE, SEEN = (0.92, 0.98), (0.03, 0.07), (0.8, 1.0)
"""Where a share should lie: of intervals that hold the truth, of false findings, of true ones."""

WRITTEN = (
    (" No, the answer is Rome. Sorry.", False, True, EndState.EXPLICIT),
    (" Wait, that is not Rome but Bonn.", False, True, EndState.FALSE_FIX),
    (" Oslo it is.", True, True, EndState.FALSE_FIX),
    (" that was wrong: Rome.", True, False, EndState.EXPLICIT),
    (" It is also known as Rome.", False, True, EndState.SILENT),
    (" Some say Rome, but it is Oslo.", False, False, EndState.DOUBLE_DOWN),
    (" The people of Oslo like it.", False, True, EndState.DOUBLE_DOWN),
    (" The Romes of this world are many.", False, True, EndState.ENDED),
    (" The weather is not like in Rome.", False, False, EndState.NEITHER),
    ("", False, True, EndState.ENDED),
    (" Rome is old. Rome is old. Rome is old. Rome is old.", False, False, EndState.DEGENERATE),
)
"""Texts, whether a marker stands before them, whether the model ended, and their states."""


def self_test(make: MakeFake, size: Size) -> Iterator[Check]:
    """Yield the checks one by one; the same size gives the same numbers."""
    yield from estimator_checks(make, size)
    yield from run_checks(make, size)


def estimator_checks(make: MakeFake, size: Size) -> Iterator[Check]:
    """Yield the checks of tests and intervals, and that of the rules of end states."""
    none = "no contagion, item spread 1, position trend ±1.5"
    double = "odds ratio 2, item spread 1, position trend ±1.5"
    spread = make(e=0.1, contagion=1.0, recovery=0.0, spread=1.0, trend=1.5)
    contagious = make(e=0.1, contagion=2.0, recovery=0.0, spread=1.0, trend=1.5)
    yield from logit_checks(spread, none, size, contagion=1.0)
    yield from logit_checks(contagious, double, size, contagion=2.0)
    yield swap_check(spread, none, size, FALSE)
    yield swap_check(contagious, double, size, SEEN)
    for check in (
        *memory_checks(spread, contagious, none, double, size),
        *_sequence_checks(make, size),
        *_inserted_checks(make, size),
        *_recovery_checks(make, size),
        *_preamble_checks(make, size),
        *interval_checks(make, size),
    ):
        yield check.over(size.simulations)
    for check in dear_checks(make, size):
        yield check.over(size.runs)
    read = sum(
        end_of(text, Answers(("Rome",), "Oslo", ("Bonn",)), marked=marked, ended=ended).state
        is state
        for text, marked, ended, state in WRITTEN
    )
    share = wilson(read, len(WRITTEN))
    yield Check(
        "end states read as they were written", "texts of known state", share, 1, 1, RECOVERY
    )


def logit_checks(fake: Fake, truth: str, size: Size, *, contagion: float) -> Iterator[Check]:
    """Fit once per simulation, and read level or power, and coverage, from the same fits."""
    many = size.simulations
    fits = [measure_dependence(fake.errors(size.sequences, size.steps, n)) for n in range(many)]
    seen = wilson(sum(found.p <= ALPHA for found in fits), many)
    wanted = FALSE if contagion == 1 else SEEN
    yield Check("dynamic logit: contagion seen", truth, seen, *wanted, FREE)
    logs = float(np.log(contagion))
    held = wilson(sum(found.log_odds_ratio.holds(logs) for found in fits), many)
    yield Check("dynamic logit: interval holds the truth", truth, held, *HOLDS, FREE)


def swap_check(fake: Fake, truth: str, size: Size, wanted: tuple[float, float]) -> Check:
    """Count how often the two-margin permutation sees contagion."""

    def sees(seed: int) -> bool:
        errors = fake.errors(size.sequences, size.steps, seed)
        return two_margin(errors, seed=seed + APART, draws=size.draws).p_more <= ALPHA

    name = "two-margin permutation: contagion seen"
    return Count(name, truth, *wanted, FREE, sees).over(size.simulations)


def memory_checks(
    spread: Fake, contagious: Fake, none: str, double: str, size: Size
) -> Iterator[Count]:
    """Ask for memory where there is none, and for a second step where there is only one."""

    def reaches(seed: int) -> bool:
        errors = contagious.errors(size.sequences, size.steps, seed)
        return measure_second(errors).p <= ALPHA

    def lags(seed: int) -> bool:
        errors = spread.errors(size.sequences, size.steps, seed)
        found = lagged(errors, seed=seed + APART, draws=size.draws)
        return min(one.p for one in found) <= ALPHA

    yield Count("order 2 against 1: a second step back seen", double, *FALSE, FREE, reaches)
    yield Count("errors 1 to 10 steps apart: memory seen", none, *FALSE, FREE, lags)


def _sequence_checks(make: MakeFake, size: Size) -> Iterator[Count]:
    plain = make(e=0.05, contagion=1.0, recovery=0.0, spread=0.0, trend=0.0)
    uneven = make(e=0.05, contagion=1.0, recovery=0.0, spread=1.5, trend=0.0)
    returning = make(e=0.05, contagion=1.0, recovery=0.15, spread=0.0, trend=0.0)
    stuck = make(e=0.05, contagion=1.0, recovery=0.0, spread=0.0, trend=0.0)

    def rate(seed: int) -> Interval:
        return error_rate(plain.errors(size.sequences, size.steps, seed))

    def back(fake: Fake, seed: int) -> Interval:
        return fit_chain(fake.states(size.sequences, size.steps, seed)).r

    def prefers_spread(fake: Fake) -> Callable[[int], bool]:
        return lambda seed: _prefers_spread(fake.errors(size.sequences, 50, seed))

    independent = "independent errors, e = 0.05"
    yield Count(
        "the mean error rate's interval holds the truth",
        independent,
        *HOLDS,
        FREE,
        lambda seed: rate(seed).holds(0.05),
    )
    name = "beta-geometric preferred"
    yield Count(f"{name} with no item spread", independent, 0, 0.16, FREE, prefers_spread(plain))
    truth = "item spread 1.5, no contagion"
    yield Count(f"{name} with item spread", truth, 0.7, 1, FREE, prefers_spread(uneven))
    yield Count(
        "the chance of coming back lies in its interval",
        "recoverable chain, e = 0.05, r = 0.15",
        *HOLDS,
        FREE,
        lambda seed: back(returning, seed).holds(0.15),
    )

    def foretells(fake: Fake) -> Callable[[int], bool]:
        return lambda seed: (
            held_out(fake.states(size.sequences, size.steps, seed), seed=seed + APART).gain.low > 0
        )

    name = "the recoverable chain foretells unseen sequences better"
    truth = "recoverable chain, e = 0.05, r = 0.15"
    yield Count(name, truth, *SEEN, FREE, foretells(returning))
    yield Count(name, "absorbing chain, e = 0.05, r = 0", 0, 0, FREE, foretells(stuck))
    yield Count(
        "an absorbing chain seen to come back",
        "absorbing chain, e = 0.05, r = 0",
        0,
        0,
        FREE,
        lambda seed: back(stuck, seed).low > 0,
    )


def _prefers_spread(errors: Errors) -> bool:
    times, events = first_errors(errors)
    return fit_beta_geometric(times, events).aic < fit_geometric(times, events).aic


def _inserted_checks(make: MakeFake, size: Size) -> Iterator[Count]:
    inserted = make(e=0.3, contagion=3.0, recovery=0.0, spread=1.0, trend=0.0)
    harmless = make(e=0.3, contagion=1.0, recovery=0.0, spread=1.0, trend=0.0)
    triple, one = "odds ratio 3, item noise 1", "odds ratio 1, item noise 1"

    def effect(seed: int) -> Interval:
        return mean_interval(inserted.paired_logits(size.items, seed), seed=seed + APART)

    def flips(seed: int) -> float:
        values = harmless.paired_logits(size.items, seed)
        return sign_flip(values, seed=seed + APART, flips=1999)

    yield Count(
        "inserted errors: interval of error − placebo holds the truth",
        triple,
        *HOLDS,
        INSERTED,
        lambda seed: effect(seed).holds(-float(np.log(3))),
    )
    yield Count(
        "inserted errors: contagion seen where there is none (sign flips)",
        one,
        *FALSE,
        INSERTED,
        lambda seed: flips(seed) <= ALPHA,
    )
    yield Count(
        "inserted errors: verdict CONTAGIOUS",
        triple,
        *SEEN,
        INSERTED,
        lambda seed: dependence(effect(seed)).answer is Answer.CONTAGIOUS,
    )


def _recovery_checks(make: MakeFake, size: Size) -> Iterator[Count]:
    contrarian = make(e=0.1, contagion=1.0, recovery=0.0, spread=1.0, trend=0.0)
    mending = make(e=0.1, contagion=1.0, recovery=0.3, spread=1.0, trend=0.0)
    same = "10 % corrected with and without an error, item spread 1"
    more = "10 % corrected without an error, 0.3 of the rest after one"

    def gap(fake: Fake, seed: int) -> Interval:
        return share_difference(*fake.corrections(size.items, size.tries, seed))

    def holds(fake: Fake) -> Callable[[int], bool]:
        return lambda seed: gap(fake, seed).holds(fake.corrections_gained())

    def verdict(fake: Fake, answer: Answer) -> Callable[[int], bool]:
        return lambda seed: absorption(gap(fake, seed)).answer is answer

    for fake, truth in ((contrarian, same), (mending, more)):
        yield Count(
            "recovery − false correction: interval holds the truth",
            truth,
            0.92,
            1.0 if size.items < FEW else 0.98,
            RECOVERY,
            holds(fake),
        )
    yield Count(
        "recovery: verdict RECOVERS where a model corrects truths as often",
        same,
        0,
        0.035,
        RECOVERY,
        verdict(contrarian, Answer.RECOVERS),
    )
    yield Count(
        "recovery: verdict RECOVERS",
        more,
        SEEN[0] if size.items >= FEW else 0.5,
        1,
        RECOVERY,
        verdict(mending, Answer.RECOVERS),
    )


def _preamble_checks(make: MakeFake, size: Size) -> Iterator[Count]:
    idle = make(e=0.1, contagion=1.0, recovery=0.0, spread=1.0, trend=0.0)
    moving = make(e=0.1, contagion=3.0, recovery=0.0, spread=1.0, trend=0.0)
    yield Count(
        "preambles: interval over facts and wordings holds the truth",
        "1.1 nats, wordings spread by 0.5",
        *HOLDS,
        PREAMBLE,
        lambda seed: crossed_interval(*moving.preambles(size.items, size.wordings, seed)).holds(
            -float(np.log(3))
        ),
    )
    yield Count(
        "preambles: an effect seen where there is none (labels exchanged)",
        "no effect, wordings spread by 0.5",
        *FALSE,
        PREAMBLE,
        lambda seed: relabel(*idle.preambles(size.items, size.wordings, seed)) <= ALPHA,
    )
