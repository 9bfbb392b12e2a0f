"""What every engine promises, asked of each: scripted, in this process, in a child process."""

import math

import numpy as np
import pytest

from core.engine import (
    Continue,
    Contrast,
    Contrasted,
    Expected,
    Growth,
    Meter,
    Read,
    Reading,
    Scored,
    Stepped,
)
from core.known_error import KnownError
from core.sampling import FREE, GREEDY, Sampler, Stream
from models.catalog import starter_model
from models.llama_engine import LlamaEngine
from models.scripted_engine import ScriptedEngine
from tests.models.company import what_is_left

PROMPT = "Mark Zuckerberg is the CEO of"


SEQUENCES = 8
"""Few, so that branches are evicted on the way."""


@pytest.fixture(scope="module")
def in_process():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.llama_engine.SEQUENCES", SEQUENCES)
        engine = LlamaEngine(starter_model(), lambda _: True)
    yield engine
    engine.close()


@pytest.fixture
def scripted():
    engine = ScriptedEngine(sequences=SEQUENCES)
    yield engine
    engine.close()


@pytest.fixture(
    params=[
        "scripted",
        pytest.param("in_process", marks=pytest.mark.model),
        pytest.param("starter", marks=pytest.mark.model),
    ]
)
def engine(request):
    return request.getfixturevalue(request.param)


def readings(engine, *paths, since=0, watch=(), top=20):
    asked = tuple(Reading(path, min(since, len(path) - 1), watch) for path in paths)
    return [a for a in engine.ask(Read(asked, top=top)) if isinstance(a, Expected)]


def test_probabilities_sum_to_one(engine):
    path = engine.tokenize(PROMPT)
    (expected,) = readings(engine, path, since=len(path), top=len(engine.vocabulary))
    mass = math.fsum(math.exp(c.logprob) for c in expected.expects.candidates)
    assert mass == pytest.approx(1, abs=1e-4)
    (short,) = readings(engine, path, since=len(path))
    kept = math.fsum(math.exp(c.logprob) for c in short.expects.candidates)
    assert kept + short.expects.rest == pytest.approx(1, abs=1e-5)


def test_any_token_can_be_watched_and_agrees_with_the_candidates(engine):
    path = engine.tokenize(PROMPT)
    (plain,) = readings(engine, path, since=len(path))
    ids = tuple(c.id for c in plain.expects.candidates[::5])
    (watched,) = readings(engine, path, since=len(path), watch=ids)
    for scored in watched.watched:
        candidate = plain.expects.candidate(scored.id)
        assert scored.rank == candidate.rank
        assert scored.logprob == candidate.logprob


def test_a_reading_is_the_same_by_any_route(engine):
    path = engine.tokenize(PROMPT + " Facebook, and he is known for")
    whole = readings(engine, path)
    for other in ("Apple", " completely different", " Facebook, but"):
        list(engine.ask(Read((Reading(engine.tokenize(PROMPT + other)),))))
    growths = tuple(Growth(path[:8], FREE, Stream(5, n)) for n in range(SEQUENCES))
    list(engine.ask(Continue(growths, 9)))
    for since in (0, 3, 8, len(path) - 1):
        for again in readings(engine, path, since=since):
            assert again.expects == whole[again.index].expects


@pytest.mark.model
def test_another_process_tells_and_draws_the_same(in_process, starter):
    path = in_process.tokenize(PROMPT + " Apple, and he is known for")
    assert readings(in_process, path) == readings(starter, path)
    sampler = Sampler(temperature=0.9, top_p=0.95, repeat_penalty=1.1)
    growths = tuple(Growth(path[:9], sampler, Stream(7, n)) for n in range(3))
    ours, theirs = (list(engine.ask(Continue(growths, 12))) for engine in (in_process, starter))
    assert [what_is_left(ours, n) for n in range(3)] == [what_is_left(theirs, n) for n in range(3)]


def test_a_new_context_tells_the_same_as_one_that_evicted_much(scripted):
    path = scripted.tokenize(PROMPT + " Facebook")
    for number in range(3 * SEQUENCES):
        readings(scripted, (*path[: 1 + number % 5], path[-1], path[number % 4]))
    new = ScriptedEngine()
    assert readings(scripted, path) == readings(new, path)
    new.close()


def test_a_forced_text_scores_as_its_draws_did(engine):
    path = engine.tokenize(PROMPT)
    growth = Growth(path, FREE, Stream(11, 0))
    steps = [a for a in engine.ask(Continue((growth,), 12)) if isinstance(a, Stepped)]
    whole = (*path, *(step.token.id for step in steps))
    scores = [e.following for e in readings(engine, whole, since=len(path) - 1)][:-1]
    assert scores == [step.token for step in steps]


def test_same_seed_same_text_alone_and_in_company(engine):
    path = engine.tokenize(PROMPT)

    def drawn(*streams):
        growths = tuple(Growth(path, FREE, Stream(1, n)) for n in streams)
        asked = engine.ask(Continue(growths, 8))
        return [a.token for a in asked if isinstance(a, Stepped) and a.growth == 0]

    assert drawn(3) == drawn(3, 0, 1, 2, 4, 5, 6, 7)


@pytest.mark.parametrize("sampler", [GREEDY, FREE], ids=["greedy", "drawn"])
def test_drafts_settle_into_what_is_told_without_them(engine, sampler):
    path = engine.tokenize(PROMPT)
    growth = Growth(path, sampler, Stream(1, 4))
    plain = what_is_left(engine.ask(Continue((growth,), 21)), 0)
    assert what_is_left(engine.ask(Continue((growth,), 21, drafts=True, block=8)), 0) == plain
    whole = readings(engine, (*path, *(step.token.id for step in plain[0])))
    assert [step.expects for step in plain[0]] == [each.expects for each in whole[len(path) :]]


def test_two_branches_with_the_same_noise_part_only_where_the_texts_differ(engine):
    path = engine.tokenize(PROMPT)
    growths = (Growth(path, FREE, Stream(1, 9)), Growth(path, FREE, Stream(1, 9)))
    taken: dict[int, list[Scored]] = {0: [], 1: []}
    for answer in engine.ask(Continue(growths, 8)):
        if isinstance(answer, Stepped):
            taken[answer.growth].append(answer.token)
    assert taken[0] == taken[1]


def test_cut_tokens_are_never_drawn(engine):
    path = engine.tokenize(PROMPT)
    sampler = Sampler(temperature=1.5, top_k=3)
    growths = tuple(Growth(path, sampler, Stream(2, n)) for n in range(12))
    first = {}
    for answer in engine.ask(Continue(growths, 1)):
        if isinstance(answer, Stepped):
            first[answer.growth] = answer
    assert {step.token.rank for step in first.values()} <= {1, 2, 3}
    mass = {step.token.id: math.exp(step.drawn_logprob) for step in first.values()}
    assert math.fsum(mass.values()) <= 1 + 1e-5


def test_the_sampler_tells_its_own_probabilities_beside_the_raw_ones(engine):
    path = engine.tokenize(PROMPT)
    sampler = Sampler(temperature=0.7, top_k=5)
    asked = engine.ask(Read((Reading(path, len(path) - 1, sampler=sampler),)))
    expected = next(answer for answer in asked if isinstance(answer, Expected))
    assert expected.drawn_logprobs is not None
    drawn = np.frombuffer(expected.drawn_logprobs, "<f4")
    raw = expected.expects.logprob_array.astype(float)
    assert np.isneginf(drawn[5:]).all(), "what is cut stays on the list, with no chance"
    wanted = raw[:5] / 0.7 - np.log(np.exp(raw[:5] / 0.7).sum())
    assert np.abs(drawn[:5] - wanted).max() < 1e-4


def test_a_branch_does_not_differ_from_itself(engine):
    path = engine.tokenize(PROMPT)
    asked = engine.ask(Contrast(path, (path,), engine.tokenize(" Facebook, and he")))
    found = [a for a in asked if isinstance(a, Contrasted)]
    assert [f.distance for f in found] == list(range(len(found)))
    assert all((f.kl, f.sqrt_js, f.flip) == (0, 0, False) for f in found)


def test_a_forced_token_is_as_likely_in_both_places_as_a_reading_says(engine):
    reference, other = (engine.tokenize(PROMPT + word) for word in (" Facebook", " Apple"))
    forced = engine.tokenize(", and he's a pioneer in the field")
    asked = engine.ask(Contrast(reference, (other, reference), forced))
    found = {(a.other, a.distance): a for a in asked if isinstance(a, Contrasted)}
    read = [
        [e.following.logprob for e in readings(engine, (*path, *forced), since=len(path) - 1)[:-1]]
        for path in (reference, other)
    ]
    for distance in range(len(forced)):
        one, same = found[0, distance], found[1, distance]
        assert (one.reference_logprob, one.other_logprob) == (read[0][distance], read[1][distance])
        assert same.other_logprob == same.reference_logprob == one.reference_logprob
    last = found[0, len(forced)]
    assert (last.reference_logprob, last.other_logprob) == (None, None)


def test_every_request_ends_with_its_cost(engine):
    path = engine.tokenize(PROMPT)
    *_, last = engine.ask(Continue((Growth(path, GREEDY, Stream(0, 0)),), 3))
    assert isinstance(last, Meter)
    assert last.tokens_read >= 3


def test_what_cannot_be_served_is_a_sentence(engine):
    with pytest.raises(KnownError, match="no text"):
        list(engine.ask(Read((Reading(()),))))
    with pytest.raises(KnownError, match="shorten it"):
        list(engine.ask(Read((Reading((engine.tokenize("a")[0],) * 9000),))))
