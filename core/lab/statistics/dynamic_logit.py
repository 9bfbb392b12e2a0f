"""Whether an error follows an error once item spread and position are allowed for.

logit P(X_it = 1) = b0 + b1·t + u_i + g·X_i,t−1 with u_i ~ N(0, s²), integrated over 61 equally
spaced nodes. Rungs of the ladder are the same likelihood with terms left out.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from core.lab.statistics.intervals import LEVEL, Floats, Interval
from core.lab.statistics.permutation import Errors

NODES = 61
"""The trapezoid's error vanishes once nodes are as close as what an item tells of itself.

Gauss-Hermite nodes lie too far apart for items that differ much: 15 of them took a spread of 2.3
for 1.9.
"""

NODE_PLACES = np.linspace(-6.0, 6.0, NODES)
_RAW = np.exp(-(NODE_PLACES**2) / 2)
NODE_WEIGHTS = _RAW / float(np.sum(_RAW))


@dataclass(frozen=True, slots=True)
class Terms:
    """Which terms a model has beside its constant; `earlier` is the error before the previous."""

    position: bool
    item: bool
    previous: bool
    earlier: bool = False

    @property
    def count(self) -> int:
        """Parameters, the constant included."""
        return 1 + self.position + self.item + self.previous + self.earlier


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model: constant, position slope (t from −1 to 1), spread s, previous error g.

    `earlier` is the effect of an error two steps back; `last_error` the standard error of the last
    term that the model has of these two.
    """

    terms: Terms
    constant: float
    slope: float
    spread: float
    previous: float
    earlier: float
    log_likelihood: float
    last_error: float

    @property
    def aic(self) -> float:
        """Akaike's criterion: lower is better."""
        return 2 * self.terms.count - 2 * self.log_likelihood

    def survival(self, steps: int) -> Floats:
        """Return P(no error through n) for n = 1 … `steps`, mixed over items."""
        eta = self.constant + self.slope * _places(steps)
        hazards = 1 / (1 + np.exp(-(eta[None] + self.spread * NODE_PLACES[:, None])))
        survival: Floats = NODE_WEIGHTS @ np.cumprod(1 - hazards, axis=1)
        return survival


FULL = Terms(position=True, item=True, previous=True)
NULL = Terms(position=True, item=True, previous=False)
SECOND = Terms(position=True, item=True, previous=True, earlier=True)


def fit(errors: Errors, terms: Terms, start: Fit | None = None) -> Fit:
    """Fit by maximum likelihood to `errors`, shape (sequences, steps), 1 where a step is wrong."""
    x = errors.astype(np.float64)
    steps = _Steps(x)
    used = np.array([True, terms.position, terms.item, terms.previous, terms.earlier])
    share = min(max(float(x.mean()), 1e-3), 1 - 1e-3)
    first = np.array([np.log(share / (1 - share)), 0.0, -0.5 if terms.item else 0.0, 0.0, 0.0])
    if start is not None:
        log_spread = np.log(max(start.spread, 1e-3)) if terms.item else 0.0
        first = np.array([start.constant, start.slope, log_spread, start.previous, start.earlier])

    def loss(some: Floats) -> tuple[float, Floats]:
        theta = np.zeros(5)
        theta[used] = some
        value, gradient = _loss(theta, steps, terms)
        return value, gradient[used]

    bounds = np.array([(-15.0, 15.0), (-10.0, 10.0), (-7.0, 3.0), (-8.0, 8.0), (-8.0, 8.0)])[used]
    found = optimize.minimize(
        loss, first[used], jac=True, method="L-BFGS-B", bounds=[tuple(b) for b in bounds.tolist()]
    )
    theta = np.zeros(5)
    theta[used] = np.asarray(found.x, np.float64)
    spread = float(np.exp(theta[2])) if terms.item else 0.0
    return Fit(
        terms,
        float(theta[0]),
        float(theta[1]),
        spread,
        float(theta[3]),
        float(theta[4]),
        -float(found.fun),
        _standard_error(loss, np.asarray(found.x, np.float64)) if terms.previous else float("nan"),
    )


@dataclass(frozen=True, slots=True)
class Dependence:
    """An earlier error's effect: its log-odds ratio with interval, and the p of no effect."""

    log_odds_ratio: Interval
    p: float
    with_it: Fit
    without: Fit


def measure_dependence(errors: Errors) -> Dependence:
    """Test g = 0 by likelihood ratio (1 degree of freedom); the interval is Wald's."""
    null = fit(errors, NULL)
    full = fit(errors, FULL, null)
    return Dependence(_wald(full, full.previous, len(errors)), ratio_p(full, null), full, null)


def measure_second(errors: Errors) -> Dependence:
    """Test whether an error two steps back adds to the previous one: order 2 against order 1.

    The likelihood ratio has 1 degree of freedom; item spread and position are in both models.
    """
    null = fit(errors, FULL, fit(errors, NULL))
    full = fit(errors, SECOND, null)
    return Dependence(_wald(full, full.earlier, len(errors)), ratio_p(full, null), full, null)


def ratio_p(full: Fit, null: Fit) -> float:
    """Return the p of one more term, by likelihood ratio."""
    ratio = max(0.0, 2 * (full.log_likelihood - null.log_likelihood))
    return float(stats.chi2.sf(ratio, 1))


def shifted(x: Floats, lag: int) -> Floats:
    """Return what stood `lag` steps before; before the first step nothing was wrong."""
    before = np.zeros_like(x)
    before[:, lag:] = x[:, :-lag]
    return before


def _wald(fitted: Fit, effect: float, items: int) -> Interval:
    half = float(stats.norm.ppf((1 + LEVEL) / 2)) * fitted.last_error
    return Interval(effect, effect - half, effect + half, items, "Wald")


def _places(steps: int) -> Floats:
    return np.linspace(-1, 1, steps) if steps > 1 else np.zeros(steps)


class _Steps:
    """Sequences sorted by what stood before each step: a step's chance depends on that alone.

    Each past (errors one and two steps before) and step make a cell, 4·steps in all. `here` and
    `wrong` (sequences, cells) are 1 where a step has that past, and where it is wrong as well;
    `terms` (5, cells) is what multiplies constant, slope, nothing, previous and earlier error.
    """

    def __init__(self, x: Floats) -> None:
        pasts = np.array([(0, 0), (1, 0), (0, 1), (1, 1)], np.float64)
        one, two = shifted(x, 1), shifted(x, 2)
        here = np.stack([(one == a) & (two == b) for a, b in pasts], axis=1).astype(np.float64)
        self.here: Floats = here.reshape(len(x), -1)
        self.wrong: Floats = (here * x[:, None]).reshape(len(x), -1)
        steps = x.shape[1]
        lags = np.repeat(pasts, steps, axis=0).T
        ones = np.ones(4 * steps)
        self.terms: Floats = np.stack([ones, np.tile(_places(steps), 4), 0 * ones, *lags])


def _loss(theta: Floats, steps: _Steps, terms: Terms) -> tuple[float, Floats]:
    """Return the negative log-likelihood and its gradient, shape (5,)."""
    places = NODE_PLACES if terms.item else np.zeros(1)
    weights = NODE_WEIGHTS if terms.item else np.ones(1)
    spread = float(np.exp(theta[2])) if terms.item else 0.0
    # Cells, nodes: far fewer than nodes, sequences, steps.
    logits = (theta @ steps.terms)[:, None] + spread * places
    each = steps.wrong @ logits - steps.here @ np.logaddexp(0, logits)  # sequences, nodes
    top = each.max(axis=1)
    mixed = weights * np.exp(each - top[:, None])
    total = mixed.sum(axis=1)
    value = -float((top + np.log(total)).sum())
    posterior = mixed / total[:, None]
    off = steps.wrong.T @ posterior - (steps.here.T @ posterior) / (1 + np.exp(-logits))
    gradient = -(steps.terms @ off.sum(axis=1))
    gradient[2] = -spread * float((off @ places).sum())
    return value, gradient


def _standard_error(
    loss: Callable[[Floats], tuple[float, Floats]], x: Floats, step: float = 1e-4
) -> float:
    """Return the standard error of the last parameter from the curvature of the likelihood."""
    size = len(x)
    curvature = np.empty((size, size))
    for place in range(size):
        shift = np.zeros(size)
        shift[place] = step
        curvature[place] = (loss(x + shift)[1] - loss(x - shift)[1]) / (2 * step)
    curvature = (curvature + curvature.T) / 2
    variance = float(np.linalg.pinv(curvature)[-1, -1])
    return variance**0.5 if variance > 0 else float("inf")
