"""What a session remembers is shown: how likely a draw was, and candidates without their model."""

import math

import pytest
from PySide6.QtWidgets import QApplication

from core.branches import Role
from core.sampling import Sampler
from core.tree import Origin
from gui import figures
from gui.token_origin import made_rows


@pytest.fixture
def sampled(window, told):
    tip = told.tip_of(told.fork.branches[Role.CLEAN])
    told.continue_from([tip], tokens=2, sampler=Sampler(temperature=0.7), seed=1)
    (node, *_) = (each.id for each in told.tree if each.origin is Origin.SAMPLED)
    return node


def test_a_drawn_token_says_at_which_p_it_was_drawn(qtbot, window, told, sampled):
    window.selection.select(sampled)
    panel = window.this_token
    chance = figures.probability(math.exp(told.drawn_logprob(sampled)))
    assert panel.value("drawn at p") == f"{chance} after the sampler"
    assert panel._values["drawn at p"].isVisible()
    card = window.tree.canvas._card
    card.show_node(sampled, window.tree.canvas.box_of(sampled), ())
    assert f"p {chance} after the sampler" in card.text()
    window.selection.select(told.fork.branches[Role.CLEAN])
    assert not panel._values["drawn at p"].isVisible()


def test_every_sampled_token_names_the_stream_that_drew_it(window, told):
    tip = told.tip_of(told.fork.branches[Role.CLEAN])
    told.continue_from([tip], tokens=3, sampler=Sampler(temperature=0.3), seed=3, samples=6)
    drawn = [each.id for each in told.tree if each.origin is Origin.SAMPLED]
    assert len(drawn) < 18, "some samples share their first tokens"
    rows = [dict(made_rows(told, node))["seed, stream"] for node in drawn]
    assert set(rows) <= {f"3, {stream}" for stream in range(6)}


def test_candidates_keep_their_names_when_the_model_goes(qtbot, window, told):
    node = told.tree.parent(told.fork.branches[Role.CLEAN])
    window.selection.select(node)
    before = [window.next_token.items.token_at(row) for row in range(5)]
    ghosts = [token for token, _ in window.tree.canvas.ghost_boxes()]
    displaced = window.this_token.value("displaced")
    told.attach_engine(None)
    QApplication.processEvents()
    window.selection.select(node)
    assert window.next_token.table.isVisible()
    assert [window.next_token.items.token_at(row) for row in range(5)] == before
    assert [token for token, _ in window.tree.canvas.ghost_boxes()] == ghosts != []
    assert window.this_token.value("displaced") == displaced
