"""What other models have read of a session, read by the one at hand: its texts, and its probes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from core.engine import Engine
from core.forks import Belief, ForkSpec, ask_probe
from core.generation import Route, read_routes
from core.products import Aside, Believed, Product
from core.session import Session
from core.tokens import Token
from core.tree import ActId, NodeId


@dataclass(frozen=True, slots=True)
class Unasked:
    """A fork's probe that others were asked: after which texts, each of a branch by first node.

    `distances` are tokens from the fork to where the probe is asked.
    """

    act: ActId
    spec: ForkSpec
    probe: str
    branches: tuple[NodeId, ...]
    texts: tuple[tuple[Token, ...], ...]
    distances: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """What the model believes after one of these texts."""

    act: ActId
    belief: Belief


def unasked(session: Session, number: int, can_ask: Callable[[NodeId], bool]) -> Iterator[Unasked]:
    """Yield the probes of forks that other models answered, and model `number` did not.

    Of each fork, after the branches that `can_ask`: those that are seen, and of its own tokens.
    """
    tree = session.tree
    for act, spec, rows in session.findings_by_fork():
        if any(row.model == number for row in rows):
            continue
        asked = {row.finding.branch: row.finding for row in rows if can_ask(row.finding.branch)}
        texts: list[tuple[Token, ...]] = []
        for branch, belief in asked.items():
            path = tree.path_to(session.branches.tip_of(branch))
            end = path.index(branch) + belief.distance
            texts.append(tuple(map(tree.token, path[:end])))
        if asked:
            distances = tuple(belief.distance for belief in asked.values())
            probe = next(iter(asked.values())).probe
            yield Unasked(act, spec, probe, tuple(asked), tuple(texts), distances)


def catch_up(
    engine: Engine, routes: Sequence[Route], probes: Sequence[Unasked]
) -> Iterator[Product]:
    """Read these paths exactly, then ask these probes; their answers come as `Answered`, aside."""
    yield from read_routes(engine, routes)
    for one in probes:
        for product in ask_probe(engine, one.spec, one.probe, dict(enumerate(one.texts))):
            match product:
                case Believed(place, probe, truth, error, _):
                    found = Belief(one.branches[place], probe, truth, error, one.distances[place])
                    yield Aside(Answered(one.act, found))
                case _:
                    yield product
