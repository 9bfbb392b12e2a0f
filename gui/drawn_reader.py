"""Asks what the sampler in force makes of the distribution after the selected token."""

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from core.distribution import Distribution
from core.generation import Drawn, read_drawn
from core.jobs import JobId
from core.presets import changes_p
from core.sampling import Sampler
from core.tree import ROOT, NodeId
from core.workbench import Workbench
from gui.sampler_choice import SamplerChoice
from gui.selection import Selection
from gui.status_line import PREVIEW

Key = tuple[NodeId, Sampler, Distribution]

CALM_MS = 80
"""A walk by arrow keys passes many tokens: only the one where it rests is asked about."""


class DrawnReader(QObject):
    """Says `found` with a `Drawn`, or with None as soon as there is nothing to show."""

    found = Signal(object)

    def __init__(
        self,
        workbench: Workbench,
        selection: Selection,
        choice: SamplerChoice,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._workbench = workbench
        self._selection = selection
        self._choice = choice
        self._job: JobId | None = None
        self._asked = 0
        self._of: Key | None = None
        self._drawn: Drawn | None = None
        self._later = QTimer(self, singleShot=True, interval=CALM_MS)
        self._later.timeout.connect(self._ask)
        choice.changed.connect(self.ask)

    @property
    def is_wanted(self) -> bool:
        """Whether the sampler in force has a p of its own to show."""
        return changes_p(self._choice.sampler)

    def ask(self) -> None:
        """Say what is known of the place now; ask soon when it is another place, or sampler."""
        key = self._key()
        if key == self._of:
            self.found.emit(self._drawn)
            return
        self._of, self._drawn = key, None
        self._asked += 1
        if self._job is not None:
            self._workbench.stop(self._job)
            self._job = None
        self.found.emit(None)
        if key is not None:
            self._later.start()
        else:
            self._later.stop()

    def _key(self) -> Key | None:
        """Return what the answer depends on, None when there is nothing to ask."""
        bench, node = self._workbench, self._selection.selected
        if not self.is_wanted or node == ROOT or bench.vocabulary is None:
            return None
        expects = bench.readings.expects(node)
        return None if expects is None else (node, self._choice.sampler, expects)

    def _ask(self) -> None:
        bench, node = self._workbench, self._selection.selected
        if self._of is None or node == ROOT:
            return
        work = partial(read_drawn, path=bench.tree.ids_to(node), sampler=self._choice.sampler)
        take = partial(self._take, self._asked)
        self._job = bench.look_aside(PREVIEW, work, (node,), take)

    def _take(self, asked: int, found: object) -> None:
        if asked == self._asked and isinstance(found, Drawn):
            self._job = None
            self._drawn = found
            self.found.emit(found)
