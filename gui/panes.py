"""Where the panels stand beside and below each other, and how wide the user wants each."""

from dataclasses import dataclass
from functools import partial
from typing import cast

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QVBoxLayout, QWidget

from core.view_state import ViewState
from gui.panel_window import PanelWindow
from gui.preferences import Preferences

SIZES = {"across": [180, 912, 272], "middle": [440, 140, 226], "side": [560, 212]}
"""Pixels that the panels have in a window of 1280 by 800; the tree takes what is added."""

NARROW = 1180
"""Below this width the branches give their room to the tree, unless the user wants them."""


@dataclass(frozen=True, slots=True)
class _Home:
    """Where a panel stands in the main window: its splitter, its place in it, what it is called."""

    splitter: str
    index: int
    title: str


HOMES = {
    "branches": _Home("across", 0, "Branches"),
    "reading": _Home("middle", 1, "Reading"),
    "compare": _Home("middle", 2, "Compare"),
    "side": _Home("across", 2, "Token panels"),
}
"""The panels that can stand in windows of their own; the tree stays."""


class Panes(QWidget):
    """Branches on the left, tree over comparison in the middle, the token panels on the right.

    Panels are built inside `across`, `middle` and `side`, from above to below: Qt goes through all
    that a widget holds whenever it moves to another parent.

    Says `moved` when the user gave a panel another size, showed or hid one, took one out into a
    window of its own or put it back; of the last two it says `rehoused` too.
    """

    moved = Signal()
    rehoused = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._wants_branches: bool | None = None
        self._apart: dict[str, PanelWindow] = {}
        self._whole: dict[str, list[int]] = {}  # sizes from when a splitter held all its panels
        self.pages = QStackedWidget(self)
        self.across = QSplitter(Qt.Orientation.Horizontal, self.pages)
        self.middle = QSplitter(Qt.Orientation.Vertical, self.across)
        self.side = QSplitter(Qt.Orientation.Vertical, self.across)
        self.pages.addWidget(self.across)
        for splitter in self._splitters().values():
            splitter.setHandleWidth(8)
            splitter.setChildrenCollapsible(False)

    def settle(
        self, *, branches: QWidget, reading: QWidget, strips: tuple[QWidget, ...], status: QWidget
    ) -> None:
        """Put the panels in order, each of which was built inside its splitter."""
        self.branches = branches
        self.across.insertWidget(0, branches)
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
        return self._panel("compare")

    def put_compare(self, panel: QWidget) -> None:
        """Let another widget stand below the tree, as large and as visible as the one there."""
        if "compare" in self._apart:
            self._apart["compare"].exchange(panel)
            return
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
            room = self.side if "side" in self._apart else self.across
            lower.setVisible(room.height() >= needed + self.side.handleWidth())
        if self._wants_branches is None and "branches" not in self._apart:
            self.branches.setVisible(width >= NARROW)

    def toggle_branches(self) -> None:
        """Show or hide the branches, whatever the width, from now on."""
        self._wants_branches = self.branches.isHidden()
        self.toggle(self.branches)

    def toggle(self, panel: QWidget) -> None:
        """Show or hide another panel; hidden, it has no window of its own any more."""
        is_shown = not panel.isHidden()
        for name, window in tuple(self._apart.items()):
            if window.panel is panel:
                self._put_back(name)
        panel.setHidden(is_shown)
        self.moved.emit()

    # panels in windows of their own

    def is_apart(self, name: str) -> bool:
        """Return whether a panel has a window of its own."""
        return name in self._apart

    def toggle_apart(self, name: str) -> None:
        """Take a panel out into a window of its own, or put it back where it stood."""
        if name in self._apart:
            self._put_back(name)
        else:
            self._take_out(name, None)
        self.moved.emit()

    def _panel(self, name: str) -> QWidget:
        if name in self._apart:
            return self._apart[name].panel
        home = HOMES[name]
        panel = self._splitters()[home.splitter].widget(home.index)
        assert panel is not None, "the splitters hold all panels, or what stands for them"
        return panel

    def _take_out(self, name: str, place: QRect | None) -> None:
        panel, home = self._panel(name), HOMES[name]
        splitter = self._splitters()[home.splitter]
        self._whole.setdefault(home.splitter, splitter.sizes())
        window = PanelWindow(panel, home.title, self.window(), place)
        gap = QWidget()  # so that the others keep their places
        gap.hide()
        splitter.insertWidget(home.index, gap)
        self._apart[name] = window
        window.closed.connect(partial(self.toggle_apart, name))
        window.moved.connect(self.moved)
        window.show()
        self.rehoused.emit()

    def _put_back(self, name: str) -> None:
        window = self._apart.pop(name)
        focus = cast("QWidget | None", window.focusWidget())  # None where nothing had it
        home, panel = HOMES[name], window.give_up()
        splitter = self._splitters()[home.splitter]
        gap = self._panel(name)
        splitter.replaceWidget(home.index, panel)
        gap.deleteLater()
        panel.show()
        if focus is not None:
            focus.setFocus()  # or it would go to whatever stands next in Tab's order
        splitter.refresh()  # it has one handle more from now on
        splitter.setSizes(self._whole[home.splitter])
        if not any(HOMES[other].splitter == home.splitter for other in self._apart):
            del self._whole[home.splitter]
        self.rehoused.emit()

    def _sizes(self) -> dict[str, list[int]]:
        """Return the sizes in each splitter, as they were while it held all its panels."""
        sizes = {name: splitter.sizes() for name, splitter in self._splitters().items()}
        return sizes | self._whole

    def view_state(self) -> ViewState:
        """Return which panels are shown, and how large each is."""
        shown: dict[str, object] = {name: not part.isHidden() for name, part in self._parts()}
        if self._wants_branches is None:
            del shown["branches"]  # the width of the window decides
        apart = {name: window.place() for name, window in self._apart.items()}
        return ViewState(1, {"sizes": self._sizes(), "shown": shown, "apart": apart})

    def restore_view(self, state: ViewState) -> None:
        """Show the panels that were shown, each with its share of the room there is now."""
        for name in tuple(self._apart):
            self._put_back(name)
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
        apart = state.part("apart")
        for name in HOMES:
            place = apart.several(name, int)
            if len(place) == 4:
                self._take_out(name, QRect(*place))

    def restore(self, preferences: Preferences) -> None:
        """Take the sizes that were kept."""
        for name, splitter in self._splitters().items():
            state = preferences.layout(name)
            if state is not None:
                splitter.restoreState(state)

    def keep(self, preferences: Preferences) -> None:
        """Keep the sizes for the next window, with all panels in this one again."""
        for name in tuple(self._apart):
            self._put_back(name)
        for name, splitter in self._splitters().items():
            preferences.set_layout(name, splitter.saveState())

    def _parts(self) -> tuple[tuple[str, QWidget], ...]:
        return tuple((name, self._panel(name)) for name in HOMES)

    def _splitters(self) -> dict[str, QSplitter]:
        return {"across": self.across, "middle": self.middle, "side": self.side}
