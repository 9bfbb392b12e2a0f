"""What work costs is said beforehand, from measured speed; how far it has come while it runs."""

from functools import partial

import pytest

from core.engine import Grown, Meter
from core.jobs import JobId
from core.pace import Pace, Tally
from gui.status_line import LONG, StatusLine


def test_a_pace_is_what_was_measured_and_belongs_to_its_kind_of_work():
    pace = Pace()
    assert pace.rate("grow") is None
    pace.take("grow", Meter(100, 0, 1.0))
    pace.take("read", Meter(300, 0, 1.0))
    assert pace.rate("grow") == 100
    pace.take("grow", Meter(200, 0, 1.0))
    assert pace.rate("grow") == pytest.approx(250 / 1.5)
    pace.take("grow", Meter(1, 5000, 3.0))
    assert pace.rate("grow") == pytest.approx(250 / 1.5)


def test_seconds_in_which_several_pieces_of_work_went_on_count_once():
    now = [8.0]
    tally = Tally(lambda: now[0])
    first, second, third = map(JobId, range(3))
    for job in (first, second):
        tally.begin(job)
    now[0] = 10.0
    tally.take(first, Meter(100, 5, 2.0))
    tally.take(second, Meter(50, 0, 2.0))  # ended at the same moment
    now[0] = 11.0
    tally.take(second, Meter(50, 0, 1.0))  # goes on alone
    now[0] = 20.0
    tally.begin(third)
    now[0] = 20.5
    tally.take(third, Meter(10, 1, 0.5))
    assert tally.meter == Meter(210, 6, 3.5)


def test_growing_tells_its_cost_from_a_speed_measured_just_now(window, told, engine, monkeypatch):
    ask = engine.ask

    def grows(request):
        if type(request).__name__ != "Grow":
            yield from ask(request)
            return
        yield Grown(0, 0, None, engine._expects(engine.logprobs(request.path), 20))
        yield Meter(21, 0, 0.1)

    monkeypatch.setattr(engine, "ask", grows)
    before = len(told.tree)
    window.actions_by_id["tree.grow"].trigger()
    line = window.tree.grow_line
    line.width_field.setValue(3)
    line.depth_field.setValue(6)
    assert line.total.text() == "364 tokens to read, about 1.7 s at 210 tokens/s, as measured"
    line.top_p.setValue(0.9)
    assert line.total.text().startswith("at most 364 tokens")
    assert len(told.tree) == before


def test_long_work_tells_how_far_it_is_and_how_long_it_goes_on(qtbot, told, monkeypatch):
    line = StatusLine(told)
    qtbot.addWidget(line)
    jobs = {1: ("continue", 0, 40)}
    monkeypatch.setattr(type(told), "jobs", property(lambda _: jobs))
    at = iter((0.0, LONG / 2, 2.0))
    line.clock = partial(next, at)
    line.refresh()
    assert line.words()[0].startswith("continue 0/40 ·")
    line.refresh()
    assert line.progress.isHidden()
    jobs[1] = ("continue", 10, 40)
    line.refresh()
    assert "continue 10/40, about 6.0 s left" in line.words()[0]
    assert line.progress.value() == 10
    jobs.clear()
    line.clock = lambda: 9.0
    line.refresh()
    assert line.progress.isHidden()


def test_work_that_goes_on_from_before_counts_only_what_came_since(qtbot, told, monkeypatch):
    line = StatusLine(told)
    qtbot.addWidget(line)
    jobs = {1: ("steps", 30, 40)}
    monkeypatch.setattr(type(told), "jobs", property(lambda _: jobs))
    line.clock = lambda: 0.0
    line.refresh()
    jobs[1] = ("steps", 32, 40)
    line.clock = lambda: 4.0
    line.refresh()
    assert "steps 32/40, about 16 s left" in line.words()[0]


def test_work_that_knows_how_long_it_goes_on_is_believed(qtbot, told, monkeypatch):
    line = StatusLine(told)
    qtbot.addWidget(line)
    jobs = {1: ("steps", 0, 40)}
    monkeypatch.setattr(type(told), "jobs", property(lambda _: jobs))
    monkeypatch.setattr(type(told), "seconds_left", lambda _, job: {1: 420.0}[job])
    line.clock = lambda: 0.0
    line.refresh()
    jobs[1] = ("steps", 10, 40)
    line.clock = lambda: 60.0
    line.refresh()
    assert "steps 10/40, about 7 min left" in line.words()[0]
