"""What an engine answers, as the JSON that `swerve read`, `continue` and `grow` print.

The names are a public interface: fields may be added, none removed. Natural logarithms; rank 1 is
the likeliest; `piece` is for display and `bytes` (hex) is exact.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict

from core.distribution import Distribution
from core.engine import (
    Continue,
    End,
    Engine,
    Expected,
    Grow,
    Grown,
    Growth,
    Meter,
    ModelCard,
    Read,
    Reading,
    Scored,
    Stepped,
    Stopped,
)
from core.engine import Path as TokenPath
from core.generation import context_full
from core.sampling import Sampler, Stream
from core.splitting import split_opening
from core.tokens import Token, Vocabulary

Json = dict[str, object]
Progress = Callable[[str], None]


def model_json(engine: Engine) -> Json:
    """Tell what is loaded."""
    card = engine.card
    return {
        "name": card.name,
        "path": card.path,
        "sha256": card.sha256,
        "quantization": card.quantization,
        "n_params": card.parameters,
        "n_vocab": card.vocabulary_size,
        "n_ctx_train": card.trained_context,
    }


def measured_json(card: ModelCard) -> Json:
    """Tell what was measured of a model on this machine; null for what was not."""
    return {
        "speed": None
        if card.speed is None
        else {
            "prompt_tokens_per_second": round(card.speed.prompt, 1),
            "stream_tokens_per_second": round(card.speed.stream, 1),
        },
        "cells": None if card.cells is None else asdict(card.cells),
        "floors": None if card.floors is None else asdict(card.floors),
    }


def meter_json(meter: Meter) -> Json:
    """Tell what a request cost."""
    return {
        "tokens_read": meter.tokens_read,
        "tokens_reused": meter.tokens_reused,
        "seconds": round(meter.seconds, 6),
    }


def path_of(engine: Engine, text: str) -> TokenPath:
    """Split a prompt, with the one token before it that some models want."""
    return split_opening(engine, text).ids


def token_json(token: Token) -> Json:
    """Tell a token's identity."""
    piece = token.piece.decode("utf-8", errors="replace")
    return {"id": token.id, "piece": piece, "bytes": token.piece.hex()}


def top_json(vocabulary: Vocabulary, expects: Distribution) -> list[Json]:
    """List the candidates, best first."""
    return [
        {**token_json(vocabulary[candidate.id]), "logprob": candidate.logprob}
        for candidate in expects.candidates
    ]


def read_json(engine: Engine, text: str, *, top: int) -> Json:
    """Tell what the model thinks of each token of a text, and of the next."""
    path = path_of(engine, text)
    vocabulary = engine.vocabulary
    expected: list[Expected] = []
    stats: Json = {}
    for answer in engine.ask(Read((Reading(path),), top=top)):
        match answer:
            case Expected():
                expected.append(answer)
            case Meter():
                stats = meter_json(answer)
            case _:
                pass
    before: Iterable[Expected | None] = (None, *expected[:-1])
    last = expected[-1].expects
    return {
        "model": model_json(engine),
        "tokens": [
            _token_read(vocabulary, vocabulary[token], place)
            for token, place in zip(path, before, strict=True)
        ],
        "next": {
            "entropy": last.entropy,
            "rest": last.rest,
            "top": top_json(vocabulary, last),
        },
        "stats": stats,
    }


def _token_read(vocabulary: Vocabulary, token: Token, before: Expected | None) -> Json:
    scored = before.following if before else None
    return {
        **token_json(token),
        "logprob": scored.logprob if scored else None,
        "rank": scored.rank if scored else None,
        "entropy": before.expects.entropy if before else None,
        "top": top_json(vocabulary, before.expects) if before else [],
    }


def scored_json(vocabulary: Vocabulary, scored: Scored) -> Json:
    """Tell a token that was drawn or chosen."""
    token = token_json(vocabulary[scored.id])
    return {**token, "logprob": scored.logprob, "rank": scored.rank}


def continue_json(  # noqa: PLR0913 - one argument for each option of the command
    engine: Engine,
    text: str,
    *,
    tokens: int,
    branches: int,
    sampler: Sampler,
    seed: int,
    progress: Progress,
) -> Json:
    """Grow continuations of one prompt side by side; branch b uses stream b of the seed."""
    path = path_of(engine, text)
    growths = tuple(Growth(path, sampler, Stream(seed, number)) for number in range(branches))
    grown: list[list[Json]] = [[] for _ in growths]
    ends = [End.LIMIT] * branches
    stats: Json = {}
    steps = 0
    for answer in engine.ask(Continue(growths, tokens)):
        match answer:
            case Stepped(growth, token):
                grown[growth].append(scored_json(engine.vocabulary, token))
                steps += 1
                if steps % 64 == 0:
                    progress(f"{steps} of at most {tokens * branches} tokens")
            case Stopped(growth, end):
                ends[growth] = end
            case Meter():
                stats = meter_json(answer)
            case _:
                pass
    if End.CONTEXT_FULL in ends:
        progress(context_full(engine.card))
    return {
        "model": model_json(engine),
        "branches": [
            {"tokens": row, "ended": end is End.END_OF_TEXT, "end": end}
            for row, end in zip(grown, ends, strict=True)
        ],
        "stats": stats,
    }


def grow_json(  # noqa: PLR0913 - one argument for each option of the command
    engine: Engine,
    text: str,
    *,
    width: int,
    depth: int,
    least_probability: float,
    progress: Progress,
) -> Json:
    """Grow the tree of the likeliest tokens, nested."""
    request = Grow(path_of(engine, text), width, depth, least_probability)
    nodes: list[Grown] = []
    stats: Json = {}
    ends: set[End] = set()
    for answer in engine.ask(request):
        match answer:
            case Grown():
                nodes.append(answer)
            case Stopped(_, end):
                ends.add(end)
            case Meter():
                stats = meter_json(answer)
            case _:
                pass
    if End.CONTEXT_FULL in ends:
        progress(context_full(engine.card))
    return {
        "model": model_json(engine),
        "nodes": len(nodes) - 1,
        "distributions": len(nodes),
        "tree": _nested(engine.vocabulary, nodes),
        "stats": stats,
    }


def _nested(vocabulary: Vocabulary, nodes: Sequence[Grown]) -> Json:
    made: dict[int, Json] = {}
    children: dict[int, list[Json]] = {}
    for node in sorted(nodes, key=lambda node: node.index):
        children[node.index] = []
        if node.token is None:
            identity: Json = {"id": None, "piece": "", "logprob": None}
        else:
            token = token_json(vocabulary[node.token.id])
            identity = {**token, "logprob": node.token.logprob}
        made[node.index] = {
            **identity,
            "entropy": node.expects.entropy,
            "children": children[node.index],
        }
        if node.token is not None:
            children[node.parent].append(made[node.index])
    return made[0]
