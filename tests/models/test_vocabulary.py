"""Every token keeps its exact bytes, held against the list that the file itself holds."""

import struct

import numpy as np
import pytest

from core.engine import Expected, Read, Reading
from core.tokens import TokenId, text_of
from models import load_check
from models.catalog import starter_model
from models.gguf_header import ARRAY, _array, _string, _unpack, _value
from models.llama_engine import LlamaEngine
from tests.models.tiny_files import BYTES, spelled, write

CONTROL, USER_DEFINED = 3, 4
"""GGUF's numbers of kinds of tokens."""


def lists_of(path):
    """Return the file's own list of tokens, and of their kinds."""
    spellings: list[str] = []
    kinds: tuple[int, ...] = ()
    with path.open("rb") as file:
        file.seek(8)
        for _ in range(_unpack(file, "<QQ")[1]):
            key = _string(file)
            (kind,) = _unpack(file, "<I")
            if kind != ARRAY:
                _value(file, kind)
            elif key == "tokenizer.ggml.tokens":
                _, count = _unpack(file, "<IQ")
                spellings = [_string(file) for _ in range(count)]
            elif key == "tokenizer.ggml.token_type":
                _, count = _unpack(file, "<IQ")
                kinds = struct.unpack(f"<{count}i", file.read(4 * count))
            else:
                _array(file)
    return spellings, kinds


def letters_of_bytes():
    """Return the bytes that GPT-2's letters stand for: printable ones for themselves."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(256 + n): b for n, b in enumerate(others)}


@pytest.fixture
def sentencepiece(tmp_path, monkeypatch):
    monkeypatch.setattr(load_check, "CALIBRATION", 0.0)
    words = spelled({"▁": -1.0, "▁été": -2.0, "汉字": -3.0})
    path = write(tmp_path / "words.gguf", "llama", np.float32, words)
    engine = LlamaEngine(path, lambda _: True, cells=1024, threads=1)
    yield engine
    engine.close()


def test_every_piece_of_a_sentencepiece_file_is_its_own_bytes(sentencepiece):
    pieces = sentencepiece.vocabulary.pieces
    assert pieces[3 : 3 + BYTES] == tuple(bytes([byte]) for byte in range(BYTES))
    assert pieces[3 + BYTES :] == (b" ", " été".encode(), "汉字".encode())
    assert pieces[1:3] == (b"<s>", b"</s>")


@pytest.mark.model
def test_every_piece_of_the_starter_model_is_what_its_file_spells(starter):
    vocabulary = starter.vocabulary
    spellings, kinds = lists_of(starter_model())
    letters = letters_of_bytes()
    assert len(vocabulary) == len(spellings)
    for token, (spelling, kind) in enumerate(zip(spellings, kinds, strict=True)):
        if kind in {CONTROL, USER_DEFINED}:
            assert vocabulary.pieces[token] == spelling.encode()
        else:
            assert vocabulary.pieces[token] == bytes(letters[letter] for letter in spelling)
        assert (token in vocabulary.special) == (kind == CONTROL)


TEXTS = [
    "汉字",
    "العربية",
    "हिन्दी",
    "👩‍👩‍👧‍👦 🏳️‍🌈 👍🏽",
    "tab\there\r\n  two  spaces",
    "\u0000\u0001\u007f\u0085\u2028\ufeff",
]


@pytest.mark.model
@pytest.mark.parametrize("text", TEXTS)
def test_any_text_comes_back_from_its_tokens(starter, text):
    assert text_of(starter.vocabulary.tokens(starter.tokenize(text))) == text


@pytest.mark.model
def test_half_a_surrogate_becomes_a_question_mark(starter):
    assert text_of(starter.vocabulary.tokens(starter.tokenize("a\ud800b"))) == "a?b"


@pytest.mark.model
def test_bytes_that_are_no_text_stay_what_they_are(starter):
    vocabulary = starter.vocabulary
    ids = {piece: TokenId(token) for token, piece in enumerate(vocabulary.pieces)}
    wrong = b"\xc3(\x80\x80\xe6"
    path = tuple(ids[bytes([byte])] for byte in wrong)
    assert b"".join(token.piece for token in vocabulary.tokens(path)) == wrong
    assert text_of(vocabulary.tokens(path)) == wrong.decode(errors="replace")
    answers = list(starter.ask(Read((Reading(path),))))
    assert sum(isinstance(answer, Expected) for answer in answers) == len(path)
