"""Who works beside whom, and who waits, when not all branches fit beside each other."""

from collections.abc import Collection, Iterable, Sequence

from models.prefix_tree import Place, PrefixTree
from models.serving import Demand, RequestId, Served

ROOM = 0.75
"""Share of the cells up to which branches grow side by side after the cache ran full. What is left
is for what they will grow by until it is full again: all of them are read anew each time."""


class Turns:
    """Remembers who was at work when the cache ran full, and lets those work one after the other.

    Branches that do not fit beside each other grow one after the other, to the end: in turn, each
    would be read again at every token of the others. Whoever comes later works beside them.
    """

    def __init__(self, tree: PrefixTree, *, cells: int, sequences: int) -> None:
        self._tree = tree
        self._cells = cells
        self._sequences = sequences
        self._crowd: set[RequestId] = set()
        self._is_short_of_sequences = False

    def at_work(self, urgency: Sequence[Served]) -> Sequence[Served]:
        """Return who takes part in the next batch, the most urgent first."""
        waiting = sum(len(served.demands) for served in urgency)
        self._is_short_of_sequences = waiting >= self._sequences
        first = next((served.id for served in urgency if served.id in self._crowd), None)
        return [s for s in urgency if s.id == first or s.id not in self._crowd]

    def in_turn(self, served: Served) -> Sequence[Demand]:
        """Return the demands of a request to be looked at, in their order."""
        if served.id in self._crowd:
            return [demand for demand in served.demands if self._is_held(demand)] or served.demands
        if self._is_short_of_sequences:
            # Who has a sequence goes on first: to begin another takes one from who has.
            return sorted(served.demands, key=lambda demand: not self._tree.is_tip(demand.place))
        return served.demands

    def ran_full(self, urgency: Sequence[Served]) -> None:
        """Take note that the cache ran full: whoever is at work was too many, or it was old."""
        working = (d for served in self.at_work(urgency) for d in self.in_turn(served))
        if cells_of(working) > ROOM * self._cells:
            self._crowd = {served.id for served in urgency}

    def end(self, requests: Collection[RequestId]) -> None:
        """Take note that requests are served no more."""
        if not self._crowd.isdisjoint(requests):
            self._crowd.clear()

    def _is_held(self, demand: Demand) -> bool:
        is_begun = demand.place.parent is not None
        return is_begun and not self._tree.deepest(demand.place, quick=demand.quick)[1]


def cells_of(demands: Iterable[Demand]) -> int:
    """Count the cells that demands under way take together, each shared token once."""
    steps: dict[tuple[int, int], int] = {}
    known: dict[Place, int] = {}

    def step(before: int, token: int) -> int:
        return steps.setdefault((before, token), len(steps) + 1)

    for demand in demands:
        if demand.place.parent is None:
            continue
        above: list[Place] = []
        place: Place | None = demand.place
        while place is not None and place not in known:
            above.append(place)
            place = place.parent
        at = 0 if place is None else known[place]
        for each in reversed(above):
            at = 0 if each.parent is None else step(at, each.token)
            known[each] = at
        for token in demand.tokens[demand.at :]:
            at = step(at, token)
    return len(steps)
