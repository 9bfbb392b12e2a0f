from dataclasses import replace

from core.engine import End, Growth, Meter, Stepped, Stopped
from core.generation import Continuation, continue_quickly
from core.products import Grew, ReadAt
from core.readings import Readings
from core.sampling import GREEDY, Stream
from core.tokens import TokenId
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


def test_a_token_scored_by_a_provisional_distribution_is_provisional_until_it_is_read(engine):
    rough = replace(engine.expects(98), exact=False)
    answers = [
        Stepped(0, engine.scored(97, 98), 0.0, rough),
        Stepped(0, engine.scored(98, 99), 0.0, engine.expects(99)),
        Stopped(0, End.LIMIT),
        Meter(1, 1, 1.0),
    ]
    ask = engine.ask
    engine.ask = lambda request: (
        iter(answers) if request.__class__.__name__ == "Continue" else (ask(request))
    )
    growth = Growth((TokenId(97),), GREEDY, Stream(1, 0))
    products = list(continue_quickly(engine, Continuation(((0, growth),), 2)))
    grown = [product for product in products if isinstance(product, Grew)]
    assert [product.expects.exact for product in grown] == [False, False]
    read = [product for product in products if isinstance(product, ReadAt)]
    assert {product.index for product in read} == {0, 1, 2}
