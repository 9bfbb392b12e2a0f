"""Everything is reached without a mouse: by name for screen readers, by Tab, with focus in view."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QFont
from PySide6.QtWidgets import QApplication, QWidget

from core.presets import PRESETS
from gui.app import CLOSED, build_window
from gui.key_editor import KeyEditor


def reachable(window):
    tab = Qt.FocusPolicy.TabFocus
    return [
        widget
        for widget in window.findChildren(QWidget)
        if widget.isVisible()
        and widget.isEnabled()
        and widget.focusPolicy() & tab
        and not widget.objectName().startswith("qt_")  # a part of a field
        and not any(kind.__module__.startswith("pyqtgraph") for kind in kinds(widget))
    ]


def kinds(widget):
    """The classes of a widget and of what it lies in: plots are moved by their own views."""
    while widget is not None:
        yield type(widget)
        widget = widget.parentWidget()


def name_of(widget):
    interface = QAccessible.queryAccessibleInterface(widget)
    return interface.text(QAccessible.Text.Name) if interface is not None else ""


@pytest.fixture
def whole(window):
    """The window with all that it can show at a time."""
    window.resize(1600, 1000)
    window.sampler.choose(PRESETS["focused"])
    window.tree.grow_line.ask()
    window.tree.story.more.setChecked(True)
    window.reading.show()
    QApplication.processEvents()
    return window


def test_every_widget_that_can_be_reached_has_a_name(whole):
    whole.beside.show_sampler()
    whole.beside.composer.open_with(whole.selection.selected)
    editor = KeyEditor(whole.keys, whole.actions_by_id, whole)
    editor.show()
    for top in (whole, whole.beside.sampler, whole.beside.composer, editor):
        nameless = [repr(widget) for widget in reachable(top) if not name_of(widget).strip()]
        assert "\n".join(nameless) == ""
    editor.close()


def test_focus_is_always_in_view(whole):
    unseen = []
    whole.activateWindow()
    for widget in reachable(whole):
        widget.setFocus(Qt.FocusReason.TabFocusReason)
        if not widget.hasFocus():
            continue
        QApplication.processEvents()
        with_focus = whole.grab(around(whole, widget)).toImage()
        widget.clearFocus()
        QApplication.processEvents()
        if whole.grab(around(whole, widget)).toImage() == with_focus:
            unseen.append(f"{name_of(widget)} {widget!r}")
    assert "\n".join(unseen) == ""


def around(window, widget):
    corner = widget.mapTo(window, widget.rect().topLeft())
    return widget.rect().translated(corner).adjusted(-3, -3, 3, 3)


def test_tab_goes_through_the_whole_window_and_comes_back(qtbot, whole):
    whole.tree.canvas.setFocus()
    seen = []
    for _ in range(120):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        if QApplication.focusWidget() is whole.tree.canvas:
            break
        seen.append(QApplication.focusWidget())
    assert QApplication.focusWidget() is whole.tree.canvas
    side, growth, branches, story = (
        whole.next_token,
        whole.next_token.growth,
        whole.branches,
        whole.tree.story,
    )
    in_sight = [
        *(whole.compare.view_button, side.table, side.field, side.errors),
        *(growth.tokens, growth.way, growth.until_end, growth.go),
        *(branches.search, branches.order, branches.list),
        *(whole.tree.legend, story.fields["prompt"], story.tell),
    ]
    assert [widget for widget in seen if widget in in_sight] == in_sight, "as it is laid out"


def test_large_type_leaves_every_field_its_height(qtbot, told, preferences):
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    before = QFont(app.font())
    app.setFont(QFont(before.family(), 14))
    try:
        window = build_window(told, preferences, CLOSED)
        qtbot.addWidget(window)
        window.resize(1024, 700)
        window.sampler.choose(PRESETS["focused"])
        window.show()
        qtbot.waitExposed(window)
        growth = window.next_token.growth
        qtbot.waitUntil(window.this_token.isHidden)
        qtbot.waitUntil(lambda: growth.go.height() >= growth.go.minimumSizeHint().height())
        for field in (growth.go, growth.seed, growth.way, window.next_token.field):
            assert field.height() >= field.minimumSizeHint().height()
        window.resize(1400, 1050)
        qtbot.waitUntil(window.this_token.isVisible)
        window.close()
    finally:
        app.setFont(before)
