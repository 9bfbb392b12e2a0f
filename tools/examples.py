"""Builds the example sessions that ship with the app, from the starter model: `make examples`.

Everything in them is made by the window's own verbs, from the texts below.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from core.branches import Role
from core.engine import Answer, ModelCard, Request, Turn
from core.engine import Path as TokenPath
from core.forks import DEFAULT_FORK, ForkSpec
from core.sampling import GREEDY
from core.tokens import Vocabulary
from core.tree import NodeId
from core.workbench import Workbench
from gui.session_commands import workbench_on
from models.catalog import starter_model
from models.engine_process import EngineProcess

FOLDER = Path(__file__).resolve().parent.parent / "assets" / "examples"

FRANCE = ForkSpec(
    prompt="The capital of France is",
    right=" Paris",
    wrong=" Berlin",
    control=" a",
    mention=" a city. Some people have heard of Berlin",
    probe=".\nIn fact, the capital of France is",
    tokens=24,
)
SUM = ForkSpec(
    prompt="Mia buys 3 boxes with 4 pencils in each box, and gives 2 pencils away.\n"
    "First, the number of pencils in 3 boxes of 4 is",
    right=" 12",
    wrong=" 14",
    control=" the",
    mention=" not hard to find. Some people say the number 14",
    probe=".\nIn other words, 3 times 4 is",
    tokens=48,
)
LANGUAGES = {
    "English": "The sun rises in the",
    "French": "Le soleil se lève à l'",
    "German": "Die Sonne geht im",
    "Spanish": "El sol sale por el",
    "Russian": "Солнце встаёт на",
    "Japanese": "太陽は東から",
    "Arabic": "الشمس تشرق من",
}


@dataclass(frozen=True, slots=True)
class Unplaced:
    """An engine whose card does not tell where its file lies on the machine that builds."""

    engine: EngineProcess

    @property
    def card(self) -> ModelCard:
        """What is loaded."""
        return replace(self.engine.card, path="")

    @property
    def vocabulary(self) -> Vocabulary:
        """All tokens."""
        return self.engine.vocabulary

    def tokenize(self, text: str) -> TokenPath:
        """Split text."""
        return self.engine.tokenize(text)

    def render_chat(self, turns: tuple[Turn, ...]) -> TokenPath:
        """Return a conversation as tokens."""
        return self.engine.render_chat(turns)

    def ask(self, request: Request) -> Iterator[Answer]:
        """Yield answers."""
        return self.engine.ask(request)

    def close(self) -> None:
        """Let the model go."""
        self.engine.close()


def _note(bench: Workbench, role: Role, words: str) -> None:
    fork = bench.fork
    assert fork is not None, "a fork was told"
    bench.note(fork.branches[role], words)
    bench.bookmark(fork.branches[role], True)


def _ceo(bench: Workbench) -> None:
    bench.tell_fork(replace(DEFAULT_FORK, tokens=24))
    bench.watch(["Facebook"], ["Apple"])
    _note(bench, Role.ERROR, "The wrong turn. Does the text find back to Facebook?")
    _note(bench, Role.MENTION, "Apple is only mentioned: how much does that alone change?")


def _france(bench: Workbench) -> None:
    bench.tell_fork(FRANCE)
    bench.watch(["Paris"], ["Berlin"])
    _note(bench, Role.ERROR, "After this, compare what the model says the capital is.")


def _sum(bench: Workbench) -> None:
    bench.tell_fork(SUM)
    bench.watch(["12", "10"], ["14"])
    _note(bench, Role.ERROR, "One wrong number in the first step: is it carried on?")


def _languages(bench: Workbench) -> None:
    tips: list[NodeId] = []
    for text in LANGUAGES.values():
        told: list[NodeId] = []

        def plant(preview: object, to: list[NodeId] = told) -> None:
            to.append(bench.start_prompt(preview.tokens))  # type: ignore[attr-defined]

        bench.preview(NodeId(0), text, plant)
        tips += told
    bench.continue_from(tips, tokens=12, sampler=GREEDY, seed=0)
    for language, tip in zip(LANGUAGES, tips, strict=True):
        for grown in bench.visible_children(tip):
            if grown in bench.branches:
                bench.rename(grown, language)
    bench.note(tips[0], "The same sentence in seven languages: more tokens, and more surprise.")


EXAMPLES = {
    "ceo": _ceo,
    "france": _france,
    "arithmetic": _sum,
    "languages": _languages,
}


def main() -> int:
    """Write every example anew, or those that are named."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    engine = Unplaced(EngineProcess(starter_model(), lambda _: True, lambda: None))
    try:
        wanted = sys.argv[1:] or list(EXAMPLES)
        for name, build in EXAMPLES.items():
            if name not in wanted:
                continue
            path = FOLDER / f"{name}.swerve"
            path.unlink(missing_ok=True)
            with workbench_on(path, engine) as bench:
                build(bench)
            path.with_name(f"{path.name}.lock").unlink(missing_ok=True)
            print(f"{path.name}: {path.stat().st_size:,} bytes")
    finally:
        engine.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
