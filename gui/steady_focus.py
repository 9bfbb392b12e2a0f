"""Keeps the focus at a button that cannot be pressed for a while."""

from PySide6.QtWidgets import QAbstractButton


def enable(button: QAbstractButton, on: bool) -> None:  # noqa: FBT001 - as Qt's own
    """Enable a button or not.

    Qt sends the focus of one that is disabled on to whatever stands next, where the next key does
    something else. It waits at what holds the button instead, and comes back with it.
    """
    holder = button.parentWidget()
    assert holder is not None, "a button stands in a layout"
    if not on and button.hasFocus():
        holder.setFocus()
    waits = on and not button.isEnabled() and holder.hasFocus()
    button.setEnabled(on)
    if waits:
        button.setFocus()
