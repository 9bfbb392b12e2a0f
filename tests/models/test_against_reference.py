"""The starter model's numbers equal those of the independent reference on the same machine."""

import math

import llama_cpp
import numpy as np
import pytest
from scipy.special import rel_entr

from core.engine import Contrast, Contrasted, Expected, Read, Reading
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
    "long": ENGLISH * 8 + CODE * 4,
}

CEO = "Mark Zuckerberg is the CEO of"
FRANCE = "The capital of France is"
STORIES = {
    CEO: (" Facebook", " X", " Google", " Alphabet", " the"),
    f"The following is a factual statement. {CEO}": (" Facebook",),
    f"{CEO} Facebook.\nIn fact, {CEO}": (" Facebook", " Apple"),
    f"{CEO} Apple.\nIn fact, {CEO}": (" Facebook", " Apple"),
    f"{CEO} Apple. No, that is wrong. {CEO}": (" Facebook",),
    FRANCE: (" Paris",),
    f"{FRANCE} Berlin.\nIn fact, the capital of France is": (" Paris", " not", " the", " Berlin"),
}
"""The story that the app tells first: texts, and the words whose chances it tells."""


def logprobs_of(llama, path):
    """Return ln p of every token after every position, as the reference has them, in float64."""
    llama.reset()
    llama.eval(list(path))
    logits = llama.scores[: len(path)].astype(np.float64)
    return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)


@pytest.fixture(scope="module")
def reference():
    llama = llama_cpp.Llama(
        str(starter_model()),
        n_ctx=1024,
        n_batch=56,
        n_ubatch=56,
        n_threads=1,  # files of tests run beside each other: more would wait for each other awake
        n_threads_batch=1,
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
    if name == "long":
        assert len(path) > 600  # more than 512 cells, from where kernels differ
    logprobs = logprobs_of(reference, path)
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


@pytest.mark.model
@pytest.mark.timeout(120)
@pytest.mark.parametrize("text", STORIES, ids=lambda text: text[-40:])
def test_the_story_is_told_with_the_reference_s_chances(text, reference, starter):
    path = starter.tokenize(text)
    words = tuple(starter.tokenize(word) for word in STORIES[text])
    assert all(len(word) == 1 for word in words)
    watch = tuple(token for (token,) in words)
    row = logprobs_of(reference, path)[-1]
    asked = starter.ask(Read((Reading(path, len(path) - 1, watch),)))
    [told] = [answer for answer in asked if isinstance(answer, Expected)]
    for scored in told.watched:
        assert math.exp(scored.logprob) == pytest.approx(math.exp(row[scored.id]), abs=1e-4)
        assert scored.rank == 1 + int((row > row[scored.id]).sum())
    assert [told.expects.id_array[0]] == [int(row.argmax())]


@pytest.mark.model
@pytest.mark.timeout(120)
def test_the_distances_between_two_places_are_the_reference_s(reference, starter):
    clean, error = (starter.tokenize(f"{CEO}{word}") for word in (" Facebook", " Apple"))
    forced = starter.tokenize(". He founded the company")
    asked = starter.ask(Contrast(clean, (error,), forced))
    told = [answer for answer in asked if isinstance(answer, Contrasted)]
    here, there = (
        logprobs_of(reference, (*path, *forced))[len(path) - 1 :] for path in (clean, error)
    )
    assert len(told) == len(forced) + 1
    for answer in told:
        log_p, log_q = here[answer.distance], there[answer.distance]
        p, q = np.exp(log_p), np.exp(log_q)
        m = (p + q) / 2
        js = (rel_entr(p, m).sum() + rel_entr(q, m).sum()) / 2
        assert answer.kl == pytest.approx(rel_entr(p, q).sum(), rel=1e-3, abs=1e-5)
        assert answer.sqrt_js == pytest.approx(math.sqrt(js), rel=1e-3, abs=1e-4)
        assert answer.flip == (p.argmax() != q.argmax())
        for token in forced[answer.distance : answer.distance + 1]:
            assert answer.reference_logprob == pytest.approx(log_p[token], abs=1e-4)
            assert answer.other_logprob == pytest.approx(log_q[token], abs=1e-4)
