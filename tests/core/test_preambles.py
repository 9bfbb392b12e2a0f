"""A text behind preambles: neutral ones of equal length, and errors that stay what they were."""

import json

import pytest

from core.branches import Role
from core.error_drafts import ErrorWish
from core.error_list import error_rows, errors_json, inserted_errors
from core.error_records import ErrorKind, digest_of
from core.errors import propose_errors
from core.fork_controls import Beside, propose_controls
from core.intake import Insertion
from core.jobs import InlineRunner, run_now
from core.preambles import SETS, propose_preambles
from core.products import Aside
from core.sampling import GREEDY
from core.splitting import split_opening
from core.storage import InlineStorage
from core.workbench import Workbench
from gui.branch_facts import BranchFacts
from gui.branch_items import BranchItems
from gui.branch_marks import BranchMarks

PROMPT = "Mark Zuckerberg is the CEO of"


def found(products):
    return [product.found for product in products if isinstance(product, Aside)]


@pytest.fixture
def bench(scripted):
    bench = Workbench(run_now, InlineRunner, InlineStorage)
    bench.attach_engine(scripted)
    yield bench
    bench.close()


def test_every_preamble_has_a_neutral_partner_and_none_twice(scripted):
    for texts in SETS.values():
        assert len(set(texts)) == 6
        pairs = found(propose_preambles(scripted, texts))
        assert [one.neutral for one in pairs] == [False, True] * 6
        assert len({one.text for one in pairs}) == 12
        assert all(one.tokens[-1].piece.endswith(b"\n") for one in pairs)


def test_a_neutral_partner_is_as_long_or_as_nearly_as_a_short_sentence_can_be(scripted):
    off = []
    for texts in SETS.values():
        pairs = found(propose_preambles(scripted, texts))
        lengths = [len(one.tokens) for one in pairs]
        off += [abs(own - other) for own, other in zip(lengths[::2], lengths[1::2], strict=True)]
    assert max(off) <= 4
    assert sum(one == 0 for one in off) > len(off) / 2


def test_as_many_preambles_as_one_likes_have_partners_of_their_length(scripted):
    texts = [f"Line {number} says so." for number in range(100)]
    pairs = found(propose_preambles(scripted, texts))
    neutral = [one for one in pairs if one.neutral]
    assert len({one.text for one in neutral}) == 100
    for own, other in zip(pairs[::2], neutral, strict=True):
        assert abs(len(own.tokens) - len(other.tokens)) <= 2


def put_under_preambles(bench, scripted, texts):
    """Plant a fork of a wrong answer and its controls, go on, and put two of it under preambles."""
    path = split_opening(scripted, PROMPT).tokens
    tip = bench.start_prompt(path)
    weighed = found(propose_errors(scripted, ErrorWish(path, " Facebook,", wrong=(" Apple",))))
    apple = next(one for one in weighed if one.record.kind is ErrorKind.ANSWER)
    (clean, *_) = found(propose_controls(scripted, path, apple, Beside(" Facebook", ())))
    insertions = [Insertion(one.tokens, one.record.text, one.record) for one in (clean, apple)]
    tips = bench.insert_together(tip, insertions, label="fork")
    bench.continue_from(tips, tokens=6, sampler=GREEDY, seed=0)
    before = set(bench.branches)
    ends = [bench.tip_of(bench.branch_of(one).first) for one in tips]
    bench.put_under(ends, found(propose_preambles(scripted, texts)))
    return apple.record, [first for first in bench.branches if first not in before]


def test_what_stands_behind_a_preamble_already_is_not_planted_twice(bench, scripted):
    texts = ("The following is a factual statement.",)
    _, new = put_under_preambles(bench, scripted, texts)
    count = len(bench.tree)
    said: list[str | None] = []
    bench.observe(lambda change: said.append(change.news))
    ends = [bench.tip_of(first) for first, branch in list(bench.branches.items())[1:3]]
    bench.put_under(ends, found(propose_preambles(scripted, texts)))
    assert len(bench.tree) == count
    assert "stand behind these preambles already" in "".join(filter(None, said))
    assert set(new) <= set(bench.branches)


def test_an_error_under_a_preamble_keeps_its_record_with_its_weight_there(
    bench, scripted, tmp_path
):
    texts = ("The following is a factual statement.", "A number was drawn.", "Was a number drawn?")
    apple, new = put_under_preambles(bench, scripted, texts)
    errors = [first for first in new if bench.branches[first].role is Role.ERROR]
    assert len(errors) == 6
    lengths = [bench.tree.depth(first) - 1 for first in errors]
    assert len(set(lengths)) < len(lengths)  # some stand after texts of the same length
    records = [bench.error_of(first) for first in errors]
    for first, record in zip(errors, records, strict=True):
        assert (record.title, record.text) == ("wrong answer", " Apple")
        assert (record.displaced, record.role) == (" Facebook", Role.ERROR)
        assert record.depth == bench.tree.depth(first) - 1
        assert record.after == digest_of(bench.tree.ids_to(bench.tree.parent(first)))
        assert record.logprob == pytest.approx(bench.readings.logprob(first), abs=1e-6)
        assert record.rank == bench.readings.rank(first)
        assert len(bench.nodes_of(first)) > 1
        assert bench.head_nodes(first) == (first,)
    listed = {one.first: one for one in inserted_errors(bench, "wrong answer")}
    assert [listed[first].record for first in errors] == records
    told = [one for one in listed.values() if one.first in errors]
    assert {row[7] for row in error_rows(told)[1:]} == {"1"}
    assert [one["text"] for one in json.loads(errors_json(told))] == [" Apple"] * 6
    clean = [first for first in new if bench.branches[first].role is Role.CLEAN]
    assert {bench.error_of(first).text for first in clean} == {" Facebook"}
    bench.save_as(tmp_path / "under.swerve")
    again = Workbench(run_now, InlineRunner, InlineStorage)
    again.open(tmp_path / "under.swerve")
    assert [again.error_of(first) for first in errors] == records
    again.close()
    assert apple.after not in {record.after for record in records}
    assert bench.undo() == "put under preambles"
    assert not set(new) & set(bench.branches)


def test_a_branch_under_a_preamble_tells_the_surprise_of_its_error_alone(qapp, bench, scripted):
    _, new = put_under_preambles(bench, scripted, ("The following is a factual statement.",))
    facts = BranchFacts(bench)
    items = BranchItems(bench, BranchMarks(bench))
    for first in new:
        if bench.branches[first].role is Role.ERROR:
            bits = bench.error_of(first).bits
            assert facts.opening_bits(first) == pytest.approx(bits, abs=1e-5)
            assert items._second_line(bench.branches[first]).endswith(f"{bits:.1f} bits")


def test_a_told_fork_s_error_under_a_preamble_is_listed_as_itself(bench, scripted):
    path = split_opening(scripted, PROMPT).tokens
    tip = bench.start_prompt(path)
    first = bench.insert(tip, scripted.vocabulary.tokens(scripted.tokenize(" Apple")))
    bench.continue_from([first], tokens=6, sampler=GREEDY, seed=0)
    bench.put_under([bench.tip_of(first)], found(propose_preambles(scripted, ["All is true."])))
    listed = inserted_errors(bench)
    assert [one.record.text for one in listed] == [" Apple"] * 3
    assert [len(one.tokens) for one in listed] == [1] * 3
