"""Measures session files: opening 100 000 nodes, their size, appending one node, memory a node."""

import argparse
import json
import statistics
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

import numpy as np

from core.engine import Arithmetic, ModelCard
from core.history import Act, ActState, Added
from core.readings import Row
from core.records import Contents, DrawnRow, ModelRow, NodeRow, ReadingRow
from core.remembered import RememberedPieces
from core.session import Session
from core.session_file import SessionFile
from core.session_reading import load
from core.tokens import Token, TokenId
from core.tree import ActId, NodeId
from gui.app import keep_awake

CARD = ModelCard(
    name="bench",
    path="",
    architecture="none",
    quantization="none",
    parameters=0,
    vocabulary_size=50_000,
    trained_context=0,
    context=0,
    file_bytes=0,
    sha256="0" * 64,
    fingerprint="0" * 64,
    engine="bench",
    device="none",
    threads=1,
    arithmetic=Arithmetic(1, 1, 1, repeats=True, check=""),
    chat_template="",
)


def reading(node: int, chance: np.random.Generator) -> Row:
    """Return a reading with 20 candidates."""
    ids = chance.integers(CARD.vocabulary_size, size=20).astype("<i4").tobytes()
    logprobs = (-np.sort(chance.random(20) * 12)).astype("<f4").tobytes()
    return node, -float(chance.random()), 1, ids, logprobs, 1.5, 1


def big_session(nodes: int) -> Contents:
    """Return a session whose branches of about 100 tokens fork from one another.

    Every node was drawn, and candidates from the whole vocabulary are mentioned somewhere.
    """
    chance = np.random.default_rng(1)
    parents = [
        0 if n == 1 else int(chance.integers(1, n)) if n % 100 == 0 else n - 1
        for n in range(1, nodes + 1)
    ]
    words = tuple(Token(TokenId(n), f" word{n}".encode()) for n in range(5000))
    slots = tuple(int(slot) for slot in chance.integers(len(words), size=nodes))
    act = Act(ActId(1), "grow", "2026", (Added((NodeId(1),)),), ActState.DONE, "")
    columns = (tuple(parents), slots, (1,) * nodes, (1,) * nodes)
    readings = {1: [reading(n, chance) for n in range(1, nodes + 1)]}
    models = (ModelRow(1, CARD),)
    drawn = {NodeId(n): -float(chance.random()) for n in range(1, nodes + 1)}
    pieces = RememberedPieces((n, f" piece{n}".encode(), 0) for n in range(CARD.vocabulary_size))
    return Contents(
        words, columns, models, readings, (act,), (), (), (), {}, drawn=drawn, pieces={1: pieces}
    )


def append_milliseconds(file: SessionFile, nodes: int, times: int) -> list[float]:
    """Return how long single commits of one node with its reading take, each."""
    chance = np.random.default_rng(2)
    taken: list[float] = []
    for node in range(nodes + 1, nodes + times + 1):
        records = (
            NodeRow(NodeId(node), NodeId(node - 1), 0, 1, ActId(1)),
            ReadingRow(1, reading(node, chance)),
            DrawnRow(NodeId(node), -1.0),
        )
        start = time.perf_counter()
        file.append(records)
        taken.append((time.perf_counter() - start) * 1e3)
    return taken


def tree_bytes(contents: Contents) -> float:
    """Return the memory a node takes, children and sight included, readings not."""
    bare = Contents(contents.tokens, contents.nodes, (), {}, contents.acts, (), (), (), {})
    tracemalloc.start()
    session = Session.restored(bare)
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return taken / len(session.tree)


def main() -> int:
    """Print the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=1000, help="single appends to time")
    wishes = parser.parse_args()
    keep_awake()  # garbage is looked for as seldom as in the program
    contents = big_session(wishes.nodes)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.swerve"
        SessionFile.create(path, contents).close()
        size = path.stat().st_size
        opened: list[float] = []
        for _ in range(5):
            start = time.perf_counter()
            session = load(path)
            opened.append(time.perf_counter() - start)
            assert session.readings_of(CARD).expects(NodeId(wishes.nodes)) is not None
            del session
        file = SessionFile.create(path, contents)
        taken = append_milliseconds(file, wishes.nodes, wishes.times)
        file.close()
    figures = {
        "nodes": wishes.nodes,
        "open_seconds_median": round(statistics.median(opened), 3),
        "open_seconds_worst": round(max(opened), 3),
        "file_megabytes": round(size / 1e6, 1),
        "append_milliseconds_median": round(statistics.median(taken), 3),
        "append_milliseconds_p99": round(sorted(taken)[int(len(taken) * 0.99)], 3),
        "tree_bytes_per_node": round(tree_bytes(contents)),
    }
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
