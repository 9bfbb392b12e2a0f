"""The tree with panels at its edges: which panel stands at which, and how the room is shared."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget


class Edge(StrEnum):
    """The edges of the tree at which panels can stand."""

    LEFT = "left"
    BELOW = "below"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Home:
    """What a panel is called, and where it stands until the user puts it elsewhere.

    `width` and `height` are the pixels that it has at an edge of a window of 1280 by 800.
    """

    title: str
    edge: Edge
    width: int
    height: int


HOMES = {
    "branches": Home("Branches", Edge.LEFT, 180, 180),
    "reading": Home("Reading", Edge.BELOW, 320, 140),
    "compare": Home("Compare", Edge.BELOW, 440, 226),
    "side": Home("Token panels", Edge.RIGHT, 272, 440),
}
"""The panels that can stand at any edge, or in windows of their own. At one edge, in this order."""

TREE_WIDTH, TREE_HEIGHT = 912, 440
LEAST_TREE = 420
TOKEN_PANELS = [560, 212]
"""The tree takes what is added to these, and of the two token panels the first."""

_COMES_OR_GOES = frozenset({QEvent.Type.ShowToParent, QEvent.Type.HideToParent})


class Edges(QSplitter):
    """Panels are built inside `left`, `middle`, `right` and `side`, from above to below.

    Qt goes through all that a widget holds whenever it moves to another parent.
    """

    resized = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._homes = {name: home.edge for name, home in HOMES.items()}
        self._asked = list(HOMES)  # what was asked for last stands last
        self._giving_way: set[str] = set()
        self.left = QSplitter(Qt.Orientation.Vertical, self)
        self.middle = QSplitter(Qt.Orientation.Vertical, self)
        self.right = QSplitter(Qt.Orientation.Vertical, self)
        self.side = QSplitter(Qt.Orientation.Vertical, self.right)
        for splitter in self.splitters().values():
            splitter.setHandleWidth(8)
            splitter.setChildrenCollapsible(False)

    def settle(self) -> None:
        """Share the room out, now that all panels are built."""
        for splitter in (self.middle, self.side):
            splitter.setStretchFactor(0, 1)
        self.setStretchFactor(1, 1)
        self.middle.setMinimumWidth(LEAST_TREE)
        self.side.setSizes(TOKEN_PANELS)
        self._share_out(Edge)
        for name in HOMES:
            self.panel(name).installEventFilter(self)

    def splitters(self) -> dict[str, QSplitter]:
        """Return everything whose sizes the user can change, by name."""
        columns = {"left": self.left, "middle": self.middle, "right": self.right}
        return {"across": self, **columns, "side": self.side}

    def column(self, name: str) -> QSplitter:
        """Return what holds a panel."""
        return {Edge.LEFT: self.left, Edge.BELOW: self.middle, Edge.RIGHT: self.right}[
            self._homes[name]
        ]

    def place(self, name: str) -> int:
        """Return the place that a panel has in its column; the tree has the first in its own."""
        beside = self.standing_at(self._homes[name])
        return beside.index(name) + (self._homes[name] is Edge.BELOW)

    def panel(self, name: str) -> QWidget:
        """Return a panel, or what stands for it while it is elsewhere."""
        found = self.column(name).widget(self.place(name))
        assert found is not None, "the columns hold all panels, or what stands for them"
        return found

    def exchange(self, name: str, panel: QWidget) -> None:
        """Let another widget stand in the place of one; that is deleted."""
        before, column = self.panel(name), self.column(name)
        column.replaceWidget(self.place(name), panel)
        panel.installEventFilter(self)
        before.deleteLater()

    def edge(self, name: str) -> Edge:
        """Return the edge at which a panel stands."""
        return self._homes[name]

    def standing_at(self, edge: Edge) -> list[str]:
        """Return the panels at an edge, from above to below."""
        return [name for name in HOMES if self._homes[name] is edge]

    def stand(self, homes: Mapping[str, Edge]) -> bool:
        """Let the panels stand at these edges; return whether one of them moved."""
        moving = {name: self.panel(name) for name in HOMES if homes[name] is not self._homes[name]}
        if not moving:
            return False
        touched = {edge for name in moving for edge in (self._homes[name], homes[name])}
        self._homes = dict(homes)
        for name, panel in moving.items():
            is_hidden = panel.isHidden()
            self.column(name).insertWidget(self.place(name), panel)
            panel.setHidden(is_hidden)
        if "side" in moving:
            is_below = homes["side"] is Edge.BELOW
            along = Qt.Orientation.Horizontal if is_below else Qt.Orientation.Vertical
            self.side.setOrientation(along)
            beside = [max(1, self.middle.width() - HOMES["side"].width), HOMES["side"].width]
            self.side.setSizes(beside if is_below else TOKEN_PANELS)
        self._share_out(touched)
        self.hide_empty()
        return True

    def ask_for(self, name: str) -> None:
        """Let a panel be the last to give way to others."""
        self._asked.remove(name)
        self._asked.append(name)
        self._giving_way.discard(name)

    def want(self, name: str, *, is_wanted: bool) -> None:
        """Show a panel, or hide it for another reason than that there is no room."""
        self._giving_way.discard(name)
        self.panel(name).setVisible(is_wanted)

    def gives_way(self, name: str) -> bool:
        """Return whether a panel is hidden only because others at its edge leave it no room."""
        return name in self._giving_way

    def make_room(self) -> bool:
        """Let panels give way where an edge has no room for all; return whether that changed.

        First those that were asked for longest ago; they come back when there is room again.
        """
        before = set(self._giving_way)
        for edge in Edge:
            left = self.height()
            if edge is Edge.BELOW:
                left -= _least_height(self.middle.widget(0))
            for name in reversed(self._asked):
                panel = self.panel(name)
                is_wanted = not panel.isHidden() or name in self._giving_way
                if self._homes[name] is not edge or not is_wanted:
                    continue
                need = _least_height(panel) + self.handleWidth()
                fits = need <= left or (edge is not Edge.BELOW and left == self.height())
                if fits:
                    left -= need
                    self._giving_way.discard(name)
                else:
                    self._giving_way.add(name)
                if panel.isHidden() is fits:
                    panel.setVisible(fits)
        return before != self._giving_way

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Say so."""
        super().resizeEvent(event)
        self.resized.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice that a panel was shown or hidden."""
        if event.type() in _COMES_OR_GOES:
            self.hide_empty()
        return super().eventFilter(watched, event)

    def hide_empty(self) -> None:
        """Give the room of an edge without panels to the others."""
        for column in (self.left, self.right):
            parts = (column.widget(place) for place in range(column.count()))
            column.setVisible(any(part is not None and not part.isHidden() for part in parts))

    def _share_out(self, edges: Iterable[Edge]) -> None:
        """Give the panels at these edges their usual room; the tree has what others leave."""
        now = dict(zip((Edge.LEFT, Edge.BELOW, Edge.RIGHT), self.sizes(), strict=True))
        if not self.isVisible():  # what it says before is no size that anybody gave it
            now = {
                Edge.LEFT: self._usual_width(Edge.LEFT),
                Edge.BELOW: TREE_WIDTH,
                Edge.RIGHT: self._usual_width(Edge.RIGHT),
            }
        whole = sum(now.values())
        for edge in edges:
            homes = [HOMES[name] for name in self.standing_at(edge)]
            heights = [home.height for home in homes]
            if edge is Edge.BELOW:
                self.middle.setSizes([TREE_HEIGHT, *heights])
            else:
                (self.left if edge is Edge.LEFT else self.right).setSizes(heights)
                now[edge] = self._usual_width(edge)
        tree = max(LEAST_TREE, whole - now[Edge.LEFT] - now[Edge.RIGHT])
        self.setSizes([now[Edge.LEFT], tree, now[Edge.RIGHT]])

    def _usual_width(self, edge: Edge) -> int:
        return max((HOMES[name].width for name in self.standing_at(edge)), default=0)


def _least_height(panel: QWidget | None) -> int:
    """Return the pixels that a panel needs; of panels above each other the first is enough."""
    if isinstance(panel, QSplitter) and panel.orientation() is Qt.Orientation.Vertical:
        return _least_height(panel.widget(0))
    return 0 if panel is None else panel.minimumSizeHint().height()
