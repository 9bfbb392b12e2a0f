"""The work of a run: items measured one by one, told as they are whole; stopped at any answer."""

import json
import threading
from collections.abc import Iterator

from core.engine import Answer, Engine, Meter, ModelCard, Path, Request, Turn
from core.lab.experiment import Progress, Row, Settings, run
from core.lab.facts import Fact, parse_facts
from core.lab.registry import find_experiment
from core.lab_products import Choices, Measured, Paced, Wish
from core.products import Aside, Product, Spent
from core.tokens import Vocabulary


class CutError(Exception):
    """The run was stopped while an item was being measured."""


class CutEngine:
    """An engine whose answers end with `CutError` once `cut` is set; adds up what they cost."""

    def __init__(self, engine: Engine, cut: threading.Event) -> None:
        self._engine = engine
        self._cut = cut
        self.spent: list[Meter] = []

    @property
    def card(self) -> ModelCard:
        """What is loaded."""
        return self._engine.card

    @property
    def vocabulary(self) -> Vocabulary:
        """All tokens."""
        return self._engine.vocabulary

    def tokenize(self, text: str) -> Path:
        """Split a text."""
        return self._engine.tokenize(text)

    def render_chat(self, turns: tuple[Turn, ...]) -> Path:
        """Return a conversation as tokens."""
        return self._engine.render_chat(turns)

    def ask(self, request: Request) -> Iterator[Answer]:
        """Yield answers until the run is cut; then the request is cancelled."""
        if self._cut.is_set():
            raise CutError
        answers = self._engine.ask(request)
        try:
            for answer in answers:
                if self._cut.is_set():
                    raise CutError
                if isinstance(answer, Meter):
                    self.spent.append(answer)
                yield answer
        finally:
            close = getattr(answers, "close", None)
            if close is not None:
                close()

    def close(self) -> None:
        """Do nothing: the engine belongs to others."""


def settings_of(wish: Wish) -> Settings:
    """Return what a run is made of. Raises `KnownError` when its pack is none."""
    facts = parse_facts(wish.facts, wish.facts_name) if wish.facts else ()
    return settings_with(facts, wish.seed, wish.items, wish.choices)


def settings_with(facts: tuple[Fact, ...], seed: int, items: int, choices: Choices) -> Settings:
    """Return what a run is made of, with what was chosen beside its size."""
    return Settings(facts, seed, items, choices.tasks, choices.extent, choices.preamble)


def measure(engine: Engine, wish: Wish, cut: threading.Event) -> Iterator[Product]:
    """Measure the items that are missing; yield `Measured` and `Paced` as `Aside`.

    Ends without an error when it is cut: what was measured so far has been told.
    """
    settings = settings_of(wish)
    counting = CutEngine(engine, cut)
    done = tuple(Row(row.item, json.loads(row.values), row.dropped) for row in wish.rows)
    try:
        for found in run(counting, find_experiment(wish.experiment), settings, done):
            match found:
                case Row(item, values, why):
                    text = json.dumps(dict(values), ensure_ascii=False)
                    yield Aside(Measured(item, why, text))
                case Progress():
                    yield from (Spent(meter) for meter in counting.spent)
                    counting.spent.clear()
                    yield Aside(
                        Paced(
                            found.done,
                            found.tokens_read,
                            found.seconds,
                            found.seconds_left,
                            found.tokens_once,
                            found.seconds_once,
                        )
                    )
    except CutError:
        return
