"""The branches behind one item of a run: what was written before the model was asked."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

import numpy as np

from core.branches import Role
from core.engine import Engine, Floors, Path
from core.known_error import KnownError
from core.lab.asking import Asker, Tokens
from core.lab.belief import branch_texts
from core.lab.experiment import Dropped, Settings
from core.lab.facts import Fact
from core.lab.registry import find_experiment
from core.lab.statistics.intervals import Floats
from core.lab_products import Limb, Traced, Wish
from core.lab_running import CutEngine, CutError, settings_of
from core.products import Aside, Product, Spent
from core.tokens import text_of
from core.tree import Origin


class Tracer(Asker):
    """Notes the texts of a measurement. What is not needed to write them is not read.

    With `reads`, scores are the model's own: a measurement may draw from them what comes next.
    """

    def __init__(self, engine: Engine, *, reads: bool) -> None:
        super().__init__(engine)
        self.openings: list[Tokens] = []
        self.contrasts: list[tuple[Tokens, tuple[Tokens, ...]]] = []
        self.longest: Tokens = ()
        self._reads = reads

    def opening(self, text: str) -> Tokens:
        """Split a text that begins a path, and note it."""
        path = super().opening(text)
        self.openings.append(path)
        return path

    def after(self, path: Tokens, text: str) -> Tokens:
        """Return `path` with `text` behind it, and note the longest."""
        whole = super().after(path, text)
        self.longest = max(self.longest, whole, key=len)
        return whole

    def score(self, endings: Sequence[tuple[Tokens, str]]) -> list[float]:
        """Return the model's scores, or zeros where they decide nothing."""
        return super().score(endings) if self._reads else [0.0] * len(endings)

    def distances(self, reference: Tokens, others: Sequence[Tokens], text: Path) -> Floats:
        """Note what is held against what."""
        self.contrasts.append((reference, tuple(others)))
        return np.zeros((len(others), len(text) + 1))

    def floors(self, path: Tokens) -> Floors:
        """Measure nothing."""
        del path
        return Floors(0.0, 0.0, 0.0, 0.0, 0.0)


def trace(engine: Engine, wish: Wish, item: str, cut: threading.Event) -> Iterator[Product]:
    """Write an item's branches again; yield them as `Traced` in an `Aside`.

    Raises `KnownError` when the run has no such item.
    """
    settings = settings_of(wish)
    counting = CutEngine(engine, cut)
    try:
        limbs = _limbs(counting, wish, settings, item)
    except CutError:
        return
    yield from (Spent(meter) for meter in counting.spent)
    yield Aside(Traced(tuple(limbs)))


def _limbs(engine: Engine, wish: Wish, settings: Settings, item: str) -> list[Limb]:
    name = wish.experiment
    if name == "belief":
        return _belief(Asker(engine), _fact(settings, item))
    tracer = Tracer(engine, reads=name != "steps")
    task = next((t for t in find_experiment(name).tasks(settings) if t.key == item), None)
    if task is None:
        raise KnownError(f"This run has no item {item}: choose another row.")
    with suppress(Dropped):  # its texts were written all the same
        task.measure(tracer)
    return _LABELS.get(name, _unlabelled)(tracer)


def _fact(settings: Settings, item: str) -> Fact:
    for fact in settings.facts:
        if fact.key == item:
            return fact
    raise KnownError(f"The run's fact pack has no item {item}: choose another row.")


def _belief(asker: Asker, fact: Fact) -> list[Limb]:
    return [
        Limb(role, Role(role), asker.opening(text), _origin(Role(role)))
        for role, text in branch_texts(fact).items()
    ]


def _influence(tracer: Tracer) -> list[Limb]:
    clean, others = tracer.contrasts[0]
    placebo, swapped = tracer.contrasts[1]
    names = ["error", "control", "ceiling"] if len(others) == 3 else ["error", "ceiling"]
    limbs = [Limb("clean", Role.CLEAN, clean, Origin.CHOSEN)]
    for name, path in zip(names, others, strict=True):
        role = Role.OTHER if name == "ceiling" else Role(name)
        limbs.append(Limb(name, role, path))
    limbs.append(Limb("placebo, right word", Role.PLACEBO, placebo))
    limbs.append(Limb("placebo, wrong word", Role.PLACEBO, swapped[0]))
    return limbs


STEP_ARMS = (
    ("look-up, clean", Role.CLEAN),
    ("look-up, 1 error", Role.ERROR),
    ("look-up, 4 errors", Role.ERROR),
    ("look-up, placebo of 1", Role.PLACEBO),
    ("look-up, placebo of 4", Role.PLACEBO),
    ("counting, error", Role.ERROR),
    ("counting, clean", Role.CLEAN),
)
"""The texts of one item of `steps` in the order in which it begins them."""


def _steps(tracer: Tracer) -> list[Limb]:
    if len(tracer.openings) != len(STEP_ARMS):
        return _unlabelled(tracer)
    return [
        Limb(name, role, path, _origin(role))
        for (name, role), path in zip(STEP_ARMS, tracer.openings, strict=True)
    ]


def _compounding(tracer: Tracer) -> list[Limb]:
    table, whole = tracer.openings[0], tracer.longest
    return [
        Limb("table and warm-up", Role.BASE, table, Origin.PROMPT),
        Limb("free run", Role.OTHER, whole, Origin.SAMPLED),
    ]


def _unlabelled(tracer: Tracer) -> list[Limb]:
    """Name branches after their last words: for an experiment without names of its own."""
    paths = list(dict.fromkeys(tracer.openings))
    return [Limb(" ".join(text_of(path).split()[-4:]), Role.OTHER, path) for path in paths if path]


_LABELS: dict[str, Callable[[Tracer], list[Limb]]] = {
    "influence": _influence,
    "steps": _steps,
    "compounding": _compounding,
}


def _origin(role: Role) -> Origin:
    return Origin.CHOSEN if role is Role.CLEAN else Origin.INSERTED
