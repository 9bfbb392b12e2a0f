"""Has the model read what another model has read, and it has not: all of it, or what is selected.

It may be the same file in another arithmetic: another processor's, or another build's.
"""

from PySide6.QtCore import QObject, QTimer

from core.tree import ROOT, NodeId
from core.workbench import Change, Workbench
from gui.observing import observe
from gui.selection import Selection

PATIENCE, LEAST = 3.0, 200
"""All is read where that takes about so many seconds, or so few tokens; else what is selected."""


class MissingReadings(QObject):
    """Asks once for each place and model, and for nothing while other work may bring it.

    A model whose hash is not known yet may be one whose readings are there.
    """

    def __init__(self, workbench: Workbench, selection: Selection, parent: QObject) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._selection = selection
        self._asked: set[NodeId] = set()
        self._is_new = True
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._ask)
        selection.selected_changed.connect(self._on_selected)
        observe(workbench, self, self._on_change)

    def _on_selected(self, _node: int) -> None:
        self._later.start()

    def _on_change(self, change: Change) -> None:
        if change.reset:
            self._asked.clear()
            self._is_new = True
        if change.reset or change.jobs:
            self._later.start()

    def _ask(self) -> None:
        bench, node = self._workbench, self._selection.selected
        is_known = bench.card is not None and bool(bench.card.sha256)
        if bench.vocabulary is None or not is_known:
            return
        others = len(bench.jobs) - (bench.lab_going is not None)
        if others == 0 and self._is_new and bench.card is not None:
            self._is_new = False
            speed = bench.card.speed
            most = LEAST if speed is None else max(LEAST, round(PATIENCE * speed.prompt))
            if bench.catch_up(most) is not None:
                return
        if node == ROOT or node in self._asked:
            return
        if others == 0 and bench.speaks(node) and bench.readings.expects(node) is None:
            self._asked.add(node)
            bench.read(bench.tip_of(node))
