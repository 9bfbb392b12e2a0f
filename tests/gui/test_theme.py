import pytest

from core.branches import Role
from gui.theme import (
    DARK,
    LEAST_CONTRAST,
    LIGHT,
    RAMP,
    contrast,
    fill_step,
    luminance,
    readable,
)

BOTH = pytest.mark.parametrize("theme", [LIGHT, DARK], ids=lambda theme: theme.name)


@BOTH
def test_text_can_be_read_on_every_fill(theme):
    for red, green, blue in theme.fill_table().tolist():
        assert contrast(theme.chip_ink, f"#{red:02X}{green:02X}{blue:02X}") >= LEAST_CONTRAST


@BOTH
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "panel"),
        ("ink", "window"),
        ("ink", "field"),
        ("ink", "selection"),
        ("muted", "panel"),
        ("muted", "window"),
        ("muted", "field"),
        ("muted", "prompt_fill"),
        ("muted", "selection"),
        ("on_accent", "accent"),
        ("problem", "problem_fill"),
        ("problem", "panel"),
        ("accent", "panel"),
    ],
)
def test_words_can_be_read_where_they_stand(theme, text, ground):
    assert contrast(getattr(theme, text), getattr(theme, ground)) >= LEAST_CONTRAST


@BOTH
def test_labels_in_a_branchs_colour_can_be_read(theme):
    for role in Role:
        colour = readable(theme.mark(role).colour, theme.panel, theme.ink)
        assert contrast(colour, theme.panel) >= LEAST_CONTRAST


@BOTH
def test_marks_stand_out_from_the_panel(theme):
    for role in Role:
        assert contrast(theme.mark(role).colour, theme.panel) >= 3


@BOTH
def test_branches_differ_in_more_than_colour(theme):
    roles = [role for role in Role if role is not Role.OTHER]
    assert len({theme.mark(role).shape for role in roles}) == len(roles)
    looks = {(mark.shape, mark.dash) for mark in (theme.mark(Role.ERROR, n) for n in range(4))}
    assert len(looks) == 4


@BOTH
def test_the_stops_of_the_scale_are_those_of_the_design(theme):
    for probability, colour in zip(RAMP, theme.fills, strict=True):
        for one, other in zip(
            bytes.fromhex(theme.fill(probability)[1:]), bytes.fromhex(colour[1:]), strict=True
        ):
            assert abs(one - other) <= 2


def test_the_scale_ends_where_it_ends():
    assert fill_step(1.0) == 0
    assert fill_step(0.001) == fill_step(0.0) == fill_step(1e-12) == 255


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert luminance("#FFFFFF") == pytest.approx(1)


@BOTH
def test_many_branches_of_no_role_differ_in_colour_shape_or_dash(theme):
    marks = [theme.mark(Role.OTHER, nth) for nth in range(20)]
    assert len(set(marks)) == len(marks)
