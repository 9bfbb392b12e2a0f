"""Every kind of series of the lab's figures in the window's plot, from the same records."""

from dataclasses import asdict

import pytest

from core.lab.experiment import Figure, Level, Series, Shape
from gui import figures
from gui.figure_picture import Curve, Picture, picture_of
from gui.figure_plot import FigurePlot
from gui.look import Look, ThemeChoice

DRAWN = {
    Shape.LINE: {"ErrorBarItem", "PlotCurveItem", "ScatterPlotItem"},
    Shape.POINTS: {"ErrorBarItem", "ScatterPlotItem"},
    Shape.THREAD: {"PlotCurveItem"},
    Shape.AREA: {"FillBetweenItem", "PlotCurveItem"},
    Shape.COLUMNS: {"BarGraphItem"},
    Shape.CELLS: {"BarGraphItem"},
    Shape.FRAME: set(),
}


def shown(qtbot, figure):
    plot = FigurePlot(Look(ThemeChoice.LIGHT))
    qtbot.addWidget(plot)
    told = {**asdict(figure), "series": [asdict(one) for one in figure.series]}
    plot.show_picture(picture_of(told, {}))
    return plot


@pytest.mark.parametrize("shape", Shape)
def test_every_kind_of_series_is_plotted_and_named_once(qtbot, shape):
    one = Series("same", "error", [1.0, 2.0], [1.0, 2.0], [0.5, 1.5], [1.5, 2.5], shape)
    plot = shown(qtbot, Figure("title", "x", "y", (one, one)))
    kinds = [type(item).__name__ for item in plot._plot.shown]
    rings = kinds.count("ScatterPlotItem") - 2 * ("ScatterPlotItem" in DRAWN[shape])
    assert set(kinds) - {"ScatterPlotItem"} == DRAWN[shape] - {"ScatterPlotItem"}
    assert rings == 1  # the one around a point under the mouse
    assert plot.legend.text().count("same") == (shape is not Shape.FRAME)


def test_columns_are_whole_and_stand_on_zero(qtbot):
    columns = Series("n", "error", [1.0, 2.0], [5.0, 3.0], shape=Shape.COLUMNS)
    plot = shown(qtbot, Figure("title", "x", "y", (columns,)))
    (left, right), (low, high) = plot._plot.view.viewRange()
    assert left < 0.5
    assert right > 2.5
    assert low <= 0
    assert high > 5


def test_floors_and_kinds_of_interval_come_from_the_figure(qtbot):
    line = Series("line", "error", [1.0, 2.0], [0.1, 0.2], [0.05, 0.1], [0.2, 0.4])
    floors = (Level("rounding floor", 0.01),)
    plot = shown(
        qtbot, Figure("title", "x", "y", (line,), log_y=True, floors=floors, band="over facts")
    )
    assert "rounding&nbsp;floor&nbsp;0.01" in plot.legend.text()
    assert plot.pointed.text() == "Intervals: over facts."


def test_bars_of_several_curves_stand_beside_each_other_and_whole_numbers_alone_at_the_axis(qtbot):
    plot = FigurePlot(Look(ThemeChoice.LIGHT))
    qtbot.addWidget(plot)
    x, y = (0.0, 1.0, 2.0), (1.0, 2.0, -3.0)
    curves = [Curve(name, name, x, y, (-5.0,) * 3, (5.0,) * 3) for name in ("clean", "error")]
    plot.show_picture(Picture("belief", "sentences", "log-odds", tuple(curves)))
    bars = [item for item in plot._plot.shown if type(item).__name__ == "ErrorBarItem"]
    clean, error = (item.opts["x"] for item in bars)
    assert all(0 < right - left < 0.1 for left, right in zip(clean, error, strict=True))
    bottom, left = (plot._plot.axis(side) for side in ("bottom", "left"))
    assert bottom.tickSpacing(0, 2, 300)[0][0] == 1
    assert left.tickStrings([-5.0, 5.0], 1.0, 5.0) == [f"{figures.MINUS}5", "5"]


def test_dots_of_several_curves_stand_on_their_own_bars(qtbot):
    curves = [
        Series(name, name, [1.0, 2.0], [1.0, 2.0], [0.5, 1.5], [1.5, 2.5], Shape.POINTS)
        for name in ("error", "placebo")
    ]
    shown_items = shown(qtbot, Figure("title", "x", "y", tuple(curves)))._plot.shown
    bars = [item for item in shown_items if type(item).__name__ == "ErrorBarItem"]
    dots = [item for item in shown_items if type(item).__name__ == "ScatterPlotItem"]
    across = [list(item.opts["x"]) for item in bars]
    assert across[0] != across[1]
    assert all(places in [list(item.getData()[0]) for item in dots] for places in across)
