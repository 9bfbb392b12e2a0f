"""Readings: what one model thinks of the nodes."""

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.distribution import Distribution
from core.engine import Scored
from core.tree import NodeId

Row = tuple[int, float | None, int | None, bytes | None, bytes | None, float | None, int]
"""Node, own log-probability, own rank, candidate ids, their log-probabilities, entropy, exact.

The order of the file's columns, so that stored rows are taken over as they are and decoded only
when somebody looks.
"""


@dataclass(frozen=True, slots=True)
class ReadingColumns:
    """What is known of many nodes, as arrays; NaN where a node has no such number.

    `node` may name a node twice: the later entry is in force.
    """

    node: NDArray[np.int32]
    logprob: NDArray[np.float64]
    rank: NDArray[np.float64]
    entropy: NDArray[np.float64]
    exact: NDArray[np.bool_]


def columns_of(rows: Collection[Row]) -> ReadingColumns:
    """Return rows as arrays."""
    # a list for each column, and no tuples: many new containers call for a search for garbage
    logprob, rank, entropy, exact = (
        np.array([row[place] for row in rows], np.float64)  # None becomes NaN
        for place in (1, 2, 5, 6)
    )
    node = np.array([row[0] for row in rows], np.int32)
    return ReadingColumns(node, logprob, rank, entropy, exact != 0)


_NONE = columns_of(())


class Readings:
    """The readings of one model.

    A row is exact when both the node's own score and what is expected after it are.
    """

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self._rows: dict[int, Row] = {row[0]: row for row in rows}
        # made where the rows come from, which is not the thread that draws
        self._columns = columns_of(self._rows.values()) if self._rows else _NONE
        self._later: dict[int, None] = {}  # the nodes whose rows have changed since

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows.values())

    def row(self, node: NodeId) -> Row | None:
        """Return everything known of `node`, as stored."""
        return self._rows.get(node)

    def columns(self) -> ReadingColumns:
        """Return all rows as arrays, without a walk over those that were there from the start."""
        if self._later:
            fresh = columns_of([self._rows[node] for node in self._later])
            self._columns = ReadingColumns(
                *(
                    np.concatenate((getattr(self._columns, name), getattr(fresh, name)))
                    for name in ("node", "logprob", "rank", "entropy", "exact")
                )
            )
            self._later = {}
        return self._columns

    def logprob(self, node: NodeId) -> float | None:
        """Return the log-probability (nats) of the node's own token, under what is before it."""
        row = self.row(node)
        return None if row is None else row[1]

    def rank(self, node: NodeId) -> int | None:
        """Return the rank of the node's own token (1 is likeliest) under what is before it."""
        row = self.row(node)
        return None if row is None else row[2]

    def surprise(self, node: NodeId) -> float | None:
        """Return the surprise of the node's own token, in bits."""
        logprob = self.logprob(node)
        return None if logprob is None else -logprob / math.log(2)

    def entropy(self, node: NodeId) -> float | None:
        """Return the entropy (nats) of what is expected after `node`."""
        row = self.row(node)
        return None if row is None else row[5]

    def expects(self, node: NodeId) -> Distribution | None:
        """Return what is expected after `node`."""
        row = self.row(node)
        if row is None:
            return None
        _, _, _, ids, logprobs, entropy, exact = row
        if ids is None or logprobs is None or entropy is None:
            return None
        return Distribution(ids, logprobs, entropy, bool(exact))

    def is_exact(self, node: NodeId) -> bool:
        """Return whether `node` was read, and any route would repeat its numbers."""
        row = self.row(node)
        return row is not None and bool(row[6])

    def put(
        self, node: NodeId, *, scored: Scored | None, expects: Distribution | None
    ) -> Row | None:
        """Take in what a model said of `node`; None leaves what was known.

        Returns the row as it now is, or None when nothing changed: a provisional reading never
        replaces an exact one.
        """
        old = self._rows.get(node, (node, None, None, None, None, None, 1))
        _, logprob, rank, ids, logprobs, entropy, exact = old
        provisional = expects is not None and not expects.exact
        if provisional and exact and ids is not None:
            return None
        if scored is not None:
            logprob, rank = scored.logprob, scored.rank
        if expects is not None:
            ids, logprobs, entropy = expects.ids, expects.logprobs, expects.entropy
            exact = int(expects.exact)
        new: Row = (node, logprob, rank, ids, logprobs, entropy, exact)
        if new == old:
            return None
        self._rows[node] = new
        self._later[node] = None
        return new

    def take_over(self, row: Row) -> bool:
        """Take a row of the same model as it is, unless an exact one is there; return whether."""
        known = self._rows.get(row[0])
        if known is not None and known[6] and known[3] is not None:
            return False
        self._rows[row[0]] = row
        self._later[row[0]] = None
        return True


class ReadingsOfMany(Readings):
    """One model's readings, and where it has none to give, those of models with other tokens.

    `speaks` says whether a node is made of the model's own tokens: there, no other one answers.
    """

    def __init__(
        self, own: Readings, others: Sequence[Readings], speaks: Callable[[NodeId], bool]
    ) -> None:
        super().__init__()
        self._own = own
        self._others = others
        self._speaks = speaks

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[Row]:
        yield from self._own
        seen: set[int] = set()
        for other in self._others:
            for row in other:
                node = NodeId(row[0])
                if node not in seen and self._own.row(node) is None and not self._speaks(node):
                    seen.add(node)
                    yield row

    def columns(self) -> ReadingColumns:
        """Return all rows as arrays."""
        return columns_of(list(self))

    def row(self, node: NodeId) -> Row | None:
        """Return everything known of `node`, as stored."""
        row = self._own.row(node)
        if row is not None or self._speaks(node):
            return row
        found = (other.row(node) for other in self._others)
        return next((each for each in found if each is not None), None)
