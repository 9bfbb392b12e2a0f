"""What came of computing stored numbers again, in figures and in words."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.engine import ModelCard


@dataclass(frozen=True, slots=True)
class RankMoved:
    """A node's own rank as it was stored, which is another now.

    `own` is its log-probability now (nats), `likeliest` those of the likeliest tokens beside it,
    best first.
    """

    stored: int
    own: float
    likeliest: tuple[float, ...]

    def is_within(self, floor: float) -> bool:
        """Return whether tokens may have changed places that far when each moved by `floor`.

        Of ranks beyond the likeliest tokens only the better end is known.
        """
        surely_before = sum(each > self.own + 2 * floor for each in self.likeliest)
        perhaps_before = sum(each >= self.own - 2 * floor for each in self.likeliest)
        knows_all = bool(self.likeliest) and self.likeliest[-1] < self.own - 2 * floor
        return self.stored > surely_before and (not knows_all or self.stored <= perhaps_before)


@dataclass(frozen=True, slots=True)
class Gap:
    """How far stored numbers lie from those of now: the largest differences, in nats.

    `logprob` is over own tokens, all kept candidates, and their places in the order of likelihood.
    `entropy_share` is the largest difference of an entropy H over 1 + H: when every log-probability
    moves by at most x, this does too, to first order. `ranks` are the own ranks that differ.
    """

    logprob: float = 0.0
    entropy: float = 0.0
    entropy_share: float = 0.0
    ranks: tuple[RankMoved, ...] = ()

    def is_none(self) -> bool:
        """Return whether every number repeats to the last bit."""
        return not self.logprob and not self.entropy and not self.ranks

    def is_within(self, floor: float) -> bool:
        """Return whether rounding, which moves log-probabilities by `floor`, explains it."""
        moved = max(self.logprob, self.entropy_share)
        return moved <= floor and all(rank.is_within(floor) for rank in self.ranks)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far stored exact readings lie from what the model says now.

    `max_abs_delta_logprob` (nats) is over own tokens and all kept candidates, which must also be
    the likeliest; None when nothing was computed. `ranks_apart` counts own ranks that differ.
    `tolerance` is what the log-probabilities may differ by: 0 in the arithmetic of the session, the
    measured rounding floor in another. `rounding_floor` is measured here on the longest checked
    path, or on a text of our own where that is too short; None while that is not known. `words`
    says it for people.
    """

    checked: int
    of: int
    max_abs_delta_logprob: float | None
    max_abs_delta_entropy: float | None
    ranks_apart: int | None
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
    gap: Gap,
    floor: float | None,
) -> Verdict:
    """Say what it means that so many of so many readings lie so far from what a model says now.

    `floor` is the rounding floor of log-probabilities, in nats.
    """
    checked, of = counts
    verdict = Verdict(
        checked=checked,
        of=of,
        max_abs_delta_logprob=gap.logprob if checked else None,
        max_abs_delta_entropy=gap.entropy if checked else None,
        ranks_apart=len(gap.ranks) if checked else None,
        tolerance=0.0,
        rounding_floor=floor,
        model_matches=True,
        ok=gap.is_none() and bool(checked),
        words="",
    )
    if not checked:
        return replace(verdict, words="This session holds no exact reading of this model.")
    if is_same_arithmetic(stored, card):
        words = (
            "The model, the engine and its arithmetic are those of the session, so every"
            " log-probability, rank, entropy and list of candidates of an exact reading must repeat"
            " to the last bit: the difference allowed is 0. "
        )
        where = "" if checked == of else " in the readings that were computed"
        most = (
            f"{gap.logprob:.3g} nats at most, in entropies {gap.entropy:.3g}, in"
            f" {_ranks(len(gap.ranks))}"
        )
        words += f"It does{where}." if verdict.ok else f"It does not: {most}."
        return replace(verdict, words=words)
    words = (
        f"The model file is the session's, but it was read by {stored.engine} on {stored.device}"
        f" and now by {card.engine} on {card.device}: rounding may differ. "
    )
    if floor is None:
        words += "No path is long enough to measure the rounding floor, so only 0 passes."
        return replace(verdict, words=words)
    return replace(
        verdict, tolerance=floor, ok=gap.is_within(floor), words=words + _beside(gap, floor)
    )


def _beside(gap: Gap, floor: float) -> str:
    """Say how differences stand to the rounding floor."""
    words = f"The largest difference is {gap.logprob:.3g} nats, " + (
        f"within the rounding floor of {floor:.3g} nats measured here."
        if gap.logprob <= floor
        else f"above the rounding floor of {floor:.3g} nats measured here."
    )
    if gap.entropy_share > floor:
        words += f" An entropy differs by {gap.entropy:.3g} nats, more than that explains."
    if gap.ranks:
        odd = sum(not rank.is_within(floor) for rank in gap.ranks)
        words += f" {_ranks(len(gap.ranks))} {'differs' if len(gap.ranks) == 1 else 'differ'}" + (
            f", {odd} of them by more than that explains."
            if odd
            else ", as they may where tokens lie closer together than the floor."
        )
    return words


def _ranks(count: int) -> str:
    return f"{count} rank" if count == 1 else f"{count} ranks"


def verdict_on_another(cards: Sequence[ModelCard], card: ModelCard) -> Verdict:
    """Say that none of the models that read a session, of `cards`, is the one of `card`."""
    known = "; ".join(f"{each.name}, SHA-256 {each.sha256 or 'not known'}" for each in cards)
    words = (
        f"This session was read with {known}; loaded is {card.name}, SHA-256"
        f" {card.sha256 or 'not known'}: nothing was compared."
        if cards
        else "No model has read this session: there is nothing to compare."
    )
    return Verdict(0, 0, None, None, None, None, None, model_matches=False, ok=False, words=words)
