"""Figures as SVG text: axes, bands, curves, a legend; no library, no reference to elsewhere."""

import math
from collections.abc import Sequence
from html import escape

from core.lab.experiment import Figure, Series, Shape

WIDTH, HEIGHT = 700, 360
LEFT, RIGHT, TOP, BOTTOM = 64, 210, 34, 48
COLOURS = {
    "clean": "#1f6fb2",
    "error": "#c2410c",
    "mention": "#7c3aed",
    "placebo": "#0f766e",
    "control": "#a16207",
    "base": "#57606a",
    "ceiling": "#8b95a1",
}
DASHES = {"clean": "", "error": "", "mention": "7 3", "placebo": "2 3", "ceiling": "1 4"}
LEAST_LOG = 1e-4
GREY = "#8b95a1"
EDGE = WIDTH - RIGHT + 10
"""Where the legend begins."""

FEW = 8
"""Up to so many points of a line have dots."""

CELL = 0.9


def figure_svg(figure: Figure) -> str:
    """Draw a figure. Logarithmic axes are cut off at 1e-4."""
    along = [value for one in figure.series for value in one.reach]
    x = _Axis(along, figure.log_x, LEFT, WIDTH - RIGHT)
    heights = [value for one in figure.series for value in (*one.y, *one.low, *one.high)]
    heights += [one.value for one in figure.floors]
    if figure.zero or any(one.shape is Shape.COLUMNS for one in figure.series):
        heights.append(0.0)
    y = _Axis(heights, figure.log_y, HEIGHT - BOTTOM, TOP)
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
            f' font-family="system-ui, sans-serif" font-size="12" width="{WIDTH}">'
        ),
        f"<title>{escape(figure.title)}</title>",
        f'<text x="{LEFT}" y="18" font-weight="600">{escape(figure.title)}</text>',
    ]
    # Without a label the places along x mean nothing: the legend names what stands there.
    for value in x.ticks() if figure.x_label else ():
        at = x.place(value)
        parts.append(
            f'<path d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#e3e6ea"/>'
            f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{value:g}</text>'
        )
    for value in y.ticks():
        at = y.place(value)
        parts.append(
            f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#e3e6ea"/>'
            f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{value:g}</text>'
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle}" y="{HEIGHT - 10}" text-anchor="middle">'
        f"{escape(figure.x_label)}</text>"
        f'<text transform="translate(14 {HEIGHT / 2}) rotate(-90)" text-anchor="middle">'
        f"{escape(figure.y_label)}</text>"
    )
    for floor in figure.floors:
        at = y.place(floor.value)
        parts.append(
            f'<rect x="{LEFT}" y="{at:.1f}" width="{WIDTH - RIGHT - LEFT}"'
            f' height="{HEIGHT - BOTTOM - at:.1f}" fill="{GREY}" fill-opacity="0.18"/>'
        )
    if figure.zero and not figure.log_y:
        parts.append(
            f'<path d="M{LEFT} {y.place(0.0):.1f}H{WIDTH - RIGHT}" stroke="{GREY}"'
            ' stroke-dasharray="4 3"/>'
        )
    parts += [_drawn(one, x, y) for one in figure.series]
    named = {one.name: one for one in figure.series if one.shape is not Shape.FRAME}
    parts += [_named(one, number) for number, one in enumerate(named.values())]
    for number, floor in enumerate(figure.floors, len(named)):
        top = TOP + 4 + 20 * number
        parts.append(
            f'<rect x="{EDGE}" y="{top}" width="24" height="12" fill="{GREY}"'
            f' fill-opacity="0.18"/><text x="{EDGE + 30}" y="{top + 10}">'
            f"{escape(floor.name)} {floor.value:.2g}</text>"
        )
    parts.append("</svg>")
    return "\n".join(parts)


class _Axis:
    """Places values between two edges, on a linear or a logarithmic scale."""

    def __init__(self, values: Sequence[float], log: bool, start: float, end: float) -> None:  # noqa: FBT001 - a figure's own setting
        finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
        self._log = log
        low, high = self._scale(min(finite)), self._scale(max(finite))
        room = (high - low) * 0.06 or 0.5
        self._low, self._high = low - room, high + room
        self._start, self._end = start, end

    def _scale(self, value: float) -> float:
        return math.log10(max(value, LEAST_LOG)) if self._log else value

    def place(self, value: float) -> float:
        """Return where a value stands, in pixels; beyond an edge it stands at the edge."""
        if math.isnan(value):
            return self._start
        share = (self._scale(value) - self._low) / (self._high - self._low)
        return self._start + min(1.0, max(0.0, share)) * (self._end - self._start)

    def ticks(self) -> list[float]:
        """Return round values to mark."""
        if self._log:
            found = [
                float(f"{step * 10.0**power:.1e}")
                for power in range(math.floor(self._low), math.ceil(self._high) + 1)
                for step in (1, 2, 5)
            ]
            return [v for v in found if self._low <= math.log10(v) <= self._high]
        wide = (self._high - self._low) / 5
        unit = 10 ** math.floor(math.log10(wide))
        step = next(unit * one for one in (1, 2, 5, 10) if unit * one >= wide)
        first = math.ceil(self._low / step)
        last = math.floor(self._high / step)
        return [round(n * step, 10) for n in range(first, last + 1)]


def _drawn(one: Series, x: _Axis, y: _Axis) -> str:
    """Draw a series."""
    colour = COLOURS.get(one.role, "#333333")
    half = CELL / 2
    match one.shape:
        case Shape.FRAME:
            drawn = ""
        case Shape.COLUMNS:
            drawn = _boxes(one, x, y, colour, [0.0] * len(one.y), one.y)
        case Shape.CELLS:
            ends = [v - half for v in one.y], [v + half for v in one.y]
            drawn = _boxes(one, x, y, colour, *ends)
        case Shape.THREAD:
            drawn = _line(one, x, y, f'stroke="{colour}" stroke-opacity="0.35" fill="none"')
        case Shape.AREA:
            drawn = _area(one, x, y, f'fill="{colour}" fill-opacity="0.5"')
            drawn += _line(one, x, y, f'stroke="{colour}" stroke-width="1" fill="none"')
        case Shape.POINTS:
            drawn = _bars(one, x, y, colour) + _dots(one, x, y, colour)
        case Shape.LINE:
            drawn = _curve(one, x, y, colour)
    return drawn


def _curve(one: Series, x: _Axis, y: _Axis, colour: str) -> str:
    """Draw a line over its band, or through its bar where it is a single point."""
    drawn = _line(one, x, y, _stroke(one))
    if one.low and one.high and len(one.x) > 1:
        drawn = _area(one, x, y, f'fill="{colour}" fill-opacity="0.13"') + drawn
    elif one.low and one.high:
        drawn += _bars(one, x, y, colour)
    return drawn + (_dots(one, x, y, colour) if len(one.x) <= FEW else "")


def _stroke(one: Series) -> str:
    colour, dash = COLOURS.get(one.role, "#333333"), DASHES.get(one.role, "5 2")
    return f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}" fill="none"'


def _line(one: Series, x: _Axis, y: _Axis, stroke: str) -> str:
    points = _points(one.x, one.y, x, y)
    return f'<polyline points="{points}" {stroke}/>'


def _area(one: Series, x: _Axis, y: _Axis, fill: str) -> str:
    upper = _points(one.x, one.high, x, y)
    lower = _points(list(reversed(one.x)), list(reversed(one.low)), x, y)
    return f'<polygon points="{upper} {lower}" {fill}/>'


def _points(across: Sequence[float], up: Sequence[float], x: _Axis, y: _Axis) -> str:
    return " ".join(f"{x.place(a):.1f},{y.place(b):.1f}" for a, b in zip(across, up, strict=True))


def _bars(one: Series, x: _Axis, y: _Axis, colour: str) -> str:
    return "".join(
        f'<path d="M{x.place(a):.1f} {y.place(high):.1f}V{y.place(low):.1f}" stroke="{colour}"/>'
        for a, low, high in zip(one.x, one.low, one.high, strict=False)
    )


def _dots(one: Series, x: _Axis, y: _Axis, colour: str) -> str:
    return "".join(
        f'<circle cx="{x.place(a):.1f}" cy="{y.place(b):.1f}" r="3" fill="{colour}"/>'
        for a, b in zip(one.x, one.y, strict=True)
    )


def _boxes(  # noqa: PLR0913, PLR0917 - a series, its axes, its colour, both ends
    one: Series,
    x: _Axis,
    y: _Axis,
    colour: str,
    low: Sequence[float],
    high: Sequence[float],
) -> str:
    half = CELL * one.width / 2
    return "".join(
        f'<rect x="{x.place(a - half):.1f}" y="{y.place(top):.1f}"'
        f' width="{x.place(a + half) - x.place(a - half):.1f}"'
        f' height="{y.place(end) - y.place(top):.1f}" fill="{colour}" fill-opacity="0.8"/>'
        for a, end, top in zip(one.x, low, high, strict=True)
    )


def _named(one: Series, number: int) -> str:
    """Write a series into the legend."""
    top = TOP + 10 + 20 * number
    colour = COLOURS.get(one.role, "#333333")
    match one.shape:
        case Shape.AREA | Shape.COLUMNS | Shape.CELLS:
            sign = f'<rect x="{EDGE}" y="{top - 6}" width="24" height="12" fill="{colour}"/>'
        case Shape.POINTS:
            sign = f'<circle cx="{EDGE + 12}" cy="{top}" r="3" fill="{colour}"/>'
        case _:
            sign = f'<path d="M{EDGE} {top}h24" {_stroke(one)}/>'
    return f'{sign}<text x="{EDGE + 30}" y="{top + 4}">{escape(one.name)}</text>'
