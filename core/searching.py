"""Finds places in the visible tree, or in the part of it that alone is looked at."""

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from core.session_view import SessionView
from core.tree import ROOT, NodeId

REMARKABLE = 0.1
"""The share of the visible tokens that counts as surprising, or as uncertain: the highest tenth."""


_TOKEN = re.compile(r"#(\d{1,9})")
_BYTES = re.compile(r"x'([0-9a-f ]+)'|⟨([0-9a-f ]+)⟩", re.IGNORECASE)


def in_order(view: SessionView) -> Iterator[NodeId]:
    """Yield the nodes in sight, each branch to its end before the next, older ones first."""
    part = view.hoisted
    waiting = [part] if part != ROOT else list(reversed(view.visible_children(ROOT)))
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(view.visible_children(node)))


def find(view: SessionView, text: str) -> tuple[NodeId, ...]:
    """Return the nodes in sight in which an occurrence of `text` ends, in reading order.

    It may begin tokens earlier on the path. ASCII letters match in either case. "#123" also finds
    the token of that id; "x'e9'", and "⟨E9⟩" as half a character is written on the screen, also
    find bytes.
    """
    wanted, exact, number = text.encode(errors="replace").lower(), _bytes_in(text), id_in(text)
    if not wanted:
        return ()
    longest = max(len(wanted), len(exact))
    before = view.tree.parent(view.hoisted) if view.hoisted != ROOT else ROOT
    path = view.tree.path_to(before)[-longest:] if before != ROOT else ()
    tails = {before: b"".join(view.tree.token(node).piece for node in path)}
    found: list[NodeId] = []
    for node in in_order(view):
        token = view.tree.token(node)
        run = tails[view.tree.parent(node)] + token.piece
        size = len(token.piece)
        if (
            wanted in _end(run, size + len(wanted) - 1).lower()
            or (exact and exact in _end(run, size + len(exact) - 1))
            or token.id == number
        ):
            found.append(node)
        tails[node] = _end(run, longest - 1)
    return tuple(found)


def _end(run: bytes, size: int) -> bytes:
    return run[max(0, len(run) - size) :]


def id_in(text: str) -> int | None:
    """Return the id of a token that `text` asks for as "#123"; None where it asks for none."""
    told = _TOKEN.fullmatch(text.strip())
    return None if told is None else int(told[1])


def _bytes_in(text: str) -> bytes:
    """Return the bytes that `text` spells in hexadecimal; none where it spells none."""
    told = _BYTES.fullmatch(text.strip())
    digits = "" if told is None else (told[1] or told[2]).replace(" ", "")
    return bytes.fromhex(digits) if len(digits) % 2 == 0 else b""


def next_surprising(view: SessionView, node: NodeId) -> NodeId | None:
    """Return the next token after `node` that is among the most surprising, round the end."""
    return _next_high(view, node, view.readings.surprise)


def next_uncertain(view: SessionView, node: NodeId) -> NodeId | None:
    """Return the next place after `node` whose expectation is among the most uncertain."""
    return _next_high(view, node, view.readings.entropy)


def fork_before(view: SessionView, node: NodeId) -> NodeId | None:
    """Return the nearest token before `node` in sight after which visible branches part."""
    if not _is_in_part(view, node):
        return None
    while node not in {ROOT, view.hoisted}:
        node = view.tree.parent(node)
        if node != ROOT and len(view.visible_children(node)) > 1:
            return node
    return None


def parent_in_sight(view: SessionView, node: NodeId) -> NodeId | None:
    """Return the token before `node`; None at the beginning of all that is looked at."""
    if node in {ROOT, view.hoisted} or not _is_in_part(view, node):
        return None
    above = view.tree.parent(node)
    return None if above == ROOT else above


def first_in_sight(view: SessionView, node: NodeId) -> NodeId | None:
    """Return the first token that is looked at on the way to `node`; None where there is none."""
    path = view.tree.path_to(node)
    if view.hoisted != ROOT:
        return view.hoisted
    return path[0] if path else None


def _is_in_part(view: SessionView, node: NodeId) -> bool:
    return view.hoisted == ROOT or view.hoisted in view.tree.path_to(node)


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
