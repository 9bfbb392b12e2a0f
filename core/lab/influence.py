"""How long an error shows in the distributions after it, against changes that are no errors."""

import math

from core.lab.asking import Asker, Tokens
from core.lab.experiment import Experiment, Settings, Task, Values
from core.lab.facts import Fact
from core.lab.influence_outcome import LENGTH, MATCHED_BITS, analyse_influence
from core.lab.known_facts import shuffled

SUFFIXES = (
    (
        ". The train left the station a few minutes late, and most of the passengers were reading"
        " or looking out of the window while the fields went by under a grey sky."
    ),
    (
        ". To make the soup, cut two onions into small pieces, warm some oil in a pot, add the"
        " onions with a little salt, and stir them slowly until they are soft and golden."
    ),
    (
        ". In the second half of the meeting the members talked about the new roof, about who would"
        " pay for it, and about the letters that had arrived since the summer."
    ),
    (
        ". She put the keys on the table, took off her coat, and listened for a while to the rain"
        " before she went into the kitchen to see whether anybody was at home."
    ),
)
"""Neutral texts in four styles, forced after every branch."""


def _measure(asker: Asker, fact: Fact, other: Fact, *, first: bool) -> Values:
    prompt = asker.opening(f"{fact.lead_in} {fact.stem}")
    clean = asker.after(prompt, f" {fact.true[0]}")
    error = asker.after(prompt, f" {fact.wrong[0]}")
    surprise = {
        "error": asker.score([(prompt, f" {fact.wrong[0]}")])[0],
    }
    others: dict[str, Tokens] = {"error": error}
    control = _control(asker, prompt, fact, surprise["error"])
    if control is not None:
        others["control"] = control
    others["ceiling"] = asker.opening(f"{other.lead_in} {other.stem} {other.true[0]}")
    carrier = asker.opening(f"{fact.lead_in} {fact.carrier}")
    placebo = [asker.after(carrier, f" {answer}") for answer in (fact.true[0], fact.wrong[0])]
    found: dict[str, list[list[float]]] = {}
    for suffix in SUFFIXES:
        text = asker.engine.tokenize(suffix)[:LENGTH]
        read = asker.contrasts(clean, list(others.values()), text)
        harmless = asker.contrasts(placebo[0], placebo[1:], text)
        for place, arm in enumerate(others):
            found.setdefault(arm, []).append(read[0, place].tolist())
        found.setdefault("placebo", []).append(harmless[0, 0].tolist())
        for arm, table in (("error", read[:, 0]), ("placebo", harmless[:, 0])):
            found.setdefault(f"{arm} KL", []).append(table[1].tolist())
            found.setdefault(f"{arm} flips", []).append(table[2].tolist())
    values: dict[str, float | list[float] | list[list[float]]] = {
        "ln P(error)": surprise["error"],
        **found,
        **_own_words(asker, clean, error),
    }
    if first:
        floors = asker.floors(asker.after(clean, "".join(SUFFIXES)))
        values["repeat floor"] = floors.repeat_sqrt_js
        values["rounding floor"] = floors.rounding_sqrt_js
        values["rounding floor, median"] = floors.rounding_median
    return values


def _own_words(asker: Asker, clean: Tokens, error: Tokens) -> dict[str, list[float]]:
    """Return √JS between the branches while either one's own greedy text is forced on both.

    The clean branch's words speak against the error, the error's own for it. They are cut where
    the model ends its text.
    """
    grown = asker.grow([(clean, None), (error, None)], LENGTH)
    return {
        f"error, {whose} words": asker.contrasts(
            clean, [error], tuple(token.id for token in tokens if not token.special)
        )[0, 0].tolist()
        for whose, (tokens, _) in zip(("clean's", "its own"), grown, strict=True)
    }


def _control(asker: Asker, prompt: Tokens, fact: Fact, logprob: float) -> Tokens | None:
    """Return the branch of a small-letter word within 1 bit of the error's surprise, or None."""
    answers = {answer.lower() for answer in (*fact.true, *fact.wrong)}
    best: tuple[float, Tokens] | None = None
    for token, candidate in asker.candidates(prompt, 4000):
        word = token.piece.decode("utf-8", errors="replace")
        if not (word[:1] == " " and word[1:].isalpha() and word.islower()):
            continue
        off = abs(candidate - logprob) / math.log(2)
        if word.strip() not in answers and (best is None or off < best[0]):
            best = (off, (*prompt, token))
    return best[1] if best is not None and best[0] <= MATCHED_BITS else None


def _tasks(settings: Settings) -> tuple[Task, ...]:
    facts = shuffled(settings.facts, settings.seed)

    def task(number: int) -> Task:
        fact, other = facts[number], facts[(number + len(facts) // 2) % len(facts)]
        return Task(fact.key, lambda asker: _measure(asker, fact, other, first=number == 0))

    return tuple(task(number) for number in range(len(facts)))


INFLUENCE = Experiment(
    name="influence",
    purpose="how long an error shows in what the model expects, against harmless changes",
    method=f"The same {LENGTH} neutral tokens in four styles forced after each branch; √JS to the"
    " clean branch over the whole vocabulary. Placebo: the same two words in a carrier where"
    " neither is false. Control: a word as surprising as the error. Ceiling: an unrelated fact."
    " JS is averaged over the four texts; its roots have their geometric mean over facts. Besides,"
    " either branch's own greedy words are forced after both.",
    quick=16,
    tasks=_tasks,
    analyse=analyse_influence,
)
