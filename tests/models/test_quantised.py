"""Exact readings repeat on every kind of file, by any route, after any detour."""

import ctypes
import os
from functools import partial

import llama_cpp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.engine import Continue, Expected, Growth, Read, Reading
from core.sampling import FREE, Stream
from models.catalog import starter_model
from models.decoder import Row
from models.llama_decoder import LlamaDecoder
from models.llama_engine import LlamaEngine
from models.load_check import DEEP, MOST_ROWS, SEED, _Place
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

CELLS, SEQUENCES = 1024, 6
"""Few, so that branches are evicted and the cache runs full on the way."""


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
        patch.setattr("models.llama_engine.SEQUENCES", SEQUENCES)
        # With one thread llama.cpp reads a lone row like others: there would be nothing to find.
        engine = LlamaEngine(path, lambda _: True, cells=CELLS, threads=2)
    yield engine
    engine.close()
    path.unlink()


@pytest.fixture(scope="module")
def alone(engine):
    """What is expected along the text when it is read alone, in a context of its own."""
    decoder = engine._decoder
    threads = engine.card.threads
    new = LlamaDecoder(engine.file, cells=512, sequences=3, most_rows=MOST_ROWS, threads=threads)
    engine.replace_decoder(new)
    found = read(engine, engine.tokenize(TEXT)[:LENGTH])
    engine.replace_decoder(decoder)
    new.close()
    return found


def read(engine, path, since=0):
    asked = engine.ask(Read((Reading(path, since),)))
    return {a.index: a.expects for a in asked if isinstance(a, Expected)}


def test_the_name_of_the_file_type_is_told(engine):
    assert engine.card.quantization in FILE_TYPES
    assert engine.card.name == "tiny"


@settings(
    max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    detours=st.lists(
        st.tuples(st.integers(5, LENGTH - 9), st.integers(1, 5), st.integers(1, 3), st.booleans()),
        max_size=3,
    ),
    end=st.integers(257, LENGTH),
    last=st.integers(1, 9),
)
def test_a_path_reads_as_it_does_alone_after_any_detour(engine, alone, detours, end, last):
    assert engine.card.arithmetic.repeats
    path = engine.tokenize(TEXT)[:end]
    for number, (at, branches, tokens, drafts) in enumerate(detours):
        growths = tuple(
            Growth(path[: at + branch], FREE, Stream(number, branch)) for branch in range(branches)
        )
        list(engine.ask(Continue(growths, tokens, drafts=drafts)))
    for index, expects in read(engine, path, end - last).items():
        assert expects == alone[index]
        assert expects.exact


def test_a_branch_draws_alone_what_it_draws_in_company(engine):
    path = engine.tokenize(TEXT)[:30]
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
