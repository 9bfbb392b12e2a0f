"""Lists the errors and controls that stand in the visible tree, found by kind or text, exported."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.branches import Branch, Role
from core.error_records import ErrorKind, ErrorRecord, digest_of, records_to_json
from core.session_view import SessionView
from core.tokens import Token, text_of
from core.tree import NodeId, Origin

HEAD = (
    *("branch", "kind", "detail", "role", "text", "instead_of", "depth", "tokens", "p", "rank"),
    *("bits", "entropy_nats", "canonical", "seed", "made_of"),
)


@dataclass(frozen=True, slots=True)
class InsertedError:
    """What was inserted where the branch `first` begins, and its tokens."""

    first: NodeId
    record: ErrorRecord
    tokens: tuple[Token, ...]


def inserted_errors(view: SessionView, wanted: str = "") -> tuple[InsertedError, ...]:
    """Return the inserted texts in order of creation, those in which `wanted` stands.

    It is looked for in kind, detail, role, text and what the text displaced, in either case.
    """
    found: list[InsertedError] = []
    branches = view.branches
    for first in branches:
        record = record_at(view, branches, first)
        if record is None or wanted.strip().casefold() not in _words(record):
            continue
        nodes = view.nodes_of(first)[: len(record.ids)]
        found.append(InsertedError(first, record, tuple(view.tree.token(node) for node in nodes)))
    return tuple(found)


def error_rows(errors: Sequence[InsertedError]) -> list[list[str]]:
    """Return them as a table with full digits, its head first."""
    return [list(HEAD), *(_row(one) for one in errors)]


def errors_json(errors: Sequence[InsertedError]) -> str:
    """Return them as a JSON array; log-probabilities and entropies are in nats."""
    records = records_to_json(one.record for one in errors)
    told = [
        {"branch": int(one.first), **record, "bits": one.record.bits}
        for one, record in zip(errors, records, strict=True)
    ]
    return json.dumps(told, ensure_ascii=False, indent=2) + "\n"


def _row(one: InsertedError) -> list[str]:
    record = one.record
    return [
        str(int(one.first)),
        record.kind.value,
        record.detail,
        record.role.value,
        record.text,
        record.displaced,
        str(record.depth),
        str(len(record.ids)),
        repr(math.exp(record.logprob)),
        str(record.rank),
        repr(record.bits),
        repr(record.entropy),
        "" if record.canonical is None else str(int(record.canonical)),
        "" if record.seed is None else str(record.seed),
        "|".join(token.piece.decode(errors="replace") for token in one.tokens),
    ]


def record_at(
    view: SessionView, branches: Mapping[NodeId, Branch], first: NodeId
) -> ErrorRecord | None:
    """Return what was inserted where a branch begins; None where nothing was, or it is unread."""
    return view.error_of(first) or _told(view, branches, first)


def _told(
    view: SessionView, branches: Mapping[NodeId, Branch], first: NodeId
) -> ErrorRecord | None:
    """Return a record of what a told fork put there; None for what nobody inserted, or unread."""
    branch, tree, readings = branches[first], view.tree, view.readings
    inserted = tree.origin(first) is Origin.INSERTED
    if not inserted or branch.role in {Role.BASE, Role.OTHER}:
        return None
    nodes = view.head_nodes(first)
    logprobs = [readings.logprob(node) for node in nodes if readings.is_exact(node)]
    known = [one for one in logprobs if one is not None]
    rank, entropy = readings.rank(first), readings.entropy(tree.parent(first))
    if len(known) < len(nodes) or rank is None or entropy is None:
        return None
    return ErrorRecord(
        kind=ErrorKind.TYPED,
        detail="",
        role=branch.role,
        text=text_of([tree.token(node) for node in nodes]),
        ids=tuple(int(tree.token(node).id) for node in nodes),
        displaced=_right_text(view, branches, tree.parent(first)),
        depth=tree.depth(first) - 1,
        after=digest_of(tree.ids_to(tree.parent(first))),
        logprob=math.fsum(known),
        rank=rank,
        entropy=entropy,
        canonical=None,
        seed=None,
    )


def _right_text(view: SessionView, branches: Mapping[NodeId, Branch], place: NodeId) -> str:
    """Return the right text that stands after a place, empty where there is none."""
    for first in view.visible_children(place):
        branch = branches.get(first)
        if branch is not None and branch.role is Role.CLEAN:
            return text_of([view.tree.token(node) for node in view.head_nodes(first)])
    return ""


def _words(record: ErrorRecord) -> str:
    words = f"{record.title} {record.role.value} {record.text} {record.displaced}"
    return words.casefold()
