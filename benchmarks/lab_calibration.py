"""The lab's self-test at full size: 1000 simulations of each kind, at standard size.

Run it with `PYTHONPATH=. python benchmarks/lab_calibration.py`; it prints one line per check and
ends with status 1 when a share lies outside its range by more than chance.
"""

import json
import sys
from time import perf_counter

from core.lab.outcome_json import check_json
from core.lab.self_test import FULL, self_test
from models.fake_model import FakeModel


def main() -> int:
    """Print each check as a line of JSON; return 1 when one of them failed."""
    began = perf_counter()
    failed = 0
    for check in self_test(FakeModel, FULL):
        failed += not check.passed
        line = {**check_json(check), "seconds": round(perf_counter() - began)}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
