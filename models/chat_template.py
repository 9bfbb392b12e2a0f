"""Renders a model's chat template where it can do no harm.

A chat template is a Jinja program inside a downloaded file. It runs in Jinja's sandbox, in a
process of its own that is killed when it does not end, and what it writes is limited.
"""

import atexit
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
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
        template,
        json.dumps(
            {
                "template": template,
                "messages": [{"role": turn.role, "content": turn.text} for turn in closed],
                "bos_token": _spelling(vocabulary, vocabulary.template_bos),
                "eos_token": _spelling(vocabulary, vocabulary.template_eos),
            }
        ),
    )
    tokens = tokenize(text + opened)
    if bos is not None and tokens[:1] != (bos,):
        tokens = (bos, *tokens)
    return tokens


def _spelling(vocabulary: Vocabulary, token: TokenId | None) -> str:
    return "" if token is None else vocabulary.pieces[token].decode(errors="replace")


@lru_cache(maxsize=KEPT)
def _render_apart(template: str, job: str) -> str:
    """Render a job, written as JSON, in a sandbox that serves this template alone."""
    with _lock:
        sandbox = _idle.pop(template, None)
        others = list(_idle.values())
        _idle.clear()
    for other in others:
        other.end()
    if sandbox is not None and not sandbox.is_alive:
        sandbox.end()
        sandbox = None
    sandbox = sandbox or _Sandbox()
    text = sandbox.render(job)
    with _lock:
        spare = _idle.get(template)
        _idle[template] = sandbox
    if spare is not None:  # two conversations were rendered at the same time
        spare.end()
    return text


class _Sandbox:
    """A process that renders one job after another: to start it takes longer than to render."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "models.template_sandbox"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            encoding="utf-8",
        )
        self._is_late = False

    def render(self, job: str) -> str:
        """Return what the template makes of a job; a sandbox that raises has ended."""
        into, out = self._process.stdin, self._process.stdout
        assert into is not None, "it is a pipe"
        assert out is not None, "it is a pipe"
        clock = threading.Timer(SECONDS, self._give_up)
        clock.start()
        try:
            into.write(job + "\n")
            into.flush()
            line = out.readline()
        except OSError:
            line = ""
        finally:
            clock.cancel()
        told = json.loads(line) if line.endswith("\n") else {"problem": "it failed"}
        if "text" in told:
            return str(told["text"])
        self.end()
        if self._is_late:
            raise KnownError(
                f"The model's chat template did not end within {SECONDS} seconds: write plain text."
            )
        raise KnownError(f"The model's chat template cannot be used: {told['problem']}.")

    @property
    def is_alive(self) -> bool:
        """Whether it still waits for jobs: the system may have ended it."""
        return self._process.poll() is None

    def _give_up(self) -> None:
        self._is_late = True
        self._process.kill()

    def end(self) -> None:
        """End the process; it ends by itself when whoever started it is gone."""
        self._process.kill()
        with suppress(OSError):
            self._process.communicate()


_lock = threading.Lock()
_idle: dict[str, _Sandbox] = {}
"""The sandbox that waits for the next conversation, by its template: one at most."""


@atexit.register
def _end_idle() -> None:
    for sandbox in _idle.values():
        sandbox.end()
    _idle.clear()
