"""What a model holds true after an error: log-odds of truth against error, asked by probes.

No sampling. The error asserted is held against the same word merely mentioned, because any word
that was seen becomes likelier.
"""

from collections.abc import Mapping

from core.lab.asking import Asker, Tokens
from core.lab.belief_outcome import DISTANCES, analyse_belief
from core.lab.experiment import Experiment, Settings, Values
from core.lab.facts import Fact
from core.lab.known_facts import (
    FILLER,
    branch_texts,
    fact_tasks,
    inserted_weights,
    knows_or_drop,
    log_odds,
    shuffled,
)
from core.lab.log_odds_floor import held_to_floor, log_odds_floors

AFTERWARDS = (
    " It was the middle of the afternoon.",
    " Somebody opened a window, and the room became cooler.",
    " A while later everybody drove home.",
)


def _measure(asker: Asker, fact: Fact, rivals: tuple[str, ...]) -> Values:
    texts = branch_texts(fact)
    known = knows_or_drop(asker, fact, rivals)
    asked: list[Tokens] = []
    for text in texts.values():
        for distance in DISTANCES:
            tip = asker.opening(text + "".join(AFTERWARDS[:distance]))
            asked += [asker.after(tip, "\n" + probe) for probe in fact.probes]
    scores = log_odds(asker, fact, asked).reshape(len(texts), len(DISTANCES), len(fact.probes), 2)
    values: dict[str, list[list[float]]] = {}
    for branch, table in zip(texts, scores, strict=True):
        values[f"{branch} ln truth"] = table[..., 0].tolist()
        values[f"{branch} ln error"] = table[..., 1].tolist()
    return {
        "probes known": known,
        **inserted_weights(asker, fact, asker.opening(f"{fact.lead_in} {fact.stem}")),
        **values,
        **_passive(asker, fact, texts),
    }


def _floors(asker: Asker, settings: Settings) -> Values:
    fact = shuffled(settings.facts, settings.seed)[0]
    texts = [text + "".join(AFTERWARDS) for text in branch_texts(fact).values()]
    return log_odds_floors(asker, [*texts, *fact.probes])


def _passive(asker: Asker, fact: Fact, texts: Mapping[str, str]) -> dict[str, list[float]]:
    """Track both answers' first tokens along the neutral sentences, without a probe.

    Beside them, whether the likeliest token differs from the clean branch's at the same word.
    """
    tips = {branch: asker.opening(text) for branch, text in texts.items()}
    after = asker.engine.tokenize("".join(AFTERWARDS))
    tokens = asker.engine.vocabulary.tokens(after)
    words = tuple(
        asker.after(tips["base"], f" {answer}")[len(tips["base"])].id
        for answer in (fact.true[0], fact.wrong[0])
    )
    paths = [(*tip, *tokens) for tip in tips.values()]
    read = asker.along(paths, [len(tip) - 1 for tip in tips.values()], words)
    values: dict[str, list[float]] = {}
    for branch, table in zip(texts, read, strict=True):
        values[f"{branch} passive ln truth"] = table[:, 0].tolist()
        values[f"{branch} passive ln error"] = table[:, 1].tolist()
    others = ("mention", "error")
    flips = asker.contrasts(tips["clean"], [tips[branch] for branch in others], after)[2]
    for branch, row in zip(others, flips, strict=True):
        values[f"{branch} flips"] = row.tolist()
    return values


BELIEF = Experiment(
    name="belief",
    purpose="what the model holds true after an error, against a mere mention of it",
    method="Facts that the model knows (the truth first among the answers of its relation and 4 to"
    " 1 against the error, under at least two of three probes on the untouched branch). Four"
    " branches from the same lead-in: base, mention, clean, error; after 0, 1 and 3 neutral"
    " sentences whole answers are scored under three completion probes.",
    quick=24,
    tasks=lambda settings: fact_tasks(settings, _measure, (FILLER, *AFTERWARDS)),
    analyse=lambda rows, settings: held_to_floor(analyse_belief(rows, settings), rows),
    floors=_floors,
)
