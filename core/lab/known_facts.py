"""Facts that a model knows: their branches, whether it knows them, and what it holds of them."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from core.lab.asking import Asker, Tokens
from core.lab.experiment import Dropped, Outcome, Row, Settings, Task, Values, dropped_reasons
from core.lab.facts import Fact, names
from core.lab.statistics.intervals import Floats
from core.lab.weighing import weights

FILLER = "Such things are often talked about."
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


def rivals_of(facts: Sequence[Fact]) -> dict[str, tuple[str, ...]]:
    """Return, for each fact by its key, the answers of its relation that are none of its own."""
    answers: dict[str, dict[str, None]] = {}
    for fact in facts:
        answers.setdefault(fact.relation, {}).update(dict.fromkeys((*fact.true, *fact.wrong)))
    return {
        fact.key: tuple(
            one for one in answers[fact.relation] if one not in (*fact.true, *fact.wrong)
        )
        for fact in facts
    }


def knows(asker: Asker, fact: Fact, path: Tokens, rivals: Sequence[str] = ()) -> int:
    """Count the probes under which the truth leads all rivals, by 4 to 1 against the error.

    Rivals are the fact's own wrong answers and `rivals`, the other answers of its relation.
    """
    answers = (*fact.true, *fact.wrong)
    probes = [asker.after(path, "\n" + probe) for probe in fact.probes]
    endings = [(probe, f" {answer}") for probe in probes for answer in answers]
    scores = np.array(asker.score(endings)).reshape(len(probes), len(answers))
    many = len(fact.true)
    known = 0
    for probe, row in zip(probes, scores, strict=True):
        best = float(row[:many].max())
        odds = logsumexp(row[:many].tolist()) - row[many]
        known += bool(
            odds > KNOWN_ODDS
            and best > row[many:].max()
            and not _outdone(asker, probe, rivals, best)
        )
    return known


def _outdone(asker: Asker, path: Tokens, rivals: Sequence[str], best: float) -> bool:
    """Return whether a rival is likelier than `best`; only those that can be are read whole."""
    if not rivals:
        return False
    first = {rival: asker.after(path, f" {rival}")[len(path)].id for rival in rivals}
    words = tuple(dict.fromkeys(first.values()))
    ends = asker.along([path], [len(path) - 1], words)[0][-1]
    most = dict(zip(words, ends.tolist(), strict=True))
    close = [(path, f" {rival}") for rival in rivals if most[first[rival]] > best]
    return bool(close) and max(asker.score(close)) > best


STANDS = "an answer stands in the text around it"


def standing(fact: Fact, texts: Sequence[str]) -> tuple[str, ...]:
    """Return the fact's right answers and its error, as far as one of `texts` names them."""
    answers = (*fact.true, fact.wrong[0])
    return tuple(one for one in answers if any(names(text, one) for text in texts))


def apart_or_drop(fact: Fact, texts: Sequence[str]) -> None:
    """Drop a fact whose answers stand in what an experiment writes around it.

    A word that was seen is likelier, whoever said it.
    """
    if found := standing(fact, texts):
        raise Dropped(STANDS, {"stands around it": list(found)})


def inserted_weights(asker: Asker, fact: Fact, path: Tokens) -> dict[str, float]:
    """Return what is kept of the error, and of the truth in its place, after `path`."""
    answers = {"error": fact.wrong[0], "truth": fact.true[0]}
    return weights(asker, {name: (path, f" {answer}") for name, answer in answers.items()})


def knows_or_drop(asker: Asker, fact: Fact, rivals: Sequence[str] = ()) -> float:
    """Return under how many probes the untouched model knows a fact; drop it below two."""
    known = knows(asker, fact, asker.opening(branch_texts(fact)["base"]), rivals)
    if known < LEAST_PROBES:
        raise Dropped("not known", {"probes known": float(known)})
    return float(known)


def log_odds(asker: Asker, fact: Fact, paths: Sequence[Tokens]) -> Floats:
    """Return ln P(truth) and ln P(error) after each path, shape (paths, 2), in one request."""
    answers = (*fact.true, fact.wrong[0])
    endings = [(path, f" {answer}") for path in paths for answer in answers]
    scores = np.array(asker.score(endings)).reshape(len(paths), len(answers))
    return np.array([[logsumexp(row[:-1].tolist()), row[-1]] for row in scores])


def fact_tasks(
    settings: Settings,
    measure: Callable[[Asker, Fact, tuple[str, ...]], Values],
    around: Sequence[str],
) -> tuple[Task, ...]:
    """Return one task per fact, in the order of the run; each is handed its rivals.

    `around` are the experiment's own texts: a fact whose answers stand there is dropped, as is one
    whose answers stand in the run's preamble.
    """
    rivals = rivals_of(settings.facts)

    def task(fact: Fact) -> Task:
        def apart(asker: Asker) -> Values:
            apart_or_drop(fact, (*around, settings.preamble))
            return measure(asker, fact, rivals[fact.key])

        return Task(fact.key, apart)

    return tuple(task(fact) for fact in shuffled(settings.facts, settings.seed))


def too_few_known(rows: Sequence[Row]) -> Outcome | None:
    """Return what to say where fewer than two facts were known; None where there are enough."""
    known = sum(row.counts for row in rows)
    if known > 1:
        return None
    sentence = f"The model knows {known} of {len(rows)} facts: too few to say anything."
    return Outcome(sentence, (), (), (), (), dropped_reasons(rows))
