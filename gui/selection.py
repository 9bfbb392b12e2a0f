"""What the user looks at: one selected node and one pointed at, shared by all views."""

from PySide6.QtCore import QObject, Signal

from core.tree import ROOT, NodeId


class Selection(QObject):
    """`selected` and `pointed` change through its verbs only; every view listens."""

    selected_changed = Signal(int)
    pointed_changed = Signal(int)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.selected: NodeId = ROOT
        self.pointed: NodeId = ROOT

    def select(self, node: NodeId) -> None:
        """Select a node; ROOT for none."""
        if node != self.selected:
            self.selected = node
            self.selected_changed.emit(node)

    def point(self, node: NodeId) -> None:
        """Light a node that the mouse is on in some view; ROOT for none."""
        if node != self.pointed:
            self.pointed = node
            self.pointed_changed.emit(node)
