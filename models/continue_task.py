"""Lets paths grow token by token, side by side: drafted where that is faster, and proved."""

import time
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from core.engine import BLOCK, Continue, End, Growth, Scored, Settled, Stepped, Stopped, Withdrawn
from models.decoder import Logits
from models.desk import Desk
from models.prefix_tree import Place
from models.readout import Draw
from models.serving import Arrival, Demand, Served

PATIENCE = 0.1
"""Seconds that a draft may wait for its proof before it is told. Where a block takes no longer,
nobody sees a token give way to another; and what is told after all is read out together with those
after it: the weights pass through every cache at each token, so that a row by itself takes longest.
What is drawn next does not wait."""

MOST_WAITING = 8


@dataclass(frozen=True, slots=True)
class _Known:
    """A drawn token, scored by the distribution that it was drawn from."""

    token: Scored
    drawn_logprob: float


@dataclass(frozen=True, slots=True)
class _Draft:
    """A row that waits to be read out, and what was drawn from it."""

    logits: Logits
    exact: bool
    is_proved: bool
    draw: Draw


@dataclass(slots=True)
class _Growing:
    """A path on its way.

    `tokens` were drawn so far. What is expected after the first `proved` of them, up to `place`,
    has been read in the exact shape, and `next` was drawn there; `told` of them are known outside.
    `drafted` is the newest draw that is read out. `attempt` counts up when drafts are given up.
    `last` is when the newest draft came, and `first` when the first of those `waiting` did.
    """

    growth: Growth
    place: Place | None = None
    tokens: list[int] = field(default_factory=list[int])
    proved: int = 0
    told: int = 0
    next: _Known | None = None
    drafted: _Known | None = None
    waiting: list[_Draft] = field(default_factory=list[_Draft])
    shelf: Logits | None = None  # their rows, (MOST_WAITING, vocabulary)
    attempt: int = 0
    last: float = -PATIENCE
    first: float = 0.0

    def written(self, tokens: int) -> list[int]:
        """Return what the penalties look at: the end of the path with `tokens` drawn ones."""
        sampler, path = self.growth.sampler, self.growth.path
        if not sampler.has_penalties:
            return []
        if sampler.penalty_window <= 0:
            return [*path, *self.tokens[:tokens]]
        drawn = self.tokens[max(0, tokens - sampler.penalty_window) : tokens]
        missing = sampler.penalty_window - len(drawn)
        return [*path[max(0, len(path) - missing) :], *drawn]


class ContinueTask:
    """Lets paths grow token by token, side by side.

    The exact shape has at least two rows, often eight, and a branch that grows alone would pay for
    all of them. So it is drafted in batches of one row, and every block of drafts is read again in
    one exact batch, with the same draws: Leviathan, Kalman, Matias 2023 draft so with a smaller
    model; here the draft differs from the proof by rounding alone. The first token that an exact
    draw would not have drawn ends the proof, and the path goes on from the exact one: its text is
    the same in any company.
    """

    def __init__(self, desk: Desk, request: Continue) -> None:
        self._desk = desk
        self._request = request
        drafts = desk.arithmetic.drafts(len(request.growths))
        self._block = request.block or (BLOCK if drafts else 1)

    def start(self, served: Served) -> None:
        """Ask what is expected at each tip."""
        for number, growth in enumerate(self._request.growths):
            take = partial(self._draft, served, number, _Growing(growth))
            served.demand(self._desk.whole(growth.path, len(growth.path) - 1, take))

    def _draft(self, served: Served, number: int, state: _Growing, arrival: Arrival) -> None:
        """Draw from what follows the newest token, exact or not."""
        grown = len(state.tokens)
        place = arrival.place
        self._desk.readout.load(arrival.logits)
        # Drafts that were dropped may have been read again exactly: their draws still want proof.
        is_proved = arrival.in_shape and grown <= state.proved + 1
        if is_proved:
            state.place, state.proved = place, grown
        if not grown:
            end = self._end(state, 0)
            if end is not None:
                served.answer(Stopped(number, end))
                return
        draw = self._draw(state, grown)
        draft = _Draft(arrival.logits, arrival.exact and is_proved, is_proved, draw)
        state.tokens.append(draw.id)
        is_drafting = self._go_on(served, number, state, place)
        if is_drafting and self._may_wait(state):
            state.waiting.append(replace(draft, logits=_kept(state, arrival.logits)))
        else:
            state.waiting.append(draft)
            self._read_out(served, number, state, tells_drafts=is_drafting)

    def _go_on(self, served: Served, number: int, state: _Growing, tip: Place) -> bool:
        """Demand what follows the newest token: as one more draft (True), or as a proof."""
        block = tuple(state.tokens[state.proved :])
        if len(block) < self._block and self._end(state, len(state.tokens)) is None:
            take = partial(self._draft, served, number, state)
            served.demand(Demand(tip, block[-1:], 0, take, quick=True))
            return True
        assert state.place is not None, "the tip itself is read exactly"
        take = partial(self._prove, served, number, state, state.attempt)
        served.demand(Demand(state.place, block, 0, take))
        return False

    def _prove(
        self, served: Served, number: int, state: _Growing, attempt: int, arrival: Arrival
    ) -> None:
        """Settle one token; draw again what was drafted after it, or go on."""
        if attempt != state.attempt:
            return  # it follows a token that was given up
        readout = self._desk.readout
        index = state.proved
        state.place, state.proved = arrival.place, index + 1
        readout.load(arrival.logits)
        expects = readout.distribution(self._request.top, exact=arrival.exact)
        known = state.next
        assert known is not None, "an exact draw was made at the place before"
        if index < state.told:
            served.answer(Settled(number, index, known.token, known.drawn_logprob, expects))
        else:
            served.answer(Stepped(number, known.token, known.drawn_logprob, expects))
            state.told += 1
        end = self._end(state, state.proved)
        if end is not None:
            served.answer(Stopped(number, end))
            return
        draw = self._draw(state, state.proved)
        state.next = state.drafted = _Known(readout.score(draw.id), draw.logprob)
        if state.tokens[state.proved : state.proved + 1] == [draw.id]:
            return  # the proof goes on
        state.attempt += 1
        del state.tokens[state.proved :]
        if state.told > state.proved:
            state.told = state.proved
            served.answer(Withdrawn(number, state.proved))
        state.tokens.append(draw.id)
        self._go_on(served, number, state, arrival.place)

    def _draw(self, state: _Growing, grown: int) -> Draw:
        """Draw token number `grown` of a path from the row in the readout."""
        growth = state.growth
        return self._desk.readout.draw(
            growth.sampler, growth.stream, growth.drawn + grown, state.written(grown)
        )

    def _end(self, state: _Growing, grown: int) -> End | None:
        """Return why the path ends after its first `grown` new tokens, or None."""
        if grown and state.tokens[grown - 1] in self._desk.vocabulary.ends:
            return End.END_OF_TEXT
        if len(state.growth.path) + grown >= self._desk.context:
            return End.CONTEXT_FULL
        if grown >= self._request.limit:
            return End.LIMIT
        return None

    def _may_wait(self, state: _Growing) -> bool:
        """Return whether the next row will be here before anyone misses this one."""
        now = time.perf_counter()
        step, state.last = now - state.last, now
        if not state.waiting:
            state.first = now
        return len(state.waiting) + 1 < MOST_WAITING and now - state.first + step < PATIENCE

    def _read_out(
        self, served: Served, number: int, state: _Growing, *, tells_drafts: bool
    ) -> None:
        """Tell what waits, drafts only if their proof is not next.

        The readout holds the row already if it is the only one.
        """
        readout = self._desk.readout
        waiting, state.waiting = state.waiting, []
        for draft in waiting:
            if not (draft.is_proved or (tells_drafts and self._request.drafts)):
                continue
            if len(waiting) > 1:
                readout.load(draft.logits)
            expects = readout.distribution(self._request.top, exact=draft.exact)
            known = state.drafted
            if known is not None:
                is_draft = not draft.is_proved
                served.answer(Stepped(number, known.token, known.drawn_logprob, expects, is_draft))
                state.told += 1
            state.drafted = _Known(readout.score(draft.draw.id), draft.draw.logprob)
            if draft.is_proved:
                state.next = state.drafted


def _kept(state: _Growing, logits: Logits) -> Logits:
    """Copy a row out of the decoder's memory, which the next batch takes over."""
    if state.shelf is None:
        state.shelf = np.empty((MOST_WAITING, len(logits)), np.float32)
    kept: Logits = state.shelf[len(state.waiting)]
    np.copyto(kept, logits)
    return kept
