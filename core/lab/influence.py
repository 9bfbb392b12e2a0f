"""How long an error shows in the distributions after it, against changes that are no errors."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from core.lab.asking import Asker, Tokens
from core.lab.experiment import Experiment, Settings, Task, Values
from core.lab.facts import Fact
from core.lab.influence_outcome import LENGTH, MATCHED_BITS, analyse_influence
from core.lab.known_facts import (
    FILLER,
    apart_or_drop,
    inserted_weights,
    knows_or_drop,
    rivals_of,
    shuffled,
)
from core.lab_plans import Extent

QUICK = Extent(LENGTH)
"""Tokens after the fork, where a run does not say how many."""

SUFFIXES = (
    (
        ". The train left the station some minutes behind time, and most of the passengers were"
        " reading or looking through the windows while the fields passed by under a grey sky. A"
        " guard walked along the corridor, checked the tickets, and told a traveller that the next"
        " stop would be reached before noon. Somebody at the front unpacked a lunch, and a"
        " passenger beside the door began to hum a song."
    ),
    (
        ". To make the soup, cut the onions into pieces, warm some oil in a pot, add the onions"
        " with a pinch of salt, and stir them gently until they are golden. Pour in a litre of"
        " stock, put in the potatoes and the carrots, and let everything simmer for half an hour."
        " Taste it, season it with pepper and herbs, and serve it in deep bowls with a slice of"
        " bread."
    ),
    (
        ". In the second half of the meeting the members talked about the roof, about who would pay"
        " for it, and about the letters that had arrived since the summer. The chairman asked for"
        " patience, the treasurer read her report aloud, and after a long discussion the plan was"
        " accepted with a few changes. Before they parted, they agreed to meet again soon and to"
        " invite the neighbours."
    ),
    (
        ". She put the keys on the table, hung up her coat, and listened for a while to the rain"
        " before she walked into the kitchen to look whether anybody was at home. The radio was on,"
        " a pan stood in the sink, and a note on the fridge said that dinner would be at the usual"
        " time. She sat beside the window, opened a book, and read until the doorbell rang."
    ),
)
"""Neutral texts in four styles, forced after every branch; each has more than 64 tokens."""


@dataclass(frozen=True, slots=True)
class Branches:
    """The branches of a fact: what precedes its answer, what is held against `clean`, a placebo.

    `others` are by name: the error, a control where one was found, and the ceiling.
    """

    prompt: Tokens
    clean: Tokens
    others: dict[str, Tokens]
    placebo: tuple[Tokens, Tokens]


def branches_of(asker: Asker, settings: Settings, fact: Fact) -> Branches:
    """Write a fact's branches; the ceiling is another fact of the run, far from it in its order."""
    facts = shuffled(settings.facts, settings.seed)
    other = facts[(facts.index(fact) + len(facts) // 2) % len(facts)]
    prompt = asker.opening(f"{fact.lead_in} {fact.stem}")
    error = asker.after(prompt, f" {fact.wrong[0]}")
    others: dict[str, Tokens] = {"error": error}
    control = control_of(asker, prompt, fact, rivals_of(settings.facts)[fact.key])
    if control is not None:
        others["control"] = control
    others["ceiling"] = asker.opening(f"{other.lead_in} {other.stem} {other.true[0]}")
    carrier = asker.opening(f"{fact.lead_in} {fact.carrier}")
    return Branches(
        prompt,
        asker.after(prompt, f" {fact.true[0]}"),
        others,
        (
            asker.after(carrier, f" {fact.true[0]}"),
            asker.after(carrier, f" {fact.wrong[0]}"),
        ),
    )


def _measure(asker: Asker, settings: Settings, fact: Fact) -> Values:
    apart_or_drop(fact, (FILLER, *SUFFIXES, settings.preamble))
    known = knows_or_drop(asker, fact, rivals_of(settings.facts)[fact.key])
    length = (settings.extent or QUICK).length
    branches = branches_of(asker, settings, fact)
    clean, error = branches.clean, branches.others["error"]
    found: dict[str, list[list[float]]] = {}
    for suffix in SUFFIXES:
        text = asker.engine.tokenize(suffix)[:length]
        read = asker.contrasts(clean, list(branches.others.values()), text)
        harmless = asker.contrasts(branches.placebo[0], branches.placebo[1:], text)
        for place, arm in enumerate(branches.others):
            found.setdefault(arm, []).append(read[0, place].tolist())
        found.setdefault("placebo", []).append(harmless[0, 0].tolist())
        for arm, table in (("error", read[:, 0]), ("placebo", harmless[:, 0])):
            found.setdefault(f"{arm} KL", []).append(table[1].tolist())
            found.setdefault(f"{arm} flips", []).append(table[2].tolist())
    return {
        "probes known": known,
        **inserted_weights(asker, fact, branches.prompt),
        **found,
        **_own_words(asker, clean, error, length),
    }


def _floors(asker: Asker, settings: Settings) -> Values:
    fact = shuffled(settings.facts, settings.seed)[0]
    clean = asker.opening(f"{fact.lead_in} {fact.stem} {fact.true[0]}")
    floors = asker.floors(asker.after(clean, "".join(SUFFIXES)))
    return {
        "repeat floor": floors.repeat_sqrt_js,
        "rounding floor": floors.rounding_sqrt_js,
        "rounding floor, median": floors.rounding_median,
    }


def _own_words(asker: Asker, clean: Tokens, error: Tokens, length: int) -> dict[str, list[float]]:
    """Return √JS between the branches while either one's own greedy text is forced on both.

    The clean branch's words speak against the error, the error's own for it. They are cut where
    the model ends its text.
    """
    grown = asker.grow([(clean, None), (error, None)], length)
    return {
        f"error, {whose} words": asker.contrasts(
            clean, [error], tuple(token.id for token in tokens if not token.special)
        )[0, 0].tolist()
        for whose, (tokens, _) in zip(("clean's", "its own"), grown, strict=True)
    }


def control_of(asker: Asker, prompt: Tokens, fact: Fact, rivals: Sequence[str]) -> Tokens | None:
    """Return the branch of a small-letter word within 1 bit of the error's surprise, or None.

    No answer of the relation is one, right or wrong.
    """
    logprob = asker.score([(prompt, f" {fact.wrong[0]}")])[0]
    answers = {answer.lower() for answer in (*fact.true, *fact.wrong, *rivals)}
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
    return tuple(Task(fact.key, partial(_measure, settings=settings, fact=fact)) for fact in facts)


INFLUENCE = Experiment(
    name="influence",
    purpose="how long an error shows in what the model expects, against harmless changes",
    method="Facts that the model knows. The same neutral tokens in four styles forced after each"
    " branch (32 in a first run, 64 at standard size); √JS to the"
    " clean branch over the whole vocabulary. Placebo: the same two words in a carrier where"
    " neither is false. Control: a word as surprising as the error that is no answer of its"
    " relation. Ceiling: an unrelated fact."
    " JS is averaged over the four texts; its roots have their geometric mean over facts. Besides,"
    " either branch's own greedy words are forced after both.",
    quick=16,
    tasks=_tasks,
    analyse=analyse_influence,
    floors=_floors,
)
