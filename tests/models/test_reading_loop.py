"""The loop answers every route to a path with the same numbers, whatever was read before."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.engine import (
    Continue,
    Contrast,
    Contrasted,
    End,
    Expected,
    Grow,
    Grown,
    Growth,
    Meter,
    Read,
    Reading,
    Stepped,
    Stopped,
)
from core.known_error import KnownError
from core.sampling import FREE, GREEDY, Stream
from core.tokens import TokenId
from models.readout import Readout
from models.scripted_decoder import ScriptedDecoder
from models.scripted_engine import ScriptedEngine


def ids(*tokens):
    return tuple(TokenId(token) for token in tokens)


def truth(engine, path):
    readout = Readout(len(engine.vocabulary))
    readout.load(engine._decoder.logits_after(tuple(path)))
    return readout


def read(engine, *paths, since=0):
    return list(engine.ask(Read(tuple(Reading(path, min(since, len(path) - 1)) for path in paths))))


def assert_readings_are_true(engine, answers, paths):
    seen = 0
    for answer in answers:
        if isinstance(answer, Expected):
            path = paths[answer.reading]
            expected = truth(engine, path[: answer.index + 1])
            assert answer.expects == expected.distribution(20, exact=True)
            if answer.following:
                assert answer.following == expected.score(path[answer.index + 1])
            seen += 1
    return seen


@pytest.fixture
def engine():
    engine = ScriptedEngine()
    yield engine
    engine.close()


def test_every_position_of_a_text_is_told_with_its_own_distribution(engine):
    path = engine.tokenize("Mark Zuckerberg is the CEO of Facebook, and")
    answers = read(engine, path)
    assert assert_readings_are_true(engine, answers, [path]) == len(path)
    assert answers[-1].tokens_read == len(path)


def test_a_path_that_was_read_costs_only_its_new_token(engine):
    path = engine.tokenize("Mark Zuckerberg is the CEO of")
    read(engine, path)
    longer = (*path, *engine.tokenize(" Apple"))
    answers = read(engine, longer, since=len(path))
    meter = answers[-1]
    assert (meter.tokens_read, meter.tokens_reused) == (1, len(path))


def test_twenty_switches_between_two_tips_read_nothing_again(engine):
    trunk = ids(*range(50))
    tips = [(*trunk, TokenId(60)), (*trunk, TokenId(61))]
    read(engine, *tips)
    read_again = 0
    for turn in range(20):
        tips[turn % 2] = (*tips[turn % 2], TokenId(70 + turn))
        read_again += read(engine, tips[turn % 2], since=1000)[-1].tokens_read - 1
    assert read_again == 0


def test_what_several_paths_share_is_read_once_even_in_one_batch(engine):
    trunk = ids(*range(10))
    paths = [(*trunk, TokenId(100 + n), TokenId(7)) for n in range(8)]
    answers = read(engine, *paths)
    assert assert_readings_are_true(engine, answers, paths) == 8 * 12
    assert answers[-1].tokens_read == 10 + 8 * 2


def test_a_grown_tree_costs_prompt_and_nodes(engine):
    path = ids(*range(2, 32))
    answers = list(engine.ask(Grow(path, width=3, depth=6)))
    grown = {answer.index: answer for answer in answers if isinstance(answer, Grown)}
    assert len(grown) == 364
    assert answers[-1].tokens_read == len(path) + 363
    for answer in grown.values():
        tail = []
        node = answer
        while node.token is not None:
            tail.append(node.token.id)
            node = grown[node.parent]
        expected = truth(engine, (*path, *reversed(tail)))
        assert answer.expects == expected.distribution(20, exact=True)


def test_unlikely_branches_are_not_followed(engine):
    path = engine.tokenize("the CEO of")
    answers = list(engine.ask(Grow(path, width=3, depth=2, least_probability=0.045)))
    grown = [answer for answer in answers if isinstance(answer, Grown)]
    assert len(grown) == 3


def test_only_the_likeliest_that_reach_top_p_are_followed(engine):
    path = engine.tokenize("the CEO of")
    for top_p, children in ((0.5, 1), (0.69, 2), (1.0, 3)):
        answers = list(engine.ask(Grow(path, width=3, depth=2, top_p=top_p)))
        grown = [answer for answer in answers if isinstance(answer, Grown)]
        assert len(grown) == 1 + children


def test_greedy_takes_the_likeliest_and_tells_why_it_stopped(engine):
    path = engine.tokenize("the CEO of")
    answers = list(engine.ask(Continue((Growth(path, GREEDY, Stream(0, 0)),), limit=3)))
    steps = [answer for answer in answers if isinstance(answer, Stepped)]
    assert [step.token.rank for step in steps] == [1, 1, 1]
    assert engine.vocabulary[steps[0].token.id].piece == b" Facebook"
    assert Stopped(0, End.LIMIT) in answers


def test_same_seed_same_text_in_any_company(engine):
    path = engine.tokenize("the CEO of")

    def drawn(growths, wanted):
        answers = engine.ask(Continue(growths, limit=8))
        return [a.token.id for a in answers if isinstance(a, Stepped) and a.growth == wanted]

    alone = drawn((Growth(path, FREE, Stream(3, 5)),), 0)
    crowd = tuple(Growth(path, FREE, Stream(3, number)) for number in range(9))
    assert drawn(crowd, 5) == alone
    assert drawn(crowd, 4) != alone


def test_a_draw_can_be_taken_up_where_it_was_left(engine):
    path = engine.tokenize("the CEO of")
    ask = engine.ask(Continue((Growth(path, FREE, Stream(3, 5)),), limit=8))
    whole = [answer.token.id for answer in ask if isinstance(answer, Stepped)]
    growth = Growth((*path, *whole[:3]), FREE, Stream(3, 5), drawn=3)
    rest = [a.token.id for a in engine.ask(Continue((growth,), 5)) if isinstance(a, Stepped)]
    assert rest == whole[3:]


def test_branches_are_held_against_the_reference_at_every_distance(engine):
    reference, other = ids(1, 2, 3), ids(1, 2, 4)
    continuation = ids(*range(40, 110))
    answers = list(engine.ask(Contrast(reference, (other, reference), continuation)))
    found = {(a.other, a.distance): a for a in answers if isinstance(a, Contrasted)}
    assert len(found) == 2 * 71
    assert found[0, 0].sqrt_js > 0.1
    assert found[0, 10].sqrt_js == 0, "the scripted model forgets after four tokens"
    assert all(found[1, distance].kl == 0 for distance in range(71))


def test_an_empty_or_endless_path_is_a_sentence_not_a_crash(engine):
    with pytest.raises(KnownError, match="no text"):
        read(engine, ())
    with pytest.raises(KnownError, match="shorten it"):
        read(engine, ids(*[1] * 9000))
    assert read(engine, ids(1))


def test_a_cancelled_request_does_not_stop_the_others(engine):
    asking = engine.ask(Continue((Growth(ids(1), GREEDY, Stream(0, 0)),), limit=8000))
    next(asking)
    asking.close()
    assert isinstance(read(engine, ids(1, 2))[-1], Meter)


@settings(max_examples=60, deadline=None)
@given(
    paths=st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=30), min_size=1, max_size=25),
    group=st.integers(1, 6),
    cells=st.integers(120, 400),
    sequences=st.integers(8, 20),
)
def test_any_route_gives_the_same_numbers_however_little_is_kept(paths, group, cells, sequences):
    engine = ScriptedEngine(cells=cells, sequences=sequences)
    try:
        for start in range(0, len(paths), group):
            batch = [ids(*path) for path in paths[start : start + group]]
            answers = read(engine, *batch)
            assert assert_readings_are_true(engine, answers, batch) == sum(map(len, batch))
    finally:
        engine.close()


def test_the_scripted_decoder_counts_its_cells():
    decoder = ScriptedDecoder(8, {}, cells=4, sequences=3)
    assert np.array_equal(decoder.logits_after((1, 2)), decoder.logits_after((1, 2)))


def test_what_is_of_no_use_any_more_is_forgotten_while_nobody_waits(engine):
    trunk = ids(*range(2, 12))
    for number in range(80):
        read(engine, (*trunk, *ids(*([20 + number] * 40))))
    end = time.monotonic() + 5
    while engine._loop._used > 2600 and time.monotonic() < end:
        read(engine, trunk)
    assert engine._loop._used <= 2600, "3210 tokens were read, and 330 are of use"
    longer = (*trunk, TokenId(7))
    assert_readings_are_true(engine, read(engine, longer), [longer])


def test_a_click_does_not_wait_behind_a_long_prompt(engine):
    long = engine.ask(Read((Reading(ids(*([3, 4, 5] * 1000)), 2999),)))
    click = read(engine, ids(1, 2))
    assert click[-1].seconds < next(iter(a for a in long if isinstance(a, Meter))).seconds / 2


def test_branches_that_do_not_fit_beside_each_other_grow_one_after_the_other():
    engine = ScriptedEngine(cells=400)
    size = len(engine.vocabulary) - 1
    paths = [ids(*((b * 37 + i * 11 + 7) % size for i in range(90))) for b in range(8)]
    growths = tuple(Growth(path, FREE, Stream(1, n)) for n, path in enumerate(paths))
    *answers, meter = list(engine.ask(Continue(growths, 20)))
    assert isinstance(meter, Meter)
    grown = sum(isinstance(answer, Stepped) for answer in answers)
    engine.close()
    roomy = ScriptedEngine()
    *others, _ = list(roomy.ask(Continue(growths, 20)))
    roomy.close()
    assert by_branch(answers) == by_branch(others)
    assert meter.tokens_read < 2 * (8 * 90 + grown), "each in turn would read it all again"


def by_branch(answers):
    return {n: [a for a in answers if a.growth == n] for n in {a.growth for a in answers}}
