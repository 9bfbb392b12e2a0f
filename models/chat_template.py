"""Renders a model's chat template where it can do no harm.

A chat template is a Jinja program inside a downloaded file. It runs in Jinja's sandbox, in a
process of its own that is killed when it does not end, and what it writes is limited.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from functools import lru_cache

from core.engine import Path, Turn
from core.known_error import KnownError
from core.tokens import TokenId, Vocabulary

SECONDS = 5
KEPT = 64
"""Rendered conversations kept: branches often differ in the open turn alone, which is none."""


def chat_tokens(
    template: str,
    turns: tuple[Turn, ...],
    vocabulary: Vocabulary,
    tokenize: Callable[[str], Path],
) -> Path:
    """Return the tokens of a conversation; `tokenize` must turn control tokens' texts into them.

    A text of the user's that spells a control token is refused: it would end the turn it stands in.
    """
    if not template:
        raise KnownError("This model has no chat template: write plain text instead.")
    if not turns:
        raise KnownError("There is no turn to render: write at least one.")
    spelled = {vocabulary.pieces[token].decode(errors="replace") for token in vocabulary.special}
    for turn in turns:
        found = next((piece for piece in spelled if piece and piece in turn.text), None)
        if found is not None:
            raise KnownError(f"The text holds {found}, a control token of this model: remove it.")
    closed, opened = (turns[:-1], turns[-1].text) if turns[-1].role == "assistant" else (turns, "")
    bos = vocabulary.bos
    text = _render_apart(
        json.dumps(
            {
                "template": template,
                "messages": [{"role": turn.role, "content": turn.text} for turn in closed],
                "bos_token": _spelling(vocabulary, vocabulary.template_bos),
                "eos_token": _spelling(vocabulary, vocabulary.template_eos),
            }
        )
    )
    tokens = tokenize(text + opened)
    if bos is not None and tokens[:1] != (bos,):
        tokens = (bos, *tokens)
    return tokens


def _spelling(vocabulary: Vocabulary, token: TokenId | None) -> str:
    return "" if token is None else vocabulary.pieces[token].decode(errors="replace")


@lru_cache(maxsize=KEPT)
def _render_apart(job: str) -> str:
    """Render a job, written as JSON, in a process of its own."""
    try:
        run = subprocess.run(
            [sys.executable, "-P", "-m", "models.template_sandbox"],
            input=job,
            capture_output=True,
            check=False,
            encoding="utf-8",
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise KnownError(
            f"The model's chat template did not end within {SECONDS} seconds: write plain text."
        ) from None
    if run.returncode != 0:
        reason = run.stderr.strip().splitlines()[-1:] or ["it failed"]
        raise KnownError(f"The model's chat template cannot be used: {reason[0]}.")
    return run.stdout
