"""Long work is done in slices; what was found out about branches is found out once."""

from core.branches import Role
from core.sampling import GREEDY as SAMPLER
from core.tree import NodeId
from gui.branch_facts import BranchFacts
from gui.sliced import LEAST, Sliced


def test_little_work_is_done_at_once_and_much_of_it_by_and_by(qtbot, qapp):
    sliced = Sliced(qapp)
    done = []
    sliced.start(iter([1] * (LEAST // 2)), lambda: done.append("little"))
    assert done == ["little"]
    turns = iter(lambda: LEAST, None)  # never ends
    sliced.start(turns, lambda: done.append("never"))
    assert sliced.is_busy
    sliced.start(iter([LEAST] * 3), lambda: done.append("instead"))
    qtbot.waitUntil(lambda: not sliced.is_busy)
    assert done == ["little", "instead"]


def test_branches_are_walked_once_until_they_change(told):
    facts = BranchFacts(told)
    told.observe(facts.take)
    first = next(n for n, one in told.branches.items() if one.role is Role.ERROR)
    before = facts.mean_bits(first)
    facts.words(told.branches[first])
    walked = facts.walked
    assert facts.mean_bits(first) == before
    facts.words(told.branches[first])
    assert facts.walked == walked
    told.rename(first, "quite another name")
    assert "quite another name" in facts.words(told.branches[first])
    told.tag(NodeId(first), ("pears",))
    assert "pears" in facts.words(told.branches[first])
    told.continue_from((told.tip_of(first),), tokens=3, sampler=SAMPLER, seed=1)
    assert facts.mean_bits(first) != before
    clean = next(n for n, one in told.branches.items() if one.role is Role.CLEAN)
    facts.mean_bits(clean)
    walked = facts.walked
    told.continue_from((told.tip_of(first),), tokens=2, sampler=SAMPLER, seed=2)
    facts.mean_bits(clean)
    assert facts.walked == walked
