"""The experiments of one session in memory: what was run, how far it came, what it gave."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from core.lab_records import FactPackRow, ItemRow, LabRecord, RunRow, RunState

INTERRUPTED = "Swerve ended during this run; the rows so far are kept."


@dataclass(frozen=True, slots=True)
class Pace:
    """How far a run is: items that count, and seconds it still needs (None: not known yet)."""

    done: int
    seconds_left: float | None


@dataclass(slots=True)
class Run:
    """One run: what it is and where it stands, its rows, and while it goes on, its pace."""

    row: RunRow
    rows: list[ItemRow] = field(default_factory=list[ItemRow])
    pace: Pace | None = None

    @property
    def counted(self) -> int:
        """The items that count."""
        return sum(not row.dropped for row in self.rows)

    @property
    def is_whole(self) -> bool:
        """Whether the run ended as it was planned to."""
        return self.row.state is RunState.DONE


class LabBook:
    """All runs by number. Every change is handed to `keep`, so that it gets into the file."""

    def __init__(self, keep: Callable[[LabRecord], None]) -> None:
        self._keep = keep
        self._packs: dict[str, FactPackRow] = {}
        self._runs: dict[int, Run] = {}

    @property
    def runs(self) -> Mapping[int, Run]:
        """The runs, oldest first."""
        return self._runs

    def pack(self, sha256: str) -> FactPackRow | None:
        """Return a fact pack that a run used."""
        return self._packs.get(sha256)

    def begin(self, row: RunRow, pack: FactPackRow | None) -> Run:
        """Take up a new run, and the facts it uses."""
        if pack is not None and pack.sha256 not in self._packs:
            self._packs[pack.sha256] = pack
            self._keep(pack)
        run = self._runs[row.number] = Run(row)
        self._keep(row)
        return run

    def next_number(self) -> int:
        """Return the number that the next run gets."""
        return max(self._runs, default=0) + 1

    def add(self, number: int, *, item: str, dropped: str, values: str) -> None:
        """Keep what one more item gave."""
        run = self._runs[number]
        row = ItemRow(number, len(run.rows), item, dropped, values)
        run.rows.append(row)
        self._keep(row)

    def change(self, number: int, **fields: Any) -> None:
        """Set fields of a run's record."""
        run = self._runs[number]
        changed = replace(run.row, **fields)
        if changed != run.row:
            run.row = changed
            self._keep(changed)

    def recognise(self, old: int, known: int) -> None:
        """Give runs of a model to the number it has after all."""
        for number, run in self._runs.items():
            if run.row.model == old:
                self.change(number, model=known)

    def contents(self) -> tuple[LabRecord, ...]:
        """Return all there is to save."""
        rows = (row for run in self._runs.values() for row in run.rows)
        return (*self._packs.values(), *(run.row for run in self._runs.values()), *rows)

    def restore(self, records: Iterable[LabRecord]) -> None:
        """Take in what was saved; who was running then was cut off. ValueError when parts lack."""
        for record in records:
            match record:
                case FactPackRow():
                    self._packs[record.sha256] = record
                case RunRow():
                    if record.state is RunState.RUNNING:
                        cut = replace(record, state=RunState.PAUSED, why=INTERRUPTED)
                        self._runs[record.number] = Run(cut)
                    else:
                        self._runs[record.number] = Run(record)
                case ItemRow():
                    if record.run not in self._runs:
                        raise ValueError("a row belongs to no run")
                    self._runs[record.run].rows.append(record)
