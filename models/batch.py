"""One batch being formed: its rows, who waits for them, and how things were before."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from models.decoder import Row
from models.prefix_tree import Place
from models.serving import Demand, RequestId, Served


@dataclass(slots=True)
class Before:
    """A demand and its request as they were before a batch was formed."""

    served: Served
    demand: Demand
    place: Place
    tokens: Sequence[int]
    wanted: int
    at: int

    def restore(self) -> None:
        """Put the demand back to where it was."""
        self.demand.place, self.demand.tokens = self.place, self.tokens
        self.demand.wanted, self.demand.at = self.wanted, self.at


@dataclass(slots=True)
class Batch:
    """Rows with their places and those who wait for their logits, index by index.

    `fresh` are the places that nobody held before, `quick` says whether all who take part allow the
    fastest shape.
    """

    rows: list[Row] = field(default_factory=list[Row])
    places: list[Place] = field(default_factory=list[Place])
    takers: list[list[tuple[Served, Demand]]] = field(
        default_factory=list[list[tuple[Served, Demand]]]
    )
    fresh: list[Place] = field(default_factory=list[Place])
    sequences: set[int] = field(default_factory=set[int])
    before: list[Before] = field(default_factory=list[Before])
    costs: dict[RequestId, tuple[Served, int, int]] = field(
        default_factory=dict[RequestId, tuple[Served, int, int]]
    )
    quick: bool = True

    def note(self, served: Served, demand: Demand) -> None:
        """Remember how things were."""
        self.before.append(
            Before(served, demand, demand.place, demand.tokens, demand.wanted, demand.at)
        )
        self.costs.setdefault(served.id, (served, served.tokens_read, served.tokens_reused))

    def join(self, place: Place, sequence: int, held: int) -> None:
        """Let a forked sequence share the rows of this batch on its path beyond `held` tokens."""
        node = place
        while node.depth > held:
            assert node.row is not None
            assert node.parent is not None
            self.rows[node.row].sequences.append(sequence)
            node = node.parent
