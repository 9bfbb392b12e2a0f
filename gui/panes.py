"""The panels around the tree: at which edge, in which window, and how wide the user wants each."""

from collections.abc import Mapping
from functools import partial
from typing import cast

from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from core.view_state import ViewState
from gui.edges import HOMES, Edge, Edges
from gui.panel_window import PanelWindow
from gui.preferences import Preferences
from gui.tab_order import follow_layout

NARROW = 1180
"""Below this width the branches give their room to the tree, unless the user wants them."""

GAVE_WAY = "This edge has no room for {titles} as well: hidden until it has, or chosen under View."


class Panes(QWidget):
    """The tree, and panels on its left, below it, on its right or in windows of their own.

    Says `moved` when the user gave a panel another size or place, showed or hid one, took one out
    into a window of its own or put it back; of all but the sizes it says `rehoused` too. `told` is
    a sentence about what nothing else shows.
    """

    moved = Signal()
    rehoused = Signal()
    told = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._wants_branches: bool | None = None
        self._apart: dict[str, PanelWindow] = {}
        self._whole: dict[str, list[int]] = {}  # sizes from when a splitter held all its panels
        self.pages = QStackedWidget(self)
        self.edges = Edges(self.pages)
        self.side = self.edges.side
        self.adapt_later = QTimer(self, singleShot=True, interval=0)  # once all have their new size
        self.adapt_later.timeout.connect(self._make_room)
        self.edges.resized.connect(self.adapt_later.start)
        self.pages.addWidget(self.edges)

    def settle(
        self, *, branches: QWidget, reading: QWidget, strips: tuple[QWidget, ...], status: QWidget
    ) -> None:
        """Put the panels in order, each of which was built inside its splitter."""
        self.branches = branches
        self.edges.settle()
        for splitter in self.edges.splitters().values():
            splitter.splitterMoved.connect(self.moved)
        reading.hide()
        branches.setMinimumWidth(160)
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
        """The comparison, or what stands for it until it is loaded."""
        return self._panel("compare")

    def put_compare(self, panel: QWidget) -> None:
        """Let the comparison stand in its place, as large and as visible as what stood for it."""
        if "compare" in self._apart:
            self._apart["compare"].exchange(panel)
            return
        column, is_hidden = self.edges.column("compare"), self.compare.isHidden()
        sizes = column.sizes()
        self.edges.exchange("compare", panel)
        panel.setHidden(is_hidden)
        column.setSizes(sizes)

    def show_page(self, page: QWidget | None) -> None:
        """Let a page stand instead of the panels, None: the panels again."""
        if page is not None and self.pages.indexOf(page) < 0:
            self.pages.addWidget(page)
        self.pages.setCurrentWidget(page or self.edges)

    def adapt(self) -> None:
        """Make the best of the window's width, and of the height that the panels have.

        Where large type leaves no room for both token panels, This token gives way: its figures
        stand in the card over a token too.
        """
        upper, lower = self.side.widget(0), self.side.widget(1)
        if self.isVisible() and upper is not None and lower is not None:
            needed = upper.minimumSizeHint().height() + lower.minimumSizeHint().height()
            is_alone = self.edges.standing_at(self.edges.edge("side")) == ["side"]
            room = self.edges if is_alone and "side" not in self._apart else self.side
            is_beside = self.side.orientation() is Qt.Orientation.Horizontal
            lower.setVisible(is_beside or room.height() >= needed + self.side.handleWidth())
        is_beside = self.edges.edge("branches") is not Edge.BELOW and "branches" not in self._apart
        if self._wants_branches is None and is_beside:
            is_wide = self.window().width() >= NARROW
            if not (is_wide and self.edges.gives_way("branches")):
                self.edges.want("branches", is_wanted=is_wide)

    def _make_room(self) -> None:
        """Let panels give way where an edge has no room for all of them."""
        self.adapt()
        if self.edges.isVisible() and self.edges.make_room():
            self.rehoused.emit()

    def _make_room_now(self) -> None:
        """Do so for what the user has just done, and say which panels went."""
        before = self._giving_way()
        self._make_room()
        gone = [name for name in self._giving_way() if name not in before]
        if gone:
            titles = " and ".join(HOMES[name].title for name in gone)
            self.told.emit(GAVE_WAY.format(titles=titles))

    def _giving_way(self) -> list[str]:
        return [name for name in HOMES if self.edges.gives_way(name)]

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
        for name, part in self._parts():
            if part is panel:
                self.edges.ask_for(name)
        self._make_room_now()
        self.moved.emit()

    # panels elsewhere

    def edge(self, name: str) -> Edge | None:
        """Return the edge at which a panel stands; None for one in a window of its own."""
        return None if name in self._apart else self.edges.edge(name)

    def put(self, name: str, edge: Edge | None) -> None:
        """Let a panel stand at this edge of the tree, and be seen; None: in a window, or back."""
        if edge is None:
            self.toggle_apart(name)
            return
        places = {other: QRect(*window.place()) for other, window in self._apart.items()}
        for other in places:
            self._put_back(other)
        self._stand({other: self.edges.edge(other) for other in HOMES} | {name: edge})
        self._panel(name).show()
        self.edges.ask_for(name)
        if name == "branches":
            self._wants_branches = True
        for other, place in places.items():
            if other != name:
                self._take_out(other, place)
        self._make_room_now()
        self.moved.emit()
        self.rehoused.emit()

    def _stand(self, homes: dict[str, Edge]) -> None:
        if self.edges.stand(homes):
            follow_layout(self)

    def toggle_apart(self, name: str) -> None:
        """Take a panel out into a window of its own, or put it back where it stood."""
        self.edges.ask_for(name)
        if name in self._apart:
            self._put_back(name)
        else:
            self._take_out(name, None)
        self._make_room_now()
        self.moved.emit()

    def _panel(self, name: str) -> QWidget:
        return self._apart[name].panel if name in self._apart else self.edges.panel(name)

    def _take_out(self, name: str, place: QRect | None) -> None:
        panel, column = self._panel(name), self.edges.column(name)
        for each, splitter in self.edges.splitters().items():
            if splitter in {column, self.edges}:
                self._whole.setdefault(each, splitter.sizes())
        where = self.edges.place(name)
        window = PanelWindow(panel, HOMES[name].title, self.window(), place)
        gap = QWidget()  # so that the others keep their places
        gap.hide()
        column.insertWidget(where, gap)
        self._apart[name] = window
        self.edges.hide_empty()
        window.closed.connect(partial(self.toggle_apart, name))
        window.moved.connect(self.moved)
        window.show()
        self.rehoused.emit()

    def _put_back(self, name: str) -> None:
        window = self._apart.pop(name)
        focus = cast("QWidget | None", window.focusWidget())  # None where nothing had it
        panel, column = window.give_up(), self.edges.column(name)
        self.edges.exchange(name, panel)
        panel.show()
        if focus is not None:
            focus.setFocus()  # or it would go to whatever stands next in Tab's order
        column.refresh()  # it has one handle more from now on
        out = {self.edges.column(other) for other in self._apart}
        for each, splitter in self.edges.splitters().items():
            if splitter in {column, self.edges}:
                splitter.setSizes(self._whole[each])
                if splitter not in out and (splitter is column or not out):
                    del self._whole[each]
        self.rehoused.emit()

    def _sizes(self) -> dict[str, list[int]]:
        """Return the sizes in each splitter, as they were while it held all its panels."""
        sizes = {name: splitter.sizes() for name, splitter in self.edges.splitters().items()}
        return sizes | self._whole

    def view_state(self) -> ViewState:
        """Return which panels are shown, where, and how large each is."""
        shown: dict[str, object] = {
            name: self._is_wanted(name, part) for name, part in self._parts()
        }
        if self._wants_branches is None:
            del shown["branches"]  # the width of the window decides
        apart = {name: window.place() for name, window in self._apart.items()}
        told = {"sizes": self._sizes(), "shown": shown, "apart": apart, "edges": self._homes()}
        return ViewState(1, told)

    def restore_view(self, state: ViewState) -> None:
        """Show the panels that were shown, each with its share of the room there is now."""
        for name in tuple(self._apart):
            self._put_back(name)
        self._stand(_edges_in(state.part("edges").values))
        shown = state.part("shown")
        for name, part in self._parts():
            is_wanted = shown.value(name, self._is_wanted(name, part))
            self.edges.want(name, is_wanted=is_wanted)
        if "branches" in shown.values:
            self._wants_branches = not self.branches.isHidden()
        sizes = state.part("sizes")
        for name, splitter in self.edges.splitters().items():
            kept = sizes.several(name, int)
            if len(kept) == splitter.count() and any(kept):
                splitter.setSizes(list(kept))
        apart = state.part("apart")
        for name in HOMES:
            place = apart.several(name, int)
            if len(place) == 4:
                self._take_out(name, QRect(*place))

    def restore(self, preferences: Preferences) -> None:
        """Take the places and sizes that were kept."""
        self._stand(_edges_in({name: preferences.edge(name) for name in HOMES}))
        for name, splitter in self.edges.splitters().items():
            state = preferences.layout(name)
            if state is not None:
                splitter.restoreState(state)

    def keep(self, preferences: Preferences) -> None:
        """Keep places and sizes for the next window, with all panels in this one again."""
        for name in tuple(self._apart):
            self._put_back(name)
        for name, edge in self._homes().items():
            preferences.set_edge(name, edge)
        for name, splitter in self.edges.splitters().items():
            preferences.set_layout(name, splitter.saveState())

    def _homes(self) -> dict[str, str]:
        return {name: str(self.edges.edge(name)) for name in HOMES}

    def _is_wanted(self, name: str, part: QWidget) -> bool:
        """Return whether a panel is shown, or would be if there were room."""
        return not part.isHidden() or self.edges.gives_way(name)

    def _parts(self) -> tuple[tuple[str, QWidget], ...]:
        return tuple((name, self._panel(name)) for name in HOMES)


def _edges_in(told: Mapping[str, object]) -> dict[str, Edge]:
    """Return the edge of each panel, where it is told; else the one at which it stands at first."""
    known = {str(edge): edge for edge in Edge}
    return {name: known.get(str(told.get(name)), home.edge) for name, home in HOMES.items()}
