"""One error at each of many places: the same alone as among others, and only where it can stand."""

import math
from types import SimpleNamespace

import pytest

from core.error_chance import CLASSLESS
from core.error_drafts import ErrorWish
from core.error_placing import Drawn, Placing, Ranked, Written
from core.error_records import ErrorKind
from core.error_texts import token_class
from core.errors import propose_errors
from core.products import Aside
from core.splitting import split_opening
from core.sweeping import AFTER, Sweep, sweep
from core.tokens import TokenId, Vocabulary, text_of
from models.scripted_engine import WORDS, ScriptedEngine

PROMPT = "Mark Zuckerberg is the CEO of"


def found(products):
    return [product.found for product in products if isinstance(product, Aside)]


def swept(engine, text, error, *, places=None, seed=0):
    path = split_opening(engine, text).tokens
    everywhere = range(1, len(path))
    return path, found(sweep(engine, Sweep(path, tuple(places or everywhere), error, seed)))


def bits_of(engine, tokens, since):
    total = 0.0
    for at in range(since, len(tokens)):
        logits = engine._decoder.logits_after(tuple(tokens[:at])).astype(float)
        total -= logits[tokens[at]] - math.log(sum(map(math.exp, logits)))
    return total / math.log(2)


WRITTEN = (ErrorKind.DELETION, ErrorKind.TYPO, ErrorKind.NEGATION, ErrorKind.NUMBER)


@pytest.mark.parametrize(
    "error", [Ranked(2), Ranked(20), Drawn(), *(Written(kind, "") for kind in WRITTEN)]
)
def test_a_sweep_tells_the_harm_that_the_numbers_say(scripted, error):
    text = f"{PROMPT} Facebook, and not Apple. In 1969 he built a company"
    path, harms = swept(scripted, text, error)
    assert harms
    ids = [int(token.id) for token in path]
    for harm in harms:
        record, new = harm.record, [int(token.id) for token in harm.error]
        gone = {
            ErrorKind.DELETION: record.displaced + record.text,
            ErrorKind.NEGATION: record.displaced + record.text if record.displaced else "",
        }.get(record.kind, record.displaced)
        until = next(
            at for at in range(harm.index, len(path) + 1) if text_of(path[harm.index : at]) == gone
        )
        assert new != ids[harm.index : until]
        rest = ids[until : until + AFTER]
        changed = [*ids[: harm.index], *new]
        own = bits_of(scripted, changed, harm.index)
        assert record.bits == pytest.approx(own, abs=1e-3)
        assert harm.tokens == len(rest)
        if rest:
            clean = bits_of(scripted, ids[: until + AFTER], until)
            extra = bits_of(scripted, [*changed, *rest], len(changed)) - clean
            assert harm.harm == pytest.approx(extra / len(rest), abs=1e-3)
        else:
            assert harm.harm is None


def test_a_word_is_changed_where_one_begins_and_nowhere_else():
    scripted = ScriptedEngine(words=[*WORDS, "not"])
    text = f"{PROMPT} Facebook, and not Apple. In 1969 he built"

    def told(error):
        path, harms = swept(scripted, text, error)
        return [
            (text_of(path[: one.index]).split()[-1], one.record.displaced, one.record.text)
            for one in harms
        ]

    assert told(Written(ErrorKind.NUMBER, "+1")) == [("In", "1969", "1970")]
    assert told(Written(ErrorKind.NUMBER, "digit swap")) == [("In", "1969", "1996")]
    negated = told(Written(ErrorKind.NEGATION, ""))
    assert ("and", " not", " Apple") in negated
    assert {text for _, displaced, text in negated if not displaced} == {" not"}
    assert ("In", "", " not") not in negated  # before a number it negates nothing
    assert ("of", " Facebook", ",") in told(Written(ErrorKind.DELETION, ""))
    typos = told(Written(ErrorKind.TYPO, "letters swapped"))
    assert " Facebook" in {displaced for _, displaced, _ in typos}
    for _, displaced, wrong in typos:  # never a part of a word, never a mark
        assert displaced.startswith(" ")
        assert sorted(displaced) == sorted(wrong)
    assert not {"ucker", "berg"} & {displaced for _, displaced, _ in typos}
    scripted.close()


def test_a_seed_draws_at_a_place_the_same_alone_as_among_all(scripted):
    text = f"{PROMPT} Facebook, and he"
    path, everywhere = swept(scripted, text, Drawn(), seed=7)
    for harm in everywhere:
        _, [alone] = swept(scripted, text, Drawn(), places=(harm.index,), seed=7)
        assert alone.error == harm.error
        assert alone.record == harm.record
        assert harm.record.seed == 7
    other = [one.error for one in swept(scripted, text, Drawn(), seed=8)[1]]
    assert other != [one.error for one in everywhere]
    _, alike = swept(scripted, " he" * 9, Drawn(), seed=7)
    assert len({one.error for one in alike}) > 4  # each place draws for itself
    at = next(at for at, token in enumerate(path) if token.piece == b" Facebook")
    wish = ErrorWish(path[:at], text_of(path[at:]), seed=7)
    proposed = [one.record for one in found(propose_errors(scripted, wish))]
    [drawn] = [one for one in proposed if one.kind is ErrorKind.RANDOM]
    [swept_there] = [one.record for one in everywhere if one.index == at]
    assert (drawn.ids, drawn.seed) == (swept_there.ids, swept_there.seed)


def test_a_random_token_is_of_the_class_of_what_stands_there_and_can_be_seen(scripted):
    text = f"{PROMPT}\nMark é 12, Facebook. he"
    for seed in range(12):
        path, harms = swept(scripted, text, Drawn(), seed=seed)
        assert len(harms) > 5
        for harm in harms:
            (token,) = harm.error
            assert token_class(token.piece) == token_class(path[harm.index].piece)
            assert token != path[harm.index]
        swapped = {harm.index for harm in harms}
        for at, token in enumerate(path[1:], start=1):
            assert (at in swapped) == (token_class(token.piece) not in CLASSLESS)


def test_a_rank_is_that_of_the_token_which_is_put_in(scripted):
    path = split_opening(scripted, f"{PROMPT} X").tokens
    [harm] = found(sweep(scripted, Sweep(path, (len(path) - 1,), Ranked(2), 0)))
    assert text_of(harm.error) == " Google"
    assert (harm.record.rank, harm.record.title) == (3, "rank 3")


def test_a_sweep_neither_puts_nor_displaces_a_control_token():
    vocabulary = Vocabulary(
        (b"<end>", b"a", b"b", b"c"), frozenset({TokenId(0)}), None, frozenset()
    )
    engine = SimpleNamespace(
        vocabulary=vocabulary, tokenize=lambda text: tuple("<abc".index(one) for one in text)
    )
    path = vocabulary.tokens([TokenId(1), TokenId(2), TokenId(0)])

    def error(*likely, at=1):
        found = Placing(engine, path, Ranked(1), seed=0).at(at, likely)
        return None if found is None else text_of(found.split.tokens)

    assert error(3, 1) == "c"
    assert error(0, 3) == "c"
    assert error(0, 2) is None
    assert error(3, 1, at=2) is None
    for swept_error in (Drawn(), Written(ErrorKind.TYPO, "")):
        assert Placing(engine, path, swept_error, seed=0).at(2, ()) is None
