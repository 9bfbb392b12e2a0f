"""Whether a model takes an error back by itself: free continuations in four arms, and their end.

Each arm has a twin in which the truth stands in place of the error, grown with the same noise:
without the false corrections there, a rate of corrections says nothing.
"""

from collections.abc import Sequence

from core.engine import End, Turn
from core.lab.asking import Asker, Tokens
from core.lab.end_states import Answers, end_of
from core.lab.experiment import Experiment, Settings, Task, Values
from core.lab.facts import Fact
from core.lab.known_facts import (
    FILLER,
    apart_or_drop,
    inserted_weights,
    knows_or_drop,
    rivals_of,
    shuffled,
)
from core.lab.recovery_ends import FIRST_RUN, LENGTH, SAMPLES, WAIT, twin
from core.lab.recovery_outcome import analyse_recovery
from core.sampling import Stream
from core.tokens import Token, text_of

ASKED = "Finish this sentence: {stem} …"
MARKER_TEXT = " Wait,"
AROUND = (FILLER, ASKED, MARKER_TEXT)
"""What is written around a fact."""


def arm_paths(asker: Asker, fact: Fact) -> dict[str, Tokens]:
    """Return where each arm begins to grow, its twin included.

    With a chat template the model's own turn is the assistant's, left open after the statement;
    the user's turn states the same and the assistant's is opened. Without one there is no user,
    and the statement follows the lead-in as plain text.
    """
    paths: dict[str, Tokens] = {}
    for answer, right in ((fact.wrong[0], False), (fact.true[0], True)):
        said = f"{fact.stem} {answer}."
        if asker.engine.card.chat_template:
            asked = Turn("user", ASKED.format(stem=fact.stem))
            own = asker.chat((asked, Turn("assistant", said)))
            user = asker.chat((Turn("user", said),))
        else:
            own, user = asker.opening(f"{fact.lead_in} {said}"), None
        for arm, path in (("own", own), ("user", user), (WAIT, asker.after(own, MARKER_TEXT))):
            if path is not None:
                paths[twin(arm) if right else arm] = path
    return paths


def _fork(asker: Asker, fact: Fact) -> Tokens:
    """Return the model's own turn up to where the answer begins."""
    if asker.engine.card.chat_template:
        asked = Turn("user", ASKED.format(stem=fact.stem))
        return asker.chat((asked, Turn("assistant", fact.stem)))
    return asker.opening(f"{fact.lead_in} {fact.stem}")


def _measure(
    asker: Asker, fact: Fact, rivals: tuple[str, ...], *, seed: int, settings: Settings
) -> Values:
    apart_or_drop(fact, (*AROUND, settings.preamble))
    known = knows_or_drop(asker, fact, rivals)
    paths = arm_paths(asker, fact)
    extent = settings.extent or FIRST_RUN
    noise = [None, *(Stream(seed, number) for number in range(extent.samples))]
    grown = asker.grow([(path, one) for path in paths.values() for one in noise], extent.length)
    answers = Answers(fact.true, fact.wrong[0], rivals)
    values: dict[str, float | list[float] | list[str]] = {
        "probes known": known,
        **inserted_weights(asker, fact, _fork(asker, fact)),
    }
    for place, arm in enumerate(paths):
        mine = grown[place * len(noise) : (place + 1) * len(noise)]
        ends = [
            end_of(
                _text(tokens),
                answers,
                marked=WAIT in arm,
                ended=end is End.END_OF_TEXT,
            )
            for tokens, end in mine
        ]
        values[f"{arm} states"] = [end.state.value for end in ends]
        values[f"{arm} tokens"] = [
            float(_tokens_to(tokens, end.at)) for (tokens, _), end in zip(mine, ends, strict=True)
        ]
        values[f"{arm} texts"] = [_text(tokens) for tokens, _ in mine]
    return values


def _text(tokens: Sequence[Token]) -> str:
    return text_of([token for token in tokens if not token.special])


def _tokens_to(tokens: Sequence[Token], characters: int) -> int:
    """Return how many tokens it takes to write so many characters; at least one."""
    for many in range(1, len(tokens)):
        if len(_text(tokens[:many])) >= characters:
            return many
    return max(1, len(tokens))


def _tasks(settings: Settings) -> tuple[Task, ...]:
    facts = shuffled(settings.facts, settings.seed)
    rivals = rivals_of(settings.facts)

    def task(number: int) -> Task:
        fact = facts[number]
        others = (*fact.wrong[1:], *rivals[fact.key])
        # The key of the noise has 64 bits: of a seed too large for it the lowest stay.
        seed = (settings.seed * 1_000_003 + number) % 2**63
        return Task(
            fact.key, lambda asker: _measure(asker, fact, others, seed=seed, settings=settings)
        )

    return tuple(task(number) for number in range(len(facts)))


RECOVERY = Experiment(
    name="recovery",
    purpose="whether a model takes an error back by itself, against corrections of what was right",
    method="Facts that the model knows. The error stands in the model's own turn, in the user's,"
    " or in its own with “Wait,” behind it; each arm has a twin in which the truth stands instead."
    f" One greedy continuation and samples at T = 1 ({SAMPLES} of {LENGTH} tokens in a first run,"
    " 5 of 40 at standard size), with the same noise in every arm; each has exactly one end state,"
    " by rules. Rates count the samples; a chat template is applied where the model has one.",
    quick=24,
    tasks=_tasks,
    analyse=analyse_recovery,
    chat=True,
)
