"""Lists branches, bookmarks and notes; choosing one jumps to it."""

from collections.abc import Iterable

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QLabel,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from core.branches import Role
from core.error_list import record_at
from core.tokens import text_of
from core.tree import ROOT, NodeId
from core.workbench import Change, Workbench
from gui import figures
from gui.branch_items import BranchDelegate, BranchItems
from gui.branch_marks import BranchMarks
from gui.branch_order import MEANINGS, Order
from gui.card import Card
from gui.key_words import tell_keys
from gui.look import Look
from gui.observing import observe
from gui.paced import Paced
from gui.selection import Selection
from gui.tab_order import follow_layout
from gui.theme import UNIT
from gui.token_text import quoted

NOTHING = "No branch holds these words."
EMPTY = "No branches yet. Tell a fork above the tree, or compose a prompt ({tree.prompt})."
SEARCH = "Words in its name, text, tags or kind of error ({view.find_branch})"
NODE = int(Qt.ItemDataRole.UserRole)
MOST = 100
"""Places of one kind that are listed: more are found elsewhere."""

MORE = "Tree → All errors in the tree lists every one; Find a branch finds names, texts and tags."


BATCH = 300
"""Rows that are laid out at a time: the others follow while the window goes on."""


class BranchList(QListView):
    """A list in which F2 and a second click on the selected row rename."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setUniformItemSizes(True)
        # Every row costs two calls into Python, at each of which a busy thread keeps it waiting.
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setBatchSize(BATCH)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a key."""
        if event.key() == Qt.Key.Key_F2 and self.currentIndex().isValid():
            self.edit(self.currentIndex())
        elif event.matches(QKeySequence.StandardKey.Cancel):
            event.ignore()
        else:
            super().keyPressEvent(event)


class BranchesPanel(Card):
    """Follows the selection, and moves it."""

    rename_requested = Signal(int, str)

    def __init__(
        self, workbench: Workbench, selection: Selection, look: Look, parent: QWidget | None = None
    ) -> None:
        super().__init__("Branches", parent)
        self._workbench = workbench
        self._selection = selection
        marks = BranchMarks(workbench)
        self.items = BranchItems(workbench, marks, self)
        self.list = BranchList(self)
        self.list.setModel(self.items)
        self.list.setItemDelegate(BranchDelegate(marks, look, self.list))
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setAccessibleName("Branches")
        self.list.setMinimumHeight(96)
        self._empty = QLabel()
        tell_keys(self._empty, self._empty.setText, EMPTY)
        self._empty.setObjectName("muted")
        self._empty.setWordWrap(True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._empty.setContentsMargins(8, 0, 8, 0)
        self._tools = self._make_tools()
        self._none = QLabel(NOTHING)
        self._none.setObjectName("muted")
        self._none.setWordWrap(True)
        self._none.setContentsMargins(8, 0, 8, 0)
        self._errors = _PlaceList("Errors", self)
        self._tags = _PlaceList("Tags", self)
        self._bookmarks = _PlaceList("Bookmarks", self)
        self._notes = _PlaceList("Notes", self)
        self.body.setContentsMargins(8, 12, 8, 12)
        self.head.setContentsMargins(8, 0, 8, 0)
        self.body.addWidget(self._empty, 1)
        self.body.addWidget(self._tools)
        self.body.addWidget(self._none)
        self.body.addWidget(self.list, 1)
        for places in (self._errors, self._bookmarks, self._tags, self._notes):
            self.body.addWidget(places)
            places.place_chosen.connect(self._jump)
        self.items.rename_requested.connect(self.rename_requested)
        self.items.modelReset.connect(self._on_listed)
        self.search.textChanged.connect(self._arrange)
        self.search.returnPressed.connect(self._take_first)
        self.order.currentIndexChanged.connect(self._arrange)
        self.list.clicked.connect(self._on_clicked)
        self.list.activated.connect(self._on_clicked)
        selection.selected_changed.connect(self._on_selected)
        observe(workbench, self, self._on_change)
        self._paced = Paced(self._refresh, self)
        self._refresh()

    def _make_tools(self) -> QWidget:
        found = QWidget(self)
        self.order = QComboBox(found)
        self.order.setObjectName("quiet")
        self.order.setAccessibleName("Order of the branches")
        for order in Order:
            self.order.addItem(order.value, order)
            self.order.setItemData(
                self.order.count() - 1, MEANINGS[order], Qt.ItemDataRole.ToolTipRole
            )
        self.order.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.search = QLineEdit(found)
        self.search.setMinimumWidth(40)
        self.search.setPlaceholderText("find a branch…")
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName("Find a branch")
        tell_keys(self.search, self.search.setToolTip, SEARCH)
        tools = QVBoxLayout(found)
        tools.setContentsMargins(8, 0, 8, 0)
        tools.setSpacing(4)
        tools.addWidget(self.search)
        tools.addWidget(self.order)
        return found

    def rename_current(self) -> None:
        """Open the editor on the selected branch."""
        if self.list.currentIndex().isValid():
            self.list.setFocus()
            self.list.edit(self.list.currentIndex())

    def ask_what_to_find(self) -> None:
        """Let the user type what the branch is called."""
        self.show()
        self.window().activateWindow()
        self.search.setFocus()
        self.search.selectAll()

    def _arrange(self) -> None:
        # Qt hands an item's data back as a plain string
        self.items.arrange(Order(self.order.currentData()), self.search.text())
        self._refresh()

    def _on_listed(self) -> None:
        self._on_selected(self._selection.selected)
        self._paced.ask()

    def _take_first(self) -> None:
        if self.items.rowCount():
            self._jump(self.items.first_at(0))
            self.list.setFocus()

    def _refresh(self) -> None:
        some = bool(self.items.marks.branches)
        listed = self.items.rowCount() > 0
        self._empty.setVisible(not some)
        self._tools.setVisible(some)
        self._none.setVisible(some and not listed)
        self.list.setVisible(some)
        seen = self._workbench.is_visible
        branches = self.items.marks.branches
        wrong = [b.first for b in branches.values() if b.role is Role.ERROR]
        errors = ((first, record_at(self._workbench, branches, first)) for first in wrong)
        self._errors.show_places(
            (first, f"{quoted(error.text)}, {error.bits:.1f} bits")
            for first, error in errors
            if error is not None
        )
        self._tags.show_places(
            (node, f"{', '.join(tags)}: {self._place_words(node)}")
            for node, tags in self._workbench.tags.items()
            if seen(node)
        )
        self._bookmarks.show_places(
            (node, self._place_words(node)) for node in self._workbench.bookmarks if seen(node)
        )
        self._notes.show_places(
            (node, text) for node, text in self._workbench.notes.items() if seen(node)
        )
        self._on_selected(self._selection.selected)

    def _place_words(self, node: NodeId) -> str:
        tree = self._workbench.tree
        above = tree.parent(node)
        before = quoted(text_of([tree.token(above)])) if above != ROOT else "the start"
        return f"{quoted(text_of([tree.token(node)]))} after {before}"

    def _on_change(self, change: Change) -> None:
        if change.reset or change.notes or change.hidden or change.shown:
            self._refresh()
        elif change.branches or change.jobs:  # an error has its bits once work has read it
            self._paced.ask()  # a sweep begins hundreds of branches, one after the other

    def _on_selected(self, node: int) -> None:
        branch = self._workbench.branch_of(NodeId(node)) if node else None
        row = None if branch is None else self.items.row_of(branch.first)
        if row is None:
            self.list.setCurrentIndex(QModelIndex())
        elif self.list.currentIndex().row() != row:
            self.list.setCurrentIndex(self.items.index(row))

    def _on_clicked(self, index: QModelIndex) -> None:
        self._jump(self.items.first_at(index.row()))

    def _jump(self, node: int) -> None:
        self._selection.select(NodeId(node))


class _PlaceList(QWidget):
    """A short list of places in the tree, with a heading; it is gone when it is empty.

    The list itself is built when there is something to list.
    """

    place_chosen = Signal(int)

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._title = title
        self._shown: list[tuple[NodeId, str]] = []
        self.list: QListWidget | None = None
        self.hide()

    def show_places(self, places: Iterable[tuple[NodeId, str]]) -> None:
        """Show these nodes with these words."""
        wanted = list(places)
        if wanted == self._shown:
            return
        self._shown = wanted
        if self.list is None:
            self.list = self._make_list()
        self.list.clear()
        for node, words in wanted[:MOST]:
            item = QListWidgetItem(words)
            item.setData(NODE, int(node))
            item.setToolTip(words)
            item.setSizeHint(QSize(60, 26))
            self.list.addItem(item)
        if len(wanted) > MOST:
            more = QListWidgetItem(f"and {figures.count(len(wanted) - MOST)} more")
            more.setFlags(Qt.ItemFlag.NoItemFlags)
            more.setToolTip(MORE)
            self.list.addItem(more)
        self.list.setFixedHeight(min(self.list.count(), 5) * 26 + 4)
        self.setVisible(bool(wanted))

    def _make_list(self) -> QListWidget:
        heading = QLabel(self._title.upper(), self)
        heading.setObjectName("heading")
        heading.setContentsMargins(8, 8, 0, 0)
        found = QListWidget(self)
        found.setObjectName("places")
        found.setAccessibleName(self._title)
        found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        found.setTextElideMode(Qt.TextElideMode.ElideRight)
        found.itemClicked.connect(self._on_item)
        found.itemActivated.connect(self._on_item)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(2 * UNIT)
        box.addWidget(heading)
        box.addWidget(found)
        panel = self.parentWidget()
        assert panel is not None, "it is built inside its panel"
        follow_layout(panel)
        return found

    def _on_item(self, item: QListWidgetItem) -> None:
        self.place_chosen.emit(item.data(NODE))
