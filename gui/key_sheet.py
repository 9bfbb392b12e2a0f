"""Two small windows of words: the sheet of keys, and what this program is."""

import html
from collections.abc import Collection

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QLabel, QVBoxLayout, QWidget

from gui.actions import ACTIONS, MENUS

CANVAS_KEYS = (
    ("Left, Right", "along the branch"),
    ("Up, Down", "between lanes"),
    ("Home, End", "to the start or end of the lane"),
    ("1 to 9", "branch with that candidate"),
    ("Enter", "go to the candidates"),
    ("Enter, Backspace", "in the multiverse: zoom in, show all"),
    ("Wheel", "scroll, with Shift sideways"),
    ("Ctrl+Wheel", "zoom to the pointer"),
    ("Drag", "move the tree"),
)


def key_sheet(parent: QWidget, offered: Collection[str]) -> QDialog:
    """Return a window that lists the keys of the offered actions; it does not block."""
    sheet = QDialog(parent)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    sheet.setWindowTitle("Keys")
    grid = QGridLayout(sheet)
    grid.setContentsMargins(24, 20, 24, 20)
    grid.setHorizontalSpacing(32)
    grid.setVerticalSpacing(16)
    groups = [
        (
            menu,
            [
                (", ".join(_native(key) for key in spec.keys), spec.text.replace("&", ""))
                for spec in ACTIONS
                if spec.menu == menu and spec.keys and spec.id in offered
            ],
        )
        for menu in MENUS
    ]
    groups.append(("In the tree", list(CANVAS_KEYS)))
    for place, (name, rows) in enumerate(group for group in groups if group[1]):
        grid.addWidget(_group(name, rows), place // 3, place % 3, Qt.AlignmentFlag.AlignTop)
    return sheet


def _group(name: str, rows: list[tuple[str, str]]) -> QLabel:
    cells = "".join(
        f"<tr><td style='padding-right:16px'><b>{html.escape(keys)}</b></td>"
        f"<td>{html.escape(words)}</td></tr>"
        for keys, words in rows
    )
    label = QLabel(f"<p>{html.escape(name)}</p><table cellspacing='3'>{cells}</table>")
    label.setTextFormat(Qt.TextFormat.RichText)
    return label


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


def about(parent: QWidget) -> QDialog:
    """Return a window that says what Swerve is; it does not block."""
    window = QDialog(parent)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    window.setWindowTitle("About Swerve")
    words = QLabel(
        "<h3>Swerve</h3><p>See what a language model does after a wrong turn, token by token.</p>"
        "<p>It reads a model file on this machine, and opens no connection.</p>"
        "<p>Apache License 2.0</p>"
    )
    words.setWordWrap(True)
    words.setMinimumWidth(380)
    box = QVBoxLayout(window)
    box.setContentsMargins(24, 16, 24, 20)
    box.addWidget(words)
    return window
