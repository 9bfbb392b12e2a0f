"""Says that only a part of the tree is shown, where it hangs, and leads back."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from core.tokens import text_of
from core.tree import ROOT, NodeId
from core.workbench import Change, Workbench
from gui.card import ShrinkingLabel
from gui.observing import observe
from gui.selection import Selection
from gui.token_text import quoted

BACK = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"
ONWARDS = "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"
STEPS = 3
"""Forks before the part that can be gone back to one by one."""


class HoistLine(QWidget):
    """A way back to the whole tree, and to the forks on the way there."""

    hoist_requested = Signal(int)

    def __init__(
        self, workbench: Workbench, selection: Selection, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._selection = selection
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        self._shown: tuple[object, ...] = ()
        self.words = ShrinkingLabel()
        self.words.setObjectName("muted")
        self.crumbs: list[QToolButton] = []
        observe(workbench, self, self._on_change)
        selection.selected_changed.connect(self._on_selected)
        self.refresh()

    def refresh(self) -> None:
        """Show where the part hangs; nothing while the tree is whole."""
        node = self._workbench.hoisted
        self.setVisible(node != ROOT)
        outside = node not in self._workbench.tree.path_to(self._selection.selected)
        wanted = (node, outside)
        if node == ROOT or wanted == self._shown:
            return
        self._shown = wanted
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget is not self.words:
                widget.deleteLater()
        self.crumbs = [self._crumb(f"{BACK} Whole tree", ROOT)]
        forks = [one for one in self._forks(node) if one != node]
        for fork in forks[-STEPS:]:
            self._row.addWidget(_arrow())
            text = text_of([self._workbench.tree.token(fork)])
            self.crumbs.append(self._crumb(quoted(text), fork))
        self._row.addWidget(_arrow())
        here = quoted(text_of([self._workbench.tree.token(node)]))
        away = "; the selected token is outside" if outside else ""
        self.words.setText(f"{here} and what follows it{away}")
        self._row.addWidget(self.words, 1)

    def _forks(self, node: NodeId) -> list[NodeId]:
        bench = self._workbench
        path = bench.tree.path_to(node)
        return [one for one in path if len(bench.visible_children(one)) > 1]

    def _crumb(self, words: str, node: NodeId) -> QToolButton:
        crumb = QToolButton()
        crumb.setObjectName("quiet")
        crumb.setText(words)
        crumb.setToolTip("Show this part" if node != ROOT else "Show the whole tree again")
        crumb.clicked.connect(lambda: self.hoist_requested.emit(node))
        self._row.addWidget(crumb)
        return crumb

    def _on_selected(self, _node: int) -> None:
        self.refresh()

    def _on_change(self, change: Change) -> None:
        if change.folds or change.reset or change.hidden or change.shown:
            self._shown = ()
            self.refresh()


def _arrow() -> QLabel:
    arrow = QLabel(ONWARDS)
    arrow.setObjectName("muted")
    arrow.setAlignment(Qt.AlignmentFlag.AlignVCenter)
    return arrow
