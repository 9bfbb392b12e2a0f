"""What a run will cost, what it has cost, and how long it goes on."""

from dataclasses import replace

from core.lab_products import Wish
from tests.core.lab.conftest import LookupEngine
from tests.gui.lab.conftest import lab_window, press, run_steps


def test_what_a_run_cost_is_known_when_its_model_lies_elsewhere(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    run_steps(qtbot, window)
    moved = LookupEngine(contagion=2)
    moved.card = replace(moved.card, path="elsewhere.gguf")
    lab_bench.attach_engine(moved)
    qtbot.wait(150)
    assert "on this model, measured" in window.lab.form.cost.text()


def test_the_cost_is_measured_before_a_run(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    form = window.lab.form
    form.choose("steps")
    assert "not measured yet" in form.cost.text()
    form.measure.click()
    qtbot.waitUntil(lambda: "on this model, measured" in form.cost.text())
    assert not lab_bench.lab_runs
    form.effect.setValue(0.3)
    assert form.needs.text() == "needs 88 sequences: use that"
    form.needs.click()
    assert form.items.value() == 88
    assert form.size_box.currentText() == "other size"


def tokens_told(form):
    return form.cost.text().partition(" tokens")[0]


def test_what_is_written_side_by_side_is_measured_whole(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    form = window.lab.form
    form.choose("compounding")
    form.items.setValue(16)
    form.measure.click()
    qtbot.waitUntil(lambda: "on this model, measured" in form.cost.text())
    measured = tokens_told(form)
    press(window, "lab.run")
    tokens = lab_bench.lab_runs[1].row.tokens
    assert measured == f"About {tokens}"  # a request costs this engine one token, shared by eight


def test_what_is_read_once_is_no_part_of_the_price_of_an_item(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    form = window.lab.form
    form.choose("steps")
    form.items.setValue(4)
    form.measure.click()
    qtbot.waitUntil(lambda: "on this model, measured" in form.cost.text())
    assert tokens_told(form) == "About 88"  # 22 requests for each item, floors apart


def test_every_experiment_says_how_small_an_effect_it_shows(qtbot, lab_bench, preferences):
    window = lab_window(qtbot, lab_bench, preferences)
    press(window, "lab.show")
    form = window.lab.form
    form.choose("compounding")
    assert "an odds ratio of 2.60" in form.sought.shows.text()
    assert form.needs.text() == "needs 87 sequences: use that"
    form.choose("recovery")
    assert "more than false corrections" in form.sought.shows.text()
    form.effect.setValue(0.1)
    assert form.needs.text() == "needs 138 facts: use that"


def test_the_page_and_the_status_line_tell_the_same_time_left(qtbot, gated):
    window, bench, engine = gated
    press(window, "lab.show")
    window.lab.start(Wish("steps", "", "", 0, 4))
    engine.gate.release(45)  # an item asks 22 times, and the run once for its floors
    qtbot.waitUntil(lambda: bench.lab_runs[1].counted == 2)
    qtbot.waitUntil(lambda: "left" in window.lab.result.state.text())
    window.status.clock = lambda: 1e9

    def tell_the_same():
        window.status.refresh()
        told = window.lab.result.state.text().rpartition(" · ")[2].rstrip(".")
        return f"2/4, {told} ·" in window.status.words()[0]

    qtbot.waitUntil(tell_the_same)
    bench.stop_experiment()


def test_measuring_the_cost_tells_how_far_it_is(qtbot, gated):
    window, bench, engine = gated
    window.lab.form.choose("steps")
    press(window, "lab.cost")
    engine.gate.release(23)
    label = "measure the cost of steps"
    qtbot.waitUntil(lambda: [(label, 1, 2)] == [*bench.jobs.values()])
    engine.gate.release(1000)
    qtbot.waitUntil(lambda: not bench.busy)
    qtbot.waitUntil(lambda: window.lab.form.cost.text().startswith("About"))
