"""Writes tiny GGUF files with random weights."""

import struct

import numpy as np

WIDTH, LAYERS, HEADS, SHARED, FEED = 64, 2, 4, 2, 96
"""`SHARED` is how many heads of keys and values all heads share."""

HEAD = 16
BYTES = 256
VOCABULARY = 3 + BYTES
WINDOW = 24
"""Shorter than most paths in tests, so that a sliding window would be seen to slide."""

INNER, STATE, STEP = 128, 16, 4
"""Sizes of a running state."""

Shapes = dict[str, tuple[int, ...]]


def attention(head) -> Shapes:
    """Return what a layer with heads of this size holds."""
    return {
        "attn_norm.weight": (WIDTH,),
        "attn_q.weight": (WIDTH, HEADS * head),
        "attn_k.weight": (WIDTH, SHARED * head),
        "attn_v.weight": (WIDTH, SHARED * head),
        "attn_output.weight": (HEADS * head, WIDTH),
        "ffn_norm.weight": (WIDTH,),
        "ffn_gate.weight": (WIDTH, FEED),
        "ffn_up.weight": (WIDTH, FEED),
        "ffn_down.weight": (FEED, WIDTH),
    }


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


def layer(architecture, head) -> Shapes:
    """Return what a layer of this architecture holds."""
    match architecture:
        case "mamba":
            return RUNNING
        case "qwen2":
            biases: Shapes = {
                "attn_q.bias": (HEADS * head,),
                "attn_k.bias": (SHARED * head,),
                "attn_v.bias": (SHARED * head,),
            }
            return attention(head) | biases
        case "gemma2":
            after: Shapes = {
                "post_attention_norm.weight": (WIDTH,),
                "post_ffw_norm.weight": (WIDTH,),
            }
            return attention(head) | after
        case _:
            return attention(head)


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


def spelled(words):
    """Return the facts of a vocabulary with pieces beside the bytes, each with its score.

    They are spelled as SentencePiece spells them, with `▁` for a space.
    """
    bytewise = [f"<0x{byte:02X}>" for byte in range(BYTES)]
    return {
        "tokenizer.ggml.tokens": ["<unk>", "<s>", "</s>", *bytewise, *words],
        "tokenizer.ggml.scores": [*[0.0] * VOCABULARY, *words.values()],
        "tokenizer.ggml.token_type": [2, 3, 3, *[6] * BYTES, *[1] * len(words)],
    }


def facts(architecture):
    """Return what the file says of itself."""
    own = {
        "context_length": 512,
        "embedding_length": WIDTH,
        "block_count": LAYERS,
        "feed_forward_length": FEED,
        "attention.head_count": HEADS,
        "attention.head_count_kv": SHARED,
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
        **spelled({}),
        "tokenizer.ggml.bos_token_id": 1,
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.add_bos_token": True,
    }


def write(path, architecture, kind, changes=None):
    """Write a file of random weights; matrices are of `kind`: float32 or float16.

    `changes` are facts that stand in the place of those above.
    """
    pairs = facts(architecture) | (changes or {})
    head = pairs[f"{architecture}.attention.key_length"]
    vocabulary = len(pairs["tokenizer.ggml.tokens"])
    shapes: Shapes = {
        "token_embd.weight": (WIDTH, vocabulary),
        "output_norm.weight": (WIDTH,),
        "output.weight": (WIDTH, vocabulary),
    }
    if architecture == "gemma2":
        del shapes["output.weight"]  # it writes with the matrix that it reads with
    for number in range(LAYERS):
        own = layer(architecture, head)
        shapes |= {f"blk.{number}.{name}": shape for name, shape in own.items()}
    chance = np.random.default_rng(3)
    infos, weights = b"", b""
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
    header = b"GGUF" + struct.pack("<IQQ", 3, len(shapes), len(pairs))
    header += b"".join(text(key) + typed(value) for key, value in pairs.items()) + infos
    path.write_bytes(header + b"\0" * (-len(header) % 32) + weights)
    return path
