"""What may be said of a run before the size that was decided on is reached: numbers, no verdict."""

from dataclasses import replace

from core.lab.experiment import Outcome
from core.lab.multiplicity import is_primary
from core.lab.number_words import interval_words

NO_VERDICT = (
    "The run is not whole: no verdict is given before the items that were decided on are reached,"
    " and every number here may still move."
)


def provisional(outcome: Outcome, *, done: int, wanted: int) -> Outcome:
    """Return an outcome without its verdicts: `done` of the `wanted` items count so far."""
    start = f"Provisional, {done} of {wanted} items"
    told = next(
        iter([one for one in outcome.findings if is_primary(one)] or outcome.findings), None
    )
    sentence = (
        f"{start}: nothing can be said yet."
        if told is None
        else f"{start}. {told.name}: {interval_words(told.interval)}."
    )
    return replace(outcome, sentence=sentence, verdicts=(), notes=(NO_VERDICT, *outcome.notes))
