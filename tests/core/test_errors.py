"""Errors are proposed with their weights, inserted as records, and remembered for ever."""

import json
import math
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.branches import Role
from core.error_drafts import ErrorWish
from core.error_list import inserted_errors
from core.error_records import ErrorKind, ErrorRecord, made_by, records_of
from core.error_texts import (
    Rule,
    begun_like,
    deletions,
    first_word,
    negations,
    number_changes,
    open_sentence,
    replaced_everywhere,
    token_class,
    typos,
)
from core.errors import Weighed, propose_errors
from core.fork_controls import Beside, propose_controls
from core.intake import Insertion
from core.jobs import InlineRunner, run_now
from core.known_error import KnownError
from core.lab.facts import answers_after, parse_facts
from core.products import Aside
from core.splitting import split_opening
from core.storage import InlineStorage
from core.tokens import text_of
from core.whose_turn import Speaker, TurnWish, speak
from core.workbench import Workbench
from gui.session_commands import session_info
from models.scripted_engine import STORY, ScriptedEngine

PROMPT = "Mark Zuckerberg is the CEO of"
UNSURE = {
    **STORY,
    " CEO of": {" Facebook": 0.4, " Apple": 0.3, " Google": 0.3},
    " Google": {",": 0.9},
}
"""A model that answers wrongly more often than not."""


def found(products):
    return [product.found for product in products if isinstance(product, Aside)]


def proposed(engine, **wish):
    path = split_opening(engine, PROMPT).tokens
    return found(propose_errors(engine, ErrorWish(path, **{"following": " Facebook, and"} | wish)))


def of_kind(weighed, kind):
    return [one for one in weighed if one.record.kind is kind]


def test_numbers_grow_by_one_ten_and_101_and_swap_digits():
    assert dict(number_changes(" 1969")) == {
        "+1": " 1970",
        "+10": " 1979",
        "+101": " 2070",
        "digit swap": " 1996",
    }
    assert dict(number_changes(" 1,999 m"))["+1"] == " 2,000 m"
    assert dict(number_changes("007"))["+1"] == "008"
    assert "digit swap" not in dict(number_changes(" 77"))
    assert not list(number_changes(" seven"))


@given(st.text(st.characters(categories=["L"]), min_size=2, max_size=12), st.integers(0, 99))
def test_a_typo_swaps_two_neighbours_or_drops_a_letter_and_keeps_the_first(word, seed):
    for how, text in typos(f" {word}", seed):
        assert text.startswith(f" {word[0]}")
        if how == "letters swapped":
            assert sorted(text) == sorted(f" {word}")
            assert sum(a != b for a, b in zip(text, f" {word}", strict=True)) == 2
        else:
            assert len(text) == len(word)
    assert list(typos(f" {word}", seed)) == list(typos(f" {word}", seed))


def test_a_negation_is_inserted_or_taken_away_and_a_deletion_goes_on_with_the_next_word():
    assert list(negations(" the CEO")) == [("“not” inserted", " not", "")]
    assert list(negations(" not the CEO")) == [("“not” removed", " the", " not")]
    assert list(deletions(" Facebook, and")) == [("of “Facebook”", ",")]
    assert not list(deletions(" Facebook"))
    assert first_word(" Facebook, and") == " Facebook"


@pytest.mark.parametrize(
    ("piece", "name"),
    [
        (b" Apple", " capital"),
        (b"apple", "letters"),
        (b"12", "digits"),
        (b",", "marks"),
        (b"\xe2", "bytes"),
        (b"\n", "unprintable"),
    ],
)
def test_tokens_fall_into_classes(piece, name):
    assert token_class(piece) == name


def test_a_proposal_carries_the_known_numbers_of_the_script(scripted):
    [apple] = of_kind(proposed(scripted, wrong=(" Apple",)), ErrorKind.ANSWER)
    record = apple.record
    assert record.bits == pytest.approx(-math.log2(0.007), abs=0.01)
    assert record.rank == 5
    assert record.depth == len(split_opening(scripted, PROMPT).tokens)
    assert record.displaced == " Facebook"
    assert record.canonical
    assert [token.piece for token in apple.tokens] == [b" Apple"]


@pytest.mark.parametrize("following", [" Facebook, and", ""])
def test_an_answer_written_without_its_space_stands_like_the_word_in_its_place(scripted, following):
    [apple] = of_kind(proposed(scripted, wrong=("Apple",), following=following), ErrorKind.ANSWER)
    assert apple.record.text == " Apple"


@pytest.mark.parametrize(
    ("answer", "word", "stands"),
    [("Paris", "Rome", "Paris"), (", no", " Rome", ", no"), (" Paris", " Rome", " Paris")],
)
def test_an_answer_gets_no_space_where_the_text_has_none_or_it_has_one(answer, word, stands):
    assert begun_like(answer, word) == stands


def test_every_kind_is_proposed_and_none_is_right():
    engine = ScriptedEngine(UNSURE)
    wrong = (" X", " Mark", " Paris")
    weighed = proposed(engine, typed=" nobody", wrong=wrong, following=" 1969, and")
    weighed += proposed(engine)
    kinds = {one.record.kind for one in weighed}
    assert kinds == set(ErrorKind) - {ErrorKind.TURN}  # which has a page of its own
    right = proposed(engine, answers=(" Apple",))
    assert not {one.record.text.strip().lower() for one in right} & {"facebook", "apple"}
    engine.close()


def test_ranks_are_those_that_were_asked_for(scripted):
    ranked = of_kind(proposed(scripted), ErrorKind.RANK)
    assert [one.record.detail for one in ranked] == ["2", "5", "20", "100"]
    assert [one.record.text for one in ranked[:2]] == [" X", " Apple"]
    assert [one.record.rank for one in ranked[:2]] == [2, 5]


def test_the_same_seed_draws_the_same_errors_and_another_draws_others(scripted):
    def random(seed):
        return [one.record.text for one in of_kind(proposed(scripted, seed=seed), ErrorKind.RANDOM)]

    assert random(3) == random(3)
    assert len({*random(1), *random(2), *random(3), *random(4)}) > 1


def test_an_own_sample_is_a_whole_word_that_the_model_drew_and_that_is_not_right():
    engine = ScriptedEngine(UNSURE)
    texts = set()
    for seed in range(6):
        [sample] = of_kind(proposed(engine, seed=seed, answers=(" X",)), ErrorKind.SAMPLE)
        texts.add(sample.record.text)
        assert sample.record.seed == seed
        assert sample.record.detail.endswith("of 8")
        assert sample.record.bits == pytest.approx(-math.log2(0.3), abs=0.01)
    assert texts == {" Apple", " Google"}
    right = proposed(engine, answers=(" Apple", " Google"))
    assert not of_kind(right, ErrorKind.SAMPLE)
    engine.close()


def test_a_random_token_is_of_the_class_of_what_stands_there(scripted):
    for following, name in (
        (" Facebook, and", " capital"),
        (" people", " letters"),
        (",", "marks"),
    ):
        for seed in range(8):
            [drawn] = of_kind(proposed(scripted, following=following, seed=seed), ErrorKind.RANDOM)
            (token,) = drawn.tokens
            assert token_class(token.piece) == name
            assert drawn.record.seed == seed
            assert drawn.record.text.strip() != first_word(following).strip()


@pytest.fixture
def bench(scripted):
    bench = Workbench(run_now, InlineRunner, InlineStorage)
    bench.attach_engine(scripted)
    yield bench
    bench.close()


def insert_whole_fork(bench, scripted):
    tip = bench.start_prompt(split_opening(scripted, PROMPT).tokens)
    path = split_opening(scripted, PROMPT).tokens
    [apple] = of_kind(proposed(scripted, wrong=(" Apple",)), ErrorKind.ANSWER)
    controls = found(propose_controls(scripted, path, apple, Beside(" Facebook", ())))
    insertions = [Insertion(one.tokens, one.record.text, one.record) for one in controls]
    insertions.append(Insertion(apple.tokens, "Apple", apple.record))
    return tip, bench.insert_together(tip, insertions, label="insert with controls")


def test_a_whole_fork_is_one_act_and_undone_by_one(bench, scripted):
    tip, tips = insert_whole_fork(bench, scripted)
    assert len(bench.visible_children(tip)) == 8
    assert all(bench.readings.logprob(one) is not None for one in tips)
    assert bench.undo() == "insert with controls"
    assert not bench.visible_children(tip)
    bench.redo()
    assert len(bench.visible_children(tip)) == 8


def test_a_record_outlives_a_rename_another_role_and_the_file(bench, scripted, tmp_path):
    _, tips = insert_whole_fork(bench, scripted)
    first = bench.branch_of(tips[-1]).first
    record = bench.error_of(first)
    assert (record.kind, record.text, record.role) == (ErrorKind.ANSWER, " Apple", Role.ERROR)
    bench.rename(first, "fruit")
    bench.set_role(first, Role.OTHER)
    bench.save_as(tmp_path / "a.swerve")
    again = Workbench(run_now, InlineRunner, InlineStorage)
    again.open(tmp_path / "a.swerve")
    assert again.error_of(first) == record
    branches = [again.branch_of(tip) for tip in tips[:-1]]
    records = [again.error_of(branch.first) for branch in branches if branch is not None]
    roles = [record.role for record in records if record is not None]
    assert roles[0] is Role.CLEAN
    assert roles[-2:] == [Role.MUTE, Role.BASE]
    again.close()
    told = session_info(tmp_path / "a.swerve")["branches"]
    assert isinstance(told, list)
    assert [one["error"]["bits"] for one in told if one["name"] == "fruit"] == [record.bits]


def test_what_has_no_record_has_none(bench, scripted):
    tip = bench.start_prompt(split_opening(scripted, PROMPT).tokens)
    plain = bench.insert(tip, scripted.vocabulary.tokens(scripted.tokenize(" Apple")))
    assert bench.error_of(plain) is None
    assert records_of("") == records_of("{") == records_of('{"errors": [{"kind": "?"}]}') == ()
    one = ErrorRecord(
        ErrorKind.TYPED, "", Role.ERROR, " x", (1,), "", 0, "", -1.0, 2, 0.5, True, None
    )
    assert records_of(made_by((one,))) == (one,)
    assert records_of(made_by((one,)).replace("-1.0", '"likely"')) == ()
    assert made_by(()) == ""


def test_a_list_of_errors_asks_for_the_branches_once(bench, scripted, monkeypatch):
    tip = bench.start_prompt(split_opening(scripted, PROMPT).tokens)
    for token in scripted.vocabulary.tokens(scripted.tokenize(" Apple Facebook")):
        bench.insert(tip, [token], role=Role.ERROR)
    branches, asked = bench.branches, []

    def all_of_them(_):
        asked.append(1)
        return branches

    monkeypatch.setattr(type(bench), "branches", property(all_of_them))
    assert inserted_errors(bench)
    assert len(asked) == 1


def test_a_look_aside_leaves_no_trace_in_the_session(bench, scripted):
    tip = bench.start_prompt(split_opening(scripted, PROMPT).tokens)
    before, label = len(bench.tree), bench.undo_label
    heard: list[object] = []
    wish = ErrorWish(split_opening(scripted, PROMPT).tokens, "")
    bench.look_aside("propose", partial(propose_errors, wish=wish), (tip,), heard.append)
    assert all(isinstance(one, Weighed) for one in heard)
    assert heard
    assert (len(bench.tree), bench.undo_label) == (before, label)
    assert not bench.jobs


def test_a_false_rule_is_said_several_times_and_put_into_every_place():
    assert open_sentence("It rained. The capital of France is") == "The capital of France is"
    assert open_sentence("It rained.") == ""
    rule = Rule("The capital of France is", (" Rome",) * 2)
    assert rule.text == " Rome. The capital of France is Rome"
    assert rule.with_word(" Paris").text == " Paris. The capital of France is Paris"
    assert replaced_everywhere(" Apple, said Apple of Apples", " Pear") == (2, " Pear, said Pear")
    assert replaced_everywhere(" Apple, said he", " Pear") is None


def test_related_answers_have_as_many_tokens_and_the_nearest_prior_first(scripted):
    weighed = proposed(scripted, related=(" Apple", " Google", " Facebook", " Qwxyz", " X", " a"))
    related = [one.record for one in of_kind(weighed, ErrorKind.ANSWER)]
    assert len(related) == 3
    assert all(len(one.ids) == 1 for one in related)
    assert " Facebook" not in {one.text for one in related}
    assert all("same relation, prior" in one.detail for one in related)
    missed = [abs(float(one.detail.split()[-2])) for one in related]
    assert missed == sorted(missed)


FACT = {
    "relation": "capital",
    "lead_in": "Notes.",
    "mention": "Some have heard of Lisbon.",
    "carrier": "The next word is",
    "wrong": ["Lisbon"],
}


def test_a_fact_of_the_pack_gives_wrong_answers_that_are_right_elsewhere():
    pack = [
        FACT
        | {"subject": land, "stem": f"The capital of {land} is", "true": [town]}
        | {"probes": [f"{n}: the capital of {land} is" for n in range(3)]}
        for land, town in (("France", "Paris"), ("Italy", "Rome"), ("Spain", "Madrid"))
    ]
    facts = parse_facts(json.dumps(pack), "test")
    known = answers_after(facts, "It rained. The capital of  France is", " a")
    assert known == ((" Paris",), (" Lisbon", " Rome", " Madrid"))
    assert answers_after(facts, "He lives in", " Rome")[0] == (" Rome",)
    assert answers_after(facts, "He lives in", " Berlin") == ((), ())


def test_either_turn_holds_the_same_statement_and_the_same_answer(plain_chat):
    wish = TurnWish("Tell me.", PROMPT, " Facebook", " Apple", ".")
    spoken = found(speak(plain_chat, wish))
    assert [one.speaker for one in spoken] == [Speaker.ASSISTANT] * 2 + [Speaker.USER] * 2
    for one in spoken:
        assert one.weighed.record.depth == len(one.opening)
        assert text_of(one.opening).endswith(PROMPT)
        assert text_of(one.weighed.tokens) in {" Facebook", " Apple"}
    tails = [text_of(one.tail) for one in spoken]
    assert tails[0] == "."
    assert tails[2].endswith("<assistant>")
    with pytest.raises(KnownError, match="the same"):
        list(speak(plain_chat, replace(wish, right=" Apple")))
