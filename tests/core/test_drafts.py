"""What an engine only drafts is provisional, and gives way to what exact draws give."""

from core.engine import Read
from core.intake import Cutting, Running, plant, take
from core.products import Grew, Withdrew
from core.sampling import GREEDY
from core.session import Deed, Session
from core.tree import ROOT, NodeId, Origin


def continued(workbench, tip, *, tokens=3):
    workbench.continue_from([tip], tokens=tokens, sampler=GREEDY, seed=1)


def texts(workbench, node=ROOT):
    """Return the text of every visible tip."""
    children = workbench.visible_children(node)
    below = [text for child in children for text in texts(workbench, child)]
    return below or [workbench.tree.text_to(node)]


def test_drafts_are_provisional_until_they_are_proved(workbench, tokens, drafting):
    prompt = workbench.start_prompt(tokens("ab"))
    provisional: list[NodeId] = []
    workbench.observe(
        lambda change: provisional.extend(
            n for n in change.added if not workbench.readings.is_exact(n)
        )
    )
    drafting.asked.clear()
    continued(workbench, prompt)
    tip = NodeId(len(workbench.tree))
    assert len(provisional) == 3
    assert all(workbench.readings.is_exact(node) for node in workbench.tree.path_to(tip))
    assert workbench.readings.expects(tip) == drafting.expects(ord("e"))
    assert not any(isinstance(request, Read) for request in drafting.asked), "nothing is read again"


def test_a_draft_that_was_wrong_gives_way_to_the_exact_draw(workbench, tokens, drafting):
    drafting.slip = 2
    prompt = workbench.start_prompt(tokens("ab"))
    continued(workbench, prompt, tokens=4)
    assert texts(workbench) == ["abcdef"]
    assert len(workbench.tree) == 8, "the two wrong drafts are hidden, as everything is"
    workbench.undo()
    assert texts(workbench) == ["ab"]
    workbench.redo()
    assert texts(workbench) == ["abcdef"]


def test_what_was_built_on_a_draft_stays_when_the_draft_gives_way(workbench, tokens, drafting):
    drafting.slip = 1
    prompt = workbench.start_prompt(tokens("ab"))

    def build(change):
        if len(workbench.tree) == 4 and change.added:
            workbench.branch_here(NodeId(4), tokens("!")[0])

    workbench.observe(build)
    continued(workbench, prompt, tokens=2)
    assert sorted(texts(workbench)) == ["abcd", "abce!"]


def test_a_token_shared_with_a_path_that_stands_is_not_taken_back(workbench, tokens, drafting):
    prompt = workbench.start_prompt(tokens("ab"))
    drafting.drafts = False
    continued(workbench, prompt, tokens=3)
    drafting.drafts, drafting.slip = True, 0
    drafting.shift = 0
    continued(workbench, prompt, tokens=1)
    assert sorted(texts(workbench)) == ["abb", "abcde"]


def test_a_draft_that_another_path_of_the_same_act_shares_is_not_taken_back(engine, tokens):
    session = Session()
    (prompt,) = plant(session, Deed("start"), ROOT, Cutting(tokens("a"), Origin.PROMPT, None))
    places = {0: [prompt], 1: [prompt]}
    running = Running(Deed("continue"), engine.card, engine.vocabulary, places, total=2)
    draft = engine.expects(98, exact=False)
    for place in places:
        take(session, running, Grew(place, engine.scored(97, 98), draft, -1.0))
    take(session, running, Withdrew(0, 1))
    (shared,) = session.visibility.children(prompt)
    assert places == {0: [prompt], 1: [prompt, shared]}
    take(session, running, Withdrew(1, 1))
    assert not session.visibility.children(prompt)
