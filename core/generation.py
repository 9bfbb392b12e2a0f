"""Reading and growing paths, as generators over an engine."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.counts import count
from core.distribution import LOGPROBS, Distribution
from core.engine import (
    Answer,
    Continue,
    Engine,
    Expected,
    Grow,
    Grown,
    Growth,
    Meter,
    ModelCard,
    Path,
    Read,
    Reading,
    Request,
    Scored,
    Settled,
    Stepped,
    Stopped,
    Withdrawn,
)
from core.products import (
    Aside,
    Forked,
    Grew,
    Halted,
    Place,
    Preview,
    Product,
    Proved,
    ReadAt,
    Spent,
    Withdrew,
)
from core.sampling import Sampler
from core.splitting import split_after, warning_for
from core.tokens import Token, TokenId


def context_full(card: ModelCard) -> str:
    """Say that a branch ended because the model can hold no longer one."""
    return (
        f"A branch ended because the model's context of {count(card.context)} tokens is full:"
        " go on from an earlier token."
    )


def asking(engine: Engine, request: Request) -> Iterator[Answer]:
    """Yield the engine's answers; closing this cancels the request."""
    answers = engine.ask(request)
    try:
        yield from answers
    finally:
        close = getattr(answers, "close", None)
        if close is not None:
            close()


@dataclass(frozen=True, slots=True)
class Route:
    """The path at a place, and the first index whose token lacks a reading."""

    place: Place
    path: Path
    since: int

    @property
    def reading(self) -> Reading:
        """What an engine must read; one position earlier, so that the first token is scored."""
        return Reading(self.path, max(0, self.since - 1))


def read_routes(engine: Engine, routes: Sequence[Route]) -> Iterator[Product]:
    """Read the missing ends of several paths exactly, in one request."""
    waiting = [route for route in routes if route.since < len(route.path)]
    if not waiting:
        return
    for answer in asking(engine, Read(tuple(route.reading for route in waiting))):
        match answer:
            case Expected(number, index, expects, following):
                place = waiting[number].place
                yield ReadAt(place, index, None, expects)
                if following is not None:
                    yield ReadAt(place, index + 1, following, None)
            case Meter():
                yield Spent(answer)
            case _:
                raise AssertionError(f"a Read was answered with {answer}")


@dataclass(frozen=True, slots=True)
class Continuation:
    """Several paths that grow side by side by up to `limit` tokens."""

    growths: tuple[tuple[Place, Growth], ...]
    limit: int


def continue_paths(engine: Engine, continuation: Continuation) -> Iterator[Product]:
    """Grow paths; tokens are told as drafts, provisional, before they are proved."""
    places = [place for place, _ in continuation.growths]
    growths = tuple(growth for _, growth in continuation.growths)
    for answer in asking(engine, Continue(growths, continuation.limit, drafts=True)):
        match answer:
            case Stepped(growth, token, drawn, expects, is_draft):
                draft_of = growths[growth] if is_draft else None
                yield Grew(places[growth], token, expects, drawn, draft_of)
            case Settled(growth, index, token, drawn, expects):
                at = len(growths[growth].path) + index
                yield Proved(places[growth], at, token, expects, drawn)
            case Withdrawn(growth, index):
                yield Withdrew(places[growth], len(growths[growth].path) + index)
            case Stopped(growth, end):
                yield Halted(places[growth], end)
            case Meter():
                yield Spent(answer)
            case _:
                raise AssertionError(f"a Continue was answered with {answer}")


@dataclass(frozen=True, slots=True)
class Drafted:
    """What stands at the end of the path at `place` unproved, and how to draw it again."""

    place: Place
    growth: Growth
    drafts: Path


def prove_drafts(engine: Engine, drafted: Sequence[Drafted]) -> Iterator[Product]:
    """Draw again what a stopped continuation left as drafts; nothing new is written.

    Each path stands as far as exact draws give the same tokens, and ends there.
    """
    for each in drafted:
        yield from _prove(engine, each)


def _prove(engine: Engine, drafted: Drafted) -> Iterator[Product]:
    growth, place = drafted.growth, drafted.place
    first = len(growth.path)
    proved = 0
    for answer in asking(engine, Continue((growth,), len(drafted.drafts))):
        match answer:
            case Stepped(_, token, drawn, expects) if token.id == drafted.drafts[proved]:
                yield Proved(place, first + proved, token, expects, drawn)
                proved += 1
            case Stepped():
                yield Withdrew(place, first + proved)
                return
            case Stopped():
                pass
            case Meter():
                yield Spent(answer)
            case _:
                raise AssertionError(f"a Continue without drafts was answered with {answer}")


def grow_tree(engine: Engine, request: Grow) -> Iterator[Product]:
    """Grow the tree of the likeliest tokens; places are numbered as the engine numbers nodes.

    Place 0 is the path itself, and what is expected after it comes first.
    """
    for answer in asking(engine, request):
        match answer:
            case Grown(0, _, _, expects):
                yield ReadAt(0, len(request.path) - 1, None, expects)
            case Grown(index, parent, Scored() as token, expects):
                yield Forked(index, parent, token, expects)
            case Stopped(node, end):
                yield Halted(node, end)
            case Meter():
                yield Spent(answer)
            case _:
                raise AssertionError(f"a Grow was answered with {answer}")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sampler's own p of the candidates after a path, by token id: 0 for what it cuts."""

    sampler: Sampler
    chances: Mapping[TokenId, float]


def read_drawn(engine: Engine, path: Path, sampler: Sampler) -> Iterator[Product]:
    """Yield what `sampler` makes of the distribution after `path`, aside."""
    reading = Reading(path, len(path) - 1, (), sampler)
    for answer in asking(engine, Read((reading,))):
        match answer:
            case Expected(_, _, expects, _, _, bytes() as packed):
                chances = np.exp(np.frombuffer(packed, LOGPROBS).astype(float)).tolist()
                ids = (candidate.id for candidate in expects.candidates)
                yield Aside(Drawn(sampler, dict(zip(ids, chances, strict=True))))
            case Meter():
                yield Spent(answer)
            case _:
                pass


def preview_text(engine: Engine, path: Sequence[Token], text: str) -> Iterator[Product]:
    """Split `text` as it would stand after `path`, and score it token by token."""
    split = split_after(engine, path, text)
    ids = tuple(token.id for token in path)
    scored: list[Scored | None] = [None] * len(split.tokens)
    if split.tokens:
        reading = Reading((*ids, *split.ids), max(0, len(ids) - 1))
        for answer in asking(engine, Read((reading,))):
            match answer:
                case Expected(_, index, _, Scored() as following):
                    scored[index + 1 - len(ids)] = following
                case Meter():
                    yield Spent(answer)
                case _:
                    pass
    yield Preview(text, split.tokens, tuple(scored), split.canonical, warning_for(text, split))


def score_endings(
    engine: Engine, endings: Sequence[tuple[Path, Path]]
) -> Iterator[Spent | tuple[float, ...]]:
    """Force each ending after its path; yield the endings' log-probabilities (nats) last."""
    sums = [0.0] * len(endings)
    readings = tuple(Reading((*path, *ending), len(path) - 1) for path, ending in endings)
    for answer in asking(engine, Read(readings)):
        match answer:
            case Expected(number, _, _, Scored(_, logprob)):
                sums[number] += logprob
            case Meter():
                yield Spent(answer)
            case _:
                pass
    yield tuple(sums)


def is_settled(expects: Distribution | None) -> bool:
    """Return whether there is a distribution, and an exact one."""
    return expects is not None and expects.exact
