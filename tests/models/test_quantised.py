"""Exact readings repeat on every kind of file, by any route, after any detour."""

import ctypes
import os
import random
from functools import partial

import llama_cpp
import pytest

from core.engine import Continue, Expected, Growth, Read, Reading
from core.sampling import FREE, Stream
from models.catalog import starter_model
from models.decoder import Row
from models.llama_engine import LlamaEngine
from models.load_check import DEEP, SEED, _Place
from models.passing_thread import on_passing_thread
from tests.models.company import what_is_left

pytestmark = [pytest.mark.model, pytest.mark.timeout(60)]

FILE_TYPES = {"Q8_0": 7, "Q4_K_M": 15, "Q6_K": 18, "F16": 1}
"""llama.cpp's numbers of the file types that the starter model is turned into."""

TEXT = (
    "The harbour was quiet when the first boats came in, and nobody on the quay spoke. A woman in"
    " a grey coat counted the crates, wrote the number down, crossed it out and counted again. "
) * 8
LENGTH = 300
"""More than 256 cells, from where llama.cpp splits the cache for a lone row."""


@pytest.fixture(scope="module", params=FILE_TYPES)
def engine(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("models") / f"tiny.{request.param}.gguf"
    params = llama_cpp.llama_model_quantize_default_params()
    params.ftype = FILE_TYPES[request.param]
    params.allow_requantize = True
    params.nthread = 2
    source = os.fsencode(starter_model())
    assert llama_cpp.llama_model_quantize(source, os.fsencode(path), ctypes.byref(params)) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("models.load_check.CALIBRATION", 0.0)  # its speed is nobody's concern here
        engine = LlamaEngine(path, lambda _: True, cells=1024)
    yield engine
    engine.close()
    path.unlink()


def read(engine, path, since=0):
    asked = engine.ask(Read((Reading(path, since),)))
    return {a.index: a.expects for a in asked if isinstance(a, Expected)}


def test_the_name_of_the_file_type_is_told(engine):
    assert engine.card.quantization in FILE_TYPES
    assert engine.card.name == "tiny"


def test_any_route_gives_the_same_bits(engine):
    assert engine.card.arithmetic.repeats
    path = engine.tokenize(TEXT)[:LENGTH]
    whole = read(engine, path)
    chance = random.Random(7)
    for detour in range(5):
        growths = tuple(
            Growth(path[: chance.randint(5, LENGTH - 1)], FREE, Stream(detour, number))
            for number in range(chance.randint(1, 4))
        )
        list(engine.ask(Continue(growths, chance.randint(1, 4), drafts=bool(detour % 2))))
        end = chance.randint(LENGTH // 2, LENGTH)
        for index, expects in read(engine, path[:end], end - chance.randint(1, 9)).items():
            assert expects == whole[index]
            assert expects.exact


def test_a_branch_draws_alone_what_it_draws_in_company(engine):
    path = engine.tokenize(TEXT)[: LENGTH // 10]
    growths = tuple(Growth(path, FREE, Stream(3, number)) for number in range(4))
    company = what_is_left(engine.ask(Continue(growths, 20)), 2)
    alone = what_is_left(engine.ask(Continue(growths[2:3], 20, drafts=True)), 0)
    assert [step.token for step in alone[0]] == [step.token for step in company[0]]
    assert [step.expects for step in alone[0]] == [step.expects for step in company[0]]


def read_deep(decoder, sizes):
    """Return the logits of a few tokens read with many others in view, in batches of `sizes`."""
    tokens = [index * 37 % 1000 + 100 for index in range(SEED)]
    decoder.clear()
    decoder.decode([Row(token, i, [0], wanted=False) for i, token in enumerate(tokens)])
    assert decoder.deepen(0, DEEP)
    logits = _Place(decoder, SEED).read(tokens, sizes)
    decoder.clear()
    return logits


def test_the_rule_found_at_load_holds_deep_in_a_text_where_a_lone_row_does_not(engine):
    decoder, rule = engine._decoder, engine.card.arithmetic
    size = max(rule.least_rows, rule.row_multiple)
    whole, by_rule, lone = (
        on_passing_thread(partial(read_deep, decoder, [rows] * (SEED // rows)))
        for rows in (SEED, size, 1)
    )
    engine.replace_decoder(decoder)
    assert (by_rule == whole).all()
    assert (lone != whole).any(), "otherwise this would not be deep enough to tell"
