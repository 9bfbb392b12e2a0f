"""What a model holds true after an error: log-odds of truth against error, asked by probes.

No sampling. The error asserted is held against the same word merely mentioned, because any word
that was seen becomes likelier.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from core.lab.asking import Asker, Tokens
from core.lab.belief_outcome import DISTANCES, analyse_belief
from core.lab.experiment import Dropped, Experiment, Settings, Task, Values
from core.lab.facts import Fact
from core.lab.statistics.intervals import Floats

FILLER = "Such things are often talked about."
AFTERWARDS = (
    " It was late in the afternoon.",
    " Somebody opened a window, and the room became cooler.",
    " A little later everybody went home.",
)
KNOWN_ODDS = math.log(4)
LEAST_PROBES = 2


def branch_texts(fact: Fact) -> dict[str, str]:
    """Return the text of each branch, up to the end of its sentence."""
    return {
        "base": f"{fact.lead_in} {FILLER}",
        "mention": f"{fact.lead_in} {fact.mention}",
        "clean": f"{fact.lead_in} {fact.stem} {fact.true[0]}.",
        "error": f"{fact.lead_in} {fact.stem} {fact.wrong[0]}.",
    }


def shuffled(facts: Sequence[Fact], seed: int) -> list[Fact]:
    """Return the facts in the order in which a run with this seed takes them."""
    order = np.random.default_rng(seed).permutation(len(facts))
    return [facts[place] for place in order]


def logsumexp(logprobs: Sequence[float]) -> float:
    """Return ln of the summed probabilities."""
    top = max(logprobs)
    return top + math.log(sum(math.exp(one - top) for one in logprobs))


def knows(asker: Asker, fact: Fact, path: Tokens) -> int:
    """Count the probes under which the truth leads its rivals, by 4 to 1 against the error."""
    answers = (*fact.true, *fact.wrong)
    endings = [
        (asker.after(path, "\n" + probe), f" {answer}")
        for probe in fact.probes
        for answer in answers
    ]
    scores = np.array(asker.score(endings)).reshape(len(fact.probes), len(answers))
    many = len(fact.true)
    known = 0
    for row in scores:
        truth = logsumexp(row[:many].tolist())
        known += bool(truth - row[many] > KNOWN_ODDS and row[:many].max() > row[many:].max())
    return known


def knows_or_drop(asker: Asker, fact: Fact) -> float:
    """Return under how many probes the untouched model knows a fact; drop it below two."""
    known = knows(asker, fact, asker.opening(branch_texts(fact)["base"]))
    if known < LEAST_PROBES:
        raise Dropped("not known", {"probes known": float(known)})
    return float(known)


def log_odds(asker: Asker, fact: Fact, paths: Sequence[Tokens]) -> Floats:
    """Return ln P(truth) and ln P(error) after each path, shape (paths, 2), in one request."""
    answers = (*fact.true, fact.wrong[0])
    endings = [(path, f" {answer}") for path in paths for answer in answers]
    scores = np.array(asker.score(endings)).reshape(len(paths), len(answers))
    return np.array([[logsumexp(row[:-1].tolist()), row[-1]] for row in scores])


def _measure(asker: Asker, fact: Fact) -> Values:
    texts = branch_texts(fact)
    known = knows_or_drop(asker, fact)
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
    return {"probes known": known, **values, **_passive(asker, fact, texts)}


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


def _tasks(settings: Settings) -> tuple[Task, ...]:
    def task(fact: Fact) -> Task:
        return Task(fact.key, lambda asker: _measure(asker, fact))

    return tuple(task(fact) for fact in shuffled(settings.facts, settings.seed))


BELIEF = Experiment(
    name="belief",
    purpose="what the model holds true after an error, against a mere mention of it",
    method="Facts that the model knows (truth first and 4 to 1 against the error under at least"
    " two of three probes on the untouched branch). Four branches from the same lead-in: base,"
    " mention, clean, error; after 0, 1 and 3 neutral sentences whole answers are scored under"
    " three completion probes.",
    quick=24,
    tasks=_tasks,
    analyse=analyse_belief,
)
