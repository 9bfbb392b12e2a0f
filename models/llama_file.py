"""A GGUF file in memory: its weights, its vocabulary, what it says of itself."""

import ctypes
import logging
import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import llama_cpp

from core.engine import Path as TokenPath
from core.known_error import KnownError
from core.tokens import TokenId, Vocabulary
from models.gguf_header import GgufHeader, read_header

log = logging.getLogger("llama.cpp")

LEVELS = {1: logging.DEBUG, 2: logging.INFO, 3: logging.WARNING, 4: logging.ERROR}
"""ggml's log levels; 5 continues the line before."""

PIECE_BYTES = 256

ENCODERS = frozenset(
    {
        "bert",
        "eurobert",
        "jina-bert-v2",
        "jina-bert-v3",
        "modern-bert",
        "neo-bert",
        "nomic-bert",
        "nomic-bert-moe",
        "t5encoder",
    }
)
"""Architectures without a next token, as llama.cpp names them."""

TWO_PARTS = frozenset({"t5", "bart"})
"""Architectures with an encoder that must read before anything can be written."""

DIFFUSION = frozenset({"dream", "llada", "llada-moe", "rnd1"})
"""Architectures that do not write from left to right."""


def _check_kind(name: str, header: GgufHeader) -> None:
    """Refuse, before llama.cpp meets it, what cannot predict a next token."""
    architecture = header.architecture
    if header.values.get("general.type", "model") != "model" or architecture == "clip":
        raise KnownError(f"{name} is a part of a model (such as an adapter): choose a whole model.")
    if architecture in ENCODERS or header.values.get(f"{architecture}.attention.causal") is False:
        raise KnownError(
            f"{name} is an encoder ({architecture}), which does not predict a next token: choose a"
            " model that writes text."
        )
    if architecture in TWO_PARTS:
        raise KnownError(
            f"{name} is an encoder with a decoder ({architecture}), which Swerve cannot branch:"
            " choose a model that only writes."
        )
    if architecture in DIFFUSION:
        raise KnownError(
            f"{name} is a diffusion model ({architecture}), which does not write from left to"
            " right: choose another model."
        )
    if not header.tensors:
        raise KnownError(f"{name} holds a vocabulary and no weights: choose a whole model.")


def _to_log(level: int, text: bytes, _: ctypes.c_void_p) -> None:
    line = text.decode("utf-8", errors="replace").rstrip()
    if line and line != ".":
        log.log(LEVELS.get(level, logging.DEBUG), "%s", line)


_log_callback = llama_cpp.llama_log_callback(_to_log)  # llama.cpp keeps its address for good


def _start_library() -> None:
    """Route what llama.cpp would write to standard error into the log."""
    llama_cpp.llama_log_set(_log_callback, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()


class LlamaFile:
    """A loaded model file. Raises `KnownError` when it cannot be one."""

    def __init__(self, path: Path, on_progress: Callable[[float], bool]) -> None:
        _check_kind(path.name, read_header(path))
        _start_library()
        params = llama_cpp.llama_model_default_params()

        def report(fraction: float, _: ctypes.c_void_p) -> bool:
            return on_progress(fraction)

        callback = llama_cpp.llama_progress_callback(report)
        params.progress_callback = callback
        self.path = path
        model = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
        if not model:
            raise KnownError(
                f"{path.name} cannot be loaded: it is damaged, incomplete or of a kind that this"
                " llama.cpp does not know; download it again or choose another model."
            )
        vocab = llama_cpp.llama_model_get_vocab(model)
        assert vocab is not None
        self.model = model
        self._vocab = vocab
        self._is_open = True

    @cached_property
    def metadata(self) -> dict[str, str]:
        """All key-value pairs of the file that fit in a line or a template."""
        found: dict[str, str] = {}
        buffer = ctypes.create_string_buffer(1 << 17)
        for index in range(llama_cpp.llama_model_meta_count(self.model)):
            llama_cpp.llama_model_meta_key_by_index(self.model, index, buffer, len(buffer))
            key = buffer.value.decode("utf-8", errors="replace")
            llama_cpp.llama_model_meta_val_str_by_index(self.model, index, buffer, len(buffer))
            found[key] = buffer.value.decode("utf-8", errors="replace")
        return found

    @property
    def architecture(self) -> str:
        """Such as `llama`, `qwen2`, `gemma3`."""
        return self.metadata.get("general.architecture", "unknown")

    @property
    def quantization(self) -> str:
        """Such as `Q4_1` or `Q4_K_M`, from llama.cpp's own description of the file."""
        buffer = ctypes.create_string_buffer(256)
        llama_cpp.llama_model_desc(self.model, buffer, len(buffer))
        # "llama 135M Q4_K - Medium": architecture, size, then the type in words
        words = buffer.value.decode(errors="replace").replace(" (guessed)", "").split()
        if len(words) > 2 and words[-2] == "-":
            return f"{words[-3]}_{words[-1][:1]}"
        return words[-1] if words else "unknown"

    @property
    def trained_context(self) -> int:
        """How many tokens the model was trained to see."""
        return int(llama_cpp.llama_model_n_ctx_train(self.model))

    @property
    def parameters(self) -> int:
        """Number of weights."""
        return int(llama_cpp.llama_model_n_params(self.model))

    @property
    def can_be_cut(self) -> bool:
        """Whether a read path can be shortened; recurrent states cannot."""
        recurrent = llama_cpp.llama_model_is_recurrent(self.model)
        return not recurrent and not llama_cpp.llama_model_is_hybrid(self.model)

    @property
    def bytes_per_cell(self) -> int:
        """Upper estimate of the key-value cache's bytes for one token, in 16 bits."""
        layers = int(llama_cpp.llama_model_n_layer(self.model))
        heads = max(1, int(llama_cpp.llama_model_n_head(self.model)))
        shared = int(llama_cpp.llama_model_n_head_kv(self.model))
        width = int(llama_cpp.llama_model_n_embd(self.model)) * shared // heads
        return layers * width * 2 * 2

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """All tokens with their exact bytes."""
        size = int(llama_cpp.llama_vocab_n_tokens(self._vocab))
        buffer = ctypes.create_string_buffer(PIECE_BYTES)
        pieces: list[bytes] = []
        special: set[int] = set()
        ends: set[int] = set()
        to_piece, vocab = llama_cpp.llama_token_to_piece, self._vocab
        for token in range(size):
            length = to_piece(vocab, token, buffer, PIECE_BYTES, 0, True)
            if length < 0:
                longer = ctypes.create_string_buffer(-length)
                length = to_piece(vocab, token, longer, -length, 0, True)
                pieces.append(longer.raw[:length])
            else:
                pieces.append(buffer.raw[:length])
            if llama_cpp.llama_vocab_is_control(vocab, token):
                special.add(token)
            if llama_cpp.llama_vocab_is_eog(vocab, token):
                ends.add(token)
        bos: TokenId | None = None
        if llama_cpp.llama_vocab_get_add_bos(vocab):
            bos = TokenId(int(llama_cpp.llama_vocab_bos(vocab)))
        return Vocabulary(tuple(pieces), frozenset(special), bos, frozenset(ends))

    def tokenize(self, text: str, *, special: bool = False) -> TokenPath:
        """Split text, adding nothing. With `special`, control tokens in the text become tokens."""
        data = text.encode("utf-8", errors="replace")
        room = len(data) + 8
        buffer = (llama_cpp.llama_token * room)()
        count = llama_cpp.llama_tokenize(
            self._vocab,
            data,
            len(data),
            buffer,
            room,
            False,
            special,
        )
        if count < 0:
            raise KnownError("The text cannot be split into tokens: it is too long.")
        return tuple(TokenId(token) for token in buffer[:count])

    def close(self) -> None:
        """Unmap the weights."""
        if self._is_open:
            self._is_open = False
            llama_cpp.llama_model_free(self.model)
