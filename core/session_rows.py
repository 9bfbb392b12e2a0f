"""Session records as rows of the file's tables, and back."""

import json
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from core.branches import Branch, Role
from core.comparison_findings import kept_from_json, kept_to_json
from core.engine import Arithmetic, ModelCard
from core.forks import Belief, Finding
from core.history import (
    Added,
    BookmarkSet,
    BranchSet,
    Effect,
    FoldSet,
    ForkSet,
    Hidden,
    HoistSet,
    KeptSet,
    NoteSet,
    Shown,
    TagsSet,
    Watched,
    WatchSet,
)
from core.tree import ActId, NodeId


def effects_to_json(effects: tuple[Effect, ...]) -> str:
    """Write what an act did."""
    return json.dumps([_effect_to_list(effect) for effect in effects], ensure_ascii=False)


def _effect_to_list(  # noqa: C901, PLR0911 - one for each effect
    effect: Effect,
) -> list[object]:
    match effect:
        case Added(roots):
            return ["added", *roots]
        case Hidden(roots):
            return ["hidden", *roots]
        case Shown(roots):
            return ["shown", *roots]
        case BranchSet(first, before, after):
            return ["branch", first, _label(before), _label(after)]
        case NoteSet(node, before, after):
            return ["note", node, before, after]
        case BookmarkSet(node, was, is_now):
            return ["bookmark", node, was, is_now]
        case TagsSet(node, before, after):
            return ["tags", node, list(before), list(after)]
        case FoldSet(node, was, is_now):
            return ["folded", node, was, is_now]
        case HoistSet(was, is_now):
            return ["hoisted", was, is_now]
        case WatchSet(before, after):
            return [
                "watch",
                *(list(words) for words in (before.truths, before.errors)),
                *(list(words) for words in (after.truths, after.errors)),
            ]
        case ForkSet(before, after):
            return ["fork", before, after]
        case KeptSet(place, before, after):
            return ["kept", place, kept_to_json(before), kept_to_json(after)]


def _label(branch: Branch | None) -> list[str] | None:
    return None if branch is None else [branch.name, str(branch.role)]


def _roots(values: list[Any]) -> tuple[NodeId, ...]:
    return tuple(NodeId(int(value)) for value in values)


def _branch(values: list[Any]) -> BranchSet:
    first = NodeId(int(values[0]))
    before, after = (
        None if label is None else Branch(first, str(label[0]), Role(label[1]))
        for label in values[1:3]
    )
    return BranchSet(first, before, after)


def _fork(values: list[Any]) -> ForkSet:
    before, after = (None if act is None else ActId(int(act)) for act in values)
    return ForkSet(before, after)


def _words(values: list[Any]) -> tuple[str, ...]:
    return tuple(str(value) for value in values)


def _watch(values: list[Any]) -> WatchSet:
    truths, errors, later_truths, later_errors = (_words(value) for value in values)
    return WatchSet(Watched(truths, errors), Watched(later_truths, later_errors))


_READERS: dict[str, Callable[[list[Any]], Effect]] = {
    "added": lambda values: Added(_roots(values)),
    "hidden": lambda values: Hidden(_roots(values)),
    "shown": lambda values: Shown(_roots(values)),
    "branch": _branch,
    "note": lambda values: NoteSet(NodeId(int(values[0])), str(values[1]), str(values[2])),
    "bookmark": lambda values: BookmarkSet(
        NodeId(int(values[0])), bool(values[1]), bool(values[2])
    ),
    "tags": lambda values: TagsSet(NodeId(int(values[0])), _words(values[1]), _words(values[2])),
    "folded": lambda values: FoldSet(NodeId(int(values[0])), bool(values[1]), bool(values[2])),
    "hoisted": lambda values: HoistSet(NodeId(int(values[0])), NodeId(int(values[1]))),
    "watch": _watch,
    "fork": _fork,
    "kept": lambda values: KeptSet(
        int(values[0]), kept_from_json(values[1]), kept_from_json(values[2])
    ),
}


def effects_from_json(text: str) -> tuple[Effect, ...]:
    """Read what `effects_to_json` wrote; ValueError, KeyError or TypeError on anything else."""
    return tuple(_READERS[values[0]](values[1:]) for values in json.loads(text))


PLAIN = (str, int, bool)
"""Types of which a card's facts are taken as they stand in a file."""

MEASURED = frozenset({"speed", "cells", "floors"})


def card_to_json(card: ModelCard) -> str:
    """Write a model card, without what was measured of this machine and not of the model."""
    own = {name: fact for name, fact in asdict(card).items() if name not in MEASURED}
    return json.dumps(own, ensure_ascii=False)


def card_from_json(text: str) -> ModelCard:
    """Read what `card_to_json` wrote. Raises ValueError, KeyError or TypeError on anything else."""
    told = json.loads(text)
    card = ModelCard(**(told | {"arithmetic": Arithmetic(**told["arithmetic"])}))
    for part in (card, card.arithmetic):
        for field in fields(part):
            if field.type in PLAIN and type(getattr(part, field.name)) is not field.type:
                raise TypeError(f"{field.name} of a model's card is no {field.type}")
    return card


def finding_to_json(finding: Finding) -> tuple[str, str]:
    """Write a finding as its kind and its payload."""
    match finding:
        case Belief():
            return "belief", json.dumps(asdict(finding), ensure_ascii=False)


def finding_from_json(kind: str, payload: str) -> Finding:
    """Read what `finding_to_json` wrote. Raises ValueError, KeyError or TypeError otherwise."""
    if kind != "belief":
        raise ValueError(f"unknown kind of finding: {kind}")
    told = json.loads(payload)
    return Belief(
        branch=NodeId(int(told["branch"])),
        probe=str(told["probe"]),
        logprob_truth=float(told["logprob_truth"]),
        logprob_error=float(told["logprob_error"]),
        distance=int(told["distance"]),
    )
