"""A model with no weights, and workbenches around it."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from core.branches import Role
from core.distribution import Distribution
from core.engine import (
    Answer,
    Arithmetic,
    Continue,
    End,
    Expected,
    Grow,
    Grown,
    Growth,
    Meter,
    ModelCard,
    Path,
    Read,
    Request,
    Scored,
    Settled,
    Stepped,
    Stopped,
    Turn,
    Withdrawn,
)
from core.forks import ForkSpec
from core.jobs import InlineRunner, run_now
from core.sampling import FREE
from core.storage import InlineStorage
from core.tokens import Token, TokenId, Vocabulary
from core.tree import NodeId
from core.workbench import Change, Workbench

SPEC = ForkSpec("hello", "a", "x", "q", "mno", "?h", tokens=3)

BYTES = tuple(bytes([byte]) for byte in range(256))
REST = 0.05 / 254


class ByteEngine:
    """Speaks in bytes: after byte n it expects n + 1 with p 0.75, n + 2 with p 0.2, others alike.

    "Zz" is one token of its own (256), so that splits may differ; `bos` makes 257 the opening.
    With `drafts` a lone branch is drafted, off by a hair, and wrong from token `slip` on. `asked`
    lists the requests.
    """

    def __init__(self, *, name: str = "bytes", bos: bool = False, shift: int = 1) -> None:
        self.drafts = False
        self.slip: int | None = None
        self.vocabulary = Vocabulary(
            (*BYTES, b"Zz", b"<s>"), frozenset({257}), TokenId(257) if bos else None, frozenset()
        )
        self.card = ModelCard(
            name=name,
            path="",
            architecture="bytes",
            quantization="none",
            parameters=0,
            vocabulary_size=258,
            trained_context=4096,
            context=4096,
            file_bytes=0,
            sha256=name.encode().hex(),
            fingerprint=self.vocabulary.fingerprint,
            engine="bytes 1",
            device="none",
            threads=1,
            arithmetic=Arithmetic(1, 1, 1, repeats=True, check="none"),
            chat_template="",
        )
        self.shift = shift
        self.asked: list[Request] = []
        self.cancelled = 0

    def tokenize(self, text: str) -> Path:
        ids: list[TokenId] = []
        data = text.encode()
        place = 0
        while place < len(data):
            pair = data[place : place + 2] == b"Zz"
            ids.append(TokenId(256 if pair else data[place]))
            place += 2 if pair else 1
        return tuple(ids)

    def probability(self, before: int, token: int) -> float:
        likely = (before + self.shift) % 256
        return 0.75 if token == likely else 0.2 if token == (likely + 1) % 256 else REST

    def scored(self, before: int, token: int) -> Scored:
        p = self.probability(before, token)
        rank = 1 if p == 0.75 else 2 if p == 0.2 else 3
        return Scored(TokenId(token), math.log(p), rank)

    def expects(self, token: int, *, exact: bool = True) -> Distribution:
        likely = (token + self.shift) % 256
        ids = [(likely + step) % 256 for step in range(20)]
        p = np.log(np.array([0.75, 0.2, *[REST] * 18])) - (0 if exact else 0.001)
        return Distribution(np.array(ids, "<i4").tobytes(), p.astype("<f4").tobytes(), 0.9, exact)

    def render_chat(self, turns: tuple[Turn, ...]) -> Path:
        raise AssertionError(turns)

    def ask(self, request: Request) -> Iterator[Answer]:
        self.asked.append(request)
        finished = False
        try:
            match request:
                case Read():
                    yield from self._read(request)
                case Continue():
                    yield from self._continue(request)
                case Grow():
                    yield from self._grow(request)
                case _:
                    raise AssertionError(request)
            yield Meter(1, 2, 0.5)
            finished = True
        finally:
            self.cancelled += not finished

    def _read(self, request: Read) -> Iterator[Answer]:
        for number, reading in enumerate(request.readings):
            path = reading.path
            for index in range(reading.since, len(path)):
                after = path[index + 1] if index + 1 < len(path) else None
                following = None if after is None else self.scored(path[index], after)
                watched = tuple(self.scored(path[index], token) for token in reading.watch)
                yield Expected(number, index, self.expects(path[index]), following, watched)

    def _continue(self, request: Continue) -> Iterator[Answer]:
        if request.drafts and self.drafts and len(request.growths) == 1:
            yield from self._draft(request)
            return
        tips = [growth.path[-1] for growth in request.growths]
        for _ in range(request.limit):
            for number, growth in enumerate(request.growths):
                tips[number], scored = self._next(growth, tips[number])
                yield Stepped(number, scored, scored.logprob, self.expects(tips[number]))
        for number in range(len(tips)):
            yield Stopped(number, End.LIMIT)

    def _next(self, growth: Growth, tip: TokenId) -> tuple[TokenId, Scored]:
        odd = not growth.sampler.is_greedy and growth.stream.number % 2
        token = TokenId((tip + self.shift + (1 if odd else 0)) % 256)
        return token, self.scored(tip, token)

    def _draft(self, request: Continue) -> Iterator[Answer]:
        growth = request.growths[0]
        tip = growth.path[-1]
        for index in range(request.limit):  # drafts, wrong from `slip` on
            before, (tip, scored) = tip, self._next(growth, tip)
            if index == self.slip:
                tip = TokenId(tip + 1)
                scored = self.scored(before, tip)
            rough = self.expects(tip, exact=False)
            yield Stepped(0, scored, scored.logprob, rough, draft=True)
        tip = growth.path[-1]
        for index in range(request.limit):
            tip, scored = self._next(growth, tip)
            if index == self.slip:
                yield Withdrawn(0, index)
            proof = self.expects(tip)
            if self.slip is not None and index >= self.slip:
                yield Stepped(0, scored, scored.logprob, proof)
            else:
                yield Settled(0, index, scored, scored.logprob, proof)
        yield Stopped(0, End.LIMIT)

    def _grow(self, request: Grow) -> Iterator[Answer]:
        floor = math.log(request.least_probability) if request.least_probability else -math.inf
        yield Grown(0, 0, None, self.expects(request.path[-1]))
        layer = [(0, request.path[-1], 0.0)]
        count = 0
        for _ in range(request.depth - 1):
            deeper: list[tuple[int, TokenId, float]] = []
            for index, tip, reached in layer:
                for candidate in self.expects(tip).candidates[: request.width]:
                    scored = self.scored(tip, candidate.id)
                    if reached + scored.logprob >= floor:
                        count += 1
                        yield Grown(count, index, scored, self.expects(candidate.id))
                        deeper.append((count, candidate.id, reached + scored.logprob))
            layer = deeper

    def close(self) -> None:
        pass


def typed(text: str) -> tuple[Token, ...]:
    return tuple(Token(TokenId(byte), bytes([byte])) for byte in text.encode())


@pytest.fixture
def tokens() -> Callable[[str], tuple[Token, ...]]:
    return typed


@pytest.fixture
def engine() -> ByteEngine:
    return ByteEngine()


@pytest.fixture
def drafting(workbench: Workbench) -> ByteEngine:
    """The workbench's model is one that drafts what a lone branch grows by."""
    engine = ByteEngine()
    engine.drafts = True
    workbench.attach_engine(engine)
    return engine


@pytest.fixture(scope="session")
def make_engine() -> type[ByteEngine]:
    return ByteEngine


@pytest.fixture
def workbench(engine: ByteEngine) -> Workbench:
    """A workbench without a file, with a model attached."""
    workbench = Workbench(run_now, InlineRunner, None)
    workbench.attach_engine(engine)
    return workbench


@pytest.fixture
def changes(workbench: Workbench) -> list[Change]:
    heard: list[Change] = []
    workbench.observe(heard.append)
    return heard


class Heard(Workbench):
    """A workbench that keeps what it told."""

    def __init__(self, post, make_runner, make_storage) -> None:
        super().__init__(post, make_runner, make_storage)
        self.heard: list[Change] = []

    @property
    def problems(self) -> list[str]:
        """The sentences for the user so far."""
        return [change.problem for change in self.heard if change.problem is not None]


@pytest.fixture
def bench(engine):
    """Makes workbenches that save, on one thread; closes them all."""
    made: list[Heard] = []

    def make(*, attached=engine):
        workbench = Heard(run_now, InlineRunner, InlineStorage)
        workbench.attach_engine(attached)
        workbench.observe(workbench.heard.append)
        made.append(workbench)
        return workbench

    yield make
    for workbench in made:
        workbench.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "afternoon.swerve"


@pytest.fixture
def saved(bench, path, tokens):
    """A session with one of everything, in its file."""
    workbench = bench()
    workbench.start_untitled(path)
    workbench.tell_fork(SPEC)
    tip = workbench.tip_of(workbench.fork.branches[Role.ERROR])
    workbench.continue_from([tip], tokens=4, sampler=FREE, seed=3, samples=2)
    workbench.insert(NodeId(3), tokens("\u00e9"), name="odd")
    workbench.note(tip, "here it turns")
    workbench.bookmark(NodeId(2), True)
    workbench.hide(workbench.fork.branches[Role.CONTROL])
    workbench.set_setting("watch", "Facebook")
    workbench.start_prompt(tokens("second"))
    workbench.undo()
    workbench.close()
    return workbench
