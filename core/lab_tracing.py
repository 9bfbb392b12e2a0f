"""The branches behind one item of a run: what was written before the model was asked."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from core.branches import Role
from core.engine import Engine, Path
from core.known_error import KnownError
from core.lab.asking import Asker, Tokens, Weight
from core.lab.compounding import QUICK
from core.lab.experiment import Settings
from core.lab.facts import Fact
from core.lab.free_running import counting_walk, lookup_walk, write_on
from core.lab.influence import branches_of
from core.lab.known_facts import branch_texts
from core.lab.preamble import FACTUAL, NEUTRAL
from core.lab.recovery import arm_paths
from core.lab.recovery_ends import FIRST_RUN
from core.lab.statistics.intervals import Floats
from core.lab.step_tasks import StepTask
from core.lab.steps import STEPS, chosen_tasks
from core.lab_products import Limb, Traced, Wish
from core.lab_running import CutEngine, CutError, settings_of
from core.products import Aside, Product, Spent
from core.tree import Origin

NO_ITEM = "This run has no item {item}: choose another row."


def trace(engine: Engine, wish: Wish, item: str, cut: threading.Event) -> Iterator[Product]:
    """Write an item's branches again; yield them as `Traced` in an `Aside`.

    Raises `KnownError` when the run has no such item.
    """
    counting = CutEngine(engine, cut)
    try:
        limbs = LIMBS[wish.experiment](counting, settings_of(wish), item)
    except CutError:
        return
    yield from (Spent(meter) for meter in counting.spent)
    yield Aside(Traced(limbs))


class DryTracer(Asker):
    """Notes what a measurement begins, whose texts do not depend on what the model says."""

    def __init__(self, engine: Engine, preamble: str) -> None:
        super().__init__(engine, preamble)
        self.openings: list[Tokens] = []

    def opening(self, text: str) -> Tokens:
        """Split a text that begins a path, and note it."""
        path = super().opening(text)
        self.openings.append(path)
        return path

    def score(self, endings: Sequence[tuple[Tokens, str]]) -> list[float]:
        """Return zeros."""
        return [0.0] * len(endings)

    def chances(
        self, asked: Sequence[tuple[Tokens, int, Path]]
    ) -> list[tuple[list[float], Floats]]:
        """Return nothing that could come next."""
        return [([], np.zeros(len(ids))) for _, _, ids in asked]

    def weigh(self, inserted: Sequence[tuple[Tokens, Tokens]]) -> list[Weight]:
        """Return nothing of weight."""
        return [Weight(0.0, 1, 0.0, len(tokens)) for _, tokens in inserted]


def _fact(settings: Settings, item: str) -> Fact:
    for fact in settings.facts:
        if fact.key == item:
            return fact
    raise KnownError(NO_ITEM.format(item=item))


def _belief(engine: Engine, settings: Settings, item: str) -> tuple[Limb, ...]:
    asker = Asker(engine, settings.preamble)
    texts = branch_texts(_fact(settings, item))
    return tuple(_limb(role, Role(role), asker.opening(text)) for role, text in texts.items())


def _influence(engine: Engine, settings: Settings, item: str) -> tuple[Limb, ...]:
    asker = Asker(engine, settings.preamble)
    branches = branches_of(asker, settings, _fact(settings, item))
    right, wrong = branches.placebo
    return (
        _limb("clean", Role.CLEAN, branches.clean),
        *(
            _limb(name, Role.OTHER if name == "ceiling" else Role(name), path)
            for name, path in branches.others.items()
        ),
        _limb("right word", Role.PLACEBO, right),
        _limb("wrong word", Role.PLACEBO, wrong),
    )


STATE_ARMS = (("clean", Role.CLEAN), ("error", Role.ERROR), ("repaired", Role.OTHER))
"""The texts of a step task with a state, in the order in which it begins them."""


def _arms_of(task: StepTask) -> list[tuple[str, Role]]:
    if task.state:
        return [(f"{task.words}, {name}", role) for name, role in STATE_ARMS]
    roles = [
        Role.PLACEBO if is_placebo else Role.ERROR if dose else Role.CLEAN
        for _, dose, is_placebo in task.arms
    ]
    return [
        (f"{task.words}, {arm}", role) for (arm, *_), role in zip(task.arms, roles, strict=True)
    ]


def _steps(engine: Engine, settings: Settings, item: str) -> tuple[Limb, ...]:
    tracer = DryTracer(engine, settings.preamble)
    task = next((task for task in STEPS.tasks(settings) if task.key == item), None)
    if task is None:
        raise KnownError(NO_ITEM.format(item=item))
    task.measure(tracer)
    arms = [arm for task in chosen_tasks(settings) for arm in _arms_of(task)]
    limbs: dict[Tokens, Limb] = {}
    for (name, role), path in zip(arms, tracer.openings, strict=True):
        limbs.setdefault(path, _limb(name, role, path))  # what is repaired begins as the error does
    return tuple(limbs.values())


def _compounding(engine: Engine, settings: Settings, item: str) -> tuple[Limb, ...]:
    number = item.removeprefix("sequence ")
    if not number.isdigit():
        raise KnownError(NO_ITEM.format(item=item))
    asker = Asker(engine, settings.preamble)
    steps = (settings.extent or QUICK).length
    walks = [
        make(asker, settings.seed, int(number), steps)[0] for make in (lookup_walk, counting_walk)
    ]
    starts = [walk.path for walk in walks]
    write_on(asker, walks)
    return tuple(
        Limb(f"{name}, free run", Role.OTHER, walk.path, Origin.SAMPLED, title=len(start))
        for name, walk, start in zip(("look-up", "counting"), walks, starts, strict=True)
    )


def _recovery(engine: Engine, settings: Settings, item: str) -> tuple[Limb, ...]:
    asker = Asker(engine, settings.preamble)
    paths = arm_paths(asker, _fact(settings, item))
    length = (settings.extent or FIRST_RUN).length
    grown = asker.grow([(path, None) for path in paths.values()], length)
    return tuple(
        Limb(
            arm,
            Role.CLEAN if arm.startswith("clean") else Role.ERROR,
            (*path, *tokens),
            Origin.INSERTED,
            grown=len(tokens),
        )
        for (arm, path), (tokens, _) in zip(paths.items(), grown, strict=True)
    )


def _preamble(engine: Engine, settings: Settings, item: str) -> tuple[Limb, ...]:
    asker = Asker(engine, settings.preamble)
    texts = branch_texts(_fact(settings, item))
    return tuple(
        _limb(f"{kind}, {arm}", Role(arm), asker.opening(f"{wording} {texts[arm]}"))
        for kind, wording in (("factual", FACTUAL[0]), ("neutral", NEUTRAL[0]))
        for arm in ("clean", "error")
    )


def _limb(name: str, role: Role, tokens: Tokens) -> Limb:
    return Limb(name, role, tokens, Origin.CHOSEN if role is Role.CLEAN else Origin.INSERTED)


LIMBS: Mapping[str, Callable[[Engine, Settings, str], tuple[Limb, ...]]] = {
    "influence": _influence,
    "belief": _belief,
    "steps": _steps,
    "compounding": _compounding,
    "recovery": _recovery,
    "preamble": _preamble,
}
"""How an item's branches are written again, by experiment."""
