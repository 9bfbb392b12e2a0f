"""Work beside the tree that answers one question of a widget: the newest, never one before it."""

from collections.abc import Callable, Sequence

from core.jobs import JobId, Work
from core.tree import NodeId
from core.workbench import Workbench


class AsideJob:
    """At most one job at a time. Once it is stopped or asked anew, nothing of it is delivered."""

    def __init__(self, workbench: Workbench) -> None:
        self._workbench = workbench
        self._job: JobId | None = None

    @property
    def is_running(self) -> bool:
        """Whether an answer is still on its way."""
        return self._job in self._workbench.jobs

    def start(
        self, label: str, work: Work, tips: Sequence[NodeId], deliver: Callable[[object], None]
    ) -> None:
        """Run `work` in the place of what runs; what it finds goes to `deliver`."""
        self.stop()
        self._job = self._workbench.look_aside(label, work, tips, deliver)

    def stop(self) -> None:
        """End what runs: the question that it answers is not asked any more."""
        job, self._job = self._job, None
        if job is not None:
            self._workbench.stop(job)
