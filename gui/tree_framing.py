"""Moves the view to what matters: what was just made, a node that was chosen, the growing tip."""

import time

from PySide6.QtCore import QPointF, QRectF, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from core.tree import ROOT, NodeId
from core.view_state import ViewState
from core.workbench import Change, Workbench
from gui.chip_painter import GHOST_PITCH
from gui.ghosts import NOTE_HEIGHT, SHOWN
from gui.look import Look
from gui.motion import GROW_MS, eased, moves
from gui.selection import Selection
from gui.tree_layout import end_of_lanes
from gui.tree_mirror import FEW
from gui.tree_places import CHIP_HEIGHT, LANE_PITCH
from gui.tree_view import LEGIBLE, ZOOMS, TreeView

SUITED = 0.8
"""How small chips may become by themselves, so that a fork and its ghosts fit the height."""

NEARBY = 0.4
"""The share of the view that may scroll away for unexplored tokens that are just out of it."""

FRAME_MS = 15
AHEAD = 0.5
"""The share of the width that a new fork may be away from the left edge: it grows to the right."""


class FramingView(TreeView):
    """A tree view that goes where something happens, until the user moves it."""

    def __init__(
        self, workbench: Workbench, selection: Selection, look: Look, parent: QWidget | None = None
    ) -> None:
        self._follows = False
        self._suits_height = True
        self._framed = ROOT
        self._settled_tree = workbench.tree
        self._was_painted = False
        self._growing: dict[int, float] = {}
        super().__init__(workbench, selection, look, parent)
        self._growth = QTimer(self, interval=FRAME_MS)
        self._growth.timeout.connect(self._on_growth)

    def follow(self) -> None:
        """Keep the growing tip in view, until the user moves the view."""
        self._follows = True

    def centre_on(self, point: QPointF) -> None:
        """Scroll until a point of the tree is in the middle."""
        self.let_be()
        super().centre_on(point)

    def let_be(self) -> None:
        """Move no more by itself: the user does."""
        self._follows = False
        self._framed = ROOT

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom, keeping what is at `at` (the middle by default) where it is."""
        self._suits_height = False
        self._framed = ROOT
        super().zoom_by(factor, at)

    def fit(self) -> None:
        """Make the whole tree fit the view, at its own size at most."""
        width, height = self.mirror.placed.size
        if width and height:
            self._suits_height = False
            self._framed = ROOT
            room = self.viewport().size()
            margin = self._margin() * 2
            across = (room.width() - margin.x()) / width
            down = (room.height() - margin.y()) / height
            self._zoom = max(ZOOMS[0], min(across, down, self._look.scale))
            self.zoomed.emit()
            self._refresh()
            self.horizontalScrollBar().setValue(0)
            self.verticalScrollBar().setValue(0)

    def show_start(self) -> None:
        """Go to the beginning of the tree."""
        self.let_be()
        self.horizontalScrollBar().setValue(0)
        self.verticalScrollBar().setValue(0)

    def frame(self, node: NodeId) -> None:
        """Show what follows `node`, all of its lanes where they fit, and go on while it grows."""
        self._framed = node
        self._suits_height = self._suits_height or self._zoom >= LEGIBLE
        self._suit_height(may_grow=True)
        self._refresh()
        self._scroll_to_frame()

    def view_state(self) -> ViewState:
        """Return how large the tree is shown, and which part of it."""
        corner = self._to_tree(QPointF(0, 0))
        values = {
            "zoom": round(self._zoom / self._look.scale, 6),
            "left": round(corner.x(), 2),
            "top": round(corner.y(), 2),
            "suits_height": self._suits_height,
        }
        return ViewState(1, values)

    def restore_view(self, state: ViewState) -> None:
        """Show the part of the tree that was shown, as large."""
        self.let_be()
        self._suits_height = state.value("suits_height", otherwise=True)
        zoom = state.value("zoom", 1.0) * self._look.scale
        self._zoom = min(max(zoom, ZOOMS[0]), ZOOMS[1])
        self._suit_height(may_grow=True)
        self._refresh()
        corner = QPointF(state.value("left", 0.0), state.value("top", 0.0))
        scrolled = corner * self._zoom + self._margin()
        self.horizontalScrollBar().setValue(round(scrolled.x()))
        self.verticalScrollBar().setValue(round(scrolled.y()))

    def reveal(self, node: NodeId) -> None:
        """Scroll until a node is in view, with its neighbours."""
        if node != ROOT and self.mirror.chip_of(node):
            self._scroll_to(self.box_of(node), QRectF(self.viewport().rect()))
            covered = QRectF(self.minimap.geometry()) & self.box_of(node)
            if not self.minimap.isHidden() and not covered.isEmpty():
                below = round(self.box_of(node).bottom()) + 8 - self.minimap.y()
                self.verticalScrollBar().setValue(self.verticalScrollBar().value() + below)

    def _reveal_ghosts(self) -> None:
        """Scroll a little more where that brings the likeliest unexplored tokens into view."""
        boxes = [box for _, box in self.ghost_boxes()[:SHOWN]]
        if not boxes:
            return
        area, chip = QRectF(self.viewport().rect()), self.box_of(self._selection.selected)
        across = max(box.right() for box in boxes) + 8 - area.right()
        down = max(box.bottom() for box in boxes) + 8 - area.bottom()
        for bar, missing, room, size in (
            (self.horizontalScrollBar(), across, chip.left() - 70, area.width()),
            (self.verticalScrollBar(), down, chip.top() - 8, area.height()),
        ):
            if 0 < missing <= min(room, NEARBY * size):
                bar.setValue(bar.value() + round(missing))

    def _scroll_to(self, box: QRectF, area: QRectF) -> None:
        """Scroll until a box is in the area, both in view coordinates; its corner at least."""
        area = area.adjusted(70, 44, -110, -44)
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        right = max(0.0, box.right() - area.right())
        left = box.left() - area.left()
        across.setValue(across.value() + round(min(left, right) if left > 0 else left))
        below = max(0.0, box.bottom() - area.bottom())
        above = box.top() - area.top()
        down.setValue(down.value() + round(min(above, below) if above > 0 else above))

    def _frame_lanes(self) -> tuple[int, int]:
        """Return the first lane of what is framed and the one after its last."""
        lanes = self.mirror.placed.lanes
        chip = self.mirror.chip_of(self._framed) if self._framed != ROOT else 0
        if not chip:
            return 0, len(lanes)
        up, level = self.mirror.up, self.mirror.drawn.level
        return int(lanes.lane[chip]), end_of_lanes(lanes, up, level, chip)

    def _suit_height(self, *, may_grow: bool) -> None:
        """Make the lanes and a stack of ghosts fit the height, where a little smaller is enough.

        What is typed into a tree makes it no larger under the eye: `may_grow` with what is new.
        """
        first, last = self._frame_lanes()
        if self._suits_height and last > first:
            needed = (last - first) * LANE_PITCH + SHOWN * GHOST_PITCH + NOTE_HEIGHT
            room = (self.viewport().height() - 2 * self._margin().y()) / needed
            zoom = min(max(room, SUITED * self._look.scale), self._look.scale)
            self._zoom = zoom if may_grow else min(zoom, self._zoom)

    def _scroll_to_frame(self) -> None:
        node = self._framed
        if node == ROOT or not self.mirror.chip_of(node):
            return
        first, last = self._frame_lanes()
        chip = self.box_of(node)
        lanes = QRectF(chip)
        lanes.setHeight((last - first - 1) * LANE_PITCH * self._zoom + CHIP_HEIGHT * self._zoom)
        area = QRectF(self.viewport().rect())
        ahead = QRectF(area)
        ahead.setWidth(area.width() * AHEAD + 110)
        width, _ = self.mirror.placed.size
        is_growing = self._to_view(QRectF(0, 0, width, 1)).right() > area.right()
        self._scroll_to(lanes, ahead if is_growing else area)
        self.reveal(self._selection.selected)

    def _settle(self, change: Change) -> None:
        is_another = self._settled_tree is not self._workbench.tree  # not only another model
        self._settled_tree = self._workbench.tree
        if is_another or change.fork:
            self._suits_height = True
        if is_another:
            self._framed = ROOT
        self._find_frame(change)
        is_new_look = change == Change()
        self._suit_height(may_grow=is_another or change.fork or is_new_look)
        self._refresh()
        self._grow(change)
        if change.added and self._framed != ROOT:
            self._scroll_to_frame()
        if self._follows and change.added:
            self._follow(change.added[-1])

    def _grow(self, change: Change) -> None:
        """Let new chips come in from the left for a moment, if things may move."""
        few = change.added and len(change.added) <= FEW and not change.reset
        if few and moves() and self.isVisible() and self._zoom >= LEGIBLE:
            now, area = time.monotonic(), QRectF(self.viewport().rect())
            chips = {self.mirror.chip_of(node) for node in change.added} - {0}
            seen = [chip for chip in chips if self.box_of(NodeId(chip)).intersects(area)]
            if seen:
                self._growing |= dict.fromkeys(seen, now)
                self._growth.start()

    def _on_growth(self) -> None:
        oldest = time.monotonic() - GROW_MS / 1e3
        self._growing = {node: began for node, began in self._growing.items() if began > oldest}
        if not self._growing:
            self._growth.stop()
        self.viewport().update()

    def _paint_growth(self) -> None:
        """Cover what of new chips has not come in yet."""
        painter = QPainter(self.viewport())
        ground, now = QColor(self._look.theme.panel), time.monotonic()
        for node, began in self._growing.items():
            if node < len(self.mirror) and self.mirror.chip_of(node) == node:
                box = self.box_of(NodeId(node)).adjusted(0, -4, 6, 4)
                share = eased((now - began) / (GROW_MS / 1e3))
                box.setLeft(box.left() + box.width() * share)
                painter.fillRect(box, ground)
        painter.end()

    def _find_frame(self, change: Change) -> None:
        """Frame the fork at which a change begins a branch."""
        if change.shown and not change.reset:
            self.reveal(change.shown[0])
        if not (change.added and change.branches) or change.reset:
            return
        first = change.added[0]
        above = self._workbench.tree.parent(first)
        node = above if above != ROOT else first
        stays = self._framed != ROOT and self._is_below(node, self._framed)
        if not stays or not self._frame_fits():
            self._framed = node
            self._suits_height = self._suits_height or self._zoom >= LEGIBLE

    def _frame_fits(self) -> bool:
        first, last = self._frame_lanes()
        room = self.viewport().height() - 2 * self._margin().y()
        return (last - first) * LANE_PITCH * SUITED * self._look.scale <= room

    def _is_below(self, node: NodeId, root: NodeId) -> bool:
        tree = self._workbench.tree
        while node > root:
            node = tree.parent(node)
        return node == root

    def _follow(self, node: NodeId) -> None:
        if self.mirror.chip_of(node):
            box = self.box_of(node)
            beyond = box.right() - (self.viewport().width() - 120)
            if beyond > 0:
                across = self.horizontalScrollBar()
                across.setValue(across.value() + round(beyond))

    def _on_selected(self, node: int) -> None:
        super()._on_selected(node)
        self.reveal(NodeId(node))
        self._reveal_ghosts()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adapt to another size."""
        super().resizeEvent(event)
        self._suit_height(may_grow=True)
        self._refresh()
        if not self._was_painted:  # what was scrolled to before had no size to be in
            self.horizontalScrollBar().setValue(0)
            self.verticalScrollBar().setValue(0)
            self.reveal(self._selection.selected)
        elif self._framed != ROOT:
            self._scroll_to_frame()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is in view."""
        self._was_painted = True
        super().paintEvent(event)
        if self._growing:
            self._paint_growth()
