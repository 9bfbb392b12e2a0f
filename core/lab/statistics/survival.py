"""How long until the first error: curves from censored times, and the laws they may follow."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special, stats

from core.lab.statistics.intervals import LEVEL, Floats, Interval
from core.lab.statistics.jackknife import half_width, kept_parts

Times = NDArray[np.int64]
Events = NDArray[np.bool_]
SHAPE_GROUPS = 20
"""Parts of the sequences that are left out in turn for Weibull's shape."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A step function of the number of steps: `value` from `times` on, with its band."""

    times: Times
    value: Floats
    low: Floats
    high: Floats


def kaplan_meier(times: Times, events: Events) -> Curve:
    """Return P(no event through t) from times, shape (n,), censored where `events` is False.

    The band is Greenwood's on the log-log scale (Kalbfleisch & Prentice), which stays in 0 to 1.
    """
    moments = np.unique(times)
    at_risk = np.array([int(np.sum(times >= moment)) for moment in moments], np.float64)
    deaths = np.array([int(np.sum(events & (times == m))) for m in moments], np.float64)
    survival: Floats = np.asarray(np.cumprod(1 - deaths / at_risk), np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.cumsum(deaths / (at_risk * (at_risk - deaths)))
        log_survival = np.log(survival)
        half = float(stats.norm.ppf((1 + LEVEL) / 2)) * np.sqrt(greenwood) / np.abs(log_survival)
        low, high = survival ** np.exp(half), survival ** np.exp(-half)
    sure = (survival >= 1) | (survival <= 0)
    low[sure], high[sure] = survival[sure], survival[sure]
    return Curve(moments, survival, low, high)


def survival_at(curve: Curve, step: int) -> float:
    """Return the value of a survival curve at a step; before its first time it is 1."""
    place = int(np.searchsorted(curve.times, step, side="right")) - 1
    return 1.0 if place < 0 else float(curve.value[place])


def aalen_johansen(times: Times, causes: Times, cause: int) -> Curve:
    """Return P(`cause` happened by t) among competing `causes` (0 is censored), without a band.

    Not 1 − Kaplan-Meier, which would treat another cause as if it might still end otherwise.
    """
    moments = np.unique(times)
    alive, total = 1.0, 0.0
    values: list[float] = []
    for moment in moments:
        risk = int(np.sum(times >= moment))
        here = times == moment
        total += alive * int(np.sum(here & (causes == cause))) / risk
        alive *= 1 - int(np.sum(here & (causes != 0))) / risk
        values.append(total)
    value = np.array(values)
    return Curve(moments, value, value, value)


def incidence(curve: Curve, steps: Times) -> Floats:
    """Return a cumulative incidence at each of `steps`; before its first time it is 0."""
    places = np.searchsorted(curve.times, steps, side="right")
    return np.asarray(np.concatenate([[0.0], curve.value])[places], np.float64)


@dataclass(frozen=True, slots=True)
class Law:
    """A law of the first error's time: its parameters, log-likelihood (nats) and AIC."""

    name: str
    parameters: tuple[float, ...]
    log_likelihood: float

    @property
    def aic(self) -> float:
        """Akaike's criterion: lower is better."""
        return 2 * len(self.parameters) - 2 * self.log_likelihood

    def survival(self, steps: Floats) -> Floats:
        """Return P(no error through n) for each n of `steps`."""
        found: Floats = np.exp(_log_survival(self.name, self.parameters, steps))
        return found


def _log_survival(name: str, parameters: tuple[float, ...], n: Floats) -> Floats:
    match name:
        case "geometric":
            return np.asarray(n * np.log1p(-parameters[0]), np.float64)
        case "beta-geometric":
            alpha, beta = parameters
            return np.asarray(
                special.betaln(alpha, beta + n) - special.betaln(alpha, beta), np.float64
            )
        case "discrete Weibull":
            q, shape = parameters
            return np.asarray(n**shape * np.log(q), np.float64)
        case _:
            raise AssertionError(name)


def fit_geometric(times: Times, events: Events) -> Law:
    """Fit the one-parameter law of LeCun's line: the same e at every step."""
    steps = float(times.sum())
    deaths = float(events.sum())
    e = min(max(deaths / steps, 1e-12), 1 - 1e-12)
    likelihood = deaths * np.log(e) + (steps - deaths) * np.log1p(-e)
    return Law("geometric", (e,), float(likelihood))


def fit_beta_geometric(times: Times, events: Events) -> Law:
    """Fit a geometric law whose e differs between items as Beta(α, β): (α, β)."""
    start = fit_geometric(times, events).parameters[0]
    return _minimise(
        "beta-geometric",
        times,
        events,
        [(np.log(c * start), np.log(c * (1 - start))) for c in (2.0, 20.0)],
    )


def fit_discrete_weibull(times: Times, events: Events) -> Law:
    """Fit S(n) = q^(n^κ) (Nakagawa & Osaki 1975): (q, κ); κ below 1 is a falling hazard."""
    e = fit_geometric(times, events).parameters[0]
    return _minimise("discrete Weibull", times, events, [(np.log(-np.log1p(-e)), 0.0)])


def weibull_shape(times: Times, events: Events, *, seed: int) -> Interval:
    """Return κ with Student's interval of its logarithm, by a grouped jackknife over sequences."""
    logs = [
        math.log(fit_discrete_weibull(times[kept], events[kept]).parameters[1])
        for kept in kept_parts(len(times), SHAPE_GROUPS, seed=seed)
        if events[kept].any()
    ]
    shape = fit_discrete_weibull(times, events).parameters[1]
    half = half_width(np.array(logs))
    low, high = shape * math.exp(-half), shape * math.exp(min(half, 700.0))
    kind = f"t on the logarithm, jackknife over {len(logs)} parts"
    return Interval(shape, low, high, len(times), kind)


def _minimise(name: str, times: Times, events: Events, starts: list[tuple[float, float]]) -> Law:
    later, earlier = times.astype(np.float64), times.astype(np.float64) - 1

    def natural(x: Floats) -> tuple[float, ...]:
        most = (5.0, 4.0) if name == "discrete Weibull" else (30.0, 30.0)
        one, two = np.exp(np.clip(x, -30, most)).tolist()
        return (float(np.exp(-one)), two) if name == "discrete Weibull" else (one, two)

    def loss(x: Floats) -> float:
        parameters = natural(x)
        after = _log_survival(name, parameters, later)
        before = _log_survival(name, parameters, earlier)
        with np.errstate(divide="ignore"):
            death = before + np.log(-np.expm1(np.minimum(after - before, -1e-300)))
        total = -float(np.where(events, death, after).sum())
        return total if np.isfinite(total) else 1e300

    found = [
        optimize.minimize(loss, np.array(start), method="Nelder-Mead", options={"xatol": 1e-6})
        for start in starts
    ]
    best = min(found, key=lambda result: float(result.fun))
    return Law(name, natural(np.asarray(best.x, np.float64)), -float(best.fun))
