"""The fork: one prompt, a right and a wrong answer, and the controls beside them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from core.branches import Role, name_after
from core.engine import Engine, Growth, Path
from core.generation import Continuation, Route, continue_paths, read_routes, score_endings
from core.known_error import KnownError
from core.products import Believed, Place, Planted, Product, Spent
from core.sampling import GREEDY, Stream
from core.splitting import Split, split_after, split_opening
from core.tokens import Token
from core.tree import NodeId, Origin

PROMPT: Place = 0


@dataclass(frozen=True, slots=True)
class ForkSpec:
    """What the user wrote: the prompt, the answers, the controls, and how far branches grow."""

    prompt: str
    right: str
    wrong: str
    control: str | None
    mention: str | None
    probe: str | None
    tokens: int = 24


MENTIONING = " something. Some people have heard of"
"""Goes on after any prompt, and names the wrong answer that follows without claiming it."""

DEFAULT_FORK = ForkSpec(
    prompt="Mark Zuckerberg is the CEO of",
    right=" Facebook",
    wrong=" Apple",
    control=" a",
    mention=" a company. Some people have heard of Apple",
    probe=".\nIn fact, Mark Zuckerberg is the CEO of",
)


@dataclass(frozen=True, slots=True)
class Belief:
    """How likely a branch makes the truth and the error, asked by a probe: a side reading.

    Log-probabilities in nats of the whole answers; `distance` counts the tokens after the fork.
    """

    branch: NodeId
    probe: str
    logprob_truth: float
    logprob_error: float
    distance: int


Finding = Belief


@dataclass(frozen=True, slots=True)
class ForkShown:
    """A fork as it stands in the tree: its branches by role, and what was found."""

    spec: ForkSpec
    branches: Mapping[Role, NodeId] = field(default_factory=dict[Role, NodeId])
    beliefs: tuple[Belief, ...] = ()


def tell(engine: Engine, spec: ForkSpec) -> Iterator[Product]:
    """Plant the fork, read it exactly, ask what is believed, then let its branches grow.

    In this order the screen has something new at every step.
    """
    check(spec)
    prompt = split_opening(engine, spec.prompt)
    yield Planted(PROMPT, None, prompt.tokens, Origin.PROMPT, Role.BASE, name_after(spec.prompt))
    yield from read_routes(engine, [Route(PROMPT, prompt.ids, 0)])
    parts = dict(enumerate(_parts(engine, spec, prompt), start=PROMPT + 1))
    for place, part in parts.items():
        name = name_after(part.text)
        yield Planted(place, PROMPT, part.split.tokens, part.origin, part.role, name)
    paths = {place: (*prompt.ids, *part.split.ids) for place, part in parts.items()}
    yield from read_routes(
        engine, [Route(place, path, len(prompt.ids)) for place, path in paths.items()]
    )
    if spec.probe is not None:
        tokens = {place: (*prompt.tokens, *part.split.tokens) for place, part in parts.items()}
        yield from ask_probe(engine, spec, spec.probe, tokens)
    growths = tuple(
        (place, Growth(path, GREEDY, Stream(seed=0, number=place))) for place, path in paths.items()
    )
    if spec.tokens:
        yield from continue_paths(engine, Continuation(growths, spec.tokens))


def check(spec: ForkSpec) -> None:
    """Raise `KnownError` when something that a fork needs is missing."""
    for value, what in (
        (spec.prompt, "prompt"),
        (spec.right, "right answer"),
        (spec.wrong, "wrong answer"),
    ):
        if not value.strip():
            raise KnownError(f"The fork has no {what} yet: type one and tell it again.")
    if spec.right == spec.wrong:
        raise KnownError("The right and the wrong answer are the same: change one of them.")


@dataclass(frozen=True, slots=True)
class _Part:
    role: Role
    origin: Origin
    text: str
    split: Split


def _parts(engine: Engine, spec: ForkSpec, prompt: Split) -> Iterator[_Part]:
    for role, origin, text in (
        (Role.CLEAN, Origin.CHOSEN, spec.right),
        (Role.ERROR, Origin.INSERTED, spec.wrong),
        (Role.MENTION, Origin.INSERTED, spec.mention),
        (Role.CONTROL, Origin.INSERTED, spec.control),
    ):
        if text:
            yield _Part(role, origin, text, split_after(engine, prompt.tokens, text))


def ask_probe(
    engine: Engine, spec: ForkSpec, probe: str, tips: Mapping[Place, tuple[Token, ...]]
) -> Iterator[Product]:
    """Ask after each text how likely the right and the wrong answer are behind the probe."""
    fork = len(split_opening(engine, spec.prompt).tokens)
    endings: list[tuple[Path, Path]] = []
    for tip in tips.values():
        asked = (*tip, *split_after(engine, tip, probe).tokens)
        ids = tuple(token.id for token in asked)
        endings.extend(
            (ids, split_after(engine, asked, answer).ids) for answer in (spec.right, spec.wrong)
        )
    for answer in score_endings(engine, endings):
        match answer:
            case Spent():
                yield answer
            case logprobs:
                pairs = zip(tips.items(), logprobs[::2], logprobs[1::2], strict=True)
                for (place, tip), truth, error in pairs:
                    yield Believed(place, probe, truth, error, len(tip) - fork)


def spec_to_json(spec: ForkSpec) -> str:
    """Write `spec` for the session file."""
    return json.dumps(asdict(spec), ensure_ascii=False)


def spec_from_json(text: str) -> ForkSpec:
    """Read what `spec_to_json` wrote. Raises ValueError or TypeError on anything else."""
    return ForkSpec(**json.loads(text))
