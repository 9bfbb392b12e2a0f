"""What a user can do, in the user's own verbs. The only door the GUI knocks on."""

import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from core.branches import Branch, Role, name_after
from core.change import Change
from core.continuing import missing_route, plan_continuation
from core.engine import Engine, Meter
from core.error_records import ErrorRecord, made_by
from core.forks import Belief, Finding, ForkShown, ForkSpec, tell
from core.generation import preview_text, read_routes
from core.history import BookmarkSet, BranchSet, Hidden, NoteSet, Shown
from core.intake import (
    Cutting,
    Insertion,
    Running,
    find_child,
    plant,
    plant_insertions,
    take,
)
from core.jobs import (
    JobEnded,
    JobEvent,
    JobId,
    JobStarted,
    MakeRunner,
    Outbox,
    Post,
    Produced,
    Work,
)
from core.keeper import Keeper
from core.known_error import KnownError
from core.products import Preview, Spent
from core.sampling import Sampler
from core.saving import MakeStorage, Opened, SavedState
from core.session import Deed
from core.session_view import SessionView
from core.tokens import Token, Vocabulary, text_of
from core.tree import ROOT, NodeId, Origin

__all__ = [
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

NO_MODEL = "No model is loaded: load one to ask it anything."
OTHER_VOCABULARY = (
    "This branch was written with another model's tokens: start it again to read it with this one."
)
UNEXPECTED = "Something went wrong inside Swerve; the session is safe. ({error})"


class Workbench(SessionView):
    """One open session and the model at hand. Lives on one thread, the one that `post` runs on.

    Every verb that changes the session is one act in its history and one `Change` to observers.
    """

    def __init__(
        self, post: Post, make_runner: MakeRunner, make_storage: MakeStorage | None
    ) -> None:
        self.meter = Meter(tokens_read=0, tokens_reused=0, seconds=0.0)
        super().__init__()
        self._engine: Engine | None = None
        self._observers: list[Callable[[Change], None]] = []
        self._outbox: Outbox[JobEvent] = Outbox(post, self._handle)
        self._runner = make_runner(self._outbox.put)
        self._keeper = Keeper(
            post, make_storage, on_opened=self._take_opened, on_news=self._take_news
        )
        self._running: dict[JobId, Running] = {}
        self._job_ids = itertools.count(1)
        self._untitled: Path | None = None

    # Asking

    @property
    def vocabulary(self) -> Vocabulary | None:
        """The attached model's tokens."""
        return None if self._engine is None else self._engine.vocabulary

    @property
    def jobs(self) -> Mapping[JobId, tuple[str, int, int]]:
        """What is going on: label, positions done, positions in all (0: not known)."""
        return {job: (run.deed.label, run.done, run.total) for job, run in self._running.items()}

    @property
    def busy(self) -> bool:
        """Whether anything is going on."""
        return bool(self._running)

    @property
    def file(self) -> Path | None:
        """The file of this session."""
        return self._keeper.file

    @property
    def saved_at(self) -> datetime | None:
        """When the file was last written to."""
        return self._keeper.saved_at

    @property
    def saved_state(self) -> SavedState:
        """How the file stands to the screen."""
        return self._keeper.state

    def is_settled(self, node: NodeId) -> bool:
        """Return whether the node is in the file."""
        return node <= self._keeper.settled_through

    def observe(self, observer: Callable[[Change], None]) -> None:
        """Call `observer` after every change."""
        self._observers.append(observer)

    # Verbs

    def preview(self, parent: NodeId, text: str, deliver: Callable[[Preview], None]) -> None:
        """Tell `deliver`, soon, how `text` would enter the tree; replaces an earlier wish."""
        for job, run in tuple(self._running.items()):
            if run.on_preview is not None:
                self._drop_job(job)
        path = [self.tree.token(node) for node in self.tree.path_to(parent)]
        self._submit(
            Deed("preview"), partial(preview_text, path=path, text=text), (parent,), preview=deliver
        )

    def start_prompt(self, tokens: Sequence[Token], *, name: str | None = None) -> NodeId:
        """Put a prompt at the root and return its tip; what others begin with too is shared."""
        if not tokens:
            return ROOT
        label = (name_after(text_of(tokens)) if name is None else name, Role.BASE)
        cutting = Cutting(tokens, Origin.PROMPT, label)
        nodes = plant(self._session, Deed("new prompt"), ROOT, cutting)
        return self._planted(nodes[-1])

    def branch_here(self, parent: NodeId, token: Token) -> NodeId:
        """Put `token` after `parent` and return its node; an equal visible child is returned."""
        twin = find_child(self._session, parent, token, frozenset(Origin))
        if twin is not None:
            return twin
        deed = Deed(f"branch to {text_of([token])!r}")
        return self._planted(self._session.add(deed, parent, token, Origin.CHOSEN, own=None))

    def insert(
        self,
        parent: NodeId,
        tokens: Sequence[Token],
        *,
        role: Role = Role.ERROR,
        name: str | None = None,
        error: ErrorRecord | None = None,
    ) -> NodeId:
        """Put tokens after `parent` against the model's will, as a branch; return its tip."""
        if not tokens:
            return parent
        text = text_of(tokens)
        label = (name_after(text) if name is None else name, role)
        deed = Deed(f"insert {text!r}", made_by(() if error is None else (error,)))
        nodes = plant(self._session, deed, parent, Cutting(tokens, Origin.INSERTED, label))
        return self._planted(nodes[-1])

    def insert_together(
        self, parent: NodeId, insertions: Sequence[Insertion], *, label: str
    ) -> tuple[NodeId, ...]:
        """Put several texts after `parent`, each as a branch, in one act; return their tips."""
        deed = Deed(label, made_by(each.record for each in insertions))
        tips = plant_insertions(self._session, deed, parent, insertions)
        self._publish()
        if self._engine is not None and tips:
            self._read(tips)
        return tips

    def look_aside(
        self, label: str, work: Work, tips: Sequence[NodeId], deliver: Callable[[object], None]
    ) -> JobId:
        """Run work that puts nothing into the tree; what it finds goes to `deliver`."""
        return self._submit(Deed(label), work, tips, aside=deliver)

    def continue_from(
        self,
        tips: Sequence[NodeId],
        *,
        tokens: int,
        sampler: Sampler,
        seed: int,
        samples: int = 1,
    ) -> JobId:
        """Let the model go on after each tip, `samples` times, by up to `tokens` tokens.

        Sample k of every tip draws with the same noise, so that a difference comes from the text.
        """
        plan = plan_continuation(
            self, tips, tokens=tokens, sampler=sampler, seed=seed, samples=samples
        )
        return self._submit(
            Deed("continue"),
            plan.work,
            plan.tips,
            settings=plan.settings,
            total=tokens * len(plan.tips),
            origin=Origin.GREEDY if sampler.is_greedy else Origin.SAMPLED,
            fans_out=samples > 1,
        )

    def read(self, tip: NodeId) -> JobId:
        """Read every node on the path to `tip` whose exact reading is missing."""
        return self._read((tip,))

    def tell_fork(self, spec: ForkSpec) -> JobId:
        """Tell the story of a fork: see `core.forks`."""
        return self._submit(
            Deed("tell the fork"),
            partial(tell, spec=spec),
            (),
            settings={"sampler": "greedy", "tokens": spec.tokens},
            origin=Origin.GREEDY,
            fork=spec,
        )

    def hide(self, node: NodeId) -> None:
        """Put `node` and all below it out of sight."""
        if node != ROOT and self.is_visible(node):
            self._session.do(Deed("hide"), Hidden((node,)))
        self._publish()

    def show(self, node: NodeId) -> None:
        """Bring back `node`, and what was hidden along with it."""
        if not self.is_visible(node):
            self._session.do(Deed("show"), Shown((node,)))
        self._publish()

    def bookmark(self, node: NodeId, is_set: bool) -> None:  # noqa: FBT001 - it is the value
        """Set a bookmark at `node`, or take it away."""
        before = node in self._session.bookmarks
        if before != is_set:
            self._session.do(Deed("bookmark"), BookmarkSet(node, before, is_set))
        self._publish()

    def note(self, node: NodeId, text: str) -> None:
        """Write a note at `node`; empty takes it away."""
        before = self._session.notes.get(node, "")
        if before != text:
            self._session.do(Deed("note"), NoteSet(node, before, text))
        self._publish()

    def rename(self, branch: NodeId, name: str) -> None:
        """Give the branch that starts at `branch` another name."""
        old = self._session.branches.get(branch)
        if old is not None and old.name != name:
            deed = Deed(f"rename to {name!r}")
            self._session.do(deed, BranchSet(branch, old, Branch(branch, name, old.role)))
        self._publish()

    def set_role(self, branch: NodeId, role: Role) -> None:
        """Say what the branch that starts at `branch` is for."""
        old = self._session.branches.get(branch)
        if old is not None and old.role != role:
            deed = Deed(f"make it {role}")
            self._session.do(deed, BranchSet(branch, old, Branch(branch, old.name, role)))
        self._publish()

    def set_setting(self, key: str, value: str) -> None:
        """Remember a setting in the session; settings are not undone."""
        self._session.set_setting(key, value)
        self._publish()

    def undo(self) -> str | None:
        """Take back what was done last; return its label. What still runs for it is stopped."""
        act = self._session.undo()
        if act is not None:
            for job, run in tuple(self._running.items()):
                if run.deed.act == act.id:
                    self._drop_job(job)
        self._publish()
        return None if act is None else act.label

    def redo(self) -> str | None:
        """Do again what was undone last; return its label."""
        act = self._session.redo()
        self._publish()
        return None if act is None else act.label

    def stop(self, job: JobId) -> None:
        """End a job now; what it streamed quickly is still read exactly."""
        run = self._running.get(job)
        if run is not None:
            self._drop_job(job)
            self._settle(run)
        self._publish()

    def stop_all(self) -> None:
        """End all jobs now."""
        for job in tuple(self._running):
            self.stop(job)

    def attach_engine(self, engine: Engine | None) -> None:
        """Ask another model from now on, and show its readings; None: none."""
        for job in tuple(self._running):
            self._drop_job(job)
        self._engine = engine
        self._card = None if engine is None else engine.card
        self._session.change.reset = True
        self._publish()

    def recognise(self) -> None:
        """Take note of the attached model's hash, once it is known."""
        engine, before = self._engine, self._card
        if engine is None or before is None or engine.card == before:
            return
        self._card = engine.card
        self._session.recognise(before, self._card)
        for run in self._running.values():
            run.card = self._card
        self._session.change.reset = True
        self._publish()

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
            self._keeper.open(path)
        self._publish()

    def close(self) -> None:
        """End all work, write what is pending, let the file go."""
        for job in tuple(self._running):
            self._drop_job(job)
        self._runner.close()
        self._publish()
        self._keeper.close()

    # Work

    def _planted(self, tip: NodeId) -> NodeId:
        self._publish()
        if self._engine is not None:
            self.read(tip)
        return tip

    def _read(self, tips: Sequence[NodeId]) -> JobId:
        routes = [missing_route(self, place, tip) for place, tip in enumerate(tips)]
        total = sum(len(route.path) - route.since for route in routes)
        if self._engine is not None and not total:
            return JobId(next(self._job_ids))
        return self._submit(Deed("read"), partial(read_routes, routes=routes), tips, total=total)

    def _submit(  # noqa: PLR0913 - all that a job may need
        self,
        deed: Deed,
        work: Work,
        tips: Sequence[NodeId],
        *,
        total: int = 0,
        settings: Mapping[str, object] | None = None,
        origin: Origin = Origin.SAMPLED,
        fans_out: bool = False,
        fork: ForkSpec | None = None,
        preview: Callable[[Preview], None] | None = None,
        aside: Callable[[object], None] | None = None,
    ) -> JobId:
        job = JobId(next(self._job_ids))
        self.recognise()
        engine, card = self._engine, self._card
        problem = NO_MODEL if engine is None else None
        if engine is not None and not all(self._speaks(engine.vocabulary, tip) for tip in tips):
            problem = OTHER_VOCABULARY
        if engine is None or card is None or problem is not None:
            self._session.change.problem = problem
            self._publish()
            return job
        if settings is not None:
            model = {"model": self._session.model_number(card)}
            deed.made_by = json.dumps(model | dict(settings))
        self._running[job] = Running(
            deed,
            card,
            engine.vocabulary,
            {place: list(self.tree.path_to(tip)) for place, tip in enumerate(tips)},
            total,
            origin,
            fans_out=fans_out,
            fork=fork,
            on_preview=preview,
            on_aside=aside,
            tips=frozenset(tips),
        )
        self._session.change.jobs = True
        self._publish()
        self._runner.submit(job, work, engine)
        return job

    def _speaks(self, vocabulary: Vocabulary, tip: NodeId) -> bool:
        """Return whether the tokens on the path to `tip` are tokens of this vocabulary."""
        tokens = (self.tree.token(node) for node in self.tree.path_to(tip))
        return all(t.id < len(vocabulary) and vocabulary[t.id] == t for t in tokens)

    def _drop_job(self, job: JobId) -> None:
        self._runner.stop(job)
        del self._running[job]
        self._session.change.jobs = True

    def _settle(self, run: Running) -> None:
        """Read exactly what a stopped continuation left provisional."""
        tips = [path[-1] for path in run.places.values() if path]
        rows = [self.readings.row(tip) for tip in tips]
        rough = [t for t, row in zip(tips, rows, strict=True) if row is not None and not row[6]]
        if rough:
            self._read(rough)

    def _handle(self, events: tuple[JobEvent, ...]) -> None:
        self.recognise()
        for event in events:
            run = self._running.get(event.job)
            if run is None:
                continue
            match event:
                case JobStarted():
                    pass
                case Produced(_, Spent(meter)):
                    self.meter = Meter(
                        self.meter.tokens_read + meter.tokens_read,
                        self.meter.tokens_reused + meter.tokens_reused,
                        self.meter.seconds + meter.seconds,
                    )
                case Produced(_, product):
                    take(self._session, run, product)
                case JobEnded(job, _, error):
                    del self._running[job]
                    self._session.change.jobs = True
                    if error is not None:
                        self._session.change.problem = _sentence(error)
        self._publish()

    # Files and observers

    @property
    def _newest(self) -> NodeId:
        return NodeId(len(self.tree))

    def _take_opened(self, opened: Opened) -> None:
        for job in tuple(self._running):
            self._drop_job(job)
        self._session = opened.session
        self._untitled = None
        self._session.change.reset = True
        self._session.change.problem = opened.read_only
        self._publish()

    def _take_news(self, problem: str | None) -> None:
        self._session.change.settled = True
        self._session.change.problem = problem
        self._publish()

    def _publish(self) -> None:
        session = self._session
        records, session.records = tuple(session.records), []
        if records:
            if self._untitled is None or not self._keeper.wants_a_file():
                self._keeper.write(records, self._newest)
            else:
                self._keeper.copy_to(self._untitled, session.contents(), self._newest)
        draft, session.draft = session.draft, None
        if draft is not None:
            change = draft.finished()
            for observer in tuple(self._observers):
                observer(change)


def _sentence(error: Exception) -> str:
    if isinstance(error, KnownError):
        return str(error)
    return UNEXPECTED.format(error=f"{type(error).__name__}: {error}")
