"""What an engine only drafts is provisional, and gives way to what exact draws give."""

from itertools import islice

from core.engine import Read
from core.intake import Cutting, Running, plant, take
from core.known_error import KnownError
from core.products import Grew, Withdrew
from core.sampling import FREE, GREEDY, Stream
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


def when_drafted(workbench, count, act):
    """Act once, as soon as so many drafts are there."""
    left = [act]

    def look(change):
        rough = [n for n in workbench.tree.subtree(ROOT) if not workbench.readings.is_exact(n)]
        if len(rough) - 1 == count and left:
            left.pop()()

    workbench.observe(look)


def test_after_stop_only_what_exact_draws_give_stays(workbench, tokens, drafting):
    drafting.slip = 2
    prompt = workbench.start_prompt(tokens("ab"))
    when_drafted(workbench, 4, workbench.stop_all)
    continued(workbench, prompt, tokens=9)
    assert texts(workbench) == ["abcd"], "the third draft was wrong, and the fourth stood on it"
    assert all(workbench.readings.is_exact(node) for node in (NodeId(3), NodeId(4)))
    assert not workbench.busy
    workbench.undo()
    workbench.redo()
    assert texts(workbench) == ["abcd"]


def test_stop_proves_what_stays_with_the_draws_it_was_made_by(workbench, tokens, drafting):
    prompt = workbench.start_prompt(tokens("ab"))
    when_drafted(workbench, 3, workbench.stop_all)
    workbench.continue_from([prompt], tokens=9, sampler=FREE, seed=5)
    *_, request = drafting.asked
    (growth,) = request.growths
    assert (growth.path, growth.drawn) == (drafting.tokenize("ab"), 0)
    assert (growth.sampler, growth.stream) == (FREE, Stream(5, 0))
    assert (request.limit, request.drafts) == (3, False), "nothing new is written"
    assert workbench.meter.tokens_read > 0


def test_stopped_again_drafts_are_taken_back_instead_of_proved(workbench, tokens, drafting):
    prompt = workbench.start_prompt(tokens("ab"))
    when_drafted(workbench, 3, workbench.stop_all)

    def stop_again(_change):
        if any(label == "settle" for label, _, _ in workbench.jobs.values()):
            workbench.stop_all()

    workbench.observe(stop_again)
    continued(workbench, prompt, tokens=9)
    assert texts(workbench) == ["ab"]
    assert not workbench.busy


def test_drafts_of_a_model_that_is_let_go_are_taken_back(workbench, tokens, drafting):
    prompt = workbench.start_prompt(tokens("ab"))
    when_drafted(workbench, 3, lambda: workbench.attach_engine(None))
    continued(workbench, prompt, tokens=9)
    assert texts(workbench) == ["ab"]


def test_drafts_of_a_model_that_fails_are_taken_back(workbench, tokens, drafting, monkeypatch):
    drafts = drafting._draft

    def fail(request):
        yield from islice(drafts(request), 3)
        raise KnownError("The model stopped unexpectedly.")

    monkeypatch.setattr(drafting, "_draft", fail)
    prompt = workbench.start_prompt(tokens("ab"))
    continued(workbench, prompt, tokens=9)
    assert len(workbench.tree) == 5
    assert texts(workbench) == ["ab"]


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
