"""The starter model's numbers equal those of the independent reference on the same machine."""

import math

import llama_cpp
import numpy as np
import pytest

from core.engine import Expected, Read, Reading
from models.catalog import starter_model

CODE = '''
def primes(limit):
    """Yield the primes below limit."""
    sieve = bytearray([1]) * limit
    for n in range(2, limit):
        if sieve[n]:
            yield n
            sieve[n * n :: n] = bytes(len(range(n * n, limit, n)))
'''

ENGLISH = (
    "The harbour was quiet when the first boats came in, and nobody on the quay spoke. A woman in"
    " a grey coat counted the crates, wrote the number down, crossed it out and counted again. "
)

TEXTS = {
    "latin": "Mark Zuckerberg is the CEO of Facebook, and he's a pioneer in the tech industry.",
    "error": "Mark Zuckerberg is the CEO of Apple.\nIn fact, Mark Zuckerberg is the CEO of",
    "greek": "Η Αθήνα είναι η πρωτεύουσα της Ελλάδας.",
    "cyrillic": "Столица Франции — Париж, а не Берлин.",
    "arabic": "عاصمة فرنسا هي باريس وليست برلين.",
    "devanagari": "फ्रांस की राजधानी पेरिस है।",
    "chinese": "法国的首都是巴黎，而不是柏林。",
    "emoji": "Family: 👩‍👩‍👧‍👦, flag: 🏳️‍🌈, thumbs: 👍🏽.",
    "long code": CODE * 9,
    "long english": ENGLISH * 17,
}


@pytest.fixture(scope="module")
def reference():
    llama = llama_cpp.Llama(
        str(starter_model()),
        n_ctx=1024,
        n_batch=56,
        n_ubatch=56,
        flash_attn=True,
        logits_all=True,
        verbose=False,
    )
    yield llama
    llama.close()


@pytest.mark.model
@pytest.mark.timeout(120)
@pytest.mark.parametrize("name", TEXTS)
def test_ids_ranks_and_log_probabilities_agree(name, reference, starter):
    text = TEXTS[name]
    path = starter.tokenize(text)
    assert list(path) == reference.tokenize(text.encode(), add_bos=False, special=False)
    if name.startswith("long"):
        assert len(path) > 600
    reference.reset()
    reference.eval(list(path))
    logits = reference.scores[: len(path)].astype(np.float64)
    logprobs = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    seen = 0
    for answer in starter.ask(Read((Reading(path),))):
        if not isinstance(answer, Expected):
            continue
        row = logprobs[answer.index]
        best = np.flatnonzero(row >= np.partition(row, -20)[-20])  # ties included, by id
        order = best[np.argsort(-row[best], kind="stable")][:20]
        assert answer.expects.exact
        assert answer.expects.id_array.tolist() == order.tolist()
        assert np.abs(answer.expects.logprob_array - row[order]).max() < 1e-4
        assert math.isclose(answer.expects.entropy, -(np.exp(row) @ row), abs_tol=1e-3)
        if answer.following:
            own = row[path[answer.index + 1]]
            assert abs(answer.following.logprob - own) < 1e-4
            assert answer.following.rank == 1 + int((row > own).sum())
        seen += 1
    assert seen == len(path)
