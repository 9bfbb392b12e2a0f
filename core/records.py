"""What a session writes to its file: small frozen records, in the order of events."""

from dataclasses import dataclass, field

from core.engine import ModelCard
from core.forks import Finding, ForkSpec
from core.history import Act
from core.lab_records import LabRecord
from core.readings import Row
from core.remembered import RememberedPieces
from core.tokens import Token
from core.tree import ActId, NodeColumns, NodeId
from core.view_state import ViewState


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token that the tree holds for the first time; nodes name its slot."""

    slot: int
    token: Token


@dataclass(frozen=True, slots=True)
class NodeRow:
    """A new node; `origin` is its place in `ORIGINS`."""

    id: NodeId
    parent: NodeId
    slot: int
    origin: int
    act: ActId


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model that readings name by `number`."""

    number: int
    card: ModelCard


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """What a model thinks of a node; replaces what it thought before."""

    model: int
    row: Row


@dataclass(frozen=True, slots=True)
class ActRow:
    """An act as it now is."""

    act: Act


@dataclass(frozen=True, slots=True)
class EventRow:
    """Something the user did, at a moment: `verb` is do, undo or redo."""

    moment: str
    verb: str
    act: ActId


@dataclass(frozen=True, slots=True)
class ForkRow:
    """A fork, named by the act that told it. `branches` is by role."""

    act: ActId
    spec: ForkSpec
    branches: tuple[tuple[str, NodeId], ...]


@dataclass(frozen=True, slots=True)
class FindingRow:
    """Something found about a fork, by one model."""

    act: ActId
    model: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A setting of the session."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class ViewRow:
    """How a view stands; replaces how it stood before."""

    key: str
    state: ViewState


@dataclass(frozen=True, slots=True)
class DrawnRow:
    """The log-probability (nats) at which a sampler drew a node, after its filters."""

    node: NodeId
    logprob: float


@dataclass(frozen=True, slots=True)
class PieceRow:
    """A token that readings mention; `model` is the first with its vocabulary."""

    model: int
    token: Token


Record = (
    TokenRow
    | NodeRow
    | ModelRow
    | ReadingRow
    | ActRow
    | EventRow
    | ForkRow
    | FindingRow
    | SettingRow
    | ViewRow
    | DrawnRow
    | PieceRow
    | LabRecord
)


@dataclass(frozen=True, slots=True)
class Contents:
    """A whole session as columns and rows: what a file holds.

    `readings` and `pieces` are by model number.
    """

    tokens: tuple[Token, ...]
    nodes: NodeColumns
    models: tuple[ModelRow, ...]
    readings: dict[int, list[Row]]
    acts: tuple[Act, ...]
    events: tuple[EventRow, ...]
    forks: tuple[ForkRow, ...]
    findings: tuple[FindingRow, ...]
    settings: dict[str, str]
    views: dict[str, ViewState] = field(default_factory=dict[str, ViewState])
    drawn: dict[NodeId, float] = field(default_factory=dict[NodeId, float])
    pieces: dict[int, RememberedPieces] = field(default_factory=dict[int, RememberedPieces])
    lab: tuple[LabRecord, ...] = ()
