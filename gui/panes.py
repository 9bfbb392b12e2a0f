"""Where the panels stand beside and below each other, and how wide the user wants each."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from core.view_state import ViewState
from gui.preferences import Preferences

SIZES = {"across": [180, 912, 272], "middle": [440, 140, 226], "side": [560, 212]}
"""Pixels that the panels have in a window of 1280 by 800; the tree takes what is added."""

NARROW = 1180
"""Below this width the branches give their room to the tree, unless the user wants them."""


class Panes(QWidget):
    """Branches on the left, tree over comparison in the middle, the token panels on the right.

    Says `moved` when the user gave a panel another size, or showed or hid one.
    """

    moved = Signal()

    def __init__(  # noqa: PLR0913 - one for each panel
        self,
        *,
        branches: QWidget,
        tree: QWidget,
        reading: QWidget,
        compare: QWidget,
        next_token: QWidget,
        this_token: QWidget,
        strips: tuple[QWidget, ...],
        status: QWidget,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.branches = branches
        self._wants_branches: bool | None = None
        # From the outside in: Qt goes through all that a widget holds whenever it moves in.
        self.pages = QStackedWidget(self)
        self.across = QSplitter(Qt.Orientation.Horizontal)
        self.middle = QSplitter(Qt.Orientation.Vertical)
        self.side = QSplitter(Qt.Orientation.Vertical)
        self.pages.addWidget(self.across)
        for splitter, parts in (
            (self.across, (branches, self.middle, self.side)),
            (self.middle, (tree, reading, compare)),
            (self.side, (next_token, this_token)),
        ):
            splitter.setHandleWidth(8)
            splitter.setChildrenCollapsible(False)
            for part in parts:
                splitter.addWidget(part)
        self.middle.setStretchFactor(0, 1)
        self.side.setStretchFactor(0, 1)
        self.across.setStretchFactor(1, 1)
        for name, splitter in self._splitters().items():
            splitter.setSizes(SIZES[name])
            splitter.splitterMoved.connect(self.moved)
        reading.hide()
        branches.setMinimumWidth(160)
        self.middle.setMinimumWidth(420)
        self.side.setMinimumWidth(252)
        box = QVBoxLayout(self)
        box.setContentsMargins(8, 0, 8, 0)
        box.setSpacing(8)
        for strip in strips:
            box.addWidget(strip)
        box.addWidget(self.pages, 1)
        box.addWidget(status)

    @property
    def compare(self) -> QWidget:
        """What stands below the tree."""
        below = self.middle.widget(2)
        assert below is not None, "the middle holds three panels from the start"
        return below

    def put_compare(self, panel: QWidget) -> None:
        """Let another widget stand below the tree, as large and as visible as the one there."""
        is_hidden = self.compare.isHidden()
        sizes = self.middle.sizes()
        before = self.compare
        self.middle.replaceWidget(2, panel)
        panel.setHidden(is_hidden)
        self.middle.setSizes(sizes)
        before.deleteLater()

    def show_page(self, page: QWidget | None) -> None:
        """Let a page stand instead of the panels, None: the panels again."""
        if page is not None and self.pages.indexOf(page) < 0:
            self.pages.addWidget(page)
        self.pages.setCurrentWidget(page or self.across)

    def adapt(self, width: int) -> None:
        """Make the best of a window of this width, and of the height that the panels have.

        Where large type leaves no room for both token panels, This token gives way: its figures
        stand in the card over a token too.
        """
        upper, lower = self.side.widget(0), self.side.widget(1)
        if self.isVisible() and upper is not None and lower is not None:
            needed = upper.minimumSizeHint().height() + lower.minimumSizeHint().height()
            lower.setVisible(self.across.height() >= needed + self.side.handleWidth())
        if self._wants_branches is None:
            self.branches.setVisible(width >= NARROW)

    def toggle_branches(self) -> None:
        """Show or hide the branches, whatever the width, from now on."""
        self._wants_branches = self.branches.isHidden()
        self.branches.setVisible(self._wants_branches)
        self.moved.emit()

    def toggle(self, panel: QWidget) -> None:
        """Show or hide another panel."""
        panel.setVisible(panel.isHidden())
        self.moved.emit()

    def view_state(self) -> ViewState:
        """Return which panels are shown, and how large each is."""
        sizes: dict[str, object] = {
            name: splitter.sizes() for name, splitter in self._splitters().items()
        }
        shown: dict[str, object] = {name: not part.isHidden() for name, part in self._parts()}
        if self._wants_branches is None:
            del shown["branches"]  # the width of the window decides
        return ViewState(1, {"sizes": sizes, "shown": shown})

    def restore_view(self, state: ViewState) -> None:
        """Show the panels that were shown, each with its share of the room there is now."""
        shown = state.part("shown")
        for name, part in self._parts():
            part.setHidden(not shown.value(name, not part.isHidden()))
        if "branches" in shown.values:
            self._wants_branches = not self.branches.isHidden()
        sizes = state.part("sizes")
        for name, splitter in self._splitters().items():
            kept = sizes.several(name, int)
            if len(kept) == splitter.count() and any(kept):
                splitter.setSizes(list(kept))

    def restore(self, preferences: Preferences) -> None:
        """Take the sizes that were kept."""
        for name, splitter in self._splitters().items():
            state = preferences.layout(name)
            if state is not None:
                splitter.restoreState(state)

    def keep(self, preferences: Preferences) -> None:
        """Keep the sizes for the next window."""
        for name, splitter in self._splitters().items():
            preferences.set_layout(name, splitter.saveState())

    def _parts(self) -> tuple[tuple[str, QWidget], ...]:
        reading = self.middle.widget(1)
        assert reading is not None, "the middle holds three panels from the start"
        return (
            ("branches", self.branches),
            ("reading", reading),
            ("compare", self.compare),
            ("side", self.side),
        )

    def _splitters(self) -> dict[str, QSplitter]:
        return {"across": self.across, "middle": self.middle, "side": self.side}
