"""Figures as records: what each experiment draws, and how the report draws every kind of series."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from core.lab.experiment import Figure, Level, Series, Settings, Shape
from core.lab.figure_svg import figure_svg
from core.lab.registry import find_experiment
from core.lab.report import report_html
from core.lab.self_rows import (
    belief_rows,
    compounding_rows,
    influence_rows,
    preamble_rows,
    recovery_rows,
    steps_rows,
)
from models.fake_model import FakeModel

FAKE = FakeModel(e=0.12, contagion=2, recovery=0.4, spread=0.5)
ROWS = {
    "steps": steps_rows,
    "influence": influence_rows,
    "belief": belief_rows,
    "compounding": lambda fake, items, seed: compounding_rows(fake, items, 16, seed),
    "recovery": recovery_rows,
    "preamble": preamble_rows,
}


@pytest.fixture(autouse=True)
def _few_resamples(monkeypatch):
    monkeypatch.setattr("core.lab.influence_outcome.FAMILY_RESAMPLES", 4)
    monkeypatch.setattr("core.lab.statistics.ladder.GAP_GROUPS", 4)


def outcome_of(name, items=24):
    rows = ROWS[name](FAKE, items, 1)
    return find_experiment(name).analyse(rows, Settings((), 0, items)), rows


def figure_of(name, title):
    outcome, _ = outcome_of(name)
    return next(one for one in outcome.figures if one.title.startswith(title))


def figure(*series, **fields):
    return Figure("title", "x", "y", series, **fields)


def parts(drawn, tag):
    root = ET.fromstring(drawn)  # noqa: S314 - our own text
    return root.findall(f"{{http://www.w3.org/2000/svg}}{tag}")


def legend(drawn):
    return [one.text for one in parts(drawn, "text") if float(one.get("x", 0)) > 500]


@pytest.mark.parametrize("shape", Shape)
def test_every_kind_of_series_is_drawn_and_named_once(shape):
    one = Series("same", "error", [1.0, 2.0], [1.0, 2.0], [0.5, 1.5], [1.5, 2.5], shape)
    drawn = figure_svg(figure(one, one))
    assert legend(drawn) == ([] if shape is Shape.FRAME else ["same"])
    coloured = drawn.count("#c2410c")
    assert coloured == 0 if shape is Shape.FRAME else coloured > 2


def test_columns_stand_on_zero_and_none_is_cut_off():
    drawn = figure_svg(figure(Series("n", "error", [1, 2], [5, 3], shape=Shape.COLUMNS)))
    boxes = [one for one in parts(drawn, "rect") if float(one.attrib["x"]) < 500]
    feet = {float(one.attrib["y"]) + float(one.attrib["height"]) for one in boxes}
    assert len({round(foot) for foot in feet}) == 1
    assert min(float(one.attrib["x"]) for one in boxes) > 64
    assert max(float(one.attrib["x"]) + float(one.attrib["width"]) for one in boxes) < 490


def test_floors_are_drawn_and_told():
    line = Series("line", "error", [1.0, 2.0], [0.1, 0.2])
    drawn = figure_svg(figure(line, log_y=True, floors=(Level("rounding floor", 0.01),)))
    assert "rounding floor 0.01" in legend(drawn)
    grey = [one for one in parts(drawn, "rect") if float(one.attrib["x"]) == 64]
    assert len(grey) == 1
    assert float(grey[0].attrib["height"]) > 5


def test_influence_draws_the_floor_it_is_held_against():
    assert [one.value for one in figure_of("influence", "Influence").floors] == [1e-3]


def test_every_error_stands_in_the_raster():
    outcome, rows = outcome_of("compounding")
    raster = next(one for one in outcome.figures if one.title == "Where the errors are")
    wrong = np.array([row.values["look-up local error"] for row in rows])
    cells = raster.series[0]
    assert cells.shape is Shape.CELLS
    assert len(cells.x) == int(wrong.sum())
    counts = np.bincount(np.array(cells.y, int), minlength=len(rows) + 1)[1:]
    assert (np.diff(counts) >= 0).all()


def test_survival_stands_beside_both_laws_and_hazards_have_bands():
    names = {one.name for one in figure_of("compounding", "No error").series}
    assert {"observed", "beta-geometric", "discrete Weibull"} <= names
    for one in figure_of("compounding", "Hazards").series:
        assert all(a <= b <= c for a, b, c in zip(one.low, one.y, one.high, strict=True))
        assert max(one.high) > max(one.y)
    shape = next(f for f in outcome_of("compounding")[0].findings if f.name.startswith("shape"))
    assert 0 < shape.interval.low < shape.interval.estimate < shape.interval.high


def test_ways_of_ending_are_stacked_and_never_more_than_all():
    stacked = figure_of("recovery", "How continuations").series
    for under, over in pairwise(stacked):
        assert over.low == pytest.approx(under.high)
    assert stacked[-1].high[-1] <= 1 + 1e-9


def test_the_same_sensitivity_is_a_line_between_recovery_and_false_correction():
    series = figure_of("recovery", "Explicit recovery").series
    lines = [one for one in series if one.shape is Shape.LINE]
    for line, distance in zip(lines, (0, 1, 2), strict=True):
        found = stats.norm.ppf(line.y) - stats.norm.ppf(line.x)
        assert found == pytest.approx(np.full(len(line.x), distance), abs=1e-6)
    assert sum(one.shape is Shape.POINTS for one in series) == 3


@pytest.mark.parametrize(
    ("name", "title", "threads"), [("belief", "Belief after", 24), ("preamble", "Neutral", 48)]
)
def test_every_fact_has_its_thread(name, title, threads):
    found = figure_of(name, title)
    assert sum(one.shape is Shape.THREAD for one in found.series) == threads


def test_the_end_of_every_belief_is_counted_and_zero_is_drawn():
    assert figure_of("belief", "Belief after").zero
    assert sum(figure_of("belief", "Where belief").series[0].y) == 24


def test_inserted_errors_have_odds_ratios_that_are_called_caused():
    found = figure_of("steps", "Odds of an error after inserted")
    assert "caused" in found.band
    assert found.series[0].y[0] == pytest.approx(2, rel=0.3)


def test_captions_name_the_kind_of_interval_where_there_is_one():
    outcome, rows = outcome_of("recovery")
    page = report_html(find_experiment("recovery"), outcome, rows, {"seed": 4})
    assert page.count("24 items count, 0 dropped; seed 4") == len(outcome.figures)
    assert "intervals: 95 %, Wilson&#x27;s, clustered by fact." in page
    assert figure(Series("n", "error", [1.0], [2.0])).intervals == ""
