"""What a user can do, in the user's own verbs. The only door the GUI knocks on."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from core.change import Change
from core.compacting import Compacted, Losses, compacted, planned
from core.engine import Engine
from core.forks import Belief, Finding, ForkShown, ForkSpec
from core.jobs import JobId
from core.lab_work import LabWork
from core.marking import Marking
from core.planting import Planting
from core.products import Preview
from core.saving import SavedState
from core.session import Deed
from core.verifying import check, checking_of
from core.workplace import NO_MODEL

__all__ = [
    "NO_MODEL",
    "Belief",
    "Change",
    "Finding",
    "ForkShown",
    "ForkSpec",
    "JobId",
    "Preview",
    "SavedState",
    "Workbench",
]


class Workbench(Marking, Planting, LabWork):
    """One open session and the model at hand. Lives on one thread, the one that `post` runs on.

    Every verb that changes the session is one act in its history and one `Change` to observers.
    """

    def undo(self) -> str | None:
        """Take back what was done last; return its label. What still runs for it is stopped.

        Work that has made nothing yet was done last of all: it is stopped, and the rest stays.
        """
        waiting = self._not_begun()
        if waiting:
            label = self._running[waiting[-1]].deed.label
            self._drop_job(waiting[-1])
            self._publish()
            return label
        newest = self._session.history.newest
        for job, run in tuple(self._running.items()):
            if newest is not None and run.deed.act == newest:
                self._drop_job(job)
        act = self._session.undo()
        if act is not None:
            self._drop_unseen()
        self._publish()
        return None if act is None else act.label

    def redo(self) -> str | None:
        """Do again what was undone last; return its label."""
        act = self._session.redo()
        self._drop_unseen()
        self._publish()
        return None if act is None else act.label

    def stop(self, job: JobId) -> None:
        """End a job now; what it drafted is still proved."""
        if job in self._running:
            self._settle(self._cut(job))
        self._publish()

    def stop_all(self) -> None:
        """End all jobs now."""
        for job in tuple(self._running):
            self.stop(job)

    def attach_engine(self, engine: Engine | None) -> None:
        """Ask another model from now on, and show its readings; None: none."""
        self._take_card()  # the model that goes may have been recognised just now
        for job in tuple(self._running):
            self._drop_job(job)
        self._engine = engine
        self.pace.forget()
        self._spoken = None
        self._card = None if engine is None else engine.card
        self._session.change.reset = True
        self._publish()

    @property
    def takes_another(self) -> bool:
        """Whether nothing is here or on its way, so that another session finds room."""
        return not (self._holds_something or self._keeper.is_moving)

    def start_untitled(self, path: Path) -> None:
        """Use `path` for this session as soon as there is something to keep."""
        self._untitled = path
        self._publish()

    def save_as(self, path: Path) -> None:
        """Write everything to a new file and go on there."""
        self._keeper.copy_to(path, self._session.contents(), self._newest)
        self._publish()

    def open(self, path: Path) -> None:
        """Show the session at `path` instead of this one, as soon as it is read."""
        if self._keeper.has_unsaved:
            self._session.change.problem = (
                "This session is not in its file yet: save it elsewhere, then open another."
            )
        else:
            self.recognise()
            self._keeper.open(path)
        self._publish()

    def compacting_loses(self) -> Losses:
        """Return what `compact` would delete for good."""
        return self.prepare_compacting()().losses

    def prepare_compacting(self) -> Callable[[], Compacted]:
        """Return the long part of `compact`: it changes nothing and may be done on any thread."""
        return partial(compacted, planned(self._session, self._moment))

    def compact(self, made: Compacted | None = None) -> Losses | None:
        """Delete for good what is hidden, in memory and in the file; return what went.

        With `made`, takes what was prepared, if nothing has happened since. Returns None, and says
        why, while the session is on its way to another file.
        """
        self.stop_all()
        if self._keeper.is_moving:
            self._session.change.problem = "This session is just being saved: compact it after."
            self._publish()
            return None
        for job in tuple(self._running):
            self._drop_job(job)  # what stopping left to be proved
        self._publish()
        if made is None or not self.is_current(made):
            made = self.prepare_compacting()()
        self._session = made.session
        self._moment += 1
        self._keeper.rewrite(made.contents, self._newest)
        self._session.change.reset = True
        self._publish()
        return made.losses

    def is_current(self, made: Compacted) -> bool:
        """Return whether nothing has happened since compacting was prepared."""
        return made.moment == self._moment

    def verify(self, *, sample: int | None, deliver: Callable[[object], None]) -> JobId:
        """Compute stored exact readings again, `sample` of them (None: all), against this model.

        `deliver` hears `Checked` as it goes and a `Verdict` last; nothing in the session changes.
        """
        self.recognise()
        checking = checking_of(self._session, self._card)
        work = partial(check, checking=checking, sample=sample)
        return self._submit(Deed("verify numbers"), work, (), aside=deliver)

    def close(self) -> None:
        """End all work, write what is pending, let the file go."""
        self._take_card()
        for job in tuple(self._running):
            self._drop_job(job)
        self._runner.close()
        self._publish()
        self.retry_saving()
        self._keeper.close()
