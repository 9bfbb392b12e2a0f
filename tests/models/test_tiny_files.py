"""Every kind of file keeps the engine's promises: tiny ones with random weights, written here."""

from typing import Any

import llama_cpp
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.engine import Continue, Expected, Growth, Read, Reading
from core.known_error import KnownError
from core.sampling import FREE, Stream
from core.tokens import TokenId
from models import load_check
from models.decoder import Row
from models.gguf_header import read_header
from models.llama_engine import LlamaEngine
from models.load_check import DEEP, MOST_ROWS, SEED
from tests.models.tiny_files import BYTES, SHARED, VOCABULARY, WINDOW, write

HEAD_LENGTHS = "attention.key_length", "attention.value_length"
CELLS = 1024
"""Few, so that the cache runs full again and again, and enough for kernels that change at 512."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setattr(load_check, "CALIBRATION", 0.0)
    yield tmp_path_factory.mktemp("tiny")
    patch.undo()


@pytest.fixture(
    scope="module",
    params=[
        ("llama", np.float32),
        ("llama", np.float16),
        ("qwen2", np.float16),
        ("gemma2", np.float16),
    ],
    ids=lambda param: f"{param[0]} {param[1].__name__}",
)
def engines(request, folder):
    """Return one engine to trouble, and one that reads every path alone in an empty context.

    The one has two threads and the other one: an exact reading does not depend on it.
    """
    architecture, kind = request.param
    path = write(folder / f"{architecture}-{kind.__name__}.gguf", architecture, kind)
    pair = [LlamaEngine(path, lambda _: True, cells=CELLS, threads=many) for many in (2, 1)]
    yield pair
    for engine in pair:
        engine.close()


def read(engine, path, since=0):
    answers = engine.ask(Read((Reading(path, since),)))
    return [answer.expects for answer in answers if isinstance(answer, Expected)]


def read_alone(engine, path, since=0):
    engine._decoder.clear()
    engine.replace_decoder(engine._decoder)
    return read(engine, path, since)


def not_first(number):
    """Return which question the path is part of: the first alone is asked twice."""
    return int(number > 0)


TOKENS = st.integers(3, VOCABULARY - 1).map(TokenId)
TAILS = st.lists(TOKENS, min_size=1, max_size=12).map(tuple)


def some_text(length, seed):
    ids = np.random.default_rng(seed).integers(3, VOCABULARY, length)
    return tuple(TokenId(int(token)) for token in ids)


# As long as they are drawn: lists would mostly be short.
TRUNKS = st.builds(some_text, st.integers(1, 200), st.integers(0, 5))


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    trunk=TRUNKS,
    detours=st.lists(st.tuples(st.integers(0, 199), TAILS, st.booleans()), max_size=5),
    tails=st.lists(TAILS, min_size=1, max_size=4),
)
def test_a_path_reads_as_it_does_alone_after_any_detour(engines, trunk, detours, tails):
    engine, alone = engines
    assert engine.card.arithmetic.repeats
    for number, (at, tail, drafts) in enumerate(detours):
        growth = Growth((*trunk[: at + 1], *tail), FREE, Stream(1, number))
        list(engine.ask(Continue((growth,), 6, drafts=drafts)))
    paths = [(*trunk, *tail) for tail in tails]
    readings = [Reading(path, len(trunk) - 1) for path in paths]
    first, *others = readings
    found = [list(engine.ask(Read((first,)))), list(engine.ask(Read((first, *others))))]
    for number, path in enumerate(paths):
        truth = read_alone(alone, path, len(trunk) - 1)
        assert all(expects.exact for expects in truth)
        for answers in found[not_first(number) :]:
            expected = [answer for answer in answers if isinstance(answer, Expected)]
            assert [each.expects for each in expected if each.reading == number] == truth


def test_a_sliding_window_does_not_make_a_cut_path_wrong(engines):
    engine, alone = engines
    long = tuple(TokenId(3 + n * 7 % BYTES) for n in range(3 * WINDOW))
    read(engine, long)
    branch = (*long[:WINDOW], TokenId(9), TokenId(8))
    assert read(engine, branch, WINDOW) == read_alone(alone, branch, WINDOW)


def test_a_model_with_a_running_state_is_refused_in_a_sentence(folder):
    path = write(folder / "mamba.gguf", "mamba", np.float32)
    with pytest.raises(KnownError, match="running state"):
        LlamaEngine(path, lambda _: True)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {f"llama.{name}": 32 for name in ("rope.dimension_count", *HEAD_LENGTHS)},
        {"llama.attention.head_count_kv": [SHARED, SHARED]},
    ],
    ids=["as wide as a token", "wider", "told layer by layer"],
)
def test_the_memory_of_a_cell_is_what_llama_cpp_takes(folder, changes):
    path = write(folder / "cells.gguf", "llama", np.float16, changes)
    engine = LlamaEngine(path, lambda _: True, cells=CELLS, threads=1)
    list(engine.ask(Read((Reading(some_text(50, 1), 49),))))
    decoder: Any = engine._decoder
    taken = llama_cpp.llama_state_seq_get_size(decoder._context, 0) / 50
    estimated = engine.file.bytes_per_cell
    engine.close()
    assert estimated <= taken < 1.1 * estimated, "beside its cells a state holds some places"


def test_layers_that_differ_are_added_up(folder):
    changes = {"llama.attention.head_count_kv": [2, 4]}
    path = write(folder / "layers.gguf", "llama", np.float16, changes)
    assert read_header(path).bytes_per_cell == 2 * (2 + 4) * (16 + 16)


def test_a_short_context_is_tried_as_deep_as_it_is(folder):
    path = write(folder / "short.gguf", "llama", np.float16)
    engine = LlamaEngine(path, lambda _: True, cells=520, threads=1)
    decoder: Any = engine._decoder
    decoder.decode([Row(token, token, [0], wanted=False) for token in range(SEED)])
    assert decoder.deepen(0, DEEP)
    held = llama_cpp.llama_state_seq_get_size(decoder._context, 0) / engine.file.bytes_per_cell
    decoder.decode([Row(token, SEED + token, [0], wanted=False) for token in range(MOST_ROWS)])
    engine.close()
    assert held > 400
