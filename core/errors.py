"""Proposes errors at a place of the tree, and weighs them: their split, their surprise, their rank.

Generators over an engine: what they yield stands beside the tree until the user puts it there.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.branches import Role
from core.engine import Engine, Expected, Meter, Read, Reading
from core.error_drafts import RANKS, Draft, ErrorWish, draft_errors
from core.error_records import ErrorKind, ErrorRecord, digest_of
from core.error_texts import Rule
from core.generation import asking
from core.products import Aside, Preview, Product, Spent
from core.tokens import Token


@dataclass(frozen=True, slots=True)
class Weighed:
    """A proposal: its tokens and its record, with ln p (nats) of each token apart."""

    tokens: tuple[Token, ...]
    record: ErrorRecord
    logprobs: tuple[float, ...]
    rule: Rule | None


def propose_errors(engine: Engine, wish: ErrorWish) -> Iterator[Product]:
    """Yield an `Aside` with a `Weighed` for each error that can stand at the place.

    The place is read once, with a hundred candidates; all errors are weighed in one request.
    """
    expects = None
    ids = tuple(token.id for token in wish.path)
    for answer in asking(engine, Read((Reading(ids, len(ids) - 1),), top=max(RANKS))):
        match answer:
            case Expected():
                expects = answer.expects
            case Meter():
                yield Spent(answer)
            case _:
                raise AssertionError(f"a Read was answered with {answer}")
    assert expects is not None
    drafts: list[Draft] = []
    for found in draft_errors(engine, wish, expects):
        match found:
            case Draft():
                drafts.append(found)
            case Spent():
                yield found
    yield from weigh(engine, wish.path, _distinct(drafts))


def typed_record(
    preview: Preview, role: Role, *, displaced: str, path: Sequence[int], entropy: float | None
) -> ErrorRecord | None:
    """Return the record of a text that was previewed after `path`; None where it was not read."""
    scored = [one for one in preview.scored if one is not None]
    if len(scored) < len(preview.tokens) or not scored or entropy is None:
        return None
    return ErrorRecord(
        kind=ErrorKind.TYPED,
        detail="",
        role=role,
        text=preview.text,
        ids=tuple(int(token.id) for token in preview.tokens),
        displaced=displaced,
        depth=len(path),
        after=digest_of(path),
        logprob=math.fsum(one.logprob for one in scored),
        rank=scored[0].rank,
        entropy=entropy,
        canonical=preview.canonical,
        seed=None,
    )


def weigh(engine: Engine, path: Sequence[Token], drafts: Sequence[Draft]) -> Iterator[Product]:
    """Yield an `Aside` with a `Weighed` for each draft, in their order, read in one request."""
    yield from weigh_apart(engine, [(path, draft) for draft in drafts])


def weigh_apart(
    engine: Engine, placed: Sequence[tuple[Sequence[Token], Draft]]
) -> Iterator[Product]:
    """Weigh in the same way drafts that each stand after a path of their own."""
    if not placed:
        return
    paths = [tuple(token.id for token in path) for path, _ in placed]
    drafts = [draft for _, draft in placed]
    readings = tuple(
        Reading((*ids, *draft.split.ids), len(ids) - 1)
        for ids, draft in zip(paths, drafts, strict=True)
    )
    logprobs: list[list[float]] = [[] for _ in drafts]
    ranks, entropies = [0] * len(drafts), [0.0] * len(drafts)
    for answer in asking(engine, Read(readings, top=1)):
        match answer:
            case Expected(number, index, expects, following):
                if following is not None:
                    logprobs[number].append(following.logprob)
                if following is not None and index == len(paths[number]) - 1:
                    ranks[number], entropies[number] = following.rank, expects.entropy
            case Meter():
                yield Spent(answer)
            case _:
                raise AssertionError(f"a Read was answered with {answer}")
    for number, draft in enumerate(drafts):
        record = ErrorRecord(
            kind=draft.kind,
            detail=draft.detail,
            role=draft.role,
            text=draft.text,
            ids=tuple(int(token) for token in draft.split.ids),
            displaced=draft.displaced,
            depth=len(paths[number]),
            after=digest_of(paths[number]),
            logprob=math.fsum(logprobs[number]),
            rank=ranks[number],
            entropy=entropies[number],
            canonical=draft.split.canonical,
            seed=draft.seed,
        )
        yield Aside(Weighed(draft.split.tokens, record, tuple(logprobs[number]), draft.rule))


def _distinct(drafts: Iterable[Draft]) -> list[Draft]:
    """Drop what another draft says already, and what changes nothing.

    The model's own sample stays beside an equal one: that it was drawn is another fact.
    """
    seen: set[tuple[int, ...]] = set()
    kept: list[Draft] = []
    for draft in drafts:
        ids = tuple(int(token) for token in draft.split.ids)
        is_new = ids not in seen or draft.kind is ErrorKind.SAMPLE
        if is_new and draft.text != draft.displaced:
            seen.add(ids)
            kept.append(draft)
    return kept
