"""What a piece of work yields: a closed set of frozen records that cross from its thread."""

from dataclasses import dataclass

from core.branches import Role
from core.distribution import Distribution
from core.engine import End, Growth, Meter, Scored
from core.tokens import Token
from core.tree import Origin

Place = int
"""A path of nodes that a piece of work talks about, numbered by the work itself."""


@dataclass(frozen=True, slots=True)
class Planted:
    """Tokens to put into the tree after the path at `after` (None: at the root).

    The path through them is `place` from now on. With a `role` they start a branch of their own.
    """

    place: Place
    after: Place | None
    tokens: tuple[Token, ...]
    origin: Origin
    role: Role | None
    name: str | None


@dataclass(frozen=True, slots=True)
class ReadAt:
    """A reading of token number `index` on the path at `place`."""

    place: Place
    index: int
    scored: Scored | None
    expects: Distribution | None


@dataclass(frozen=True, slots=True)
class Grew:
    """The path at `place` has a new token of the model's, and this is expected after it.

    A draft names the continuation that it is `draft_of`: it is proved or withdrawn later.
    """

    place: Place
    token: Scored
    expects: Distribution
    drawn_logprob: float | None = None  # the sampler's own, nats; None where nothing was drawn
    draft_of: Growth | None = None


@dataclass(frozen=True, slots=True)
class Proved:
    """Token number `index` on the path at `place`, which grew as a draft, has exact numbers."""

    place: Place
    index: int
    token: Scored
    expects: Distribution
    drawn_logprob: float


@dataclass(frozen=True, slots=True)
class Withdrew:
    """The path at `place` ends before token number `index`: an exact draw gave another there."""

    place: Place
    index: int


@dataclass(frozen=True, slots=True)
class Forked:
    """The path at `after` goes on with a token; with it, the path is `place` from now on."""

    place: Place
    after: Place
    token: Scored
    expects: Distribution


@dataclass(frozen=True, slots=True)
class Halted:
    """The path at `place` grows no further."""

    place: Place
    end: End


@dataclass(frozen=True, slots=True)
class Believed:
    """Log-probabilities (nats) of two answers after a probe, `distance` tokens after the fork."""

    place: Place
    probe: str
    logprob_truth: float
    logprob_error: float
    distance: int


@dataclass(frozen=True, slots=True)
class Spent:
    """What a request cost."""

    meter: Meter


@dataclass(frozen=True, slots=True)
class Preview:
    """How typed text would enter the tree.

    `tokens` are what would be added; `scored` holds one entry a token, None where nothing is before
    it. `canonical` says whether the ids of the whole path are the model's own split of its text.
    """

    text: str
    tokens: tuple[Token, ...]
    scored: tuple[Scored | None, ...]
    canonical: bool
    warning: str | None


@dataclass(frozen=True, slots=True)
class Aside:
    """Something found beside the tree, for whoever asked: a frozen record of that work's own."""

    found: object


Product = (
    Planted
    | ReadAt
    | Grew
    | Proved
    | Withdrew
    | Forked
    | Halted
    | Believed
    | Spent
    | Preview
    | Aside
)
