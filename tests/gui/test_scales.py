"""The scales of colours: told apart by everyone, read on every step, the same everywhere."""

import itertools

import numpy as np
import pytest

from core.branches import Role
from gui.look import Look, ThemeChoice
from gui.scales import UNKNOWN, Scale, place, table
from gui.theme import DARK, LEAST_CONTRAST, LIGHT, contrast, rgb

THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)
SCALES = pytest.mark.parametrize("scale", list(Scale))

# Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB
SIGHTS = {
    "ordinary": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
         [0.004733, 0.691367, 0.303900]]
    ),
}  # fmt: skip
APART = 7.0
"""CIE 1976 differences from which two fills beside each other are told apart at a glance."""


def lab(colour, sight):
    parts = np.array(colour) / 255
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    seen = np.clip(sight @ linear, 0, 1)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    scaled = to_xyz @ seen / np.array([0.9505, 1.0, 1.089])
    f = np.where(scaled > 0.008856, np.cbrt(scaled), 7.787 * scaled + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@THEMES
@SCALES
def test_text_can_be_read_on_every_step(theme, scale):
    for red, green, blue in np.unique(table(theme, scale), axis=0).tolist():
        assert contrast(theme.chip_ink, f"#{red:02X}{green:02X}{blue:02X}") >= LEAST_CONTRAST


@THEMES
@pytest.mark.parametrize("sight", list(SIGHTS))
@pytest.mark.parametrize("stops", ["fills", "doubts"])
def test_the_steps_of_a_scale_are_told_apart_by_everyone(theme, sight, stops):
    seen = [lab(rgb(colour), SIGHTS[sight]) for colour in getattr(theme, stops)]
    for one, other in itertools.combinations(seen, 2):
        assert np.linalg.norm(one - other) >= APART


def test_each_scale_puts_a_token_where_its_number_belongs():
    assert place(Scale.PROBABILITY, 1.0, None, None) == 0
    assert place(Scale.PROBABILITY, 1e-9, 3, 1.0) == 255
    buckets = [place(Scale.RANK, 0.5, rank, 1.0) // 51 for rank in (1, 2, 10, 11, 101, 5000)]
    assert buckets == [0, 1, 1, 2, 3, 4]
    assert place(Scale.ENTROPY, 0.5, 1, 3.0) == pytest.approx(128, abs=1)
    assert place(Scale.RANK, 0.5, None, 1.0) == place(Scale.ENTROPY, 0.5, 1, None) == UNKNOWN


def test_the_scale_is_chosen_by_menu_and_legend_and_kept(window, preferences):
    window.actions_by_id["view.by_rank"].trigger()
    assert window._look.colouring.value == "rank"
    assert preferences.choice("colours", "") == "rank"
    menu = window.tree.legend.menu()
    (entropy,) = [one for one in menu.actions() if "entropy" in one.text()]
    entropy.trigger()
    menu.close()
    assert window._look.colouring.value == "entropy"
    assert window.actions_by_id["view.by_entropy"].isChecked()
    assert "entropy" in window.tree.legend.accessibleName()


def test_chips_strips_and_text_follow_the_scale(window, told):
    window.actions_by_id["view.reading"].trigger()
    window.selection.select(told.fork.branches[Role.ERROR])

    def seen():
        near = window.tree.canvas.grab().toImage()
        text = window.reading.page.grab().toImage()
        window.tree.canvas.zoom_by(0.1)
        far = window.tree.canvas.grab().toImage()
        window.tree.canvas.zoom_by(10)
        return near, far, text

    before = seen()
    window.actions_by_id["view.by_entropy"].trigger()
    assert [one == other for one, other in zip(before, seen(), strict=True)] == [False] * 3
    assert Look(ThemeChoice.LIGHT).colouring is Scale.PROBABILITY
