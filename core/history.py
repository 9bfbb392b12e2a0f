"""What the user did, in order, so that all of it can be undone and done again."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from core.branches import Branch
from core.comparison_findings import ComparisonFinding
from core.tree import ROOT, ActId, NodeId


@dataclass(frozen=True, slots=True)
class Added:
    """Nodes came into the tree, with all that grew below them in the same act."""

    roots: tuple[NodeId, ...]


@dataclass(frozen=True, slots=True)
class Hidden:
    """Nodes went out of sight, with all below them."""

    roots: tuple[NodeId, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """Nodes came back into sight."""

    roots: tuple[NodeId, ...]


@dataclass(frozen=True, slots=True)
class BranchSet:
    """The branch that starts at `first` appeared, vanished or changed."""

    first: NodeId
    before: Branch | None
    after: Branch | None


@dataclass(frozen=True, slots=True)
class NoteSet:
    """The note at a node changed; empty is no note."""

    node: NodeId
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class BookmarkSet:
    """A bookmark was set or taken away."""

    node: NodeId
    before: bool
    after: bool


@dataclass(frozen=True, slots=True)
class TagsSet:
    """The tags at a node changed."""

    node: NodeId
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoldSet:
    """What follows a node was folded into one sign, or unfolded; it stays visible to all else."""

    node: NodeId
    before: bool
    after: bool


@dataclass(frozen=True, slots=True)
class HoistSet:
    """The view is of another subtree; ROOT is the whole tree."""

    before: NodeId
    after: NodeId


@dataclass(frozen=True, slots=True)
class Watched:
    """What the user looks out for: words that are true, and words that are the error."""

    truths: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WatchSet:
    """Other truths and errors are watched."""

    before: Watched
    after: Watched


@dataclass(frozen=True, slots=True)
class ForkSet:
    """Another fork is shown, named by the act that told it."""

    before: ActId | None
    after: ActId | None


@dataclass(frozen=True, slots=True)
class KeptSet:
    """The comparison kept at `place` in the list came, went (None after) or changed."""

    place: int
    before: ComparisonFinding | None
    after: ComparisonFinding | None


Effect = (
    Added
    | Hidden
    | Shown
    | BranchSet
    | NoteSet
    | BookmarkSet
    | TagsSet
    | FoldSet
    | HoistSet
    | WatchSet
    | ForkSet
    | KeptSet
)


def inverse(effect: Effect) -> Effect:  # noqa: C901, PLR0911 - one for each effect
    """Return the effect that takes `effect` back."""
    match effect:
        case Added(roots) | Shown(roots):
            return Hidden(roots)
        case Hidden(roots):
            return Shown(roots)
        case BranchSet(first, before, after):
            return BranchSet(first, after, before)
        case NoteSet(node, before, after):
            return NoteSet(node, after, before)
        case BookmarkSet(node, was, is_now):
            return BookmarkSet(node, is_now, was)
        case TagsSet(node, before, after):
            return TagsSet(node, after, before)
        case FoldSet(node, was, is_now):
            return FoldSet(node, is_now, was)
        case HoistSet(was, is_now):
            return HoistSet(is_now, was)
        case WatchSet(before, after):
            return WatchSet(after, before)
        case ForkSet(before, after):
            return ForkSet(after, before)
        case KeptSet(place, before, after):
            return KeptSet(place, after, before)


def touched(effect: Effect) -> tuple[NodeId, ...]:
    """Return the nodes that an effect is about."""
    match effect:
        case Added(roots) | Shown(roots) | Hidden(roots):
            return roots
        case BranchSet(node) | NoteSet(node) | BookmarkSet(node) | TagsSet(node) | FoldSet(node):
            return (node,)
        case HoistSet(before, after):
            return tuple(node for node in (before, after) if node != ROOT)
        case KeptSet(_, before, after):
            return tuple(first for one in (before, after) if one for first in one.branches)
        case ForkSet() | WatchSet():
            return ()


class ActState(StrEnum):
    """Where an act stands."""

    DONE = "done"
    UNDONE = "undone"  # can be done again
    ABANDONED = "abandoned"  # something else was done instead; kept, out of reach


@dataclass(frozen=True, slots=True)
class Act:
    """One action of the user: what it is called, when it began, what it did.

    `made_by` is JSON: the model, sampler, seed and streams of what a model produced in it.
    """

    id: ActId
    label: str
    moment: str
    effects: tuple[Effect, ...]
    state: ActState
    made_by: str


class History:
    """All acts, oldest first. Those done are undone from the newest, and redone from the oldest."""

    def __init__(self, acts: Iterable[Act] = ()) -> None:
        self._acts: dict[ActId, Act] = {act.id: act for act in acts}
        self._done = [a.id for a in self._acts.values() if a.state is ActState.DONE]
        self._undone = [a.id for a in self._acts.values() if a.state is ActState.UNDONE]
        self._undone.reverse()  # the next to be redone is last

    def __iter__(self) -> Iterator[Act]:
        return iter(self._acts.values())

    def __getitem__(self, act: ActId) -> Act:
        return self._acts[act]

    def __contains__(self, act: object) -> bool:
        return act in self._acts

    @property
    def newest(self) -> ActId | None:
        """The act that undo would take back."""
        return self._done[-1] if self._done else None

    @property
    def undo_label(self) -> str | None:
        """What undo would take back."""
        return self._acts[self._done[-1]].label if self._done else None

    @property
    def redo_label(self) -> str | None:
        """What redo would do again."""
        return self._acts[self._undone[-1]].label if self._undone else None

    def begin(self, label: str, *, moment: str, made_by: str) -> tuple[ActId, tuple[Act, ...]]:
        """Start an act; return its id and all acts that this changed, the new one last."""
        abandoned = [self._set(act, ActState.ABANDONED) for act in self._undone]
        self._undone.clear()
        new = Act(ActId(len(self._acts) + 1), label, moment, (), ActState.DONE, made_by)
        self._acts[new.id] = new
        self._done.append(new.id)
        return new.id, (*abandoned, new)

    def extend(self, act: ActId, effect: Effect) -> Act:
        """Add what an act did; return the act as it now is."""
        old = self._acts[act]
        self._acts[act] = replace(old, effects=(*old.effects, effect))
        return self._acts[act]

    def tell(self, act: ActId, made_by: str) -> Act:
        """Remember better how an act was made; return the act as it now is."""
        self._acts[act] = replace(self._acts[act], made_by=made_by)
        return self._acts[act]

    def undo(self) -> Act | None:
        """Mark the newest act that is done as undone; return it."""
        if not self._done:
            return None
        act = self._done.pop()
        self._undone.append(act)
        return self._set(act, ActState.UNDONE)

    def redo(self) -> Act | None:
        """Mark the act that was undone last as done; return it."""
        if not self._undone:
            return None
        act = self._undone.pop()
        self._done.append(act)
        return self._set(act, ActState.DONE)

    def _set(self, act: ActId, state: ActState) -> Act:
        self._acts[act] = replace(self._acts[act], state=state)
        return self._acts[act]
