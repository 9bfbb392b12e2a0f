"""One loop that serves every request: it forms each batch from all that wait, the user's first."""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from core.engine import Arithmetic, Priority, Request, Speed
from core.known_error import KnownError
from models.batch import Batch
from models.decoder import CellsFull, Decoder, Interrupted, Logits, Row
from models.prefix_tree import Place, PrefixTree
from models.serving import Arrival, Deliver, Demand, RequestId, Served, Task
from models.turns import Turns

SLICE = 0.5
"""Seconds that a batch takes which nobody waits for: what is lost when a click breaks it off."""

UNMEASURED_ROWS = 16
"""Rows of such a batch where the speed is not known."""

GRAIN = 8
"""Matrix kernels work on so many rows at once."""

TIDY_FROM = 1024
"""Cells below which nothing is gained by forgetting."""

RECENT = 8
"""How many of the branches used last are taken for the user's present ones."""


class ReadingLoop:
    """Serves requests over one decoder. `step`, `fail` and `end` belong to one thread.

    Batches have the shape that the load check found exact: at least `least_rows`, a multiple of
    `row_multiple`, filled up with rows of a scratch sequence.
    """

    def __init__(
        self,
        decoder: Decoder,
        arithmetic: Arithmetic,
        make_task: Callable[[Request], Task],
        *,
        speed: Speed | None,
    ) -> None:
        self._background_rows = background_rows(arithmetic, speed)
        self._decoder = decoder
        self._tree = PrefixTree(decoder)
        self._arithmetic = arithmetic
        self._make_task = make_task
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._arrivals: deque[Served] = deque()
        self._cancelled: set[RequestId] = set()
        self._serving: dict[RequestId, Served] = {}
        self._on_errand: Served | None = None
        self._decoding: Priority | None = None  # how urgent the batch in progress is
        self._ended = ""
        self._one_at_a_time = False
        self._used = 0  # cells taken since all were free
        # One sequence is kept for rows that only fill a batch.
        self._turns = Turns(self._tree, cells=decoder.cells, sequences=decoder.sequences - 1)

    @property
    def root(self) -> Place:
        """The empty path."""
        return self._tree.root

    def submit(self, request: Request, deliver: Deliver) -> RequestId:
        """Queue a request. Its answers arrive in lists; the last is a `Meter` or an exception."""
        served = Served(
            RequestId(next(self._ids)), request.priority, self._make_task(request), deliver
        )
        with self._lock:
            if self._ended:
                raise KnownError(self._ended)
            self._arrivals.append(served)
            if self._on_errand is not None and served.priority < self._on_errand.priority:
                self._break_errand_off()
            if self._decoding is not None and served.priority < self._decoding:
                self._decoder.interrupt()
        return served.id

    def cancel(self, request: RequestId) -> None:
        """Stop serving a request; of what is not yet delivered, only the `Meter` ever is."""
        with self._lock:
            self._cancelled.add(request)
            alone = set(self._serving) <= self._cancelled and not self._arrivals
            if self._on_errand is not None and self._on_errand.id == request:
                self._break_errand_off()
        if alone:
            self._decoder.interrupt()

    def interrupt(self) -> None:
        """Break off whatever is being computed. May be called from any thread."""
        self._decoder.interrupt()
        with self._lock:
            self._break_errand_off()

    def end(self, sentence: str) -> None:
        """Tell all who wait, and all who come, that nothing is served any more."""
        with self._lock:
            self._ended = sentence
        self.fail(KnownError(sentence))

    def fail(self, error: BaseException) -> None:
        """Tell all who wait that they are not served."""
        with self._lock:
            arrivals, self._arrivals = self._arrivals, deque()
        for served in arrivals:
            self._serving[served.id] = served
        for served in self._serving.values():
            served.fail(error)
        self._settle()

    def step(self) -> bool:
        """Decode one batch, or do a piece of an errand, and deliver what it tells.

        False when nothing waits.

        Whatever goes wrong on the way is told to those it concerns: nobody waits for ever.
        """
        self._admit()
        urgency = self._urgency()
        if urgency and urgency[0].errand is not None:
            self._go_on_with_errand(urgency[0])
            self._settle()
            return True
        batch = Batch()
        try:
            self._form(batch, [served for served in urgency if served.demands])
            if not batch.rows:
                self._tidy()
                return False
            logits = self._decode(batch)
        except Interrupted:
            self._roll_back(batch)
        except CellsFull:
            self._roll_back(batch)
            self._make_room(batch)
        except Exception as error:  # noqa: BLE001 - it travels to whoever asked
            self._roll_back(batch)
            self._clear()
            concerned = [served for served, _, _ in batch.costs.values()]
            for served in concerned or self._serving.values():
                served.fail(error)
        else:
            self._hand_out(batch, logits)
        self._settle()
        return True

    def _admit(self) -> None:
        if not self._arrivals and not self._cancelled:
            return
        with self._lock:
            arrivals, self._arrivals = self._arrivals, deque()
            cancelled, self._cancelled = self._cancelled, set()
        for served in arrivals:
            self._serving[served.id] = served
        for request in cancelled:
            gone = self._serving.pop(request, None)
            if gone is not None:
                gone.end_errand()
                gone.deliver([gone.meter()])
        self._turns.end(cancelled)
        for served in arrivals:
            if served.id not in cancelled:
                served.started = time.perf_counter()
                _guard(served, partial(served.task.start, served))
        if arrivals:
            self._settle()

    def _go_on_with_errand(self, served: Served) -> None:
        with self._lock:
            if self._arrivals or self._cancelled:
                return  # perhaps somebody more urgent
            self._on_errand = served
        _guard(served, partial(_do_piece, served))
        with self._lock:
            self._on_errand = None

    def _break_errand_off(self) -> None:
        if self._on_errand is not None and self._on_errand.errand is not None:
            self._on_errand.errand.interrupt()

    def _form(self, batch: Batch, urgency: Sequence[Served]) -> None:
        """Take from all who wait, the most urgent first, until the batch is full.

        Users' requests share a batch evenly, so that a click does not wait behind a long prompt.
        What nobody waits for gets the rows beside them that only fill a batch, or a batch of its
        own, which a click breaks off.
        """
        alone, self._one_at_a_time = self._one_at_a_time, False
        urgency = self._turns.at_work(urgency)
        users = sum(served.priority is Priority.USER for served in urgency)
        most = self._arithmetic.most_rows
        try:
            for number, served in enumerate(urgency):
                if number == users:
                    most = self._rows_with_background(batch)
                left = most - len(batch.rows)
                share = min(left, max(1, left // (users - number))) if number < users else left
                budget = len(batch.rows) + share
                for demand in self._turns.in_turn(served):
                    if not self._schedule(served, demand, batch, budget):
                        break
                    if alone:
                        return
        except CellsFull:  # no sequence is free beside those in this batch: they go first
            if not batch.rows:
                raise

    def _rows_with_background(self, batch: Batch) -> int:
        """Return how many rows a batch may have once what users wait for is in it."""
        if not batch.rows:
            return self._background_rows
        if batch.quick:
            return len(batch.rows)
        return batch.rows_in_shape(self._arithmetic)

    def _urgency(self) -> Sequence[Served]:
        return sorted(self._serving.values(), key=lambda served: (served.priority, served.id))

    def _schedule(self, served: Served, demand: Demand, batch: Batch, budget: int) -> bool:
        """Add as much of a demand as fits; False when the batch is full."""
        tree, quick = self._tree, demand.quick
        batch.note(served, demand)
        place, missing = tree.deepest(demand.place, quick=quick)
        if missing:  # what was held when the demand was made has been dropped since
            demand.tokens = [*missing, *demand.tokens[demand.at :]]
            demand.wanted = max(demand.wanted - demand.at, 0) + len(missing)
            demand.at = 0
        tokens, at, wanted = demand.tokens, demand.at, demand.wanted
        sequence: int | None = None
        try:
            while at < len(tokens):
                token = tokens[at]
                child = place.child(token, quick=quick)
                if child is not None and (at < wanted or child.row is not None):
                    if child.row is not None:
                        batch.quick &= quick
                        if at >= wanted:
                            batch.rows[child.row].wanted = True
                            batch.takers[child.row].append((served, demand))
                    served.tokens_reused += 1
                    place, at, sequence = child, at + 1, None
                    continue
                if len(batch.rows) >= budget:
                    return False
                if sequence is None or (child is None and place.owner != sequence):
                    sequence, held = tree.sequence_at(place, batch.sequences)
                    batch.sequences.add(sequence)
                    batch.join(place, sequence, held)
                    child = place.child(token, quick=quick)  # making room may have dropped it
                place = tree.extend(sequence, token, child)
                place.row = len(batch.rows)
                batch.rows.append(Row(token, place.depth - 1, [sequence], at >= wanted))
                batch.places.append(place)
                batch.takers.append([(served, demand)] if at >= wanted else [])
                if child is None:
                    batch.fresh.append(place)
                batch.quick &= quick
                served.tokens_read += 1
                at += 1
        finally:
            demand.place, demand.at = place, at
        return True

    def _decode(self, batch: Batch) -> Logits:
        urgency = batch.priority
        with self._lock:
            if any(served.priority < urgency for served in self._arrivals):
                raise Interrupted
            self._decoding = urgency
        try:
            return self._decode_in_shape(batch)
        finally:
            with self._lock:
                self._decoding = None

    def _decode_in_shape(self, batch: Batch) -> Logits:
        if self._may_be_quick(batch):
            return self._decoder.decode(batch.rows)
        scratch = self._tree.scratch
        rows = batch.in_shape(self._arithmetic, scratch)
        try:
            return self._decoder.decode(rows)
        finally:
            if len(rows) > len(batch.rows):
                self._decoder.cut(scratch, 0)

    def _may_be_quick(self, batch: Batch) -> bool:
        return batch.quick and len(batch.rows) < self._arithmetic.least_rows

    def _hand_out(self, batch: Batch, logits: Logits) -> None:
        self._used += len(batch.rows)
        was_quick = self._may_be_quick(batch)
        if was_quick:
            self._tree.mark_provisional(batch.places)
        self._tree.settle(batch.sequences)
        if not was_quick:
            self._tree.drop_provisional_twins(batch.fresh, batch.sequences)
        for place in batch.places:
            place.row = None
        for served, _, _ in batch.costs.values():
            served.demands = deque(d for d in served.demands if d.at < len(d.tokens))
        wanted = [index for index, row in enumerate(batch.rows) if row.wanted]
        outputs = dict(zip(wanted, range(len(wanted)), strict=True))
        # A path's rows need not lie in its order where two demands share some of them.
        for index in sorted(wanted, key=lambda index: batch.places[index].depth):
            place = batch.places[index]
            for served, demand in batch.takers[index]:
                if not served.failed:
                    in_shape = place.exact and not was_quick
                    exact = in_shape and self._arithmetic.repeats
                    arrival = Arrival(logits[outputs[index]], place, in_shape, exact)
                    _guard(served, partial(demand.take, arrival))

    def _settle(self) -> None:
        """Deliver what was said; let those go that wait for nothing more."""
        for served in tuple(self._serving.values()):
            if served.is_done:
                served.end_errand()
                if not served.failed:
                    served.answer(served.meter())
                del self._serving[served.id]
                self._turns.end({served.id})
            if served.answers:
                answers, served.answers = served.answers, []
                served.deliver(answers)

    def _roll_back(self, batch: Batch) -> None:
        for sequence in batch.sequences:
            self._tree.retreat(sequence)
        for place in batch.places:
            place.row = None
        for before in batch.before:
            before.restore()
        for served, tokens_read, tokens_reused in batch.costs.values():
            served.tokens_read, served.tokens_reused = tokens_read, tokens_reused

    def _clear(self) -> None:
        self._tree.clear()
        self._used = 0

    def _tidy(self) -> None:
        """Forget everything while nobody waits, when most of it is of no use any more.

        Every decode passes over all cells that are taken: beside 4000 idle ones a branch grows at
        less than half its speed. What was used last is little, and soon read again.
        """
        if self._used > TIDY_FROM:
            useful = self._tree.recent_cells(RECENT)
            if self._used > TIDY_FROM + 4 * useful:
                self._clear()

    def _make_room(self, batch: Batch) -> None:
        """Start with an empty cache; if that is not enough, with less, or give up the demand."""
        if self._used:
            self._turns.ran_full(self._urgency())
            self._clear()
            return
        if len(batch.before) > 1:
            self._one_at_a_time = True
            return
        for served, _, _ in batch.costs.values():
            served.fail(
                KnownError(
                    f"The text needs more than the {self._decoder.cells} tokens that the context"
                    " holds: shorten it."
                )
            )


def background_rows(arithmetic: Arithmetic, speed: Speed | None) -> int:
    """Return how many rows a batch has that nobody waits for: `SLICE` seconds' worth, if it may."""
    rows = UNMEASURED_ROWS if speed is None else round(speed.prompt * SLICE / GRAIN) * GRAIN
    least = max(arithmetic.least_rows, arithmetic.row_multiple)
    return min(max(rows, least), arithmetic.most_rows)


def _do_piece(served: Served) -> None:
    if served.errand is not None and not served.errand.step():
        served.end_errand()


def _guard(served: Served, act: Callable[[], None]) -> None:
    """Let a failing request fail alone."""
    try:
        act()
    except Exception as error:  # noqa: BLE001 - it travels to whoever asked
        served.fail(error)
