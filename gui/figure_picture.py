"""A figure of the lab as it is plotted: curves with intervals, floors, the names of its points."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.lab.experiment import Shape
from gui.line_plot import Band


@dataclass(frozen=True, slots=True)
class Curve:
    """One curve: its name, its role by name, points, and an interval at each, or ()."""

    name: str
    role: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    is_second: bool = False
    shape: Shape = Shape.LINE


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure as it is plotted. `items` name the points of the first curve, where they have any.

    `zero` draws a line at 0; `told` says below the plot what its intervals are.
    """

    title: str
    across: str
    up: str
    curves: tuple[Curve, ...]
    log_x: bool = False
    log_y: bool = False
    zero: bool = False
    bands: tuple[Band, ...] = ()
    items: tuple[str, ...] = ()
    told: str = ""


def picture_of(figure: Mapping[str, Any], floors: Mapping[str, float | None]) -> Picture:
    """Return a figure of an outcome; where √JS is plotted, with the floor it stands over."""
    curves = tuple(curve_of(one) for one in figure["series"])
    bands = tuple(Band(str(one["name"]), one["value"]) for one in figure.get("floors", ()))
    level = floors.get("rounding floor, median")
    if not bands and level and "√JS" in str(figure["y_label"]):  # of a session before figures had
        bands = (Band("rounding floor", level),)
    return Picture(
        str(figure["title"]),
        str(figure["x_label"]),
        str(figure["y_label"]),
        curves,
        bool(figure["log_x"]),
        bool(figure["log_y"]),
        (_crosses(curves) or bool(figure.get("zero"))) and not figure["log_y"],
        bands,
        told=f"Intervals: {band}." if (band := str(figure.get("band", ""))) else "",
    )


def curve_of(series: Mapping[str, Any], *, second: str = "") -> Curve:
    """Return a series as a curve; `second` names the run it belongs to, when it is laid over."""
    name = str(series["name"]) + (f" · {second}" if second else "")

    def numbers(key: str) -> tuple[float, ...]:
        return tuple(math.nan if value is None else float(value) for value in series[key])

    return Curve(
        name,
        str(series["role"]),
        numbers("x"),
        numbers("y"),
        numbers("low"),
        numbers("high"),
        bool(second),
        Shape(str(series.get("shape", Shape.LINE))),
    )


def _crosses(curves: Sequence[Curve]) -> bool:
    values = [v for curve in curves for v in (*curve.y, *curve.low) if math.isfinite(v)]
    return bool(values) and min(values) < 0
