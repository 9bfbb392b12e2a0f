"""What the user did to a session: acts happen, are undone and done again, each on record."""

from dataclasses import dataclass
from datetime import UTC, datetime

from core.branches import Branch, Branches, Role, name_of_node
from core.change import ChangeDraft
from core.comparison_findings import ComparisonFinding
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
    History,
    HoistSet,
    KeptSet,
    NoteSet,
    Shown,
    TagsSet,
    Watched,
    WatchSet,
    inverse,
)
from core.records import ActRow, EventRow, NodeRow, Record, SettingRow, TokenRow, ViewRow
from core.tokens import Token
from core.tree import ORIGINS, ROOT, ActId, Node, NodeId, Origin, TokenTree
from core.view_state import ViewState, view_to_json
from core.visibility import Visibility

BranchLabel = tuple[str, Role]
"""The name and the role of a branch."""


@dataclass(slots=True)
class Deed:
    """An act of the user that enters history with its first effect.

    `made_by` is JSON about the model that produces its nodes; empty for the user's own hand.
    """

    label: str
    made_by: str = ""
    act: ActId | None = None


class ActingSession:
    """The tree and all that acts change; whoever changes it takes `draft` and `records` after."""

    def __init__(self) -> None:
        self.tree = TokenTree()
        self.visibility = Visibility(self.tree)
        self.branches = Branches(self.tree, self.visibility)
        self.history = History()
        self.notes: dict[NodeId, str] = {}
        self.bookmarks: dict[NodeId, None] = {}
        self.tags: dict[NodeId, tuple[str, ...]] = {}
        self.folded: dict[NodeId, None] = {}
        self.hoisted = ROOT
        self.watched = Watched()
        self.kept: list[ComparisonFinding] = []
        self.settings: dict[str, str] = {}
        self.views: dict[str, ViewState] = {}
        self.draft: ChangeDraft | None = None
        self.records: list[Record] = []
        self._events: list[EventRow] = []
        self._fork: ActId | None = None

    @property
    def change(self) -> ChangeDraft:
        """What to redraw, so far."""
        if self.draft is None:
            self.draft = ChangeDraft()
        return self.draft

    def act_of(self, deed: Deed) -> ActId:
        """Return the act of `deed`, beginning it when it has none."""
        if deed.act is None:
            moment = _now()
            deed.act, changed = self.history.begin(deed.label, moment=moment, made_by=deed.made_by)
            self.records.extend(ActRow(act) for act in changed)
            self._happened("do", deed.act)
        return deed.act

    def do(self, deed: Deed, effect: Effect) -> None:
        """Let `effect` happen, as part of `deed`."""
        act = self.act_of(deed)
        self._apply(effect)
        self.records.append(ActRow(self.history.extend(act, effect)))

    def undo(self) -> Act | None:
        """Take the newest act back; return it."""
        act = self.history.undo()
        if act is not None:
            for effect in reversed(act.effects):
                self._apply(inverse(effect))
            if any(isinstance(effect, BookmarkSet) and effect.before for effect in act.effects):
                self.bookmarks = self._bookmarks_done()  # what comes back has its place again
            self._recorded("undo", act)
        return act

    def redo(self) -> Act | None:
        """Do again what was undone last; return it."""
        act = self.history.redo()
        if act is not None:
            for effect in act.effects:
                self._apply(effect)
            self._recorded("redo", act)
        return act

    def add(
        self, deed: Deed, parent: NodeId, token: Token, origin: Origin, *, own: BranchLabel | None
    ) -> NodeId:
        """Put a new node after `parent`.

        It starts a branch where `own` names one, and where there has to be one.
        """
        act = self.act_of(deed)
        node = self._put(deed, Node(self.tree.next_id(), parent, token, origin, act), own)
        if not parent or self.tree.act(parent) != act:
            self.came(deed, node)
        return node

    def copy(
        self, deed: Deed, parent: NodeId, source: NodeId, *, own: BranchLabel | None
    ) -> NodeId:
        """Put a new node after `parent` that is as `source`, and made by the same act.

        That act tells the model, the seed and the sampler of its token. Whoever copies says what
        `came`.
        """
        like = self.tree[source]
        new = Node(self.tree.next_id(), parent, like.token, like.origin, like.act)
        return self._put(deed, new, own)

    def came(self, deed: Deed, root: NodeId) -> None:
        """Take down that `root`, and what of `deed` is below it, came with `deed`."""
        self.records.append(ActRow(self.history.extend(self.act_of(deed), Added((root,)))))

    def tell(self, act: ActId, made_by: str) -> None:
        """Remember better how an act's nodes were made."""
        self.records.append(ActRow(self.history.tell(act, made_by)))

    def _put(self, deed: Deed, node: Node, own: BranchLabel | None) -> NodeId:
        parent, token = node.parent, node.token
        starts_branch = own is not None or self.branches.starts_branch(parent, node.origin)
        known = len(self.tree.tokens)
        slot = self.tree.slot(token)
        if slot == known:
            self.records.append(TokenRow(slot, token))
        self.tree.add(node)
        self.visibility.node_added(node.id)
        self.records.append(NodeRow(node.id, parent, slot, ORIGINS.index(node.origin), node.act))
        self.change.added.append(node.id)
        if starts_branch:
            name, role = own or (name_of_node(self.tree, node.id), Role.OTHER)
            self.do(deed, BranchSet(node.id, None, Branch(node.id, name, role)))
        return node.id

    def set_setting(self, key: str, value: str) -> None:
        """Remember a setting; settings are not part of history."""
        if self.settings.get(key) != value:
            self.settings[key] = value
            self.records.append(SettingRow(key, value))

    def set_view(self, key: str, state: ViewState) -> None:
        """Remember how a view stands; views are not part of history."""
        before = self.views.get(key)
        if before is None or view_to_json(before) != view_to_json(state):
            self.views[key] = state
            self.records.append(ViewRow(key, state))

    def _apply(self, effect: Effect) -> None:  # noqa: C901, PLR0912 - one for each effect
        match effect:
            case Added(roots) | Shown(roots):
                for root in roots:
                    self.visibility.show(root)
                self.change.shown.extend(roots)
            case Hidden(roots):
                for root in roots:
                    self.visibility.hide(root)
                self.change.hidden.extend(roots)
            case BranchSet(first, _, after):
                self.branches.put(first, after)
                self.change.branches = True
            case NoteSet(node, _, text):
                self.notes.pop(node, None)
                if text:
                    self.notes[node] = text
                self.change.notes = True
            case BookmarkSet(node, _, is_set):
                self.bookmarks.pop(node, None)
                if is_set:
                    self.bookmarks[node] = None
                self.change.notes = True
            case TagsSet(node, _, tags):
                self.tags.pop(node, None)
                if tags:
                    self.tags[node] = tags
                self.change.notes = True
            case FoldSet(node, _, is_set):
                self.folded.pop(node, None)
                if is_set:
                    self.folded[node] = None
                self.change.folds = True
            case HoistSet(_, node):
                self.hoisted = node
                self.change.folds = True
            case WatchSet(_, watched):
                self.watched = watched
                self.change.notes = True
            case KeptSet(place, before, kept):
                self.kept[place : place + (before is not None)] = [kept] if kept else []
                self.change.notes = True
            case ForkSet(_, act):
                self._fork = act
                self.change.fork = True

    def _bookmarks_done(self) -> dict[NodeId, None]:
        """Return the bookmarks that the acts have set, in their order."""
        found: dict[NodeId, None] = {}
        for act in self.history:
            if act.state is ActState.DONE:
                for effect in act.effects:
                    if isinstance(effect, BookmarkSet):
                        found.pop(effect.node, None)
                        if effect.after:
                            found[effect.node] = None
        return found

    def _recorded(self, verb: str, act: Act) -> None:
        self.records.append(ActRow(act))
        self._happened(verb, act.id)

    def _happened(self, verb: str, act: ActId) -> None:
        self._events.append(EventRow(_now(), verb, act))
        self.records.append(self._events[-1])


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
