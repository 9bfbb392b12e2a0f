"""Finds places in the visible tree: text, surprising tokens, uncertain places."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from core.session_view import SessionView
from core.tree import ROOT, NodeId

REMARKABLE = 0.1
"""The share of the visible tokens that counts as surprising, or as uncertain: the highest tenth."""


def in_order(view: SessionView) -> Iterator[NodeId]:
    """Yield the visible nodes, each branch to its end before the next, older ones first."""
    waiting = list(reversed(view.visible_children(ROOT)))
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(view.visible_children(node)))


def find(view: SessionView, text: str) -> tuple[NodeId, ...]:
    """Return the visible nodes in which an occurrence of `text` ends, in reading order.

    It may begin tokens earlier on the path. ASCII letters match in either case.
    """
    wanted = text.encode().lower()
    if not wanted:
        return ()
    tails: dict[NodeId, bytes] = {ROOT: b""}
    found: list[NodeId] = []
    for node in in_order(view):
        run = tails[view.tree.parent(node)] + view.tree.token(node).piece.lower()
        if wanted in run:
            found.append(node)
        tails[node] = run[max(0, len(run) - len(wanted) + 1) :]
    return tuple(found)


def next_surprising(view: SessionView, node: NodeId) -> NodeId | None:
    """Return the next token after `node` that is among the most surprising, round the end."""
    return _next_high(view, node, view.readings.surprise)


def next_uncertain(view: SessionView, node: NodeId) -> NodeId | None:
    """Return the next place after `node` whose expectation is among the most uncertain."""
    return _next_high(view, node, view.readings.entropy)


def fork_before(view: SessionView, node: NodeId) -> NodeId | None:
    """Return the nearest token before `node` after which visible branches part."""
    while node != ROOT:
        node = view.tree.parent(node)
        if node != ROOT and len(view.visible_children(node)) > 1:
            return node
    return None


def after(nodes: Sequence[NodeId], view: SessionView, node: NodeId) -> NodeId | None:
    """Return the first of `nodes` that comes after `node` in reading order, round the end."""
    places = {each: place for place, each in enumerate(in_order(view))}
    here = places.get(node, -1)
    later = [each for each in nodes if places[each] > here]
    around = later or nodes
    return around[0] if around else None


def _next_high(
    view: SessionView, node: NodeId, measure: Callable[[NodeId], float | None]
) -> NodeId | None:
    values = {each: value for each in in_order(view) if (value := measure(each)) is not None}
    if not values:
        return None
    least = float(np.quantile(list(values.values()), 1 - REMARKABLE))
    return after([each for each, value in values.items() if value >= least], view, node)
