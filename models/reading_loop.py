"""One loop that serves every request: it forms each batch from all that wait, the user's first."""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NewType, Protocol

from core.engine import Answer, Arithmetic, Meter, Priority, Request
from core.known_error import KnownError
from models.decoder import CellsFull, Decoder, Interrupted, Logits, Row
from models.prefix_tree import Place, PrefixTree

RequestId = NewType("RequestId", int)
Deliver = Callable[[list[Answer | BaseException]], None]


@dataclass(slots=True)
class Demand:
    """Tokens to be read after `place`; the logits from offset `wanted` on go to `take`, in order.

    `quick` allows the fastest shape instead of the exact one.
    """

    place: Place
    tokens: Sequence[int]
    wanted: int
    take: "Callable[[Logits, Place, bool], None]"
    quick: bool = False
    at: int = 0


class Task(Protocol):
    """A request at work: it demands readings and answers as they come."""

    def start(self, served: "Served") -> None:
        """Demand the first readings."""
        ...


@dataclass(slots=True)
class Served:
    """One request, its waiting demands, and what it has cost."""

    id: RequestId
    priority: Priority
    task: Task
    deliver: Deliver
    loop: "ReadingLoop"
    demands: deque[Demand] = field(default_factory=deque)
    answers: list[Answer | BaseException] = field(default_factory=list)
    tokens_read: int = 0
    tokens_reused: int = 0
    started: float = 0.0
    newest_first: bool = False

    def demand(self, demand: Demand) -> None:
        """Wait for a reading."""
        if self.newest_first:
            self.demands.appendleft(demand)
        else:
            self.demands.append(demand)

    def answer(self, answer: Answer) -> None:
        """Say something; it leaves with the other answers of this batch."""
        self.answers.append(answer)


@dataclass(slots=True)
class _Batch:
    rows: list[Row]
    places: list[Place]
    takers: list[list[tuple[Served, Demand]]]
    sequences: set[int]
    before: dict[int, tuple[Demand, Place, Sequence[int], int, int]]
    costs: dict[int, tuple[Served, int, int]]
    quick: bool = True


class ReadingLoop:
    """Serves requests over one decoder. `step` belongs to one thread; the rest may be called by any.

    Batches have the shape that the load check found exact: at least `least_rows`, a multiple of
    `row_multiple`, filled up with rows of a scratch sequence.
    """

    def __init__(
        self, decoder: Decoder, arithmetic: Arithmetic, make_task: Callable[[Request], Task]
    ) -> None:
        self._decoder = decoder
        self._tree = PrefixTree(decoder)
        self._arithmetic = arithmetic
        self._make_task = make_task
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._arrivals: deque[Served] = deque()
        self._cancelled: set[RequestId] = set()
        self._serving: dict[RequestId, Served] = {}

    @property
    def root(self) -> Place:
        """The empty path."""
        return self._tree.root

    def submit(self, request: Request, deliver: Deliver) -> RequestId:
        """Queue a request. Its answers arrive in lists; the last is a `Meter` or an exception."""
        served = Served(
            RequestId(next(self._ids)), request.priority, self._make_task(request), deliver, self
        )
        with self._lock:
            self._arrivals.append(served)
        return served.id

    def cancel(self, request: RequestId) -> None:
        """Stop serving a request; nothing more is delivered for it."""
        with self._lock:
            self._cancelled.add(request)
            alone = set(self._serving) <= self._cancelled and not self._arrivals
        if alone:
            self._decoder.interrupt()

    def step(self) -> bool:
        """Decode one batch and deliver what it tells; False when nothing waits."""
        self._admit()
        batch = self._form_batch(self._arithmetic.most_rows)
        if not batch.rows:
            return False
        try:
            logits = self._decode(batch)
        except Interrupted:
            self._roll_back(batch)
            return True
        self._hand_out(batch, logits)
        self._settle()
        return True

    def _admit(self) -> None:
        with self._lock:
            arrivals, self._arrivals = self._arrivals, deque()
            cancelled, self._cancelled = self._cancelled, set()
            for served in arrivals:
                self._serving[served.id] = served
            for request in cancelled:
                self._serving.pop(request, None)
        for served in arrivals:
            if served.id in cancelled:
                continue
            served.started = time.perf_counter()
            self._guard(served, lambda served=served: served.task.start(served))
        if arrivals:
            self._settle()

    def _guard(self, served: Served, act: Callable[[], None]) -> None:
        """Let a failing request fail alone."""
        try:
            act()
        except Exception as error:  # noqa: BLE001 - it travels to whoever asked
            served.demands.clear()
            served.answers.append(error)

    def _by_urgency(self) -> Iterable[Served]:
        return sorted(self._serving.values(), key=lambda served: (served.priority, served.id))

    def _form_batch(self, budget: int) -> _Batch:
        batch = _Batch([], [], [], set(), {}, {})
        try:
            for served in self._by_urgency():
                for demand in served.demands:
                    if not self._schedule(served, demand, batch, budget):
                        return batch
        except CellsFull:  # no sequence is free beside those in this batch: they go first
            if not batch.rows:
                raise
        return batch

    def _schedule(self, served: Served, demand: Demand, batch: _Batch, budget: int) -> bool:
        """Add as much of a demand as fits; False when the batch is full."""
        tree = self._tree
        place, missing = tree.deepest(demand.place)
        batch.before[id(demand)] = (demand, demand.place, demand.tokens, demand.wanted, demand.at)
        batch.costs.setdefault(served.id, (served, served.tokens_read, served.tokens_reused))
        if missing:  # what was held when the demand was made has been dropped since
            demand.tokens = [*missing, *demand.tokens[demand.at :]]
            demand.wanted = max(demand.wanted - demand.at, 0) + len(missing)
            demand.at = 0
        tokens, at, wanted = demand.tokens, demand.at, demand.wanted
        sequence: int | None = None
        try:
            while at < len(tokens):
                token = tokens[at]
                is_wanted = at >= wanted
                child = place.children.get(token)
                if child is not None and tree.holds(child):
                    if child.row is not None and is_wanted:
                        batch.rows[child.row].wanted = True
                        batch.takers[child.row].append((served, demand))
                        served.tokens_reused += 1
                        place, at, sequence = child, at + 1, None
                        continue
                    if not is_wanted:
                        served.tokens_reused += 1
                        place, at, sequence = child, at + 1, None
                        continue
                if len(batch.rows) >= budget:
                    return False
                if sequence is None:
                    sequence = tree.sequence_at(place, batch.sequences)
                    batch.sequences.add(sequence)
                    _join(batch, place, sequence)
                place = tree.extend(sequence, token)
                place.row = len(batch.rows)
                batch.rows.append(Row(token, place.depth - 1, [sequence], is_wanted))
                batch.places.append(place)
                batch.takers.append([(served, demand)] if is_wanted else [])
                batch.quick &= demand.quick
                served.tokens_read += 1
                at += 1
        finally:
            demand.place, demand.at = place, at
        return True

    def _decode(self, batch: _Batch) -> Logits:
        fill = 0 if self._may_be_quick(batch) else self._fill(len(batch.rows))
        rows = [*batch.rows]
        scratch = self._tree.scratch
        rows += [Row(batch.rows[0].token, place, [scratch], wanted=False) for place in range(fill)]
        outputs = sum(row.wanted for row in rows)
        if outputs and not self._may_be_quick(batch):
            # The output matrix is a matrix too: its rows round by the same rule.
            more = min(self._shape(outputs) - outputs, len(rows) - outputs)
            for row in reversed(rows):
                if more and not row.wanted:
                    row.wanted = True
                    more -= 1
        while True:
            try:
                logits = self._decoder.decode(rows)
            except CellsFull:
                if not self._tree.drop_idlest(batch.sequences):
                    self._fail_for_room(batch)
                    raise Interrupted from None
            else:
                break
            finally:
                if fill:
                    self._decoder.cut(scratch, 0)
        return logits

    def _may_be_quick(self, batch: _Batch) -> bool:
        return batch.quick and len(batch.rows) < self._arithmetic.least_rows

    def _shape(self, rows: int) -> int:
        multiple = self._arithmetic.row_multiple
        rows = max(rows, self._arithmetic.least_rows)
        return -(-rows // multiple) * multiple

    def _fill(self, rows: int) -> int:
        return max(0, min(self._shape(rows), self._arithmetic.most_rows) - rows)

    def _hand_out(self, batch: _Batch, logits: Logits) -> None:
        for place in batch.places:
            place.row = None
        exact = self._arithmetic.repeats and not self._may_be_quick(batch)
        output = 0
        for served in self._serving.values():
            while served.demands and served.demands[0].at >= len(served.demands[0].tokens):
                served.demands.popleft()
            if any(demand.at >= len(demand.tokens) for demand in served.demands):
                served.demands = deque(d for d in served.demands if d.at < len(d.tokens))
        for row, takers, place in zip(batch.rows, batch.takers, batch.places, strict=True):
            if not row.wanted:
                continue
            for served, demand in takers:
                if served.id in self._serving:
                    self._guard(
                        served, lambda d=demand, o=output, p=place: d.take(logits[o], p, exact)
                    )
            output += 1
        for sequence in batch.sequences:
            self._tree.release_shadow(sequence)

    def _settle(self) -> None:
        """Deliver what was said; let those go that wait for nothing more."""
        for served in tuple(self._serving.values()):
            if not served.demands:
                if not (served.answers and isinstance(served.answers[-1], BaseException)):
                    seconds = time.perf_counter() - served.started
                    served.answer(Meter(served.tokens_read, served.tokens_reused, seconds))
                del self._serving[served.id]
            if served.answers:
                answers, served.answers = served.answers, []
                served.deliver(answers)

    def _roll_back(self, batch: _Batch) -> None:
        for sequence in batch.sequences:
            self._tree.retreat(sequence)
        for place in batch.places:
            place.row = None
        for demand, place, tokens, wanted, at in batch.before.values():
            demand.place, demand.tokens, demand.wanted, demand.at = place, tokens, wanted, at
        for served, tokens_read, tokens_reused in batch.costs.values():
            served.tokens_read, served.tokens_reused = tokens_read, tokens_reused

    def _fail_for_room(self, batch: _Batch) -> None:
        """Not even an empty cache holds what this batch needs: end the request that came last."""
        waiting = {served.id: served for takers in batch.takers for served, _ in takers}
        served = max(waiting.values() or self._serving.values(), key=lambda served: served.id)
        served.demands.clear()
        served.answers.append(
            KnownError(
                f"The branches need more than the {self._decoder.cells} tokens that the context"
                " holds: ask for fewer or shorter ones."
            )
        )


def _join(batch: _Batch, place: Place, sequence: int) -> None:
    """Let a new sequence share the rows of this batch that lie on its path."""
    node: Place | None = place
    while node is not None and node.row is not None:
        sequences = batch.rows[node.row].sequences
        if sequence not in sequences:
            sequences.append(sequence)
        node = node.parent
