"""What an experiment is: items that are measured one by one, and what is made of their rows."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from time import perf_counter

from core.engine import Engine
from core.lab.asking import Asker
from core.lab.facts import Fact
from core.lab.statistics.intervals import Interval
from core.lab.statistics.verdicts import Verdict
from core.lab_plans import Extent

BAND = "95 %, over items"
"""The kind of most intervals that figures show."""

Value = float | str | bool | None | list[float] | list[str] | list[list[float]]
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run is made of: the facts it may use, its seed, how many items count.

    `tasks` names step tasks, `extent` how far each item goes; none means the experiment's own
    choice. `preamble` stands before every item.
    """

    facts: tuple[Fact, ...]
    seed: int
    items: int
    tasks: tuple[str, ...] = ()
    extent: Extent | None = None
    preamble: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One item: a name that is the same in every run of these settings, and how to measure it."""

    key: str
    measure: Callable[[Asker], Values]


@dataclass(frozen=True, slots=True)
class Row:
    """What one item gave, raw. `why_dropped` says why it does not count, empty when it does."""

    item: str
    values: Values
    why_dropped: str = ""

    @property
    def counts(self) -> bool:
        """Whether the item enters the analysis."""
        return not self.why_dropped


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands: rows that count, rows wanted, its cost so far and still to come.

    `tokens_once` and `seconds_once` of it are what is read once, however many items there are.
    """

    done: int
    wanted: int
    tokens_read: int
    seconds: float
    seconds_left: float
    tokens_once: int = 0
    seconds_once: float = 0.0


@dataclass(frozen=True, slots=True)
class Finding:
    """A number with its interval, and the p of no effect where one was tested."""

    name: str
    interval: Interval
    p: float | None = None
    note: str = ""


class Shape(StrEnum):
    """How a series is drawn; the words are in session files.

    A thread is one item's thin line among many; an area lies between `low` and `high`, columns
    stand on 0, and cells are the squares of a raster, which a frame holds open without a mark.
    """

    LINE = "line"
    POINTS = "points"
    THREAD = "thread"
    AREA = "area"
    COLUMNS = "columns"
    CELLS = "cells"
    FRAME = "frame"


@dataclass(frozen=True, slots=True)
class Series:
    """A curve of a figure: points, and a band where low and high are given.

    Series of one name are told of once: the threads of many items are one thing.
    """

    name: str
    role: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] = ()
    high: Sequence[float] = ()
    shape: Shape = Shape.LINE

    @property
    def width(self) -> float:
        """The room of one column or cell: the smallest gap between two places."""
        return width_of(self.x)

    @property
    def reach(self) -> tuple[float, ...]:
        """Where the series lies along x, its outer columns or cells whole."""
        return reach_of(self.x, self.shape)


def width_of(x: Sequence[float]) -> float:
    """Return the smallest gap between two places, 1 where there is none."""
    places = sorted(set(x))
    return min((b - a for a, b in pairwise(places)), default=1.0)


def reach_of(x: Sequence[float], shape: Shape) -> tuple[float, ...]:
    """Return the places along x, with the outer edges of columns and cells."""
    if shape not in {Shape.COLUMNS, Shape.CELLS} or not x:
        return tuple(x)
    half = width_of(x) / 2
    return (min(x) - half, *x, max(x) + half)


@dataclass(frozen=True, slots=True)
class Level:
    """A height under which nothing is a finding, by name."""

    name: str
    value: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure as numbers; whoever shows it draws it.

    `floors` are levels under which nothing is told, `zero` draws a line at 0, and `band` says what
    the intervals of its series are, "" where they are none.
    """

    title: str
    x_label: str
    y_label: str
    series: tuple[Series, ...]
    log_x: bool = False
    log_y: bool = False
    floors: tuple[Level, ...] = ()
    zero: bool = False
    band: str = BAND

    @property
    def intervals(self) -> str:
        """What intervals the series show; "" where none has any."""
        return self.band if any(one.low for one in self.series) else ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run says: one sentence, verdicts, numbers, figures, gates and traps that applied."""

    sentence: str
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    figures: tuple[Figure, ...]
    notes: tuple[str, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Experiment:
    """An experiment by name. `quick` items make the first run; `method` describes it in words.

    `chat` says that the model's chat template is applied, where it has one. `block` items are
    measured side by side: the first of them takes the time of all. `floors` measures, once per
    run, below what its numbers mean nothing; they stand in the first row.
    """

    name: str
    purpose: str
    method: str
    quick: int
    tasks: Callable[[Settings], tuple[Task, ...]]
    analyse: Callable[[Sequence[Row], Settings], Outcome]
    chat: bool = False
    block: int = 1
    floors: Callable[[Asker, Settings], Values] | None = None


class Dropped(Exception):  # noqa: N818 - not an error: an item that says nothing
    """Raised by a measurement whose item cannot be used; holds why, and what was read."""

    def __init__(self, why: str, values: Values) -> None:
        super().__init__(why)
        self.why = why
        self.values = values


def run(
    engine: Engine, experiment: Experiment, settings: Settings, done: Sequence[Row]
) -> Generator[Progress | Row]:
    """Measure the items that `done` lacks, until enough of them count; close it to stop.

    A `Row` is yielded as soon as it is whole, so that whoever keeps it can resume there.
    """
    asker = Asker(engine, settings.preamble)
    known = {row.item for row in done}
    counted = sum(row.counts for row in done)
    began, first = perf_counter(), counted
    floors = None if done else experiment.floors
    once, took = 0, 0.0
    for task in experiment.tasks(settings):
        if counted >= settings.items:
            break
        if task.key in known:
            continue
        beside: Values = {}
        if floors is not None:
            beside, floors = floors(asker, settings), None
            once, took = asker.tokens_read, perf_counter() - began
        try:
            row = Row(task.key, {**task.measure(asker), **beside})
        except Dropped as dropped:
            row = Row(task.key, {**dropped.values, **beside}, dropped.why)
        counted += row.counts
        yield row
        seconds = perf_counter() - began
        ahead = min(-(-counted // experiment.block) * experiment.block, settings.items)
        left = (seconds - took) / max(1, ahead - first) * (settings.items - ahead)
        read = asker.tokens_read
        yield Progress(counted, settings.items, read, seconds, left, once, took)


def percent(share: float) -> str:
    """Write a share as text does."""
    return f"{decimal(100 * share, 0)} %"


def decimal(value: float, digits: int) -> str:
    """Write a number as text does: a minus sign is no hyphen, and 0 has none."""
    return f"{value:z.{digits}f}".replace("-", "\N{MINUS SIGN}")


def signed(value: float, digits: int) -> str:
    """Write a difference as text does: the same, always with its sign."""
    return f"{value:+z.{digits}f}".replace("-", "\N{MINUS SIGN}")


def dropped_reasons(rows: Sequence[Row]) -> dict[str, int]:
    """Count why items were dropped."""
    reasons: dict[str, int] = {}
    for row in rows:
        if not row.counts:
            reasons[row.why_dropped] = reasons.get(row.why_dropped, 0) + 1
    return reasons
