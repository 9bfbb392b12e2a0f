"""The fact pack we ship is sound, and a user's own is told what is wrong with it, by line."""

import csv
import io
import json

import pytest

from core.known_error import KnownError
from core.lab.facts import parse_facts
from core.lab.known_facts import rivals_of


def test_our_own_pack_is_sound(facts_text):
    facts = parse_facts(facts_text, "own")
    assert len(facts) == 200
    assert len({fact.relation for fact in facts}) >= 6
    for fact in facts:
        assert len(set(fact.wrong)) == len(fact.wrong) >= 3
        assert fact.subject in fact.stem
        assert all(fact.subject in probe for probe in fact.probes)


def test_rivals_of_one_relation_are_answers_of_that_relation(facts_text):
    facts = parse_facts(facts_text, "own")
    answers: dict[str, set[str]] = {}
    for fact in facts:
        answers.setdefault(fact.relation, set()).update(fact.true)
    for fact in facts:
        assert set(fact.wrong) <= answers[fact.relation], fact.key


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"true": []}, '"true" must be a list'),
        ({"wrong": ["German", "French"]}, "both true and wrong"),
        ({"probes": ["One"]}, "3 probes"),
        ({"stem": "The main language of France is French or"}, "given away"),
        ({"stem": "The capital of France is "}, "ends in a space"),
        ({"lead_in": 7}, '"lead_in" must be a text'),
        ({"mention": "Some people have heard of Oslo."}, "must name the first wrong answer"),
        ({"probes": ["One", "One", "Two"]}, "two probes are the same"),
        ({"true": ["Low", "Low German"]}, "would count twice"),
        ({"wrong": ["Portuguese", "Greek", "Greek"]}, "more than once"),
        ({"carrier": "After Portuguese comes"}, "the error, stands in"),
        ({"colour": "red"}, '"colour" is not known'),
        ({"stem": "In french newspapers of France one reads"}, "given away"),
        ({"true": ["C++"], "stem": "The C++ of France is"}, "given away"),
        ({"true": ["French "]}, '"French " begins or ends in a space'),
        ({"true": [" French"]}, '" French" begins or ends in a space'),
        ({"wrong": ["Portuguese", "a\nb"]}, '"wrong" holds a text of several lines'),
        ({"stem": "The language\nof France is"}, '"stem" holds a text of several lines'),
    ],
)
def test_a_bad_fact_is_named_by_its_line(facts_text, change, says):
    good = json.loads(facts_text)[:2]
    bad = {**good[1], **change}
    text = "[\n" + json.dumps(good[0]) + ",\n\n" + json.dumps(bad) + "\n]"
    with pytest.raises(KnownError, match="line 4") as told:
        parse_facts(text, "mine.json")
    assert says in str(told.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no JSON array"),
        ("[]", "empty"),
        ('[\n{"a": 1}\n{"b": 2}]', "comma"),
        ('[\n{"a": }]', "line 2"),
        ("[\n3]", "line 2: this is no object"),
        ("[3]\n[4]", "line 2: text stands behind the closing ]"),
        ("[" * 100_000, "line 1: brackets stand in brackets too deep"),
    ],
)
def test_what_is_no_pack_is_told_so(text, says):
    with pytest.raises(KnownError, match="mine") as told:
        parse_facts(text, "mine.json")
    assert says in str(told.value)


def test_a_fact_that_stands_twice_is_told(facts_text):
    first = json.dumps(json.loads(facts_text)[0])
    with pytest.raises(KnownError, match="already, in line 1"):
        parse_facts(f"[{first},\n{first}]", "mine.json")


def as_table(entries):
    text = io.StringIO()
    writer = csv.DictWriter(text, entries[0].keys(), lineterminator="\n")
    writer.writeheader()
    for entry in entries:
        parts = {name: "|".join(value) for name, value in entry.items() if isinstance(value, list)}
        writer.writerow({**entry, **parts})
    return text.getvalue()


def test_a_pack_may_be_a_table(facts_text):
    entries = json.loads(facts_text)
    assert parse_facts(as_table(entries), "mine.CSV") == parse_facts(facts_text, "own")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace("Lisbon|London|Moscow", "Paris|London|Moscow"), "line 2: paris"),
        (lambda text: text.replace(",probes\n", ",questions\n"), "line 1 lacks probes"),
        (lambda text: text + "\nhello,you\n", "line 5: 2 cells"),
        (lambda text: text.replace("Germany", '"Ger"many'), "line 3"),
    ],
    ids=["true and wrong", "no probes", "cells missing", "a loose quote"],
)
def test_a_table_is_told_what_is_wrong_with_it_by_line(facts_text, change, says):
    entries = [one for one in json.loads(facts_text) if one["relation"] == "capital"][:2]
    with pytest.raises(KnownError, match=r"mine\.csv") as told:
        parse_facts(change(as_table(entries)), "mine.csv")
    assert says in str(told.value)


def test_no_other_right_answer_counts_against_a_fact(facts_text):
    """Answers that a careful reader would let pass: they must be no rivals of their fact."""
    facts = {fact.key: fact for fact in parse_facts(facts_text, "own")}
    also_right = {
        "young animal: dog": {"pup"},
        "young animal: deer": {"calf", "kid"},
        "opposite: tall": {"small", "low"},
        "opposite: win": {"loss", "defeat"},
        "female form: father": {"mom", "mum"},
        "female form: grandfather": {"grandma"},
    }
    rivals = rivals_of(tuple(facts.values()))
    for key, answers in also_right.items():
        assert answers <= set(facts[key].true)
        assert not answers & {*facts[key].wrong, *rivals[key]}
    asked = " ".join(probe for fact in facts.values() for probe in fact.probes)
    for gas in ("hydrogen", "oxygen", "nitrogen"):
        assert f"Chemists write {gas}" not in asked  # H2 is written as well
    for country in ("England", "Egypt"):
        assert f"government of {country}" not in asked
    answers = {answer for fact in facts.values() for answer in (*fact.true, *fact.wrong)}
    assert "right" not in answers  # "You are right" would be read as an answer


def test_a_pack_may_begin_with_the_mark_that_some_editors_write(facts_text):
    assert parse_facts("\ufeff" + facts_text, "mine.json") == parse_facts(facts_text, "own")
