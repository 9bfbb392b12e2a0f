"""The command line: JSON on one stream, sentences on the other, and no traceback ever."""

import json
import math
import struct
import subprocess
import sys

import pytest

from core.tokens import text_of
from gui.command_line import main
from models.catalog import starter_model

pytestmark = [pytest.mark.model, pytest.mark.timeout(60)]


@pytest.fixture
def swerve(capfd):
    def run(*arguments):
        status = main(arguments)
        printed = capfd.readouterr()
        return status, printed.out, printed.err.strip()

    return run


def header(path, *, tensors=1, **values):
    """Write a GGUF header alone; `__` in a name stands for a dot."""

    def text(value):
        return struct.pack("<Q", len(value.encode())) + value.encode()

    pairs = b""
    for key, value in values.items():
        kind = struct.pack("<IB", 7, value) if isinstance(value, bool) else None
        pairs += text(key.replace("__", ".")) + (kind or struct.pack("<I", 8) + text(value))
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, tensors, len(values)) + pairs)
    return str(path)


def test_read_tells_each_token_with_the_alternatives_it_beat(swerve):
    status, out, _ = swerve("read", "The capital of France is Paris", "--top", "5", "--json")
    told = json.loads(out)
    assert status == 0
    first, *_, last = told["tokens"]
    assert (first["logprob"], first["rank"], first["entropy"], first["top"]) == (
        None,
        None,
        None,
        [],
    )
    assert last["piece"] == " Paris"
    assert bytes.fromhex(last["bytes"]) == b" Paris"
    assert last["top"][0]["id"] == last["id"]
    assert last["top"][0]["logprob"] == pytest.approx(last["logprob"], abs=1e-6)
    assert last["rank"] == 1
    mass = sum(math.exp(row["logprob"]) for row in told["next"]["top"]) + told["next"]["rest"]
    assert mass == pytest.approx(1, abs=1e-5)
    assert told["stats"]["tokens_read"] == len(told["tokens"])
    assert len(told["model"]["sha256"]) == 64


def test_continue_repeats_itself_with_the_same_seed(swerve):
    call = ("continue", "Once upon a time", "--tokens", "6", "--branches", "3", "--seed", "7")
    first, second = (json.loads(swerve(*call)[1])["branches"] for _ in range(2))
    assert first == second
    assert len({tuple(token["id"] for token in branch["tokens"]) for branch in first}) > 1


def test_grow_counts_the_distributions(swerve):
    _, out, _ = swerve("grow", "The capital of France is", "--width", "2", "--depth", "3")
    told = json.loads(out)
    assert told["distributions"] == 1 + 2 + 4
    assert told["tree"]["children"][0]["piece"] == " Paris"


def test_models_list_and_info_name_the_starter(swerve):
    _, out, _ = swerve("models", "list")
    assert json.loads(out)["models"][0]["name"] == starter_model().stem
    _, out, _ = swerve("models", "info")
    told = json.loads(out)
    assert (told["quantization"], told["architecture"], told["n_vocab"]) == ("Q4_1", "llama", 49152)
    assert told["arithmetic"]["repeats"]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (("read", ""), "no text"),
        (("read", "word " * 9000), "shorten it"),
        (("read", "x", "--model", "no-such-model"), "no model"),
        (("read", "x", "--top", "many"), "not a number"),
        (("read",), "required"),
        (("continue", "x", "--temperature", "-1"), "out of range"),
        (("grow", "x", "--width", "0"), "out of range"),
        (("graw",), "no command, session or model called graw"),
    ],
    ids=[
        *("empty", "too long", "missing model", "word for a number", "no text", "cold", "no width"),
        "mistyped",
    ],
)
def test_what_the_user_can_mend_is_one_sentence(swerve, call, says):
    status, out, err = swerve(*call)
    assert (status, out) == (2, "")
    assert says in err.splitlines()[-1]
    assert len([line for line in err.splitlines() if not line.startswith("Loading")]) == 1


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: p.write_bytes(starter_model().read_bytes()[:3_000_000]), "damaged"),
        (lambda p: p.write_bytes(starter_model().read_bytes()[:30]), "damaged"),
        (lambda p: p.write_text("hello"), "not a GGUF"),
        (lambda p: p.mkdir(), "is a folder"),
        (lambda p: header(p, general__architecture="bert"), "encoder"),
        (lambda p: header(p, general__architecture="t5"), "encoder"),
        (lambda p: header(p, general__architecture="llama", tensors=0), "no weights"),
        (lambda p: header(p, general__architecture="no-such-thing"), "cannot be loaded"),
    ],
    ids=["cut off", "header cut off", "text", "folder", "bert", "t5", "vocabulary only", "unknown"],
)
def test_a_file_that_is_no_model_is_one_sentence(swerve, tmp_path, make, says):
    path = tmp_path / "odd.gguf"
    make(path)
    status, out, err = swerve("read", "x", "--model", str(path))
    assert (status, out) == (2, "")
    assert says in err
    assert len(err.splitlines()) == 2


def test_a_command_loads_neither_qt_nor_the_engine_nor_the_statistics():
    code = "import sys, gui.command_line; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, text=True
    ).stdout.split()
    assert not {"PySide6", "pyqtgraph", "llama_cpp", "scipy.stats"} & set(loaded)


def test_bytes_join_to_the_text_in_any_script(swerve):
    text = "Paris 巴黎 باريس पेरिस 👩‍👩‍👧‍👦"
    told = json.loads(swerve("read", text)[1])
    assert b"".join(bytes.fromhex(token["bytes"]) for token in told["tokens"]).decode() == text
    assert text_of([]) == ""
