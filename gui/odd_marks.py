"""Lets the engine look, off this thread, for tokens that their own text would not be split into."""

from functools import partial

from PySide6.QtCore import QObject, QTimer

from core.canonical import OddTokens, look_for_odd
from core.tokens import Token, Vocabulary
from core.tree import ROOT, NodeId
from core.workbench import Change, Workbench
from gui.observing import observe
from gui.status_line import PREVIEW
from gui.tree_canvas import TreeCanvas

PAUSE_MS = 300
MOST, TOKENS = 24, 8000
"""Paths that are looked at in one go, and tokens on them; what is left comes after a pause."""


class OddMarks(QObject):
    """Waits until nothing else is going on, and looks at each tip once."""

    def __init__(self, workbench: Workbench, canvas: TreeCanvas) -> None:
        super().__init__(canvas)
        self._workbench = workbench
        self._canvas = canvas
        self._looked: set[NodeId] = set()
        self._later = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._later.timeout.connect(self.look)
        observe(workbench, self, self._on_change)
        canvas.verticalScrollBar().valueChanged.connect(self._on_scrolled)

    def look(self) -> None:
        """Look at the paths in view that were not looked at yet."""
        vocabulary = self._workbench.vocabulary
        if vocabulary is None:
            return
        if self._workbench.busy:
            self._later.start()
            return
        tree = self._workbench.tree
        unknown = [tip for tip in self._tips() if tip not in self._looked]
        tips = unknown[: max(1, min(MOST, TOKENS // max(map(tree.depth, unknown), default=1)))]
        self._looked.update(tips)
        if len(tips) < len(unknown):
            self._later.start()
        nodes = [tree.path_to(tip) for tip in tips]
        paths = [[tree.token(node) for node in path] for path in nodes]
        known = [n for n, path in enumerate(paths) if _is_of(vocabulary, path)]
        if not known:
            return
        routes = [nodes[n] for n in known]

        def take(found: object) -> None:
            if isinstance(found, OddTokens) and found.places:
                self._canvas.mark_odd([routes[found.path][place] for place in found.places])

        work = partial(look_for_odd, paths=[paths[n] for n in known])
        self._workbench.look_aside(PREVIEW, work, (), take)

    def _tips(self) -> list[NodeId]:
        """Return where the lanes in view end; a node is on the lane of one of them."""
        seen = self._canvas.nodes_in_view()
        firsts = set(self._canvas.mirror.owner[seen].tolist()) - {ROOT}
        return sorted(self._workbench.tip_of(NodeId(first)) for first in firsts)

    def _on_scrolled(self, _value: int) -> None:
        self._later.start()

    def _on_change(self, change: Change) -> None:
        if change.reset:
            self._looked.clear()
        if change.reset or change.added or (change.jobs and not self._workbench.busy):
            self._later.start()


def _is_of(vocabulary: Vocabulary, path: list[Token]) -> bool:
    return bool(path) and all(vocabulary.has(token) for token in path)
