"""The port through which the app asks a language model anything.

The engine is stateless by contract: paths go in, frozen records come out, and caches are its own
business. So branches, comparisons and experiments cannot disturb each other.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import Protocol

from core.distribution import Distribution
from core.sampling import Sampler, Stream
from core.tokens import TokenId, Vocabulary

TOP = 20
"""Candidates kept per position unless the user asks for more."""

BLOCK = 8
"""Tokens drafted before they are proved: an exact batch on most machines is a multiple of 8 rows,
and where a draft was wrong, as every thirtieth is at T = 1, those after it are lost."""

Path = tuple[TokenId, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation. `role` is the template's own word: system, user, assistant."""

    role: str
    text: str


class Priority(IntEnum):
    """Who is served first when several wait."""

    USER = 0
    BACKGROUND = 1


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Which batch shapes gave bit-identical numbers when the file was loaded.

    An exact reading uses batches of at least `least_rows` rows, a multiple of `row_multiple`, at
    most `most_rows`. `repeats` is False when no shape agreed; `check` says what was tried, in words
    that another version may choose otherwise: they tell no two models apart.
    """

    least_rows: int
    row_multiple: int
    most_rows: int
    repeats: bool
    check: str = field(compare=False)

    def drafts(self, branches: int) -> bool:
        """Return whether so few branches, growing side by side, are drafted and then proved.

        Drafts are read twice, so that they must be few beside what would be filling.
        """
        return 2 * branches < self.least_rows


@dataclass(frozen=True, slots=True)
class Speed:
    """Tokens a second, measured when the file was loaded for the first time on this machine.

    `prompt` is reading in exact batches, `stream` is one branch growing alone, drafts and their
    proof included.
    """

    prompt: float
    stream: float


@dataclass(frozen=True, slots=True)
class Cells:
    """Where keys and values of a context's tokens lie: `unified` for all branches, or for each.

    `why` says in one sentence how it was chosen.
    """

    unified: bool
    megabytes: float
    why: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is loaded. `path` is empty for a model without a file; `sha256` when not yet known.

    `speed` and `floors` are None while they are not measured, `cells` without a cache of them.
    """

    name: str
    path: str
    architecture: str
    quantization: str
    parameters: int
    vocabulary_size: int
    trained_context: int
    context: int
    file_bytes: int
    sha256: str
    fingerprint: str
    engine: str
    device: str
    threads: int
    arithmetic: Arithmetic
    chat_template: str
    speed: Speed | None = None
    cells: Cells | None = None
    floors: "Floors | None" = None

    def with_hash(self, sha256: str) -> "ModelCard":
        """Return the same card with the file's hash, which takes too long to wait for."""
        return replace(self, sha256=sha256)

    def with_floors(self, floors: "Floors") -> "ModelCard":
        """Return the same card with the floors, which are measured while nobody waits."""
        return replace(self, floors=floors)


@dataclass(frozen=True, slots=True)
class Scored:
    """The log-probability (nats, raw softmax at T = 1) and rank (1 is likeliest) of one token."""

    id: TokenId
    logprob: float
    rank: int


@dataclass(frozen=True, slots=True)
class Reading:
    """Read a path and tell what is expected after its positions from `since` on.

    `watch` are tokens to be scored at each of these positions, whether or not they are among the
    candidates. With a `sampler`, its own p of every candidate is told beside the raw one.
    """

    path: Path
    since: int = 0
    watch: tuple[TokenId, ...] = ()
    sampler: Sampler | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """Exact readings of several paths; what they share is read once. Answers: `Expected`."""

    readings: tuple[Reading, ...]
    top: int = TOP
    priority: Priority = Priority.USER


@dataclass(frozen=True, slots=True)
class Growth:
    """One continuation of a path: how to draw, with which noise, and what was drawn before."""

    path: Path
    sampler: Sampler
    stream: Stream
    drawn: int = 0


@dataclass(frozen=True, slots=True)
class Continue:
    """Let paths grow by up to `limit` tokens each, side by side. Answers: `Stepped`, `Stopped`.

    Every token is drawn from an exact reading. Where so few branches grow that an exact batch would
    mostly be filling, `block` tokens are drafted in the fastest shape and then proved together;
    without a number, `BLOCK` where that pays. With `drafts`, those that take long are told before,
    as `Stepped` drafts with provisional numbers; `Settled` then brings the exact ones, and
    `Withdrawn` takes back what rounding alone had drawn.
    """

    growths: tuple[Growth, ...]
    limit: int
    drafts: bool = False
    block: int | None = None
    top: int = TOP
    priority: Priority = Priority.USER


@dataclass(frozen=True, slots=True)
class Grow:
    """Grow the tree of the `width` likeliest tokens, `depth` distributions deep.

    Answers: `Grown`, and `Stopped` after a node that has no more room in the context.

    Depth counts the distributions along a path: width 3, depth 6 gives 1 + 3 + … + 243 = 364 of
    them. Branches whose probability since `path` falls below `least_probability` are not followed,
    nor tokens beyond the fewest likeliest ones whose probabilities reach `top_p` together.
    """

    path: Path
    width: int
    depth: int
    least_probability: float = 0.0
    top: int = TOP
    priority: Priority = Priority.USER
    top_p: float = 1.0


@dataclass(frozen=True, slots=True)
class Contrast:
    """Force one continuation after several paths and hold their distributions against the first's.

    Answers: `Contrasted`, for distances 0 (right after the paths) to len(continuation).
    """

    reference: Path
    others: tuple[Path, ...]
    continuation: Path
    priority: Priority = Priority.BACKGROUND


@dataclass(frozen=True, slots=True)
class MeasureFloors:
    """Read one text by different routes and in the other arithmetic. Answer: `Floors`.

    Texts of 64 tokens and more reach both arithmetics; a shorter one has no rounding floor.
    """

    path: Path
    priority: Priority = Priority.BACKGROUND


Request = Read | Continue | Grow | Contrast | MeasureFloors


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected after position `index` of reading number `reading`.

    `following` scores the token that the path itself has next (None after the last), `watched` the
    tokens that were asked for. `drawn_logprobs` is a float32 column beside the candidates: their
    log-probabilities after the sampler's filters and temperature, -inf for what it cuts; None when
    no sampler was named.
    """

    reading: int
    index: int
    expects: Distribution
    following: Scored | None
    watched: tuple[Scored, ...]
    drawn_logprobs: bytes | None = None


@dataclass(frozen=True, slots=True)
class Stepped:
    """Continuation number `growth` has a new token, and this is expected after it.

    `logprob` and `rank` are of the raw distribution; `drawn_logprob` is the logarithm of the
    sampler's own p, after its filters and temperature. A `draft` is settled or withdrawn later; one
    that is not, because the request was cancelled, may be a token that an exact draw does not give.
    """

    growth: int
    token: Scored
    drawn_logprob: float
    expects: Distribution
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """Token number `index` of a continuation, told before as a draft, has exact numbers now."""

    growth: int
    index: int
    token: Scored
    drawn_logprob: float
    expects: Distribution


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The drafts of a continuation from number `index` on are not what exact draws give."""

    growth: int
    index: int


class End(StrEnum):
    """Why a continuation is over: that it cannot go on comes before that it was not to."""

    LIMIT = "limit"
    END_OF_TEXT = "end of text"
    CONTEXT_FULL = "context full"


@dataclass(frozen=True, slots=True)
class Stopped:
    """Continuation number `growth`, or the path to that node of a grown tree, is over."""

    growth: int
    end: End


@dataclass(frozen=True, slots=True)
class Grown:
    """Node `index` of a grown tree: the path's own tip is 0, others name their `parent`."""

    index: int
    parent: int
    token: Scored | None
    expects: Distribution


@dataclass(frozen=True, slots=True)
class Contrasted:
    """The distribution after path number `other`, `distance` tokens on, against the reference's.

    `kl` is KL(reference ‖ other) in nats, `sqrt_js` the square root of the Jensen-Shannon
    divergence in nats (Endres & Schindelin 2003: a metric, at most √ln 2), both over the whole
    vocabulary; `flip` says whether the likeliest token differs. The log-probabilities (nats) are
    of the token that is forced next, in the reference's place and in the other's: bit for bit what
    a `Read` tells of it there. None after the last one.
    """

    other: int
    distance: int
    kl: float
    sqrt_js: float
    flip: bool
    reference_logprob: float | None
    other_logprob: float | None


@dataclass(frozen=True, slots=True)
class Floors:
    """Below what a difference means nothing: the largest over the positions of one text.

    The repeat floor holds two exact routes against each other, and is 0 when all is well. The
    rounding floor holds the exact reading against the same text in chunks of 512, the other
    legitimate arithmetic. √JS and KL (nats) over the whole vocabulary; log-probabilities (nats)
    over the 20 likeliest tokens of the exact reading, log-odds (nats) over all pairs of these.
    `rounding_median` is the median √JS over the positions.
    """

    repeat_sqrt_js: float
    repeat_logprob: float
    rounding_sqrt_js: float
    rounding_logprob: float
    rounding_median: float
    repeat_kl: float
    rounding_kl: float
    repeat_log_odds: float
    rounding_log_odds: float


@dataclass(frozen=True, slots=True)
class Meter:
    """What a request cost: tokens decoded, tokens whose cells were already there, seconds."""

    tokens_read: int
    tokens_reused: int
    seconds: float


Answer = Expected | Stepped | Settled | Withdrawn | Stopped | Grown | Contrasted | Floors | Meter


class Engine(Protocol):
    """A loaded model. `ask` and `tokenize` may be called from several threads at once."""

    @property
    def card(self) -> ModelCard:
        """What is loaded."""
        ...

    @property
    def vocabulary(self) -> Vocabulary:
        """All tokens."""
        ...

    def tokenize(self, text: str) -> Path:
        """Split `text` into tokens, adding nothing; control tokens in the text stay text."""
        ...

    def render_chat(self, turns: tuple[Turn, ...]) -> Path:
        """Return a conversation as the tokens that the model's own template makes of it.

        A last turn of the assistant's stays open, to be continued; after any other, the assistant's
        turn is opened. Raises `KnownError` when the model has no template, or a broken one.
        """
        ...

    def ask(self, request: Request) -> Iterator[Answer]:
        """Yield answers as they come, a `Meter` last. Closing the iterator cancels the request.

        It may be closed from another thread while this one waits, and then ends at once.
        Raises `KnownError` when the request cannot be served or the engine has died.
        """
        ...

    def close(self) -> None:
        """Let the model go."""
        ...
