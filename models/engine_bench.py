"""The engine's speed beside a bare llama.cpp loop over the same batches, as ratios of one run."""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import llama_cpp
import numpy as np

from core.engine import Continue, Engine, Grow, Growth, Read, Reading
from core.engine import Path as TokenPath
from core.sampling import GREEDY, Sampler, Stream
from models.engine_process import EngineProcess
from models.llama_decoder import LlamaDecoder
from models.llama_engine import SEQUENCES, LlamaEngine
from models.load_check import MOST_ROWS
from models.null_decoder import NullEngine
from models.readout import Readout
from models.replay import Operation, Recording

Json = dict[str, object]
Say = Callable[[str], None]

CELLS = 4096
ROUNDS = 3
"""Every ratio is the median of so many pairs, measured in turn."""

TEXT = (
    "The harbour was quiet when the first boats came in, and nobody on the quay spoke. A woman in"
    " a grey coat counted the crates, wrote the number down, crossed it out and counted again. "
)
FREE = Sampler(temperature=1.0)
HIGH_LEVEL_NODES = 12
"""How many nodes of the tree the high-level loop is timed on; its total is scaled from them."""


class _RecordedEngine(LlamaEngine):
    """The engine in this process, with every call to its decoder remembered."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, lambda _: True, cells=CELLS)

    def wrap(self) -> Recording:
        """Start to remember; before the first request only."""
        recording = Recording(self._decoder)
        self.replace_decoder(recording)
        return recording


def bench(path: Path, say: Say) -> Json:
    """Measure everything that `swerve bench` tells of the engine."""
    engine = _RecordedEngine(path)
    recording = engine.wrap()
    bare = LlamaDecoder(
        engine.file,
        cells=CELLS,
        sequences=SEQUENCES,
        most_rows=MOST_ROWS,
        threads=engine.card.threads,
    )
    child = EngineProcess(path, lambda _: True, lambda: None)
    try:
        tokens = engine.tokenize(TEXT * 30)
        pairs = _Pairs(engine, recording, bare, child)
        say("Decoding …")
        decode = {str(n): _decode(pairs, tokens[:400], n) for n in (1, 8, 32)}
        say("Reading a prompt …")
        prefill = _prefill(pairs, tokens)
        say("Growing a tree …")
        tree = _tree(pairs, path, tokens[:256])
        say("Switching between branches …")
        switch = _switch(engine, tokens[:1000])
        settle = _settle(engine, tokens[:64])
        card = engine.card
        return {
            "model": card.name,
            "quantization": card.quantization,
            "threads": card.threads,
            "decode": decode,
            "prefill": prefill,
            "tree": tree,
            "switch": switch,
            "settle_ratio": settle,
            "distribution": [_distribution(size) for size in (49_152, 151_936)],
            "python_work_ratio": _python_work(),
            "resident_overhead_megabytes": _resident(path),
            "shapes": card.arithmetic.check,
        }
    finally:
        child.close()
        engine.close()
        bare.close()


class _Pairs:
    """Runs a request here, then its batches bare, then the request in the child, in turn."""

    def __init__(
        self, engine: LlamaEngine, recording: Recording, bare: LlamaDecoder, child: EngineProcess
    ) -> None:
        self.engine = engine
        self.child = child
        self._recording = recording
        self._bare = bare

    def measure(
        self, make: Callable[[int], Read | Continue | Grow], before: Callable[[int], object]
    ) -> tuple[float, float, float, float]:
        """Return seconds in process, bare and in the child, and tokens read; medians of rounds.

        `before` is not timed.
        """
        ours: list[float] = []
        raw: list[float] = []
        childs: list[float] = []
        read: list[int] = []
        for number in range(ROUNDS):
            request = make(number)
            self._recording.take()
            before(number)
            prepared = self._recording.take()
            answers: list[object] = []
            ours.append(_seconds(lambda r=request, a=answers: a.extend(self.engine.ask(r))))
            read.append(getattr(answers[-1], "tokens_read", 0))
            timed = self._recording.take()
            self._replay(prepared)
            raw.append(_seconds(lambda t=timed: self._replay(t)))
            childs.append(_seconds(lambda r=request: _drain(self.child, r)))
        ratio = statistics.median(o / r for o, r in zip(ours, raw, strict=True))
        child_ratio = statistics.median(c / r for c, r in zip(childs, raw, strict=True))
        bare = statistics.median(raw)
        return bare * ratio, bare, bare * child_ratio, statistics.median(read)

    def _replay(self, operations: list[Operation]) -> None:
        for operation in operations:
            operation(self._bare)


def _seconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _drain(engine: Engine, request: Read | Continue | Grow) -> int:
    return sum(1 for _ in engine.ask(request))


def _decode(pairs: _Pairs, tokens: TokenPath, branches: int) -> Json:
    """Grow branches greedily from tips of their own, so that none can lean on another's rows."""
    steps = {1: 96, 8: 40, 32: 16}[branches]
    trunk, ends = tokens[:48], sorted(set(tokens[48:]))

    def paths(number: int) -> list[TokenPath]:
        return [(*trunk, ends[(number + n) % len(ends)], ends[n]) for n in range(branches)]

    def make(number: int) -> Continue:
        growths = tuple(Growth(path, GREEDY, Stream(0, 0)) for path in paths(number))
        return Continue(growths, steps, quick=branches == 1)

    def before(number: int) -> None:
        read = Read(tuple(Reading(path, len(path) - 1) for path in paths(number)))
        for engine in (pairs.engine, pairs.child):
            _drain(engine, read)

    ours, raw, child, grown = pairs.measure(make, before)
    return {
        "tokens_per_second": grown / ours,
        "raw_tokens_per_second": grown / raw,
        "ratio": raw / ours,
        "child_ratio": raw / child,
    }


def _prefill(pairs: _Pairs, tokens: TokenPath) -> Json:
    length = 512

    def make(number: int) -> Read:
        path = tokens[number + 1 : number + 1 + length]
        return Read((Reading(path, length - 1),))

    ours, raw, _, _ = pairs.measure(make, lambda _: None)
    return {
        "tokens_per_second": length / ours,
        "raw_tokens_per_second": length / raw,
        "ratio": raw / ours,
    }


def _tree(pairs: _Pairs, path: Path, prompt: TokenPath) -> Json:
    width, depth = 3, 6
    seconds: list[float] = []
    bare: list[float] = []
    read = 0
    for number in range(ROUNDS):
        tokens = (*prompt[number:], *prompt[:number])  # another prompt, so that nothing is cached
        pairs._recording.take()  # noqa: SLF001 - one file's two halves
        answers: list[object] = []
        seconds.append(
            _seconds(lambda t=tokens, a=answers: a.extend(pairs.engine.ask(Grow(t, width, depth))))
        )
        read = getattr(answers[-1], "tokens_read", 0)
        timed = pairs._recording.take()  # noqa: SLF001
        bare.append(_seconds(lambda t=timed: pairs._replay(t)))  # noqa: SLF001
    ratio = statistics.median(s / b for s, b in zip(seconds, bare, strict=True))
    distributions = sum(width**level for level in range(depth))
    return {
        "width": width,
        "depth": depth,
        "prompt": len(prompt),
        "seconds": statistics.median(seconds),
        "tokens_read": read,
        "bare_seconds": statistics.median(bare),
        "against_bare": ratio,
        "high_level_seconds": _high_level(path, prompt) * distributions,
        "high_level_nodes_timed": HIGH_LEVEL_NODES,
    }


def _high_level(path: Path, prompt: TokenPath) -> float:
    """Return the seconds a node takes with llama-cpp-python's own completion call."""
    llama = llama_cpp.Llama(str(path), n_ctx=1024, logits_all=True, flash_attn=True, verbose=False)
    text = llama.detokenize(list(prompt)).decode()
    words = (" one", " two", " red", " blue", " the", " old", " new", " cat", " sea", " sun")

    def ask(word: str) -> object:
        return llama.create_completion(text + word, max_tokens=1, logprobs=20, temperature=0)

    ask("")
    start = time.perf_counter()
    for number in range(HIGH_LEVEL_NODES):
        ask(words[number % len(words)])
    seconds = time.perf_counter() - start
    llama.close()
    return seconds / HIGH_LEVEL_NODES


def _switch(engine: Engine, trunk: TokenPath) -> Json:
    tips = [(*trunk, trunk[1]), (*trunk, trunk[2])]
    _drain(engine, Read(tuple(Reading(tip, len(tip) - 1) for tip in tips)))
    again = 0
    times: list[float] = []
    for turn in range(20):
        tips[turn % 2] = (*tips[turn % 2], trunk[3 + turn])
        tip = tips[turn % 2]
        answers: list[object] = []
        times.append(
            _seconds(lambda t=tip, a=answers: a.extend(engine.ask(Read((Reading(t, len(t) - 1),)))))
        )
        again += getattr(answers[-1], "tokens_read", 0) - 1
    return {
        "switches": 20,
        "tokens_reread": again,
        "milliseconds_median": statistics.median(times) * 1000,
    }


def _settle(engine: Engine, prompt: TokenPath) -> float:
    """Return the time of an exact second reading as a share of the time a branch streamed."""
    ratios: list[float] = []
    for number in range(ROUNDS):
        grown: list[int] = []
        growth = Growth(prompt, GREEDY if number == 0 else FREE, Stream(number, 0))

        def stream(grown: list[int] = grown, growth: Growth = growth) -> None:
            for answer in engine.ask(Continue((growth,), 112, quick=True)):
                if (token := getattr(answer, "token", None)) is not None:
                    grown.append(token.id)

        streamed = _seconds(stream)
        whole = (*prompt, *grown)
        reading = Read((Reading(whole, len(prompt)),))
        settled = _seconds(lambda r=reading: _drain(engine, r))
        ratios.append(settled / streamed)
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


def _python_work() -> float:
    """Return the engine's own time per token at depth 4000 as a multiple of that at depth 10."""
    engine = NullEngine()
    try:
        times: dict[int, list[float]] = {10: [], 4000: []}
        for number in range(5):
            for depth, taken in times.items():
                path = tuple(1 + (i * 7 + number) % 60 for i in range(depth))
                _drain(engine, Read((Reading(path, depth - 1),)))
                growths = (Growth(path, GREEDY, Stream(number, 0)),)
                answers = engine.ask(Continue(growths, 300))
                next(answers)  # finding the path is done once, before the first token
                taken.append(_seconds(lambda a=answers: list(a)))
        return statistics.median(times[4000]) / statistics.median(times[10])
    finally:
        engine.close()


def _resident(path: Path) -> float:
    """Return the child's memory above the file and llama.cpp's own buffers, in megabytes."""
    run = subprocess.run(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-P", "-m", "models.resident", str(path)],
        capture_output=True,
        check=True,
        text=True,
    )
    return float(json.loads(run.stdout)["overhead_megabytes"])
