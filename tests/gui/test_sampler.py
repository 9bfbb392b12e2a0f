"""The sampler: presets with their numbers, what it makes of p, own presets, no hidden token."""

import pytest
from PySide6.QtCore import Qt

from core.branches import Role
from core.engine import Continue, Meter
from core.presets import PRESETS, presets_from_json, told
from core.sampling import FREE, GREEDY, Sampler
from core.tree import Origin
from gui.candidate_items import AFTER, CHANCE, CUT, TOKEN
from gui.sampler_choice import OWN

LEFT = Qt.MouseButton.LeftButton


def column(window, number):
    items = window.next_token.items
    return [items.index(row, number).data() for row in range(items.rowCount())]


def choose(window, name):
    way = window.next_token.growth.way
    way.setCurrentIndex(way.findData(name))
    way.activated.emit(way.currentIndex())


@pytest.fixture
def dialog(window):
    window.actions_by_id["tree.sampler"].trigger()
    return window.beside.sampler


def test_the_presets_say_their_numbers():
    assert told(GREEDY) == "always the likeliest token"
    assert told(FREE) == "T 1"
    assert told(Sampler(temperature=0, top_k=5)) == told(GREEDY)
    assert told(PRESETS["llama.cpp"]) == "top-k 40 · top-p 0.95 · min-p 0.05 · T 0.8"
    assert told(Sampler(repeat_penalty=1.1)) == "repeat 1.1 over 64 tokens · T 1"
    assert not any(preset.has_penalties for preset in PRESETS.values())


def test_a_second_column_tells_what_the_sampler_draws_and_hides_nothing(qtbot, window):
    table = window.next_token.table
    raw = column(window, CHANCE)
    assert table.isColumnHidden(AFTER)
    choose(window, "focused")
    assert "top-p 0.9 · T 0.7" in window.next_token.growth.numbers.whole()
    qtbot.waitUntil(lambda: column(window, AFTER)[0] != "")
    assert not table.isColumnHidden(AFTER)
    assert column(window, CHANCE) == raw
    items = window.next_token.items
    drawn = column(window, AFTER)
    assert float(drawn[0]) > float(raw[0])
    cut = [row for row, words in enumerate(drawn) if words == "cut"]
    assert cut
    assert items.index(cut[0], TOKEN).data()
    assert items.index(cut[0], TOKEN).data(CUT)
    assert sum(float(words) for words in drawn if words != "cut") == pytest.approx(1, abs=0.002)
    assert "focused" not in window.next_token.items.headerData(AFTER, Qt.Orientation.Horizontal)
    assert "it is cut" in items.index(cut[0], TOKEN).data(Qt.ItemDataRole.ToolTipRole)
    choose(window, "greedy")
    assert table.isColumnHidden(AFTER)


def test_the_column_follows_the_selection(qtbot, window, told):
    choose(window, "focused")
    qtbot.waitUntil(lambda: column(window, AFTER)[0] != "")
    window.selection.select(told.fork.branches[Role.CLEAN])
    assert column(window, AFTER)[0] == ""
    qtbot.waitUntil(lambda: column(window, AFTER)[0] != "")


def test_every_setting_can_be_changed_and_is_in_force_at_once(dialog, window):
    for key, value in (("top_k", 3), ("repeat_penalty", 1.2), ("typical_p", 0.5)):
        dialog.fields[key].setValue(value)
    assert window.sampler.name == OWN
    wish = window.next_token.growth.wish()
    assert (wish.sampler.top_k, wish.sampler.repeat_penalty) == (3, 1.2)
    assert wish.sampler.typical_p == 0.5


def test_own_presets_are_kept_and_found_by_the_next_window(qtbot, dialog, window, preferences):
    dialog.fields["temperature"].setValue(0.35)
    dialog.name.setText("careful")
    qtbot.mouseClick(dialog.save, LEFT)
    assert window.sampler.name == "careful"
    assert presets_from_json(preferences.samplers)["careful"].temperature == 0.35
    choose(window, "greedy")
    choose(window, "careful")
    assert window.sampler.sampler.temperature == 0.35
    qtbot.mouseClick(dialog.delete, LEFT)
    assert window.sampler.name == OWN
    assert presets_from_json(preferences.samplers) == {}


def test_a_taken_name_is_refused_in_a_sentence(qtbot, dialog):
    dialog.name.setText("greedy")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    assert "choose another name" in dialog.answer.text()


def test_spoilt_presets_are_left_out():
    assert presets_from_json("no json") == {}
    for wrong in ('{"top_k": 0.5}', '{"temperature": NaN}', '{"top_p": true}', '{"top_x": 1}'):
        assert presets_from_json(f'{{"mine": {wrong}}}') == {}
    assert presets_from_json('{"a": {"wrong": 1}, "b": {"top_k": 2}}') == {"b": Sampler(top_k=2)}


def test_until_the_end_of_text_fills_the_context(window, told, monkeypatch):
    growth = window.next_token.growth
    growth.until_end.setChecked(True)
    assert not growth.tokens.isEnabled()
    assert growth.wish().tokens is None
    asked: list[int] = []

    def records(engine, request):
        if isinstance(request, Continue):
            asked.append(request.limit)
            yield Meter(0, 0, 0.0)
        else:
            yield from ask(engine, request)

    ask = type(told._engine).ask
    monkeypatch.setattr(type(told._engine), "ask", records)
    growth.go.click()
    assert asked == [told.card.context - told.tree.depth(window.selection.selected)]


def test_samples_are_drawn_with_the_preset(qtbot, window, told):
    choose(window, "creative")
    growth = window.next_token.growth
    growth.samples.setValue(2)
    growth.tokens.setValue(2)
    qtbot.mouseClick(growth.go, LEFT)
    assert Origin.SAMPLED in {told.tree.origin(node) for node in range(1, len(told.tree) + 1)}


def test_what_is_drawn_stays_in_view_while_other_branches_grow(qtbot, window, told, monkeypatch):
    choose(window, "focused")
    qtbot.waitUntil(lambda: column(window, AFTER)[0] != "")
    told.continue_from((told.fork.branches[Role.ERROR],), tokens=2, sampler=GREEDY, seed=0)
    assert column(window, AFTER)[0] != ""
