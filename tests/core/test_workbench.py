import json
from dataclasses import replace

import pytest

from core.branches import Role
from core.engine import Continue, Read
from core.forks import ForkSpec
from core.jobs import InlineRunner, run_now
from core.sampling import FREE, GREEDY
from core.tree import ROOT, NodeId, Origin
from core.workbench import Preview, Workbench

SPEC = ForkSpec("hello", "a", "x", "q", "mno", "?h", tokens=3)


def text(workbench, node):
    return workbench.tree.text_to(node)


def continued(workbench, tip, **wishes):
    settings = {"tokens": 3, "sampler": GREEDY, "seed": 1} | wishes
    workbench.continue_from([tip], **settings)


def made_by(workbench):
    return json.loads(workbench.maker_of(NodeId(len(workbench.tree))).made_by)


def problems(changes):
    return [change.problem for change in changes if change.problem]


def news(changes):
    return [change.news for change in changes if change.news]


def test_a_prompt_is_read_from_its_first_token(workbench, tokens, engine):
    tip = workbench.start_prompt(tokens("abd"))
    nodes = workbench.tree.path_to(tip)
    assert [workbench.readings.logprob(node) for node in nodes] == [
        None,
        engine.scored(97, 98).logprob,
        engine.scored(98, 100).logprob,
    ]
    assert workbench.readings.surprise(nodes[1]) == pytest.approx(0.415, abs=1e-3)
    assert workbench.readings.expects(tip) == engine.expects(100)
    assert workbench.readings.is_exact(tip)


def test_two_prompts_share_their_beginning(workbench, tokens):
    one = workbench.start_prompt(tokens("abc"))
    two = workbench.start_prompt(tokens("abd"))
    assert workbench.tree.parent(one) == workbench.tree.parent(two)
    assert workbench.start_prompt(tokens("abc")) == one
    assert [branch.role for branch in workbench.branches.values()] == [Role.BASE, Role.BASE]
    assert [branch.name for branch in workbench.branches.values()] == ["abc", "abd"]


def test_what_first_follows_a_prompt_is_a_branch_and_then_grows(workbench, tokens):
    prompt = workbench.start_prompt(tokens("ab"))
    continued(workbench, prompt)
    first, second = workbench.branches
    assert workbench.tip_of(first) == prompt
    assert text(workbench, workbench.tip_of(second)) == "abcde"
    continued(workbench, workbench.tip_of(second))
    assert len(workbench.branches) == 2
    assert text(workbench, workbench.tip_of(second)) == "abcdefgh"
    assert workbench.branch_of(workbench.tip_of(second)).name == "c"


def test_a_fork_leaves_the_old_branch_as_it_was(workbench, tokens):
    prompt = workbench.start_prompt(tokens("ab"))
    continued(workbench, prompt)
    branch = list(workbench.branches)[1]
    before = workbench.nodes_of(branch)
    node = workbench.branch_here(before[0], tokens("z")[0])
    assert workbench.nodes_of(branch) == before
    assert workbench.branches[node].name == "z"
    assert workbench.tree.origin(node) is Origin.CHOSEN
    assert workbench.branch_here(before[0], tokens("z")[0]) == node


def test_a_token_of_the_model_joins_what_it_wrote_before_but_never_what_was_inserted(
    workbench, tokens
):
    prompt = workbench.start_prompt(tokens("ab"))
    inserted = workbench.insert(prompt, tokens("c"))
    continued(workbench, prompt, tokens=2)
    grown = [n for n in workbench.visible_children(prompt) if n != inserted]
    assert len(grown) == 1
    count = len(workbench.tree)
    continued(workbench, prompt, tokens=2)
    assert len(workbench.tree) == count
    assert workbench.tree.origin(inserted) is Origin.INSERTED


def test_samples_become_branches_and_share_what_they_share(workbench, tokens):
    prompt = workbench.start_prompt(tokens("ab"))
    tip = workbench.branch_here(prompt, tokens("f")[0])
    continued(workbench, tip, samples=4, sampler=FREE)
    assert [workbench.tree.text_to(n) for n in workbench.visible_children(tip)] == ["abfg", "abfh"]
    assert workbench.tip_of(tip) == tip
    assert {workbench.tree.origin(n) for n in workbench.visible_children(tip)} == {Origin.SAMPLED}


def test_every_verb_is_undone_and_done_again(workbench, tokens):
    states = []

    def state():
        return (
            {n.id for n in workbench.tree if workbench.is_visible(n.id)},
            dict(workbench.branches),
            dict(workbench.notes),
            workbench.bookmarks,
            workbench.fork,
        )

    verbs = [
        lambda: workbench.start_prompt(tokens("abc")),
        lambda: workbench.insert(NodeId(3), tokens("xy")),
        lambda: continued(workbench, NodeId(3)),
        lambda: workbench.branch_here(NodeId(2), tokens("q")[0]),
        lambda: workbench.rename(NodeId(4), "wrong"),
        lambda: workbench.set_role(NodeId(4), Role.MUTE),
        lambda: workbench.note(NodeId(2), "odd"),
        lambda: workbench.bookmark(NodeId(2), True),
        lambda: workbench.hide(NodeId(4)),
        lambda: workbench.show(NodeId(4)),
        lambda: workbench.tell_fork(SPEC),
        lambda: workbench.start_prompt(tokens("something else")),
    ]
    for verb in verbs:
        states.append(state())
        verb()
        assert state() != states[-1]
    states.append(state())
    for expected in reversed(states[:-1]):
        assert workbench.undo()
        assert state() == expected
    for expected in states[1:]:
        assert workbench.redo()
        assert state() == expected
    assert workbench.redo() is None


def test_a_new_act_puts_what_was_undone_out_of_reach_and_keeps_it(workbench, tokens):
    workbench.start_prompt(tokens("ab"))
    workbench.start_prompt(tokens("xy"))
    workbench.undo()
    assert workbench.redo_label == "new prompt"
    workbench.bookmark(NodeId(1), True)
    assert workbench.redo_label is None
    assert len(workbench.tree) == 4
    assert not workbench.is_visible(NodeId(3))
    workbench.undo()
    workbench.undo()
    assert workbench.undo() is None
    assert not workbench.branches


def test_the_fork_is_told_prompt_first_then_branches_then_beliefs_then_growth(
    workbench, changes, engine
):
    workbench.tell_fork(SPEC)
    fork = workbench.fork
    assert list(fork.branches) == [
        Role.BASE,
        Role.CLEAN,
        Role.ERROR,
        Role.MENTION,
        Role.CONTROL,
    ]
    kinds: list[str] = []
    for change in changes:
        kind = "finding" if change.findings else "added" if change.added else None
        if kind and (not kinds or kinds[-1] != kind):
            kinds.append(kind)
    assert kinds == ["added", "finding", "added"]
    tips = {role: workbench.tip_of(first) for role, first in fork.branches.items()}
    assert {role.value: text(workbench, tip) for role, tip in tips.items()} == {
        "base": "hello",
        "clean": "helloabcd",
        "error": "helloxyz{",
        "mention": "hellomnopqr",
        "control": "helloqrst",
    }
    assert all(workbench.readings.is_exact(tip) for tip in tips.values())
    origins = {r: workbench.tree.origin(n) for r, n in fork.branches.items()}
    assert origins == {
        Role.BASE: Origin.PROMPT,
        Role.CLEAN: Origin.CHOSEN,
        Role.ERROR: Origin.INSERTED,
        Role.MENTION: Origin.INSERTED,
        Role.CONTROL: Origin.INSERTED,
    }
    assert len(engine.asked) == 4, "prompt, branches, beliefs, growth: one request each"


def test_beliefs_force_the_whole_answer_after_the_probe(workbench, engine):
    workbench.tell_fork(ForkSpec("hello", "ij", "x", None, None, "?h", tokens=0))
    truth = engine.scored(ord("h"), ord("i")).logprob + engine.scored(ord("i"), ord("j")).logprob
    assert [
        (b.branch, b.logprob_truth, b.logprob_error, b.distance) for b in workbench.fork.beliefs
    ] == [
        (workbench.fork.branches[Role.CLEAN], truth, engine.scored(104, 120).logprob, 2),
        (workbench.fork.branches[Role.ERROR], truth, engine.scored(104, 120).logprob, 1),
    ]
    assert len(workbench.tree) == len("helloijx"), "probes are side readings, never nodes"


def test_a_fork_told_twice_shares_its_nodes(workbench):
    workbench.tell_fork(SPEC)
    count = len(workbench.tree)
    workbench.tell_fork(SPEC)
    assert len(workbench.tree) == count
    assert len(workbench.branches) == 5
    workbench.undo()
    assert len(workbench.branches) == 5


def test_a_control_that_begins_like_the_mention_is_found_again_too(workbench):
    spec = replace(SPEC, mention=f"{SPEC.control} too")
    workbench.tell_fork(spec)
    count = len(workbench.tree)
    workbench.tell_fork(spec)
    assert len(workbench.tree) == count


@pytest.mark.parametrize(
    "spec",
    [
        ForkSpec("", "a", "x", None, None, None),
        ForkSpec("hello", " ", "x", None, None, None),
        ForkSpec("hello", "a", "a", None, None, None),
    ],
)
def test_a_fork_that_lacks_something_says_so_and_changes_nothing(workbench, changes, spec):
    workbench.tell_fork(spec)
    assert len(problems(changes)) == 1
    assert not len(workbench.tree)
    assert workbench.undo_label is None
    assert not workbench.busy


def test_a_model_with_an_opening_token_gets_it_once(make_engine):
    workbench = Workbench(run_now, InlineRunner, None)
    workbench.attach_engine(make_engine(bos=True))
    workbench.tell_fork(ForkSpec("hi", "a", "x", None, None, "?", tokens=1))
    assert workbench.fork is not None
    ids = workbench.tree.ids_to(workbench.tip_of(workbench.fork.branches[Role.ERROR]))
    assert ids == (257, 104, 105, 120, 121)
    assert workbench.tree.token(NodeId(1)).special
    assert workbench.readings.logprob(NodeId(1)) is None
    assert workbench.readings.logprob(NodeId(2)) is not None


def previewed(workbench, parent, text):
    heard: list[Preview] = []
    workbench.preview(parent, text, heard.append)
    assert len(heard) == 1
    return heard[0]


def test_a_preview_scores_typed_text_and_adds_nothing(workbench, tokens, engine):
    tip = workbench.start_prompt(tokens("ab"))
    preview = previewed(workbench, tip, "cz")
    assert preview.tokens == tokens("cz")
    assert preview.scored == (engine.scored(98, 99), engine.scored(99, 122))
    assert preview.canonical
    assert preview.warning is None
    assert len(workbench.tree) == 2


def test_a_preview_tells_an_odd_split_and_a_trailing_space(workbench, tokens):
    tip = workbench.start_prompt(tokens("aZ"))
    odd = previewed(workbench, tip, "z")
    assert not odd.canonical
    assert "misspelling" in odd.warning
    assert "space" in previewed(workbench, tip, "b ").warning
    assert previewed(workbench, tip, "").tokens == ()
    opening = previewed(workbench, ROOT, "aZz")
    assert [token.id for token in opening.tokens] == [97, 256]
    assert opening.scored[0] is None


def test_two_models_never_share_a_number(workbench, tokens, make_engine):
    tip = workbench.start_prompt(tokens("ab"))
    first = workbench.readings.logprob(tip)
    workbench.attach_engine(make_engine(name="other", shift=2))
    assert workbench.readings.logprob(tip) is None
    workbench.read(tip)
    second = workbench.readings.logprob(tip)
    assert second != first
    workbench.attach_engine(make_engine())
    assert workbench.readings.logprob(tip) == first
    workbench.attach_engine(None)
    assert workbench.card.name == "other"
    assert workbench.readings.logprob(tip) == second


def test_without_a_model_a_verb_says_so_and_the_session_stays_readable(workbench, tokens, changes):
    tip = workbench.start_prompt(tokens("ab"))
    workbench.attach_engine(None)
    continued(workbench, tip)
    assert "No model" in problems(changes)[0]
    assert not workbench.busy
    assert workbench.readings.logprob(tip) is not None


def test_a_branch_in_other_tokens_is_not_read_as_nonsense(workbench, changes, tokens):
    odd = tokens("a")[0]
    tip = workbench.start_prompt([type(odd)(odd.id, b"something else")])
    assert "another model" in problems(changes)[0]
    assert workbench.readings.row(tip) is None


def test_when_the_model_writes_again_what_stands_there_the_user_is_told(workbench, tokens, changes):
    prompt = workbench.start_prompt(tokens("ab"))
    continued(workbench, prompt)
    assert not news(changes)
    size = len(workbench.tree)
    continued(workbench, prompt)
    assert len(workbench.tree) == size
    assert "Nothing new" in news(changes)[0]
    continued(workbench, prompt, tokens=4)
    assert len(workbench.tree) == size + 1
    assert len(news(changes)) == 1
    assert not problems(changes)


def test_samples_that_are_alike_are_told_of(workbench, tokens, changes):
    prompt = workbench.start_prompt(tokens("ab"))
    continued(workbench, prompt, tokens=1, sampler=FREE, samples=400)
    texts = len(workbench.visible_children(prompt))
    assert news(changes) == [
        f"{400 - texts} of 400 samples are word for word others: each text stands in the tree once."
    ]


def test_stop_ends_a_job_at_once_and_closes_the_request(workbench, tokens, drafting):
    prompt = workbench.start_prompt(tokens("ab"))

    def stop_at_the_third(change):
        if change.added and len(workbench.tree) == 5:
            workbench.stop_all()
            assert not any(label == "continue" for label, _, _ in workbench.jobs.values())

    workbench.observe(stop_at_the_third)
    continued(workbench, prompt, tokens=50)
    assert len(workbench.tree) == 5
    assert drafting.cancelled == 1
    assert not workbench.busy
    assert workbench.readings.is_exact(NodeId(5)), "what was streamed is still settled"


def test_undo_while_branches_grow_stops_them_and_hides_what_grew(workbench, tokens):
    prompt = workbench.start_prompt(tokens("ab"))

    def undo_at_the_third(change):
        if change.added and len(workbench.tree) == 5:
            workbench.undo()

    workbench.observe(undo_at_the_third)
    continued(workbench, prompt, tokens=50)
    assert len(workbench.tree) == 5
    assert workbench.visible_children(prompt) == ()
    assert workbench.redo() == "continue"
    assert len(workbench.visible_children(prompt)) == 1


def test_a_failing_engine_ends_the_job_with_a_sentence(workbench, tokens, changes, engine):
    def fail(request):
        raise RuntimeError("out of order")

    engine.ask = fail
    workbench.start_prompt(tokens("ab"))
    assert "out of order" in problems(changes)[0]
    assert not workbench.busy


def test_what_a_model_made_remembers_how(workbench, tokens):
    prompt = workbench.start_prompt(tokens("ab"))
    continued(workbench, prompt, sampler=FREE, seed=7)
    act = list(workbench._session.history)[-1]
    made = json.loads(act.made_by)
    assert (made["seed"], made["tokens"], made["model"]) == (7, 3, 1)
    assert made["sampler"]["temperature"] == 1.0
    first = NodeId(prompt + 1)
    assert made["growths"] == [{"tip": prompt, "stream": 0, "drawn": 0, "chains": [first]}]


def test_the_meter_adds_up_what_requests_cost(workbench, tokens, engine):
    workbench.start_prompt(tokens("ab"))
    workbench.start_prompt(tokens("xy"))
    assert len(engine.asked) == 2
    assert (workbench.meter.tokens_read, workbench.meter.tokens_reused) == (2, 4)


def test_what_was_read_is_not_asked_again(workbench, tokens, engine):
    tip = workbench.start_prompt(tokens("abcdef"))
    workbench.read(tip)
    assert len(engine.asked) == 1
    workbench.insert(tip, tokens("xy"))
    request = engine.asked[-1]
    assert isinstance(request, Read)
    assert request.readings[0].since == 5


def test_what_was_drawn_since_the_fork_is_counted(workbench, tokens, engine):
    prompt = workbench.start_prompt(tokens("ab"))
    continued(workbench, prompt, sampler=FREE)
    tip = NodeId(len(workbench.tree))
    continued(workbench, tip, sampler=FREE)
    chosen = workbench.branch_here(tip, tokens("!")[0])
    continued(workbench, chosen, sampler=FREE)
    continued(workbench, NodeId(len(workbench.tree)), sampler=FREE)
    drawn = [r.growths[0].drawn for r in engine.asked if isinstance(r, Continue)]
    assert drawn == [0, 3, 0, 3]
