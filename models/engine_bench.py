"""The engine's speed beside a bare llama.cpp loop over the same batches, as ratios of one run."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.engine import Arithmetic, Continue, Engine, Grow, Grown, Growth, Read, Reading
from core.engine import Path as TokenPath
from core.sampling import FREE, GREEDY, Stream
from core.tokens import TokenId
from models.bench_pairs import (
    ROUNDS,
    Measured,
    Pairs,
    RecordedEngine,
    Taken,
    drain,
    seconds_of,
    timed,
)
from models.engine_process import EngineProcess
from models.llama_engine import LlamaEngine
from models.load_check import MOST_ROWS, RULES
from models.null_decoder import NullEngine
from models.readout import Readout
from models.sample_text import SAMPLE

Json = dict[str, object]
Say = Callable[[str], None]

WIDTH, DEPTH = 3, 6
SHORT_ROUNDS = 9
"""What can be is measured in short pairs: what else the machine does meets both halves alike."""

BESIDE = 40
"""Branches that are there already while Python's work is measured."""

STREAMED = 112
"""Tokens of the branch that is read again: two full batches."""

STOPS = 20

HIGH_LEVEL_NODES = 12
"""How many nodes of the tree the high-level loop is timed on; its total is scaled from them."""


def bench(path: Path, say: Say) -> Json:
    """Measure everything that `swerve bench` tells of the engine."""
    engine = RecordedEngine(path)
    child = EngineProcess(path, lambda _: True, lambda: None)
    try:
        tokens = engine.tokenize(SAMPLE * 30)
        pairs = Pairs(engine, child)
        say("Decoding …")
        decode = {str(n): _decode(pairs, tokens[:400], n) for n in (1, 8, 32)}
        drafted = _drafted(pairs, tokens[:400])
        say("Reading a prompt …")
        prefill = _prefill(pairs, tokens)
        say("Growing a tree …")
        tree = _tree(pairs, tokens[:256])
        say("Switching between branches …")
        switch = _switch(engine, tokens[:1000])
        settle = _settle(pairs, tokens[:64])
        say("Stopping …")
        stop = _stop(child, tokens)
        card = engine.card
        return {
            "model": card.name,
            "quantization": card.quantization,
            "threads": card.threads,
            "decode": decode,
            "drafted": drafted,
            "prefill": prefill,
            "tree": tree,
            "switch": switch,
            "settle_ratio": settle,
            "stop": stop,
            "distribution": [_distribution(size) for size in (49_152, 151_936)],
            "python_work_ratio": max(python_work(rule) for rule in _rules()),
            "resident_overhead_megabytes": _resident(path),
            "shapes": card.arithmetic.check,
        }
    finally:
        child.close()
        engine.close()


def _decode(pairs: Pairs, tokens: TokenPath, branches: int) -> Json:
    """Grow branches as a user gets them from this file, drafts and their proof included."""
    steps = {1: 48, 8: 20, 32: 8}[branches]
    return _grown(pairs, tokens, branches, Continue((), steps, drafts=True))


def _drafted(pairs: Pairs, tokens: TokenPath) -> Json:
    """Draft one branch in batches of one row, and break it off before its proof."""
    return _grown(pairs, tokens, 1, Continue((), 400, drafts=True, block=400), drafts=48)


def _grown(
    pairs: Pairs, tokens: TokenPath, branches: int, wish: Continue, drafts: int | None = None
) -> Json:
    """Grow branches greedily from tips of their own, so that none can lean on another's rows."""
    trunk, ends = tokens[:48], sorted(set(tokens[48:]))

    def paths(number: int) -> list[TokenPath]:
        return [(*trunk, ends[(number + n) % len(ends)], ends[n]) for n in range(branches)]

    def make(number: int) -> Continue:
        growths = tuple(Growth(path, GREEDY, Stream(0, 0)) for path in paths(number))
        return replace(wish, growths=growths)

    def before(number: int) -> None:
        read = Read(tuple(Reading(path, len(path) - 1) for path in paths(number)))
        for engine in (pairs.engine, pairs.child):
            drain(engine, read)

    found = pairs.measure(make, before, SHORT_ROUNDS, drafts)
    return {**_speeds(found), "child_ratio": found.child_ratio}


def _speeds(found: Measured) -> Json:
    return {
        "tokens_per_second": found.speed,
        "raw_tokens_per_second": found.bare_speed,
        "ratio": found.ratio,
    }


def _prefill(pairs: Pairs, tokens: TokenPath) -> Json:
    length = 5 * MOST_ROWS

    def make(number: int) -> Read:
        path = tokens[number + 1 : number + 1 + length]
        return Read((Reading(path, length - 1),))

    return _speeds(pairs.measure(make, lambda _: None, SHORT_ROUNDS))


def _tree(pairs: Pairs, prompt: TokenPath) -> Json:
    seconds: list[float] = []
    bare: list[float] = []
    high: list[float] = []
    read = 0
    distributions = sum(WIDTH**level for level in range(DEPTH))
    asked = _neighbours(_texts(pairs.engine, prompt))
    for number in range(ROUNDS):
        tokens = (*prompt[number:], *prompt[:number])  # another prompt, so that nothing is cached
        pairs.catch_up()
        taken, read = timed(pairs.engine, Grow(tokens, WIDTH, DEPTH))
        seconds.append(taken)
        bare.append(pairs.engine.replay(pairs.engine.recording.take()))
        high.append(_high_level(pairs.engine.file.path, asked) * distributions)
    ratio = statistics.median(s / b for s, b in zip(seconds, bare, strict=True))
    return {
        "width": WIDTH,
        "depth": DEPTH,
        "prompt": len(prompt),
        "seconds": statistics.median(seconds),
        "tokens_read": read,
        "bare_seconds": statistics.median(bare),
        "against_bare": ratio,
        "high_level_seconds": statistics.median(high),
        "times_faster": statistics.median(h / s for h, s in zip(high, seconds, strict=True)),
        "high_level_nodes_timed": HIGH_LEVEL_NODES,
    }


def _neighbours(texts: Sequence[str]) -> list[str]:
    """Return pairs of neighbours spread over a tree whose nodes are asked level by level.

    The second of each is timed, so that what the call keeps of its last prompt counts as it would
    in a whole run, as a script would write it.
    """
    step = len(texts) // HIGH_LEVEL_NODES
    pairs = [texts[first : first + 2] for first in range(step // 2, len(texts) - 1, step)]
    return [text for pair in pairs for text in pair]


def _high_level(path: Path, asked: Sequence[str]) -> float:
    """Return the seconds a node takes with llama-cpp-python's own completion call."""
    run = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-P", "-m", "models.high_level", str(path)],
        input=json.dumps(asked),
        capture_output=True,
        check=True,
        text=True,
    )
    seconds: list[float] = json.loads(run.stdout)
    return statistics.mean(seconds)


def _texts(engine: LlamaEngine, prompt: TokenPath) -> list[str]:
    """Return the texts of all nodes of the measured tree, level by level."""
    paths: dict[int, TokenPath] = {}
    for answer in engine.ask(Grow(prompt, WIDTH, DEPTH)):
        if isinstance(answer, Grown):
            before = prompt if answer.token is None else paths[answer.parent]
            paths[answer.index] = before if answer.token is None else (*before, answer.token.id)
    pieces = engine.vocabulary.pieces
    ordered = sorted(paths.values(), key=len)
    return [b"".join(pieces[t] for t in path).decode(errors="replace") for path in ordered]


def _switch(engine: Engine, trunk: TokenPath) -> Json:
    tips = [(*trunk, trunk[1]), (*trunk, trunk[2])]
    drain(engine, Read(tuple(Reading(tip, len(tip) - 1) for tip in tips)))
    again = 0
    times: list[float] = []
    for turn in range(20):
        tips[turn % 2] = (*tips[turn % 2], trunk[3 + turn])
        tip = tips[turn % 2]
        taken, read = timed(engine, Read((Reading(tip, len(tip) - 1),)))
        times.append(taken)
        again += read - 1
    return {
        "switches": 20,
        "tokens_reread": again,
        "milliseconds_median": statistics.median(times) * 1000,
    }


def _stop(engine: EngineProcess, tokens: TokenPath) -> Json:
    """Stop reading a long prompt at some moment, and wait until the engine answers another.

    What is told includes reading the one token that the other question takes.
    """
    small = Read((Reading(tokens[:1], 0),))
    times: list[float] = []
    for number in range(STOPS):
        asked = engine.ask(Read((Reading(tokens[number + 1 : number + 1501], 0),)))
        next(asked)
        time.sleep(0.013 * (number + 1))  # somewhere inside a batch
        start = time.perf_counter()
        asked.close()
        drain(engine, small)
        times.append((time.perf_counter() - start) * 1000)
    return {
        "stops": STOPS,
        "milliseconds_median": statistics.median(times),
        "milliseconds_p95": sorted(times)[int(0.95 * STOPS)],
    }


def _settle(pairs: Pairs, prompt: TokenPath) -> float:
    """Return the time of a branch's exact re-reading as a share of the time it streamed in."""
    ratios: list[float] = []
    for number in range(ROUNDS):
        growth = Growth(prompt, GREEDY if number == 0 else FREE, Stream(number, 0))
        with Taken(pairs.engine, Continue((growth,), STREAMED, drafts=True), None) as taken:
            pass
        reading = Read((Reading((*prompt, *taken.grown[0]), len(prompt)),))
        ratios.append(seconds_of(drain, pairs.engine, reading) / taken.seconds)
    return statistics.median(ratios)


def _distribution(size: int) -> Json:
    readout = Readout(size)
    rows = np.random.default_rng(0).standard_normal((64, size), np.float32) * 3
    times: list[float] = []
    for row in rows:
        start = time.perf_counter()
        readout.load(row)
        readout.distribution(20, exact=True)
        readout.score(1)
        times.append(time.perf_counter() - start)
    return {"n_vocab": size, "milliseconds": statistics.median(times) * 1000}


def python_work(rule: Arithmetic) -> float:
    """Return the engine's own time per token at depth 4000 as a multiple of that at depth 10.

    As a user's branch grows in batches of this shape, drafted and proved where that pays, beside
    branches that were read before.
    """
    engine = NullEngine(rule)
    try:
        times: dict[int, list[float]] = {10: [], 4000: []}
        for number in range(5):
            for depth, taken in times.items():
                path = tuple(TokenId(1 + (i * 7 + number) % 60) for i in range(depth))
                others = [(*path[:-1], TokenId(token)) for token in range(1, BESIDE + 1)]
                tips = tuple(Reading(tip, depth - 1) for tip in (*others, path))
                drain(engine, Read(tips))
                growths = (Growth(path, GREEDY, Stream(number, 0)),)
                answers = engine.ask(Continue(growths, 300, drafts=True))
                next(answers)  # finding the path is done once, before the first token
                taken.append(seconds_of(list, answers))
        return statistics.median(times[4000]) / statistics.median(times[10])
    finally:
        engine.close()


def _rules() -> Iterator[Arithmetic]:
    """Yield every shape that a file may need: in the widest, branches are drafted and proved."""
    for least, multiple in ((1, 1), *RULES):
        yield Arithmetic(least, multiple, MOST_ROWS, repeats=True, check="nothing is computed")


def _resident(path: Path) -> float:
    """Return the child's memory above the file and llama.cpp's own buffers, in megabytes."""
    run = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-P", "-m", "models.resident", str(path)],
        capture_output=True,
        check=True,
        text=True,
    )
    return float(json.loads(run.stdout)["overhead_megabytes"])
