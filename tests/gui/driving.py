"""What tests do to the window by menu, mouse and key."""

from PySide6.QtCore import Qt

LEFT = Qt.MouseButton.LeftButton


def trigger(window, action):
    window.actions_by_id[action].trigger()


def click(qtbot, window, at):
    qtbot.mouseClick(window.tree.canvas.viewport(), LEFT, pos=at.toPoint())


def first_of(bench, role):
    return bench.fork.branches[role]


def select(qtbot, window, node):
    window.tree.canvas.reveal(node)
    click(qtbot, window, window.tree.canvas.box_of(node).center())
    assert window.selection.selected == node
