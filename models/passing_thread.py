"""Runs llama.cpp on a thread that ends, so that its helpers end too.

OpenMP, which llama.cpp computes with where the compiler has it, keeps a team of helpers for every
thread that ever asked for one. As soon as two such teams are more threads than there are cores,
GNU's gives up waiting actively, and every one of some hundred barriers a token goes through the
kernel: decoding with two such threads alive took 13 ms a token where one alone took 7.
"""

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def on_passing_thread(act: Callable[[], T]) -> T:
    """Return what `act` returns, or raise what it raises, once its thread has ended."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(act())
        except BaseException as error:  # noqa: BLE001 - raised again below
            errors.append(error)

    thread = threading.Thread(target=run, name="passing")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
