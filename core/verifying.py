"""Whether a session's stored numbers are what its model says: they are computed again."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.distribution import Distribution
from core.engine import Engine, Expected, Floors, MeasureFloors, ModelCard, Priority, Read, Reading
from core.generation import asking
from core.readings import Readings
from core.session import Session
from core.tokens import TokenId, Vocabulary
from core.tree import NodeId, TokenTree

SAMPLE = 64
"""Readings that are computed again unless all are wanted."""

BATCH = 16
"""Paths in one request, so that progress can be told and work be stopped."""

LEAST_FOR_FLOORS = 64
"""Tokens that a text needs to reach both arithmetics: see `MeasureFloors`."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far stored exact readings lie from what the model says now.

    `max_abs_delta_logprob` (nats) is over own tokens and all kept candidates, None when nothing was
    computed. `tolerance` is what it may be: 0 in the arithmetic of the session, the measured
    rounding floor in another. `words` says it for people.
    """

    checked: int
    of: int
    max_abs_delta_logprob: float | None
    max_abs_delta_entropy: float | None
    tolerance: float | None
    model_matches: bool
    ok: bool
    words: str


def verify(
    session: Session, engine: Engine, *, sample: int | None, progress: Callable[[str], None]
) -> Verdict:
    """Compute stored exact readings again, `sample` of them (None: all), chosen without bias.

    A reading holds both what is expected after its node and the node's own score.
    """
    stored = _stored_card(session, engine.card)
    if stored is None:
        return _other_model(session, engine.card)
    readings = session.readings_of(stored)
    exact = [
        NodeId(row[0])
        for row in readings
        if row[6]
        and row[3] is not None
        and _speaks(session.tree, NodeId(row[0]), engine.vocabulary)
    ]
    chosen = exact
    if sample is not None and sample < len(exact):
        chosen = random.Random(0).sample(exact, sample)  # noqa: S311 - repeatable, not a secret
    gap = _Gap()
    for done, batch in _batches(session.tree, chosen):
        _compare(engine, session.tree, readings, batch, gap)
        progress(f"{done} of {len(chosen)} readings")
    return _verdict(engine, session.tree, (stored, chosen, len(exact)), gap)


def _stored_card(session: Session, card: ModelCard) -> ModelCard | None:
    """Return the stored card of this model: in the same arithmetic if there is one."""
    cards = [model.card for model in session.contents().models]
    same = [each for each in cards if each.sha256 and each.sha256 == card.sha256]
    same = [each for each in same if len(session.readings_of(each))]
    same.sort(key=lambda each: not _same_arithmetic(each, card))
    return same[0] if same else None


def _same_arithmetic(one: ModelCard, other: ModelCard) -> bool:
    return (one.engine, one.device, one.arithmetic) == (
        other.engine,
        other.device,
        other.arithmetic,
    )


def _speaks(tree: TokenTree, node: NodeId, vocabulary: Vocabulary) -> bool:
    path = (tree.token(step) for step in tree.path_to(node))
    return all(token.id < len(vocabulary) and vocabulary[token.id] == token for token in path)


class _Gap:
    """The largest differences so far, and the longest path on which they were looked for."""

    def __init__(self) -> None:
        self.logprob = 0.0
        self.entropy = 0.0

    def see_logprob(self, stored: float, now: float) -> None:
        if stored != now:  # equal infinities have no difference
            self.logprob = max(self.logprob, abs(stored - now))

    def see_entropy(self, stored: float, now: float) -> None:
        self.entropy = max(self.entropy, abs(stored - now))


_Batch = Sequence[tuple[NodeId, frozenset[NodeId]]]
"""Tips, each with the nodes on its path that are to be checked."""


def _batches(tree: TokenTree, chosen: Sequence[NodeId]) -> Iterator[tuple[int, _Batch]]:
    """Yield the chosen nodes as the fewest paths, `BATCH` at a time, with how many come to pass."""
    left = set(chosen)
    paths: list[tuple[NodeId, frozenset[NodeId]]] = []
    done = 0
    for node in sorted(chosen, key=tree.depth, reverse=True):
        if node in left:
            covered = frozenset(step for step in tree.path_to(node) if step in left)
            left -= covered
            done += len(covered)
            paths.append((node, covered))
        if len(paths) == BATCH:
            yield done, paths
            paths = []
    if paths:
        yield done, paths


def _compare(engine: Engine, tree: TokenTree, readings: Readings, batch: _Batch, gap: _Gap) -> None:
    paths = [tree.path_to(tip) for tip, _ in batch]
    wanted = [
        Reading(tree.ids_to(tip), max(0, min(map(tree.depth, covered)) - 2))
        for tip, covered in batch
    ]
    kept = [readings.expects(node) for _, covered in batch for node in covered]
    top = max(len(expects) for expects in kept if expects is not None)
    missing: list[tuple[NodeId, tuple[TokenId, ...]]] = []
    for answer in asking(engine, Read(tuple(wanted), top=top, priority=Priority.BACKGROUND)):
        if not isinstance(answer, Expected):
            continue
        path, covered = paths[answer.reading], batch[answer.reading][1]
        node = path[answer.index]
        if node in covered:
            away = _see(readings.expects(node), answer.expects, gap)
            if away:
                missing.append((node, away))
        if answer.following is not None and path[answer.index + 1] in covered:
            own = readings.logprob(path[answer.index + 1])
            if own is not None:
                gap.see_logprob(own, answer.following.logprob)
    _look_for(engine, tree, readings, missing, gap)


def _see(stored: Distribution | None, now: Distribution, gap: _Gap) -> tuple[TokenId, ...]:
    """Compare what both kept; return the stored candidates that are no longer among the kept."""
    assert stored is not None, "only nodes with a distribution are chosen"
    gap.see_entropy(stored.entropy, now.entropy)
    found = dict(zip(now.id_array.tolist(), now.logprob_array.tolist(), strict=True))
    away: list[TokenId] = []
    for token, logprob in zip(stored.id_array.tolist(), stored.logprob_array.tolist(), strict=True):
        if token in found:
            gap.see_logprob(logprob, found[token])
        else:
            away.append(TokenId(token))
    return tuple(away)


def _look_for(
    engine: Engine,
    tree: TokenTree,
    readings: Readings,
    missing: Sequence[tuple[NodeId, tuple[TokenId, ...]]],
    gap: _Gap,
) -> None:
    """Score, where they were kept once, the candidates that are not among the likeliest now."""
    if not missing:
        return
    asked = tuple(Reading(tree.ids_to(n), tree.depth(n) - 1, watch=ids) for n, ids in missing)
    for answer in asking(engine, Read(asked, priority=Priority.BACKGROUND)):
        if isinstance(answer, Expected):
            stored = readings.expects(missing[answer.reading][0])
            assert stored is not None
            kept = dict(zip(stored.id_array.tolist(), stored.logprob_array.tolist(), strict=True))
            for scored in answer.watched:
                gap.see_logprob(kept[scored.id], float(np.float32(scored.logprob)))


def _verdict(
    engine: Engine,
    tree: TokenTree,
    checked: tuple[ModelCard, Sequence[NodeId], int],
    gap: _Gap,
) -> Verdict:
    stored, chosen, total = checked
    verdict = Verdict(
        checked=len(chosen),
        of=total,
        max_abs_delta_logprob=gap.logprob if chosen else None,
        max_abs_delta_entropy=gap.entropy if chosen else None,
        tolerance=0.0,
        model_matches=True,
        ok=gap.logprob == 0.0 and gap.entropy == 0.0 and bool(chosen),
        words="",
    )
    if not chosen:
        return replace(verdict, words="This session holds no exact reading of this model.")
    if _same_arithmetic(stored, engine.card):
        words = (
            "The model, the engine and its arithmetic are those of the session, so every number"
            " must repeat to the last bit: the difference allowed is 0. "
        )
        words += "It does." if verdict.ok else f"It does not: {gap.logprob:.3g} nats at most."
        return replace(verdict, words=words)
    floor = _rounding_floor(engine, tree, chosen)
    words = (
        f"The model file is the session's, but it was read by {stored.engine} on {stored.device}"
        f" and now by {engine.card.engine} on {engine.card.device}: rounding may differ. "
    )
    if floor is None:
        words += "No path is long enough to measure the rounding floor, so only 0 passes."
        return replace(verdict, words=words)
    within = gap.logprob <= floor
    words += f"The largest difference is {gap.logprob:.3g} nats, " + (
        f"within the rounding floor of {floor:.3g} nats measured here."
        if within
        else f"above the rounding floor of {floor:.3g} nats measured here."
    )
    return replace(verdict, tolerance=floor, ok=within, words=words)


def _rounding_floor(engine: Engine, tree: TokenTree, chosen: Sequence[NodeId]) -> float | None:
    longest = max(chosen, key=tree.depth)
    if tree.depth(longest) < LEAST_FOR_FLOORS:
        return None
    for answer in asking(engine, MeasureFloors(tree.ids_to(longest))):
        if isinstance(answer, Floors):
            return answer.rounding_logprob
    return None


def _other_model(session: Session, card: ModelCard) -> Verdict:
    cards = [model.card for model in session.contents().models]
    known = "; ".join(f"{each.name}, SHA-256 {each.sha256 or 'not known'}" for each in cards)
    words = (
        f"This session was read with {known}; loaded is {card.name}, SHA-256"
        f" {card.sha256 or 'not known'}: nothing was compared."
        if cards
        else "No model has read this session: there is nothing to compare."
    )
    return Verdict(0, 0, None, None, None, model_matches=False, ok=False, words=words)
