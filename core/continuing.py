"""What it takes to continue branches: what is missing, what is drawn, with which noise."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from core.engine import Engine, Grow, Growth, Path
from core.generation import (
    Continuation,
    Drafted,
    Route,
    continue_paths,
    grow_tree,
    read_routes,
)
from core.intake import Running, Unproved
from core.jobs import Work
from core.products import Aside, Product, Spent
from core.sampling import Sampler, Stream
from core.session_view import SessionView
from core.tree import ROOT, NodeId, Origin, TokenTree

MEASURED_WIDTH, MEASURED_DEPTH = 4, 3
"""The tree that the pace of growing is measured on: 21 distributions, a fraction of a second."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Work, the tip at each of its places, and how the session remembers what it made."""

    work: Work
    tips: tuple[NodeId, ...]
    settings: Mapping[str, object]


def plan_continuation(  # noqa: PLR0913 - all are the user's own settings
    view: SessionView,
    tips: Sequence[NodeId],
    *,
    tokens: int,
    sampler: Sampler,
    seed: int,
    samples: int,
) -> Plan:
    """Plan `samples` continuations of each tip; sample k of every tip draws with the same noise."""
    tree = view.tree
    wanted = [(tip, number) for tip in tips for number in range(samples)]
    growths = tuple(
        (place, Growth(tree.ids_to(tip), sampler, Stream(seed, number), _drawn(tree, tip)))
        for place, (tip, number) in enumerate(wanted)
    )
    routes = [
        missing_route(view, place, tip) for place, (tip, number) in enumerate(wanted) if number == 0
    ]

    def work(engine: Engine) -> Iterator[Product]:
        yield from read_routes(engine, routes)
        yield from continue_paths(engine, Continuation(growths, tokens))

    settings = {
        "sampler": asdict(sampler),
        "seed": seed,
        "tokens": tokens,
        "growths": [
            {"tip": tip, "stream": number, "drawn": growth.drawn}
            for (tip, number), (_, growth) in zip(wanted, growths, strict=True)
        ],
    }
    return Plan(work, tuple(tip for tip, _ in wanted), settings)


def most_distributions(width: int, depth: int, least_probability: float) -> int:
    """Return how many distributions a tree of the likeliest tokens has at most.

    Level i holds width^i nodes; no level holds more than 1 / `least_probability` paths that are at
    least as likely, because their probabilities add up to 1 at most.
    """
    bound = float("inf") if least_probability <= 0 else 1 / least_probability
    return sum(int(min(width**level, bound)) for level in range(depth))


def measure_growth(engine: Engine, path: Path) -> Iterator[Product]:
    """Grow a small tree that is not kept, and yield what it cost, aside: the pace of growing."""
    for product in grow_tree(engine, Grow(path, MEASURED_WIDTH, MEASURED_DEPTH)):
        match product:
            case Spent(meter):
                yield product
                yield Aside(meter)
            case _:
                pass


def plan_growth(  # noqa: PLR0913 - all are the user's own settings
    view: SessionView,
    tip: NodeId,
    *,
    width: int,
    depth: int,
    least_probability: float,
    top_p: float,
) -> Plan:
    """Plan the tree of the `width` likeliest tokens after `tip`; what is before it is read too."""
    path = view.tree.ids_to(tip)
    route = missing_route(view, 0, tip)
    request = Grow(path, width, depth, least_probability, top_p=top_p)

    def work(engine: Engine) -> Iterator[Product]:
        yield from read_routes(engine, [route])
        yield from grow_tree(engine, request)

    settings = {
        "grow": {"tip": tip, "width": width, "depth": depth},
        "least_probability": least_probability,
        "top_p": top_p,
    }
    return Plan(work, (tip,), settings)


def drafted_in(tree: TokenTree, run: Running) -> Iterator[tuple[NodeId, Unproved, Drafted]]:
    """Yield the tip of each path that ends in drafts, those, and what it takes to prove them."""
    for number, (place, unproved) in enumerate(run.drafts.items()):
        nodes, growth = run.places[place], unproved.growth
        before = replace(
            growth,
            path=tree.ids_to(nodes[unproved.index - 1]),
            drawn=growth.drawn + unproved.index - len(growth.path),
        )
        drafts = tuple(tree.token(node).id for node in nodes[unproved.index :])
        yield nodes[-1], unproved, Drafted(number, before, drafts)


def missing_route(view: SessionView, place: int, tip: NodeId) -> Route:
    """Return the path to `tip`, and where its exact readings begin to be missing."""
    readings = view.readings
    nodes = view.tree.path_to(tip)
    since = next(
        (
            index
            for index, node in enumerate(nodes)
            if not readings.is_exact(node)
            or readings.entropy(node) is None
            or (index and readings.logprob(node) is None)
        ),
        len(nodes),
    )
    return Route(place, view.tree.ids_to(tip), since)


def _drawn(tree: TokenTree, tip: NodeId) -> int:
    """Return how many tokens the model drew since the fork, up to `tip`."""
    drawn = 0
    while tip != ROOT and tree.origin(tip) in (Origin.SAMPLED, Origin.GREEDY):
        drawn += 1
        tip = tree.parent(tip)
    return drawn
