"""Controls stand beside an error: as surprising, neither true nor wrong, of what stands there."""

import math

import pytest

from core.branches import Role
from core.error_drafts import Draft, ErrorWish
from core.error_records import ErrorKind
from core.errors import propose_errors, weigh
from core.fork_controls import Beside, propose_controls
from core.products import Aside
from core.splitting import Split, split_opening
from models.scripted_engine import ScriptedEngine

PROMPT = "Mark Zuckerberg is the CEO of"


def found(products):
    return [product.found for product in products if isinstance(product, Aside)]


def proposed(engine, **wish):
    path = split_opening(engine, PROMPT).tokens
    return found(propose_errors(engine, ErrorWish(path, **{"following": " Facebook, and"} | wish)))


def of_kind(weighed, kind):
    return [one for one in weighed if one.record.kind is kind]


def test_controls_say_by_how_many_bits_they_missed(scripted):
    path = split_opening(scripted, PROMPT).tokens
    [apple] = of_kind(proposed(scripted, wrong=(" Apple",)), ErrorKind.ANSWER)
    controls = found(propose_controls(scripted, path, apple, Beside(" Facebook", ())))
    roles = [control.record.role for control in controls]
    assert roles == [
        Role.CLEAN,
        Role.MENTION,
        Role.PLACEBO,
        Role.PLACEBO,
        Role.CONTROL,
        Role.MUTE,
        Role.BASE,
    ]
    by_role = {control.record.role: control for control in controls}
    control = by_role[Role.CONTROL]
    assert control.record.text == " a"
    assert control.missed == pytest.approx(-math.log2(0.01) + math.log2(0.007), abs=0.01)
    assert by_role[Role.CLEAN].missed is None
    assert by_role[Role.MUTE].missed is None  # it is matched in tokens
    mention = by_role[Role.MENTION]
    assert mention.word_bits < mention.record.bits  # the word alone, not its carrier
    assert mention.missed == pytest.approx(mention.word_bits - apple.record.bits)
    assert len(by_role[Role.MUTE].tokens) == len(apple.tokens)
    assert by_role[Role.MENTION].record.text.endswith(" Apple")


def test_a_word_that_begins_a_line_is_not_glued_to_what_mentions_it(scripted):
    path = split_opening(scripted, f"{PROMPT}\n").tokens
    said = scripted.vocabulary.tokens(scripted.tokenize("Apple"))
    draft = Draft(ErrorKind.TYPED, "", Role.ERROR, Split(said, canonical=True), "", None, None)
    (apple,) = found(weigh(scripted, path, [draft]))
    texts = {
        control.record.role: control.record.text
        for control in found(propose_controls(scripted, path, apple, Beside("Facebook", ())))
    }
    assert texts[Role.MENTION] == 'something. Some people have heard of "Apple'
    assert texts[Role.PLACEBO].endswith('The next word on the list is "Apple')
    assert texts[Role.BASE].startswith("something. ")


def test_the_controls_of_a_rule_say_their_part_as_often(scripted):
    path = split_opening(scripted, PROMPT).tokens
    [rule] = of_kind(proposed(scripted, wrong=(" Apple",)), ErrorKind.COHERENT)
    assert rule.record.text == f" Apple. {PROMPT} Apple. {PROMPT} Apple"
    assert rule.record.title == "coherent rule, 3 times"
    controls = found(propose_controls(scripted, path, rule, Beside(" Facebook", ())))
    texts = {control.record.role: control.record.text for control in controls}
    assert texts[Role.CLEAN].count(" Facebook") == 3
    assert texts[Role.MENTION].count("heard of Apple") == 3
    assert texts[Role.PLACEBO].count("the list is Apple") == 3
    mute = next(one for one in controls if one.record.role is Role.MUTE)
    assert len(mute.tokens) == len(rule.tokens)
    varied = proposed(scripted, wrong=(" Apple", " Google", " X"))
    [other] = of_kind(varied, ErrorKind.VARIED)
    assert other.record.text == f" Apple. {PROMPT} Google. {PROMPT} X"


def control_for(engine, wrong, known=()):
    path = split_opening(engine, PROMPT).tokens
    [error] = of_kind(proposed(engine, wrong=(wrong,)), ErrorKind.ANSWER)
    controls = found(propose_controls(engine, path, error, Beside(" Facebook", known)))
    return next(one for one in controls if one.record.role is Role.CONTROL)


def test_a_control_is_the_nearest_in_bits_and_not_the_first_that_could_be_one():
    likely = {" Facebook": 0.6, " the": 0.2, " company": 0.1, " people": 0.02, " Apple": 0.018}
    engine = ScriptedEngine({" CEO of": likely})
    control = control_for(engine, " Apple")
    assert control.record.text == " people"
    assert control.missed == pytest.approx(math.log2(0.018 / 0.02), abs=0.01)
    engine.close()


def test_a_control_is_none_of_the_answers_that_are_known_right_or_wrong():
    likely = {" Facebook": 0.6, " social": 0.02, " company": 0.019, " Apple": 0.02, " a": 0.01}
    engine = ScriptedEngine({" CEO of": likely})
    assert control_for(engine, " Apple").record.text == " social"
    assert control_for(engine, " Apple", (" social media",)).record.text == " company"
    assert control_for(engine, " Apple", ("Social", " company")).record.text == " a"
    wish = ErrorWish(
        (), " Facebook, and", typed=" he", wrong=(" a",), related=(" X",), answers=(" M",)
    )
    assert set(wish.known) == {" Facebook", " he", " a", " X", " M"}
    engine.close()


def test_a_negation_stands_beside_what_stands_there():
    engine = ScriptedEngine()
    [removed] = of_kind(proposed(engine, following=" not Facebook"), ErrorKind.NEGATION)
    assert (removed.record.text, removed.record.displaced) == (" Facebook", " not")
    [inserted] = of_kind(proposed(engine, following=" Google, and"), ErrorKind.NEGATION)
    assert (inserted.record.text, inserted.record.displaced) == (" not", "")
    engine.close()


def test_where_the_end_is_likeliest_the_likeliest_text_is_what_stands_there(scripted, monkeypatch):
    path = split_opening(scripted, f"{PROMPT} Apple.").tokens
    end, he = len(scripted.vocabulary) - 1, scripted.tokenize(" He")[0]
    after, logits = tuple(token.id for token in path), scripted._decoder.logits_after

    def ends(ids):
        found = logits(ids).copy()
        if tuple(ids) == after:
            found[end] = found.max() + 5
        return found

    monkeypatch.setattr(scripted._decoder, "logits_after", ends)
    weighed = found(propose_errors(scripted, ErrorWish(path, "", wrong=(" Mark",))))
    assert {one.record.displaced for one in weighed} == {" He", ""}
    assert not any("|" in one.record.title for one in weighed)
    mark = of_kind(weighed, ErrorKind.ANSWER)[0]
    clean = found(propose_controls(scripted, path, mark, Beside("", ())))[0]
    assert [token.id for token in clean.tokens] == [he]
