"""What goes to the lab's work, and what comes back: records that load no statistics."""

import json
from dataclasses import dataclass
from typing import Any, cast

from core.branches import Role
from core.lab_plans import Extent
from core.lab_records import ItemRow
from core.tokens import Token
from core.tree import Origin


@dataclass(frozen=True, slots=True)
class Choices:
    """What is chosen of a run beside its size: how far items go, which tasks, what text before.

    What is None or empty is the experiment's own: runs of earlier versions chose nothing.
    """

    extent: Extent | None = None
    tasks: tuple[str, ...] = ()
    preamble: str = ""

    def json(self) -> str:
        """Return what was chosen as JSON, "" where nothing was."""
        told: dict[str, object] = {}
        if self.extent is not None:
            told["length"] = self.extent.length
            if self.extent.samples:
                told["samples"] = self.extent.samples
        if self.tasks:
            told["tasks"] = list(self.tasks)
        if self.preamble:
            told["preamble"] = self.preamble
        return json.dumps(told, ensure_ascii=False) if told else ""


def choices_of(text: str) -> Choices:
    """Read what `Choices.json` wrote."""
    told: dict[str, Any] = json.loads(text) if text else {}
    extent = Extent(int(told["length"]), int(told.get("samples", 0))) if "length" in told else None
    tasks = tuple(str(one) for one in told.get("tasks", ()))
    return Choices(extent, tasks, str(told.get("preamble", "")))


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be run; `facts` is the text of a pack, `rows` what is there already."""

    experiment: str
    facts: str
    facts_name: str
    seed: int
    items: int
    rows: tuple[ItemRow, ...] = ()
    choices: Choices = Choices()


@dataclass(frozen=True, slots=True)
class Measured:
    """One item is whole: its row, its values as JSON."""

    item: str
    dropped: str
    values: str


@dataclass(frozen=True, slots=True)
class Paced:
    """Where the run stands, and what this part of it cost; `…_once` whatever its size."""

    done: int
    tokens: int
    seconds: float
    seconds_left: float
    tokens_once: int = 0
    seconds_once: float = 0.0


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
