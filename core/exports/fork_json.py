"""What `swerve fork` prints: a fork with its controls, grown, compared and probed.

`distance` counts tokens after the fork. Log-probabilities are natural and of whole strings;
surprise is in bits. Every number is exact; the floors stand beside them.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from core.controls import NEUTRAL, bits, propose_control
from core.engine import (
    Continue,
    Contrast,
    Contrasted,
    Engine,
    Expected,
    Floors,
    Growth,
    MeasureFloors,
    Meter,
    Read,
    Reading,
    Request,
    Stepped,
)
from core.engine import Path as TokenPath
from core.exports.answers_json import Json, Progress, meter_json, model_json, scored_json
from core.forks import MENTIONING, ForkSpec, check
from core.generation import asking
from core.known_error import KnownError
from core.sampling import GREEDY, Stream
from core.splitting import split_after, split_opening
from core.tokens import TokenId, text_of

PLACEBO = "The next word on the list is"
"""A carrier in which neither answer is false."""

CANDIDATES = 400
"""How many candidates a control is proposed from."""


@dataclass(slots=True)
class _Branch:
    name: str
    path: TokenPath
    inserted: TokenPath
    scored: list[Json] = field(default_factory=list[Json])
    surprise: float = 0.0
    grown: list[TokenId] = field(default_factory=list[TokenId])

    @property
    def after_fork(self) -> TokenPath:
        return (*self.inserted, *self.grown)


class _Ledger:
    """Adds up what the requests of one command cost."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.total = Meter(0, 0, 0.0)

    def ask(self, request: Request) -> Iterator[object]:
        for answer in asking(self.engine, request):
            if isinstance(answer, Meter):
                self.total = Meter(
                    self.total.tokens_read + answer.tokens_read,
                    self.total.tokens_reused + answer.tokens_reused,
                    self.total.seconds + answer.seconds,
                )
            else:
                yield answer


def fork_json(engine: Engine, spec: ForkSpec, *, progress: Progress) -> tuple[Json, ForkSpec]:
    """Grow the branches of a fork, hold them against each other, and ask what is believed.

    Return the document, and the fork with the controls that were proposed for it.
    """
    check(spec)
    ledger = _Ledger(engine)
    prompt = split_opening(engine, spec.prompt)
    if not prompt.tokens:
        raise KnownError("There is no text to read: the model needs at least one token.")
    vocabulary = engine.vocabulary

    def after(text: str) -> TokenPath:
        return split_after(engine, prompt.tokens, text).ids

    progress("Reading the fork …")
    right, wrong = after(spec.right), after(spec.wrong)
    if spec.control is None:
        spec = replace(spec, control=_proposed(ledger, prompt.ids, right, wrong))
    if spec.mention is None:
        spec = replace(spec, mention=MENTIONING + spec.wrong)
    texts = (
        ("clean", spec.right),
        ("error", spec.wrong),
        ("mention", spec.mention),
        ("control", spec.control),
    )
    branches = [
        _Branch(name, (*prompt.ids, *after(text)), after(text)) for name, text in texts if text
    ]
    _score_inserted(ledger, branches, len(prompt.ids))
    progress("Growing the branches …")
    _grow(ledger, branches, spec.tokens)
    progress("Watching the answers along the branches …")
    base = _Branch("base", prompt.ids, ())
    watched = {
        branch.name: _watched(ledger, prompt.ids, branch, right, wrong)
        for branch in (base, *branches)
    }
    progress("Holding the branches against each other …")
    carrier = split_opening(engine, PLACEBO)
    placebo = tuple(
        (*carrier.ids, *split_after(engine, carrier.tokens, text).ids)
        for text in (spec.right, spec.wrong)
    )
    influence = list(_influence(ledger, branches, (placebo[0], placebo[1])))
    belief = list(_belief(ledger, spec, branches)) if spec.probe else []
    progress("Measuring the floors …")
    floors = _floors(ledger, branches[1].path)
    document: Json = {
        "model": model_json(engine),
        "fork": len(prompt.ids),
        "prompt": spec.prompt,
        "branches": {
            branch.name: {
                "text": text_of(vocabulary.tokens(branch.after_fork)),
                "inserted": len(branch.inserted),
                "tokens": branch.scored,
                "surprise_bits": branch.surprise if branch.inserted else None,
                "watched": watched[branch.name],
            }
            for branch in (base, *branches)
        },
        "influence": influence,
        "belief": belief,
        "noise_floor": {
            "repeat_sqrt_js": floors.repeat_sqrt_js,
            "rounding_sqrt_js": floors.rounding_sqrt_js,
            "repeat_logprob": floors.repeat_logprob,
            "rounding_logprob": floors.rounding_logprob,
            "repeat_kl": floors.repeat_kl,
            "rounding_kl": floors.rounding_kl,
            "repeat_log_odds": floors.repeat_log_odds,
            "rounding_log_odds": floors.rounding_log_odds,
        },
        "stats": meter_json(ledger.total),
    }
    return document, spec


def _proposed(ledger: _Ledger, prompt: TokenPath, right: TokenPath, wrong: TokenPath) -> str | None:
    reading = Reading((*prompt, *wrong), len(prompt) - 1)
    logprob = 0.0
    at_fork: Expected | None = None
    for answer in ledger.ask(Read((reading,), top=CANDIDATES)):
        if isinstance(answer, Expected):
            at_fork = at_fork or answer
            logprob += answer.following.logprob if answer.following else 0.0
    assert at_fork is not None
    vocabulary = ledger.engine.vocabulary
    token = propose_control(
        vocabulary, at_fork.expects, bits(logprob), answers={right[0], wrong[0]}
    )
    return None if token is None else text_of((token,))


def _score_inserted(ledger: _Ledger, branches: list[_Branch], fork: int) -> None:
    readings = tuple(Reading(branch.path, fork - 1) for branch in branches)
    for answer in ledger.ask(Read(readings)):
        if isinstance(answer, Expected) and answer.following is not None:
            branch = branches[answer.reading]
            branch.scored.append(scored_json(ledger.engine.vocabulary, answer.following))
            branch.surprise += bits(answer.following.logprob)


def _grow(ledger: _Ledger, branches: list[_Branch], tokens: int) -> None:
    if not tokens:
        return
    growths = tuple(Growth(branch.path, GREEDY, Stream(0, 0)) for branch in branches)
    for answer in ledger.ask(Continue(growths, tokens)):
        if isinstance(answer, Stepped):
            branch = branches[answer.growth]
            branch.scored.append(scored_json(ledger.engine.vocabulary, answer.token))
            branch.grown.append(answer.token.id)


def _watched(
    ledger: _Ledger, prompt: TokenPath, branch: _Branch, right: TokenPath, wrong: TokenPath
) -> list[Json]:
    """Return ln P of both answers after every token of a branch, as whole strings by forcing."""
    steps = range(len(branch.after_fork) + 1)
    readings = tuple(
        Reading((*prompt, *branch.after_fork[:step], *answer), len(prompt) + step - 1)
        for step in steps
        for answer in (right, wrong)
    )
    sums = [0.0] * len(readings)
    for answer in ledger.ask(Read(readings, top=1)):
        if isinstance(answer, Expected) and answer.following is not None:
            sums[answer.reading] += answer.following.logprob
    return [
        {"distance": step, "truth": sums[2 * step], "error": sums[2 * step + 1]} for step in steps
    ]


def _influence(
    ledger: _Ledger, branches: list[_Branch], placebo: tuple[TokenPath, TokenPath]
) -> Iterator[Json]:
    """Force the same suffix after every branch and tell how far each is from `clean`."""
    by_name = {branch.name: branch for branch in branches}
    clean = by_name.pop("clean")
    suffixes: dict[str, TokenPath] = {
        "neutral": ledger.engine.tokenize(NEUTRAL),
        "clean": tuple(clean.grown),
        "error": tuple(by_name["error"].grown),
    }
    for suffix, continuation in suffixes.items():
        pairs: list[tuple[TokenPath, dict[str, TokenPath]]] = [
            (clean.path, {name: branch.path for name, branch in by_name.items()})
        ]
        if suffix == "neutral":
            pairs.append((placebo[0], {"placebo": placebo[1]}))
        for reference, others in pairs:
            names = list(others)
            request = Contrast(reference, tuple(others.values()), continuation)
            for answer in ledger.ask(request):
                if isinstance(answer, Contrasted):
                    yield {
                        "against": names[answer.other],
                        "suffix": suffix,
                        "distance": answer.distance,
                        "kl": answer.kl,
                        "sqrt_js": answer.sqrt_js,
                        "flip": answer.flip,
                    }


def _belief(ledger: _Ledger, spec: ForkSpec, branches: list[_Branch]) -> Iterator[Json]:
    """Ask the probe right after the inserted tokens and at every sentence end that was grown."""
    assert spec.probe is not None
    engine = ledger.engine
    places: list[tuple[_Branch, int]] = []
    readings: list[Reading] = []
    for branch in branches:
        for distance in _sentence_ends(engine, branch):
            grown = branch.after_fork[len(branch.inserted) : distance]
            tokens = engine.vocabulary.tokens((*branch.path, *grown))
            probe = spec.probe if distance == len(branch.inserted) else spec.probe.lstrip(".")
            asked = (*tokens, *split_after(engine, tokens, probe).tokens)
            ids = tuple(token.id for token in asked)
            for text in (spec.right, spec.wrong):
                ending = split_after(engine, asked, text).ids
                readings.append(Reading((*ids, *ending), len(ids) - 1))
            places.append((branch, distance))
    sums = [0.0] * len(readings)
    for answer in ledger.ask(Read(tuple(readings), top=1)):
        if isinstance(answer, Expected) and answer.following is not None:
            sums[answer.reading] += answer.following.logprob
    for number, (branch, distance) in enumerate(places):
        truth, error = sums[2 * number], sums[2 * number + 1]
        yield {
            "branch": branch.name,
            "probe": spec.probe,
            "distance": distance,
            "log_odds": truth - error,
            "logprob_truth": truth,
            "logprob_error": error,
            "p_truth": math.exp(truth),
            "p_error": math.exp(error),
        }


def _sentence_ends(engine: Engine, branch: _Branch) -> Iterator[int]:
    yield len(branch.inserted)
    for place, token in enumerate(branch.grown, start=1):
        if engine.vocabulary.pieces[token].rstrip().endswith((b".", b"!", b"?")):
            yield len(branch.inserted) + place


def _floors(ledger: _Ledger, path: TokenPath) -> Floors:
    text = (*ledger.engine.tokenize(NEUTRAL * 3), *path)
    for answer in ledger.ask(MeasureFloors(text)):
        if isinstance(answer, Floors):
            return answer
    raise AssertionError("a measurement of floors ends with floors")
