"""Shows the tree: what part of it, how large, and what is lit."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from core.tokens import Token
from core.tree import ROOT, NodeId
from core.workbench import Change, SavedState, Workbench
from gui.branch_marks import BranchMarks
from gui.chip_painter import GHOST_PITCH
from gui.ghosts import FAR, MOST, NOTE_HEIGHT, SHOWN, Ghosts, stand, untaken
from gui.in_turns import InTurns
from gui.look import Look, Size
from gui.minimap import Minimap
from gui.near_picture import NearPicture
from gui.observing import observe
from gui.selection import Selection
from gui.strip_painter import StripPainter
from gui.token_facts import facts_of
from gui.token_text import quoted, said
from gui.tree_drawn import Wish
from gui.tree_mirror import FEW, TreeMirror
from gui.tree_painter import Lit, TreePainter
from gui.tree_places import CHIP_HEIGHT, LANE_PITCH, Placed, stays

MARGIN = QPointF(4, 26)
"""Room left and right of the tree, and above and below it, in window pixels."""

LEGIBLE = 0.55
ZOOMS = (0.004, 3.0)

EMPTY = "Type a sentence above and choose “Tell it”, or open a session: the tree grows here."

UNLOADED = "The tree grows here as soon as a model is loaded; a session can be opened without one."


class TreeView(QAbstractScrollArea):
    """Paints a workbench's tree; can be scrolled, zoomed and told to show a node.

    `arranged` when something else of the tree is drawn than before; `focus_moved` when the keys are
    at another chip.
    """

    arranged = Signal()
    focus_moved = Signal()

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
        self._turns = InTurns(self)
        self._painter = self._new_painter()
        self._strips = StripPainter(self.mirror, look)
        self._near = NearPicture(self._paint_chips, self)
        self._near.sharpened.connect(self.viewport().update)
        self.minimap = Minimap(self.mirror, look, self.viewport())
        self.minimap.moved_to.connect(self.centre_on)
        self._ghosts: Ghosts | None = None
        self._lit_ghost: int | None = None
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

    def take(self, change: Change) -> None:
        """Show a change of the tree."""
        if change.coming:
            self._turns.do(self.mirror.expect(change.coming))
        before = self.mirror.placed
        self.mirror.take(change)
        self._repaint(change, before)
        if change.branches or change.reset or change.hidden or change.shown:
            self._marks.recount()
        self._settle(change)

    def arrange(self, *, least: float, merges: bool, packs: bool) -> None:
        """Hide paths less likely than `least`, draw words as one chip, pack chips closely."""
        wish = Wish(least=least, merges=merges, guarded=self._guarded(least))
        self.mirror.want(wish, packs=packs)
        self._near.forget()
        self._refresh()
        self.arranged.emit()

    @property
    def workbench(self) -> Workbench:
        """The session that is shown."""
        return self._workbench

    @property
    def zoom(self) -> float:
        """Window pixels per tree pixel."""
        return self._zoom

    def zoom_by(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom, keeping what is at `at` where it is: by default what is selected, or the middle."""
        held = at or self._middle()
        before = self._to_tree(held)
        self._zoom = min(max(self._zoom * factor, ZOOMS[0]), ZOOMS[1])
        self.zoomed.emit()
        self._refresh()
        after = before * self._zoom + self._margin()
        self.horizontalScrollBar().setValue(round(after.x() - held.x()))
        self.verticalScrollBar().setValue(round(after.y() - held.y()))

    def _middle(self) -> QPointF:
        area = QRectF(self.viewport().rect())
        chip = self.mirror.chip_of(self._selection.selected)
        selected = self.box_of(NodeId(chip)).center() if chip else area.center()
        return selected if area.contains(selected) else area.center()

    def centre_on(self, point: QPointF) -> None:
        """Scroll until a point of the tree is in the middle."""
        place = point * self._zoom + self._margin() - QPointF(self.viewport().rect().center())
        self.horizontalScrollBar().setValue(round(place.x()))
        self.verticalScrollBar().setValue(round(place.y()))

    def zoom_to_normal(self) -> None:
        """Show chips in their own size."""
        self.zoom_by(self._look.scale / self._zoom)

    def mark_odd(self, nodes: Sequence[NodeId]) -> None:
        """Underline tokens that their own text would not be split into."""
        self.mirror.mark_odd(nodes)
        self._near.forget()
        self.viewport().update()

    def box_of(self, node: NodeId) -> QRectF:
        """Return where a node's chip is painted, in the viewport's coordinates."""
        return self._to_view(self._box(self.mirror.placed, self.mirror.chip_of(node)))

    def selected_chip(self) -> NodeId:
        """Return the node whose chip the keys are at, ROOT for none."""
        return NodeId(self.mirror.chip_of(self._selection.selected))

    def nodes_in_view(self) -> list[NodeId]:
        """Return the nodes whose chips can be read now, lane by lane."""
        placed = self.mirror.placed
        if self._zoom < LEGIBLE or not len(placed.lanes):
            return []
        area = QRectF(self.viewport().rect())
        corner = self._to_tree(area.topLeft())
        view = QRectF(corner, area.size() / self._zoom)
        lanes = (int(view.top() // LANE_PITCH), int(view.bottom() // LANE_PITCH) + 1)
        nodes = placed.nodes_in(lanes, (view.left(), view.right()))
        return [NodeId(node) for node in nodes.tolist()]

    def fold_box(self, node: NodeId) -> QRectF:
        """Return where the sign of a fold is painted, in the viewport's coordinates."""
        return self._to_view(self._painter.fold_box(self.mirror.placed, node))

    def ghost_boxes(self) -> list[tuple[Token, QRectF]]:
        """Return the ghosts and where they are painted, in the viewport's coordinates."""
        if self._ghosts is None:
            return []
        boxes = [self._to_view(box) for box in self._painter.ghost_boxes(self._ghosts)]
        tokens = [ghost.token for ghost in self._ghosts.ghosts]
        return list(zip(tokens, boxes, strict=True))

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
        boxes: list[QRectF] = []
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
        notes = [] if self._ghosts is None else [self._ghosts.note_box]
        self.minimap.keep_off([*boxes, *notes])
        self._describe()
        self._on_moved()
        # so far that the last lane can stand above the map
        lanes = self.mirror.placed.size[1] * self._zoom + self.minimap.taken()
        needed = round(max(height * self._zoom, lanes) + margin.y())
        down.setRange(0, max(0, needed - room.height()))

    def _on_moved(self) -> None:
        area = self.viewport().rect()
        corner = self._to_tree(QPointF(area.topLeft()))
        self.minimap.follow(QRectF(corner, QRectF(area).size() / self._zoom))
        self.viewport().update()

    def _find_ghosts(self) -> Ghosts | None:
        node = self._selection.selected
        chip = self.mirror.chip_of(node)
        is_last = chip != 0 and self.mirror.parts(chip)[-1] == node
        if not is_last or node in self.mirror.wish.folded:
            return None
        expects = self._workbench.readings.expects(node)
        vocabulary = None if expects is None else self._workbench.pieces_at(node)
        if expects is None or vocabulary is None:
            return None
        children = self._workbench.visible_children(node)
        taken = {int(self._workbench.tree.token(child).id) for child in children}
        placed, column = self.mirror.placed, self.mirror.column(chip)
        ghosts, note = untaken(expects, vocabulary, taken, SHOWN)
        found = Ghosts(node, 0.0, 0.0, ghosts, note)
        left, top = stand(placed, chip, column, found.height)
        is_last_lane = top >= len(placed.lanes) * LANE_PITCH
        if is_last_lane:  # nothing stands below: as many as the view has height for
            room = self.viewport().height() / self._zoom - 2 * self._margin().y() - NOTE_HEIGHT
            most = min(max(int((room - top) // GHOST_PITCH), SHOWN), MOST)
            ghosts, note = untaken(expects, vocabulary, taken, most)
        lanes_between = top / LANE_PITCH - int(placed.lanes.lane[chip])
        heading = quoted(said(self._workbench.tree.token(node))) if lanes_between > FAR else ""
        return Ghosts(node, left, top, ghosts, note, f"after {heading}" if heading else "")

    def _describe(self) -> None:
        node = self._selection.selected
        if node == ROOT:
            self.setAccessibleDescription(EMPTY if not len(self._workbench.tree) else "")
            return
        facts = facts_of(self._workbench, node)
        chance = f", probability {facts.probability:.3g}" if facts.probability else ""
        self.setAccessibleDescription(f"Selected: {quoted(facts.text)}{chance}, {facts.origin}")

    def _guarded(self, least: float) -> int:
        return int(self._selection.selected) if least else 0

    def _settle(self, change: Change) -> None:
        """Take the tree's new size in; those who move the view zoom and scroll as well."""
        del change
        self._refresh()

    def _on_selected(self, node: int) -> None:
        wish = self.mirror.wish
        if wish.least and not self.mirror.drawn.shown[node]:
            self.mirror.want(replace(wish, guarded=node), packs=self.mirror.packs)
            self._near.forget()
        self._refresh()
        self.focus_moved.emit()

    def _on_pointed(self, _node: int) -> None:
        self.viewport().update()

    def _on_look(self) -> None:
        self._painter = self._new_painter()
        self._strips = StripPainter(self.mirror, self._look)
        self._near.forget()
        self._settle(Change())

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
            bench = self._workbench
            self._painter.paint_noted(painter, view, {*bench.notes, *bench.tags, *bench.bookmarks})
            if self._ghosts is not None:
                self._painter.paint_ghosts(painter, self._ghosts, self._lit_ghost)
        else:
            self._painter.paint_from_afar(painter, view, lit, self._zoom)
        painter.end()

    def _paint_chips(self, painter: QPainter, view: QRectF) -> None:
        self._painter.paint(painter, view, stalled=self._is_stalled())

    def _repaint(self, change: Change, before: Placed) -> None:
        """See to it that what a change altered is painted again, and no more where little was."""
        now, folded = self.mirror.placed, self.mirror.wish.folded
        if change.notes:
            self.viewport().update()
        others = change.reset or change.branches or change.hidden or change.shown or change.folds
        is_read = bool(change.added or change.read)
        news = self.mirror.news_since(self.mirror.version - is_read)
        chips = {self.mirror.chip_of(node) for node in news or ()} - {0}
        if others or news is None or len(chips) > FEW or not stays(before, now) or chips & folded:
            self._near.forget()
            return
        for chip in chips:
            self._near.touch(self._box(now, chip))

    def _is_stalled(self) -> bool:
        bench = self._workbench
        return bench.file is not None and bench.saved_state is SavedState.NOT_SAVED

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
        self._on_moved()
