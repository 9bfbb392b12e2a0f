"""Whether a session's stored numbers are what its model says: they are computed again."""

import math
import random
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.distribution import Distribution
from core.engine import (
    Engine,
    Expected,
    Floors,
    MeasureFloors,
    Meter,
    ModelCard,
    Priority,
    Read,
    Reading,
    Scored,
)
from core.generation import asking
from core.products import Aside, Product, Spent
from core.readings import Readings, Row
from core.session import Session
from core.spoken import Spoken
from core.tokens import TokenId
from core.tree import ROOT, NodeId, TokenTree
from core.verdict import (
    Gap,
    RankMoved,
    Verdict,
    is_same_arithmetic,
    verdict_on,
    verdict_on_another,
)

SAMPLE = 64
"""Readings that are computed again unless all are wanted."""

BATCH = 16
"""Paths in one request, so that progress can be told and work be stopped."""

LEAST_FOR_FLOORS = 64
"""Tokens that a text needs to reach both arithmetics: see `MeasureFloors`."""


@dataclass(frozen=True, slots=True)
class Checked:
    """How far a check has come: readings computed again, of those that were chosen."""

    done: int
    of: int


@dataclass(frozen=True, slots=True)
class Checking:
    """What is to be checked: a session as it stands at one moment.

    The tree may grow meanwhile; `readings` are those of the moment. `stored` is the session's card
    of this model, None when it never read here.
    """

    tree: TokenTree
    readings: Readings
    stored: ModelCard | None
    cards: tuple[ModelCard, ...]


def checking_of(session: Session, card: ModelCard | None) -> Checking:
    """Return what there is to check against a model; takes milliseconds."""
    stored = None if card is None else _stored_card(session, card)
    readings = Readings() if stored is None else Readings(tuple(session.readings_of(stored)))
    return Checking(session.tree, readings, stored, tuple(m.card for m in session.models))


def verify(
    session: Session, engine: Engine, *, sample: int | None, progress: Callable[[str], None]
) -> Verdict:
    """Compute stored exact readings again, and return what came of it; see `check`."""
    for product in check(engine, checking=checking_of(session, engine.card), sample=sample):
        match product:
            case Aside(Checked(done, of)):
                progress(f"{done} of {of} readings")
            case Aside(Verdict() as verdict):
                return verdict
            case _:
                pass
    raise AssertionError("a check ends with a verdict")


def check(engine: Engine, *, checking: Checking, sample: int | None) -> Iterator[Product]:
    """Compute stored exact readings again, `sample` of them (None: all), chosen without bias.

    A reading holds both what is expected after its node and the node's own score. Yields `Checked`
    as it goes and a `Verdict` last, each as an `Aside`.
    """
    stored, tree, readings = checking.stored, checking.tree, checking.readings
    if stored is None:
        yield Aside(verdict_on_another(checking.cards, engine.card))
        return
    spoken = Spoken(tree, engine.vocabulary)
    exact = [
        NodeId(row[0])
        for row in readings
        if row[6] and row[3] is not None and spoken.holds(NodeId(row[0]))
    ]
    chosen = exact
    if sample is not None and sample < len(exact):
        chosen = random.Random(0).sample(exact, sample)  # noqa: S311 - repeatable, not a secret
    yield Aside(Checked(0, len(chosen)))
    seeing = _Seeing()
    for done, batch in _batches(tree, chosen):
        yield from _compare(engine, tree, readings, batch, seeing)
        yield Aside(Checked(done, len(chosen)))
    floor = yield from _rounding_floor(engine, tree, chosen)
    yield Aside(
        verdict_on(
            engine.card,
            stored,
            counts=(len(chosen), len(exact)),
            gap=seeing.gap,
            floor=floor,
        )
    )


def _stored_card(session: Session, card: ModelCard) -> ModelCard | None:
    """Return the stored card of this model: in the same arithmetic if there is one."""
    cards = [model.card for model in session.models]
    same = [each for each in cards if each.sha256 and each.sha256 == card.sha256]
    same = [each for each in same if len(session.readings_of(each))]
    same.sort(key=lambda each: not is_same_arithmetic(each, card))
    return same[0] if same else None


class _Seeing:
    """Takes down how far stored numbers lie from those of now."""

    def __init__(self) -> None:
        self._logprob = self._entropy = self._entropy_share = 0.0
        self._ranks: list[RankMoved] = []

    @property
    def gap(self) -> Gap:
        """How far they lie, so far."""
        return Gap(self._logprob, self._entropy, self._entropy_share, tuple(self._ranks))

    def logprob(self, stored: float, now: float) -> None:
        self._logprob = max(self._logprob, _apart(stored, now))

    def entropy(self, stored: float, now: float) -> None:
        away = _apart(stored, now)
        self._entropy = max(self._entropy, away)
        share = away / (1.0 + now) if math.isfinite(now) else away
        self._entropy_share = max(self._entropy_share, share)

    def own(self, row: Row, now: Scored, beside: Distribution) -> None:
        """Compare a node's own score; `beside` are the likeliest tokens at its place now."""
        logprob, rank = row[1], row[2]
        if logprob is not None:
            self.logprob(logprob, now.logprob)
        if rank is not None and rank != now.rank:
            likeliest: list[float] = beside.logprob_array.tolist()
            self._ranks.append(RankMoved(rank, now.logprob, tuple(likeliest)))

    def candidates(self, stored: Distribution, now: Distribution) -> tuple[TokenId, ...]:
        """Compare what is expected after a node, which must be the likeliest tokens in order.

        Returns the stored candidates that are no longer among the kept, and have to be scored.
        """
        self.entropy(stored.entropy, now.entropy)
        ids, logprobs = stored.id_array.tolist(), stored.logprob_array.tolist()
        if len(set(ids)) < len(ids):
            self.logprob(math.nan, math.nan)
        for was, place in zip(logprobs, now.logprob_array.tolist(), strict=False):
            self.logprob(was, place)
        found = dict(zip(now.id_array.tolist(), now.logprob_array.tolist(), strict=True))
        for token, logprob in zip(ids, logprobs, strict=True):
            if token in found:
                self.logprob(logprob, found[token])
        return tuple(TokenId(token) for token in ids if token not in found)


def _apart(stored: float, now: float) -> float:
    """Return how far numbers lie apart; what is not a number differs infinitely."""
    if stored == now:  # equal infinities have no difference
        return 0.0
    away = abs(stored - now)
    return math.inf if math.isnan(away) else away


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


def _compare(
    engine: Engine, tree: TokenTree, readings: Readings, batch: _Batch, seeing: _Seeing
) -> Iterator[Product]:
    paths = [tree.path_to(tip) for tip, _ in batch]
    wanted = [
        Reading(tree.ids_to(tip), max(0, min(map(tree.depth, covered)) - 2))
        for tip, covered in batch
    ]
    kept = [readings.expects(node) for _, covered in batch for node in covered]
    top = max(len(expects) for expects in kept if expects is not None)
    missing: list[tuple[NodeId, tuple[TokenId, ...]]] = []
    for answer in asking(engine, Read(tuple(wanted), top=top, priority=Priority.BACKGROUND)):
        if isinstance(answer, Meter):
            yield Spent(answer)
        if not isinstance(answer, Expected):
            continue
        path, covered = paths[answer.reading], batch[answer.reading][1]
        node = path[answer.index]
        stored = readings.expects(node)
        if node in covered and stored is not None:
            away = seeing.candidates(stored, answer.expects)
            if away:
                missing.append((node, away))
        if answer.following is not None and path[answer.index + 1] in covered:
            row = readings.row(path[answer.index + 1])
            assert row is not None, "only nodes that were read are chosen"
            seeing.own(row, answer.following, answer.expects)
    yield from _look_for(engine, tree, readings, missing, seeing)


def _look_for(
    engine: Engine,
    tree: TokenTree,
    readings: Readings,
    missing: Sequence[tuple[NodeId, tuple[TokenId, ...]]],
    seeing: _Seeing,
) -> Iterator[Product]:
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
                seeing.logprob(kept[scored.id], float(np.float32(scored.logprob)))
        elif isinstance(answer, Meter):
            yield Spent(answer)


def _rounding_floor(
    engine: Engine, tree: TokenTree, chosen: Sequence[NodeId]
) -> Generator[Product, None, float | None]:
    longest = max(chosen, key=tree.depth, default=ROOT)
    if tree.depth(longest) < LEAST_FOR_FLOORS:
        known = engine.card.floors  # of a text that is long enough
        return None if known is None else known.rounding_logprob
    floor: float | None = None
    for answer in asking(engine, MeasureFloors(tree.ids_to(longest))):
        match answer:
            case Floors():
                floor = answer.rounding_logprob
            case Meter():
                yield Spent(answer)
            case _:
                pass
    return floor
