"""A file's own way of splitting text: a space is put where a text begins, and nowhere else."""

import llama_cpp
import numpy as np
import pytest

from core.canonical import odd_places
from core.engine import Turn
from core.exports.answers_json import path_of
from core.parallels import split_anew
from core.preambles import propose_preambles
from core.products import Aside
from core.splitting import split_after, split_opening
from models import load_check
from models.llama_engine import LlamaEngine
from tests.models.tiny_files import spelled, write

WORDS = {"▁": -5.0, "▁A": -1.0, "▁C": -1.0, "A": -3.0, "B": -3.0, "C": -3.0}
TEMPLATE = (
    "{% for m in messages %}{{ bos_token }}{{ m.content }}"
    "{% if m.role == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
)


@pytest.fixture(scope="module")
def make_engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spaces")
    engines = []

    def make(name, changes):
        path = write(folder / f"{name}.gguf", "llama", np.float32, spelled(WORDS) | changes)
        engines.append(LlamaEngine(path, lambda _: True, cells=1024, threads=1))
        return engines[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(load_check, "CALIBRATION", 0.0)
        yield make
    for engine in engines:
        engine.close()


@pytest.fixture(scope="module")
def spaced(make_engine):
    """A file that says nothing of spaces, as those of Llama 2 and Mistral: it wants one."""
    return make_engine("spaced", {"tokenizer.chat_template": TEMPLATE})


@pytest.fixture(scope="module")
def plain(make_engine):
    """A file that says that it wants none, as Gemma's do."""
    return make_engine("plain", {"tokenizer.ggml.add_space_prefix": False})


def found(products):
    """Return what stands aside in work's products."""
    return [product.found for product in products if isinstance(product, Aside)]


def pieces(tokens):
    return [token.piece for token in tokens]


def test_text_in_the_middle_gets_no_space_that_nobody_wrote(spaced):
    opening = split_opening(spaced, "AB")
    assert pieces(opening.tokens) == [b"<s>", b" A", b"B"]
    for text, wanted in (("C", [b"C"]), (" C", [b" C"]), ("  C", [b" ", b" C"])):
        split = split_after(spaced, opening.tokens, text)
        assert pieces(split.tokens) == wanted
        assert split.canonical
    assert odd_places(spaced, opening.tokens) == ()


def test_a_prompt_is_split_as_llama_cpp_splits_it(spaced):
    model = llama_cpp.Llama(spaced.card.path, vocab_only=True, verbose=False)
    for text in ("AB", " AB", "A CAB", "", "BA\nC"):
        theirs = model.tokenize(text.encode(), add_bos=True, special=False)
        assert list(split_opening(spaced, text).ids) == theirs
        assert list(path_of(spaced, text)) == theirs
    model.close()


def test_after_the_opening_token_alone_a_text_begins(spaced):
    (start,) = split_opening(spaced, "").tokens
    assert pieces(split_after(spaced, (start,), "C").tokens) == [b" C"]


def test_a_file_that_wants_no_space_gets_none(plain):
    assert pieces(split_opening(plain, "AB").tokens) == [b"<s>", b"A", b"B"]
    assert plain.vocabulary.lead == ""


def test_a_text_planted_again_has_one_space_whoever_spelled_it(spaced, plain):
    once, again = found(split_anew(spaced, ["CA", " CA"]))
    assert pieces(once.tokens) == pieces(again.tokens) == [b"<s>", b" C", b"A"]
    (bare,) = found(split_anew(plain, [" CA"]))
    assert pieces(bare.tokens) == [b"<s>", b" C", b"A"]


def test_a_preamble_begins_a_text(spaced):
    own, neutral = found(propose_preambles(spaced, ["A"]))
    assert pieces(own.tokens)[0] == b" A"
    assert pieces(neutral.tokens)[0].startswith(b" ")


def test_a_conversation_is_split_as_llama_cpp_splits_it(spaced):
    turns = (Turn("user", "AC"), Turn("assistant", "B"), Turn("user", "A"))
    rendered = b"<s>AC<s>B</s><s>A"
    model = llama_cpp.Llama(spaced.card.path, vocab_only=True, verbose=False)
    assert list(spaced.render_chat(turns)) == model.tokenize(rendered, add_bos=False, special=True)
    model.close()
