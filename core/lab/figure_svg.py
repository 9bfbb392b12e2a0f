"""Figures as SVG text: axes, bands, curves, a legend; no library, no reference to elsewhere."""

import math
from collections.abc import Sequence
from html import escape

from core.lab.experiment import Figure, Series

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


def figure_svg(figure: Figure) -> str:
    """Draw a figure. Logarithmic axes are cut off at 1e-4."""
    x = _Axis(
        [value for one in figure.series for value in one.x], figure.log_x, LEFT, WIDTH - RIGHT
    )
    heights = [value for one in figure.series for value in (*one.y, *one.low, *one.high)]
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
    for number, one in enumerate(figure.series):
        parts.append(_series(one, x, y, number))
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


def _series(one: Series, x: _Axis, y: _Axis, number: int) -> str:
    colour = COLOURS.get(one.role, "#333333")
    dash = DASHES.get(one.role, "5 2")
    parts: list[str] = []
    if one.low and one.high:
        upper = [f"{x.place(a):.1f},{y.place(b):.1f}" for a, b in zip(one.x, one.high, strict=True)]
        lower = [f"{x.place(a):.1f},{y.place(b):.1f}" for a, b in zip(one.x, one.low, strict=True)]
        points = " ".join([*upper, *reversed(lower)])
        if len(one.x) > 1:
            parts.append(f'<polygon points="{points}" fill="{colour}" fill-opacity="0.13"/>')
        else:
            at, top, end = x.place(one.x[0]), y.place(one.high[0]), y.place(one.low[0])
            parts.append(f'<path d="M{at:.1f} {top:.1f}V{end:.1f}" stroke="{colour}"/>')
    line = " ".join(f"{x.place(a):.1f},{y.place(b):.1f}" for a, b in zip(one.x, one.y, strict=True))
    stroke = f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}" fill="none"'
    parts.append(f'<polyline points="{line}" {stroke}/>')
    if len(one.x) <= 8:
        parts += [
            f'<circle cx="{x.place(a):.1f}" cy="{y.place(b):.1f}" r="3" fill="{colour}"/>'
            for a, b in zip(one.x, one.y, strict=True)
        ]
    top = TOP + 10 + 20 * number
    edge = WIDTH - RIGHT + 10
    parts.append(
        f'<path d="M{edge} {top}h24" {stroke}/>'
        f'<text x="{edge + 30}" y="{top + 4}">{escape(one.name)}</text>'
    )
    return "\n".join(parts)
