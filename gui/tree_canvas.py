"""The tree under the hand: the mouse moves it, keys walk through it, a click chooses."""

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from core.tree import ROOT, NodeId
from core.workbench import Workbench
from gui.hover_card import HoverCard
from gui.look import Look
from gui.selection import Selection
from gui.tree_framing import FramingView
from gui.tree_places import CHIP_HEIGHT, LANE_PITCH
from gui.tree_view import LEGIBLE
from gui.tree_walk import Step, sibling, walk

HOVER_MS = 350
ZOOM_STEP = 1.2
KEYS = {
    Qt.Key.Key_Left: Step.LEFT,
    Qt.Key.Key_Right: Step.RIGHT,
    Qt.Key.Key_Up: Step.UP,
    Qt.Key.Key_Down: Step.DOWN,
    Qt.Key.Key_Home: Step.START,
    Qt.Key.Key_End: Step.END,
}


class TreeCanvas(FramingView):
    """A tree that can be walked through and clicked; it says what the user wants."""

    speaker: object | None = None
    """What tells screen readers about it, once one asks."""

    branch_requested = Signal(int, object)
    unfold_requested = Signal(int)
    details_requested = Signal()
    token_clicked = Signal()
    menu_requested = Signal(QPoint)

    def __init__(
        self, workbench: Workbench, selection: Selection, look: Look, parent: QWidget | None = None
    ) -> None:
        super().__init__(workbench, selection, look, parent)
        self._dragged_from: QPoint | None = None
        self._is_dragging = False
        self._card = HoverCard(workbench, self.viewport())
        self._hover = QTimer(self, singleShot=True, interval=HOVER_MS)
        self._hover.timeout.connect(self._show_card)
        selection.selected_changed.connect(self._card.hide)
        self.horizontalScrollBar().valueChanged.connect(self._card.hide)
        self.verticalScrollBar().valueChanged.connect(self._card.hide)

    def go(self, step: Step) -> None:
        """Move the selection by a step."""
        self.let_be()
        self._selection.select(walk(self.mirror, self._selection.selected, step))

    def go_to_sibling(self) -> None:
        """Select the next token that follows the same parent."""
        self._selection.select(sibling(self.mirror, self._selection.selected))

    # the mouse

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl, zoom."""
        self.let_be()
        turned = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom_by(ZOOM_STEP ** (turned / 120), event.position())
            event.accept()
            return
        moved = event.pixelDelta() if not event.pixelDelta().isNull() else event.angleDelta()
        shifted = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        sideways = moved.y() if shifted and not moved.x() else moved.x()
        upright = 0 if shifted else moved.y()
        across, down = self.horizontalScrollBar(), self.verticalScrollBar()
        across.setValue(across.value() - sideways)
        down.setValue(down.value() - upright)
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        if event.button() in {Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton}:
            self._dragged_from = event.position().toPoint()
            self._is_dragging = False
            self._card.hide()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, or light what is under the mouse."""
        at = event.position().toPoint()
        if self._dragged_from is not None and event.buttons():
            moved = at - self._dragged_from
            if self._is_dragging or moved.manhattanLength() > 5:
                self._is_dragging = True
                self.let_be()
                self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
                across, down = self.horizontalScrollBar(), self.verticalScrollBar()
                across.setValue(across.value() - moved.x())
                down.setValue(down.value() - moved.y())
                self._dragged_from = at
            return
        self._point_at(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag, or choose what was clicked."""
        was_click = self._dragged_from is not None and not self._is_dragging
        self._dragged_from = None
        self._is_dragging = False
        self.viewport().unsetCursor()
        if was_click and event.button() == Qt.MouseButton.LeftButton:
            self._click(event.position())

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Choose what the mouse points at, and ask for its menu; by key, that of what is chosen."""
        self._card.hide()
        at = event.pos()
        if event.reason() is QContextMenuEvent.Reason.Mouse:
            node = self._node_at(QPointF(at))
            if node != ROOT:
                self._selection.select(node)
        elif self._selection.selected != ROOT:
            at = self.box_of(self._selection.selected).bottomLeft().toPoint()
        self.menu_requested.emit(self.viewport().mapToGlobal(at))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adapt to another size."""
        self._card.hide()
        super().resizeEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Put out what was lit."""
        super().leaveEvent(event)
        self._hover.stop()
        self._card.hide()
        self._lit_ghost = None
        self._selection.point(ROOT)

    def _click(self, at: QPointF) -> None:
        ghost = self._ghost_at(at)
        if ghost is not None and self._ghosts is not None:
            self.branch_requested.emit(self._ghosts.node, self._ghosts.ghosts[ghost].token)
            return
        self.let_be()
        folded = next((n for n in self.mirror.wish.folded if self._is_fold_at(n, at)), None)
        if folded is not None:
            self.unfold_requested.emit(folded)
            return
        node = self._node_at(at)
        if node != ROOT:
            self._selection.select(node)
            self.token_clicked.emit()

    def _point_at(self, at: QPointF) -> None:
        ghost = self._ghost_at(at)
        node = ROOT if ghost is not None else self._node_at(at)
        if ghost != self._lit_ghost:
            self._lit_ghost = ghost
            self.viewport().update()
        hand = ghost is not None or node != ROOT
        shape = Qt.CursorShape.PointingHandCursor if hand else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)
        if node != self._selection.pointed:
            self._card.hide()
            self._selection.point(node)
            self._hover.start()

    def _show_card(self) -> None:
        node = self._selection.pointed
        if node != ROOT and self.viewport().underMouse():
            self.show_card(node)

    def show_card(self, node: NodeId) -> None:
        """Say everything about a token beside its chip."""
        parts = self.mirror.parts(self.mirror.chip_of(node))
        odd = any(bool(self.mirror["odd"][part]) for part in parts)
        self._card.show_node(node, self.box_of(node), parts, odd=odd)

    def _ghost_at(self, at: QPointF) -> int | None:
        if self._zoom < LEGIBLE:
            return None
        boxes = [box for _, box in self.ghost_boxes()]
        return next((place for place, box in enumerate(boxes) if box.contains(at)), None)

    def _is_fold_at(self, node: int, at: QPointF) -> bool:
        is_seen = bool(self.mirror.placed.shown[node]) and self._zoom >= LEGIBLE
        return is_seen and self.fold_box(NodeId(node)).contains(at)

    def _node_at(self, at: QPointF) -> NodeId:
        placed = self.mirror.placed
        point = self._to_tree(at)
        if not len(placed.lanes) or point.x() < 0:
            return ROOT
        lane, within = divmod(point.y(), LANE_PITCH)
        slack = 0.0 if self._zoom >= LEGIBLE else LANE_PITCH
        node = placed.node_at(int(lane), point.x())
        if node is None or within > CHIP_HEIGHT + slack:
            return ROOT
        left, _, width = placed.box(node, self.mirror.column(node))
        return NodeId(node) if point.x() <= left + width else ROOT

    # the keyboard

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a key."""
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        step = KEYS.get(Qt.Key(event.key()))
        if step is not None and plain:
            self.go(step)
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and plain:
            self.details_requested.emit()
        elif plain and Qt.Key.Key_1 <= event.key() <= Qt.Key.Key_9:
            self._pick(event.key() - Qt.Key.Key_1)
        else:
            super().keyPressEvent(event)

    def _pick(self, place: int) -> None:
        node = self._selection.selected
        expects = self._workbench.readings.expects(node)
        pieces = None if expects is None else self._workbench.pieces_at(node)
        if expects is not None and pieces is not None and place < len(expects):
            token = pieces[expects.candidates[place].id]
            self.branch_requested.emit(node, token)
