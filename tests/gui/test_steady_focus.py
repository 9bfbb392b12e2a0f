"""A button that starts work keeps the focus while it cannot be pressed, and has it after."""

import pytest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from gui.steady_focus import enable


@pytest.fixture
def pair(qtbot):
    """Two buttons, of which the second would have the focus next."""
    holder = QWidget()
    box = QVBoxLayout(holder)
    buttons = QPushButton("Read"), QPushButton("Next")
    for button in buttons:
        box.addWidget(button)
    qtbot.addWidget(holder)
    holder.show()
    holder.activateWindow()
    qtbot.waitUntil(holder.isActiveWindow)
    return (holder, *buttons)


def test_the_focus_waits_for_the_button(pair):
    _, first, second = pair
    first.setFocus()
    enable(first, False)
    assert not second.hasFocus()
    enable(first, True)
    assert first.hasFocus()


def test_the_focus_that_went_elsewhere_meanwhile_stays_there(pair):
    _, first, second = pair
    first.setFocus()
    enable(first, False)
    second.setFocus()
    enable(first, True)
    assert second.hasFocus()
