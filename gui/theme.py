"""Colours, marks, type sizes and spaces by role: the one place that holds them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.branches import Role

UNIT = 4
"""Every space is a multiple of this many pixels."""

RAMP = (1.0, 0.18, 0.03, 0.006, 0.001)
"""Probabilities at which the five fill colours stand; between them, a log scale."""

RAMP_STEPS = 256
"""Entries of a theme's fill table."""

RAMP_DECADES = 3.0
"""The scale ends at 10 to the minus this."""

LEAST_CONTRAST = 4.5
"""WCAG 2.2, success criterion 1.4.3, for text of these sizes."""


class Shape(StrEnum):
    """What a branch's mark looks like."""

    RING = "ring"
    CIRCLE = "circle"
    TRIANGLE = "triangle"
    DIAMOND = "diamond"
    SQUARE = "square"
    STAR = "star"
    PENTAGON = "pentagon"
    CROSS = "cross"
    DROP = "drop"


@dataclass(frozen=True, slots=True)
class Mark:
    """How a branch is told apart: colour, shape and dash (pen widths on, off, …; () is solid)."""

    colour: str
    shape: Shape
    dash: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Theme:
    """Every colour of the window by its duty, as `#RRGGBB`."""

    name: str
    window: str
    panel: str
    field: str
    ink: str
    muted: str
    hairline: str
    strong_line: str
    accent: str
    on_accent: str
    selection: str
    good: str
    problem: str
    problem_fill: str
    prompt_fill: str
    chip_ink: str
    bar: str
    trough: str
    fills: tuple[str, str, str, str, str]
    doubts: tuple[str, str, str, str, str]
    roles: tuple[tuple[Role, Mark], ...]
    further: tuple[Mark, ...]

    def mark(self, role: Role, nth: int = 0) -> Mark:
        """Return the mark of the `nth` branch of `role`.

        A role's later branches keep its shape; their colours and dashes are others.
        """
        if role is Role.OTHER:
            again, place = divmod(nth, len(self.further))
            shape = self.further[(place + again) % len(self.further)].shape
            return replace(self.further[place], shape=shape)
        found = dict(self.roles)[role]
        if not nth:
            return found
        colour = self.further[(nth - 1 + LATER[role]) % len(self.further)].colour
        return Mark(colour, found.shape, DASHES[nth % len(DASHES)])

    def fill(self, probability: float) -> str:
        """Return the fill of a token of this probability."""
        red, green, blue = self.fill_table()[fill_step(probability)]
        return f"#{red:02X}{green:02X}{blue:02X}"

    def fill_table(self) -> NDArray[np.uint8]:
        """Return the fills from probability 1 to 0.001 in even log steps, shape (RAMP_STEPS, 3)."""
        stops = [-math.log10(probability) for probability in RAMP]
        return blended(self.fills, stops, np.linspace(0.0, RAMP_DECADES, RAMP_STEPS))


def blended(
    colours: Sequence[str], stops: Sequence[float], wanted: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Return the colours at `wanted` between colours that stand at `stops`, shape (n, 3)."""
    parts = np.array([rgb(colour) for colour in colours], dtype=float)
    table = np.stack([np.interp(wanted, stops, parts[:, c]) for c in range(3)], axis=1)
    return table.round().astype(np.uint8)


DASHES: tuple[tuple[float, ...], ...] = ((), (5.0, 3.0), (1.5, 2.5), (6.0, 2.5, 1.5, 2.5))


LATER = {
    Role.BASE: 3,
    Role.CLEAN: 4,
    Role.ERROR: 1,
    Role.CONTROL: 2,
    Role.MENTION: 0,
    Role.PLACEBO: 3,
    Role.MUTE: 4,
}
"""Which of the further colours a role's second branch has: one unlike its first."""


def fill_step(probability: float) -> int:
    """Return the place of a probability in a fill table."""
    decades = -math.log10(max(probability, 10.0**-RAMP_DECADES))
    return min(RAMP_STEPS - 1, max(0, round(decades / RAMP_DECADES * (RAMP_STEPS - 1))))


def rgb(colour: str) -> tuple[int, int, int]:
    """Return the red, green and blue of `#RRGGBB`, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, 0 to 1 (WCAG 2.2)."""
    parts = [part / 255 for part in rgb(colour)]
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def blend(one: str, other: str, share: float) -> str:
    """Return `one` with `share` (0 to 1) of `other` mixed in."""
    mixed = [round(a + (b - a) * share) for a, b in zip(rgb(one), rgb(other), strict=True)]
    return "#" + "".join(f"{part:02X}" for part in mixed)


@lru_cache(maxsize=1024)
def readable(colour: str, ground: str, ink: str) -> str:
    """Return `colour`, moved towards `ink` just until text in it can be read on `ground`."""
    for step in range(21):
        moved = blend(colour, ink, step / 20)
        if contrast(moved, ground) >= LEAST_CONTRAST:
            return moved
    return ink


def _roles(colours: tuple[str, str, str, str, str, str, str]) -> tuple[tuple[Role, Mark], ...]:
    base, clean, error, control, mention, placebo, mute = colours
    return (
        (Role.BASE, Mark(base, Shape.RING)),
        (Role.CLEAN, Mark(clean, Shape.CIRCLE)),
        (Role.ERROR, Mark(error, Shape.TRIANGLE)),
        (Role.CONTROL, Mark(control, Shape.DIAMOND, (6.0, 2.5))),
        (Role.MENTION, Mark(mention, Shape.SQUARE, (2.0, 2.0))),
        (Role.PLACEBO, Mark(placebo, Shape.STAR, (6.0, 2.5, 1.5, 2.5))),
        (Role.MUTE, Mark(mute, Shape.CROSS, (1.0, 2.5))),
    )


def _further(*colours: str) -> tuple[Mark, ...]:
    shapes = (Shape.PENTAGON, Shape.DROP, Shape.CROSS, Shape.RING, Shape.STAR)
    return tuple(
        Mark(colour, shapes[place % len(shapes)], DASHES[place % len(DASHES)])
        for place, colour in enumerate(colours)
    )


LIGHT = Theme(
    name="light",
    window="#F4F4F1",
    panel="#FFFFFF",
    field="#F7F7F5",
    ink="#1B1E22",
    muted="#666C73",
    hairline="#DEDDD8",
    strong_line="#B9B8B2",
    accent="#2A6BD6",
    on_accent="#FFFFFF",
    selection="#E8F0FC",
    good="#1E9E57",
    problem="#8A3B12",
    problem_fill="#FBEEE4",
    prompt_fill="#F4F4F1",
    chip_ink="#1B1E22",
    bar="#3D6E82",
    trough="#E3E2DD",
    fills=("#E6F1F5", "#F4EFD2", "#F8D9A0", "#F0AE7B", "#DB7A5C"),
    doubts=("#F0F1F6", "#D7DCF0", "#B9C2E9", "#9CA8E0", "#808DD7"),
    roles=_roles(("#7A7F85", "#0072B2", "#D55E00", "#009E73", "#A8588F", "#B8860B", "#5B6670")),
    further=_further("#1F8A9E", "#CC79A7", "#8C6D1F", "#3B5BA9", "#4B8B3B"),
)

DARK = Theme(
    name="dark",
    window="#15171A",
    panel="#1D2024",
    field="#17191C",
    ink="#E9E7E2",
    muted="#969CA3",
    hairline="#31353B",
    strong_line="#545A62",
    accent="#79A8FF",
    on_accent="#10131A",
    selection="#22304A",
    good="#3FBF7A",
    problem="#F3B48C",
    problem_fill="#38261B",
    prompt_fill="#16181B",
    chip_ink="#F0EEE9",
    bar="#8FC1D4",
    trough="#33373D",
    fills=("#22343C", "#3B3A25", "#593D14", "#7D4D0D", "#973F4C"),
    doubts=("#24272E", "#2B3350", "#344072", "#3F5095", "#4A60B4"),
    roles=_roles(("#8C9299", "#56A8E0", "#F08A3C", "#3CC79E", "#D58BBE", "#E6B84A", "#A7B0B8")),
    further=_further("#7FC8F5", "#E3A3C6", "#C9A94F", "#8FA6E8", "#8CC97B"),
)
