"""What the window is measured on: a session of any size, and an engine that makes tokens up."""

import time
from collections.abc import Iterator

import numpy as np

from core.branches import Branch, Role
from core.distribution import Distribution
from core.engine import (
    Answer,
    Arithmetic,
    Continue,
    End,
    Meter,
    ModelCard,
    Request,
    Scored,
    Stepped,
    Stopped,
    Turn,
)
from core.engine import Path as TokenPath
from core.history import Act, ActState, Added, BranchSet
from core.readings import Row
from core.records import Contents, ModelRow
from core.session_models import LAST_MODEL
from core.tokens import Token, TokenId, Vocabulary
from core.tree import ActId, NodeId, Origin

BRANCH = 50
"""Tokens in a branch of the large tree."""

RATE = 200.0
"""Tokens a second of all branches that grow at once."""

KEPT = 20
VOCABULARY = Vocabulary(
    tuple(f" word{n}".encode() for n in range(5000)), frozenset(), None, frozenset()
)
CARD = ModelCard(
    name="bench",
    path="",
    architecture="none",
    quantization="none",
    parameters=0,
    vocabulary_size=len(VOCABULARY),
    trained_context=0,
    context=1 << 20,
    file_bytes=0,
    sha256="0" * 64,
    fingerprint=VOCABULARY.fingerprint,
    engine="bench",
    device="none",
    threads=1,
    arithmetic=Arithmetic(1, 1, 1, repeats=True, check=""),
    chat_template="",
)


class Streamer:
    """An engine that continues every branch with made-up tokens, at a steady pace."""

    card = CARD
    vocabulary = VOCABULARY

    def tokenize(self, text: str) -> TokenPath:
        """Split nothing: no text is typed here, and that of the tree is not judged."""
        del text
        return ()

    def render_chat(self, turns: tuple[Turn, ...]) -> TokenPath:
        """Render nothing: nobody talks here."""
        del turns
        return ()

    def ask(self, request: Request) -> Iterator[Answer]:
        """Answer continuations."""
        if not isinstance(request, Continue):
            yield Meter(0, 0, 0.0)
            return
        began, chance = time.monotonic(), np.random.default_rng(3)
        for step in range(request.limit):
            for number in range(len(request.growths)):
                due = began + (step * len(request.growths) + number) / RATE
                time.sleep(max(0.0, due - time.monotonic()))
                token, logprob = TokenId(int(chance.integers(5000))), -float(chance.random())
                yield Stepped(number, Scored(token, logprob, 1), logprob, _expected(chance))
        for number in range(len(request.growths)):
            yield Stopped(number, End.LIMIT)
        yield Meter(0, 0, 0.0)

    def close(self) -> None:
        """Let nothing go."""


def large_session(nodes: int) -> Contents:
    """Return a session of branches that fork from the first few, so that every column is full."""
    chance = np.random.default_rng(1)
    starts = range(1, nodes + 1, BRANCH)
    parents = [
        n - 1 if (n - 1) % BRANCH else int(chance.integers(0, min(n, 4 * BRANCH)))
        for n in range(1, nodes + 1)
    ]
    slots = tuple(int(slot) for slot in chance.integers(len(VOCABULARY), size=nodes))
    sampled = list(Origin).index(Origin.SAMPLED)
    columns = (tuple(parents), slots, (sampled,) * nodes, (1,) * nodes)
    branches = [
        BranchSet(NodeId(n), None, Branch(NodeId(n), f"branch {n // BRANCH}", Role.OTHER))
        for n in starts
    ]
    settings = {LAST_MODEL: "1"}  # so that the session is opened with its numbers
    act = Act(ActId(1), "grow", "2026", (Added((NodeId(1),)), *branches), ActState.DONE, "")
    readings = {1: [_reading(n, chance) for n in range(1, nodes + 1)]}
    tokens = tuple(Token(TokenId(n), piece) for n, piece in enumerate(VOCABULARY.pieces))
    return Contents(tokens, columns, (ModelRow(1, CARD),), readings, (act,), (), (), (), settings)


def _expected(chance: np.random.Generator) -> Distribution:
    ids = np.arange(KEPT, dtype="<i4").tobytes()
    logprobs = np.sort(-chance.random(KEPT) * 8)[::-1].astype("<f4") - 1
    return Distribution(ids, logprobs.tobytes(), 1.5, exact=True)


def _reading(node: int, chance: np.random.Generator) -> Row:
    expects = _expected(chance)
    return node, -float(chance.random() * 7), 1, expects.ids, expects.logprobs, 1.5, 1
