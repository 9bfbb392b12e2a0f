"""What work cost in this session, and how fast a model was at each kind of it."""

import math
import time
from collections.abc import Callable, Hashable

from core.engine import Meter

MEMORY = 0.5
"""What weight the measurements before keep when a new one of the same size comes."""

ENOUGH = 4
"""Tokens read in one measurement below which it says nothing."""


class Pace:
    """Tokens a second by kind of work: branches that grow side by side are faster than one."""

    def __init__(self) -> None:
        self._spent: dict[str, tuple[float, float]] = {}

    def take(self, kind: str, meter: Meter) -> None:
        """Take in what a piece of work cost."""
        if meter.tokens_read >= ENOUGH and meter.seconds > 0:
            tokens, seconds = self._spent.get(kind, (0.0, 0.0))
            self._spent[kind] = (
                MEMORY * tokens + meter.tokens_read,
                MEMORY * seconds + meter.seconds,
            )

    def rate(self, kind: str) -> float | None:
        """Return the measured tokens a second of a kind of work, None when it was not done yet."""
        found = self._spent.get(kind)
        return None if found is None else found[0] / found[1]

    def forget(self) -> None:
        """Begin anew: another model has another pace."""
        self._spent.clear()


class Tally:
    """What all work cost together. Seconds in which several pieces were under way count once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.meter = Meter(tokens_read=0, tokens_reused=0, seconds=0.0)
        self._clock = clock
        self._until = -math.inf
        self._began: dict[Hashable, float] = {}

    def begin(self, job: Hashable) -> None:
        """Take note that a piece of work begins."""
        self._began[job] = self._clock()

    def take(self, job: Hashable, meter: Meter) -> None:
        """Take in what a piece of work cost since it began or last told."""
        now = self._clock()
        counted = max(0.0, self._until - self._began.get(job, now))
        self._until = self._began[job] = now
        self.meter = Meter(
            self.meter.tokens_read + meter.tokens_read,
            self.meter.tokens_reused + meter.tokens_reused,
            self.meter.seconds + max(0.0, meter.seconds - counted),
        )

    def end(self, job: Hashable) -> None:
        """Take note that a piece of work has ended."""
        self._began.pop(job, None)
