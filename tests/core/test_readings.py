from core.readings import Readings
from core.tree import NodeId

NODE = NodeId(1)


def test_a_provisional_reading_never_replaces_an_exact_one(engine):
    readings = Readings()
    rough, exact = engine.expects(97, exact=False), engine.expects(97)
    readings.put(NODE, scored=engine.scored(96, 97), expects=rough)
    assert not readings.is_exact(NODE)
    assert readings.put(NODE, scored=None, expects=exact) is not None
    assert readings.is_exact(NODE)
    assert readings.put(NODE, scored=None, expects=rough) is None
    assert readings.expects(NODE) == exact
    assert readings.logprob(NODE) == engine.scored(96, 97).logprob
