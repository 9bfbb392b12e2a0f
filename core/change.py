"""What an action did, so that a view redraws that and no more."""

from dataclasses import dataclass, field

from core.forks import Finding
from core.tokens import Token
from core.tree import NodeId


@dataclass(frozen=True, slots=True)
class Change:
    """What is different now. `shown` and `hidden` name roots: all below them goes along.

    `folds`: other nodes are folded, or the view is of another subtree; `lab`: a run, or a row of
    one, is new. `problem` is one sentence for the user about what went wrong, `news` one
    about what nothing else shows. `coming` are tokens of a session that is being read: what is
    drawn of them can be prepared. With `reset` everything may be different: another session, or
    another model whose readings are shown from now on.
    """

    added: tuple[NodeId, ...] = ()
    read: tuple[NodeId, ...] = ()
    shown: tuple[NodeId, ...] = ()
    hidden: tuple[NodeId, ...] = ()
    branches: bool = False
    folds: bool = False
    notes: bool = False
    fork: bool = False
    findings: tuple[Finding, ...] = ()
    jobs: bool = False
    lab: bool = False
    settled: bool = False
    problem: str | None = None
    news: str | None = None
    coming: tuple[Token, ...] = ()
    reset: bool = False


@dataclass(slots=True)
class ChangeDraft:
    """A change in the making."""

    added: list[NodeId] = field(default_factory=list[NodeId])
    read: dict[NodeId, None] = field(default_factory=dict[NodeId, None])
    shown: list[NodeId] = field(default_factory=list[NodeId])
    hidden: list[NodeId] = field(default_factory=list[NodeId])
    branches: bool = False
    folds: bool = False
    notes: bool = False
    fork: bool = False
    findings: list[Finding] = field(default_factory=list[Finding])
    jobs: bool = False
    lab: bool = False
    settled: bool = False
    problem: str | None = None
    news: str | None = None
    reset: bool = False

    def finished(self) -> Change:
        """Return the change as it stands."""
        return Change(
            added=tuple(self.added),
            read=tuple(self.read),
            shown=tuple(self.shown),
            hidden=tuple(self.hidden),
            branches=self.branches,
            folds=self.folds,
            notes=self.notes,
            fork=self.fork,
            findings=tuple(self.findings),
            jobs=self.jobs,
            lab=self.lab,
            settled=self.settled,
            problem=self.problem,
            news=self.news,
            reset=self.reset,
        )
