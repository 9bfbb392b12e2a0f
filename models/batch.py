"""One batch being formed: its rows, who waits for them, and how things were before."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.engine import Arithmetic, Priority
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

    @property
    def priority(self) -> Priority:
        """How urgent it is for the most urgent who takes part."""
        return min(served.priority for served, _, _ in self.costs.values())

    def note(self, served: Served, demand: Demand) -> None:
        """Remember how things were."""
        self.before.append(
            Before(served, demand, demand.place, demand.tokens, demand.wanted, demand.at)
        )
        self.costs.setdefault(served.id, (served, served.tokens_read, served.tokens_reused))

    def rows_in_shape(self, arithmetic: Arithmetic) -> int:
        """Return how many rows the exact shape makes of those there are."""
        return min(_in_shape(len(self.rows), arithmetic), arithmetic.most_rows)

    def in_shape(self, arithmetic: Arithmetic, scratch: int) -> list[Row]:
        """Return the rows with as many of the `scratch` sequence as the exact shape wants."""
        fill = self.rows_in_shape(arithmetic) - len(self.rows)
        rows = [*self.rows]
        rows += [Row(rows[0].token, place, [scratch], wanted=False) for place in range(fill)]
        outputs = sum(row.wanted for row in rows)
        # The output matrix is a matrix too: its rows round by the same rule.
        more = _in_shape(outputs, arithmetic) - outputs if outputs else 0
        for row in reversed(rows):
            if more > 0 and not row.wanted:
                row.wanted = True
                more -= 1
        return rows

    def join(self, place: Place, sequence: int, held: int) -> None:
        """Let a forked sequence share the rows of this batch on its path beyond `held` tokens."""
        node = place
        while node.depth > held:
            assert node.row is not None
            assert node.parent is not None
            self.rows[node.row].sequences.append(sequence)
            node = node.parent


def _in_shape(rows: int, arithmetic: Arithmetic) -> int:
    multiple = arithmetic.row_multiple
    return -(-max(rows, arithmetic.least_rows) // multiple) * multiple
