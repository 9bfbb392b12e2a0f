"""What experiments ask of an engine: scores of strings, distances under one text; all exact."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from core.engine import (
    Continue,
    Contrast,
    Contrasted,
    End,
    Engine,
    Expected,
    Floors,
    Growth,
    MeasureFloors,
    Meter,
    Path,
    Priority,
    Read,
    Reading,
    Scored,
    Stepped,
    Stopped,
    Turn,
)
from core.generation import asking
from core.lab.statistics.intervals import Floats
from core.sampling import FREE, GREEDY, Stream
from core.splitting import split_after, split_opening
from core.tokens import Token

Tokens = tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Weight:
    """How surprising a text was (nats), and the rank and entropy (nats) where it begins."""

    surprisal: float
    rank: int
    entropy: float
    tokens: int


class Asker:
    """Asks in the background, so that a click in the tree goes first, and adds up the cost.

    A preamble stands before everything that is opened.
    """

    def __init__(self, engine: Engine, preamble: str = "") -> None:
        self.engine = engine
        self._preamble = f"{preamble.strip()}\n" if preamble.strip() else ""
        self.tokens_read = 0
        self.tokens_reused = 0
        self.seconds = 0.0

    def opening(self, text: str) -> Tokens:
        """Split a text that begins a path."""
        return split_opening(self.engine, self._preamble + text).tokens

    def chat(self, turns: Sequence[Turn]) -> Tokens:
        """Return a conversation that is left open, in the model's own form."""
        first, *rest = turns
        opened = replace(first, text=self._preamble + first.text)
        return self.engine.vocabulary.tokens(self.engine.render_chat((opened, *rest)))

    def after(self, path: Tokens, text: str) -> Tokens:
        """Return `path` with `text` behind it."""
        return (*path, *split_after(self.engine, path, text).tokens)

    def score(self, endings: Sequence[tuple[Tokens, str]]) -> list[float]:
        """Return ln P(text | path) of whole strings, one per (path, text), in one request."""
        readings: list[Reading] = []
        for path, text in endings:
            whole = (*_ids(path), *split_after(self.engine, path, text).ids)
            readings.append(Reading(whole, len(path) - 1))
        sums = [0.0] * len(endings)
        for answer in asking(self.engine, Read(tuple(readings), 1, Priority.BACKGROUND)):
            match answer:
                case Expected(number, _, _, Scored(_, logprob)):
                    sums[number] += logprob
                case Meter():
                    self._spend(answer)
                case _:
                    pass
        return sums

    def weigh(self, inserted: Sequence[tuple[Tokens, Tokens]]) -> list[Weight]:
        """Weigh tokens, each after its path, in one request."""
        if not inserted:
            return []
        readings = tuple(
            Reading((*_ids(path), *_ids(tokens)), len(path) - 1) for path, tokens in inserted
        )
        found = [Weight(0.0, 0, 0.0, len(tokens)) for _, tokens in inserted]
        for answer in asking(self.engine, Read(readings, 1, Priority.BACKGROUND)):
            match answer:
                case Expected(number, _, expects, Scored(_, logprob, rank)):
                    weight = found[number]
                    begins = weight.rank == 0
                    found[number] = replace(
                        weight,
                        surprisal=weight.surprisal - logprob,
                        rank=rank if begins else weight.rank,
                        entropy=expects.entropy if begins else weight.entropy,
                    )
                case Meter():
                    self._spend(answer)
                case _:
                    pass
        return found

    def contrasts(self, reference: Tokens, others: Sequence[Tokens], text: Path) -> Floats:
        """Return √JS, KL and flips against the reference while `text` is forced.

        Shape (3, others, len(text) + 1); a flip is 1 where the likeliest token differs.
        """
        found = np.full((3, len(others), len(text) + 1), np.nan)
        request = Contrast(_ids(reference), tuple(_ids(other) for other in others), text)
        for answer in asking(self.engine, request):
            match answer:
                case Contrasted(other, distance, kl, sqrt_js, flip):
                    found[:, other, distance] = sqrt_js, kl, flip
                case Meter():
                    self._spend(answer)
                case _:
                    pass
        return found

    def along(self, paths: Sequence[Tokens], since: Sequence[int], words: Path) -> list[Floats]:
        """Return ln P of each of `words` as the next token along paths, (positions, words) each."""
        found: list[list[list[float]]] = [[] for _ in paths]
        readings = tuple(
            Reading(_ids(path), first, words) for path, first in zip(paths, since, strict=True)
        )
        for answer in asking(self.engine, Read(readings, 1, Priority.BACKGROUND)):
            match answer:
                case Expected():
                    found[answer.reading].append([one.logprob for one in answer.watched])
                case Meter():
                    self._spend(answer)
                case _:
                    pass
        return [np.array(one, np.float64) for one in found]

    def floors(self, path: Tokens) -> Floors:
        """Return below what a difference on this text means nothing."""
        measured: Floors | None = None
        for answer in asking(self.engine, MeasureFloors(_ids(path))):
            match answer:
                case Floors():
                    measured = answer
                case Meter():
                    self._spend(answer)
                case _:
                    pass
        assert measured is not None, "an engine answers MeasureFloors with Floors"
        return measured

    def candidates(self, path: Tokens, top: int) -> list[tuple[Token, float]]:
        """Return the `top` likeliest next tokens with their log-probabilities."""
        found: list[tuple[Token, float]] = []
        request = Read((Reading(_ids(path), len(path) - 1),), top, Priority.BACKGROUND)
        for answer in asking(self.engine, request):
            match answer:
                case Expected():
                    found = [
                        (self.engine.vocabulary[c.id], c.logprob) for c in answer.expects.candidates
                    ]
                case Meter():
                    self._spend(answer)
                case _:
                    pass
        return found

    def grow(
        self, starts: Sequence[tuple[Tokens, Stream | None]], limit: int
    ) -> list[tuple[Tokens, End]]:
        """Let paths grow side by side; return each one's new tokens and why it ended.

        A path with a stream is drawn from at T = 1 with that noise; without one it takes the
        likeliest token. Equal streams give equal noise.
        """
        grown: list[list[Token]] = [[] for _ in starts]
        ends = [End.LIMIT] * len(starts)
        growths = tuple(
            Growth(_ids(path), GREEDY if stream is None else FREE, stream or Stream(0, 0))
            for path, stream in starts
        )
        request = Continue(growths, limit, top=1, priority=Priority.BACKGROUND)
        for answer in asking(self.engine, request):
            match answer:
                case Stepped(growth, token):
                    grown[growth].append(self.engine.vocabulary[token.id])
                case Stopped(growth, end):
                    ends[growth] = end
                case Meter():
                    self._spend(answer)
                case _:
                    pass
        return [(tuple(tokens), end) for tokens, end in zip(grown, ends, strict=True)]

    def chances(
        self, asked: Sequence[tuple[Tokens, int, Path]]
    ) -> list[tuple[list[float], Floats]]:
        """Read several paths at once; each is a path, a position, and tokens that may come next.

        Returns for each ln P of its own tokens after that position, and P of the next tokens.
        """
        own: list[list[float]] = [[] for _ in asked]
        following = [np.empty(0)] * len(asked)
        readings = tuple(Reading(_ids(path), since, ids) for path, since, ids in asked)
        for answer in asking(self.engine, Read(readings, 1, Priority.BACKGROUND)):
            match answer:
                case Expected(number, _, _, None):
                    logprobs = [one.logprob for one in answer.watched]
                    following[number] = np.asarray(np.exp(logprobs), np.float64)
                case Expected(number, _, _, Scored(_, logprob)):
                    own[number].append(logprob)
                case Meter():
                    self._spend(answer)
                case _:
                    pass
        return list(zip(own, following, strict=True))

    def _spend(self, meter: Meter) -> None:
        self.tokens_read += meter.tokens_read
        self.tokens_reused += meter.tokens_reused
        self.seconds += meter.seconds


def _ids(path: Tokens) -> Path:
    return tuple(token.id for token in path)
