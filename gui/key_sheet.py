"""Two small windows of words: the sheet of keys, and what this program is."""

import html
from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui.actions import ACTIONS, MENUS, name_of, plain
from gui.diagnostics import version_of
from gui.key_book import KeyBook, native
from gui.tree_letters import LETTERS

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


COLUMNS, GAP = 4, 32
Group = tuple[str, list[tuple[str, str]]]
"""A heading, and its rows of keys and words."""


def key_sheet(parent: QWidget, offered: Mapping[str, QAction], book: KeyBook) -> QDialog:
    """Return a window that lists the keys of the offered actions; it does not block."""
    sheet = QDialog(parent)
    sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    sheet.setWindowTitle("Keys")
    groups: list[Group] = [
        (
            menu,
            [
                (", ".join(native(key) for key in book.keys(spec.id)), plain(spec.text))
                for spec in ACTIONS
                if spec.menu == menu and spec.id in offered and book.keys(spec.id)
            ],
        )
        for menu in MENUS
    ]
    groups.append(("In the tree", list(CANVAS_KEYS)))
    letters = [(key, name_of(name)) for key, name in LETTERS.items() if name in offered]
    groups.append(("Letters in the tree", letters))
    room = parent.window().size() - QSize(24, 48)
    labels = {name: _group(name, rows) for name, rows in groups if rows}
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(24, 20, 24, 20)
    row.setSpacing(GAP)
    for column in _columns_in(room.width() - 2 * 24 - 16, groups, labels):
        box = QVBoxLayout()
        box.setSpacing(16)
        for name, _ in column:
            box.addWidget(labels[name])
        box.addStretch(1)
        row.addLayout(box)
    area = QScrollArea()
    area.setObjectName("bare")
    area.setWidgetResizable(True)
    area.setWidget(page)
    area.setAccessibleName("Keys")
    whole = QVBoxLayout(sheet)
    whole.setContentsMargins(0, 0, 0, 0)
    whole.addWidget(area)
    wanted = page.sizeHint() + QSize(16, 8)
    sheet.resize(wanted.boundedTo(room))
    return sheet


def _columns_in(width: int, groups: list[Group], labels: Mapping[str, QLabel]) -> list[list[Group]]:
    """Return the most columns that stand beside each other in a width; one in any case."""
    shown = [group for group in groups if group[1]]
    for many in range(COLUMNS, 1, -1):
        columns = in_columns(shown, many)
        widths = [max(labels[name].sizeHint().width() for name, _ in one) for one in columns]
        if sum(widths) + GAP * (len(columns) - 1) <= width:
            return columns
    return [shown]


def in_columns(groups: list[Group], most: int) -> list[list[Group]]:
    """Deal groups of rows, in their order, into so many columns at most, as low as can be."""
    lines = [len(rows) + 2 for _, rows in groups]
    for height in range(max(lines), sum(lines) + 1):
        columns: list[list[Group]] = [[]]
        filled = 0
        for group, needed in zip(groups, lines, strict=True):
            if filled + needed > height:
                columns.append([])
                filled = 0
            columns[-1].append(group)
            filled += needed
        if len(columns) <= most:
            return columns
    return [groups]


def _group(name: str, rows: list[tuple[str, str]]) -> QLabel:
    cells = "".join(
        f"<tr><td style='padding-right:16px'><b>{html.escape(keys)}</b></td>"
        f"<td>{html.escape(words)}</td></tr>"
        for keys, words in rows
    )
    label = QLabel(f"<p>{html.escape(name)}</p><table cellspacing='3'>{cells}</table>")
    label.setTextFormat(Qt.TextFormat.RichText)
    return label


def about(parent: QWidget) -> QDialog:
    """Return a window that says what Swerve is; it does not block."""
    window = QDialog(parent)
    window.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    window.setWindowTitle("About Swerve")
    words = QLabel(
        f"<h3>Swerve {version_of('swerve')}</h3>"
        "<p>See what a language model does after a wrong turn, token by token.</p>"
        "<p>It reads a model file on this machine, and opens no connection.</p>"
        "<p>Apache License 2.0</p>"
    )
    words.setWordWrap(True)
    words.setMinimumWidth(380)
    box = QVBoxLayout(window)
    box.setContentsMargins(24, 16, 24, 20)
    box.addWidget(words)
    return window
