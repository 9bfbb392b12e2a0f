"""The tree as blocks whose height is probability: the multiverse, to be zoomed into."""

import math
import time

from PySide6.QtCore import QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from core.tree import ROOT, NodeId, Origin
from core.workbench import Change, Workbench
from gui.block_layout import Block, Parts, Sight, anchored, blocks_in, box_of
from gui.block_painter import BlockPainter
from gui.look import Look
from gui.motion import ZOOM_MS, eased, moves
from gui.observing import observe
from gui.selection import Selection
from gui.token_facts import facts_of
from gui.token_text import quoted
from gui.tree_mirror import TreeMirror

COLUMN = 116.0
ZOOM_STEP = 1.25
FRAME_MS = 12
BEFORE = 0.3
"""The share of the width that is left to what comes before a chosen token."""

FILLS = 0.55
"""The share of the view's height that a block has after zooming into it."""

LEGIBLE = 16.0
"""Pixels that a selected block has at least, or the view zooms to it."""

HELP = "Turn the wheel to zoom, drag to move; Enter zooms into the selected token."


class BlockView(QWidget):
    """Shows the same tree and the same selection as the canvas, in another form."""

    branch_requested = Signal(int, object)
    token_clicked = Signal()

    def __init__(
        self,
        workbench: Workbench,
        selection: Selection,
        look: Look,
        mirror: TreeMirror,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._selection = selection
        self._look = look
        self._mirror = mirror
        self._parts = Parts(workbench)
        self._painter = BlockPainter(mirror, workbench, look)
        self._sight = Sight(ROOT, 0.0, 1.0)
        self._left = 0.0
        self._flight: tuple[float, Sight, Sight, float, float] | None = None
        self._blocks: list[Block] | None = None
        self._pressed: QPointF | None = None
        self._is_dragging = False
        self._clock = QTimer(self, interval=FRAME_MS)
        self._clock.timeout.connect(self._fly)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setMinimumSize(240, 160)
        self.setAccessibleName("Tree as blocks, their height is probability")
        self.setAccessibleDescription(HELP)
        observe(workbench, self, self._take)
        selection.selected_changed.connect(self._on_selected)
        selection.pointed_changed.connect(self._on_pointed)
        look.changed.connect(self._on_look)

    # what the window asks for

    def blocks(self) -> list[Block]:
        """Return the blocks that are seen now."""
        if self._blocks is None:
            width = self._column()
            first = int(self._left // width)
            columns = first, first + math.ceil(self.width() / width) + 1
            self._blocks = blocks_in(
                self._parts, self._workbench, self._sight, columns, self.height()
            )
        return self._blocks

    def box(self, block: Block) -> QRectF:
        """Return where a block is painted."""
        width = self._column()
        return QRectF(block.column * width - self._left, block.top, width, block.height)

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom, keeping what is at `at` (the middle by default) where it is."""
        self._land()
        y = at.y() if at is not None else self.height() / 2
        sight = self._sight
        self._look_at(Sight(sight.anchor, y + (sight.top - y) * factor, sight.height * factor))

    def show_all(self) -> None:
        """Show the whole tree."""
        self._fly_to(Sight(self._top(), 0.0, float(self.height())), self._home())

    def zoom_to(self, node: NodeId) -> None:
        """Fly to a node's block."""
        if node == ROOT:
            self.show_all()
            return
        self._fly_to(self._around(node), self._left_for(node))

    def _around(self, node: NodeId) -> Sight:
        """Return the sight in which a node's block fills the middle of the view."""
        high = float(self.height())
        return Sight(node, high * (1 - FILLS) / 2, high * FILLS)

    def showEvent(self, event: object) -> None:
        """Catch up."""
        del event
        self._parts.forget()
        self._sight = Sight(self._top(), 0.0, float(max(1, self.height())))
        self._blocks = None
        node = self._selection.selected
        if node != ROOT and self._workbench.is_visible(node):
            begin = (self._workbench.tree.depth(node) - 1) * self._column()
            self._left = max(0.0, begin - self.width() * BEFORE)
            above = self._workbench.tree.parent(node)
            self._sight = Sight(above if above != ROOT else node, 0.0, float(self.height()))
            if self._is_inside(node) and not self._shows(node):
                self._sight = self._around(node)
        self._look_at(self._sight)

    # moving

    def _column(self) -> float:
        return COLUMN * self._look.scale

    def _top(self) -> NodeId:
        return self._workbench.hoisted

    def _home(self) -> float:
        """Return where the view begins: two columns before the first fork."""
        node, bench = self._top(), self._workbench
        while len(children := bench.visible_children(node)) == 1:
            if bench.tree.origin(children[0]) is not Origin.PROMPT:
                break
            node = children[0]
        return max(0, bench.tree.depth(node) - 2) * self._column()

    def _left_for(self, node: NodeId) -> float:
        column = self._workbench.tree.depth(node) - 1
        width = self._column()
        begin, end = column * width, (column + 2) * width
        if begin - width < self._left or end > self._left + self.width():
            return max(self._home(), begin - max(width, self.width() * BEFORE))
        return self._left

    def _look_at(self, sight: Sight) -> None:
        self._sight = anchored(
            self._parts, self._workbench, sight, self._top(), float(max(1, self.height()))
        )
        self._blocks = None
        self.update()

    def _fly_to(self, target: Sight, left: float) -> None:
        start = box_of(self._parts, self._workbench, self._sight, target.anchor)
        if not moves() or not self.isVisible():
            self._left = left
            self._look_at(target)
            return
        self._flight = time.monotonic(), start, target, self._left, left
        self._clock.start()

    def _fly(self) -> None:
        if self._flight is None:
            self._clock.stop()
            return
        began, start, target, left, to_left = self._flight
        share = eased((time.monotonic() - began) / (ZOOM_MS / 1e3))
        self._left = left + (to_left - left) * share
        if share >= 1.0:
            self._land()
            return
        self._look_at(_between(start, target, share))

    def _land(self) -> None:
        """End a flight where it was going."""
        if self._flight is not None:
            _, _, target, _, left = self._flight
            self._flight = None
            self._clock.stop()
            self._left = left
            self._look_at(target)

    # keeping up

    def _take(self, change: Change) -> None:
        tree = self._workbench.tree
        if change.reset or change.hidden or change.shown or change.folds:
            self._parts.forget()
            self._flight = None
            if change.reset or not self._workbench.is_visible(self._sight.anchor):
                self._sight = Sight(self._top(), 0.0, float(max(1, self.height())))
                self._left = self._home()
            if change.folds and self._top() not in tree.path_to(self._sight.anchor):
                self._sight = Sight(self._top(), 0.0, float(max(1, self.height())))
                self._left = self._home()
        for node in (*change.added, *change.read):
            self._parts.forget(node)
            self._parts.forget(tree.parent(node) if node != ROOT else ROOT)
        self._blocks = None
        if self.isVisible():
            self.update()

    def _on_selected(self, node: int) -> None:
        if not self.isVisible():
            return
        self.update()
        if node == ROOT or not self._workbench.is_visible(NodeId(node)):
            return
        facts = facts_of(self._workbench, NodeId(node))
        chance = f", probability {facts.probability:.3g}" if facts.probability else ""
        self.setAccessibleDescription(
            f"Selected: {quoted(facts.text)}{chance}, {facts.origin}. {HELP}"
        )
        if self._is_inside(NodeId(node)) and not self._shows(NodeId(node)):
            self.zoom_to(NodeId(node))

    def _is_inside(self, node: NodeId) -> bool:
        """Return whether a node is in the part that is looked at."""
        return self._top() == ROOT or self._top() in self._workbench.tree.path_to(node)

    def _shows(self, node: NodeId) -> bool:
        """Return whether a node's block is in view, high enough to read."""
        here = box_of(self._parts, self._workbench, self._sight, node)
        seen = min(here.top + here.height, self.height()) - max(here.top, 0.0)
        column = (self._workbench.tree.depth(node) - 1) * self._column() - self._left
        return seen >= LEGIBLE and 0 <= column <= self.width() - self._column()

    def _on_pointed(self, _node: int) -> None:
        self.update()

    def _on_look(self) -> None:
        self._painter = BlockPainter(self._mirror, self._workbench, self._look)
        self._blocks = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adapt to another size."""
        super().resizeEvent(event)
        self._look_at(self._sight)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint what is in view."""
        painter = QPainter(self)
        boxes = [(block, self.box(block)) for block in self.blocks()]
        self._painter.paint(
            painter,
            QRectF(self.rect()),
            boxes,
            selected=self._selection.selected,
            pointed=self._selection.pointed,
            focused=self.hasFocus(),
        )
        painter.end()

    # mouse and keys

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom; sideways or with Shift, go along the text."""
        turned = event.angleDelta()
        if turned.x() or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._land()
            self._left = max(0.0, self._left - (turned.x() or turned.y()))
            self._blocks = None
            self.update()
        else:
            self.zoom_by(ZOOM_STEP ** (turned.y() / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        self._pressed, self._is_dragging = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, or light what is under the mouse."""
        if self._pressed is None or not event.buttons():
            block = self._block_at(event.position())
            self._selection.point(block.part.node if block is not None else ROOT)
            shape = Qt.CursorShape.PointingHandCursor if block else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            return
        moved = event.position() - self._pressed
        if self._is_dragging or moved.manhattanLength() > 5:
            self._is_dragging = True
            self._land()
            self._pressed = event.position()
            self._left = max(0.0, self._left - moved.x())
            sight = self._sight
            self._look_at(Sight(sight.anchor, sight.top + moved.y(), sight.height))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose what was clicked."""
        was_click = self._pressed is not None and not self._is_dragging
        self._pressed = None
        block = self._block_at(event.position())
        if not was_click or block is None:
            return
        if block.part.node:
            self._selection.select(block.part.node)
            self.token_clicked.emit()
        else:
            self.branch_requested.emit(int(block.parent), block.part.token)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Zoom into a block."""
        block = self._block_at(event.position())
        if block is not None and block.part.node:
            self.zoom_to(block.part.node)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take a key: the same steps as in the lanes, in the order of probability."""
        node = self._selection.selected
        key = Qt.Key(event.key())
        if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.zoom_to(node)
        elif key == Qt.Key.Key_Backspace:
            self.show_all()
        elif Qt.Key.Key_1 <= key <= Qt.Key.Key_9:
            self._pick(key - Qt.Key.Key_1)
        else:
            going = self._step(node, key)
            if going is None:
                super().keyPressEvent(event)
            elif going != ROOT:
                self._selection.select(going)

    def _step(  # noqa: PLR0911 - one for each key
        self, node: NodeId, key: Qt.Key
    ) -> NodeId | None:
        tree = self._workbench.tree
        match key:
            case Qt.Key.Key_Left:
                return tree.parent(node) if node != ROOT else ROOT
            case Qt.Key.Key_Right:
                taken = [part for part in self._parts.of(node) if part.node]
                return max(taken, key=lambda part: part.share).node if taken else ROOT
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                if node == ROOT:
                    return ROOT
                brothers = [p.node for p in self._parts.of(tree.parent(node)) if p.node]
                place = brothers.index(node) + (1 if key == Qt.Key.Key_Down else -1)
                return brothers[min(max(place, 0), len(brothers) - 1)]
            case Qt.Key.Key_Home:
                return next(iter(tree.path_to(node)), ROOT)
            case Qt.Key.Key_End:
                branch = self._workbench.branch_of(node) if node != ROOT else None
                return ROOT if branch is None else self._workbench.tip_of(branch.first)
            case _:
                return None

    def _pick(self, place: int) -> None:
        node = self._selection.selected
        expects, pieces = self._workbench.readings.expects(node), self._workbench.pieces_at(node)
        if expects is not None and pieces is not None and place < len(expects):
            self.branch_requested.emit(int(node), pieces[expects.candidates[place].id])

    def _block_at(self, at: QPointF) -> Block | None:
        return next((b for b in reversed(self.blocks()) if self.box(b).contains(at)), None)


def _between(start: Sight, target: Sight, share: float) -> Sight:
    """Return a sight on the way: heights go in proportion, around the one point that stays."""
    before, after = max(start.height, 1e-200), max(target.height, 1e-200)
    height = math.exp(math.log(before) * (1 - share) + math.log(after) * share)
    if abs(before - after) < 1e-6 * after:
        return Sight(target.anchor, start.top + (target.top - start.top) * share, height)
    done = (height - before) / (after - before)
    return Sight(target.anchor, start.top + (target.top - start.top) * done, height)
