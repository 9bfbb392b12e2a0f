"""Tells when, by which model and with which noise a token came to be where it is."""

import json
from datetime import datetime
from typing import Any

from core.known_error import KnownError
from core.sampling import Sampler
from core.tree import NodeId, Origin
from core.workbench import Workbench

AGAIN = "planted again from"
Rows = list[tuple[str, str]]

_WORDS = {
    "temperature": "temperature",
    "top_k": "top-k",
    "typical_p": "typical-p",
    "top_p": "top-p",
    "min_p": "min-p",
    "repeat_penalty": "repeat penalty",
    "frequency_penalty": "frequency penalty",
    "presence_penalty": "presence penalty",
}


def made_rows(workbench: Workbench, node: NodeId) -> Rows:
    """Return what is known of a token's making, as names and values for people."""
    act = workbench.maker_of(node)
    if act is None:
        return []
    rows: Rows = []
    if workbench.tree.origin(node) in {Origin.SAMPLED, Origin.GREEDY} and act.made_by:
        try:
            rows = _model_rows(workbench, node, json.loads(act.made_by))
        except (ValueError, KeyError, TypeError, AttributeError, KnownError):
            rows = []  # another version wrote it
    source = source_words(workbench, node)
    again = [(AGAIN, source)] if source else []
    return [*rows, *again, ("made", _moment(act.moment))]


def source_words(workbench: Workbench, node: NodeId) -> str:
    """Return the branch of which this node's is the same text in other tokens; empty for none."""
    branch = workbench.branch_of(node)
    source = None if branch is None else workbench.replanted_from(branch.first)
    told = None if source is None else workbench.branches.get(source)
    return "" if told is None else f"{told.name} ({told.role.value})"


def sampler_words(stored: Any) -> str:
    """Return a stored sampler in words: what is not neutral."""
    if isinstance(stored, str):
        return stored
    told: dict[str, Any] = dict(stored)
    neutral = Sampler()
    if told.get("temperature", 1.0) <= 0:
        return "greedy"
    parts = [
        f"{words} {told[name]:g}"
        for name, words in _WORDS.items()
        if name in told and (name == "temperature" or told[name] != getattr(neutral, name))
    ]
    return ", ".join(parts)


def _model_rows(workbench: Workbench, node: NodeId, told: dict[str, Any]) -> Rows:
    rows: Rows = []
    if "sampler" in told:
        rows.append(("sampler", sampler_words(told["sampler"])))
    if "seed" in told and workbench.tree.origin(node) is Origin.SAMPLED:
        rows.append(("seed, stream", f"{told['seed']}, {_stream(workbench, node, told)}"))
    card = workbench.model_card(int(told.get("model", 0)))
    if card is not None:
        rows.append(("made by", f"{card.name} {card.quantization}".strip()))
    return rows


def _stream(workbench: Workbench, node: NodeId, told: dict[str, Any]) -> str:
    """Return the number of the noise that drew a node, or which it was among."""
    known = workbench.stream_of(node)
    if known is not None:
        return str(known)
    tree = workbench.tree
    act, head = tree.act(node), node
    tips = {int(growth["tip"] or 0) for growth in told["growths"]}
    while tree.parent(head) not in tips and tree.act(tree.parent(head)) == act:
        head = tree.parent(head)
    tip = tree.parent(head)
    streams = [int(g["stream"]) for g in told["growths"] if int(g["tip"] or 0) == tip]
    heads = [child for child in tree.children(tip) if tree.act(child) == act]
    if len(heads) == len(streams):
        return str(streams[heads.index(head)])
    return f"one of {min(streams)} to {max(streams)}" if streams else "not kept"


def _moment(moment: str) -> str:
    try:
        return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return moment
