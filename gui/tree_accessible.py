"""Tells screen readers what the tree shows: every chip in view as a named item.

Where Qt wants no interface it takes None, though its stubs do not say so.
"""

import shiboken6
from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QAccessibleInterface,
    QColor,
)
from PySide6.QtWidgets import QAccessibleWidget, QApplication

from core.tokens import text_of
from core.tree import ROOT, NodeId
from gui import figures
from gui.token_facts import facts_of
from gui.tree_canvas import TreeCanvas

INSTALLED = "swerve.speaks"
_kept: list[QAccessibleInterface] = []
"""Every interface that Qt was given: it holds them, as screen readers do, until the program ends,
and one that Python lets go before would be freed twice."""

MOST = 400
"""Items that are told at most: chips that can be read at once are fewer."""


class TreeAccessible(QAccessibleWidget):
    """The canvas: a tree whose items are the chips in view, lane by lane."""

    def __init__(self, canvas: TreeCanvas, items: "dict[NodeId, TokenAccessible]") -> None:
        super().__init__(canvas, QAccessible.Role.Tree, canvas.accessibleName())
        self._canvas = canvas
        self._items = items

    def nodes(self) -> list[NodeId]:
        """Return the nodes whose chips are in view."""
        return self._canvas.nodes_in_view()[:MOST]

    def item(self, node: NodeId) -> "TokenAccessible":
        """Return what stands for a node, for ever the same: a screen reader may hold it."""
        return item_of(self._items, self._canvas, node)

    def childCount(self) -> int:
        """Return how many chips are in view."""
        return len(self.nodes())

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        """Return one of the chips in view."""
        nodes = self.nodes()
        return self.item(nodes[index]) if 0 <= index < len(nodes) else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Return the place of a chip among those in view, -1 when it is not."""
        nodes = self.nodes()
        node = child.node if isinstance(child, TokenAccessible) else ROOT
        return nodes.index(node) if node in nodes else -1

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        """Return the chip at a point of the screen."""
        at = self._canvas.viewport().mapFromGlobal(QPoint(x, y))
        found = (node for node in self.nodes() if self._canvas.box_of(node).contains(at))
        node = next(found, None)
        return None if node is None else self.item(node)

    def focusChild(self) -> QAccessibleInterface | None:  # type: ignore[override]
        """Return the selected chip, when it is in view."""
        node = self._canvas.selected_chip()
        return self.item(node) if node in self.nodes() else None


class TokenAccessible(QAccessibleInterface):
    """One chip."""

    def __init__(self, canvas: TreeCanvas, node: NodeId) -> None:
        super().__init__()
        self._canvas = canvas
        self.node = node

    def isValid(self) -> bool:
        """Return whether the chip is still there."""
        return shiboken6.isValid(self._canvas) and self.node in self._canvas.workbench.tree

    def object(self) -> QObject | None:  # type: ignore[override]
        """Return None: a chip is painted, it is no object."""
        return None

    def parent(self) -> QAccessibleInterface:
        """Return the tree."""
        return QAccessible.queryAccessibleInterface(self._canvas)

    def child(self, _index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        """Return None: what follows are chips beside it."""
        return None

    def childCount(self) -> int:
        """Return 0."""
        return 0

    def childAt(self, _x: int, _y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        """Return None."""
        return None

    def indexOfChild(self, _child: QAccessibleInterface) -> int:
        """Return -1: it has none."""
        return -1

    def role(self) -> QAccessible.Role:
        """Return that of an item of a tree."""
        return QAccessible.Role.TreeItem

    def rect(self) -> QRect:
        """Return where the chip is on the screen."""
        box = self._canvas.box_of(self.node).toAlignedRect()
        return QRect(self._canvas.viewport().mapToGlobal(box.topLeft()), box.size())

    def text(self, kind: QAccessible.Text) -> str:
        """Return the chip's name: its token, how it came to be, its numbers, its branch."""
        match kind:
            case QAccessible.Text.Name:
                return spoken(self._canvas, self.node)
            case QAccessible.Text.Value:
                chance = self._canvas.mirror.probability(self.node)
                return "" if chance is None else figures.probability(chance)
            case _:
                return ""

    def setText(self, _kind: QAccessible.Text, _text: str) -> None:
        """Change nothing: tokens are not typed over."""

    def state(self) -> QAccessible.State:
        """Return what can be done with it, and whether it is selected."""
        state = QAccessible.State()
        is_selected = self._canvas.selected_chip() == self.node
        state.focusable = state.selectable = True
        state.selected = is_selected
        state.focused = is_selected and self._canvas.hasFocus()
        return state

    def foregroundColor(self) -> QColor:
        """Return nothing in particular."""
        return QColor()

    def backgroundColor(self) -> QColor:
        """Return nothing in particular."""
        return QColor()


def item_of(
    items: dict[NodeId, TokenAccessible], canvas: TreeCanvas, node: NodeId
) -> TokenAccessible:
    """Return what stands for a node, made when it is first asked for."""
    if node not in items:
        items[node] = TokenAccessible(canvas, node)
        _kept.append(items[node])
    return items[node]


def spoken(canvas: TreeCanvas, node: NodeId) -> str:
    """Return a chip in words: "Apple, inserted as error, probability 0.0074, branch Apple"."""
    bench, mirror = canvas.workbench, canvas.mirror
    facts = facts_of(bench, node)
    tokens = [bench.tree.token(NodeId(part)) for part in mirror.parts(node)]
    words = [text_of(tokens).strip() or mirror.text(node), facts.origin]
    chance = mirror.probability(node)
    if chance is not None:
        words.append(f"probability {figures.probability(chance)}")
    branch = bench.branch_of(node)
    if branch is not None:
        words.append(f"branch {branch.role.value} {branch.name}")
    follow = len(bench.visible_children(NodeId(mirror.parts(node)[-1])))
    if bench.is_folded(node):
        tokens_away, _ = mirror.folded_away(node)
        words.append(f"folded, {figures.counted(tokens_away, 'token')} after it")
    elif follow > 1:
        words.append(f"fork, {follow} ways on")
    return ", ".join(words)


class Speaker:
    """Tells screen readers that another chip has the focus."""

    def __init__(self, canvas: TreeCanvas) -> None:
        self._canvas = canvas
        self._items: dict[NodeId, TokenAccessible] = {}
        self._trees: list[TreeAccessible] = []
        canvas.focus_moved.connect(self.tell)

    def tree(self) -> TreeAccessible:
        """Return a new interface of the canvas: Qt frees each that it is given."""
        self._trees.append(TreeAccessible(self._canvas, self._items))
        return self._trees[-1]

    def tell(self) -> None:
        """Say that the focus is on the selected chip now."""
        if not QAccessible.isActive():
            return
        node = self._canvas.selected_chip()
        if node == ROOT or node not in self._canvas.nodes_in_view():
            return
        item = item_of(self._items, self._canvas, node)
        for kind in (QAccessible.Event.Focus, QAccessible.Event.Selection):
            QAccessible.updateAccessibility(QAccessibleEvent(item, kind))


def accessible(_key: str, thing: QObject) -> QAccessibleInterface | None:
    """Return what tells screen readers about a canvas; None for all else, which Qt knows.

    Qt asks as early as when the canvas is being built, and keeps the first answer.
    """
    if not isinstance(thing, TreeCanvas):
        return None
    if not isinstance(thing.speaker, Speaker):
        thing.speaker = Speaker(thing)
    return thing.speaker.tree()


def speak() -> None:
    """Let canvases that are built from now on be told to screen readers."""
    app = QApplication.instance()
    if app is not None and not app.property(INSTALLED):
        app.setProperty(INSTALLED, True)
        QAccessible.installFactory(accessible)
