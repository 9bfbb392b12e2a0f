"""A branch that goes on later is the branch that it would have been in one go."""

import pytest

from core.jobs import InlineRunner, run_now
from core.sampling import FREE
from core.tree import NodeId
from core.workbench import Workbench
from models.scripted_engine import ScriptedEngine


@pytest.fixture
def engine():
    engine = ScriptedEngine()
    yield engine
    engine.close()


def written(engine, *goes):
    workbench = Workbench(run_now, InlineRunner, None)
    workbench.attach_engine(engine)
    workbench.start_prompt(engine.vocabulary.tokens(engine.tokenize("the CEO of")))
    for tokens in goes:
        tip = NodeId(len(workbench.tree))
        workbench.continue_from([tip], tokens=tokens, sampler=FREE, seed=4)
    return workbench.tree.ids_to(NodeId(len(workbench.tree)))


def test_in_two_goes_the_same_text_is_drawn_as_in_one(engine):
    whole = written(engine, 12)
    assert written(engine, 5, 7) == whole
    assert written(engine, 1, 1, 10) == whole
