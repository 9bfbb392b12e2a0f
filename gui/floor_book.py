"""Keeps the floors of the attached model, below which a difference means nothing."""

from functools import partial
from itertools import chain

from PySide6.QtCore import QObject, Signal

from core.engine import Floors
from core.influence import measure_floors
from core.tree import NodeId
from core.workbench import Change, Workbench
from gui.observing import observe


class FloorBook(QObject):
    """Says `changed` when floors were measured, or are those of another model no more."""

    changed = Signal()

    def __init__(self, workbench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._asked = False
        self.floors: Floors | None = None
        observe(workbench, self, self._on_change)

    def ask(self, tip: NodeId) -> None:
        """Measure the floors on the text to `tip`, once for each model.

        Where the model has not the tokens of that text, it is another branch that it can read.
        """
        if self._asked or self._workbench.vocabulary is None:
            return
        bench = self._workbench
        others = (bench.tip_of(first) for first in bench.branches)
        spoken = next((one for one in chain((tip,), others) if bench.speaks(one)), None)
        if spoken is None:
            return
        tip = spoken
        self._asked = True
        path = self._workbench.tree.ids_to(tip)
        work = partial(measure_floors, path=path)
        self._workbench.look_aside("measure the floors", work, (tip,), self._take)

    def _take(self, found: object) -> None:
        if isinstance(found, Floors):
            self.floors = found
            self.changed.emit()

    def _on_change(self, change: Change) -> None:
        if change.reset:
            self._asked, self.floors = False, None
            self.changed.emit()
