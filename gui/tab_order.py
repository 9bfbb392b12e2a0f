"""Lets Tab follow what is seen: from left to right, from above to below, as layouts hold it."""

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QSplitter, QStackedWidget, QWidget


def follow_layout(widget: QWidget) -> None:
    """Let Tab go through all that a widget holds in the order in which it is laid out.

    Without it, Tab goes in the order in which widgets came to their parents.
    """
    stops = [one for one in _seen(widget) if one.focusPolicy() & Qt.FocusPolicy.TabFocus]
    for before, after in pairwise(stops):
        QWidget.setTabOrder(before, after)


def _seen(widget: QWidget) -> Iterator[QWidget]:
    """Yield a widget and all that is laid out in it, in order."""
    yield widget
    layout = widget.layout()
    if isinstance(widget, (QSplitter, QStackedWidget)):
        for place in range(widget.count()):
            part = widget.widget(place)
            if part is not None:
                yield from _seen(part)
    elif layout is not None:
        yield from _in_layout(layout)


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        assert item is not None, "layouts count what they hold"
        part, inner = item.widget(), item.layout()
        if part is not None:
            yield from _seen(part)
        elif inner is not None:
            yield from _in_layout(inner)
