"""What a panel may ask the window for."""

from dataclasses import dataclass

from core.branches import Role
from core.error_records import ErrorRecord
from core.sampling import Sampler
from core.tokens import Token
from core.tree import NodeId


@dataclass(frozen=True, slots=True)
class InsertWish:
    """Put `tokens` after `parent`, as a branch of this role, with what is known of them."""

    parent: NodeId
    tokens: tuple[Token, ...]
    role: Role
    record: ErrorRecord | None


@dataclass(frozen=True, slots=True)
class EditWish:
    """Put `text` in the place of `nodes`, a run on the path to `tip`, and read the rest anew."""

    nodes: tuple[NodeId, ...]
    tip: NodeId
    text: str


@dataclass(frozen=True, slots=True)
class ContinueWish:
    """Let the selected branch grow by `tokens`, `samples` times, from its end or right here.

    `tokens` None: until the model ends the text, or its context is full.
    """

    tokens: int | None
    sampler: Sampler
    seed: int
    samples: int
    from_here: bool
