"""Writes the errors that could stand at a place, before any of them is weighed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from core.branches import Role
from core.controls import LN2
from core.distribution import Distribution
from core.engine import Continue, Engine, Growth, Meter, Stepped
from core.error_chance import AlikeTokens, bare
from core.error_records import ErrorKind
from core.error_texts import (
    Rule,
    begun_like,
    deletions,
    first_word,
    negations,
    number_changes,
    open_sentence,
    replaced_everywhere,
    rules,
    token_class,
    typos,
)
from core.generation import asking, score_endings
from core.products import Spent
from core.sampling import FREE, Stream
from core.splitting import Split, split_after, split_opening
from core.tokens import Token, Vocabulary, text_of

RANKS = (2, 5, 20, 100)
SAMPLES = 8
SAMPLED_TOKENS = 5
"""How many samples are drawn to find a wrong one, and how long each may become."""

RELATED = 3
"""So many answers of other questions are proposed."""

CARRIER = "The next word on the list is"


@dataclass(frozen=True, slots=True)
class ErrorWish:
    """What the user wants errors of: `following` is the text that stands after `path` now.

    `answers` are texts never proposed by rank or sample, since they are right too; `wrong` are the
    user's plausible wrong answers, with their space or without, `related` right answers of other
    questions of the same kind, `typed` a text of the user's own. A false rule is said `times`
    times. `seed` fixes what is drawn.
    """

    path: tuple[Token, ...]
    following: str
    typed: str = ""
    wrong: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    times: int = 3
    seed: int = 0

    @property
    def known(self) -> tuple[str, ...]:
        """The texts that somebody knows to be right or wrong here: no control may be one."""
        return (*self.answers, *self.wrong, *self.related, self.typed, first_word(self.following))


@dataclass(frozen=True, slots=True)
class Draft:
    """An error that has its tokens but was not weighed yet; with a `rule` where it repeats one."""

    kind: ErrorKind
    detail: str
    role: Role
    split: Split
    displaced: str
    seed: int | None
    rule: Rule | None

    @property
    def text(self) -> str:
        """The text of the tokens."""
        return text_of(self.split.tokens)


def likeliest_text(vocabulary: Vocabulary, expects: Distribution) -> str:
    """Return what a model would write next: its likeliest token that is text, "" without one.

    A control token ends what it stands in, and part of a character is no text.
    """
    tokens = (vocabulary[candidate.id] for candidate in expects.candidates)
    is_text = (one for one in tokens if not one.special and token_class(one.piece) != "bytes")
    return text_of(tuple(islice(is_text, 1)))


def draft_errors(engine: Engine, wish: ErrorWish, expects: Distribution) -> Iterator[Draft | Spent]:
    """Yield every error that can stand where `expects` is expected, and what finding them cost."""
    following = wish.following or likeliest_text(engine.vocabulary, expects)
    drafts: list[Draft] = []
    for found in (
        *_written(engine, wish, following),
        *_related(engine, wish, following),
        *_ranked(engine, expects, wish, following),
        *_random(engine, wish, following),
    ):
        if isinstance(found, Draft):
            drafts.append(found)
        yield found
    yield from _repeated(engine, wish, following, drafts)
    yield from _sampled(engine, wish, following)


def _written(engine: Engine, wish: ErrorWish, following: str) -> Iterator[Draft]:
    word = first_word(following)
    texts: list[tuple[ErrorKind, str, str, str, int | None]] = []
    if wish.typed:
        texts.append((ErrorKind.TYPED, "", wish.typed, word, None))
    answers = (begun_like(text, word) for text in wish.wrong)
    texts += [(ErrorKind.ANSWER, "", text, word, None) for text in answers]
    texts += [(ErrorKind.NUMBER, how, text, word, None) for how, text in number_changes(word)]
    texts += [(ErrorKind.TYPO, how, text, word, wish.seed) for how, text in typos(word, wish.seed)]
    texts += [(ErrorKind.NEGATION, *negated, None) for negated in negations(following)]
    texts += [(ErrorKind.DELETION, how, text, word, None) for how, text in deletions(following)]
    for kind, how, text, displaced, seed in texts:
        split = split_after(engine, wish.path, text)
        if split.tokens:
            yield Draft(kind, how, Role.ERROR, split, displaced, seed, None)


def _ranked(
    engine: Engine, expects: Distribution, wish: ErrorWish, following: str
) -> Iterator[Draft]:
    candidates = expects.candidates
    for k in RANKS:
        if k > len(candidates):
            return
        token = engine.vocabulary[candidates[k - 1].id]
        if token.special or bare(text_of((token,))) in _right(wish, following):
            continue
        split = as_split(engine, wish.path, (token,))
        yield Draft(ErrorKind.RANK, str(k), Role.ERROR, split, first_word(following), None, None)


def _random(engine: Engine, wish: ErrorWish, following: str) -> Iterator[Draft]:
    word = first_word(following)
    own = split_after(engine, wish.path, word).tokens
    like = own[0].piece if own else word.encode()
    right = _right(wish, following)
    alike = AlikeTokens(engine.vocabulary)
    token = alike.draw(like, right, seed=wish.seed, depth=len(wish.path))
    if token is not None:
        split = as_split(engine, wish.path, (token,))
        yield Draft(ErrorKind.RANDOM, "", Role.ERROR, split, word, wish.seed, None)


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
        if not word[-1:].isalnum() or bare(word) in right or text_of(taken) != word:
            continue
        split = as_split(engine, wish.path, taken)
        detail = f"{number + 1} of {SAMPLES}"
        here = first_word(following)
        yield Draft(ErrorKind.SAMPLE, detail, Role.ERROR, split, here, wish.seed, None)
        return


def _related(engine: Engine, wish: ErrorWish, following: str) -> Iterator[Draft | Spent]:
    """Yield right answers of other questions, of as many tokens, the nearest in prior first.

    The prior is the surprise after a carrier that asks nothing. Without the right text's number of
    tokens, or a prior like its own, another answer would be wrong in more ways than one.
    """
    right = first_word(following)
    known = _right(wish, following)
    wanted = len(split_after(engine, wish.path, right).tokens)
    texts = [
        text
        for text in dict.fromkeys(wish.related)
        if bare(text) not in known and len(split_after(engine, wish.path, text).tokens) == wanted
    ]
    if not texts:
        return
    carrier = split_opening(engine, CARRIER).tokens
    ids = tuple(token.id for token in carrier)
    endings = [(ids, split_after(engine, carrier, text).ids) for text in (right, *texts)]
    priors: list[float] = []
    for product in score_endings(engine, endings):
        match product:
            case Spent():
                yield product
            case _:
                priors += product
    own, others = priors[0], priors[1:]
    missed = {text: (own - prior) / LN2 for text, prior in zip(texts, others, strict=True)}
    for text in sorted(texts, key=lambda text: abs(missed[text]))[:RELATED]:
        split = split_after(engine, wish.path, text)
        detail = f"same relation, prior {missed[text]:+.1f} bits"
        yield Draft(ErrorKind.ANSWER, detail, Role.ERROR, split, right, None, None)


def _repeated(
    engine: Engine, wish: ErrorWish, following: str, drafts: Sequence[Draft]
) -> Iterator[Draft]:
    """Yield one wrong answer said several times, several said once, and one put everywhere."""
    answers = [one.text for one in drafts if one.kind is ErrorKind.ANSWER]
    ranked = [one.text for one in drafts if one.kind is ErrorKind.RANK]
    wrong = list(dict.fromkeys(answers)) or ranked[:1]
    stem = open_sentence(text_of([token for token in wish.path if not token.special]))
    word = first_word(following)
    for how, rule in rules(stem, wrong, wish.times):
        kind = ErrorKind.COHERENT if len(set(rule.words)) == 1 else ErrorKind.VARIED
        split = split_after(engine, wish.path, rule.text)
        yield Draft(kind, how, Role.ERROR, split, word, None, rule)
    everywhere = replaced_everywhere(following, wrong[0]) if wrong else None
    if everywhere is not None:
        count, text = everywhere
        split = split_after(engine, wish.path, text)
        yield Draft(
            ErrorKind.COHERENT, f"in all {count} places", Role.ERROR, split, word, None, None
        )


def _covering(tokens: Iterable[Token], word: str) -> tuple[Token, ...]:
    taken: list[Token] = []
    for token in tokens:
        if len(text_of(taken)) >= len(word):
            break
        taken.append(token)
    return tuple(taken)


def _right(wish: ErrorWish, following: str) -> set[str]:
    right = (first_word(following), *wish.answers)
    return {bare(answer) for answer in right}


def as_split(engine: Engine, path: Sequence[Token], tokens: tuple[Token, ...]) -> Split:
    """Return tokens that were not split from a text, with whether that text would split so."""
    own = split_after(engine, path, text_of(tokens))
    return Split(tokens, canonical=own.canonical and own.tokens == tokens)
