"""What came of computing stored numbers again, in figures and in words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.engine import ModelCard


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far stored exact readings lie from what the model says now.

    `max_abs_delta_logprob` (nats) is over own tokens and all kept candidates, None when nothing was
    computed. `tolerance` is what it may be: 0 in the arithmetic of the session, the measured
    rounding floor in another. `rounding_floor` is measured here on the longest checked path,
    None when that is too short. `words` says it for people.
    """

    checked: int
    of: int
    max_abs_delta_logprob: float | None
    max_abs_delta_entropy: float | None
    tolerance: float | None
    rounding_floor: float | None
    model_matches: bool
    ok: bool
    words: str


def is_same_arithmetic(one: ModelCard, other: ModelCard) -> bool:
    """Return whether both round alike, so that equal questions have equal answers."""
    return (one.engine, one.device, one.arithmetic) == (
        other.engine,
        other.device,
        other.arithmetic,
    )


def verdict_on(
    card: ModelCard,
    stored: ModelCard,
    *,
    counts: tuple[int, int],
    gap: tuple[float, float],
    floor: float | None,
) -> Verdict:
    """Say what it means that so many of so many readings lie so far from what a model says now.

    `gap` are the largest differences of log-probabilities and of entropies, `floor` the rounding
    floor, all in nats.
    """
    checked, of = counts
    logprob, entropy = gap
    verdict = Verdict(
        checked=checked,
        of=of,
        max_abs_delta_logprob=logprob if checked else None,
        max_abs_delta_entropy=entropy if checked else None,
        tolerance=0.0,
        rounding_floor=floor,
        model_matches=True,
        ok=logprob == 0.0 and entropy == 0.0 and bool(checked),
        words="",
    )
    if not checked:
        return replace(verdict, words="This session holds no exact reading of this model.")
    if is_same_arithmetic(stored, card):
        words = (
            "The model, the engine and its arithmetic are those of the session, so every number"
            " must repeat to the last bit: the difference allowed is 0. "
        )
        most = f"{logprob:.3g} nats at most, in entropies {entropy:.3g}"
        words += "It does." if verdict.ok else f"It does not: {most}."
        return replace(verdict, words=words)
    words = (
        f"The model file is the session's, but it was read by {stored.engine} on {stored.device}"
        f" and now by {card.engine} on {card.device}: rounding may differ. "
    )
    if floor is None:
        words += "No path is long enough to measure the rounding floor, so only 0 passes."
        return replace(verdict, words=words)
    within = logprob <= floor
    words += f"The largest difference is {logprob:.3g} nats, " + (
        f"within the rounding floor of {floor:.3g} nats measured here."
        if within
        else f"above the rounding floor of {floor:.3g} nats measured here."
    )
    return replace(verdict, tolerance=floor, ok=within, words=words)


def verdict_on_another(cards: Sequence[ModelCard], card: ModelCard) -> Verdict:
    """Say that none of the models that read a session, of `cards`, is the one of `card`."""
    known = "; ".join(f"{each.name}, SHA-256 {each.sha256 or 'not known'}" for each in cards)
    words = (
        f"This session was read with {known}; loaded is {card.name}, SHA-256"
        f" {card.sha256 or 'not known'}: nothing was compared."
        if cards
        else "No model has read this session: there is nothing to compare."
    )
    return Verdict(0, 0, None, None, None, None, model_matches=False, ok=False, words=words)
