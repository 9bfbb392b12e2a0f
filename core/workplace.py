"""Where the user's verbs are carried out: a session, a model, its jobs, and who is told."""

import itertools
import json
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

from core.change import Change
from core.continuing import drafted_in, missing_route
from core.engine import Engine, Meter
from core.forks import ForkSpec
from core.generation import prove_drafts, read_routes
from core.intake import Running, Unproved, take, take_back_drafts
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
from core.pace import Pace, Tally
from core.products import Place, Preview, Spent
from core.records import Record, SettingRow, ViewRow
from core.saving import MakeStorage, Opened, SavedState
from core.session import Deed
from core.session_view import SessionView
from core.spoken import Spoken
from core.tokens import Pieces, Vocabulary
from core.tree import NodeId, Origin

NO_MODEL = "No model is loaded: load one to ask it anything."
OTHER_VOCABULARY = (
    "This branch is made of another model's tokens: plant it again for this one (Tree menu) to"
    " read it."
)
TAKEN_AWAY = "It was stopped: the model was changed, or all work was ended."
UNEXPECTED = "Something went wrong inside Swerve; the session is safe. ({error})"
LONGEST = 160
"""Letters of what is told of an error that nobody foresaw; the log has all of it."""


class Workplace(SessionView):
    """One open session and the model at hand. Lives on one thread, the one that `post` runs on."""

    def __init__(
        self, post: Post, make_runner: MakeRunner, make_storage: MakeStorage | None
    ) -> None:
        self._tally = Tally()
        super().__init__()
        self.pace = Pace()
        self._engine: Engine | None = None
        self._observers: list[Callable[[Change], None]] = []
        self._outbox: Outbox[JobEvent] = Outbox(post, self._handle)
        self._runner = make_runner(self._outbox.put)
        self._keeper = Keeper(
            post,
            make_storage,
            on_coming=lambda coming: self._tell(Change(coming=coming.tokens)),
            on_opened=self._take_opened,
            on_news=self._take_news,
        )
        self._running: dict[JobId, Running] = {}
        self._job_ids = itertools.count(1)
        self._untitled: Path | None = None
        # Counts what was written down, and sessions that took another's place.
        self._moment: int = 0

    @property
    def vocabulary(self) -> Vocabulary | None:
        """The attached model's tokens."""
        return None if self._engine is None else self._engine.vocabulary

    def pieces_at(self, node: NodeId) -> Pieces | None:
        """Return what the ids of the candidates after `node` stand for; None: nobody knows.

        The attached model knows its own; of others, the session remembers what readings mention.
        """
        if self._engine is not None and self.speaks(node):
            return self._engine.vocabulary
        expects, reader = self.readings.expects(node), self.reader_of(node)
        if expects is None or reader is None:
            return None
        known = self._session.pieces_of(reader)
        return known if all(number in known for number in expects.id_array.tolist()) else None

    @property
    def jobs(self) -> Mapping[JobId, tuple[str, int, int]]:
        """What is going on: label, positions done, positions in all (0: not known)."""
        return {job: (run.deed.label, run.done, run.total) for job, run in self._running.items()}

    def seconds_left(self, job: JobId) -> float | None:
        """Return how long work goes on, where it says so itself."""
        run = self._running.get(job)
        return None if run is None else run.seconds_left

    @property
    def undo_label(self) -> str | None:
        """What undo would take back: work that has made nothing yet is newer than any act."""
        waiting = self._not_begun()
        return self._running[waiting[-1]].deed.label if waiting else super().undo_label

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

    @property
    def saving_problem(self) -> str | None:
        """Why the file cannot be written to, in one sentence; None when it can."""
        return self._keeper.problem

    @property
    def would_lose(self) -> bool:
        """Whether there is work that no file holds, and none can just now."""
        return self._keeper.would_lose and self._holds_something

    @property
    def _holds_something(self) -> bool:
        return len(self.tree) > 0 or bool(self._session.lab.runs)

    def retry_saving(self) -> None:
        """Try again to make a file that could not be made; say so when the file does not answer."""
        self._keeper.watch()
        if self._untitled is not None and self._keeper.wants_a_file() and self._holds_something:
            self._keeper.copy_to(self._untitled, self._session.contents(), self._newest)

    def flush(self, patience: float) -> bool:
        """Write what is pending now; return whether a file holds all within so many seconds."""
        return not self._holds_something or self._keeper.flush(patience)

    def is_settled(self, node: NodeId) -> bool:
        """Return whether the node is in the file."""
        return node <= self._keeper.settled_through

    def observe(self, observer: Callable[[Change], None]) -> None:
        """Call `observer` after every change."""
        self._observers.append(observer)

    def recognise(self) -> None:
        """Take note of the attached model's hash, once it is known."""
        if self._take_card():
            self._session.change.reset = True
            self._publish()

    def _take_card(self) -> bool:
        """Take note of what the model's card tells by now; return whether that is more."""
        engine, before = self._engine, self._card
        if engine is None or before is None or engine.card == before:
            return False
        self._card = engine.card
        self._session.recognise(before, self._card)
        for run in self._running.values():
            run.card = self._card
        return True

    # Work

    def _planted(self, tip: NodeId) -> NodeId:
        self._publish()
        if self._engine is not None:
            self._read((tip,))
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
        ended: Callable[[str | None], None] | None = None,
        drafts: Mapping[Place, Unproved] | None = None,
    ) -> JobId:
        job = JobId(next(self._job_ids))
        if self._keeper.is_closed:  # a timer of a window that is going may still ask
            return job
        self.recognise()
        engine, card = self._engine, self._card
        problem = NO_MODEL if engine is None else None
        if engine is not None and not all(self.speaks(tip) for tip in tips):
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
            on_end=ended,
            tips=frozenset(tips),
            drafts=dict(drafts or {}),
            proves=drafts is not None,
        )
        self._session.change.jobs = True
        self._publish()
        self._runner.submit(job, work, engine)
        return job

    def speaks(self, node: NodeId) -> bool:
        """Return whether the attached model has the tokens on the path to `node`."""
        is_new = self._spoken is None or self._spoken.tree is not self.tree
        if self._engine is not None and is_new:
            self._spoken = Spoken(self.tree, self._engine.vocabulary)
        return super().speaks(node)

    def _drop_job(self, job: JobId) -> None:
        take_back_drafts(self._session, self._cut(job))

    def _cut(self, job: JobId) -> Running:
        self._runner.stop(job)
        run = self._running.pop(job)
        self._session.change.jobs = True
        if run.on_end is not None:
            run.on_end(TAKEN_AWAY)
        return run

    def _not_begun(self) -> list[JobId]:
        """Return the jobs that will be acts and are none yet, oldest first."""
        return [job for job, run in self._running.items() if run.is_to_act]

    def _drop_unseen(self) -> None:
        """End what writes after tips that are all out of sight now: nobody would see it."""
        for job, run in tuple(self._running.items()):
            if run.deed.made_by and run.tips and not any(map(self.is_visible, run.tips)):
                self._drop_job(job)

    def _settle(self, run: Running) -> None:
        """Prove what a stopped continuation left as drafts; stopped again, take it back."""
        if run.proves or not run.drafts:
            take_back_drafts(self._session, run)
            return
        tips, ends, drafted = zip(*drafted_in(self.tree, run), strict=True)
        self._submit(
            Deed("settle", run.deed.made_by, run.deed.act),
            partial(prove_drafts, drafted=drafted),
            tips,
            total=sum(len(each.drafts) for each in drafted),
            drafts=dict(enumerate(ends)),
        )

    def _handle(self, events: tuple[JobEvent, ...]) -> None:
        self.recognise()
        for event in events:
            run = self._running.get(event.job)
            try:
                self._take_event(event, run)
            except Exception as error:  # noqa: BLE001 - a bug must not leave jobs that never end
                _report(error)
                self._session.change.problem = _sentence(error)
        self._publish()

    def _take_event(self, event: JobEvent, run: Running | None) -> None:
        match event:
            case Produced(job, Spent(meter)):  # also of what was stopped meanwhile
                self._tally.take(job, meter)
                self._session.change.jobs = True
                if run is not None:
                    self.pace.take(run.deed.label, meter)
            case _ if run is None:
                pass
            case JobStarted(job):
                self._tally.begin(job)
            case Produced(_, product):
                take(self._session, run, product)
            case JobEnded(job, _, error):
                self._tally.end(job)
                del self._running[job]
                self._end(run, error)

    def _end(self, run: Running, error: Exception | None) -> None:
        take_back_drafts(self._session, run)
        self._session.change.jobs = True
        if error is not None:
            self._session.change.problem = _sentence(error)
        else:
            self._session.change.news = run.news
        if run.on_end is not None:
            run.on_end(None if error is None else _sentence(error))

    @property
    def meter(self) -> Meter:
        """What all work has cost so far."""
        return self._tally.meter

    # Files and observers

    @property
    def _newest(self) -> NodeId:
        return NodeId(len(self.tree))

    def _take_opened(self, opened: Opened) -> None:
        for job in tuple(self._running):
            self._drop_job(job)
        self._session = opened.session
        self._moment += 1
        self._untitled = None
        self._session.change.reset = True
        self._session.change.problem = opened.hindrance
        self._publish()

    def _take_news(self, problem: str | None) -> None:
        self._session.change.settled = True
        if problem is not None:
            self._session.change.problem = problem
        self._publish()

    def _publish(self) -> None:
        session = self._session
        records, session.records = tuple(session.records), []
        self._moment += 1 if records else 0
        if records and not self._are_for_later(records):
            if self._untitled is None or not self._keeper.wants_a_file():
                self._keeper.write(records, self._newest)
            else:
                self._keeper.copy_to(self._untitled, session.contents(), self._newest)
        draft, session.draft = session.draft, None
        if draft is not None:
            self._tell(draft.finished())

    def _tell(self, change: Change) -> None:
        """Call all observers: the bug of one neither blinds the others nor holds up the work."""
        failures: list[Exception] = []
        for observer in tuple(self._observers):
            try:
                observer(change)
            except Exception as error:  # noqa: BLE001 - a bug, which is told below
                _report(error)
                failures.append(error)
        if failures and change.problem is None:
            self._tell(Change(problem=_sentence(failures[0])))

    def _are_for_later(self, records: tuple[Record, ...]) -> bool:
        """Return whether nothing happened but looking, and there is no file to tell it to yet.

        What was looked at goes into the file with everything else, as soon as there is one.
        """
        looked = all(isinstance(record, ViewRow | SettingRow) for record in records)
        is_new = self._untitled is not None and self._holds_something  # worth another try
        return looked and not self._keeper.has_a_file and not is_new


def _sentence(error: Exception) -> str:
    if isinstance(error, KnownError):
        return str(error)
    told = textwrap.shorten(f"{type(error).__name__}: {error}", LONGEST, placeholder=" …")
    return UNEXPECTED.format(error=told)


def _report(error: Exception) -> None:
    """Tell of a bug as Python tells of what nobody catches: the shell decides where to."""
    sys.excepthook(type(error), error, error.__traceback__)
