"""What goes to the lab's work, and what comes back: records that load no statistics."""

import json
from dataclasses import dataclass
from typing import cast

from core.branches import Role
from core.lab_records import ItemRow
from core.tokens import Token
from core.tree import Origin


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be run; `facts` is the text of a pack, `rows` what is there already."""

    experiment: str
    facts: str
    facts_name: str
    seed: int
    items: int
    rows: tuple[ItemRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """One item is whole: its row, its values as JSON."""

    item: str
    dropped: str
    values: str


@dataclass(frozen=True, slots=True)
class Paced:
    """Where the run stands, and what this part of it cost."""

    done: int
    tokens: int
    seconds: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Limb:
    """One branch of an item: its name, its part, and all its tokens from the first on.

    `own` is who put there what no other branch shares; the last `grown` tokens are the model's
    likeliest. The first `title` tokens are a prompt even where no other branch shares them.
    """

    name: str
    role: Role
    tokens: tuple[Token, ...]
    own: Origin = Origin.INSERTED
    grown: int = 0
    title: int = 0


@dataclass(frozen=True, slots=True)
class Traced:
    """The branches of an item, as tokens."""

    limbs: tuple[Limb, ...]


def planted_by(run: int, item: str) -> str:
    """Return what an act that planted an item remembers of it, as JSON."""
    return json.dumps({"lab": {"run": run, "item": item}}, ensure_ascii=False)


def is_planted_by(made_by: str, run: int, item: str) -> bool:
    """Return whether an act planted this item of this run."""
    if '"lab"' not in made_by:
        return False
    told = cast("dict[str, object]", json.loads(made_by))
    return told.get("lab") == {"run": run, "item": item}
