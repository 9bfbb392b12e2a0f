"""Changes the keys of actions: choose one, press a key, see who has it already."""

from collections.abc import Mapping

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.actions import place_of
from gui.key_book import KeyBook, native

NAME = int(Qt.ItemDataRole.UserRole)
HINT = "Choose an action, then press its new key in the field below."


class KeyEditor(QDialog):
    """Every action with its keys; a change is in force at once."""

    def __init__(
        self, book: KeyBook, actions: Mapping[str, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Change keys")
        self._book = book
        self._actions = actions
        self.search = QLineEdit()
        self.search.setPlaceholderText("find an action…")
        self.search.setAccessibleName("Find an action")
        self.list = QTreeWidget()
        self.list.setHeaderLabels(["action", "keys"])
        self.list.setRootIsDecorated(False)
        self.list.setObjectName("roomy")
        self.list.setUniformRowHeights(True)
        self.list.setAccessibleName("Actions and their keys")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.field = QKeySequenceEdit()
        self.field.setMaximumSequenceLength(1)
        self.field.setAccessibleName("New key")
        self.said = QLabel(HINT)
        self.said.setObjectName("muted")
        self.said.setWordWrap(True)
        self.give = QPushButton("Set key")
        self.give.setObjectName("primary")
        self.none = QPushButton("No key")
        self.reset = QPushButton("Reset")
        self.reset.setToolTip("Give this action the keys that ship with Swerve")
        self.reset_all = QPushButton("Reset all")
        self._lay_out()
        self.search.textChanged.connect(self.refresh)
        self.list.currentItemChanged.connect(self._on_row)
        self.field.keySequenceChanged.connect(self._on_key)
        self.give.clicked.connect(self._on_give)
        self.none.clicked.connect(self._on_none)
        self.reset.clicked.connect(self._on_reset)
        self.reset_all.clicked.connect(self._on_reset_all)
        self.refresh()

    def choose(self, name: str) -> None:
        """Select an action."""
        for row in range(self.list.topLevelItemCount()):
            item = self.list.topLevelItem(row)
            if item is not None and item.data(0, NAME) == name:
                self.list.setCurrentItem(item)
                self.list.scrollToItem(item)

    def chosen(self) -> str | None:
        """Return the selected action."""
        item = self.list.currentItem()
        return None if item is None else str(item.data(0, NAME))

    def refresh(self) -> None:
        """List the actions that hold what is sought, with the keys that they have now."""
        before = self.chosen()
        words = self.search.text().lower().split()
        self.list.clear()
        for name in self._actions:
            label = place_of(name)
            keys = ", ".join(native(key) for key in self._book.keys(name))
            if all(word in f"{label} {keys}".lower() for word in words):
                mark = " \N{BULLET}" if self._book.is_own(name) else ""
                item = QTreeWidgetItem([label, keys + mark])
                item.setData(0, NAME, name)
                if mark:
                    item.setToolTip(1, "Changed by you")
                self.list.addTopLevelItem(item)
        if before is not None:
            self.choose(before)
        self._set_buttons()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        for button in (self.give, self.none, self.reset, self.reset_all):
            button.setAutoDefault(False)
            row.addWidget(button)
        box = QVBoxLayout(self)
        box.setContentsMargins(16, 16, 16, 16)
        box.setSpacing(8)
        box.addWidget(self.search)
        box.addWidget(self.list, 1)
        box.addWidget(self.said)
        box.addLayout(row)
        self.resize(560, 560)

    def _key(self) -> str:
        return self.field.keySequence().toString(QKeySequence.SequenceFormat.PortableText)

    def _set_buttons(self) -> None:
        name = self.chosen()
        self.field.setEnabled(name is not None)
        self.give.setEnabled(name is not None and bool(self._key()))
        self.none.setEnabled(name is not None and bool(self._book.keys(name)))
        self.reset.setEnabled(name is not None and self._book.is_own(name))

    def _on_row(self) -> None:
        self.field.clear()
        self.said.setText(HINT)
        self._set_buttons()

    def _on_key(self) -> None:
        name, key = self.chosen(), self._key()
        if name is not None and key:
            holder = self._book.holder(key, but=name)
            other = "" if holder is None else place_of(holder)
            shown = native(key)
            taken = f"{shown} is the key of {other}, which loses it when you set it here."
            self.said.setText(taken if holder is not None else f"{shown} is free.")
        self._set_buttons()

    def _on_give(self) -> None:
        name, key = self.chosen(), self._key()
        if name is not None and key:
            self._book.give(name, (key,))
            self._done()

    def _on_none(self) -> None:
        name = self.chosen()
        if name is not None:
            self._book.give(name, ())
            self._done()

    def _on_reset(self) -> None:
        name = self.chosen()
        if name is not None:
            self._book.reset(name)
            self._done()

    def _on_reset_all(self) -> None:
        self._book.reset_all()
        self._done()

    def _done(self) -> None:
        self.field.clear()
        self.refresh()
