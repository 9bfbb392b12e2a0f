"""How fast a model was at each kind of work, as it was measured in this session."""

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
