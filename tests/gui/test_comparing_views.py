"""What the views of the comparison tell, by numbers: the same places, with their floors."""

import math
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QApplication

from core.branches import Role
from core.jobs import InlineRunner, run_now
from core.outcomes import Sampled
from core.sampling import GREEDY
from core.storage import InlineStorage
from core.tree import NodeId
from core.workbench import Workbench
from gui import compare_export
from gui.compare_quantity import CHANGE as CHANGE_OF_LNP
from gui.compare_table_items import CHANGE
from gui.theme import blend
from tests.gui.conftest import FORK, open_window

LEFT = Qt.MouseButton.LeftButton
COLOUR, GROUND = Qt.ItemDataRole.ForegroundRole, Qt.ItemDataRole.BackgroundRole


@pytest.fixture
def bench(forked):
    return forked


@pytest.fixture
def window(forked_window):
    return forked_window


@pytest.fixture
def inner(bench, window):
    """A branch that leaves the clean one four tokens on, compared with clean and error."""
    clean, error = (bench.fork.branches[role] for role in (Role.CLEAN, Role.ERROR))
    [google] = bench.vocabulary.tokens(bench._engine.tokenize(" Google"))
    place = bench.branch_here(bench.nodes_of(clean)[3], google)
    bench.continue_from([place], tokens=3, sampler=GREEDY, seed=0)
    first = bench.branch_of(place).first
    window.compare.choose([clean, error, first])
    return first


def view(window, name):
    window.compare.show_view(name)
    QApplication.processEvents()
    return window.compare.current()


def test_all_views_show_a_branch_of_a_branch_from_the_fork_that_all_share(
    qtbot, window, bench, inner
):
    clean = bench.fork.branches[Role.CLEAN]
    shared = bench.nodes_of(clean)[:4]
    whole = (*shared, *bench.nodes_of(inner))
    overview = view(window, "Overview")
    assert overview.plot._curves[inner].nodes == whole
    assert [row[1] for row in overview.rows() if row[0] == window.compare._marks.label(inner)] == [
        str(place) for place in range(len(whole))
    ]
    table = view(window, "Table")
    assert table._table.parted == (None, 0, 4)
    watched = view(window, "Watched")
    qtbot.mouseClick(watched.read, LEFT)
    number = window.compare.chosen().index(inner)
    assert sum(at.branch == number for at in watched.points) == len(whole) + 1
    both = {(at.branch, at.index): at.log_odds for at in watched.points}
    assert [both[number, at] for at in range(5)] == [both[0, at] for at in range(5)]
    distance = view(window, "Distance")
    window.compare.choose([clean, inner])
    qtbot.mouseClick(distance.measure, LEFT)
    assert distance._asked.nodes == bench.nodes_of(clean)[4:]


def test_forced_tokens_tell_how_likely_they_are_in_either_place(qtbot, window, bench):
    distance = view(window, "Distance")
    distance.quantity.setCurrentText(CHANGE_OF_LNP.name)
    assert not distance.logarithmic.isEnabled()
    qtbot.mouseClick(distance.measure, LEFT)
    clean = bench.fork.branches[Role.CLEAN]
    nodes = bench.nodes_of(clean)[1:]
    own = [bench.readings.logprob(node) for node in nodes]
    curve = distance.curves[0]
    assert list(curve.reference_logprobs) == own
    assert curve.changes[0] == curve.other_logprobs[0] - own[0]
    assert distance.plot._lines[0].nodes == nodes
    floors = distance.book.floors
    assert [band.level for band in distance.plot._bands] == [
        floors.rounding_logprob,
        floors.repeat_logprob,
    ]
    assert distance.plot._scales.zero
    assert f"{math.fsum(curve.changes):.2f}".lstrip("-") in distance._summary.text()
    head, first, *_ = distance.rows()
    assert head[-3:] == ["ln_p_reference", "ln_p_branch", "delta_ln_p"]
    assert [float(cell) for cell in first[-3:]] == [
        own[0],
        curve.other_logprobs[0],
        curve.changes[0],
    ]
    assert distance.rows()[-2][-1] == repr(floors.rounding_logprob)
    window.selection.point(nodes[2])
    assert len(distance.plot._ring.data) == len(distance.curves)


def test_changes_within_the_rounding_floor_are_grey_in_the_table(window, bench):
    table = view(window, "Table")
    floor = table.book.floors.rounding_logprob
    assert floor > 0
    theme = window.compare._look.theme
    faint, told = QColor(blend(theme.muted, theme.panel, 0.35)), QColor(theme.ink)
    cells = [
        (row, column)
        for row in range(table.items.rowCount())
        for column in range(table.items.columnCount())
        if table.items.column(column)[1] == CHANGE
    ]
    seen = {True: 0, False: 0}
    for factor in (1.0, 1e6):
        table.items.show_table(table._table, floor * factor)
        for row, column in cells:
            index = table.items.index(row, column)
            cell = table._table.rows[row][table.items.column(column)[0]]
            if cell is None or cell.change is None:
                continue
            grey = abs(cell.change) <= floor * factor
            seen[grey] += 1
            assert table.items.data(index, COLOUR) == (faint if grey else told)
    assert all(seen.values())


def test_the_cell_where_a_branch_parts_has_a_ground_of_its_colour(window, bench, inner):
    table = view(window, "Table")
    marked = [
        (row, table.items.column(column)[0])
        for row in range(table.items.rowCount())
        for column in range(table.items.columnCount())
        if table.items.data(table.items.index(row, column), GROUND) is not None
    ]
    assert marked == [(0, 1), (4, 2)]


def test_a_plot_of_distances_has_no_floor_before_there_are_distances(qtbot, window):
    table = view(window, "Table")  # which asks for the floors
    qtbot.waitUntil(lambda: table.book.floors is not None)
    distance = view(window, "Distance")
    assert bands_of(distance.plot) == 0
    qtbot.mouseClick(distance.measure, LEFT)
    qtbot.waitUntil(lambda: bands_of(distance.plot) == 2)


def bands_of(plot):
    items = plot._plot.shown
    return sum(type(each).__name__ == "LinearRegionItem" for each in items)


def test_distances_within_the_floor_are_grey_in_the_plot(qtbot, window):
    distance = view(window, "Distance")
    distance.source_box.setCurrentIndex(distance.source_box.count() - 1)
    qtbot.mouseClick(distance.measure, LEFT)
    theme = window.compare._look.theme
    faint = QColor(blend(theme.muted, theme.panel, 0.45))
    for name, what in (("√JS", "rounding_sqrt_js"), ("KL", "rounding_kl")):
        distance.quantity.setCurrentText(name)
        floor = getattr(distance.book.floors, what)
        assert floor > 0
        marked = [i for i in distance.plot._plot.shown if hasattr(i, "_colours")]
        for line, item in zip(distance.plot._lines, marked, strict=True):
            assert any(value <= floor for value in line.y)
            assert any(value > floor for value in line.y)
            for value, colour in zip(line.y, item._colours, strict=True):
                assert (colour == faint) == (value <= floor)


def test_both_axes_of_a_log_log_plot_are_logarithmic(qtbot, window):
    distance = view(window, "Distance")
    qtbot.mouseClick(distance.measure, LEFT)
    distance.logarithmic.setChecked(True)
    item = next(i for i in distance.plot._plot.shown if hasattr(i, "_colours"))
    line, scales = distance.plot._lines[0], distance.plot._scales
    for place, x, y in zip(item.places(), line.x, line.y, strict=True):
        assert place == pytest.approx((math.log10(x), math.log10(max(y, scales.least))))


def test_half_and_tenth_below_the_floor_are_called_so(qtbot, window):
    distance = view(window, "Distance")
    qtbot.mouseClick(distance.measure, LEFT)
    assert "below the floor" not in distance._summary.text()
    high = max(curve.sqrt_js[0] for curve in distance.curves.values())
    distance.book.floors = replace(distance.book.floors, rounding_sqrt_js=high / 4)
    distance._draw()
    assert "below the floor" in distance._summary.text()


def test_the_floor_of_watched_odds_grows_with_the_tokens_of_the_longest_string(qtbot, window):
    watched = view(window, "Watched")
    watched.error.setText(" Apple, and he")
    qtbot.mouseClick(watched.read, LEFT)
    floors = watched.book.floors
    tokens = max(at.tokens for at in watched.points)
    assert tokens > 1
    assert watched.plot._bands[0].level == pytest.approx(tokens * floors.rounding_log_odds)
    assert watched.plot._bands[0].level > 0
    thin = sum(math.exp(at.truth) + math.exp(at.error) < 0.2 for at in watched.points)
    assert 0 < thin < len(watched.points)
    assert f"at {thin} of {len(watched.points)} places" in watched._note.text()


def test_a_branch_that_was_hidden_is_not_told_without_its_name(qtbot, window, bench):
    watched = view(window, "Watched")
    qtbot.mouseClick(watched.read, LEFT)
    bench.hide(bench.fork.branches[Role.CONTROL])
    window.compare.refresh()
    assert {row[0] for row in watched.rows()[1:-3]} == {"clean", "error"}


def test_totals_of_many_branches_are_whole_in_the_tool_tip_and_in_the_table(window, bench):
    for text in (" Google", " X"):
        bench.insert(NodeId(8), bench.vocabulary.tokens(bench._engine.tokenize(text)))
    window.compare.choose(list(window.compare._marks.forked))
    table = view(window, "Table")
    assert len(table.chosen) == 5
    assert table._totals.text().count("perplexity") == 5
    tip = table._totals.toolTip()
    assert tip.count(" nats, ") == 5
    totals = [row for row in table.rows() if row[0].startswith("total ")]
    assert len(totals) == 5
    for row, told in zip(totals, table._table.totals, strict=True):
        assert row[1:] == [
            f"{told.logprob!r} nats",
            f"{told.read} of {told.tokens} tokens",
            f"{told.bits!r} bits",
            f"perplexity {told.perplexity!r}",
        ]


def test_the_bars_of_belief_are_in_the_table_of_the_overview(qtbot, scripted, preferences):
    bench = Workbench(run_now, InlineRunner, None)
    bench.attach_engine(scripted)
    bench.tell_fork(replace(FORK, probe=".\nIn fact, he is the CEO of"))
    window = open_window(qtbot, bench, preferences)
    rows = view(window, "Overview").rows()
    assert bench.fork is not None
    for belief in bench.fork.beliefs:
        name = window.compare._marks.label(belief.branch)
        assert [name, "", " Facebook", "P(truth) under the probe"] in [
            [row[0], row[1], row[2], row[4]] for row in rows if len(row) > 4
        ]
        assert repr(math.exp(belief.logprob_truth)) in {row[3] for row in rows}
        assert repr(math.exp(belief.logprob_error)) in {row[3] for row in rows}
    bench.close()


def draw(qtbot, samples, *, seed=0):
    samples.number.setValue(5)
    samples.length.setValue(4)
    samples.seed.setValue(seed)
    qtbot.mouseClick(samples.draw, LEFT)


def test_outcomes_that_were_chosen_by_hand_outlive_another_draw_and_the_session(
    qtbot, scripted, preferences, tmp_path
):
    bench = Workbench(run_now, InlineRunner, InlineStorage)
    bench.attach_engine(scripted)
    bench.start_untitled(tmp_path / "kept.swerve")
    bench.tell_fork(FORK)
    window = open_window(qtbot, bench, preferences)
    samples = view(window, "Samples")
    draw(qtbot, samples)
    key = (1, 2)
    chosen = (samples.outcome(key) + 1) % 3
    item = samples.list.topLevelItem(1)
    samples.list.itemDoubleClicked.emit(item.child(2), chosen + 1)
    assert samples.outcome(key) == chosen
    draw(qtbot, samples, seed=4)
    assert not any(samples.drawn.is_overruled(key) for key in samples.drawn.samples)
    draw(qtbot, samples)
    assert samples.outcome(key) == chosen
    window.close()
    bench.close()

    again = Workbench(run_now, InlineRunner, InlineStorage)
    again.attach_engine(scripted)
    again.open(tmp_path / "kept.swerve")
    second = open_window(qtbot, again, preferences)
    samples = view(second, "Samples")
    draw(qtbot, samples)
    assert samples.outcome(key) == chosen
    assert [key for key in samples.drawn.samples if samples.drawn.is_overruled(key)] == [key]
    second.close()
    again.close()


def test_the_table_of_samples_tells_strings_shares_intervals_and_what_was_overruled(
    qtbot, window, bench
):
    samples = view(window, "Samples")
    draw(qtbot, samples)
    drawn = samples.drawn
    samples.by_hand.choose(drawn.name_of((0, 1)), "truth")
    head, *rows = samples.rows()
    assert all(len(row) == len(head) for row in rows)
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert [row["chosen by hand"] for row in told].count("yes") == 1
    assert told[1]["chosen by hand"] == "yes"
    assert told[1]["outcome"] == "truth"
    assert {(row["truth"], row["error"], row["samples"]) for row in told} == {
        ("Facebook", "Apple", "5")
    }
    for number in range(3):
        own = told[5 * number]
        for name, share in zip(("truth", "error", "neither"), drawn.shares(number), strict=True):
            assert own[f"{name}_hits"] == str(share.hits)
            assert float(own[f"{name}_wilson95_low"]) == share.low
            assert float(own[f"{name}_wilson95_high"]) == share.high
    parting = drawn.parting((1, 0))
    assert told[5]["parts at"] == repr(parting.at)
    assert told[5]["equal after"] == repr(parting.shared)


def test_samples_say_how_many_part_and_where_those_do(qtbot, window, bench):
    samples = view(window, "Samples")
    draw(qtbot, samples)
    drawn = samples.drawn
    one, other = (bench.vocabulary.tokens(ids) for ids in ((1, 2, 3, 4), (1, 9, 3, 8)))
    for k in range(5):
        drawn.samples[0, k] = drawn.samples[1, k] = Sampled(0, k, one)
    assert drawn.partings_words(1) == "none of 5 parts"
    drawn.samples[1, 2] = Sampled(1, 2, other)
    assert drawn.partings_words(1) == "1 of 5 parts at token 1, 33% equal after it"
    drawn.samples[1, 3] = Sampled(1, 3, other[1:])
    drawn.samples[1, 4] = Sampled(1, 4, (*one[:3], *other[:1]))
    assert drawn.partings_words(1).startswith("3 of 5 part at token 1")
    samples._show()
    assert samples.list.topLevelItem(1).text(4) == drawn.partings_words(1)


def test_a_saved_picture_has_the_marks_of_its_branches_and_says_what_its_axes_are(
    qtbot, window, bench, tmp_path
):
    distance = view(window, "Distance")
    qtbot.mouseClick(distance.measure, LEFT)
    assert "√JS (up) by tokens forced (across)" in distance.caption()
    assert "held against clean" in distance.caption()
    saved = picture_saved(window, tmp_path / "distance.png")
    above = saved.height() - distance.plot.height() - distance._summary.height() - 2 * 12
    assert above > 40
    assert saved.width() < distance.width(), "the fields beside the plot are no part of it"
    head = saved.copy(0, 0, saved.width(), above)
    seen = {head.pixelColor(x, y).name() for x in range(head.width()) for y in range(above)}
    theme = window.compare._look.theme
    for first in window.compare.chosen():
        assert QColor(window.compare._marks.mark(first, theme).colour).name() in seen


def picture_saved(window, path):
    assert window.compare.export_button.save_to(str(path))
    return QImage(str(path))


def test_a_saved_picture_of_a_table_has_all_its_rows_and_columns(qtbot, window, bench, tmp_path):
    table = view(window, "Table")
    shown, bar = table.table.geometry(), table.table.verticalScrollBar()
    bar.setValue(bar.maximum())
    scrolled = bar.value()
    saved = picture_saved(window, tmp_path / "table.png")
    assert table.table.verticalHeader().length() > shown.height()
    assert saved.height() > table.table.verticalHeader().length()
    assert saved.width() > table.table.horizontalHeader().length()
    last = saved.height() - table._totals.height() - 2 * 12 - 22  # pixels of a row
    seen = {saved.pixel(x, y) for x in range(saved.width()) for y in range(last, last + 22)}
    assert len(seen) > 5, "the last row is written"
    assert table.table.geometry() == shown
    assert bar.value() == scrolled > 0
    assert "aligned from the fork · Δ against clean" in table.caption()


def test_nothing_is_exported_where_nothing_was_measured(qtbot, window, bench, monkeypatch):
    def never(*_):
        pytest.fail("there is nothing to save")

    monkeypatch.setattr(compare_export, "choose_place", never)
    view(window, "Samples")
    for action in window.compare.export_button.menu().actions()[2:]:
        action.trigger()
        assert "There are no numbers to" in window.problem.words()
        window.problem.dismiss()
