"""Renders a model's chat template where it can do no harm.

A chat template is a Jinja program inside a downloaded file. It runs in Jinja's sandbox, in a
process of its own that is killed when it does not end, and what it writes is limited.

Run as `python -m models.chat_template`, it reads a job as JSON from standard input and writes text.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NoReturn

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

from core.engine import Path, Turn
from core.known_error import KnownError
from core.tokens import Vocabulary

SECONDS = 5
MOST_CHARACTERS = 1_000_000


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
        {
            "template": template,
            "messages": [{"role": turn.role, "content": turn.text} for turn in closed],
            "bos_token": "" if bos is None else vocabulary.pieces[bos].decode(errors="replace"),
            "eos_token": _end_of(vocabulary),
        }
    )
    tokens = tokenize(text + opened)
    if bos is not None and tokens[:1] != (bos,):
        tokens = (bos, *tokens)
    return tokens


def _end_of(vocabulary: Vocabulary) -> str:
    ends = sorted(vocabulary.ends)
    return vocabulary.pieces[ends[-1]].decode(errors="replace") if ends else ""


def _render_apart(job: dict[str, object]) -> str:
    try:
        run = subprocess.run(
            [sys.executable, "-P", "-m", "models.chat_template"],
            input=json.dumps(job),
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


class _IgnoreGeneration(Extension):
    """Reads over `{% generation %}`, which marks the assistant's text for training."""

    tags = {"generation"}  # noqa: RUF012 - Jinja's own interface

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """Return what stands between the marks."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _refuse(message: str) -> NoReturn:
    raise jinja2.TemplateError(message)


def _now(form: str) -> str:
    return datetime.now(UTC).strftime(form)


def render(job: dict[str, object]) -> str:
    """Render one job in the sandbox. Raises Jinja's errors."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.loopcontrols", _IgnoreGeneration],
    )
    template = environment.from_string(str(job["template"]))
    pieces: list[str] = []
    length = 0
    for piece in template.generate(
        messages=job["messages"],
        add_generation_prompt=True,
        bos_token=job["bos_token"],
        eos_token=job["eos_token"],
        raise_exception=_refuse,
        strftime_now=_now,
    ):
        length += len(piece)
        if length > MOST_CHARACTERS:
            raise jinja2.TemplateError("it writes without end")
        pieces.append(piece)
    return "".join(pieces)


def main() -> int:
    """Render the job on standard input."""
    try:
        sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]
        sys.stdout.write(render(json.load(sys.stdin)))
    except (jinja2.TemplateError, TypeError, ValueError, RecursionError, MemoryError) as error:
        sys.stderr.write(f"{error or type(error).__name__}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
