"""Shows the tree: what part of it, how large, and what is lit."""

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from core.tokens import Token
from core.tree import ROOT, NodeId
from core.view_state import ViewState
from core.workbench import Change, SavedState, Workbench
from gui.branch_marks import BranchMarks
from gui.chip_painter import GHOST_PITCH
from gui.ghosts import NOTE_HEIGHT, SHOWN, Ghosts, stand, untaken
from gui.look import Look, Size
from gui.near_picture import NearPicture
from gui.observing import observe
from gui.selection import Selection
from gui.strip_painter import StripPainter
from gui.token_facts import facts_of
from gui.token_text import quoted
from gui.tree_mirror import FEW, TreeMirror
from gui.tree_painter import Lit, TreePainter
from gui.tree_places import CHIP_HEIGHT, LANE_PITCH, Placed

MARGIN = QPointF(4, 26)
"""Room left and right of the tree, and above and below it, in window pixels."""

LEGIBLE = 0.55
ZOOMS = (0.004, 3.0)
SUITED = 0.8
"""How small chips may become by themselves, so that a fork and its ghosts fit the height."""

EMPTY = "Type a sentence above and choose “Tell it”, or open a session: the tree grows here."

UNLOADED = "The tree grows here as soon as a model is loaded; a session can be opened without one."


class TreeView(QAbstractScrollArea):
    """Paints a workbench's tree; can be scrolled, zoomed and told to show a node."""

    zoomed = Signal()

    def __init__(
        self, workbench: Workbench, selection: Selection, look: Look, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._selection = selection
        self._look = look
        self._zoom = look.scale
        self._marks = BranchMarks(workbench)
        self.mirror = TreeMirror(workbench, lambda text: 8.0 * len(text))
        self._painter = self._new_painter()
        self._strips = StripPainter(self.mirror, look.theme)
        self._near = NearPicture(self._paint_chips, self)
        self._near.sharpened.connect(self.viewport().update)
        self._ghosts: Ghosts | None = None
        self._lit_ghost: int | None = None
        self._follows = False
        self._suits_height = True
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.viewport().setMouseTracking(True)
        self.setAccessibleName("Tree of tokens")
        self.setMinimumSize(240, 160)
        observe(workbench, self, self.take)
        selection.selected_changed.connect(self._on_selected)
        selection.pointed_changed.connect(self._on_pointed)
        look.changed.connect(self._on_look)
        self._refresh()

    # what the window asks for

    @property
    def zoom(self) -> float:
        """Window pixels per tree pixel."""
        return self._zoom

    def take(self, change: Change) -> None:
        """Show a change of the tree."""
        before = self.mirror.placed
        self.mirror.take(change)
        self._repaint(change, before)
        if change.branches or change.reset or change.hidden or change.shown:
            self._marks.recount()
        if change.reset or change.fork:
            self._suits_height = True
        self._suit_height()
        self._refresh()
        if self._follows and change.added:
            self._follow(change.added[-1])

    def follow(self) -> None:
        """Keep the growing tip in view, until the user moves the view."""
        self._follows = True

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom, keeping what is at `at` (the middle by default) where it is."""
        self._suits_height = False
        held = at or QPointF(self.viewport().rect().center())
        before = self._to_tree(held)
        self._zoom = min(max(self._zoom * factor, ZOOMS[0]), ZOOMS[1])
        self.zoomed.emit()
        self._refresh()
        after = before * self._zoom + self._margin()
        self.horizontalScrollBar().setValue(round(after.x() - held.x()))
        self.verticalScrollBar().setValue(round(after.y() - held.y()))

    def zoom_to_normal(self) -> None:
        """Show chips in their own size."""
        self.zoom_by(self._look.scale / self._zoom)

    def fit(self) -> None:
        """Make the whole tree fit the view, at its own size at most."""
        width, height = self.mirror.placed.size
        if width and height:
            self._suits_height = False
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
        self._follows = False
        self.horizontalScrollBar().setValue(0)
        self.verticalScrollBar().setValue(0)

    def reveal(self, node: NodeId) -> None:
        """Scroll until a node is in view, with its neighbours."""
        placed = self.mirror.placed
        if node == ROOT or not placed.shown[node]:
            return
        box = self._to_view(self._box(placed, node))
        area = QRectF(self.viewport().rect()).adjusted(70, 44, -110, -44)
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        if box.left() < area.left():
            across.setValue(across.value() + round(box.left() - area.left()))
        elif box.right() > area.right():
            across.setValue(across.value() + round(box.right() - area.right()))
        if box.top() < area.top():
            down.setValue(down.value() + round(box.top() - area.top()))
        elif box.bottom() > area.bottom():
            down.setValue(down.value() + round(box.bottom() - area.bottom()))

    def box_of(self, node: NodeId) -> QRectF:
        """Return where a node's chip is painted, in the viewport's coordinates."""
        return self._to_view(self._box(self.mirror.placed, node))

    def ghost_boxes(self) -> list[tuple[Token, QRectF]]:
        """Return the ghosts and where they are painted, in the viewport's coordinates."""
        if self._ghosts is None:
            return []
        boxes = [self._to_view(box) for box in self._painter.ghost_boxes(self._ghosts)]
        tokens = [ghost.token for ghost in self._ghosts.ghosts]
        return list(zip(tokens, boxes, strict=True))

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
        self._follows = False
        self._suits_height = state.value("suits_height", otherwise=True)
        zoom = state.value("zoom", 1.0) * self._look.scale
        self._zoom = min(max(zoom, ZOOMS[0]), ZOOMS[1])
        self._suit_height()
        self._refresh()
        corner = QPointF(state.value("left", 0.0), state.value("top", 0.0))
        scrolled = corner * self._zoom + self._margin()
        self.horizontalScrollBar().setValue(round(scrolled.x()))
        self.verticalScrollBar().setValue(round(scrolled.y()))

    # coordinates

    def _margin(self) -> QPointF:
        return MARGIN

    def _offset(self) -> QPointF:
        scrolled = QPointF(self.horizontalScrollBar().value(), self.verticalScrollBar().value())
        return self._margin() - scrolled

    def _to_tree(self, point: QPointF) -> QPointF:
        return (point - self._offset()) / self._zoom

    def _to_view(self, box: QRectF) -> QRectF:
        corner = box.topLeft() * self._zoom + self._offset()
        return QRectF(corner, box.size() * self._zoom)

    def _box(self, placed: Placed, node: int) -> QRectF:
        left, top, width = placed.box(node, self.mirror.column(node))
        return QRectF(left, top, width, CHIP_HEIGHT)

    # keeping up

    def _new_painter(self) -> TreePainter:
        painter = TreePainter(self.mirror, self._marks, self._look)
        self.mirror.remeasure(painter.chips.measure)
        return painter

    def _refresh(self) -> None:
        self._ghosts = self._find_ghosts()
        width, height = self.mirror.placed.size
        if self._ghosts is not None:
            boxes = self._painter.ghost_boxes(self._ghosts)
            width = max([width, *(box.right() for box in boxes)])
            height = max(height, self._ghosts.top + self._ghosts.height)
        margin = self._margin() * 2
        room = self.viewport().size()
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setPageStep(room.width())
        down.setPageStep(room.height())
        across.setSingleStep(40)
        down.setSingleStep(round(LANE_PITCH * self._zoom / 2) or 1)
        across.setRange(0, max(0, round(width * self._zoom + margin.x()) - room.width()))
        down.setRange(0, max(0, round(height * self._zoom + margin.y()) - room.height()))
        self._describe()
        self.viewport().update()

    def _suit_height(self) -> None:
        """Make all lanes and a stack of ghosts fit the height, where a little smaller is enough."""
        lanes = len(self.mirror.placed.lanes)
        if self._suits_height and lanes:
            needed = lanes * LANE_PITCH + SHOWN * GHOST_PITCH + NOTE_HEIGHT
            room = (self.viewport().height() - 2 * self._margin().y()) / needed
            self._zoom = min(max(room, SUITED * self._look.scale), self._look.scale)

    def _find_ghosts(self) -> Ghosts | None:
        node = self._selection.selected
        placed = self.mirror.placed
        if node == ROOT or not placed.shown[node]:
            return None
        expects = self._workbench.readings.expects(node)
        vocabulary = None if expects is None else self._workbench.pieces_for(expects)
        if expects is None or vocabulary is None:
            return None
        children = self._workbench.visible_children(node)
        taken = {int(self._workbench.tree.token(child).id) for child in children}
        ghosts, note = untaken(expects, vocabulary, taken)
        found = Ghosts(node, 0.0, 0.0, ghosts, note)
        left, top = stand(placed, node, self.mirror.column(node), found.height)
        return Ghosts(node, left, top, ghosts, note)

    def _follow(self, node: NodeId) -> None:
        if self.mirror.placed.shown[node]:
            box = self.box_of(node)
            beyond = box.right() - (self.viewport().width() - 120)
            if beyond > 0:
                across = self.horizontalScrollBar()
                across.setValue(across.value() + round(beyond))

    def _describe(self) -> None:
        node = self._selection.selected
        if node == ROOT:
            self.setAccessibleDescription(EMPTY if not len(self._workbench.tree) else "")
            return
        facts = facts_of(self._workbench, node)
        chance = f", probability {facts.probability:.3g}" if facts.probability else ""
        self.setAccessibleDescription(f"Selected: {quoted(facts.text)}{chance}, {facts.origin}")

    def _on_selected(self, node: int) -> None:
        self._refresh()
        self.reveal(NodeId(node))

    def _on_pointed(self, _node: int) -> None:
        self.viewport().update()

    def _on_look(self) -> None:
        self._painter = self._new_painter()
        self._strips = StripPainter(self.mirror, self._look.theme)
        self._near.forget()
        self._suit_height()
        self._refresh()

    # painting

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what is in view."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.viewport().rect())
        theme = self._look.theme
        painter.fillRect(area, QColor(theme.panel))
        if not len(self.mirror.placed.lanes):
            painter.setPen(QColor(theme.muted))
            painter.setFont(self._look.font(Size.BODY))
            words = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            said = UNLOADED if self._workbench.vocabulary is None else EMPTY
            painter.drawText(area.adjusted(40, 20, -40, -20), int(words), said)
            painter.end()
            return
        view = QRectF(self._to_tree(area.topLeft()), area.size() / self._zoom)
        if self._zoom < LEGIBLE:
            self._strips.paint(painter, view=view, zoom=self._zoom)
        else:
            self._near.draw(
                painter,
                size=self.viewport().size(),
                offset=self._offset(),
                zoom=self._zoom,
                ground=QColor(theme.panel),
                state=self._is_stalled(),
            )
        painter.translate(self._offset())
        painter.scale(self._zoom, self._zoom)
        lit = Lit(
            self._selection.selected,
            self._selection.pointed,
            self._lit_ghost,
            self.hasFocus(),
        )
        if self._zoom >= LEGIBLE:
            self._painter.paint_over(painter, view, lit)
            if self._ghosts is not None:
                self._painter.paint_ghosts(painter, self._ghosts, self._lit_ghost)
        else:
            self._painter.paint_from_afar(painter, view, lit, self._zoom)
        painter.end()

    def _paint_chips(self, painter: QPainter, view: QRectF) -> None:
        self._painter.paint(painter, view, stalled=self._is_stalled())

    def _repaint(self, change: Change, before: Placed) -> None:
        """See to it that what a change altered is painted again, and no more where little was."""
        now = self.mirror.placed
        news = (*change.added, *change.read)
        is_same = len(now.lanes) == len(before.lanes) and np.array_equal(
            now.left[: len(before.left)], before.left
        )
        others = change.reset or change.branches or change.hidden or change.shown
        if not is_same or others or len(news) > FEW:
            self._near.forget()
            return
        for node in news:
            if now.shown[node]:
                self._near.touch(self._box(now, node))

    def _is_stalled(self) -> bool:
        bench = self._workbench
        return bench.file is not None and bench.saved_state is SavedState.NOT_SAVED

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adapt to another size."""
        super().resizeEvent(event)
        self._suit_height()
        self._refresh()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that keys arrive here."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that keys go elsewhere."""
        super().focusOutEvent(event)
        self.viewport().update()

    def scrollContentsBy(self, _dx: int, _dy: int) -> None:
        """Paint anew instead of moving pixels."""
        self.viewport().update()
