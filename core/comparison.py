"""How far two distributions over the same vocabulary lie apart."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Divergence:
    """KL(p ‖ q) in nats, √JS in √nats (0 to √ln 2), and whether the likeliest token differs."""

    kl: float
    sqrt_js: float
    flip: bool


def log_softmax(logits: Row) -> Row:
    """Return log-probabilities of one row of logits, float32, within about 1e-6 nats."""
    shifted: Row = logits - logits.max()
    shifted -= np.float32(np.log(np.exp(shifted).sum()))
    return shifted


def divergence(log_p: Row, log_q: Row) -> Divergence:
    """Hold two rows of log-probabilities against each other, shape (vocabulary,) each.

    JS is the mean of the KL divergences of p and q from their mixture (Lin 1991); its square root
    is a metric. The mixture m enters as ln(m/p) = log1p(expm1(ln q - ln p) / 2), which is exact
    for equal rows and keeps its digits for close ones. Sums run in float64 over float32 terms;
    a negative sum is rounding, and 0. Where p has a token that q has not, KL is infinite.
    """
    p, q = np.exp(log_p), np.exp(log_q)
    with np.errstate(invalid="ignore"):
        gap = log_q - log_p
        kl = -float((p * gap).sum(dtype=np.float64))
    if math.isnan(kl):  # tokens that cannot come: 0 ln 0 = 0
        gap[np.isnan(gap)] = 0.0
        can_come = p > 0
        kl = -float((p[can_come] * gap[can_come]).sum(dtype=np.float64))
    np.clip(gap, -80, 80, out=gap)  # beyond, exp leaves float32 and the weight is 0 anyway
    below = p * np.log1p(np.expm1(gap) / 2) + q * np.log1p(np.expm1(-gap) / 2)
    js = -float(below.sum(dtype=np.float64)) / 2
    return Divergence(
        max(kl, 0.0) + 0.0,
        float(np.sqrt(max(js, 0.0))) + 0.0,
        int(log_p.argmax()) != int(log_q.argmax()),
    )


def log_sum_exp(logprobs: Sequence[float]) -> float:
    """Return ln Σ exp of log-probabilities, minus infinity for none."""
    highest = max(logprobs, default=-math.inf)
    if highest == -math.inf:
        return highest
    return highest + math.log(math.fsum(math.exp(value - highest) for value in logprobs))
