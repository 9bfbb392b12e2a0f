"""A GGUF file in memory: its weights, its vocabulary, what it says of itself."""

import ctypes
import logging
import os
import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import llama_cpp

from core.engine import Path as TokenPath
from core.known_error import KnownError
from core.tokens import TokenId, Vocabulary
from models.gguf_header import GgufHeader, read_header

log = logging.getLogger("llama.cpp")

LEVELS = {1: logging.DEBUG, 2: logging.INFO, 3: logging.WARNING, 4: logging.ERROR}
"""ggml's log levels; 5 continues the line before."""

PIECE_BYTES = 256

ROUND_ALIKE = frozenset({"SSE3", "SSSE3", "AVX", "F16C", "BMI2", "OPENMP"})
"""What every build for a processor of these years has, or what changes no digit."""

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


ADDS_SPACE = "tokenizer.ggml.add_space_prefix"
"""Under this key a file says whether a space is put before every text that is split."""


def kernels() -> str:
    """Name the instructions for which llama.cpp was built here: others round otherwise."""
    told = llama_cpp.llama_print_system_info().decode()
    units = re.findall(r"(\w+) = 1", told)
    return " ".join(unit for unit in units if unit not in ROUND_ALIKE)


def _adding_no_space() -> ctypes.Array[llama_cpp.llama_model_kv_override]:
    """Return what keeps llama.cpp from putting a space before each text, in the middle too."""
    overrides = (llama_cpp.llama_model_kv_override * 2)()  # one without a key ends them
    overrides[0].tag = llama_cpp.LLAMA_KV_OVERRIDE_TYPE_BOOL
    overrides[0].key = ADDS_SPACE.encode()
    value: Any = overrides[0].value
    value.val_bool = False
    return overrides


def _adds_space(header: GgufHeader) -> bool:
    """Return whether the model was trained on texts with a space before them."""
    is_sentencepiece = header.values.get("tokenizer.ggml.model") == "llama"
    return is_sentencepiece and bool(header.values.get(ADDS_SPACE, True))


def _vocabulary_as_it_is(path: Path) -> llama_cpp.llama_model_p:
    """Load the vocabulary alone, with the file's own ways of splitting."""
    params = llama_cpp.llama_model_default_params()
    params.vocab_only = True
    model: llama_cpp.llama_model_p | None = llama_cpp.llama_model_load_from_file(
        os.fsencode(path), params
    )
    if not model:
        raise KnownError(f"{path.name} can no longer be read: load it again.")
    return model


def _vocab_of(model: llama_cpp.llama_model_p) -> llama_cpp.llama_vocab_p:
    vocab: llama_cpp.llama_vocab_p | None = llama_cpp.llama_model_get_vocab(model)
    assert vocab is not None
    return vocab


def _token_or_none(token: int) -> TokenId | None:
    return None if token == llama_cpp.LLAMA_TOKEN_NULL else TokenId(token)


def _split(vocab: llama_cpp.llama_vocab_p, text: str, *, with_control: bool) -> TokenPath:
    data = text.encode("utf-8", errors="replace")
    room = len(data) + 8
    buffer = (llama_cpp.llama_token * room)()
    count = llama_cpp.llama_tokenize(vocab, data, len(data), buffer, room, False, with_control)
    if count < 0:
        raise KnownError("The text cannot be split into tokens: it is too long.")
    return tuple(TokenId(token) for token in buffer[:count])


class LlamaFile:
    """A loaded model file. Raises `KnownError` when it cannot be one."""

    def __init__(self, path: Path, on_progress: Callable[[float], bool]) -> None:
        header = read_header(path)
        _check_kind(path.name, header)
        _start_library()
        params = llama_cpp.llama_model_default_params()

        def report(fraction: float, _: ctypes.c_void_p) -> bool:
            return on_progress(fraction)

        callback = llama_cpp.llama_progress_callback(report)
        params.progress_callback = callback
        overrides = _adding_no_space()
        params.kv_overrides = overrides
        self.path = path
        self.bytes_per_cell = header.bytes_per_cell
        model = llama_cpp.llama_model_load_from_file(os.fsencode(path), params)
        if not model:
            raise KnownError(
                f"{path.name} cannot be loaded: it is damaged, incomplete or of a kind that this"
                " llama.cpp does not know; download it again or choose another model."
            )
        self.model = model
        self._vocab = _vocab_of(model)
        self._adding = _vocabulary_as_it_is(path) if _adds_space(header) else None
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
        begins = _token_or_none(int(llama_cpp.llama_vocab_bos(vocab)))
        return Vocabulary(
            tuple(pieces),
            frozenset(special),
            begins if llama_cpp.llama_vocab_get_add_bos(vocab) else None,
            frozenset(ends),
            lead="" if self._adding is None else " ",
            template_bos=begins,
            template_eos=_token_or_none(int(llama_cpp.llama_vocab_eos(vocab))),
        )

    def tokenize(self, text: str) -> TokenPath:
        """Split text, adding nothing; control tokens in it stay text."""
        return _split(self._vocab, text, with_control=False)

    def tokenize_with_control(self, text: str) -> TokenPath:
        """Split text in which the spelling of a control token stands for it.

        Where the file wants a space before a text, one is added as llama.cpp adds it, at the
        beginning and after every control token: models were trained on conversations split so.
        """
        vocab = self._vocab if self._adding is None else _vocab_of(self._adding)
        return _split(vocab, text, with_control=True)

    def close(self) -> None:
        """Unmap the weights."""
        if self._is_open:
            self._is_open = False
            llama_cpp.llama_model_free(self.model)
            if self._adding is not None:
                llama_cpp.llama_model_free(self._adding)
