"""Proposes what stands beside an error: the right answer, and the controls of design's lab."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.branches import Role
from core.controls import NEUTRAL, bits, propose_control
from core.engine import Engine, Expected, Meter, Read, Reading
from core.error_drafts import Draft, likeliest_text
from core.error_records import ErrorKind, ErrorRecord
from core.error_texts import first_word
from core.errors import Weighed, weigh
from core.generation import asking
from core.products import Aside, Product, Spent
from core.splitting import Split, split_after
from core.tokens import Token, text_of

CANDIDATES = 400
"""How many candidates a control is proposed from."""

OPENING = " something"
"""Ends the sentence that was begun, so that a carrier can follow."""

FILLER = ". Such things are often talked about."
"""What stands in a base: nothing that an error could be about."""

MENTIONING = " Some people have heard of"
LISTING = " The next word on the list is"
"""The carriers of a mention and of a placebo: neither claims anything of what follows it."""

MEANING: Mapping[Role, str] = {
    Role.CLEAN: "The right text: the baseline of a fork.",
    Role.MENTION: "Names the error without claiming it: error less mention is the assertion's.",
    Role.PLACEBO: "The same word where it is not false: error less placebo is the wrongness's.",
    Role.CONTROL: "Neither true nor wrong, about as surprising: within 1 bit is matched.",
    Role.BASE: "Neutral filler: what the model thinks untouched. Mention less base is entrainment.",
    Role.MUTE: "Neutral filler of as many tokens: what the mere shift of places does.",
}


@dataclass(frozen=True, slots=True)
class Beside:
    """What controls go by besides the error: the `right` text, "" for the model's own.

    The `known` texts are right or wrong here by somebody's knowledge: a control is none of them.
    """

    right: str
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Control:
    """One proposal beside an error; its role is the record's.

    `word_bits` is the surprise of the error's own tokens where they stand in the control, None
    where they do not. `missed` is by how many bits the control misses the error: of those tokens in
    a mention or a placebo, of the whole text in a control. It is None where there is nothing to
    match in bits: the right text, a placebo of it, and a mute, which is matched in tokens.
    """

    tokens: tuple[Token, ...]
    record: ErrorRecord
    word_bits: float | None
    missed: float | None


def propose_controls(
    engine: Engine, path: Sequence[Token], error: Weighed, beside: Beside
) -> Iterator[Product]:
    """Yield an `Aside` with a `Control` for each role, the right text first."""
    ids = tuple(token.id for token in path)
    expects = None
    for answer in asking(engine, Read((Reading(ids, len(ids) - 1),), top=CANDIDATES)):
        match answer:
            case Expected():
                expects = answer.expects
            case Meter():
                yield Spent(answer)
            case _:
                raise AssertionError(f"a Read was answered with {answer}")
    assert expects is not None
    vocabulary = engine.vocabulary
    right = beside.right or likeliest_text(vocabulary, expects)
    answers = _first_ids(engine, path, (right, error.record.text, *beside.known))
    answers.add(int(error.tokens[0].id))
    control = propose_control(vocabulary, expects, bits(error.record.logprob), answers=answers)
    like = text_of((control,)) if control is not None else None
    opening = OPENING.lstrip() if text_of(path[-1:]).endswith((" ", "\n")) else OPENING
    texts = _texts(error, right, like, opening)
    drafts = [draft_control(engine, path, error, role, text) for role, text in texts]
    drafts.append(_mute(engine, path, error))
    drafts.append(draft_control(engine, path, error, Role.BASE, opening + FILLER))
    yield from weigh_controls(engine, path, error, drafts)


def _first_ids(engine: Engine, path: Sequence[Token], texts: Sequence[str]) -> set[int]:
    """Return the tokens that any of the texts begins with, as it stands or as a word within.

    And its first word in small letters, where that is one token: a control is in small letters.
    """
    bare = [text.strip() for text in texts if text.strip()]
    spelled = {*filter(None, texts), *(f" {one}" for one in bare)}
    small = {f" {first_word(one).lower()}" for one in bare}
    firsts = [split_after(engine, path, text).ids for text in spelled]
    whole = [ids for text in small if len(ids := split_after(engine, path, text).ids) == 1]
    return {int(ids[0]) for ids in (*firsts, *whole) if ids}


def _texts(error: Weighed, right: str, like: str | None, opening: str) -> list[tuple[Role, str]]:
    """Return the texts of the controls; what an error says several times, they say as often."""
    rule = error.rule
    words = (error.record.text,) if rule is None else rule.words
    own = (right,) * len(words)
    texts = [
        (Role.CLEAN, right if rule is None else rule.with_word(right).text),
        (Role.MENTION, opening + _carried(MENTIONING, words)),
        (Role.PLACEBO, opening + _carried(LISTING, own)),
        (Role.PLACEBO, opening + _carried(LISTING, words)),
    ]
    if like is not None:
        texts.append((Role.CONTROL, like if rule is None else rule.with_word(like).text))
    return texts


def _carried(carrier: str, words: Sequence[str]) -> str:
    """Return each word after the carrier, a sentence each, the last one open."""
    return "".join(f".{carrier}{_parted(word)}" for word in words)


def _parted(word: str) -> str:
    """Return a word that can follow another, in the same tokens where it began a line or a part."""
    return f' "{word}' if word[:1].isalnum() else word


def draft_control(
    engine: Engine, path: Sequence[Token], error: Weighed, role: Role, text: str
) -> Draft:
    """Return a control of the user's own text, not yet weighed."""
    split = split_after(engine, path, text)
    return Draft(ErrorKind.TYPED, "", role, split, error.record.displaced, None, None)


def weigh_controls(
    engine: Engine, path: Sequence[Token], error: Weighed, drafts: Sequence[Draft]
) -> Iterator[Product]:
    """Yield an `Aside` with a `Control` for each draft that has tokens."""
    for product in weigh(engine, path, [draft for draft in drafts if draft.split.tokens]):
        match product:
            case Aside(Weighed() as weighed):
                yield Aside(_held_against(weighed, error))
            case _:
                yield product


def _held_against(control: Weighed, error: Weighed) -> Control:
    start = _last_place(control.tokens, error.tokens)
    word = None
    if start is not None:
        word = bits(math.fsum(control.logprobs[start : start + len(error.tokens)]))
    missed: float | None = None
    match control.record.role:
        case Role.MENTION | Role.PLACEBO if word is not None:
            missed = word - error.record.bits
        case Role.CONTROL:
            missed = control.record.bits - error.record.bits
        case _:
            pass
    return Control(control.tokens, control.record, word, missed)


def _last_place(tokens: Sequence[Token], part: Sequence[Token]) -> int | None:
    """Return where `part` stands last in `tokens`, None where it does not."""
    places = range(len(tokens) - len(part), -1, -1)
    return next((at for at in places if tuple(tokens[at : at + len(part)]) == tuple(part)), None)


def _mute(engine: Engine, path: Sequence[Token], error: Weighed) -> Draft:
    """Return neutral text of as many tokens as the error has."""
    wanted = len(error.tokens)
    neutral = split_after(engine, path, NEUTRAL * (1 + wanted // 20))
    tokens = neutral.tokens[:wanted]
    own = split_after(engine, path, text_of(tokens))
    split = Split(tokens, canonical=own.canonical and own.tokens == tokens)
    return Draft(ErrorKind.TYPED, "", Role.MUTE, split, error.record.displaced, None, None)
