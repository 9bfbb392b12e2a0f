"""The verbs of the lab: start a run, stop it, go on with it, and land at an item's fork."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version

from core.branches import Branch, Role
from core.engine import Engine, ModelCard
from core.history import ActState, BranchSet
from core.jobs import JobId, Work
from core.lab_book import Pace, Run
from core.lab_plans import MOST_ITEMS, MOST_PREAMBLE
from core.lab_planting import plant_limbs
from core.lab_products import (
    Measured,
    Paced,
    Traced,
    Wish,
    choices_of,
    is_planted_by,
    planted_by,
)
from core.lab_records import FactPackRow, RunRow, RunState
from core.products import Product
from core.session import Deed
from core.tree import ROOT, NodeId, Origin
from core.workplace import NO_MODEL, TAKEN_AWAY, Workplace

OTHER_MODEL = "This run was made with {name}: load that model to go on with it."
UNKNOWN_YET = "The model's file is still being recognised: try again in a moment."
ONE_AT_A_TIME = "A run is going on already: pause or stop it first."
CUT_SHORT = "The model, the window or all work was stopped; the rows so far are kept."


@dataclass(slots=True)
class _Going:
    """The run that goes on: its job, what cuts it, and what it had cost before."""

    number: int
    job: JobId
    cut: threading.Event
    tokens: int
    seconds: float


class LabWork(Workplace):
    """Runs are no acts of history: nothing of them is in the tree until an item is planted."""

    _going: _Going | None = None

    @property
    def lab_runs(self) -> Mapping[int, Run]:
        """The runs of this session, oldest first."""
        return self._session.lab.runs

    @property
    def lab_going(self) -> int | None:
        """The run that is being measured just now."""
        return None if self._going is None else self._going.number

    def lab_model(self, number: int) -> ModelCard:
        """Return the model that a run was made with."""
        return self._session.card_of(self._session.lab.runs[number].row.model)

    def is_made_here(self, number: int) -> bool:
        """Return whether a run was made by the model that is attached."""
        return self._made_by_this_model(self._session.lab.runs[number].row.model)

    def lab_wish(self, number: int) -> Wish:
        """Return what a run was asked for, with the rows it has."""
        run = self._session.lab.runs[number]
        pack = self._session.lab.pack(run.row.facts)
        text, name = ("", "") if pack is None else (pack.text, pack.name)
        return Wish(
            run.row.experiment,
            text,
            name,
            run.row.seed,
            run.row.items,
            tuple(run.rows),
            choices_of(run.row.choices),
        )

    def start_experiment(self, wish: Wish) -> int | None:
        """Begin a run; return its number, or None and say why it cannot be."""
        problem = self._why_not()
        if problem is None and not 1 <= wish.items <= MOST_ITEMS:
            problem = f"A run takes 1 to {MOST_ITEMS} items: choose a number between."
        if problem is None and len(wish.choices.preamble) > MOST_PREAMBLE:
            problem = f"A preamble takes {MOST_PREAMBLE} characters at most: shorten it."
        self.recognise()
        if problem is not None or self._card is None:
            self._refuse(problem or NO_MODEL)
            return None
        pack = None
        if wish.facts:
            digest = hashlib.sha256(wish.facts.encode()).hexdigest()
            pack = FactPackRow(digest, wish.facts_name, wish.facts)
        book = self._session.lab
        row = RunRow(
            book.next_number(),
            wish.experiment,
            wish.items,
            wish.seed,
            "" if pack is None else pack.sha256,
            self._session.model_number(self._card),
            version("swerve"),
            datetime.now(UTC).isoformat(timespec="seconds"),
            RunState.RUNNING,
            choices=wish.choices.json(),
        )
        book.begin(row, pack)
        self._go(row.number)
        return row.number

    def resume_experiment(self, number: int) -> None:
        """Go on with a run at the item where it stopped."""
        run = self._session.lab.runs[number]
        problem = self._why_not()
        if problem is None and run.row.state is RunState.DONE:
            problem = "This run is complete: start another one."
        self.recognise()
        if problem is None and not self._made_by_this_model(run.row.model):
            problem = self._other_model(run.row.model)
        if problem is not None:
            self._refuse(problem)
            return
        self._session.lab.change(number, state=RunState.RUNNING, why="", outcome="")
        self._go(number)

    def pause_experiment(self) -> None:
        """Hold the run that goes on; what it measured stays, the item at hand is begun again."""
        self._halt(RunState.PAUSED, "")

    def stop_experiment(self) -> None:
        """End the run that goes on, before it is complete; it can still be resumed."""
        self._halt(RunState.STOPPED, "")

    def keep_outcome(self, number: int, outcome: str) -> None:
        """Remember what the rows of a run say, as JSON."""
        self._session.lab.change(number, outcome=outcome)
        self._publish()

    def calibrate(self, wish: Wish, deliver: Callable[[Paced], None]) -> JobId | None:
        """Measure a few items that are not kept, to tell what a run costs on this model."""
        problem = self._why_not()
        if problem is not None:
            self._refuse(problem)
            return None

        job = JobId(0)

        def take(found: object) -> None:
            if isinstance(found, Paced):
                self._tell_progress(job, found.done, found.seconds_left)
                deliver(found)

        work = partial(_measure, wish=wish, cut=threading.Event())
        deed = Deed(f"measure the cost of {wish.experiment}")
        job = self._submit(deed, work, (), total=wish.items, aside=take)
        return job

    def find_planted(self, number: int, item: str) -> NodeId | None:
        """Return where an item's fork stands, if it is planted and can be seen."""
        for act in self._session.history:
            if act.state is ActState.DONE and is_planted_by(act.made_by, number, item):
                firsts = [e.after for e in act.effects if isinstance(e, BranchSet)]
                branches = [b for b in firsts if b is not None and self.is_visible(b.first)]
                if branches:
                    return self._landing(branches)
        return None

    def plant_item(self, number: int, item: str, deliver: Callable[[NodeId], None]) -> JobId | None:
        """Put an item's branches under the root as a fork, once; tell where to land."""
        known = self.find_planted(number, item)
        if known is not None:
            deliver(known)
            return None
        self.recognise()
        model = self._session.lab.runs[number].row.model
        card = self._session.card_of(model)
        if self._card is None or self._engine is None:
            self._refuse(f"{NO_MODEL} This run was made with {card.name}.")
            return None
        if self._card.fingerprint != card.fingerprint:
            self._refuse(self._other_model(model))
            return None
        title = f"{self._session.lab.runs[number].row.experiment}: {item}"

        def take(found: object) -> None:
            if isinstance(found, Traced):
                deed = Deed(f"plant {item}", planted_by(number, item))
                land, tips = plant_limbs(self._session, deed, found.limbs, title)
                self._publish()
                deliver(land)
                self._read(tips)

        work = partial(_trace, wish=self.lab_wish(number), item=item)
        return self._submit(Deed(f"find {item}"), work, (), aside=take)

    def _go(self, number: int) -> None:
        run = self._session.lab.runs[number]
        wish, cut = self.lab_wish(number), threading.Event()
        going = _Going(number, JobId(0), cut, run.row.tokens, run.row.seconds)
        self._going = going
        run.pace = Pace(run.counted, None)
        work: Work = partial(_measure, wish=wish, cut=cut)
        ended = partial(self._ended, going)
        going.job = self._submit(
            Deed(wish.experiment),
            work,
            (),
            total=wish.items,
            aside=partial(self._take_measured, going),
            ended=ended,
        )
        # Done at once, where jobs run on the caller's thread.
        self._tell_progress(going.job, run.counted, None)

    def _take_measured(self, going: _Going, found: object) -> None:
        book = self._session.lab
        match found:
            case Measured(item, dropped, values):
                book.add(going.number, item=item, dropped=dropped, values=values)
            case Paced(done, tokens, seconds, left, _, _):
                book.runs[going.number].pace = Pace(done, left)
                self._tell_progress(going.job, done, left)
                book.change(
                    going.number,
                    tokens=going.tokens + tokens,
                    seconds=round(going.seconds + seconds, 3),
                )
            case _:
                pass

    def _tell_progress(self, job: JobId, done: int, seconds_left: float | None) -> None:
        running = self._running.get(job)
        if running is not None:
            running.done, running.seconds_left = done, seconds_left

    def _ended(self, going: _Going, problem: str | None) -> None:
        going.cut.set()
        if self._going is going:
            self._going = None
        book = self._session.lab
        run = book.runs.get(going.number)
        if run is None:  # another session is here now
            return
        run.pace = None
        if run.row.state is not RunState.RUNNING:
            return
        if problem == TAKEN_AWAY:
            book.change(going.number, state=RunState.PAUSED, why=CUT_SHORT)
        elif problem is not None:
            book.change(going.number, state=RunState.FAILED, why=problem)
        else:
            book.change(going.number, state=RunState.DONE, why=_why_few(run))

    def _halt(self, state: RunState, why: str) -> None:
        going = self._going
        if going is not None:
            self._session.lab.change(going.number, state=state, why=why)
            going.cut.set()
            self.stop_job(going.job)

    def stop_job(self, job: JobId) -> None:
        """End a job; nothing of it needs to be read again."""
        if job in self._running:
            self._drop_job(job)
        self._publish()

    def _why_not(self) -> str | None:
        if self._engine is None:
            return NO_MODEL
        return ONE_AT_A_TIME if self._going is not None else None

    def _refuse(self, problem: str) -> None:
        self._session.change.problem = problem
        self._publish()

    def _made_by_this_model(self, number: int) -> bool:
        return self._card is not None and self._session.is_model(number, self._card)

    def _other_model(self, number: int) -> str:
        card = self._session.card_of(number)
        if self._card is not None and not self._card.sha256 and self._card.name == card.name:
            return UNKNOWN_YET
        return OTHER_MODEL.format(name=f"{card.name} {card.quantization}".strip())

    def _landing(self, branches: list[Branch]) -> NodeId:
        """Return the fork among branches that were planted together: before the first error."""
        errors = [branch for branch in branches if branch.role is Role.ERROR]
        own = [b for b in branches if self.tree.origin(b.first) is not Origin.PROMPT]
        first = (errors or own or branches)[0].first
        above = self.tree.parent(first)
        return first if above == ROOT else above


def _why_few(run: Run) -> str:
    if run.counted >= run.row.items:
        return ""
    return f"There were no more items: {run.counted} of the {run.row.items} asked for count."


# The lab's statistics take half a second to load: on the job's own thread, when it is asked.


def _measure(engine: Engine, wish: Wish, cut: threading.Event) -> Iterator[Product]:
    from core.lab_running import measure  # noqa: PLC0415

    yield from measure(engine, wish, cut)


def _trace(engine: Engine, wish: Wish, item: str) -> Iterator[Product]:
    from core.lab_tracing import trace  # noqa: PLC0415

    yield from trace(engine, wish, item, threading.Event())
