"""The lab's calibration: 1000 simulations of each kind, at standard size and at quick sizes.

Run it with `PYTHONPATH=. python benchmarks/lab_calibration.py PART`; the parts are `standard`,
`quick`, `means` and `power`. It prints one line of JSON per check. `table FILE…` puts such lines
into `core/lab/calibration.py`, which reports print, and leaves the others. Ends with status 1 when
a share lies outside its range by more than chance.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import astuple, replace
from pathlib import Path
from time import perf_counter

import numpy as np

from core.lab.calibration import CALIBRATION
from core.lab.outcome_json import check_json
from core.lab.self_checks import ALPHA, APART, Check, Count, Size
from core.lab.self_test import FALSE, FULL, HOLDS, logit_checks, self_test, swap_check
from core.lab.statistics.bootstrap import mean_interval
from core.lab.statistics.permutation import lag_pairs
from models.fake_model import FakeModel

QUICK_RUNS = Size(simulations=1000, sequences=40, steps=16, items=24, draws=199)
"""The sizes of a first run: compounding's sequences, belief's and recovery's facts."""

POWER = (  # e, odds ratio, then what lab.md's table 2.4 says at 20, 50, 100 and 200 sequences of 50
    (0.05, 2.0, (0.23, 0.54, 0.79, 0.99)),
    (0.05, 3.0, (0.64, 0.95, 0.99, 1.00)),
    (0.10, 1.5, (0.24, 0.53, 0.85, 1.00)),
    (0.10, 2.0, (0.69, 0.94, 1.00, 1.00)),
    (0.20, 1.5, (0.65, 0.96, 1.00, 1.00)),
)
POWER_SIMULATIONS = 300


def standard() -> Iterator[Check]:
    """Yield the self-test at standard size."""
    yield from self_test(FakeModel, FULL)


def quick() -> Iterator[Check]:
    """Yield it at the sizes of a first run; what it covers there is told, not demanded."""
    for check in self_test(FakeModel, QUICK_RUNS):
        yield replace(check, least=0, most=1)


def means() -> Iterator[Check]:
    """Cover a mean over items whose effects are skewed, at the item numbers of the experiments."""
    for items in (12, 16, 24, 60, 100):

        def holds(seed: int, items: int = items) -> bool:
            values = np.random.default_rng(seed).gamma(2.0, 1.0, items)
            return mean_interval(values, seed=seed + APART).holds(2.0)

        least, most = HOLDS if items >= FULL.items else (0, 1)
        used = ("influence", "belief", "steps", "preamble")
        name = f"mean over {items} items: interval holds the truth"
        yield Count(name, "skewed effects (gamma, shape 2)", least, most, used, holds).over(1000)


def power() -> Iterator[Check]:
    """Yield the power of both tests at the sizes of the design's table, without a trend.

    The table is the within-sequence permutation's, from 80 simulations a cell, so that its 1.00
    stands for 0.954 to 1. The same permutation is run here beside ours, on the same sequences, so
    that a miss can be told from luck of the table's.
    """
    for e, contagion, wanted in POWER:
        fake = FakeModel(e=e, contagion=contagion)
        for sequences, least in zip((20, 50, 100, 200), wanted, strict=True):
            size = replace(FULL, simulations=POWER_SIMULATIONS, sequences=sequences, steps=50)
            truth = f"e = {e:g}, odds ratio {contagion:g}, {sequences} sequences of 50"
            yield within_check(fake, truth, size)
            yield swap_check(fake, truth, size, (least, 1))
            seen = next(logit_checks(fake, truth, size, contagion=contagion))
            yield replace(seen, least=0, most=1)  # the table is the permutation's; this is told
    for e in (0.05, 0.2):
        size = replace(FULL, simulations=POWER_SIMULATIONS, steps=50)
        truth = f"e = {e:g}, no contagion, 100 sequences of 50"
        yield swap_check(FakeModel(e=e), truth, size, FALSE)


def within_check(fake: FakeModel, truth: str, size: Size) -> Check:
    """Count how often a permutation within sequences sees contagion; the table's own test.

    It takes a trend or a position's difficulty for contagion, so the lab does not use it.
    """

    def sees(seed: int) -> bool:
        errors = fake.errors(size.sequences, size.steps, seed)
        rng = np.random.default_rng(seed + 2 * APART)
        drawn = [lag_pairs(rng.permuted(errors, axis=1)) for _ in range(size.draws)]
        more = sum(pairs >= lag_pairs(errors) for pairs in drawn)
        return (more + 1) / (size.draws + 1) <= ALPHA

    name = "within-sequence permutation, for comparison: contagion seen"
    return Count(name, truth, 0, 1, ("compounding",), sees).over(size.simulations)


PARTS: dict[str, Callable[[], Iterator[Check]]] = {
    "standard": standard,
    "quick": quick,
    "means": means,
    "power": power,
}
TABLE = Path("core/lab/calibration.py")
HEAD = '''"""How often the lab was right where the truth was known.

Each line: part, check, truth, share, its interval over the simulations, their number, the range
wanted, who uses it. At quick sizes and below 60 items the share is told and no range is demanded.
"""

from core.lab.calibrated import Calibrated

# ruff: noqa: E501, Q000
# fmt: off
CALIBRATION = (
'''


def write_table(files: list[str]) -> None:
    """Put lines of earlier parts into the module that reports print from; other lines stay."""
    lines = [json.loads(line) for name in files for line in Path(name).read_text().splitlines()]
    rows = {(one.part, one.name, one.truth): astuple(one) for one in CALIBRATION}
    for one in lines:
        part = one["part"]
        if part == "means":  # small numbers of items are what a first run has
            part = "standard" if one["wanted"][0] else "quick"
        share = one["share"]
        cells = (part, one["name"], one["truth"], round(share["estimate"], 4))
        ends = (round(share["low"], 3), round(share["high"], 3), share["items"])
        values = (*cells, *ends, *one["wanted"], tuple(one["used_by"]))
        rows[part, one["name"], one["truth"]] = values
    told = [f"    Calibrated({', '.join(map(repr, values))}),\n" for values in rows.values()]
    TABLE.write_text(HEAD + "".join(told) + ")\n", encoding="utf-8")


def main(words: list[str]) -> int:
    """Print each check of a part as a line of JSON; return 1 when one of them failed."""
    if words[0] == "table":
        write_table(words[1:])
        return 0
    began = perf_counter()
    failed = 0
    for check in PARTS[words[0]]():
        failed += not check.passed
        line = {
            "part": words[0],
            **check_json(check),
            "used_by": check.used_by,
            "seconds": round(perf_counter() - began),
        }
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["standard"]))
