"""What the distances between branches are told in: √JS, KL, or what a forced token loses."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from core.engine import Floors
from core.influence import Influence, Reached, Unread, decay_of
from gui import figures

UNKNOWN = "\N{EN DASH}"
LEAST, LEAST_KL = 1e-4, 1e-8
"""Where logarithmic axes begin; KL is about the square of √JS."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """One quantity of a curve, its floors (rounding, repeat), and what its summary tells.

    `up` and `across` are the words of the axes; `least` is where a logarithmic axis begins, None
    for a quantity with a sign. `lead` is how many tokens further on a value's own token stands.
    """

    name: str
    short: str
    up: str
    across: str
    meaning: str
    values: Callable[[Influence], tuple[float, ...]]
    floors: Callable[[Floors], tuple[float, float]]
    heads: tuple[str, str]
    summary: Callable[[tuple[float, ...], float | None], tuple[str, str]]
    least: float | None
    lead: int


def _decay(curve: tuple[float, ...], floor: float | None) -> tuple[str, str]:
    """Return when a curve falls to half and to a tenth of its start; nothing without a floor."""
    if floor is None:
        return UNKNOWN, UNKNOWN
    decay = decay_of(curve, floor)
    return _reached(decay.half, len(curve)), _reached(decay.tenth, len(curve))


def _reached(level: Reached, last: int) -> str:
    match level:
        case Unread.BELOW_FLOOR:
            return Unread.BELOW_FLOOR.value
        case None:
            return f"not in {last}"
        case int():
            return f"after {level}"


def _change(changes: tuple[float, ...], floor: float | None) -> tuple[str, str]:
    """Return the sum of changes, and how many of them lie beyond the floor."""
    if floor is None:
        return UNKNOWN, UNKNOWN
    beyond = sum(abs(change) > floor for change in changes)
    return f"{figures.signed(math.fsum(changes), 2)} nats", f"{beyond} of {len(changes)}"


SQRT_JS = Quantity(
    "√JS",
    "√JS",
    "√JS",
    "tokens forced",
    "√JS is a metric between 0 and √ln 2 ≈ 0.833",
    lambda curve: curve.sqrt_js,
    lambda floors: (floors.rounding_sqrt_js, floors.repeat_sqrt_js),
    ("half", "tenth"),
    _decay,
    LEAST,
    0,
)
KL = Quantity(
    "KL",
    "KL",
    "KL (nats)",
    "tokens forced",
    "KL(reference ‖ branch), in nats",
    lambda curve: curve.kl,
    lambda floors: (floors.rounding_kl, floors.repeat_kl),
    ("half", "tenth"),
    _decay,
    LEAST_KL,
    0,
)
CHANGE = Quantity(
    "Δ ln p of the forced token",
    "Δ ln p",
    "Δ ln p (nats)",
    "tokens forced before it",
    "ln p of each forced token after the branch less ln p after the reference, in nats",
    lambda curve: curve.changes,
    lambda floors: (floors.rounding_logprob, floors.repeat_logprob),
    ("sum", "beyond the floor"),
    _change,
    None,
    1,
)
QUANTITIES = {one.name: one for one in (SQRT_JS, KL, CHANGE)}
