"""Stop while a branch is only drafted leaves what the same seed gives when nobody stops."""

import random

import pytest

from core.engine import Continue, Growth, Meter
from core.jobs import InlineRunner, run_now
from core.sampling import FREE, Stream
from core.tree import ROOT
from core.workbench import Workbench
from models import continue_task
from models.null_decoder import NullEngine
from tests.models.company import CapriciousDecoder, Table, exactly, ids, what_is_left

PROMPT = ids(1, 2, 3)
RULE = exactly(8, 8)


class TableEngine:
    """What the loop answers, asked for on the same thread: one batch at a time."""

    def __init__(self, decoder):
        self.table = Table(decoder)
        null = NullEngine(RULE)
        self.vocabulary = null.vocabulary
        self.card = null.card
        null.close()

    def tokenize(self, text):
        raise AssertionError(text)

    def render_chat(self, turns):
        raise AssertionError(turns)

    def close(self):
        pass

    def ask(self, request):
        number = self.table.ask(request)
        _, answers = self.table.asked[number]
        told = 0
        try:
            while True:
                while told < len(answers):
                    yield answers[told]
                    told += 1
                    if isinstance(answers[told - 1], Meter):
                        return
                self.table.loop.step()
        finally:
            self.table.loop.cancel(number)


@pytest.mark.parametrize("seed", range(8))
def test_stop_leaves_what_the_same_seed_gives(seed, monkeypatch):
    monkeypatch.setattr(continue_task, "PATIENCE", 0.0)  # every draft is told
    table = Table(CapriciousDecoder(random.Random(1), RULE))
    number = table.ask(Continue((Growth(PROMPT, FREE, Stream(seed, 0)),), 24))
    table.finish()
    steps, _ = what_is_left(table.asked[number][1], 0)
    engine = TableEngine(CapriciousDecoder(random.Random(1), RULE))
    for stop in range(1, 24):
        workbench = Workbench(run_now, InlineRunner, None)
        workbench.attach_engine(engine)
        tip = workbench.start_prompt(engine.vocabulary.tokens(PROMPT))

        def look(change, workbench=workbench, stop=stop):
            if change.added and len(workbench.tree) == len(PROMPT) + stop:
                workbench.stop_all()

        workbench.observe(look)
        workbench.continue_from([tip], tokens=24, sampler=FREE, seed=seed)
        assert not workbench.busy
        left = [node for node in workbench.tree.subtree(ROOT) if workbench.is_visible(node)]
        for node, step in zip(left[len(PROMPT) + 1 :], steps, strict=False):
            assert workbench.tree.token(node).id == step.token.id
            assert workbench.readings.expects(node) == step.expects
            assert workbench.readings.logprob(node) == step.token.logprob
            assert workbench._session.drawn[node] == step.drawn_logprob
