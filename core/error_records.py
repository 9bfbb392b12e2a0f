"""What is remembered of an inserted error: what kind it is, how it was made, what it cost."""

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Any

from core.branches import Role

KEY = "errors"
"""Under this name an act's `made_by` holds its errors."""


class ErrorKind(StrEnum):
    """How an error comes about: the taxonomy of design's lab."""

    TYPED = "typed text"
    RANK = "rank"
    RANDOM = "random token"
    ANSWER = "wrong answer"
    SAMPLE = "own sample"
    NUMBER = "number"
    NEGATION = "negation"
    TYPO = "typo"
    DELETION = "deletion"
    COHERENT = "coherent rule"
    VARIED = "varied errors"
    TURN = "turn"


_APART = frozenset(
    {
        ErrorKind.TYPO,
        ErrorKind.NEGATION,
        ErrorKind.SAMPLE,
        ErrorKind.ANSWER,
        ErrorKind.COHERENT,
        ErrorKind.VARIED,
    }
)
"""Kinds whose detail is a remark of its own."""


@dataclass(frozen=True, slots=True)
class ErrorRecord:
    """One inserted text. It is never changed once it stands in the tree.

    `detail` says which of its kind it is ("+1", "k = 5"); `role` is the branch's at that moment;
    `depth` counts the tokens before it, `after` is their digest: it tells apart what one act put
    after several texts of the same length, and is empty in older sessions. `logprob` (nats) is of
    the whole text by forcing, `rank` of its first token, `entropy` (nats) of what was expected at
    the place. `displaced` is the text that it stands for. `canonical` is None where nobody looked.
    `seed` is None where nothing was drawn.
    """

    kind: ErrorKind
    detail: str
    role: Role
    text: str
    ids: tuple[int, ...]
    displaced: str
    depth: int
    after: str
    logprob: float
    rank: int
    entropy: float
    canonical: bool | None
    seed: int | None

    @property
    def bits(self) -> float:
        """The surprise of the whole text, in bits."""
        return -self.logprob / math.log(2)

    @property
    def title(self) -> str:
        """Kind and detail in a few words: number +1."""
        joint = ", " if self.kind in _APART and self.detail else " "
        return f"{self.kind.value}{joint}{self.detail}".strip()

    def as_role(self, role: Role) -> "ErrorRecord":
        """Return the same text inserted as a branch of another role."""
        return replace(self, role=role)


def digest_of(ids: Iterable[int]) -> str:
    """Return a short digest of the tokens before a place."""
    written = ",".join(str(int(number)) for number in ids)
    return hashlib.blake2b(written.encode(), digest_size=8).hexdigest()


def records_to_json(records: Iterable[ErrorRecord]) -> list[dict[str, Any]]:
    """Write records as they stand in a session file and in exports."""
    return [asdict(record) for record in records]


def made_by(records: Iterable[ErrorRecord]) -> str:
    """Write what an act remembers of its errors; empty when there are none."""
    found = records_to_json(records)
    return json.dumps({KEY: found}, ensure_ascii=False) if found else ""


ACTS_KEPT = 256
"""Every branch of an act asks for the act's records: each act's are read once."""


@lru_cache(maxsize=ACTS_KEPT)
def records_of(made_by_json: str) -> tuple[ErrorRecord, ...]:
    """Read what `made_by` wrote. What another version wrote, and cannot be read, is left out."""
    if f'"{KEY}"' not in made_by_json:
        return ()
    try:
        return tuple(_record(row) for row in json.loads(made_by_json).get(KEY, []))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ()


def _record(row: dict[str, Any]) -> ErrorRecord:
    canonical, seed = row["canonical"], row["seed"]
    return ErrorRecord(
        kind=ErrorKind(row["kind"]),
        detail=str(row["detail"]),
        role=Role(row["role"]),
        text=str(row["text"]),
        ids=tuple(int(number) for number in row["ids"]),
        displaced=str(row["displaced"]),
        depth=int(row["depth"]),
        after=str(row.get("after", "")),
        logprob=float(row["logprob"]),
        rank=int(row["rank"]),
        entropy=float(row["entropy"]),
        canonical=None if canonical is None else bool(canonical),
        seed=None if seed is None else int(seed),
    )
