"""One session in memory: the tree and all that is known of it, with a record of every change."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from core.branches import Role
from core.engine import ModelCard
from core.forks import Belief, ForkShown, ForkSpec
from core.history import Act, ActState, Added, ForkSet, Hidden, History, Shown, touched
from core.lab_book import LabBook
from core.lab_records import LabRecord
from core.readings import Readings
from core.records import Contents, FindingRow, ForkRow
from core.session_acts import BranchLabel, Deed
from core.session_models import ModelledSession
from core.tree import ActId, NodeId

__all__ = ["BranchLabel", "Deed", "Session"]


@dataclass(slots=True)
class _Fork:
    spec: ForkSpec
    branches: dict[Role, NodeId] = field(default_factory=dict[Role, NodeId])
    findings: list[FindingRow] = field(default_factory=list[FindingRow])


class Session(ModelledSession):
    """The state behind a workbench, whole: forks and findings, and how it is saved and restored.

    Whoever changes it takes `draft` (what to redraw) and `records` (what to write) afterwards.
    """

    def __init__(self) -> None:
        super().__init__()
        self._forks: dict[ActId, _Fork] = {}
        self.lab = LabBook(self._keep_lab)

    def recognise(self, before: ModelCard, now: ModelCard) -> tuple[int, int] | None:
        """Keep under its own name what was read while the model's hash was not known.

        Returns the number it had and the one it has now, when they differ.
        """
        numbers = super().recognise(before, now)
        if numbers is not None:
            old, known = numbers
            for fork in self._forks.values():
                own = [replace(found, model=known) for found in fork.findings if found.model == old]
                fork.findings.extend(own)
                self.records.extend(own)
            self.lab.recognise(old, known)
        return numbers

    def _keep_lab(self, record: LabRecord) -> None:
        self.records.append(record)
        self.change.lab = True

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

    def findings_by_fork(self) -> Iterator[tuple[ActId, ForkSpec, tuple[FindingRow, ...]]]:
        """Yield every fork's act and what was told, with what any model made of it."""
        for act, fork in self._forks.items():
            yield act, fork.spec, tuple(fork.findings)

    def fork_shown(self, card: ModelCard | None) -> ForkShown | None:
        """Return the fork that is shown, with what one model made of it (None: the last one)."""
        return None if self._fork is None else self._shown(self._fork, card)

    def fork_among(self, firsts: Sequence[NodeId], card: ModelCard | None) -> ForkShown | None:
        """Return the fork that most of these branches are of, the one that is shown if it is one.

        Branches are named by their first nodes; None when they are of no fork.
        """
        acts = sorted(self._forks, key=lambda act: (act == self._fork, act), reverse=True)
        told = [(len(set(firsts) & set(self._forks[act].branches.values())), act) for act in acts]
        most, act = max(told, key=lambda one: one[0], default=(0, None))
        return self._shown(act, card) if most and act is not None else None

    @property
    def fork_specs(self) -> list[ForkSpec]:
        """What was told, the last one last."""
        return [fork.spec for fork in self._forks.values()]

    def _shown(self, act: ActId, card: ModelCard | None) -> ForkShown:
        fork = self._forks[act]
        number = self._number_of(card)
        beliefs = tuple(row.finding for row in fork.findings if row.model == number)
        return ForkShown(fork.spec, dict(fork.branches), beliefs)

    def contents(self) -> Contents:
        """Return all there is to save."""
        return Contents(
            tokens=tuple(self.tree.tokens),
            nodes=self.tree.stored_columns(),
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
            views=dict(self.views),
            drawn=dict(self.drawn),
            pieces=self._pieces_by_owner(),
            lab=self.lab.contents(),
        )

    @classmethod
    def restored(cls, contents: Contents) -> "Session":
        """Return the session that was saved. Raises ValueError when its parts do not fit."""
        session = cls()
        session.tree.extend(contents.tokens, contents.nodes)
        session.history = History(contents.acts)
        session._models = list(contents.models)
        session._readings = {n: Readings(rows) for n, rows in contents.readings.items()}
        session._join_models()
        session._events = list(contents.events)
        session.settings = dict(contents.settings)
        session.views = dict(contents.views)
        session.drawn = dict(contents.drawn)
        session._remember_pieces(contents.pieces)
        for row in contents.forks:
            named = {Role(role): node for role, node in row.branches}
            if not all(node in session.tree for node in named.values()):
                raise ValueError("a fork is about nodes that are not there")
            session._forks[row.act] = _Fork(row.spec, named)
        for finding in contents.findings:
            if finding.finding.branch not in session.tree:
                raise ValueError("a finding is about a node that is not there")
            session._forks[finding.act].findings.append(finding)
        session.lab.restore(contents.lab)
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
                    case _:
                        self._apply(effect)
        return hidden
