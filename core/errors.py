"""Proposes errors at a place of the tree, and weighs them: their split, their surprise, their rank.

Generators over an engine: what they yield stands beside the tree until the user puts it there.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from core.branches import Role
from core.distribution import Distribution
from core.engine import Continue, Engine, Expected, Growth, Meter, Read, Reading, Stepped
from core.error_records import ErrorKind, ErrorRecord
from core.error_texts import (
    deletions,
    first_word,
    negations,
    number_changes,
    token_class,
    typos,
)
from core.generation import asking
from core.products import Aside, Preview, Product, Spent
from core.sampling import FREE, Stream
from core.splitting import Split, split_after
from core.tokens import Token, text_of

RANKS = (2, 5, 20, 100)
SAMPLES = 8
SAMPLED_TOKENS = 5
"""How many samples are drawn to find a wrong one, and how long each may become."""


@dataclass(frozen=True, slots=True)
class ErrorWish:
    """What the user wants errors of: `following` is the text that stands after `path` now.

    `answers` are texts never proposed by rank or sample, since they are right too; `wrong` are the
    user's plausible wrong answers, `typed` a text of the user's own. `seed` fixes what is drawn.
    """

    path: tuple[Token, ...]
    following: str
    typed: str = ""
    wrong: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """An error that has its tokens but was not weighed yet."""

    kind: ErrorKind
    detail: str
    role: Role
    split: Split
    displaced: str
    seed: int | None

    @property
    def text(self) -> str:
        """The text of the tokens."""
        return text_of(self.split.tokens)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A proposal: its tokens and its record, with ln p (nats) of each token apart."""

    tokens: tuple[Token, ...]
    record: ErrorRecord
    logprobs: tuple[float, ...]


def propose_errors(engine: Engine, wish: ErrorWish) -> Iterator[Product]:
    """Yield an `Aside` with a `Weighed` for each error that can stand at the place.

    The place is read once, with a hundred candidates; all errors are weighed in one request.
    """
    expects = None
    ids = tuple(token.id for token in wish.path)
    for answer in asking(engine, Read((Reading(ids, len(ids) - 1),), top=max(RANKS))):
        match answer:
            case Expected():
                expects = answer.expects
            case Meter():
                yield Spent(answer)
            case _:
                raise AssertionError(f"a Read was answered with {answer}")
    assert expects is not None
    following = wish.following or text_of((engine.vocabulary[expects.candidates[0].id],))
    drafts = list(_written(engine, wish, following))
    drafts += _ranked(engine, expects, wish, following)
    drafts += _random(engine, wish, following)
    for found in _sampled(engine, wish, following):
        match found:
            case Draft():
                drafts.append(found)
            case Spent():
                yield found
    yield from weigh(engine, wish.path, _distinct(drafts))


def typed_record(
    preview: Preview, role: Role, *, displaced: str, depth: int, entropy: float | None
) -> ErrorRecord | None:
    """Return the record of a text that was previewed; None where it could not be read."""
    scored = [one for one in preview.scored if one is not None]
    if len(scored) < len(preview.tokens) or not scored or entropy is None:
        return None
    return ErrorRecord(
        kind=ErrorKind.TYPED,
        detail="",
        role=role,
        text=preview.text,
        ids=tuple(int(token.id) for token in preview.tokens),
        displaced=displaced,
        depth=depth,
        logprob=math.fsum(one.logprob for one in scored),
        rank=scored[0].rank,
        entropy=entropy,
        canonical=preview.canonical,
        seed=None,
    )


def weigh(engine: Engine, path: Sequence[Token], drafts: Sequence[Draft]) -> Iterator[Product]:
    """Yield an `Aside` with a `Weighed` for each draft, in their order, read in one request."""
    if not drafts:
        return
    ids = tuple(token.id for token in path)
    readings = tuple(Reading((*ids, *draft.split.ids), len(ids) - 1) for draft in drafts)
    logprobs: list[list[float]] = [[] for _ in drafts]
    ranks, entropies = [0] * len(drafts), [0.0] * len(drafts)
    for answer in asking(engine, Read(readings, top=1)):
        match answer:
            case Expected(number, index, expects, following):
                if following is not None:
                    logprobs[number].append(following.logprob)
                if following is not None and index == len(ids) - 1:
                    ranks[number], entropies[number] = following.rank, expects.entropy
            case Meter():
                yield Spent(answer)
            case _:
                raise AssertionError(f"a Read was answered with {answer}")
    for number, draft in enumerate(drafts):
        record = ErrorRecord(
            kind=draft.kind,
            detail=draft.detail,
            role=draft.role,
            text=draft.text,
            ids=tuple(int(token) for token in draft.split.ids),
            displaced=draft.displaced,
            depth=len(ids),
            logprob=math.fsum(logprobs[number]),
            rank=ranks[number],
            entropy=entropies[number],
            canonical=draft.split.canonical,
            seed=draft.seed,
        )
        yield Aside(Weighed(draft.split.tokens, record, tuple(logprobs[number])))


def _written(engine: Engine, wish: ErrorWish, following: str) -> Iterator[Draft]:
    word = first_word(following)
    texts: list[tuple[ErrorKind, str, str, str, int | None]] = []
    if wish.typed:
        texts.append((ErrorKind.TYPED, "", wish.typed, word, None))
    texts += [(ErrorKind.ANSWER, "", text, word, None) for text in wish.wrong]
    texts += [(ErrorKind.NUMBER, how, text, word, None) for how, text in number_changes(word)]
    texts += [(ErrorKind.TYPO, how, text, word, wish.seed) for how, text in typos(word, wish.seed)]
    texts += [(ErrorKind.NEGATION, how, text, "", None) for how, text in negations(following)]
    texts += [(ErrorKind.DELETION, how, text, word, None) for how, text in deletions(following)]
    for kind, how, text, displaced, seed in texts:
        split = split_after(engine, wish.path, text)
        if split.tokens:
            yield Draft(kind, how, Role.ERROR, split, displaced, seed)


def _ranked(
    engine: Engine, expects: Distribution, wish: ErrorWish, following: str
) -> Iterator[Draft]:
    candidates = expects.candidates
    for k in RANKS:
        if k > len(candidates):
            return
        token = engine.vocabulary[candidates[k - 1].id]
        if token.special or text_of((token,)).strip().casefold() in _right(wish, following):
            continue
        split = _as_split(engine, wish.path, (token,))
        yield Draft(ErrorKind.RANK, str(k), Role.ERROR, split, first_word(following), None)


def _random(engine: Engine, wish: ErrorWish, following: str) -> Iterator[Draft]:
    vocabulary = engine.vocabulary
    word = first_word(following)
    own = split_after(engine, wish.path, word).tokens
    wanted = token_class(own[0].piece if own else word.encode())
    if wanted in {"bytes", "unprintable"}:
        return
    alike = [
        number
        for number, piece in enumerate(vocabulary.pieces)
        if number not in vocabulary.special and token_class(piece) == wanted
    ]
    chance = np.random.default_rng(wish.seed)
    right = _right(wish, following)
    for _ in range(min(20, len(alike))):
        token = vocabulary[alike[int(chance.integers(len(alike)))]]
        if text_of((token,)).strip().casefold() not in right:
            split = _as_split(engine, wish.path, (token,))
            yield Draft(ErrorKind.RANDOM, "", Role.ERROR, split, word, wish.seed)
            return


def _sampled(engine: Engine, wish: ErrorWish, following: str) -> Iterator[Draft | Spent]:
    """Let the model draw at temperature 1 and yield its first word that is not a right one."""
    ids = tuple(token.id for token in wish.path)
    growths = tuple(Growth(ids, FREE, Stream(wish.seed, number)) for number in range(SAMPLES))
    grown: list[list[Token]] = [[] for _ in growths]
    for answer in asking(engine, Continue(growths, SAMPLED_TOKENS, top=1)):
        match answer:
            case Stepped(growth, token):
                grown[growth].append(engine.vocabulary[token.id])
            case Meter():
                yield Spent(answer)
            case _:
                pass
    right = _right(wish, following)
    for number, tokens in enumerate(grown):
        word = first_word(text_of([token for token in tokens if not token.special]))
        taken = _covering(tokens, word)
        if not word[-1:].isalnum() or word.strip().casefold() in right or text_of(taken) != word:
            continue
        split = _as_split(engine, wish.path, taken)
        detail = f"{number + 1} of {SAMPLES}"
        yield Draft(ErrorKind.SAMPLE, detail, Role.ERROR, split, first_word(following), wish.seed)
        return


def _covering(tokens: Iterable[Token], word: str) -> tuple[Token, ...]:
    taken: list[Token] = []
    for token in tokens:
        if len(text_of(taken)) >= len(word):
            break
        taken.append(token)
    return tuple(taken)


def _right(wish: ErrorWish, following: str) -> set[str]:
    right = (first_word(following), *wish.answers)
    return {answer.strip().casefold() for answer in right}


def _as_split(engine: Engine, path: Sequence[Token], tokens: tuple[Token, ...]) -> Split:
    """Return tokens that were not split from a text, with whether that text would split so."""
    own = split_after(engine, path, text_of(tokens))
    return Split(tokens, canonical=own.canonical and own.tokens == tokens)


def _distinct(drafts: Iterable[Draft]) -> list[Draft]:
    """Drop what another draft says already, and what changes nothing."""
    seen: set[tuple[int, ...]] = set()
    kept: list[Draft] = []
    for draft in drafts:
        ids = tuple(int(token) for token in draft.split.ids)
        if ids not in seen and draft.text != draft.displaced:
            seen.add(ids)
            kept.append(draft)
    return kept
