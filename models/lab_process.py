"""The lab's arithmetic in a process of its own: the window hands rows in and goes on painting.

Run as `python -m models.lab_process`, it reads orders, one JSON object a line, from its standard
input, answers each with lines of JSON, and ends when the pipe closes.
"""

import json
import os
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from core.known_error import KnownError
from core.lab.outcome_json import check_json
from core.lab.self_test import FULL, QUICK, self_test
from core.lab_answers import Json, analysed, compared, finite, reported
from models.fake_model import FakeModel

NICE = 5
"""How far it stands behind the window and the model when all want the processor."""


def answers(order: Mapping[str, Any]) -> Iterator[Json]:
    """Yield the answers to one order; the last one has `end`. A failure is a sentence."""
    try:
        match order["do"]:
            case "analyse":
                yield {"found": analysed(order)}
            case "report":
                yield {"found": reported(order)}
            case "compare":
                yield {"found": compared(order)}
            case "selftest":
                yield from _self_test(int(order["simulations"]))
            case unknown:
                yield {"problem": f"The lab cannot {unknown}."}
    except KnownError as error:
        yield {"problem": str(error)}
    except Exception as error:  # noqa: BLE001 - a bug in one order must not end the others
        traceback.print_exc()
        told = f"The rows could not be analysed ({type(error).__name__}: {error}); they are kept."
        yield {"problem": told}
    yield {"end": True}


def _self_test(simulations: int) -> Iterator[Json]:
    size = QUICK if simulations <= QUICK.simulations else FULL
    for check in self_test(FakeModel, replace(size, simulations=simulations)):
        yield {"found": check_json(check)}


def main() -> None:
    """Answer orders until there are no more."""
    os.nice(NICE) if hasattr(os, "nice") else None
    for line in sys.stdin:
        order: Json = json.loads(line)
        for answer in answers(order):
            text = json.dumps(finite(answer | {"id": order["id"]}), ensure_ascii=False)
            sys.stdout.write(text + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
