"""Writes numbers the way the whole window writes them."""

import math

from core import counts

MINUS = "\N{MINUS SIGN}"

count = counts.count


def probability(value: float | None) -> str:
    """Return a probability to three figures: 0.677, 0.0074, 3.1e-6."""
    if value is None:
        return "\N{EN DASH}"
    if value >= 0.0995:
        return f"{min(value, 1.0):.3f}"
    if value >= 0.00095:
        return f"{value:.4f}" if value < 0.00995 else f"{value:.3f}"
    if value <= 0:
        return "0"
    digits, _, power = f"{value:.1e}".partition("e")
    return f"{digits}e{MINUS}{-int(power)}"


def short_probability(value: float) -> str:
    """Return a probability as small type has room for: .677, .007, <.001."""
    if value >= 0.9995:
        return "1"
    return f"{value:.3f}"[1:] if value >= 0.0005 else "<.001"


def bits(value: float | None) -> str:
    """Return a surprise in bits with one decimal."""
    return "\N{EN DASH}" if value is None else f"{max(value, 0.0):.1f} bits"


def nats(value: float | None) -> str:
    """Return an entropy in nats with two decimals."""
    return "\N{EN DASH}" if value is None else f"{value:.2f} nats"


def seconds(value: float) -> str:
    """Return a duration in the two figures that an estimate deserves: 0.3 s, 12 s, 4 min."""
    if value < 9.5:
        return f"{max(value, 0.1):.1f} s"
    if value < 99.5:
        return f"{value:.0f} s"
    return f"{value / 60:.0f} min"


def counted(value: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: 1 token, 12 tokens."""
    return f"{count(value)} {one if value == 1 else many or one + 's'}"


def surprise_of(logprob: float) -> float:
    """Return the surprise in bits of a log-probability in nats."""
    return -logprob / math.log(2)


def plain(value: float) -> str:
    """Return a number to three figures, with a real minus sign."""
    return f"{value:.3g}".replace("-", MINUS)


def signed(value: float, digits: int) -> str:
    """Return a difference with its sign and so many decimals."""
    sign = "+" if value > 0 else MINUS if value < 0 else ""
    return f"{sign}{abs(value):.{digits}f}"
