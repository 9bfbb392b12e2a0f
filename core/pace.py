"""What work cost in this session, and how fast a model was at each kind of it."""

import math
import time
from collections.abc import Callable

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

    def take(self, meter: Meter) -> None:
        """Take in what a piece of work cost that has ended just now."""
        now = self._clock()
        seconds = min(meter.seconds, now - self._until)
        self._until = now
        self.meter = Meter(
            self.meter.tokens_read + meter.tokens_read,
            self.meter.tokens_reused + meter.tokens_reused,
            self.meter.seconds + seconds,
        )
