"""Stored numbers are computed again, and what does not hold is named."""

from dataclasses import replace

import pytest

from core.engine import Arithmetic, Expected, Floors, MeasureFloors
from core.session import Session
from core.session_reading import load
from core.tree import NodeId
from core.verdict import RankMoved
from core.verifying import verify


@pytest.fixture
def session(saved, path):
    return load(path)


def told(session, engine, sample=None):
    return verify(session, engine, sample=sample, progress=lambda _: None)


def test_the_model_of_the_session_repeats_every_number(session, make_engine):
    verdict = told(session, make_engine())
    assert verdict.ok
    assert verdict.model_matches
    assert verdict.max_abs_delta_logprob == 0
    assert verdict.checked == verdict.of == len(session.tree)
    assert verdict.ranks_apart == 0
    assert verdict.words.endswith("to the last bit: the difference allowed is 0. It does.")


def test_a_sample_checks_that_many(session, make_engine):
    verdict = told(session, make_engine(), sample=5)
    assert (verdict.checked, verdict.of) == (5, len(session.tree))
    assert verdict.ok
    assert verdict.words.endswith("It does in the readings that were computed.")


@pytest.mark.parametrize(
    "field",
    ["own", "candidate", "no number", "entropy", "rank", "first gone", "swapped", "twice"],
)
def test_a_number_that_was_changed_is_found(session, make_engine, field):
    contents = session.contents()
    rows = contents.readings[1]
    node, logprob, rank, ids, logprobs, entropy, exact = rows[3]
    changed = {
        "own": (node, logprob - 0.25, rank, ids, logprobs, entropy, exact),
        "candidate": (
            *(node, logprob, rank, ids),
            b"\x00\x00\x80\xbf" + logprobs[4:],
            *(entropy, exact),
        ),
        "no number": (
            *(node, logprob, rank, ids),
            b"\x00\x00\xc0\x7f" + logprobs[4:],
            *(entropy, exact),
        ),
        "entropy": (node, logprob, rank, ids, logprobs, entropy + 1e-6, exact),
        "rank": (node, logprob, rank + 5, ids, logprobs, entropy, exact),
        "first gone": (node, logprob, rank, ids[4:], logprobs[4:], entropy, exact),
        "swapped": (
            *(node, logprob, rank, ids[4:8] + ids[:4] + ids[8:]),
            *(logprobs[4:8] + logprobs[:4] + logprobs[8:], entropy, exact),
        ),
        "twice": (node, logprob, rank, ids[:-4] + ids[8:12], logprobs, entropy, exact),
    }
    rows[3] = changed[field]
    verdict = told(type(session).restored(contents), make_engine())
    assert not verdict.ok
    assert verdict.model_matches
    assert verdict.ranks_apart == (field == "rank")
    if field not in {"entropy", "rank"}:
        assert verdict.max_abs_delta_logprob > 0.1
    assert "It does not: " in verdict.words


def test_a_candidate_that_fell_out_of_the_list_is_scored_anyway(session, make_engine):
    contents = session.contents()
    node, logprob, rank, ids, logprobs, entropy, exact = contents.readings[1][3]
    elsewhere = (200).to_bytes(4, "little")
    contents.readings[1][3] = (node, logprob, rank, elsewhere + ids[4:], logprobs, entropy, exact)
    verdict = told(type(session).restored(contents), make_engine())
    engine = make_engine()
    before = session.tree.token(NodeId(node)).id
    expected = abs(-0.2876820724517809 - engine.scored(before, 200).logprob)
    assert verdict.max_abs_delta_logprob == pytest.approx(expected, rel=1e-6)


def test_another_model_is_named_by_its_hash_and_nothing_is_compared(session, make_engine):
    other = make_engine(name="other", shift=2)
    verdict = told(session, other)
    assert not verdict.model_matches
    assert not verdict.ok
    assert verdict.checked == 0
    assert verdict.max_abs_delta_logprob is None
    assert other.card.sha256 in verdict.words
    assert make_engine().card.sha256 in verdict.words
    assert not other.asked


@pytest.fixture
def read_long(workbench, tokens):
    """A session long enough for floors: each a among it stands where all others are as likely."""
    workbench.start_prompt(tokens("abcdefgh" * 10))
    return workbench._session


def exactly(answer):
    return replace(answer, expects=replace(answer.expects, exact=True))


def elsewhere(make_engine, floor):
    """Return the same model on a machine that rounds otherwise, by less than `floor`."""

    class Elsewhere(make_engine):  # type: ignore[valid-type,misc]
        def expects(self, token, *, exact=True):
            return super().expects(token, exact=False)

        def ask(self, request):
            if isinstance(request, MeasureFloors):
                yield Floors(0.0, 0.0, 0.01, floor, 0.001, 0.0, 0.001, 0.0, floor)
            else:
                for answer in super().ask(request):
                    read = isinstance(answer, Expected)
                    yield exactly(answer) if read else answer

    engine = Elsewhere()
    engine.card = replace(
        engine.card, engine="bytes 2", arithmetic=Arithmetic(2, 2, 8, repeats=True, check="other")
    )
    return engine


@pytest.mark.parametrize(("floor", "ok"), [(0.01, True), (0.0001, False)])
def test_in_another_arithmetic_the_difference_stands_beside_the_rounding_floor(
    read_long, make_engine, floor, ok
):
    verdict = told(read_long, elsewhere(make_engine, floor))
    assert verdict.model_matches
    assert verdict.tolerance == floor
    assert verdict.ok is ok
    assert verdict.max_abs_delta_logprob == pytest.approx(0.001, rel=1e-3)
    assert "rounding floor" in verdict.words


@pytest.mark.parametrize(
    ("stored", "ok"),
    [(2, True), (1, True), (3, True), (4, False)],
)
def test_in_another_arithmetic_near_ties_may_change_places_and_others_may_not(stored, ok):
    likeliest = (-1.0, -1.005, -1.008, -1.3, -2.0)
    moved = RankMoved(stored, -1.005, likeliest)
    assert moved.is_within(0.01) is ok
    assert RankMoved(9, -7.0, likeliest).is_within(0.01), "of unlikely tokens less is known"
    assert not RankMoved(5, -7.0, likeliest).is_within(0.01)


@pytest.mark.parametrize(
    ("change", "ok", "says"),
    [
        ((8, 2, 9), True, "1 rank differs, as they may where tokens lie closer"),
        ((9, 2, 2), False, "1 rank differs, 1 of them by more than that explains"),
        ((8, 5, 0.905), True, "within the rounding floor"),
        ((8, 5, 1.9), False, "An entropy differs by 1 nats, more than that explains"),
    ],
    ids=["a rank among equals", "the first rank", "little entropy", "much entropy"],
)
def test_in_another_arithmetic_what_rounding_does_not_explain_is_told(
    read_long, make_engine, change, ok, says
):
    contents = read_long.contents()
    place, column, value = change
    row = list(contents.readings[1][place])
    row[column] = value
    contents.readings[1][place] = tuple(row)
    verdict = told(Session.restored(contents), elsewhere(make_engine, 0.01))
    assert verdict.ok is ok
    assert says in verdict.words


def test_without_a_path_long_enough_for_floors_only_equality_passes(session, make_engine):
    verdict = told(session, elsewhere(make_engine, 0.01))
    assert not verdict.ok
    assert "No path is long enough" in verdict.words
    engine = elsewhere(make_engine, 0.01)
    engine.card = engine.card.with_floors(
        Floors(0.0, 0.0, 0.01, 0.01, 0.001, 0.0, 0.001, 0.0, 0.01)
    )
    verdict = told(session, engine)
    assert verdict.ok, "the model's own floors are known by then"
    assert verdict.tolerance == 0.01
