"""What a session is without that which is hidden: the one way to delete for good."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, replace
from typing import Any, cast

from core.counts import count
from core.history import (
    Act,
    ActState,
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
    WatchSet,
)
from core.readings import Row
from core.records import Contents, FindingRow, ForkRow
from core.session import Session
from core.streams import moved_chains
from core.tree import ROOT, ActId, NodeId


@dataclass(frozen=True, slots=True)
class Losses:
    """What compacting deletes for good."""

    tokens: int
    readings: int
    notes: int
    bookmarks: int
    tags: int
    folds: int
    acts: int
    forks: int

    def __bool__(self) -> bool:
        return any(astuple(self))

    def words(self) -> str:
        """Return the losses as part of a sentence."""
        parts = (
            (self.tokens, "hidden token", "hidden tokens"),
            (self.readings, "reading", "readings"),
            (self.notes, "note", "notes"),
            (self.bookmarks, "bookmark", "bookmarks"),
            (self.tags, "tag", "tags"),
            (self.folds, "fold", "folds"),
            (self.forks, "fork", "forks"),
            (self.acts, "step of the history", "steps of the history"),
        )
        told = [
            f"{count(number)} {one if number == 1 else many}"
            for number, one, many in parts
            if number
        ]
        return ", ".join(told) or "nothing"


@dataclass(frozen=True, slots=True)
class Plan:
    """A session as it stood at one moment: what compacting it needs, on whichever thread.

    `hidden` holds 1 for every node out of sight, ROOT first; `noted`, `bookmarked` and `folded` are
    the nodes that are so, `tagged` those with tags and how many; `moment` is whatever the caller
    tells the moment by.
    """

    moment: int
    contents: Contents
    hidden: bytes
    noted: tuple[NodeId, ...]
    bookmarked: tuple[NodeId, ...]
    tagged: tuple[tuple[NodeId, int], ...]
    folded: tuple[NodeId, ...]


@dataclass(frozen=True, slots=True)
class Compacted:
    """A session without what is hidden, and what went. `places` are the nodes' new ids.

    `moment` is that of the plan it was made from.
    """

    session: Session
    contents: Contents
    losses: Losses
    places: Mapping[NodeId, NodeId]
    moment: int


def planned(session: Session, moment: int = 0) -> Plan:
    """Take down how a session stands; a matter of milliseconds."""
    hidden = session.visibility.hidden_flags()
    return Plan(
        moment,
        session.contents(),
        hidden,
        noted=tuple(session.notes),
        bookmarked=tuple(session.bookmarks),
        tagged=tuple((node, len(tags)) for node, tags in session.tags.items()),
        folded=tuple(session.folded),
    )


def compacted(plan: Plan) -> Compacted:
    """Return the session with its visible nodes alone, numbered anew, and what that deletes.

    Touches nothing but the plan, so that it may run beside the session. The acts that made the
    nodes, with seeds and samplers, stay and can still be undone. Out of reach stay those that were
    undone and whose nodes another act brought back, and those of which nothing is left but how the
    tokens were made that a join copied. Other acts that were undone, and acts that only touched
    hidden nodes, go; so do readings, notes, marks and forks of those.
    """
    before = plan.contents
    kept = [NodeId(node) for node, hidden in enumerate(plan.hidden) if not hidden and node != ROOT]
    nodes = {node: NodeId(number) for number, node in enumerate(kept, start=1)}
    parents, slot_of, origins, act_of = (
        [column[node - 1] for node in kept] for column in before.nodes
    )
    slots = {slot: number for number, slot in enumerate(dict.fromkeys(slot_of))}
    left = (_fork(row, nodes) for row in before.forks)
    forks = tuple(fork for fork in left if fork is not None)
    told = {fork.act for fork in forks}
    makers = {ActId(act) for act in act_of}
    trimmed = {
        act.id: _effects(act, nodes, told)
        for act in before.acts
        if act.state is ActState.DONE or act.id in makers
    }
    staying = [a for a in before.acts if a.id in makers | told or trimmed.get(a.id)]
    acts = {act.id: ActId(number) for number, act in enumerate(staying, start=1)}
    contents = Contents(
        tokens=tuple(before.tokens[slot] for slot in slots),
        nodes=(
            tuple(nodes.get(NodeId(parent), 0) for parent in parents),
            tuple(slots[slot] for slot in slot_of),
            tuple(origins),
            tuple(acts[ActId(act)] for act in act_of),
        ),
        models=before.models,
        readings={model: _rows(rows, nodes) for model, rows in before.readings.items()},
        acts=tuple(_act(act, acts, trimmed.get(act.id, ()), nodes) for act in staying),
        events=tuple(replace(e, act=acts[e.act]) for e in before.events if e.act in acts),
        forks=tuple(replace(fork, act=acts[fork.act]) for fork in forks),
        findings=tuple(_findings(before.findings, acts, told, nodes)),
        settings=before.settings,
        drawn={nodes[node]: x for node, x in before.drawn.items() if node in nodes},
        pieces=before.pieces,
        views={key: state.moved(nodes.get) for key, state in before.views.items()},
        lab=before.lab,
    )
    losses = Losses(
        tokens=len(before.nodes[0]) - len(kept),
        readings=_counted(before.readings) - _counted(contents.readings),
        notes=_gone(plan.noted, nodes),
        bookmarks=_gone(plan.bookmarked, nodes),
        tags=sum(count for node, count in plan.tagged if node not in nodes),
        folds=_gone(plan.folded, nodes),
        acts=len(before.acts) - len(acts),
        forks=len(before.forks) - len(forks),
    )
    return Compacted(Session.restored(contents), contents, losses, nodes, plan.moment)


def _gone(marked: Iterable[NodeId], nodes: Mapping[NodeId, NodeId]) -> int:
    return sum(node not in nodes for node in marked)


def _counted(readings: Mapping[int, list[Row]]) -> int:
    return sum(len(rows) for rows in readings.values())


def _fork(row: ForkRow, nodes: Mapping[NodeId, NodeId]) -> ForkRow | None:
    branches = tuple((role, nodes[first]) for role, first in row.branches if first in nodes)
    return replace(row, branches=branches) if branches else None


def _rows(rows: Iterable[Row], nodes: Mapping[NodeId, NodeId]) -> list[Row]:
    return [(nodes[NodeId(row[0])], *row[1:]) for row in rows if NodeId(row[0]) in nodes]


def _findings(
    rows: Iterable[FindingRow],
    acts: Mapping[ActId, ActId],
    told: set[ActId],
    nodes: Mapping[NodeId, NodeId],
) -> Iterable[FindingRow]:
    for row in rows:
        if row.act in told and row.finding.branch in nodes:
            finding = replace(row.finding, branch=nodes[row.finding.branch])
            yield FindingRow(acts[row.act], row.model, finding)


def _effects(act: Act, nodes: Mapping[NodeId, NodeId], told: set[ActId]) -> tuple[Effect, ...]:
    """Return what of an act stays, still about the old numbers of acts."""
    effects = act.effects
    if act.state is not ActState.DONE:  # its nodes were brought back by another act
        effects = tuple(effect for effect in effects if isinstance(effect, Added | BranchSet))
    return tuple(e for e in (_moved(effect, nodes, told) for effect in effects) if e is not None)


def _moved(  # noqa: PLR0911 - one for each effect
    effect: Effect, nodes: Mapping[NodeId, NodeId], told: set[ActId]
) -> Effect | None:
    match effect:
        case Added(roots) | Hidden(roots) | Shown(roots):
            left = tuple(nodes[root] for root in roots if root in nodes)
            return replace(effect, roots=left) if left else None
        case BranchSet(first, before, after):
            if first not in nodes:
                return None
            here = nodes[first]
            old = None if before is None else replace(before, first=here)
            return BranchSet(here, old, None if after is None else replace(after, first=here))
        case NoteSet(node) | BookmarkSet(node) | TagsSet(node) | FoldSet(node):
            return replace(effect, node=nodes[node]) if node in nodes else None
        case HoistSet(was, is_now):
            ends = nodes.get(was, ROOT), nodes.get(is_now, ROOT)
            return HoistSet(*ends) if ends[0] != ends[1] else None
        case WatchSet():
            return effect
        case KeptSet(place, before_kept, after_kept):
            ends_kept = (one and one.moved(nodes.get) for one in (before_kept, after_kept))
            return KeptSet(place, *ends_kept)
        case ForkSet(before, after):
            told_ends = tuple(act if act in told else None for act in (before, after))
            return ForkSet(*told_ends) if told_ends[0] != told_ends[1] else None


def _act(
    act: Act,
    acts: Mapping[ActId, ActId],
    effects: tuple[Effect, ...],
    nodes: Mapping[NodeId, NodeId],
) -> Act:
    def numbered(effect: Effect) -> Effect:
        match effect:
            case ForkSet(before, after):
                old = None if before is None else acts[before]
                return ForkSet(old, None if after is None else acts[after])
            case _:
                return effect

    return Act(
        acts[act.id],
        act.label,
        act.moment,
        tuple(numbered(effect) for effect in effects),
        ActState.DONE if effects and act.state is ActState.DONE else ActState.ABANDONED,
        _made_by(act.made_by, nodes),
    )


def _made_by(text: str, nodes: Mapping[NodeId, NodeId]) -> str:
    """Rename the tips that the model went on from, and the chains that it added.

    A tip that went for good is null, a chain that did is left out.
    """
    if not text:
        return text
    told = json.loads(text)
    for place, growth in enumerate(cast("list[dict[str, Any]]", told.get("growths", []))):
        tip: Any = growth.get("tip")
        growth["tip"] = 0 if tip == 0 else nodes.get(tip)
        told["growths"][place] = moved_chains(growth, nodes)
    if "replanted" in told:
        told["replanted"]["tips"] = [nodes.get(tip) for tip in told["replanted"]["tips"]]
    if "grow" in told:
        told["grow"]["tip"] = nodes.get(told["grow"].get("tip"))
    return json.dumps(told, ensure_ascii=False)
