"""With a model of other tokens, a branch is planted again from the menu and compared by bytes."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from core.branches import Role
from core.tokens import Vocabulary
from gui import missing_readings


@pytest.fixture
def other(engine):
    """The story's engine with the same pieces under other ids."""

    one = type(engine)()
    pieces = (b"Facebook of", *one.vocabulary.pieces)
    end = len(pieces) - 1
    one.vocabulary = Vocabulary(pieces, frozenset({end}), None, frozenset({end}))
    one._ids = {piece: number for number, piece in enumerate(pieces[:-1])}
    one.card = replace(
        one.card,
        name="Other",
        vocabulary_size=len(pieces),
        fingerprint=one.vocabulary.fingerprint,
    )
    return one


def test_a_branch_of_other_tokens_is_planted_again_and_keeps_its_old_numbers(
    qtbot, window, told, other
):
    error = told.fork.branches[Role.ERROR]
    window.selection.select(error)
    assert not window.actions_by_id["tree.replant"].isEnabled()
    before = window.this_token.value("probability")
    told.attach_engine(other)
    QApplication.processEvents()
    window.selection.select(error)
    assert window.this_token.value("probability") == before
    assert window.this_token.value("reading") == "exact, by SmolLM2-135M-Instruct"
    assert window.next_token.table.isVisible()
    assert window.actions_by_id["tree.replant_all"].isEnabled()
    window.actions_by_id["tree.replant"].trigger()
    tip = window.selection.selected
    assert told.tree.text_to(tip) == told.tree.text_to(told.tip_of(error))
    assert told.speaks(tip)
    assert window.this_token.value("reading") == "exact"
    assert not window.actions_by_id["tree.replant"].isEnabled()
    new = told.branch_of(tip)
    assert new.name.startswith("Other: ")
    assert window.this_token.value("reading") == "exact"
    window.selection.select(error)
    assert window.this_token.value("reading") == "exact, by SmolLM2-135M-Instruct"
    assert window.next_token.table.isVisible()
    window.selection.select(tip)
    assert told.replanted_from(new.first) == error
    assert window.this_token.value("planted again from") == "Apple (error)"
    items = window.branches.items
    tip_of_row = items.index(items.row_of(new.first)).data(Qt.ItemDataRole.ToolTipRole)
    assert "planted again from “Apple”" in tip_of_row
    window.compare.show_view("Table")
    window.compare.choose([error, new.first])
    table = window.compare.current()
    table.alignment.setCurrentText("aligned by bytes")
    assert "tokens" not in window.problem.words()
    rows = [
        (table.items.node_at(table.items.index(row, 0)), row)
        for row in range(table.items.rowCount())
    ]
    assert len(rows) == len(told.nodes_of(error))
    window.actions_by_id["edit.undo"].trigger()
    assert not told.is_visible(tip)


def test_blocks_of_another_models_reading_are_in_its_own_words(window, told, other, monkeypatch):
    monkeypatch.setattr("gui.block_view.moves", lambda: False)
    window.actions_by_id["view.blocks"].trigger()
    place = told.tree.parent(told.fork.branches[Role.ERROR])
    before = [part.token.piece for part in window.tree.blocks._parts.of(place)]
    told.attach_engine(other)
    assert [part.token.piece for part in window.tree.blocks._parts.of(place)] == before
    window.selection.select(place)
    asked: list[object] = []
    window.tree.blocks.branch_requested.connect(lambda _, token: asked.append(token.piece))
    window.tree.blocks._pick(1)
    candidates = told.readings.expects(place).candidates
    assert asked == [told.pieces_at(place)[candidates[1].id].piece]


@pytest.fixture
def second(engine):
    """Another model of the same tokens."""
    one = type(engine)()
    one.card = replace(one.card, name="Second", path="second.gguf", sha256="2" * 64)
    return one


def test_another_model_of_the_same_tokens_reads_all_and_is_asked_the_probe(
    qtbot, window, told, second
):
    bars = [belief.branch for belief in told.fork.beliefs]
    told.attach_engine(second)
    assert told.fork.beliefs == ()
    qtbot.waitUntil(lambda: [belief.branch for belief in told.fork.beliefs] == bars)
    tips = [told.tip_of(first) for first in told.fork.branches.values()]
    assert all(told.readings.is_exact(tip) for tip in tips)
    qtbot.waitUntil(lambda: not window.compare.current()._no_belief.isVisible())
    assert told.undo_label == "tell the fork"


def test_of_a_long_session_another_model_reads_the_branch_that_is_selected(
    qtbot, window, told, second, monkeypatch
):
    monkeypatch.setattr(missing_readings, "LEAST", 3)
    error = told.fork.branches[Role.ERROR]
    window.selection.select(error)
    told.attach_engine(second)
    qtbot.waitUntil(window.next_token.table.isVisible)
    assert window.this_token.value("reading") == "exact"
    assert "Tell the fork again" in window.compare.current()._no_belief.text()
    assert told.readings.expects(told.tip_of(error)) is not None
    clean = told.fork.branches[Role.CLEAN]
    assert told.readings.expects(told.tip_of(clean)) is None
    window.selection.select(clean)
    qtbot.waitUntil(lambda: told.readings.expects(told.tip_of(clean)) is not None)


def test_a_branch_named_after_its_role_is_not_called_so_twice(window, told):
    error = told.fork.branches[Role.ERROR]
    marks = window.compare._marks
    marks._counts[Role.ERROR] = 2
    assert marks.label(error) == "error · Apple"
    told.rename(error, "error")
    marks._counts[Role.ERROR] = 2
    assert marks.label(error) == "error"
