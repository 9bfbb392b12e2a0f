"""A right click on a token offers what can be done with it."""

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from core.branches import Role
from gui.tree_menu import TreeMenu


@pytest.fixture
def popped(monkeypatch):
    """Where menus were opened: offscreen, nothing can be grabbed for them."""
    places: list[QPoint] = []
    monkeypatch.setattr(QMenu, "popup", lambda _, at: places.append(at))
    return places


def asks(canvas, at, reason=QContextMenuEvent.Reason.Mouse):
    place = canvas.viewport().mapToGlobal(at)
    QApplication.sendEvent(canvas.viewport(), QContextMenuEvent(reason, at, place))


def test_a_right_click_chooses_the_token_and_offers_its_verbs(window, told, popped):
    canvas = window.tree.canvas
    error = told.fork.branches[Role.ERROR]
    at = canvas.box_of(error).center().toPoint()
    asks(canvas, at)
    assert window.selection.selected == error
    assert popped == [canvas.viewport().mapToGlobal(at)]
    (menu,) = canvas.findChildren(TreeMenu)
    hide = window.actions_by_id["edit.hide"]
    assert hide in menu.menu.actions()
    hide.trigger()
    assert not told.is_visible(error)


def test_the_menu_key_opens_it_at_the_chosen_token(window, told, popped):
    canvas = window.tree.canvas
    error = told.fork.branches[Role.ERROR]
    window.selection.select(error)
    asks(canvas, QPoint(0, 0), QContextMenuEvent.Reason.Keyboard)
    assert window.selection.selected == error
    assert popped == [canvas.viewport().mapToGlobal(canvas.box_of(error).bottomLeft().toPoint())]
