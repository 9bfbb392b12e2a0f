"""What is remembered of an inserted error: what kind it is, how it was made, what it cost."""

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
    `depth` counts the tokens before it. `logprob` (nats) is of the whole text by forcing, `rank`
    of its first token, `entropy` (nats) of what was expected at the place. `displaced` is the text
    that it stands for. `canonical` is None where nobody looked. `seed` is None where nothing was
    drawn.
    """

    kind: ErrorKind
    detail: str
    role: Role
    text: str
    ids: tuple[int, ...]
    displaced: str
    depth: int
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


def records_to_json(records: Iterable[ErrorRecord]) -> list[dict[str, Any]]:
    """Write records as they stand in a session file and in exports."""
    return [asdict(record) for record in records]


def made_by(records: Iterable[ErrorRecord]) -> str:
    """Write what an act remembers of its errors; empty when there are none."""
    found = records_to_json(records)
    return json.dumps({KEY: found}, ensure_ascii=False) if found else ""


@lru_cache(maxsize=4096)  # one act may have made hundreds of branches, each of which asks
def records_of(made_by_json: str) -> tuple[ErrorRecord, ...]:
    """Read what `made_by` wrote. What another version wrote, and cannot be read, is left out."""
    if not made_by_json:
        return ()
    try:
        rows = json.loads(made_by_json).get(KEY, [])
        return tuple(
            ErrorRecord(
                **(
                    row
                    | {
                        "kind": ErrorKind(row["kind"]),
                        "role": Role(row["role"]),
                        "ids": tuple(int(number) for number in row["ids"]),
                    }
                )
            )
            for row in rows
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        return ()
