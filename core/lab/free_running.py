"""Sequences that a model writes by itself, step by step, among the values that a task allows.

Values are drawn token by token at T = 1 from those that lead to a valid value, renormalised, and
the line end is forced: a lost format would hide the errors. What that leaves out is kept beside.
"""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto

import numpy as np

from core.engine import Path
from core.lab.asking import Asker, Tokens
from core.lab.experiment import Value
from core.lab.step_tasks import COUNTS, DIGITS, MOST_COUNT, table_text
from core.tokens import TokenId

WARM_KEYS, WARM_UP, STEPS = 4, 8, 16
"""Steps where a run does not say how many."""

_WORDS = """
apple arm bag ball band barn bell belt bird boat bone book boot bowl box bread bridge brush cake
camp card cart chair clock cloud coat corn cup desk dish door drum farm fence field flag gate
glove hat hill horn house jar key lake lamp map mask moon nail nest path pen pipe plate pond road
rope shoe spoon star
"""
WORDS = tuple(_WORDS.split())
"""Keys of a table with more lines than there are letters."""


class Label(StrEnum):
    """What a step is, judged by what was written before it (Dziri et al. 2023)."""

    CORRECT = "correct"
    LOCAL = "local error"
    PROPAGATED = "propagated"
    RESTORED = "restored"


class Part(Enum):
    """Why a token stands in a walk that the model did not draw."""

    GIVEN = auto()
    FORCED = auto()
    END = auto()


@dataclass(slots=True)
class Walk:
    """One sequence under way: the lines it will ask for, what was drawn, and at what cost.

    `unread` says what the last tokens of the path are whose probability is still to be read.
    """

    path: Tokens
    rng: np.random.Generator
    keys: Sequence[str]
    values: tuple[str, ...]
    drawn: list[str] = field(default_factory=list[str])
    masses: list[float] = field(default_factory=list[float])
    line_ends: list[float] = field(default_factory=list[float])
    unread: list[Part] = field(default_factory=list[Part])

    @property
    def since(self) -> int:
        """The position from which the path is to be read."""
        return len(self.path) - 1 - len(self.unread)

    def go_on(self, path: Tokens, part: Part) -> None:
        """Take a longer path; what is new in it is of one kind."""
        self.unread += [part] * (len(path) - len(self.path))
        self.path = path

    def settle(self, logprobs: Sequence[float]) -> None:
        """Take in what was read of the tokens that were not drawn.

        A token of a value that had no other way holds back what a model gives to other formats.
        """
        for part, logprob in zip(self.unread, logprobs, strict=True):
            match part:
                case Part.FORCED:
                    self.masses[len(self.line_ends)] *= float(np.exp(logprob))
                case Part.END:
                    self.line_ends.append(float(np.exp(logprob)))
                case Part.GIVEN:
                    pass
        self.unread.clear()


def lookup_walk(asker: Asker, seed: int, number: int, steps: int) -> tuple[Walk, list[str]]:
    """Return a look-up of digits to go on with for so many steps, and the right values.

    No key is asked twice after the warm-up: a second answer could be copied from the first.
    """
    rng = np.random.default_rng([seed, 1, number])
    many = WARM_KEYS + steps
    letters = list(string.ascii_uppercase)
    keys = [str(key) for key in rng.permutation(letters if many <= len(letters) else WORDS)[:many]]
    table = {key: str(rng.integers(10)) for key in keys}
    order = [str(key) for key in rng.permutation(keys)]
    warm, free = order[:WARM_KEYS], order[WARM_KEYS:]
    queries = [*warm, *(str(key) for key in rng.choice(warm, WARM_UP - WARM_KEYS))]
    text = table_text(table) + "".join(f"{key}: {table[key]}\n" for key in queries)
    return Walk(asker.opening(text), rng, free, DIGITS), [table[key] for key in free]


def counting_walk(asker: Asker, seed: int, number: int, steps: int) -> tuple[Walk, list[str]]:
    """Return a count by one with its index to go on with, and what the index asks for."""
    rng = np.random.default_rng([seed, 2, number])
    first = int(rng.integers(11, min(60, MOST_COUNT + 1 - WARM_UP - steps)))
    text = "".join(f"{n}: {first + n}\n" for n in range(1, WARM_UP + 1))
    lines = range(WARM_UP + 1, WARM_UP + steps + 1)
    walk = Walk(asker.opening(text), rng, [str(n) for n in lines], COUNTS)
    return walk, [str(first + n) for n in lines]


def write_on(asker: Asker, walks: Sequence[Walk]) -> None:
    """Let walks of equal length write all their lines, side by side."""
    ways: dict[tuple[str, ...], list[Path]] = {}
    for walk in walks:
        if walk.values not in ways:
            ways[walk.values] = [_ids_of(asker, walk, value) for value in walk.values]
    steps = len(walks[0].keys)
    for step in range(steps):
        for walk in walks:
            walk.go_on(asker.after(walk.path, f"{walk.keys[step]}:"), Part.GIVEN)
            walk.masses.append(1.0)
        left = {n: ways[walk.values] for n, walk in enumerate(walks)}
        place = 0
        while left:
            left = _draw(asker, walks, left, place)
            place += 1
        if step == steps - 1:
            _settle_last(asker, walks)
        for walk in walks:
            walk.go_on(asker.after(walk.path, "\n"), Part.END)


def _settle_last(asker: Asker, walks: Sequence[Walk]) -> None:
    """Read the ends of last values that had no other way: no next line reads them."""
    left = [walk for walk in walks if walk.unread]
    answers = asker.chances([(walk.path, walk.since, ()) for walk in left]) if left else []
    for walk, (logprobs, _) in zip(left, answers, strict=True):
        walk.settle(logprobs)


def _ids_of(asker: Asker, walk: Walk, value: str) -> Path:
    asked = asker.after(walk.path, f"{walk.keys[0]}:")
    return tuple(token.id for token in asker.after(asked, f" {value}")[len(asked) :])


def _draw(
    asker: Asker, walks: Sequence[Walk], left: Mapping[int, list[Path]], place: int
) -> dict[int, list[Path]]:
    """Draw each walk's token at `place` among the ways `left` to it; return those still left."""
    choices = {n: tuple(dict.fromkeys(way[place] for way in ways)) for n, ways in left.items()}
    open_ones = [n for n, ids in choices.items() if len(ids) > 1]
    answers = (
        asker.chances([(walks[n].path, walks[n].since, choices[n]) for n in open_ones])
        if open_ones
        else []
    )
    chosen: dict[int, TokenId] = {n: ids[0] for n, ids in choices.items()}
    for n, (own, chances) in zip(open_ones, answers, strict=True):
        walk = walks[n]
        walk.settle(own)
        mass = float(chances.sum())
        walk.masses[-1] *= mass
        drawn = int(np.searchsorted(np.cumsum(chances) / mass, walk.rng.random()))
        chosen[n] = choices[n][min(drawn, len(chances) - 1)]
    still: dict[int, list[Path]] = {}
    for n, ways in left.items():
        walk = walks[n]
        path = (*walk.path, asker.engine.vocabulary[chosen[n]])
        if len(choices[n]) > 1:
            walk.path = path
        else:
            walk.go_on(path, Part.FORCED)
        kept = [way for way in ways if way[place] == chosen[n]]
        if len(kept[0]) == place + 1:
            walk.drawn.append(_text_of(asker, kept[0]))
        else:
            still[n] = kept
    return still


def _text_of(asker: Asker, way: Path) -> str:
    return b"".join(asker.engine.vocabulary[one].piece for one in way).decode().strip()


def label_counts(drawn: Sequence[str], right: Sequence[str], before: int) -> list[Label]:
    """Label the steps of a count by one; `before` was the last value of the warm-up."""
    labels: list[Label] = []
    last, true = before, before
    for value, wanted in zip(drawn, right, strict=True):
        written, index = int(value), int(wanted)
        if written == index:
            labels.append(Label.CORRECT if last == true else Label.RESTORED)
        else:
            follows = last != true and written == last + 1
            labels.append(Label.PROPAGATED if follows else Label.LOCAL)
        last, true = written, index
    return labels


def told(name: str, walk: Walk, labels: Sequence[Label], right: Sequence[str]) -> dict[str, Value]:
    """Return what a finished walk leaves in its row."""
    state = [float(value != wanted) for value, wanted in zip(walk.drawn, right, strict=True)]
    return {
        f"{name} written": list(walk.drawn),
        f"{name} labels": [label.value for label in labels],
        f"{name} local error": [float(label is Label.LOCAL) for label in labels],
        f"{name} wrong": state,
        f"{name} valid mass": list(walk.masses),
        f"{name} line end": list(walk.line_ends),
    }
