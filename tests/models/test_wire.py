"""What crosses between the window and its engine comes out as it went in, and cheaply."""

import dataclasses
import io
import pickle
import pickletools
from typing import get_args

import pytest

from core import engine
from core.distribution import Distribution
from core.engine import Floors, Scored
from core.tokens import TokenId
from models.wire import COMMON, Told, Wire, packed

EXPECTS = Distribution(b"\1\0\0\0", b"\0\0\0\0", 0.5, exact=True)
SCORED = Scored(TokenId(7), -1.25, 3)


def example(kind):
    """Return a record with something in every field."""
    known = {"expects": EXPECTS, "token": SCORED, "following": SCORED, "watched": (SCORED,)}
    names = [field.name for field in dataclasses.fields(kind)]
    return kind(**{name: known.get(name, number) for number, name in enumerate(names)})


@pytest.mark.parametrize("kind", get_args(engine.Answer), ids=lambda kind: kind.__name__)
def test_every_answer_comes_out_as_it_went_in(kind):
    answer = example(kind)
    stream = io.BytesIO()
    told = Told(4, [answer, answer])
    Wire(stream, stream).send(told)
    stream.seek(0)
    assert Wire(stream, stream).receive() == told


def test_what_comes_with_every_token_is_put_together_by_its_fields():
    rare = {Floors, engine.Stopped, engine.Withdrawn}
    assert {*get_args(engine.Answer)} - rare < {*COMMON}
    record = Told(4, [example(kind) for kind in {*get_args(engine.Answer)} - rare])
    steps = {operation.name for operation, _, _ in pickletools.genops(packed(record))}
    assert "BUILD" not in steps
    assert len(packed(record)) < len(pickle.dumps(record, protocol=5))
