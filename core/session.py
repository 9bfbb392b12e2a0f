"""One session in memory: the tree and all that is known of it, with a record of every change."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from core.branches import Branch, Branches, Role, name_of_node
from core.change import ChangeDraft
from core.distribution import Distribution
from core.engine import ModelCard, Scored
from core.forks import Belief, ForkShown, ForkSpec
from core.history import (
    Act,
    ActState,
    Added,
    BookmarkSet,
    BranchSet,
    Effect,
    ForkSet,
    Hidden,
    History,
    NoteSet,
    Shown,
    inverse,
    touched,
)
from core.readings import Readings
from core.records import (
    ActRow,
    Contents,
    EventRow,
    FindingRow,
    ForkRow,
    ModelRow,
    NodeRow,
    ReadingRow,
    Record,
    SettingRow,
    TokenRow,
)
from core.tokens import Token
from core.tree import ORIGINS, ActId, Node, NodeId, Origin, TokenTree
from core.visibility import Visibility

LAST_MODEL = "last model"
"""The setting that holds the number of the model that was last used."""


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


@dataclass(slots=True)
class _Fork:
    spec: ForkSpec
    branches: dict[Role, NodeId] = field(default_factory=dict[Role, NodeId])
    findings: list[FindingRow] = field(default_factory=list[FindingRow])


class Session:
    """The state behind a workbench.

    Whoever changes it takes `draft` (what to redraw) and `records` (what to write) afterwards.
    """

    def __init__(self) -> None:
        self.tree = TokenTree()
        self.visibility = Visibility(self.tree)
        self.branches = Branches(self.tree, self.visibility)
        self.history = History()
        self.notes: dict[NodeId, str] = {}
        self.bookmarks: dict[NodeId, None] = {}
        self.settings: dict[str, str] = {}
        self.draft: ChangeDraft | None = None
        self.records: list[Record] = []
        self._models: list[ModelRow] = []
        self._readings: dict[int, Readings] = {}
        self._events: list[EventRow] = []
        self._forks: dict[ActId, _Fork] = {}
        self._fork: ActId | None = None
        self._nameless: int | None = None  # the model in use whose hash is not known yet

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
        starts_branch = own is not None or self.branches.starts_branch(parent, origin)
        known = len(self.tree.tokens)
        slot = self.tree.slot(token)
        if slot == known:
            self.records.append(TokenRow(slot, token))
        node = Node(self.tree.next_id(), parent, token, origin, act)
        self.tree.add(node)
        self.visibility.node_added(node.id)
        self.records.append(NodeRow(node.id, parent, slot, ORIGINS.index(origin), act))
        self.change.added.append(node.id)
        if not parent or self.tree.act(parent) != act:
            self.records.append(ActRow(self.history.extend(act, Added((node.id,)))))
        if starts_branch:
            name, role = own or (name_of_node(self.tree, node.id), Role.OTHER)
            self.do(deed, BranchSet(node.id, None, Branch(node.id, name, role)))
        return node.id

    def readings_of(self, card: ModelCard | None) -> Readings:
        """Return what a model thinks; with None, what the last one thought."""
        number = self._number_of(card)
        return Readings() if number is None else self._readings.setdefault(number, Readings())

    def last_card(self) -> ModelCard | None:
        """Return the card of the model that was last used."""
        number = self._number_of(None)
        return None if number is None else self._models[number - 1].card

    def model_number(self, card: ModelCard) -> int:
        """Return the number under which readings of this model are kept."""
        number = self._number_of(card)
        if number is None:
            number = len(self._models) + 1
            if not card.sha256:
                self._nameless = number
            self._models.append(ModelRow(number, card))
            self.records.append(self._models[-1])
        self.set_setting(LAST_MODEL, str(number))
        return number

    def recognise(self, before: ModelCard, now: ModelCard) -> None:
        """Keep under its own name what was read while the model's hash was not known."""
        old, known = self._number_of(before), self._number_of(now)
        if old is None:
            return
        self._nameless = None
        if known is None:
            self._models[old - 1] = ModelRow(old, now)
            self.records.append(self._models[old - 1])
            return
        self.set_setting(LAST_MODEL, str(known))
        kept = self._readings.setdefault(known, Readings())
        for row in self._readings.get(old, ()):
            if kept.take_over(row):
                self.records.append(ReadingRow(known, row))
        for fork in self._forks.values():
            own = [replace(found, model=known) for found in fork.findings if found.model == old]
            fork.findings.extend(own)
            self.records.extend(own)

    def put_reading(
        self, model: int, node: NodeId, scored: Scored | None, expects: Distribution | None
    ) -> None:
        """Take in what a model said of `node`."""
        readings = self._readings.setdefault(model, Readings())
        row = readings.put(node, scored=scored, expects=expects)
        if row is not None:
            self.records.append(ReadingRow(model, row))
            self.change.read[node] = None

    @property
    def fork_act(self) -> ActId | None:
        """The act that told the fork which is shown."""
        return self._fork

    def start_fork(self, deed: Deed, spec: ForkSpec) -> None:
        """Show a new fork, without branches yet."""
        act = self.act_of(deed)
        self._forks[act] = _Fork(spec)
        self.records.append(ForkRow(act, spec, ()))
        self.do(deed, ForkSet(self._fork, act))

    def put_fork_branch(self, act: ActId, role: Role, first: NodeId) -> None:
        """Name the branch that plays `role` in a fork."""
        fork = self._forks[act]
        fork.branches[role] = first
        pairs = tuple((str(name), node) for name, node in fork.branches.items())
        self.records.append(ForkRow(act, fork.spec, pairs))
        self.change.fork = True

    def put_belief(self, act: ActId, model: int, belief: Belief) -> None:
        """Add what was found about a fork."""
        row = FindingRow(act, model, belief)
        self._forks[act].findings.append(row)
        self.records.append(row)
        self.change.findings.append(belief)

    def fork_shown(self, card: ModelCard | None) -> ForkShown | None:
        """Return the fork that is shown, with what one model made of it (None: the last one)."""
        if self._fork is None:
            return None
        fork = self._forks[self._fork]
        number = self._number_of(card)
        beliefs = tuple(row.finding for row in fork.findings if row.model == number)
        return ForkShown(fork.spec, dict(fork.branches), beliefs)

    def set_setting(self, key: str, value: str) -> None:
        """Remember a setting; settings are not part of history."""
        if self.settings.get(key) != value:
            self.settings[key] = value
            self.records.append(SettingRow(key, value))

    def contents(self) -> Contents:
        """Return all there is to save."""
        numbers = [NodeId(number) for number in range(1, len(self.tree) + 1)]
        tree = self.tree
        return Contents(
            tokens=tuple(tree.tokens),
            nodes=(
                tuple(tree.parent(node) for node in numbers),
                tuple(tree.slot_of(node) for node in numbers),
                tuple(ORIGINS.index(tree.origin(node)) for node in numbers),
                tuple(tree.act(node) for node in numbers),
            ),
            models=tuple(self._models),
            readings={number: list(readings) for number, readings in self._readings.items()},
            acts=tuple(self.history),
            events=tuple(self._events),
            forks=tuple(
                ForkRow(act, fork.spec, tuple((str(r), n) for r, n in fork.branches.items()))
                for act, fork in self._forks.items()
            ),
            findings=tuple(row for fork in self._forks.values() for row in fork.findings),
            settings=dict(self.settings),
        )

    @classmethod
    def restored(cls, contents: Contents) -> "Session":
        """Return the session that was saved. Raises ValueError when its parts do not fit."""
        session = cls()
        session.tree.extend(contents.tokens, contents.nodes)
        session.history = History(contents.acts)
        session._models = list(contents.models)
        session._readings = {n: Readings(rows) for n, rows in contents.readings.items()}
        session._events = list(contents.events)
        session.settings = dict(contents.settings)
        for row in contents.forks:
            named = {Role(role): node for role, node in row.branches}
            if not all(node in session.tree for node in named.values()):
                raise ValueError("a fork is about nodes that are not there")
            session._forks[row.act] = _Fork(row.spec, named)
        for finding in contents.findings:
            if finding.finding.branch not in session.tree:
                raise ValueError("a finding is about a node that is not there")
            session._forks[finding.act].findings.append(finding)
        session.visibility.restore(session._replayed(contents.acts))
        session.draft = None
        return session

    def _replayed(self, acts: Iterable[Act]) -> set[NodeId]:
        """Repeat what the acts did to everything but sight; return which nodes are hidden."""
        hidden: set[NodeId] = set()
        for act in acts:
            for effect in act.effects:
                if not all(node in self.tree for node in touched(effect)):
                    raise ValueError(f"act {act.id} is about nodes that are not there")
                match effect:
                    case Added(roots) if act.state is not ActState.DONE:
                        hidden.update(roots)
                    case _ if act.state is not ActState.DONE:
                        pass
                    case Hidden(roots):
                        hidden.update(roots)
                    case Shown(roots):
                        hidden.difference_update(roots)
                    case Added():
                        pass
                    case BranchSet() | NoteSet() | BookmarkSet() | ForkSet():
                        self._apply(effect)
        return hidden

    def _apply(self, effect: Effect) -> None:  # noqa: C901 - one branch for each effect
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
            case ForkSet(_, act):
                self._fork = act
                self.change.fork = True

    def _recorded(self, verb: str, act: Act) -> None:
        self.records.append(ActRow(act))
        self._happened(verb, act.id)

    def _happened(self, verb: str, act: ActId) -> None:
        self._events.append(EventRow(_now(), verb, act))
        self.records.append(self._events[-1])

    def _number_of(self, card: ModelCard | None) -> int | None:
        if card is None:
            last = int(self.settings.get(LAST_MODEL, "0"))
            return last if 0 < last <= len(self._models) else None
        if not card.sha256:
            number = self._nameless
            if number is None or _identity(self._models[number - 1].card) != _identity(card):
                return None
            return number
        for model in self._models:
            if _identity(model.card) == _identity(card):
                return model.number
        return None


def _identity(card: ModelCard) -> tuple[object, ...]:
    """Return what two models share when, and only when, the numbers of one are the other's.

    A model whose hash is not known yet is only taken for itself, never for one from the file.
    """
    return (
        card.sha256 or card.path,
        card.name,
        card.quantization,
        card.fingerprint,
        card.engine,
        card.device,
        card.arithmetic,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
