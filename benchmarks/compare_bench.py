"""Times a comparison of branches against the bare decoder doing the same batches.

Eight branches of 256 tokens; the tokens of one are forced after the heads of all eight and every
distribution is held against the first's over the whole vocabulary. With --all, the tokens of each
branch are forced in turn. Bound: 1.2 times the bare time.
"""

import argparse
import json
import statistics
import sys

from core.engine import Engine
from core.influence import Influence, contrast
from core.products import Aside
from models.bench_pairs import RecordedEngine, seconds_of
from models.catalog import starter_model

BRANCHES, TOKENS, ROUNDS, CELLS = 8, 256, 3, 8192
BOUND = 1.2
TEXT = (
    "The harbour was quiet when the first boats came in, and nobody on the quay spoke. A woman in"
    " a grey coat counted the crates, wrote the number down, crossed it out and counted again. "
)


def measure(*, sources: int, rounds: int) -> dict[str, object]:
    """Return seconds of the comparison and of the same batches bare; the ratio of medians."""
    engine = RecordedEngine(starter_model(), cells=CELLS)
    tokens = engine.tokenize(TEXT * 80)
    trunk, ends = tokens[:32], sorted(set(tokens))[:BRANCHES]
    heads = [(*trunk, end) for end in ends]
    _compare(engine, heads, tokens[:4])  # what is cold would be counted as ours
    engine.replay(engine.recording.take())
    ratios: list[float] = []
    ours: list[float] = []
    raw: list[float] = []
    for number in range(rounds if sources == 1 else sources):
        engine.recording.take()
        start = 40 + number * TOKENS
        forced = tokens[start : start + TOKENS]
        curves: list[object] = []
        ours.append(seconds_of(lambda f=forced, c=curves: c.extend(_compare(engine, heads, f))))
        assert len(curves) == BRANCHES - 1
        raw.append(engine.replay(engine.recording.take()))
        ratios.append(ours[-1] / raw[-1])
    engine.close()
    return {
        "branches": BRANCHES,
        "tokens": TOKENS,
        "sources": len(ratios),
        "positions": BRANCHES * (TOKENS + 1),
        "seconds": statistics.median(ours),
        "bare_seconds": statistics.median(raw),
        "ratio": statistics.median(ratios),
        "bound": BOUND,
    }


def _compare(engine: Engine, heads: list[tuple[int, ...]], forced: tuple[int, ...]) -> list[object]:
    products = contrast(engine, heads[0], tuple(heads[1:]), forced)
    return [
        product.found
        for product in products
        if isinstance(product, Aside) and isinstance(product.found, Influence)
    ]


def main() -> int:
    """Print the measurement as JSON; exit with 1 when it misses its bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="force the tokens of every branch")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="pairs of ours and bare")
    options = parser.parse_args()
    found = measure(sources=BRANCHES if options.all else 1, rounds=options.rounds)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    ratio = found["ratio"]
    assert isinstance(ratio, float)
    return 0 if ratio <= BOUND else 1


if __name__ == "__main__":
    sys.exit(main())
