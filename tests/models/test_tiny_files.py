"""Every kind of file keeps the engine's promises: tiny ones with random weights, written here."""

import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.engine import Continue, Expected, Growth, Read, Reading
from core.known_error import KnownError
from core.sampling import FREE, Stream
from core.tokens import TokenId
from models import load_check
from models.llama_engine import LlamaEngine

WIDTH, LAYERS, HEADS, HEAD, FEED = 64, 2, 4, 16, 96
SHARED = 2 * HEAD
BYTES = 256
VOCABULARY = 3 + BYTES
WINDOW = 24
"""Shorter than most paths here, so that a sliding window would be seen to slide."""

CELLS = 1024
"""Few, so that the cache runs full again and again, and enough for kernels that change at 512."""

Shapes = dict[str, tuple[int, ...]]

ATTENTION: Shapes = {
    "attn_norm.weight": (WIDTH,),
    "attn_q.weight": (WIDTH, HEADS * HEAD),
    "attn_k.weight": (WIDTH, SHARED),
    "attn_v.weight": (WIDTH, SHARED),
    "attn_output.weight": (HEADS * HEAD, WIDTH),
    "ffn_norm.weight": (WIDTH,),
    "ffn_gate.weight": (WIDTH, FEED),
    "ffn_up.weight": (WIDTH, FEED),
    "ffn_down.weight": (FEED, WIDTH),
}
BIASES: Shapes = {
    "attn_q.bias": (HEADS * HEAD,),
    "attn_k.bias": (SHARED,),
    "attn_v.bias": (SHARED,),
}
AFTER: Shapes = {"post_attention_norm.weight": (WIDTH,), "post_ffw_norm.weight": (WIDTH,)}
INNER, STATE, STEP = 128, 16, 4
RUNNING: Shapes = {
    "attn_norm.weight": (WIDTH,),
    "ssm_in.weight": (WIDTH, 2 * INNER),
    "ssm_conv1d.weight": (4, INNER),
    "ssm_conv1d.bias": (INNER,),
    "ssm_x.weight": (INNER, STEP + 2 * STATE),
    "ssm_dt.weight": (STEP, INNER),
    "ssm_dt.bias": (INNER,),
    "ssm_a": (STATE, INNER),
    "ssm_d": (INNER,),
    "ssm_out.weight": (INNER, WIDTH),
}
LAYER = {
    "llama": ATTENTION,
    "qwen2": ATTENTION | BIASES,
    "gemma2": ATTENTION | AFTER,
    "mamba": RUNNING,
}


def text(value):
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


KINDS: dict[type, tuple[int, str]] = {bool: (7, "?"), int: (4, "I"), float: (6, "f")}
"""GGUF's numbers of types of values, and how they are packed."""


def typed(value):
    if isinstance(value, str):
        return struct.pack("<I", 8) + text(value)
    if not isinstance(value, list):
        number, form = KINDS[type(value)]
        return struct.pack(f"<I{form}", number, value)
    if isinstance(value[0], str):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(text, value))
    number, form = KINDS[float] if isinstance(value[0], float) else (5, "i")
    return struct.pack(f"<IIQ{len(value)}{form}", 9, number, len(value), *value)


def facts(architecture):
    own = {
        "context_length": 512,
        "embedding_length": WIDTH,
        "block_count": LAYERS,
        "feed_forward_length": FEED,
        "attention.head_count": HEADS,
        "attention.head_count_kv": SHARED // HEAD,
        "attention.key_length": HEAD,
        "attention.value_length": HEAD,
        "attention.layer_norm_rms_epsilon": 1e-5,
        "attention.sliding_window": WINDOW,
        "rope.dimension_count": HEAD,
        "ssm.conv_kernel": 4,
        "ssm.inner_size": INNER,
        "ssm.state_size": STATE,
        "ssm.time_step_rank": STEP,
    }
    return {
        "general.architecture": architecture,
        **{f"{architecture}.{name}": value for name, value in own.items()},
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.tokens": [
            "<unk>",
            "<s>",
            "</s>",
            *(f"<0x{byte:02X}>" for byte in range(BYTES)),
        ],
        "tokenizer.ggml.scores": [0.0] * VOCABULARY,
        "tokenizer.ggml.token_type": [2, 3, 3] + [6] * BYTES,
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.add_bos_token": True,
    }


def write(path, architecture, kind):
    """Write a file of random weights; matrices are of `kind`: float32 or float16."""
    shapes: Shapes = {
        "token_embd.weight": (WIDTH, VOCABULARY),
        "output_norm.weight": (WIDTH,),
        "output.weight": (WIDTH, VOCABULARY),
    }
    if architecture == "gemma2":
        del shapes["output.weight"]  # it writes with the matrix that it reads with
    for layer in range(LAYERS):
        shapes |= {f"blk.{layer}.{name}": shape for name, shape in LAYER[architecture].items()}
    chance = np.random.default_rng(3)
    pairs, infos, weights = facts(architecture), b"", b""
    for name, shape in shapes.items():
        values = chance.standard_normal(shape[::-1]) * (0.25 if len(shape) > 1 else 0.1)
        if "norm" in name:
            values += 1
        if name.endswith("ssm_a"):
            values = -np.abs(values)
        is_matrix = len(shape) > 1 and "ssm_conv" not in name and "ssm_a" not in name
        used = kind if is_matrix else np.float32
        infos += text(name) + struct.pack("<I", len(shape))
        infos += struct.pack(f"<{len(shape)}Q", *shape)
        infos += struct.pack("<IQ", 1 if used is np.float16 else 0, len(weights))
        data = values.astype(used).tobytes()
        weights += data + b"\0" * (-len(data) % 32)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(pairs))
    head += b"".join(text(key) + typed(value) for key, value in pairs.items()) + infos
    path.write_bytes(head + b"\0" * (-len(head) % 32) + weights)
    return path


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
    """Return one engine to trouble, and one that reads every path alone in an empty context."""
    architecture, kind = request.param
    path = write(folder / f"{architecture}-{kind.__name__}.gguf", architecture, kind)
    pair = [LlamaEngine(path, lambda _: True, cells=CELLS, threads=1) for _ in range(2)]
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
