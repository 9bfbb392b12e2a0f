"""What a view keeps in the session so that it looks the same when the file is opened again."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

from core.tree import NodeId

Value = TypeVar("Value", bool, int, float, str)


@dataclass(frozen=True, slots=True)
class ViewState:
    """How one view stands: plain values by name, and the nodes that it is about.

    `values` are what JSON holds. Nodes stand apart, because compacting a session numbers them anew.
    A view that keeps other things under the same names takes another `version`. It is no part of
    history. Whoever reads one asks by name and type and says what holds otherwise, so that a state
    from another version of the app, or a damaged one, is at worst forgotten.
    """

    version: int
    values: Mapping[str, object] = field(default_factory=dict[str, object])
    nodes: Mapping[str, tuple[NodeId, ...]] = field(default_factory=dict[str, tuple[NodeId, ...]])

    def value(self, name: str, otherwise: Value) -> Value:
        """Return a value of the same type as `otherwise`, or that; whole numbers are floats too."""
        found: Any = self.values.get(name)
        if isinstance(otherwise, float) and type(found) is int:
            found = float(found)
        return found if type(found) is type(otherwise) else otherwise

    def several(self, name: str, kind: type[Value]) -> tuple[Value, ...]:
        """Return the entries of a list that are of this type."""
        found = self.values.get(name)
        if not isinstance(found, list):
            return ()
        entries = cast("list[object]", found)
        return tuple(one for one in entries if type(one) is kind)

    def part(self, name: str) -> "ViewState":
        """Return the values that are kept together under a name, as a state of their own."""
        found = self.values.get(name)
        inner = cast("dict[str, object]", found) if isinstance(found, dict) else {}
        return replace(self, values=inner)

    def node(self, name: str) -> NodeId | None:
        """Return the one node kept under a name."""
        return next(iter(self.nodes.get(name, ())), None)

    def moved(self, place: Callable[[NodeId], NodeId | None]) -> "ViewState":
        """Return the same with every node where `place` says; None drops it."""
        return replace(
            self, nodes={name: _placed(nodes, place) for name, nodes in self.nodes.items()}
        )


def _placed(
    nodes: Iterable[NodeId], place: Callable[[NodeId], NodeId | None]
) -> tuple[NodeId, ...]:
    return tuple(here for here in map(place, nodes) if here is not None)


def view_to_json(state: ViewState) -> str:
    """Write a state. Raises TypeError or ValueError for values that JSON does not hold."""
    told = {"version": state.version, "values": state.values, "nodes": state.nodes}
    return json.dumps(told, ensure_ascii=False, allow_nan=False)


def view_from_json(text: str) -> ViewState | None:
    """Read what `view_to_json` wrote; None for anything else: a view is never worth a refusal."""
    try:
        told: Any = json.loads(text)
        nodes = {
            str(name): tuple(NodeId(int(node)) for node in some)
            for name, some in told["nodes"].items()
        }
        return ViewState(int(told["version"]), dict(told["values"]), nodes)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return None
