"""Keeps the floors of the attached model, below which a difference means nothing."""

import itertools
from functools import partial

from PySide6.QtCore import QObject, Signal

from core.engine import Floors
from core.influence import measure_floors
from core.tree import NodeId
from core.workbench import Change, Workbench
from gui.observing import observe


class FloorBook(QObject):
    """Says `changed` when floors were measured, could not be, or are another model's no more."""

    changed = Signal()

    def __init__(self, workbench: Workbench, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._was_asked = False
        self._of = workbench.tree, workbench.vocabulary
        self.is_measuring = False
        self.floors: Floors | None = None
        observe(workbench, self, self._on_change)

    @property
    def missing(self) -> str:
        """Say why there are no floors yet."""
        return "being measured" if self.is_measuring else "not measured"

    def offer(self, tip: NodeId) -> None:
        """Measure the floors unless that was tried: what was stopped is not begun by itself."""
        if not self._was_asked:
            self.ask(tip)

    def ask(self, tip: NodeId) -> None:
        """Measure the floors on the text to `tip`, once for each model.

        Where the model has not the tokens of that text, it is another branch that it can read.
        """
        if self.is_measuring or self.floors is not None or self._workbench.vocabulary is None:
            return
        bench = self._workbench
        tips = itertools.chain((tip,), (bench.tip_of(first) for first in bench.branches))
        spoken = next((one for one in tips if bench.speaks(one)), None)
        if spoken is None:
            return
        tip = spoken
        self._was_asked = self.is_measuring = True
        path = self._workbench.tree.ids_to(tip)
        work = partial(measure_floors, path=path)
        self._workbench.look_aside(
            "measure the floors", work, (tip,), self._take, ended=self._on_ended
        )

    def _take(self, found: object) -> None:
        if isinstance(found, Floors):
            self.floors = found
            self.changed.emit()

    def _on_ended(self, _problem: str | None) -> None:
        self.is_measuring = False
        if self.floors is None:
            self.changed.emit()

    def _on_change(self, change: Change) -> None:
        of = self._workbench.tree, self._workbench.vocabulary
        if change.reset and any(
            now is not before for now, before in zip(of, self._of, strict=True)
        ):
            self._of = of
            self._was_asked, self.floors = self.is_measuring, None
            self.changed.emit()
