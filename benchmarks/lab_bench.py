"""Times each experiment against the bare decoder doing the same batches, on the starter model.

A few items of each are measured here and their batches replayed bare, in turn. Bound: the median
ratio is at most 1.3, an experiment's own work included.
"""

import json
import statistics
import sys
from contextlib import suppress
from itertools import islice
from pathlib import Path

from core.lab.asking import Asker
from core.lab.experiment import Dropped, Experiment, Settings, Task
from core.lab.facts import parse_facts
from core.lab.registry import EXPERIMENTS
from models.bench_pairs import RecordedEngine, seconds_of
from models.catalog import starter_model

CELLS, BOUND = 8192, 1.3
ITEMS, BLOCKS = 3, {"compounding": 24}
"""Items per experiment: what is measured together is timed together."""

LEAST_SECONDS = 0.05


def measure(experiment: Experiment, settings: Settings) -> dict[str, object]:
    """Return seconds of some items and of their batches bare, and the median of the ratios."""
    engine = RecordedEngine(starter_model(), cells=CELLS)
    asker = Asker(engine)
    ours: list[float] = []
    raw: list[float] = []
    batches = 0
    try:
        for task in islice(experiment.tasks(settings), settings.items):
            engine.recording.take()
            ours.append(seconds_of(_measured, task, asker))
            done = engine.recording.take()
            batches += len(done)
            raw.append(engine.replay(done))
    finally:
        engine.close()
    # What was measured together with another item costs nothing by itself.
    pairs = [(our, bare) for our, bare in zip(ours, raw, strict=True) if bare > LEAST_SECONDS]
    ratio = statistics.median(our / bare for our, bare in pairs)
    return {
        "experiment": experiment.name,
        "items": settings.items,
        "tokens_read": asker.tokens_read,
        "tokens_reused": asker.tokens_reused,
        "calls": batches,
        "seconds": round(sum(ours), 2),
        "bare_seconds": round(sum(raw), 2),
        "ratio": round(ratio, 3),
        "tokens_per_second": round(asker.tokens_read / sum(ours)),
        "pairs": [[round(our, 2), round(bare, 2)] for our, bare in pairs],
        "bound": BOUND,
    }


def _measured(task: Task, asker: Asker) -> None:
    with suppress(Dropped):  # a fact that is not known costs its reading all the same
        task.measure(asker)


def main(names: list[str]) -> int:
    """Print each measurement as a line of JSON; exit with 1 when one misses its bound."""
    facts = parse_facts(Path("assets/facts/facts.json").read_text(encoding="utf-8"), "facts.json")
    missed = 0
    for experiment in EXPERIMENTS:
        if names and experiment.name not in names:
            continue
        found = measure(experiment, Settings(facts, 0, BLOCKS.get(experiment.name, ITEMS)))
        missed += found["ratio"] > BOUND  # type: ignore[operator] # a number, by its name
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
