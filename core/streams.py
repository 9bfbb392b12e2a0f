"""Which noise drew a token: the chains of nodes that each growth of an act added."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, cast

from core.tree import NodeId, TokenTree

CHAINS = "chains"
"""Under this name each of the `growths` in an act's `made_by` holds the nodes that begin chains.

A chain goes on below them as far as the act's nodes go, or to where another one begins.
"""

ACTS_KEPT = 64
"""Every token of an act asks for the act's chains: each act's are read once."""


def with_chain(made_by: str, growth: int, node: NodeId) -> str:
    """Return `made_by` with a chain that begins at `node`, drawn by the growth of this number.

    It is no other growth's chain any more. What tells of no growths stays as it is.
    """
    if '"growths"' not in made_by:
        return made_by
    told: Any = json.loads(made_by)
    for number, row in enumerate(told["growths"]):
        others = [begin for begin in _begins(row) if begin != node]
        if number == growth or CHAINS in row:
            row[CHAINS] = [*others, int(node)] if number == growth else others
    return json.dumps(told, ensure_ascii=False)


def moved_chains(growth: dict[str, Any], nodes: Mapping[NodeId, NodeId]) -> dict[str, Any]:
    """Return a growth whose chains begin where `nodes` says; those that it does not name are out.

    A growth of an older version, which tells of none, stays as it is.
    """
    if CHAINS not in growth:
        return growth
    return growth | {CHAINS: [nodes[node] for node in _begins(growth) if node in nodes]}


def _begins(growth: dict[str, Any]) -> list[NodeId]:
    told: object = growth.get(CHAINS)
    found = cast("list[object]", told) if isinstance(told, list) else []
    return [NodeId(node) for node in found if isinstance(node, int)]


@lru_cache(maxsize=ACTS_KEPT)
def chains_of(made_by: str) -> Mapping[NodeId, int]:
    """Return the number of the growth by the first node of each of its chains.

    What another version wrote, and cannot be read, is left out.
    """
    if f'"{CHAINS}"' not in made_by:
        return {}
    try:
        return {
            node: number
            for number, growth in enumerate(json.loads(made_by)["growths"])
            for node in _begins(growth)
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}


def growth_of(tree: TokenTree, made_by: str, node: NodeId) -> int | None:
    """Return the number of the growth that added `node`; None where it was not kept.

    Other growths of the act may have drawn the same token there after it.
    """
    chains = chains_of(made_by)
    act = tree.act(node)
    while chains and node and tree.act(node) == act:
        if node in chains:
            return chains[node]
        node = tree.parent(node)
    return None


def stream_of(tree: TokenTree, made_by: str, node: NodeId) -> int | None:
    """Return the number of the stream that drew `node`; None where it was not kept."""
    growth = growth_of(tree, made_by, node)
    if growth is None:
        return None
    try:
        return int(json.loads(made_by)["growths"][growth]["stream"])
    except (ValueError, KeyError, TypeError):
        return None
