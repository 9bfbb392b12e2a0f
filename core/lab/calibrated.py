"""What a calibration found, as reports print it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Calibrated:
    """A share of simulations in which something happened, and the range it should lie in."""

    part: str
    name: str
    truth: str
    share: float
    low: float
    high: float
    simulations: int
    least: float
    most: float
    used_by: tuple[str, ...]
